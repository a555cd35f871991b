"""What is read of prevention's effect, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Rows:
    """What monitoring counts cases from (`monitoring.moments.Followed`); pseudonyms, days and numbers only.

    `until` is the last day known: that of the records when they stop before the day asked for.
    """

    alerts: DataFrame
    contacts: DataFrame
    enrolments: DataFrame
    draws: DataFrame
    until: date


@dataclass(frozen=True)
class Told:
    """The effect in words.

    Parameters
    ----------
    headline, sentences : what is said first, and what it rests on.
    misleading : comparisons that people make, each beside why it misleads.
    limits : what the figures cannot say.
    """

    as_of: date
    headline: str
    sentences: tuple[str, ...]
    misleading: tuple[tuple[str, str], ...]
    limits: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class EffectsFile:
    """What was measured on a day, as monitoring wrote it."""

    as_of: date
    summary: dict[str, Any]


class NewShare(BaseModel):
    """A decision on the share of alerts near the threshold that is drawn by lot; 0 stops it."""

    model_config = ConfigDict(extra="forbid")

    percent: int = Field(ge=0, le=50)
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=1000)]
