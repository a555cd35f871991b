"""Whether indicator 12 holds for a course, and why. Pure; what is not known is said so, never guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from serving.language import mark

CONCERNED = ("training_action", "skills_assessment", "vae", "apprenticeship")
TYPES = {
    "training_action": ("training_action", "training", "action de formation", "formation", "af"),
    "skills_assessment": ("skills_assessment", "bilan de compétences", "bilan de competences", "bilan", "bc"),
    "vae": ("vae", "validation des acquis de l'expérience", "validation des acquis de l’expérience"),
    "apprenticeship": ("apprenticeship", "apprentissage", "cfa", "alternance par apprentissage"),
}
"""How sources write each type of action; compared without capitals."""
TYPE_WORDS = {
    "training_action": mark("Training action"),
    "skills_assessment": mark("Skills assessment"),
    "vae": mark("Validation of experience (VAE)"),
    "apprenticeship": mark("Apprenticeship"),
}
HOURS_A_DAY = 7
TWO_DAYS = 2
YES, NO, UNKNOWN = "yes", "no", "unknown"
WHY = {
    "decided": mark("decided by the organisation"),
    "long": mark("of a type concerned, and more than two days"),
    "short": mark("two days or less"),
    "other_type": mark("of a type that is not concerned"),
    "type_unknown": mark("the records do not say the type of action"),
    "length_unknown": mark("the records do not say how long it lasts"),
    "mixed": mark("its sessions do not agree"),
    "no_session": mark("no session is known"),
}


@dataclass(frozen=True)
class Run:
    """One session of a course, as the records tell it."""

    action_type: str | None
    duration_hours: float | None
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Decided:
    """What the organisation decided against the rule, and why."""

    applies: bool
    reason: str


@dataclass(frozen=True)
class Answer:
    """Whether the indicator holds (`yes`, `no`, `unknown`), why (a key of `WHY`), and what the rule alone says."""

    applies: str
    why: str
    rule: str
    reason: str = ""


def kind_of(told: str | None) -> str | None:
    """Return the type of action that a source's words mean, empty for another one, None where it says nothing."""
    said = " ".join((told or "").casefold().split())
    if not said:
        return None
    return next((code for code, words in TYPES.items() if said in words), "")


def more_than_two_days(run: Run) -> bool | None:
    """Whether a session lasts more than two days: of training (7 h a day) where its hours are told, else of calendar.

    None where hours are not told and its dates span more than two days: an hour a week may be two days in all.
    """
    if run.duration_hours is not None:
        return run.duration_hours > TWO_DAYS * HOURS_A_DAY
    return False if (run.ends_on - run.starts_on).days < TWO_DAYS else None


def of_run(run: Run) -> tuple[str, str]:
    """Return what the rule says of one session, and why."""
    kind, long = kind_of(run.action_type), more_than_two_days(run)
    if kind == "":
        return NO, "other_type"
    if long is False:
        return NO, "short"
    if kind is None:
        return UNKNOWN, "type_unknown"
    return (UNKNOWN, "length_unknown") if long is None else (YES, "long")


def of_course(runs: Iterable[Run], decided: Decided | None = None) -> Answer:
    """Return whether the indicator holds for a course: what was decided of it, else what the rule says of its sessions.

    One session that is concerned is enough; sessions that differ otherwise leave it unknown.
    """
    said = {of_run(run) for run in runs}
    answers = {answer for answer, _ in said}
    if not said:
        rule, why = UNKNOWN, "no_session"
    elif YES in answers:
        rule, why = YES, "long"
    elif len(answers) > 1:
        rule, why = UNKNOWN, "mixed"
    else:
        rule, why = min(said)
    if decided is not None:
        return Answer(YES if decided.applies else NO, "decided", rule, decided.reason)
    return Answer(rule, why, rule)
