"""Two people, or a person and the daily round, at the same moment: nothing is lost, nobody is stuck."""

import threading
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from serving.access import Person
from serving.actions import service as actions
from serving.actions.schemas import NewAction
from serving.alerts import repository, service
from serving.alerts.holding import World
from serving.alerts.life import Wanted
from serving.database import Database
from serving.live import service as live
from serving.live.refresh import Refreshed
from serving.problems import ChangedError
from serving.quality import journal
from serving.quality import repository as journals
from serving.tables import Score
from tests.api import serving_seed as seed

ZINA = Person(1, "zina", "Zina", "mentor", seed.ZINA, False, "fr", "", follows=frozenset({seed.ZINA}))
PATIENCE = 0.5
"""Seconds given to somebody who is not made to wait; whoever is waits for the end of the other's work, however long."""
WEEK_AFTER = seed.TODAY + timedelta(days=7)
CALL = NewAction(kind="call", channel="phone", done_on=seed.TODAY, result="reached")


class Somebody(threading.Thread):
    """Does one thing in another thread, and keeps what it raised."""

    def __init__(self, does):
        super().__init__()
        self.does, self.raised = does, None

    def run(self):
        try:
            self.does()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
            self.raised = error

    def begin(self):
        """Start, and go on as soon as it is done or is made to wait."""
        self.start()
        self.join(PATIENCE)


def number_of(site, n):
    with site.database.read() as session:
        return repository.open_of_enrolment(session, seed.enrolment_id(n), until=seed.TODAY).id


def move(session, site, number, to, **wanted):
    now = site.clock.now()
    service.move(session, ZINA, number, Wanted(to, **wanted), now=now, today=seed.TODAY, settings=site.settings)


def moves(site, number, to, **wanted):
    def does():
        with site.database.write() as session:
            move(session, site, number, to, **wanted)

    return Somebody(does)


def states(site, *numbers):
    with site.database.read() as session:
        assert journal.verify(session).intact
        return [repository.by_id(session, number).state for number in numbers]


def a_calm_week_later(session):
    run = seed.make_run(session, WEEK_AFTER)
    score = session.get_one(Score, (run.id, seed.enrolment_id(0)))
    score.probability, score.regular, score.silent_days = 0.001, True, 1.0
    return run.id


WHILE = [("candidates", "in_contact", {}), ("live", "resolved", {"outcome": "plan_agreed"})]


@pytest.mark.parametrize(("reads", "to", "wanted"), WHILE)
def test_the_round_never_overwrites_what_a_person_does_meanwhile(site, monkeypatch, reads, to, wanted):
    number, real = number_of(site, 0), getattr(repository, reads)
    person = moves(site, number, to, **wanted)

    def read(*given, **named):
        found = real(*given, **named)
        if person.ident is None:
            person.begin()
        return found

    with site.database.write() as session:
        run_id = a_calm_week_later(session)
    monkeypatch.setattr(repository, reads, read)
    with site.database.write() as session:
        now = seed.morning(WEEK_AFTER)
        service.day(session, run_id, now=now, settings=site.settings, world=World())
    person.join()
    assert isinstance(person.raised, ChangedError), "the alert was closed when their turn came"
    assert states(site, number) == ["resolved"]
    with site.database.read() as session:
        assert repository.by_id(session, number).outcome == "back_on_track"


def test_a_step_for_several_and_one_persons_step_wait_for_each_other_without_a_knot(site):
    first, second = number_of(site, 0), number_of(site, 1)
    other = moves(site, second, "in_contact")
    with site.database.write() as session:
        move(session, site, first, "acknowledged")
        other.begin()
        move(session, site, second, "acknowledged")
    other.join()
    assert other.raised is None
    assert states(site, first, second) == ["acknowledged", "in_contact"]


def test_a_step_for_several_and_records_that_come_meanwhile_wait_for_each_other(site):
    first, second = number_of(site, 0), number_of(site, 1)
    seen = Refreshed(seed.enrolment_id(1), seed.TODAY, "filrouge 3", 0.01, (), (), back=True)
    parts = SimpleNamespace(clock=site.clock, settings=site.settings)

    def comes():
        with site.database.write() as session:
            live.write_down(session, [seen], parts, now=seed.NOW)

    with site.database.write() as session:
        repository.by_id(session, second).kind, repository.by_id(session, second).kinds = "sudden_silence", []
    records = Somebody(comes)
    with site.database.write() as session:
        move(session, site, first, "acknowledged")
        records.begin()
        move(session, site, second, "acknowledged")
    records.join()
    assert records.raised is None
    assert states(site, first, second) == ["acknowledged", "resolved"]


def record(site):
    with site.database.write() as session:
        actions.record(session, ZINA, seed.enrolment_id(0), CALL, key=b"k" * 32, now=seed.NOW, today=seed.TODAY)


def test_two_actions_for_one_learner_wait_for_each_other_without_a_knot(site, monkeypatch):
    number, real = number_of(site, 0), actions._write_down
    other = Somebody(lambda: record(site))

    def written(*given, **named):
        if other.ident is None:
            other.begin()
        real(*given, **named)

    monkeypatch.setattr(actions, "_write_down", written)
    record(site)
    other.join()
    assert other.raised is None
    assert states(site, number) == ["in_contact"]


def test_the_journal_is_verified_as_it_was_at_one_moment_while_people_work(site, monkeypatch):
    real = journals.head_of

    def head_of(session):
        with site.database.write() as other:
            journal.append(other, "account_created", at=seed.NOW)
        return real(session)

    monkeypatch.setattr(journals, "head_of", head_of)
    with site.database.read() as session:
        before = len(journals.entries(session))
        assert journal.verify(session) == journal.Verdict(True, before)
    monkeypatch.undo()
    with site.database.read() as session:
        assert journal.verify(session) == journal.Verdict(True, before + 1)


@pytest.fixture
def away(app, site, server, tmp_path):
    """Leave the application with a database that does not answer."""
    address = server.url("nowhere") if server else f"sqlite:///{tmp_path / 'no folder' / 'work.db'}"
    database = Database(address)
    app.state.site = replace(site, database=database)
    yield
    app.state.site = site
    database.dispose()


def test_a_database_away_is_said_and_asks_to_try_again(browser, away):
    client = browser()
    client.cookies.set("filrouge_session", "any")
    told = client.get("/api/v1/alerts")
    assert (told.status_code, told.headers["retry-after"]) == (503, "5")
    assert told.json()["type"] == "urn:filrouge:problem:database-away"
    page = client.get("/today")
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert "Pas encore prêt" in page.text
    assert "SELECT" not in told.text + page.text
