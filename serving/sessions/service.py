"""Puts a course lead's sessions together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from serving.access import Person
from serving.alerts import policy as alert_policy
from serving.alerts import repository as alerts
from serving.learners import policy as learner_policy
from serving.learners import repository as learners
from serving.problems import NotFoundError
from serving.sessions import policy, repository
from serving.sessions.schemas import Overview, Sinking
from serving.tables import Alert, Roster, ScoreRun, SessionSignal


@dataclass(frozen=True)
class Day:
    """What is known of a person's courses on a day."""

    today: date
    run: ScoreRun | None
    average: float
    risks: Mapping[int, float]
    before: Mapping[int, float]
    alerts: Mapping[int, Alert]
    signals: Sequence[SessionSignal]

    def level(self, enrolment_id: int) -> str:
        """Return the word of an enrolment's risk, empty when it was not scored."""
        if enrolment_id not in self.risks:
            return ""
        alerted = enrolment_id in self.alerts
        return learner_policy.level(self.risks[enrolment_id], average=self.average, alerted=alerted)

    def trend(self, enrolment_id: int) -> str:
        """Return how an enrolment's risk moved in a week, empty when nobody knows."""
        if not self.before or enrolment_id not in self.risks:
            return ""
        return alert_policy.trend(self.risks[enrolment_id], self.before.get(enrolment_id))


def of_day(session: Session, person: Person, today: date) -> Day:
    """Read what is known of a person's courses on a day."""
    run = alerts.latest_run(session, until=today)
    earlier = learners.week_before(session, run.as_of_on) if run else None
    return Day(
        today=today,
        run=run,
        average=learners.average(session, run.id) if run else 0.0,
        risks=repository.risks(session, person, run.id) if run else {},
        before=repository.risks(session, person, earlier) if earlier else {},
        alerts={row.Alert.enrolment_id: row.Alert for row in repository.live_alerts(session, person, until=today)},
        signals=repository.signals(session, person, until=today),
    )


def overviews(session: Session, person: Person, today: date) -> list[Overview]:
    """Return the sessions of a person's courses, those under way first, then the latest."""
    day, groups = of_day(session, person, today), dict[str, list[Roster]]()
    for one in repository.roster(session, person):
        groups.setdefault(one.session_id, []).append(one)
    found = [overview(people, day) for people in groups.values()]
    return sorted(found, key=lambda one: (one.elapsed >= 1.0, -one.starts_on.toordinal(), one.session_id))


def one(
    session: Session, person: Person, session_id: str, today: date
) -> tuple[Overview, list[Sinking], list[Sinking]]:
    """Return one session, who sinks in it (the greatest risk first), and its escalated alerts.

    Raises
    ------
    NotFoundError : the person leads no such session.
    """
    people = repository.roster(session, person, session_id)
    if not people:
        raise NotFoundError("there is no such session")
    day = of_day(session, person, today)
    everyone = [_sinking(enrolment, day) for enrolment in people if enrolment.enrolment_id in day.risks]
    everyone.sort(key=lambda one: (-one.probability, one.enrolment.enrolment_id))
    sinking = [one for one in everyone if policy.sinks(one.level, one.trend)]
    escalated = [
        _sinking(p, day) for p in people if p.enrolment_id in day.alerts and day.alerts[p.enrolment_id].escalated_on
    ]
    return overview(people, day), sinking, escalated


def _sinking(enrolment: Roster, day: Day) -> Sinking:
    number = enrolment.enrolment_id
    return Sinking(enrolment, day.level(number), day.trend(number), day.alerts.get(number), day.risks.get(number, 0.0))


def overview(people: Sequence[Roster], day: Day) -> Overview:
    """Return what one session's enrolments add up to."""
    first, mine = people[0], {one.enrolment_id for one in people}
    starts_on, ends_on = min(one.started_on for one in people), max(one.planned_end_on for one in people)
    carried = [day.alerts[number] for number in mine if number in day.alerts]
    return Overview(
        session_id=first.session_id,
        name=first.session_name,
        starts_on=starts_on,
        ends_on=ends_on,
        elapsed=policy.elapsed(starts_on, ends_on, day.today),
        enrolled=len(people),
        outcomes=dict(Counter(one.outcome for one in people)),
        levels=dict(Counter(filter(None, (day.level(number) for number in mine)))),
        signals=[one for one in day.signals if one.session_id == first.session_id],
        alerts=len(carried),
        escalated=sum(one.escalated_on is not None for one in carried),
    )
