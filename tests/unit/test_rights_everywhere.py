"""A learner in every table of the work database, by reflection: a table that is added one day is met here."""

import json
import sqlite3
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import BigInteger, Boolean, Date, Float, Integer, text

from data.consents import BASES, INVENTED
from data.home import Home
from data.proof import Trace
from serving.database import Database
from serving.language import Speech
from serving.quality import journal
from serving.rights import erasing, holdings, policy, telling
from serving.sources import CatalogueWords
from serving.tables import Base, JournalHead
from serving.tables.base import Instant

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
NAME, MAIL = "Adalgisa Imaginaire", "adalgisa@example.org"
LEARNER, ENROLMENT = 4_611_686_018_427_387_905, 4_611_686_018_427_387_907
TRACE = Trace((LEARNER, ENROLMENT), (NAME, MAIL))
NOBODY = {
    "journal": "append-only: codes, numbers and digests; `tests/architecture` bars names",
    "journal_head": "a number and a hash",
    "accounts": "the staff's own names",
    "channels": "the staff's own addresses, sealed",
    "webhooks": "addresses of programs, sealed",
    "api_tokens": "the staff's own words, and a hash",
    "ingest_keys": "names of programs, and a hash",
    "signed_in": "a hash",
    "sign_in_failures": "keyed digests",
    "preferences": "codes",
    "daily_runs": "codes and counts of our own steps",
    "standard_texts": "the words of a standard",
    "source_outages": "kinds of records, codes and days",
    "score_runs": "names of models, counts",
    "alert_rounds": "counts",
}
"""Tables that nobody writes a learner in, each with why."""
CODES = ("id", "digest", "claim")
"""Columns of what programs push that they or we number: no words; a text that is a key is a code too."""


def value(column):
    """Return what a column holds that tells of the learner as far as its type can."""
    if column.name in policy.PERSON:
        return LEARNER if column.name == "learner_id" else ENROLMENT
    if isinstance(column.type, Instant | Date):
        return NOW.isoformat(sep=" ") if isinstance(column.type, Instant) else date(2026, 6, 15).isoformat()
    if isinstance(column.type, Boolean | BigInteger | Integer | Float):
        return 1
    if column.primary_key or column.name in CODES:
        return str(ENROLMENT) if column.name == "subject" else "x"
    told = f"{NAME} <{MAIL}> {LEARNER}"
    return (
        json.dumps({"tables": {"activity": [{"person": NAME, "mbox": MAIL}]}})
        if "body" in column.name
        else (json.dumps([{"told": told}]) if column.type.__class__.__name__ == "JSON" else told)
    )


@pytest.fixture
def planted(tmp_path):
    """Yield a home whose every table has a row of the learner, whatever rests on what."""
    home = Home(tmp_path / "home").prepare()
    database = Database(f"sqlite:///{home.work_database}")
    database.upgrade()
    database.dispose()
    with sqlite3.connect(home.work_database) as work:  # raw: foreign keys are not looked at
        for table in Base.metadata.sorted_tables:
            if table.name not in ("journal", "journal_head"):
                row = {column.name: value(column) for column in table.columns}
                work.execute(
                    f"INSERT INTO {table.name} ({', '.join(row)}) VALUES ({', '.join(map(':'.__add__, row))})", row
                )
    work.close()
    return home


def holding(home):
    """Return the tables whose rows tell of the learner in any way, read without the eraser's code."""
    database = Database(f"sqlite:///{home.work_database}")
    found = set()
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = repr(connection.execute(text(f"SELECT * FROM {table.name}")).fetchall())
            if any(told in rows for told in (NAME, MAIL, str(LEARNER), str(ENROLMENT))):
                found.add(table.name)
    database.dispose()
    return found


def test_every_table_is_planted_and_each_is_clean_or_says_why(planted, monkeypatch):
    monkeypatch.delenv("FILROUGE_DATABASE_URL", raising=False)
    worded = {table.name for table in Base.metadata.sorted_tables
              if {"TEXT", "JSON"} & {str(one.type) for one in table.columns}}  # fmt: skip
    assert worded - holding(planted) <= {"journal", "journal_head", "signed_in"}, "each table with words was planted"
    request = type("Request", (), {"number": 1})()
    assert erasing.erase_work(planted, TRACE, request, NOW) == []
    left = holding(planted)
    assert left <= set(NOBODY), "a table keeps a learner and nobody said why"
    database = Database(f"sqlite:///{planted.work_database}")
    with database.read() as session:
        assert session.get(JournalHead, 1) is not None
        assert journal.verify(session).checked == 2, "one alert, one person"
    database.dispose()


def test_every_table_of_persons_has_a_title_for_who_asks_what_is_held():
    of_persons = {table.name for table in Base.metadata.sorted_tables if {*policy.PERSON} & {*table.columns.keys()}}
    assert of_persons <= set(telling.TABLES)


def test_what_is_held_is_told_in_words_and_not_in_codes():
    signals = [{"kind": "never_started", "grave": False, "reasons": [{"feature": "days_since_login", "value": 3.0}]}]
    purpose = ("alerts", "repérer les décrochages", "see disengagement")
    told = "\n".join(telling.as_text(
        [holdings.Holding("work", "scores", ("probability", "signals"), ((0.5, signals),)),
         *(holdings.Holding("decisions", "purposes", ("purpose", "fr", "en", "basis", "read_now"),
                            ((*purpose, basis, True),)) for basis in (*BASES, INVENTED))],
        [], Speech("fr", ZoneInfo("Europe/Paris")), CatalogueWords(),
    ))  # fmt: skip
    assert "N’a jamais commencé" in told
    assert [code for code in ("kind", "grave", "never_started", "legitimate_interest", "_or_") if code in told] == []


def test_no_free_page_and_no_log_keeps_a_byte(planted, monkeypatch):
    monkeypatch.delenv("FILROUGE_DATABASE_URL", raising=False)
    with sqlite3.connect(planted.work_database) as work:
        for name in set(NOBODY) - {"journal", "journal_head"}:
            work.execute(f"DELETE FROM {name}")
    work.close()
    erasing.erase_work(planted, TRACE, type("Request", (), {"number": 1})(), NOW)
    assert holding(planted) == set()
    for path in planted.root.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for told in (NAME, MAIL, str(LEARNER), str(ENROLMENT)):
            assert told.encode() not in content, (path.name, told)
        assert LEARNER.to_bytes(8, "big") not in content, path.name
