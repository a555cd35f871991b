"""What may become of an alert: one table of steps, and what each wants. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from serving.problems import ChangedError, RefusedError

OPEN, ACKNOWLEDGED, IN_CONTACT, SNOOZED, RESOLVED, DISMISSED = STATES = (
    "open", "acknowledged", "in_contact", "snoozed", "resolved", "dismissed",
)  # fmt: skip
REASSIGNED, ESCALATED, REOPENED, WOKEN, RATED, JOINED, UNDONE = (
    "reassigned", "escalated", "reopened", "woken", "rated", "joined", "undone",
)  # fmt: skip
LIVE = (OPEN, ACKNOWLEDGED, IN_CONTACT)
CLOSED = (RESOLVED, DISMISSED)
TRANSITIONS: dict[str, tuple[str, ...]] = {
    OPEN: (ACKNOWLEDGED, IN_CONTACT, SNOOZED, REASSIGNED, ESCALATED, RESOLVED, DISMISSED),
    ACKNOWLEDGED: (IN_CONTACT, SNOOZED, REASSIGNED, ESCALATED, RESOLVED, DISMISSED),
    IN_CONTACT: (SNOOZED, REASSIGNED, ESCALATED, RESOLVED, DISMISSED),
    SNOOZED: (WOKEN, ACKNOWLEDGED, IN_CONTACT, REASSIGNED, ESCALATED, RESOLVED, DISMISSED),
    RESOLVED: (REOPENED, RATED),
    DISMISSED: (REOPENED, RATED),
}
"""The steps that a person, or the daily round, may take from each state. New kinds may join any that is not closed;
a person's last step may be undone for a short time."""
STEPS = tuple(dict.fromkeys(step for steps in TRANSITIONS.values() for step in steps))
LANDS = {WOKEN: OPEN, REOPENED: OPEN}
OUTCOMES: dict[str, tuple[str, ...]] = {
    RESOLVED: ("back_on_track", "plan_agreed", "left_for_job", "abandoned", "unreachable"),
    DISMISSED: ("false_alarm", "already_known", "other"),
}
GONE = ("left_for_job", "abandoned")
"""Outcomes after which the learner is not there any more: such an alert is never reopened by a score."""
MOTIVES = (
    "personal", "job", "unsuitable", "relations", "money", "distance", "other_training", "imposed",
)  # fmt: skip
"""Why learners leave (DARES 2021, shared/design/quality.md); several may hold."""
LONGEST_SNOOZE = timedelta(days=60)


@dataclass(frozen=True)
class Wanted:
    """A step asked for, with what it needs: an outcome, motives, a day, a mentor; `useful` may go with any.

    `rated` only says whether a closed alert was useful.
    """

    to: str
    outcome: str | None = None
    motives: tuple[str, ...] = ()
    until: date | None = None
    mentor_id: int | None = None
    useful: bool | None = None


def lands(state: str, step: str) -> str:
    """Return the state after a step: reassigned, escalated and joined leave it where it is."""
    return step if step in STATES else LANDS.get(step, state)


def check_step(state: str, wanted: Wanted, *, today: date) -> None:
    """Accept a step of an alert's life.

    Raises
    ------
    ChangedError : the alert cannot go there from where it is.
    RefusedError : what the step wants is missing, not one of those known, or belongs to another step.
    """
    if wanted.to not in TRANSITIONS[state]:
        accepted = ", ".join(TRANSITIONS[state])
        raise ChangedError(f"an alert that is {state} cannot be {wanted.to}", where="to", accepted=accepted)
    _check_outcome(wanted)
    _check_day(wanted, today)
    if wanted.to == RATED and wanted.useful is None:
        raise RefusedError("whether it was useful must be said", where="useful", accepted="true or false")
    if (wanted.mentor_id is not None) != (wanted.to == REASSIGNED):
        raise RefusedError("to whom is for a step that reassigns, and needed there", where="mentor_id")


def _check_outcome(wanted: Wanted) -> None:
    accepted = OUTCOMES.get(wanted.to, ())
    if accepted and wanted.outcome not in accepted:
        raise RefusedError("how it ended must be said", where="outcome", accepted=", ".join(accepted))
    if not accepted and wanted.outcome:
        raise RefusedError("only a closed alert has an outcome", where="outcome", accepted="nothing")
    if wanted.motives and (wanted.outcome != "abandoned" or not set(wanted.motives) <= set(MOTIVES)):
        raise RefusedError("motives go with the outcome « abandoned »", where="motives", accepted=", ".join(MOTIVES))


def _check_day(wanted: Wanted, today: date) -> None:
    if wanted.to != SNOOZED and wanted.until is None:
        return
    if wanted.to != SNOOZED or wanted.until is None or not today < wanted.until <= today + LONGEST_SNOOZE:
        raise RefusedError(
            "a day is for an alert put off, and needed there", where="until", accepted="within the next sixty days"
        )


def check_undo(event: str, *, own: bool, at: datetime, now: datetime, within: timedelta) -> None:
    """Accept that a person takes an alert's last step back.

    Raises
    ------
    ChangedError : the last step is somebody else's, is not one that a person takes, or is too old.
    """
    step = event.removeprefix("alert_")
    if not own or step not in STEPS or step == WOKEN:
        raise ChangedError("the last step is not yours to take back", where="to")
    if now - at > within:
        raise ChangedError("it is too late to take this step back", where="to", accepted="take another step")
