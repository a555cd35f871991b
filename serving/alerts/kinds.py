"""What rules see of a learner on a day, kind by kind, and why. Pure: features in, signals out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

KINDS = (
    "declared_intention", "unanswered_question", "never_started", "sudden_silence", "repeated_absence",
    "missed_assessments", "low_nps", "model_risk",
)  # fmt: skip
"""Kinds of alert; where several hold, the first of them names the alert."""
(
    DECLARED_INTENTION, UNANSWERED_QUESTION, NEVER_STARTED, SUDDEN_SILENCE, REPEATED_ABSENCE,
    MISSED_ASSESSMENTS, LOW_NPS, MODEL_RISK,
) = KINDS  # fmt: skip
ON_ACTIVITY = frozenset({NEVER_STARTED, SUDDEN_SILENCE, MISSED_ASSESSMENTS, MODEL_RISK})
"""Kinds that rest on the platform's records: an outage may make any of them up."""
OF_SILENCE = frozenset({NEVER_STARTED, SUDDEN_SILENCE})
"""Kinds that say no more than silence."""
Values = Mapping[str, float | None]
ANSWERED, POSTED = "days_since_last_survey_answer", "days_since_last_post_about_leaving"
LARGEST = 365


@dataclass(frozen=True)
class Rules:
    """From when each rule speaks. Days are open days (closures left out) unless said otherwise.

    Defaults: one unexcused absence is a call and two a reminder in the procedures auditors see
    (quality.md), hence two in a row here; a week is the shortest rhythm of the courses known; the
    rest is what keeps a mentor's list short. None was tuned on outcomes.

    Parameters
    ----------
    never_started_days : since the start, without anything done.
    silence_days, silence_times : silent for this long, and for so many times the learner's own usual pause.
    silence_unknown_days : silent for this long, where the usual pause is not known.
    sudden_days : beyond this, a silence is no longer sudden: the model's risk says it.
    missed_in_a_row : assessments not handed in, one after the other.
    question_days : a question has waited for this long.
    question_working_days : it is grave when older than so many days of Monday to Friday.
    question_stale_days : and no longer grave after this long.
    low_nps : highest mark out of ten that is an alert.
    answer_days : an answer to a survey older than this says nothing any more.
    intention_days : nor does a post about leaving older than this.
    absences_in_a_row, absences_30d : unexcused absences, one after the other or within 30 days.
    regular_silence_days, regular_active_days : activity is regular again with no longer a silence, and at least so
        many active days in 14.
    """

    never_started_days: int = 5
    silence_days: int = 7
    silence_times: int = 3
    silence_unknown_days: int = 14
    sudden_days: int = 28
    missed_in_a_row: int = 2
    question_days: int = 2
    question_working_days: int = 2
    question_stale_days: int = 21
    low_nps: int = 3
    answer_days: int = 30
    intention_days: int = 14
    absences_in_a_row: int = 2
    absences_30d: int = 3
    regular_silence_days: int = 4
    regular_active_days: int = 3


def read_rules(text: str) -> Rules:
    """Return the rules with those that a text changes: `silence_days=10, low_nps=4`.

    Raises
    ------
    ValueError : a rule is not known, or is not a whole number from 0 to 365.
    """
    known = [one.name for one in fields(Rules)]
    changed: dict[str, int] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, value = (one.strip() for one in part.partition("="))
        if name not in known or not value.isdecimal() or int(value) > LARGEST:
            raise ValueError(f"name=whole number up to {LARGEST}, by commas; names: {', '.join(known)}")
        changed[name] = int(value)
    return replace(Rules(), **changed)


@dataclass(frozen=True)
class Frame:
    """The day, and the days between which the learner is expected, both included."""

    as_of: date
    started_on: date
    planned_end_on: date


def frame_of(values: Values, as_of: date) -> Frame:
    """Return the frame that the features of a day tell."""
    since, planned = (int(values.get(name) or 0) for name in ("days_since_start", "planned_days"))
    started_on = as_of - timedelta(days=since)
    return Frame(as_of, started_on, started_on + timedelta(days=planned))


@dataclass(frozen=True)
class Signal:
    """A rule that speaks: its kind, the features that say why, and whether it is grave.

    `said_on`: the day the learner said it, for what is said once; closures after it may make it look later.
    """

    kind: str
    features: tuple[str, ...]
    grave: bool = False
    said_on: date | None = None


def signals(values: Values, frame: Frame, rules: Rules) -> list[Signal]:
    """Return what rules see of a learner on a day, in the order of `KINDS`; nothing before the start or after the end.

    A feature that is not known (null, or not among the values) says nothing.
    """
    if not frame.started_on <= frame.as_of <= frame.planned_end_on:
        return []
    found = (rule(values, frame, rules) for rule in RULES)
    return [one for one in found if one is not None]


def regular(values: Values, rules: Rules) -> bool | None:
    """Whether activity is regular that day; None where active days are not known."""
    silent, active = values.get("days_since_last_activity"), values.get("active_days_14d")
    if silent is None or active is None:
        return None
    return silent <= rules.regular_silence_days and active >= rules.regular_active_days


def returned(yesterday: Values, now: Values, rules: Rules) -> bool:
    """Whether somebody who had been silent for `silence_days` open days at least did something today."""
    before, since = yesterday.get("days_since_last_activity"), now.get("days_since_last_activity")
    return before is not None and since is not None and before >= rules.silence_days and since <= 1


def only_silence(found: Collection[str]) -> bool:
    """Whether an alert of these kinds has no object any more once its learner is back."""
    return bool(found) and OF_SILENCE.issuperset(found)


def _declared(values: Values, frame: Frame, rules: Rules) -> Signal | None:
    answered, posted = (values.get(name) for name in (ANSWERED, POSTED))
    said = {
        "last_intention": (_recent(values, rules) and _below(values, "last_intention", 0), answered),
        "posts_about_leaving_30d": (
            _at_least(values, "posts_about_leaving_30d", 1) and (posted is None or posted <= rules.intention_days),
            posted,
        ),
    }
    found = _signal(DECLARED_INTENTION, {name: speaks for name, (speaks, _) in said.items()}, grave=True)
    days = [days for speaks, days in said.values() if speaks]
    known = [frame.as_of - timedelta(days=int(one)) for one in days if one is not None]
    return replace(found, said_on=max(known)) if found and known and len(known) == len(days) else found


def _unanswered(values: Values, frame: Frame, rules: Rules) -> Signal | None:
    wait = values.get("longest_wait_for_answer_days") or 0.0
    if not _at_least(values, "unanswered_questions", 1) or wait < rules.question_days:
        return None
    days = working_days(frame.as_of - timedelta(days=int(wait)), frame.as_of)
    grave = days > rules.question_working_days and wait <= rules.question_stale_days
    return Signal(UNANSWERED_QUESTION, ("longest_wait_for_answer_days", "unanswered_questions"), grave)


def _never_started(values: Values, frame: Frame, rules: Rules) -> Signal | None:  # noqa: ARG001
    waited = _at_least(values, "days_since_last_activity", rules.never_started_days)
    never = _at_least(values, "never_active", 1)
    return Signal(NEVER_STARTED, ("never_active", "days_since_last_activity")) if never and waited else None


def _silence(values: Values, frame: Frame, rules: Rules) -> Signal | None:  # noqa: ARG001
    silent = values.get("days_since_last_activity")
    if silent is None or _at_least(values, "never_active", 1) or silent > rules.sudden_days:
        return None
    usual = values.get("silence_vs_median_gap")
    if usual is None:
        return Signal(SUDDEN_SILENCE, ("days_since_last_activity",)) if silent >= rules.silence_unknown_days else None
    unusual = silent >= rules.silence_days and usual >= rules.silence_times
    return Signal(SUDDEN_SILENCE, ("days_since_last_activity", "silence_vs_median_gap")) if unusual else None


def _absences(values: Values, frame: Frame, rules: Rules) -> Signal | None:  # noqa: ARG001
    in_a_row = _at_least(values, "last_absences", rules.absences_in_a_row)
    often = _at_least(values, "absences_30d", rules.absences_30d)
    return _signal(REPEATED_ABSENCE, {"last_absences": in_a_row, "absences_30d": often})


def _missed(values: Values, frame: Frame, rules: Rules) -> Signal | None:  # noqa: ARG001
    return _signal(
        MISSED_ASSESSMENTS,
        {"last_assessments_missed": _at_least(values, "last_assessments_missed", rules.missed_in_a_row)},
    )


def _low_nps(values: Values, frame: Frame, rules: Rules) -> Signal | None:  # noqa: ARG001
    low = _recent(values, rules) and _below(values, "last_nps", rules.low_nps + 1)
    return _signal(LOW_NPS, {"last_nps": low})


RULES: tuple[Callable[[Values, Frame, Rules], Signal | None], ...] = (
    _declared, _unanswered, _never_started, _silence, _absences, _missed, _low_nps,
)  # fmt: skip
FEATURES = (
    "days_since_last_activity", "active_days_14d", "never_active", "silence_vs_median_gap", "unanswered_questions",
    "longest_wait_for_answer_days", "posts_about_leaving_30d", "last_intention", "last_nps",
    "days_since_last_survey_answer", "last_assessments_missed", "last_absences", "absences_30d", "days_since_start",
    "planned_days", "days_since_last_post_about_leaving",
)  # fmt: skip
"""Features that rules read, the learner's frame included."""


def _signal(kind: str, said: Mapping[str, bool], *, grave: bool = False) -> Signal | None:
    why = tuple(name for name, speaks in said.items() if speaks)
    return Signal(kind, why, grave) if why else None


def _recent(values: Values, rules: Rules) -> bool:
    since = values.get(ANSWERED)
    return since is not None and since <= rules.answer_days


def _at_least(values: Values, name: str, least: float) -> bool:
    value = values.get(name)
    return value is not None and value >= least


def _below(values: Values, name: str, bound: float) -> bool:
    value = values.get(name)
    return value is not None and value < bound


def read_signal(kept: Mapping[str, Any]) -> Signal:
    """Return a signal from what was kept with a score."""
    said_on = date.fromisoformat(kept["said_on"]) if kept.get("said_on") else None
    features = tuple(reason["feature"] for reason in kept["reasons"])
    return Signal(kept["kind"], features, bool(kept.get("grave")), said_on)


def working_days(first: date, last: date, *, week: str = "12345", closed: Iterable[date] = ()) -> int:
    """Return how many working days have passed since a day, up to another: the first left out, the last counted.

    Parameters
    ----------
    week : the days worked, 1 for Monday.
    closed : days nobody works.
    """
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    shut = set(closed)
    return sum(str(day.isoweekday()) in week and day not in shut for day in days)


def as_json(found: Iterable[Signal], values: Values, previous: Values) -> list[dict[str, Any]]:
    """Return signals as kept with a score: kind, grave, reasons (as those of the model) and, where known, said_on."""
    return [
        {
            "kind": one.kind,
            "grave": one.grave,
            **({"said_on": one.said_on.isoformat()} if one.said_on else {}),
            "reasons": [
                {"feature": name, "value": values.get(name), "previous": previous.get(name), "contribution": 0.0}
                for name in one.features
            ],
        }
        for one in found
    ]
