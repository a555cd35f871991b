"""What a line of the improvement plan may say. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from serving.language import mark
from serving.problems import Refusal

PLANNED, UNDER_WAY, DONE, CHECKED, DROPPED = STATES = ("planned", "under_way", "done", "checked", "dropped")
SOURCES = ("audit", "complaint", "survey", "figure", "missing_proof", "other")
LIVE = (PLANNED, UNDER_WAY)


def state_of(*, state: str, done_on: date | None, checked_on: date | None) -> str:
    """Return where an improvement stands: its days say more than the word chosen; given up, it stays so.

    >>> state_of(state="planned", done_on=date(2026, 6, 1), checked_on=None)
    'done'
    """
    if state == DROPPED:
        return DROPPED
    if checked_on is not None:
        return CHECKED
    if done_on is not None:
        return DONE
    return state if state in LIVE else UNDER_WAY


def refusals(
    *, done_on: date | None, checked_on: date | None, effect: str, effective: bool | None, today: date
) -> Sequence[Refusal]:
    """Return what is not accepted of the days and of the effect of an improvement, field by field."""
    found = []
    if done_on is not None and done_on > today:
        found.append(Refusal(where="done_on", what=mark("this day has not come")))
    if checked_on is not None and checked_on > today:
        found.append(Refusal(where="checked_on", what=mark("this day has not come")))
    if checked_on is not None and done_on is None:
        found.append(Refusal(where="done_on", what=mark("say first on which day it was done")))
    if checked_on is not None and done_on is not None and checked_on < done_on:
        found.append(Refusal(where="checked_on", what=mark("the effect is checked after it was done")))
    if checked_on is not None and effective is None:
        found.append(Refusal(where="effective", what=mark("say whether it had the effect wanted")))
    if checked_on is not None and not effect:
        found.append(Refusal(where="effect", what=mark("say what was seen")))
    if checked_on is None and effective is not None:
        found.append(Refusal(where="checked_on", what=mark("say on which day the effect was checked")))
    return found


def is_late(state: str, due_on: date, today: date) -> bool:
    """Whether an improvement is past its deadline and not done."""
    return state in LIVE and due_on < today


def order(state: str, due_on: date, number: int, today: date) -> tuple[int, int, int]:
    """Return where an improvement stands in the list: late first, then under way, to check, and over."""
    if is_late(state, due_on, today):
        return 0, due_on.toordinal(), number
    if state in LIVE:
        return 1, due_on.toordinal(), number
    if state == DONE:
        return 2, due_on.toordinal(), number
    return 3, -due_on.toordinal(), number
