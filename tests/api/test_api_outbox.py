"""The outbox on the small organisation: what is planned, joined, sent once, tried again and given up."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from serving.accounts import repository as accounts
from serving.notifications import outbox, planning, policy, repository, service, signing
from serving.notifications.delivery import Outcome
from serving.notifications.outbox import Office
from serving.notifications.scheduler import Scheduler
from serving.notifications.schemas import NewWebhook
from serving.notifications.written import row_of
from serving.tables import Absence, Alert, Channel, Message, SessionSignal
from tests.api import serving_seed as seed

MORNING = datetime(2026, 6, 15, 8, tzinfo=UTC)
"""Ten o'clock in Paris, a Monday."""


@dataclass
class Kept:
    """A sender that writes down what it was given."""

    answer: Outcome = field(default_factory=Outcome)
    sent: list = field(default_factory=list)
    told: list = field(default_factory=list)
    during: Callable[[], object] | None = None

    def send(self, place, words):
        if self.during:
            self.during()
        self.sent.append((place, words))
        return self.answer

    def tell(self, url, event):
        self.told.append((url, event))
        return self.answer


class Now:
    """A clock that moves when told."""

    def __init__(self, at):
        self.at = at

    def __call__(self):
        return self.at


@pytest.fixture
def office(site):
    with site.database.write() as session:
        for username in ("zina", "joel", "dina", "lea"):
            accounts.by_username(session, username).email = f"{username}@organisme.example.org"
    return Office(site.database, site.settings, Kept(), Now(MORNING))


def rows(office, **where):
    with office.database.read() as session:
        found = session.query(Message).filter_by(**where).order_by(Message.id).all()
        session.expunge_all()
    return found


def declare(office, n, *, on="2026-06-15"):
    """The n-th learner said they would leave."""
    with office.database.write() as session:
        alert = session.query(Alert).filter_by(enrolment_id=seed.enrolment_id(n)).one()
        alert.kinds = [*alert.kinds, {"kind": policy.DECLARED, "since": on, "reasons": []}]


def opened(office):
    with office.database.read() as session:
        return [(a.id, a.enrolment_id, a.mentor_id) for a in session.query(Alert).order_by(Alert.id)]


def to(office):
    return sorted(place.address.split("@")[0] for place, _ in office.sender.sent)


def only_grave(office):
    """Give the digests of the day as sent, so that a test sees the rest alone."""
    outbox.run(office)
    office.sender.sent.clear()


def test_each_person_gets_one_digest_a_day_and_it_names_nobody(office):
    first = outbox.run(office)
    assert first["sent"] == len(office.sender.sent) > 0
    assert to(office) == ["joel", "lea", "zina"]
    assert outbox.run(office) == {"planned": 0, "sent": 0, "put_off": 0, "given_up": 0}
    office.now.at += timedelta(hours=3)
    assert outbox.run(office)["sent"] == 0
    office.now.at = MORNING + timedelta(days=1)
    outbox.run(office)
    assert to(office).count("zina") == 2
    for place, words in office.sender.sent:
        said = words.subject + words.plain() + words.html()
        assert place.kind == "email"
        assert "/today" in said
        assert "Nouvelles alertes" in said or "Alertes à regarder" in said
        names = [part for n in range(22) for part in seed.name_of(n).split()]
        assert [name for name in names if name in said] == []
        assert str(seed.enrolment_id(0))[:8] not in said
        assert "%" not in said


def test_nothing_is_sent_on_a_sunday_a_holiday_nor_before_its_hour(office):
    for moment in (datetime(2026, 6, 14, 9, tzinfo=UTC), datetime(2026, 7, 14, 9, tzinfo=UTC), MORNING.replace(hour=4)):
        office.now.at = moment
        assert outbox.run(office)["sent"] == 0


def test_a_person_without_anything_to_look_at_is_left_in_peace_all_day(office):
    outbox.run(office)
    silent = [row for row in rows(office, kind="digest") if row.tries == 0]
    assert len(silent) == 1
    assert silent[0].sent_at is not None
    assert "dina" not in to(office)


def test_grave_alerts_within_minutes_are_one_message(office):
    only_grave(office)
    mine = [n for n in range(12) if seed.enrolment_id(n) in {e for _, e, m in opened(office) if m == seed.ZINA}]
    declare(office, mine[0])
    assert outbox.run(office) == {"planned": 1, "sent": 0, "put_off": 0, "given_up": 0}
    office.now.at += timedelta(minutes=1)
    declare(office, mine[1])
    outbox.run(office)
    office.now.at += timedelta(minutes=2)
    done = outbox.run(office)
    assert done["sent"] == 1
    assert to(office) == ["zina"]
    assert "Alertes à regarder sans attendre\u00a0: 2" in office.sender.sent[0][1].plain()
    office.now.at += timedelta(hours=1)
    assert outbox.run(office)["sent"] == 0
    assert [row.body for row in rows(office, kind="grave")] == [None, None]


def test_a_grave_alert_of_the_night_waits_for_the_end_of_the_silence(office):
    only_grave(office)
    office.now.at = MORNING.replace(hour=20)
    declare(office, 0)
    assert outbox.run(office)["sent"] == 0
    assert [row.due_at for row in rows(office, kind="grave")] == [datetime(2026, 6, 16, 6, tzinfo=UTC)]


def test_an_absent_mentor_is_told_nothing_and_the_deputy_is(office):
    with office.database.write() as session:
        dina = accounts.by_username(session, "dina").id
        session.add(
            Absence(mentor_id=seed.ZINA, from_on=date(2026, 6, 15), until_on=date(2026, 6, 19), deputy_id=dina,
                    created_by=dina, created_at=MORNING)
        )  # fmt: skip
    declare(office, 0)
    outbox.run(office)
    office.now.at += policy.JOIN
    outbox.run(office)
    assert to(office) == ["dina", "dina", "joel", "lea"]


def test_an_alert_that_nobody_touched_goes_to_the_lead_of_the_course(office):
    only_grave(office)
    with office.database.write() as session:
        alert = session.query(Alert).filter_by(enrolment_id=seed.enrolment_id(0)).one()
        assert alert.session_id.startswith("SECO")
        alert.escalated_on = date(2026, 6, 15)
    outbox.run(office)
    office.now.at += policy.JOIN
    outbox.run(office)
    assert to(office) == ["lea"]


def test_a_failure_is_tried_again_then_given_up_and_shown(office):
    only_grave(office)
    declare(office, 0)
    outbox.run(office)
    office.sender.answer = Outcome("unreachable")
    office.now.at += policy.JOIN
    waits = []
    for _ in range(6):
        outbox.deliver(office)
        message = rows(office, kind="grave")[0]
        if message.gave_up_at:
            break
        waits.append(message.due_at - office.now.at)
        office.now.at = message.due_at
    assert waits[:4] == list(policy.RETRIES[:4])
    assert waits[4] >= policy.RETRIES[4]
    assert (message.tries, message.failure, message.body) == (6, "unreachable", None)
    with office.database.read() as session:
        assert repository.tally(session, office.now.at)["given_up"] == 1
        assert [row.Message.id for row in repository.given_up(session)] == [message.id]


def test_a_digest_of_yesterday_is_not_sent_today_and_a_longer_wait_is_obeyed(office):
    office.sender.answer = Outcome("http_429", retry_after=timedelta(hours=2))
    assert outbox.run(office)["put_off"] == 3
    assert {row.due_at for row in rows(office, failure="http_429")} == {MORNING + timedelta(hours=2)}
    office.sender.answer = Outcome("http_429", retry_after=timedelta(hours=20))
    office.now.at = MORNING + timedelta(hours=2)
    assert outbox.deliver(office)["given_up"] == 3


def test_two_schedulers_never_send_one_message_twice(office):
    other = Office(office.database, office.settings, Kept(), office.now)
    office.sender.during = lambda: outbox.run(other)
    outbox.run(office)
    both = [place.address for place, _ in office.sender.sent + other.sender.sent]
    assert len(both) == len(set(both)) == 3


def test_after_a_crash_the_message_is_taken_up_when_its_lease_ends(office):
    def crash():
        raise KeyboardInterrupt

    office.sender.during = crash
    with pytest.raises(KeyboardInterrupt):
        outbox.run(office)
    office.sender.during = None
    assert outbox.deliver(office)["sent"] == 2
    office.now.at += policy.LEASE
    assert outbox.deliver(office)["sent"] == 1
    assert to(office) == ["joel", "lea", "zina"]


def hook(office, *events):
    with office.database.write() as session:
        made, secret = service.add_webhook(
            session, NewWebhook(url="https://organisme.fr/hook", events=list(events)), settings=office.settings,
            now=office.now(), author_id=1,
        )  # fmt: skip
        return made.id, secret


def test_programs_are_told_of_what_happens_next_by_pseudonyms_only(office):
    number, secret = hook(office, *planning.EVENTS)
    office.now.at += timedelta(minutes=1)
    with office.database.write() as session:
        alert = session.query(Alert).filter_by(enrolment_id=seed.enrolment_id(0)).one()
        alert.state, alert.closed_at, alert.closed_on = "resolved", office.now(), date(2026, 6, 15)
        alert.state_at = office.now()
        other = session.query(Alert).filter_by(enrolment_id=seed.enrolment_id(12)).one()
        other.escalated_on = date(2026, 6, 15)
        session.add(
            SessionSignal(run_id=alert.run_id, session_id="SECO-2606", course_id="SECO", opened_on=date(2026, 6, 15),
                          sinking=8, followed=20, state="open", state_at=office.now())
        )  # fmt: skip
    outbox.run(office)
    assert "alert.closed" not in {event.name for _, event in office.sender.told}, "it may still be taken back"
    office.now.at += timedelta(minutes=10)
    outbox.run(office)
    outbox.run(office)
    assert sorted(event.name for _, event in office.sender.told) == [
        "alert.closed",
        "alert.escalated",
        "session.signal",
    ]
    for _, event in office.sender.told:
        body = json.loads(event.body)
        assert body["event"] == event.name
        assert body["id"] == event.delivery
        assert set(body) - {"alert", "signal"} == {"at", "event", "id"}
        assert set(body.get("alert", {})) <= {"id", "enrolment_id", "state"}
        value = signing.header(event.secrets, event.timestamp, event.body)
        assert signing.verify(secret, value, event.body, now=event.timestamp)
    assert f"Webhook {number}" not in repr(office.sender.told[0][1])


def test_a_secret_that_is_replaced_signs_for_a_day_more(office):
    number, first = hook(office, "alert.opened")
    with office.database.write() as session:
        kept = service.existing_webhook(session, number)
        second = service.rotate(session, kept, settings=office.settings, now=office.now(), author_id=1)
        repository.write(session, [row_of("k", "alert.opened", MORNING, MORNING, {}, webhook_id=number)])
        repository.write(
            session,
            [row_of("l", "alert.opened", MORNING, MORNING + timedelta(days=2), {}, webhook_id=number)],
        )
    outbox.deliver(office)
    office.now.at += timedelta(days=2)
    outbox.deliver(office)
    assert [event.secrets for _, event in office.sender.told] == [(second, first), (second,)]


def test_a_channel_that_was_removed_or_an_account_closed_gets_nothing_more(office):
    with office.database.write() as session:
        zina = accounts.by_username(session, "zina")
        session.add(Channel(account_id=zina.id, kind="email", address="z@organisme.fr", created_at=MORNING))
        session.flush()
        planning.plan(session, now=MORNING, zone=office.zone)
        accounts.by_username(session, "joel").active = False
        channel = repository.channels(session, zina.id)[0]
        service.remove_channel(session, channel, now=MORNING, author_id=zina.id)
        assert channel.address == ""
    assert outbox.deliver(office) == {"sent": 1, "put_off": 0, "given_up": 1}
    assert to(office) == ["lea"]


def test_the_team_gets_its_own_digest(office):
    with office.database.write() as session:
        session.add(Channel(account_id=None, kind="email", address="team@organisme.fr", created_at=MORNING))
    outbox.run(office)
    assert to(office).count("team") == 1


def test_the_scheduler_goes_on_after_a_failure_and_stops_when_asked():
    times = []

    def tick():
        times.append(len(times))
        if len(times) == 1:
            raise RuntimeError("the database is away")

    waited = []
    Scheduler(tick, wait=lambda seconds: waited.append(seconds) or len(waited) == 3).loop()
    assert times == [0, 1, 2]
    assert waited == [60.0] * 3
    running = Scheduler(tick)
    running.start()
    assert running.stop()
    assert len(times) <= 4
