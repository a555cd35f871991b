"""What holds an alert back on a day, and until when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from serving.alerts.kinds import MISSED_ASSESSMENTS, MODEL_RISK, ON_ACTIVITY, UNANSWERED_QUESTION, Signal

OBJECTED, SOURCE_QUIET, LITTLE_HISTORY, SESSION_SIGNAL, CLOSURE, PUBLIC_HOLIDAY, IN_COMPANY, MENTOR_AWAY, DAY_OFF = (
    REASONS
) = (
    "objected", "source_quiet", "little_history", "session_signal", "closure", "public_holiday", "in_company",
    "mentor_away", "day_off",
)  # fmt: skip
"""Why an alert is held; the first that applies is told."""
PURPOSES = {
    "unanswered_questions": "community",
    "longest_wait_for_answer_days": "community",
    "posts_about_leaving_30d": "community",
    "last_intention": "surveys",
    "last_nps": "surveys",
    "last_absences": "attendance",
    "absences_30d": "attendance",
}
"""The purpose (`data.consents`) that a rule's feature needs; every other needs no more than `alerts`."""
RESTS_ON: Mapping[str, frozenset[str]] = {
    "posts": frozenset({UNANSWERED_QUESTION}),
    "quiz_results": frozenset({MISSED_ASSESSMENTS}),
}
"""Kinds of alert that a kind of record would make up by its silence: an answer, a mark that did not come through."""
Queue = tuple[str, int | str]
"""Who carries an alert: ("mentor", id), or ("session", id) for learners given to no mentor."""


@dataclass(frozen=True)
class Refusals:
    """Who is not to be read for a purpose: the learners listed or, with `others`, everybody else."""

    learners: frozenset[int] = frozenset()
    others: bool = False

    def by(self, learner_id: int) -> bool:
        """Whether this learner is not to be read."""
        return (learner_id in self.learners) is not self.others


@dataclass(frozen=True)
class Closed:
    """Why a session is closed on a day, and the first day it is not any more."""

    reason: str
    until: date


@dataclass(frozen=True)
class Carrier:
    """What one mentor (or a session without one) can carry that day; null: as everybody.

    `back_on`: they are away, and back that day; `deputy`: somebody stands in for them. `days`: worked, 1 for Monday.
    """

    capacity: int | None = None
    days: str | None = None
    back_on: date | None = None
    deputy: bool = False


@dataclass(frozen=True)
class World:
    """What is known of a day beside the scores.

    `closed` and `quiet` are by session, `sinking` the enrolments that sink with their session, `holidays` days on which
    nobody works, `mute` the kinds of record of `RESTS_ON` of which nothing comes, for anybody.
    """

    closed: Mapping[str, Closed] = field(default_factory=dict)
    quiet: frozenset[str] = frozenset()
    refusals: Mapping[str, Refusals] = field(default_factory=dict)
    carriers: Mapping[Queue, Carrier] = field(default_factory=dict)
    sinking: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()
    mute: frozenset[str] = frozenset()

    def refuses(self, learner_id: int, purpose: str) -> bool:
        """Whether a learner is not to be read for a purpose."""
        return purpose in self.refusals and self.refusals[purpose].by(learner_id)


@dataclass(frozen=True)
class Case:
    """The signals of one enrolment, and what decides whether they may speak."""

    enrolment_id: int
    learner_id: int
    session_id: str
    queue: Queue
    signals: tuple[Signal, ...]
    history_days: int | None = None

    @property
    def grave(self) -> bool:
        """Whether one of them is grave."""
        return any(one.grave for one in self.signals)


@dataclass(frozen=True)
class Hold:
    """Why, and the day it is looked at again, null where nobody knows."""

    reason: str
    until: date | None = None


def heard(case: Case, world: World, *, as_of: date, fewest_days: int) -> tuple[Case, Hold | None]:
    """Return the signals that may be believed and, where none is left, why.

    A learner who objected is not spoken of; nor is what rests on a source that is quiet, on too short a history (the
    model only) or on what the whole session does (unless grave).
    """
    if not case.signals:
        return case, None
    if world.refuses(case.learner_id, "alerts"):
        return replace(case, signals=()), Hold(OBJECTED)
    hold: Hold | None = None
    for reason, until, kept in _sieves(case, world, as_of=as_of, fewest_days=fewest_days):
        left = tuple(one for one in case.signals if one in kept)
        if not left:
            hold = hold or Hold(reason, until)
        case = replace(case, signals=left)
    return case, hold


def _sieves(
    case: Case, world: World, *, as_of: date, fewest_days: int
) -> Iterable[tuple[str, date | None, list[Signal]]]:
    mine = case.signals
    yield OBJECTED, None, [one for one in mine if _agreed(one, case.learner_id, world)]
    if case.session_id in world.quiet:
        yield SOURCE_QUIET, None, [one for one in mine if one.kind not in ON_ACTIVITY]
    for kind in RESTS_ON.keys() & world.mute:
        yield SOURCE_QUIET, None, [one for one in mine if one.kind not in RESTS_ON[kind]]
    if case.history_days is not None and case.history_days < fewest_days:
        known_on = as_of + timedelta(days=fewest_days - case.history_days)
        yield LITTLE_HISTORY, known_on, [one for one in mine if one.kind != MODEL_RISK]
    if case.enrolment_id in world.sinking:
        yield SESSION_SIGNAL, None, [one for one in mine if one.grave or one.kind not in ON_ACTIVITY]


def _agreed(signal: Signal, learner_id: int, world: World) -> bool:
    wanted = [PURPOSES.get(name) for name in signal.features]
    return not wanted or any(purpose is None or not world.refuses(learner_id, purpose) for purpose in wanted)


def waits(case: Case, world: World, *, as_of: date, days: str) -> Hold | None:
    """Return why nobody is told that day, None when somebody is.

    A closure or a public holiday holds everything: nobody works. Learners in their company, a mentor away without a
    deputy and a day the mentor does not work hold what is not grave.
    """
    closed = world.closed.get(case.session_id)
    if closed and (closed.reason != IN_COMPANY or not case.grave):
        return Hold(closed.reason, closed.until)
    if case.grave:
        return None
    carrier = world.carriers.get(case.queue, Carrier())
    if carrier.back_on and not carrier.deputy:
        return Hold(MENTOR_AWAY, carrier.back_on)
    worked = carrier.days or days
    if worked and str(as_of.isoweekday()) not in worked:
        return Hold(DAY_OFF, _next_day(as_of, worked))
    return None


def goes_to_lead(case: Case, world: World) -> bool:
    """Whether a grave alert goes to the course lead too: its mentor is away, and nobody stands in."""
    carrier = world.carriers.get(case.queue, Carrier())
    return case.grave and carrier.back_on is not None and not carrier.deputy


def _next_day(day: date, worked: str) -> date:
    following = (day + timedelta(days=n) for n in range(1, 8))
    return next(one for one in following if str(one.isoweekday()) in worked)
