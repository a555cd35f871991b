"""Administrators are told of a quiet source, once, in their language; and of its return, once it is scored again."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from serving.accounts import repository as accounts
from serving.notifications import outbox
from serving.notifications.outbox import Office
from serving.tables import JournalEntry, Message, SourceOutage
from serving.watch.outages import service
from tests.api import serving_seed as seed
from tests.api.test_api_outbox import Kept, Now
from tests.unit.test_serving_outages import Batch, Count

PARIS = ZoneInfo("Europe/Paris")
DAWN = datetime(2026, 6, 15, 4, 30, tzinfo=UTC)
"""Half past six in Paris, a Monday: the hour of the daily run, inside everybody's silence."""
ADDRESS = "ada@organisme.example.org"


@pytest.fixture
def office(site):
    with site.database.write() as session:
        accounts.by_username(session, "admin").email = ADDRESS
        accounts.by_username(session, "lea").email = "lea@organisme.example.org"
    return Office(site.database, site.settings, Kept(), Now(DAWN))


def morning(office, days=0, **states):
    """Read the watch of a morning; what is said is returned."""
    day = seed.TODAY + timedelta(days=days)
    folder = office.settings.folder.reports / "watch"
    folder.mkdir(parents=True, exist_ok=True)
    kinds = [{"kind": kind, "state": state, "last_at": "2026-06-10T17:00:00"} for kind, state in states.items()]
    (folder / f"{day}.json").write_text(json.dumps({"as_of": day.isoformat(), "freshness": kinds}), encoding="utf-8")
    office.now.at = DAWN + timedelta(days=days)
    with office.database.write() as session:
        return service.look(session, office.settings.folder, today=day, now=office.now(), zone=PARIS)


def sent(office, hour=6):
    """Deliver at eight in Paris, and return what left since."""
    office.now.at = office.now.at.replace(hour=hour)
    office.sender.sent.clear()
    outbox.deliver(office)
    return [(place.address, words) for place, words in office.sender.sent]


def test_an_outage_is_one_message_to_administrators_after_their_silence_and_its_end_another(office):
    assert morning(office, activity="quiet", posts="slow", attendance="fresh") == {
        "quiet": ["activity"], "slow": ["posts"]}  # fmt: skip
    assert outbox.deliver(office)["sent"] == 0, "half past six is silence"
    ((address, words),) = sent(office)
    assert address == ADDRESS
    assert words.lines[0][0].startswith("Rien n’est arrivé depuis le mercredi 10 juin")
    assert len(words.lines) == 3
    assert (words.home, words.preferences) == (words.lines[0][1], "")
    assert "<a href" in words.html()
    for days in (1, 2):
        assert morning(office, days, activity="quiet", posts="slow") == {}
        assert sent(office) == []
    assert morning(office, 3, activity="fresh", posts="fresh") == {"back": ["activity", "posts"]}
    ((_, words),) = sent(office)
    assert "La liste a été recalculée" in words.plain()
    with office.database.read() as session:
        told = [json.loads(one.details) for one in session.query(JournalEntry).filter_by(event="sources_told")]
        assert told == [{"quiet": ["activity"], "slow": ["posts"]}, {"back": ["activity", "posts"]}]
        assert session.query(SourceOutage).count() == 2


def test_each_administrator_is_told_in_their_language_and_never_on_a_day_off(office):
    with office.database.write() as session:
        accounts.by_username(session, "admin").language = "en"
    assert morning(office, 5, activity="quiet") == {"quiet": ["activity"]}, "a Saturday"
    assert sent(office) == []
    office.now.at = DAWN + timedelta(days=7)
    ((_, words),) = sent(office)
    assert words.subject == "Filrouge: a source is quiet"


def test_without_an_address_nobody_is_written_to_and_the_journal_knows(office):
    with office.database.write() as session:
        accounts.by_username(session, "admin").email = None
    assert morning(office, posts="quiet") == {"quiet": ["posts"]}
    with office.database.read() as session:
        assert session.query(Message).filter_by(kind="sources").count() == 0
        assert session.query(JournalEntry).filter_by(event="sources_told").count() == 1


def test_what_came_back_after_the_list_is_not_called_back_before_a_list_has_read_it(office, monkeypatch):
    morning(office, activity="quiet")
    later = [Batch({"activity": Count(new=9)}, {"activity": 5})]
    monkeypatch.setattr("data.store.RecordStore.batches", lambda _: later)
    assert morning(office, activity="fresh") == {}
    with office.database.write() as session:
        found = service.away(session, seed.TODAY, home=office.settings.folder)
        assert (found.quiet, found.unread) == (True, True)
        assert service.away(session, seed.DAY_BEFORE, home=office.settings.folder) == service.Away()
        run = service.run_of_day(session, seed.TODAY)
        run.table_versions = {"activity": 5}
    assert morning(office, activity="fresh") == {"back": ["activity"]}
