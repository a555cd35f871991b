"""A learner's decision, written down and honoured at once: what shows them hides them before the next reading."""

from __future__ import annotations

from datetime import datetime

from data.also import HIDERS
from data.consents import Consents, Decision
from data.home import Home

HIDING = "alerts"
"""The purpose that governs everything that names a learner."""


def decide(home: Home, learner_id: int, purpose: str, choice: str, *, by: str, at: datetime) -> Decision:
    """Record a learner's decision on a purpose; who refuses alerts is taken off the pages at once.

    A decision of before comes back by recording `granted`, and the learner with the next score.

    Raises
    ------
    StoreError : no such purpose or choice, or nobody to answer for it.
    """
    consents = Consents(home)
    decision = consents.record(learner_id, purpose, choice, by=by, at=at)
    if purpose == HIDING and not consents.access()[HIDING].reads(learner_id):
        for hide in HIDERS:
            hide(home, learner_id, at)
    return decision
