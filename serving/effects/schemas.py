"""What is read of prevention's effect, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Rows:
    """What monitoring counts cases from (`monitoring.moments.Followed`); pseudonyms, days and numbers only."""

    alerts: DataFrame
    contacts: DataFrame
    enrolments: DataFrame
    draws: DataFrame


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
