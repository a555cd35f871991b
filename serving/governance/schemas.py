"""What the governance file is filled from, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Known:
    """What is known of the system on a day, as read; an absent figure is null, never made up.

    Parameters
    ----------
    run : the report of the training run that serves (`report.json`), null when there is none.
    serves : name, version, level, task and horizon of what scored last, null when nothing did.
    bases : purpose in French, basis or null, each purpose once.
    gestures : event, who (role or name), how many.
    kept : classes of data in French, the days each is kept; empty when not told.
    drift, effect : the last verdicts in words, null when nothing was looked at.
    """

    day: date
    organisation: str
    contact: str
    dpo: str
    alerts_per_week: int
    keep_messages_days: int
    text_days: int
    run: Mapping[str, Any] | None
    serves: Mapping[str, Any] | None
    sources: Sequence[str]
    bases: Sequence[tuple[str, str | None]]
    features: Sequence[tuple[str, str, str]]
    gestures: Sequence[tuple[str, str, int]]
    outcomes: Mapping[str, int]
    journal: tuple[bool, int]
    named: bool = False
    drift: str | None = None
    effect: str | None = None
    cards: Mapping[str, str] = field(default_factory=dict)
    kept: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True)
class Piece:
    """One document of the file: its name without an ending, its title, its Markdown."""

    name: str
    title: str
    text: str
