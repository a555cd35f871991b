"""Who the procedure names for each proof that is missing, and which account that is. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from serving.learners.lists import folded
from serving.quality.procedure.policy import Procedure

FOLLOWS_UP = "who_follows_up"
DUTIES = {
    "closed_without_contact": "who_calls",
    "open_without_action": "who_calls",
    "absence_not_reminded": "who_reminds",
    "silence_not_reminded": "who_reminds",
    "abandonment_undecided": "who_declares",
    "abandonment_untold": "who_tells",
    "survey_not_sent": "who_chases",
    "survey_not_chased": "who_chases",
    "complaint_unacknowledged": "who_answers",
    "complaint_unanswered": "who_answers",
    "breach_untold": "who_answers",
}
"""Who of the procedure is to mend each kind of gap; the others are of whoever followed what they are about."""
HANDED_ON = ("closed_without_contact", "open_without_action")
"""Gaps of an alert: once it is handed on, they are of whoever takes it up."""


class Account(Protocol):
    """An account, as far as a procedure may name it."""

    id: int
    username: str
    display_name: str


def actor(procedure: Procedure, kind: str, *, handed_on: bool = False) -> str:
    """Return whom the procedure names for a kind of gap, in its own words; empty: the role whose turn it is."""
    duty = FOLLOWS_UP if handed_on and kind in HANDED_ON else DUTIES.get(kind)
    return getattr(procedure, duty) if duty else ""


def account_of(said: str, accounts: Iterable[Account]) -> int | None:
    """Return the account that a procedure's words name, by its username or its display name; None: none, or several.

    Case and accents do not count. Words that name no account are read by people: messages go to the role.
    """
    wanted = folded(said).strip()
    found = [one.id for one in accounts if wanted and wanted in (folded(one.username), folded(one.display_name))]
    return found[0] if len(found) == 1 else None
