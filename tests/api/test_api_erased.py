"""A learner taken out of the work database, on SQLite and PostgreSQL: each table has its fate, the journal is whole."""

import json

import pytest
from sqlalchemy import func, select

from data.home import Home
from data.proof import Trace
from serving.quality import journal
from serving.rights import erasing, policy, repository
from serving.tables import Alert, JournalEntry, RightsRequest, Roster
from tests.api import serving_seed as seed
from tests.api.test_api_sealing import NOW

TRACE = Trace((seed.learner_id(0), seed.enrolment_id(0)), ("Adélaïde Imaginaire", "ada@example.org"))
NAMES = TRACE.telling


def test_every_table_that_names_a_learner_has_a_fate():
    fates = {table.name: fate for table, fate in repository.tables()}
    people = {t.name for t, _ in repository.tables() if {*policy.PERSON} & {*t.columns.keys()}}
    assert {name for name in people if fates[name] == "kept"} == {"journal"}
    assert {name for name, fate in fates.items() if fate == "emptied"} == set(policy.EMPTIED)
    gone = {name for name, fate in fates.items() if fate == "deleted"}
    assert {"scores", "live_scores", "roster", "alerts", "held_alerts", "actions", "appointments"} <= gone
    assert set(policy.WORDLESS) <= set(fates), "a table that is not searched is one that is there"


def test_a_learner_is_taken_out_and_the_journal_is_whole(site):
    asked = {"kind": "erase", "learner_id": TRACE.numbers[0], "state": "done", "state_at": NOW}
    with site.database.write() as session:
        alert = session.scalars(select(Alert.id).where(Alert.learner_id == TRACE.numbers[0])).one()
        others = session.scalar(select(func.count()).select_from(Roster)) - 1
        session.add(RightsRequest(**asked, received_on=seed.TODAY, due_on=seed.TODAY))
    with site.database.write() as session:
        counts = erasing.take_out(session, TRACE, 7, at=NOW)
        assert {"scores", "roster", "alerts", "rights_requests"} <= set(counts)
    site.database.rewrite(sorted(repository.tables_named(counts)))
    with site.database.write() as session:
        assert erasing.take_out(session, TRACE, 7, at=NOW) == {}
    with site.database.read() as session:
        assert repository.still_holding(session, TRACE) == []
        assert session.scalar(select(func.count()).select_from(Roster)) == others
        assert journal.verify(session).intact
        erased = select(JournalEntry).where(JournalEntry.event.endswith("erased")).order_by(JournalEntry.seq)
        told = [(e.event, e.alert_id, json.loads(e.details).get("request")) for e in session.scalars(erased)]
        assert told == [("alert_erased", alert, None), ("person_erased", None, 7)]
        assert session.scalars(select(RightsRequest.learner_id)).all() == [None]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("called Adélaïde Imaginaire today", "called […] today"),
        ("ADELAIDE IMAGINAIRE, imaginaire adélaïde", "[…], […]"),
        ("Ade\u0301lai\u0308de Imaginaire", "[…]"),
        ('{"who": "Ad\\u00e9la\\u00efde Imaginaire"}', '{"who": "[…]"}'),
        ("to ADA@example.org", "to […]"),
        ("Adélaïde came", "Adélaïde came"),
    ],
)
def test_a_name_is_taken_out_however_it_is_spelt(words, left):
    assert policy.without(words, NAMES) == left
    assert policy.without({"a": [words, 3]}, NAMES) == {"a": [left, 3]}


@pytest.mark.parametrize(
    ("told", "about"),
    [
        ({"actor": {"mbox": "mailto:ada@example.org"}}, True),
        ({"actor": {"account": {"name": "42"}}}, True),
        ({"actor": {"account": {"name": "43"}}, "result": {"score": "42"}}, False),
        ({"person": 42}, True),
        ({"person": "7", "text": "Adélaïde Imaginaire left"}, True),
        ({"person": "7", "n": 42}, False),
    ],
)
def test_what_a_program_pushed_is_about_somebody(told, about):
    assert policy.is_told(told, Trace((1 << 40,), ("42", *TRACE.texts))) is about


def test_a_database_that_was_never_made_is_not_made(tmp_path, monkeypatch):
    monkeypatch.delenv("FILROUGE_DATABASE_URL", raising=False)
    home = Home(tmp_path)
    assert erasing.erase_work(home, TRACE, None, NOW) == ()
    assert erasing.copies_left(home, NOW) == []
    assert not home.work_database.exists()
