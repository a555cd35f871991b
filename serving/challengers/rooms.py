"""What training and monitoring do for a challenger; their rooms are not ours to enter: the front door hands it in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from serving.problems import NotReadyError

if TYPE_CHECKING:
    from data.home import Home
    from data.progress import Report

Told = dict[str, Any]


@dataclass(frozen=True)
class Rooms:
    """What is handed in.

    `train` returns the version that waits since, empty where none does; `weigh` what the gate says of a version, plain
    JSON; `judge` what matured labels say of (champion, challenger); `promote`, `dismiss` and `recall` carry a person's
    decision out (home, version, name, reason, what the gate said, instant) and return the version that serves; `acts`
    are those of a model's history, oldest first: action, version, before, by, at, reason.
    """

    train: Callable[[Home, date, Report], str]
    weigh: Callable[[Home, str], Told]
    judge: Callable[[Home, tuple[str, str], date], Told]
    promote: Callable[[Home, str, str, str, Told, datetime], str]
    dismiss: Callable[[Home, str, str, str, Told, datetime], str]
    recall: Callable[[Home, str, str, str, Told, datetime], str]
    acts: Callable[[Home, str], list[Told]]


HANDED: list[Rooms] = []
"""Filled by the front door; empty where the server was started without it."""


def is_handed() -> bool:
    """Tell whether the front door handed anything in."""
    return bool(HANDED)


def handed() -> Rooms:
    """Return what was handed in.

    Raises
    ------
    NotReadyError : nothing was.
    """
    if not HANDED:
        raise NotReadyError("nothing can train here", todo="start the server with `filrouge serve`")
    return HANDED[0]


def write_down(home: Home, name: str) -> int:
    """Have the evidence journal write down the acts of a model's history that it has not; return how many."""
    from serving.challengers import evidence  # a command that decides nothing does not open the work database

    return evidence.write_down(home, name)
