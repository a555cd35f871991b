"""The daily round on the small organisation: what comes back, closes, goes up, reopens, joins, is held or opens."""

import json
from datetime import date, datetime, timedelta

import pytest

from serving.access import Person
from serving.alerts import life, repository, service
from serving.alerts.holding import Closed, Refusals, World
from serving.alerts.life import Wanted
from serving.alerts.steps import take
from serving.alerts.world import read_world
from serving.problems import NotFoundError, RefusedError
from serving.quality import journal
from serving.quality.repository import entries
from serving.tables import Absence, MentorRule, Score, SessionSignal
from tests.api import serving_seed as seed

DAY = timedelta(days=1)
NEXT = seed.TODAY + 7 * DAY
REASON = {"feature": "last_intention", "value": -1.0, "previous": 0.0, "contribution": 0.0}
LEAVING = {"kind": "declared_intention", "grave": True, "reasons": [REASON]}
ABSENT = {"kind": "repeated_absence", "grave": False,
          "reasons": [{"feature": "last_absences", "value": 2.0, "previous": 0.0, "contribution": 0.0}]}  # fmt: skip
LEAD = Person(4, "lea", "Léa", "course_lead", None, False, "fr", "", courses=("DWEB", "SECO"))
ZINA = Person(1, "zina", "Zina", "mentor", seed.ZINA, False, "fr", "", follows=frozenset({seed.ZINA}))


def at(day: date) -> datetime:
    return seed.morning(day)


def a_run(session, day=NEXT, *, factor=1.0, **changes):
    """Write a run; `changes` by learner: `n3={"signals": [...]}`."""
    run = seed.make_run(session, day, factor=factor)
    for name, values in changes.items():
        score = session.get_one(Score, (run.id, seed.enrolment_id(int(name[1:]))))
        for column, value in values.items():
            setattr(score, column, value)
    session.flush()
    return run


def work(site, session, run, world=None, **settings):
    wanted = seed.settings_of(site.settings.home, **settings)
    return service.day(session, run.id, now=at(run.as_of_on), settings=wanted, world=world or World())


def alert_of(session, n):
    return repository.live_of(session, seed.enrolment_id(n))


def events(session, alert):
    return [(one.event, json.loads(one.details)) for one in entries(session) if one.alert_id == alert.id]


@pytest.fixture
def session(site):
    with site.database.write() as opened:
        yield opened


def test_an_alert_tells_its_kinds_with_the_reasons_of_each(site, session):
    work(site, session, a_run(session, n5={"signals": [LEAVING, ABSENT]}))
    alert = alert_of(session, 5)
    assert (alert.kind, [one["kind"] for one in alert.kinds][:1]) == ("declared_intention", ["declared_intention"])
    assert alert.reasons[0] == REASON
    event, told = events(session, alert)[0]
    assert (event, told["kinds"][0], told["reasons"][0]) == ("alert_opened", "declared_intention", "last_intention")


def test_a_round_done_twice_changes_nothing(site, session):
    run = a_run(session, n5={"signals": [LEAVING]})
    first = work(site, session, run)
    head = len(entries(session))
    assert first.opened > 0
    assert not any(work(site, session, run).counts().values())
    assert len(entries(session)) == head


def test_new_reasons_join_the_open_alert_and_nothing_else_of_it_moves(site, session):
    alert = alert_of(session, 0)
    before = (alert.id, alert.probability, alert.opened_on, alert.reasons)
    done = work(site, session, a_run(session, factor=1.5, n0={"signals": [LEAVING]}))
    assert done.joined == 1
    assert (alert.id, alert.probability, alert.opened_on) == before[:3]
    assert alert.reasons == [*before[3], REASON]
    assert [one["kind"] for one in alert.kinds] == ["model_risk", "declared_intention"]
    assert [event for event, _ in events(session, alert)] == ["alert_opened", "alert_escalated", "alert_joined"]
    assert alert.version == 3
    assert work(site, session, a_run(session, NEXT + DAY, n0={"signals": [LEAVING]})).joined == 0
    assert journal.verify(session).intact


def test_an_alert_put_off_comes_back_by_itself_on_its_day_or_for_something_grave(site, session):
    for n, until in ((0, NEXT), (1, NEXT + DAY)):
        wanted = Wanted(life.SNOOZED, until=until)
        take(session, alert_of(session, n), wanted, author_id=1, now=seed.NOW, today=seed.TODAY)
    assert work(site, session, a_run(session)).woken == 1
    assert [alert_of(session, n).state for n in (0, 1)] == ["open", "snoozed"]
    third = alert_of(session, 1)
    third.snoozed_until = NEXT + 30 * DAY
    work(site, session, a_run(session, NEXT + DAY, n1={"signals": [LEAVING]}))
    assert third.state == "open"
    assert [event for event, _ in events(session, third)][-2:] == ["alert_joined", "alert_woken"]


def test_what_nobody_touches_goes_to_the_course_lead_after_five_working_days(site, session):
    take(session, alert_of(session, 1), Wanted("acknowledged"), author_id=1, now=seed.NOW, today=seed.TODAY)
    friday = seed.TODAY + 4 * DAY
    assert work(site, session, a_run(session, friday)).escalated == 0
    done = work(site, session, a_run(session, NEXT))
    assert done.escalated > 0
    assert (alert_of(session, 0).escalated_on, alert_of(session, 1).escalated_on) == (NEXT, None)
    assert work(site, session, a_run(session, NEXT + DAY)).escalated == 0
    assert events(session, alert_of(session, 0))[-1][0] == "alert_escalated"


def test_a_holiday_is_not_a_working_day_in_which_nobody_touched(site, session):
    world = World(holidays=frozenset({seed.TODAY + DAY}))
    assert work(site, session, a_run(session, NEXT), world).escalated == 0


CALM = {"probability": 0.001, "regular": True, "silent_days": 1.0}


def test_an_alert_closes_by_itself_when_the_learner_is_back_unless_somebody_is_in_contact(site, session):
    first, second = alert_of(session, 0), alert_of(session, 1)
    take(session, second, Wanted("in_contact"), author_id=1, now=seed.NOW, today=seed.TODAY)
    done = work(site, session, a_run(session, n0=CALM, n1=CALM))
    assert done.resolved == 1
    assert (first.state, first.outcome, first.closed_by, first.closed_on) == (
        "resolved", "back_on_track", "system", NEXT
    )  # fmt: skip
    assert second.state == "in_contact"
    event, told = events(session, first)[-1]
    assert (event, told["closed_by"], told["outcome"]) == ("alert_resolved", "system", "back_on_track")
    found = repository.closed_lately(session, ZINA, NEXT - DAY, NEXT, limit=9)
    assert [row.Alert.id for row in found] == [first.id]
    assert journal.verify(session).intact


def test_a_closed_alert_reopens_when_its_learner_gets_worse_and_stays_one_alert(site, session):
    alert = alert_of(session, 0)
    closed = Wanted("resolved", outcome="plan_agreed", useful=True)
    take(session, alert, closed, author_id=1, now=seed.NOW, today=seed.TODAY)
    again = work(site, session, a_run(session, NEXT, n0={"signals": [LEAVING]}))
    assert again.reopened == 1
    assert (alert.state, alert.outcome, alert.closed_on, alert.reopened_on) == ("open", None, None, NEXT)
    assert (alert.kind, alert.useful) == ("declared_intention", None)
    told = events(session, alert)[-1]
    assert (told[0], told[1]["before.outcome"], told[1]["kinds"][0]) == (
        "alert_reopened", "plan_agreed", "declared_intention"
    )  # fmt: skip
    assert journal.verify(session).intact


def test_a_run_of_an_earlier_day_changes_nothing_that_stands(site, session):
    work(site, session, a_run(session, NEXT, n0={"probability": 0.5}))
    standing = [(one.id, one.state, one.version) for one in repository.everybodys(session, life.STATES)]
    done = work(site, session, a_run(session, NEXT - 4 * DAY, n0={"signals": [LEAVING], **CALM}))
    assert (done.joined, done.resolved, done.reopened, done.signals) == (0, 0, 0, 0)
    kept = [(one.id, one.state, one.version) for one in repository.everybodys(session, life.STATES)]
    assert kept[: len(standing)] == standing


def away(session, deputy_id):
    session.add(Absence(mentor_id=seed.ZINA, from_on=NEXT, until_on=NEXT + 3 * DAY, deputy_id=deputy_id,
                        created_by=1, created_at=seed.NOW))  # fmt: skip
    session.flush()


RISKY = {f"n{n}": {"probability": 0.9} for n in (2, 3)}


def test_a_mentor_away_without_a_deputy_is_waited_for_unless_it_is_grave(site, session):
    away(session, None)
    run = a_run(session, n4={"signals": [LEAVING]}, **RISKY)
    done = work(site, session, run)
    rows = [row.HeldAlert for row in repository.held_of(session, ZINA, run.id)]
    held = [(one.enrolment_id, one.reason, one.until_on) for one in rows]
    assert held == [(seed.enrolment_id(n), "mentor_away", NEXT + 4 * DAY) for n in (2, 3)]
    assert done.held == 2
    assert (alert_of(session, 2), alert_of(session, 4).escalated_on) == (None, NEXT)
    for event, _ in events(session, alert_of(session, 4)):
        assert event in {"alert_opened", "alert_escalated"}


def test_a_deputy_sees_what_opens_while_the_mentor_is_away(site, browser, send):
    with site.database.write() as session:
        session.add(Absence(mentor_id=seed.ZINA, from_on=seed.TODAY, until_on=seed.TODAY, deputy_id=3, created_by=1,
                            created_at=seed.NOW))  # fmt: skip
    deputy = browser("dina")
    alerts = deputy.get("/api/v1/alerts").json()["alerts"]
    assert {one["mentor_id"] for one in alerts} == {str(seed.ZINA)}
    with site.database.write() as session:
        away(session, 3)
        done = work(site, session, a_run(session, **RISKY))
        assert (done.held, done.opened > 0) == (0, True)


def test_a_mentor_has_their_own_capacity_and_days(site, session):
    session.add(MentorRule(mentor_id=seed.ZINA, alerts_per_week=1, days="2345"))
    run = a_run(session, **RISKY)
    work(site, session, run)
    held = {row.HeldAlert.enrolment_id: row.HeldAlert for row in repository.held(session, run.id)}
    assert {number: (one.reason, one.until_on) for number, one in held.items() if number == seed.enrolment_id(2)} == {
        seed.enrolment_id(2): ("day_off", NEXT + DAY)
    }
    assert seed.enrolment_id(3) not in held
    work(site, session, a_run(session, NEXT + DAY, **RISKY))
    opened = [alert_of(session, n) for n in (2, 3)]
    assert [one is not None for one in opened] == [True, False]


WORLDS = {
    "source_quiet": World(quiet=frozenset(seed.SESSIONS)),
    "closure": World({one: Closed("closure", NEXT + DAY) for one in seed.SESSIONS}),
    "objected": World(refusals={"alerts": Refusals(others=True)}),
}


@pytest.mark.parametrize("reason", WORLDS)
def test_what_is_held_is_kept_with_its_reason_and_opens_when_nothing_holds_it_any_more(site, session, reason):
    run = a_run(session, **RISKY)
    done = work(site, session, run, WORLDS[reason])
    assert done.opened == 0
    assert {row.HeldAlert.reason for row in repository.held(session, run.id)} == {reason}
    assert work(site, session, a_run(session, NEXT + DAY, **RISKY)).opened >= 2


def test_who_objects_has_their_alert_closed_with_its_reason_and_nothing_deleted(site, session):
    run = a_run(session)
    mine, other = (repository.by_id(session, one.id) for one in repository.live(session, until=NEXT)[:2])
    take(session, mine, Wanted("in_contact"), author_id=1, now=at(NEXT), today=NEXT)
    refused = World(refusals={"alerts": Refusals(frozenset({mine.learner_id}))})
    done = work(site, session, run, refused)
    assert (done.objected, mine.state, mine.outcome, mine.closed_by) == (1, "dismissed", "other", "system")
    event, told = events(session, mine)[-1]
    assert (event, told["reason"], told["before.state"]) == ("alert_dismissed", "objected", "in_contact")
    assert other.closed_on is None
    assert work(site, session, run, refused).objected == 0
    assert journal.verify(session).intact


def sinking_run(session, day=NEXT):
    names = {f"n{n}": {"probability": 0.5 if n % 3 else 0.001} for n in range(22)}
    return a_run(session, day, factor=0.01, **names)


def test_a_session_that_sinks_together_is_one_signal_instead_of_twenty_alerts(site, session):
    run = sinking_run(session)
    done = work(site, session, run, alert_lift=1.2)
    (signal,) = repository.signals_of(session, LEAD, until=NEXT)
    assert (done.signals, signal.session_id, signal.followed, signal.state) == (1, "DWEB-2605", 14, "open")
    assert signal.sinking >= 5
    assert done.opened < signal.sinking
    assert {row.HeldAlert.reason for row in repository.held(session, run.id)} == {"session_signal"}
    assert work(site, session, sinking_run(session, NEXT + DAY), alert_lift=1.2).signals == 0
    with pytest.raises(RefusedError):
        service.close_signal(session, LEAD, signal.id, " ", now=at(NEXT), today=NEXT)
    with pytest.raises(NotFoundError):
        service.close_signal(session, ZINA, signal.id, "vu", now=at(NEXT), today=NEXT)
    service.close_signal(session, LEAD, signal.id, "Panne de la salle virtuelle.", now=at(NEXT), today=NEXT)
    assert (signal.state, signal.closed_on) == ("resolved", NEXT)
    assert "Panne" not in " ".join(one.details for one in entries(session))
    assert session.get(SessionSignal, signal.id) is signal
    assert journal.verify(session).intact


def test_a_signal_closed_by_the_lead_is_not_back_the_next_day_and_its_learners_are_not_held(site, session):
    first = work(site, session, sinking_run(session), alert_lift=1.2)
    (signal,) = repository.signals_of(session, LEAD, until=NEXT)
    service.close_signal(session, LEAD, signal.id, "panne", now=at(NEXT), today=NEXT)
    days = [work(site, session, sinking_run(session, NEXT + n * DAY), alert_lift=1.2) for n in (1, 2)]
    assert [one.signals for one in (first, *days)] == [1, 0, 0]
    assert days[0].opened > 0


@pytest.mark.parametrize(("closed", "again"), [(None, 0), (14, 0), (15, 1)])
def test_a_session_has_one_signal_as_long_as_it_is_open_and_two_weeks_after(site, session, closed, again):
    day = NEXT - 20 * DAY
    session.add(SessionSignal(run_id=2, session_id="DWEB-2605", course_id="DWEB", opened_on=day, sinking=5, followed=9,
                              state="open", state_at=at(day), word="",
                              closed_on=closed and NEXT - closed * DAY))  # fmt: skip
    session.flush()
    assert work(site, session, sinking_run(session), alert_lift=1.2).signals == again


def test_where_nothing_was_imported_nothing_is_known_of_the_day(site):
    assert read_world(site.settings.folder, seed.TODAY) == World()
