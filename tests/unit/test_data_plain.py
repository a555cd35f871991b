"""Plain tables made canonical: who is who, which enrolment, what is counted; the same for every system."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from data import imports
from data.batches import Manifest
from data.erasure import erase
from data.errors import SourceError
from data.home import Home
from data.identities import Identity, Vault
from data.sources import plain_source, staging
from data.sources.base import Request
from data.sources.plain_source import PlainSource
from data.sources.spool import Spool
from data.store import RecordStore

TODAY = date(2026, 3, 1)
Fill = Callable[[Spool], None]


def noon(day: str) -> datetime:
    return datetime.fromisoformat(day + "T12:00:00+00:00")


class Told:
    """A reader that says what it was told to say."""

    name, system = "told", "told"
    any_text = False

    def __init__(self, fill: Fill) -> None:
        self.fill = fill

    def inputs(self, request: Request) -> Mapping[str, Path]:
        assert request.secret == ""
        return {}

    def read(self, request: Request, spool: Spool) -> Mapping[str, object]:
        self.fill(spool)
        return {"place": request.place, "until": "2026-03-01"}


def bring(home: Home, fill: Fill, monkeypatch: pytest.MonkeyPatch, *, as_of: date = TODAY) -> Manifest:
    monkeypatch.setattr(imports, "open_source", lambda _: PlainSource(Told(fill)))
    return imports.import_source(home, "told", "here", as_of=as_of)


def rows(home: Home, query: str) -> list[Any]:
    with RecordStore(home).connect() as connection:
        return connection.execute(query).fetchall()


def roster(spool: Spool) -> None:
    """Two sessions in a row; Ada in both, Bob in the first, a mentor."""
    for line, (session, first, last) in enumerate(
        (("S1", "2026-01-05", "2026-02-01"), ("S2", "2026-02-02", "2026-04-05"))
    ):
        spool.seen("sessions")
        spool.add("sessions", file="sessions", line=line, session=session, course="C", name="Session", starts_on=first,
                  ends_on=last)  # fmt: skip
    people = (
        ("ada", "ada@example.org", "learner"),
        ("bob", "bob@example.org", None),
        ("mia", "mia@example.org", "mentor"),
    )
    for line, (person, email, role) in enumerate(people):
        spool.seen("people")
        spool.add("people", file="people", line=line, person=person, name=person.title(), email=email, role=role)
    for line, (person, session) in enumerate((("ada", "S1"), ("ada", "S2"), ("bob", "S1"))):
        spool.seen("enrolments")
        spool.add("enrolments", file="enrolments", line=line, person=person, session=session, mentor="mia")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    made = Home(tmp_path / "home").prepare()
    made.name_site("simulated")
    bring(made, roster, monkeypatch)
    return made


def enrolment(home: Home, person: str, session: str) -> int:
    vault = Vault(home.identities_database)
    return next(n for n, who in vault.find("enrolment").items() if who.source_id == f"{person}:{session}")


def test_the_roster_comes_whole(home: Home) -> None:
    found = rows(home, "SELECT session_id, outcome, started_on, planned_end_on FROM enrolments ORDER BY ALL")
    assert found == [
        ("S1", "ongoing", date(2026, 1, 5), date(2026, 2, 1)),
        ("S1", "ongoing", date(2026, 1, 5), date(2026, 2, 1)),
        ("S2", "ongoing", date(2026, 2, 2), date(2026, 4, 5)),
    ]
    assert rows(home, "SELECT count(DISTINCT learner_id), count(DISTINCT mentor_id) FROM enrolments") == [(2, 1)]
    names = {who.display_name for who in Vault(home.identities_database).find("learner").values()}
    assert names == {"Ada", "Bob"}


ENDS = (
    ({"ended_on": "2026-01-20"}, ("abandoned", date(2026, 1, 20))),
    ({"ended_on": "2026-02-01"}, ("completed", date(2026, 2, 1))),
    ({"ended_on": "2026-03-05"}, ("ongoing", None)),
    ({"ended_on": "2026-01-20", "outcome": "neutral_exit"}, ("neutral_exit", date(2026, 1, 20))),
    ({"ended_on": "2026-01-20", "outcome": "abandoned", "outcome_known_on": "2026-03-09"}, ("ongoing", None)),
    ({"outcome": "completed"}, ("completed", None)),
    ({}, ("ongoing", None)),
)


@pytest.mark.parametrize(("told", "expected"), ENDS)
def test_how_an_enrolment_ended(
    home: Home, monkeypatch: pytest.MonkeyPatch, told: dict[str, str], expected: tuple[str, date | None]
) -> None:
    def ended(spool: Spool) -> None:
        spool.seen("e")
        spool.add("enrolments", file="e", line=1, person="bob", session="S1", **told)

    bring(home, ended, monkeypatch)
    query = f"SELECT outcome, ended_on FROM enrolments WHERE enrolment_id = {enrolment(home, 'bob', 'S1')}"
    assert rows(home, query) == [expected]


PLACED = (
    ("ada", None, "2026-01-10", ["S1"]),
    ("ada", None, "2026-02-10", ["S2"]),
    ("ada", "S1", "2026-02-10", ["S1"]),
    ("ADA@example.org", None, "2026-02-10", ["S2"]),
    ("bob", "S2", "2026-02-10", []),
    ("bob", None, "2026-02-10", []),
    ("zed", None, "2026-02-10", []),
    ("mia", None, "2026-02-10", []),
)


@pytest.mark.parametrize(("person", "session", "day", "expected"), PLACED)
def test_a_record_finds_its_enrolment(
    home: Home, monkeypatch: pytest.MonkeyPatch, person: str, session: str | None, day: str, expected: list[str]
) -> None:
    def acted(spool: Spool) -> None:
        spool.seen("log")
        spool.add("activity", file="log", line=1, person=person, session=session, kind="view", resource="r",
                  occurred_at=noon(day))  # fmt: skip

    manifest = bring(home, acted, monkeypatch)
    assert rows(home, "SELECT session_id FROM activity JOIN enrolments USING (enrolment_id)") == [
        (s,) for s in expected
    ]
    assert (manifest.rows_in, manifest.rows_kept, manifest.rows_out_of_scope) == (1, len(expected), 1 - len(expected))


FAULTS = (
    ("activity", {"kind": "dance", "occurred_at": noon("2026-01-10")}, "kind", "not an accepted value"),
    ("activity", {"kind": "view", "occurred_at": "yesterday"}, "occurred_at", "unreadable date"),
    ("activity", {"kind": "view", "occurred_at": noon("2026-03-02")}, "occurred_at", "future date"),
    ("activity", {"kind": "view", "occurred_at": noon("1970-01-01")}, "occurred_at", "unreadable date"),
    ("activity", {"kind": "view"}, "occurred_at", "missing value"),
    ("activity", {"kind": "view", "occurred_at": noon("2026-01-10"), "count": 0}, "count", "below 1"),
    ("activity", {"kind": "view", "occurred_at": noon("2026-01-10"), "session": "S9"}, "session", "unknown session"),
    ("results", {"assessment": "q", "submitted_at": noon("2026-01-10"), "score": 1.2}, "score", "out of range"),
    ("results", {"assessment": "q", "submitted_at": noon("2026-01-10"), "score": "nan"}, "score", "out of range"),
    ("answers", {"survey": "s", "question": "nps", "scale": "nps", "value": 11, "answered_on": "2026-01-10"}, "value",
     "out of range"),
    ("answers", {"survey": "s", "question": "nps", "scale": "nps", "value": 9}, "answered_on", "no date"),
    ("attendance", {"starts_at": noon("2026-01-10"), "status": "asleep"}, "status", "not an accepted value"),
    ("attendance", {"starts_at": noon("2026-01-10"), "status": "present", "person": "zed"}, "person",
     "unknown learner"),
    ("contacts", {"contacted_on": "2026-01-10", "kind": "pigeon"}, "kind", "not an accepted value"),
    ("contacts", {"contacted_on": "2026-03-02"}, "contacted_on", "future date"),
    ("contacts", {"contacted_on": "2026-01-10", "person": "zed"}, "person", "unknown learner"),
    ("enrolments", {"session": "S7"}, "session", "unknown session"),
    ("enrolments", {"session": "S1", "ended_on": "2025-01-01", "started_on": "2026-01-05"}, "ended_on",
     "ends before it starts"),
    ("sessions", {"session": "S3", "starts_on": "2026-02-30", "ends_on": "2026-05-01"}, "starts_on",
     "unreadable date"),
)  # fmt: skip


@pytest.mark.parametrize(("table", "values", "column", "reason"), FAULTS)
def test_a_damaged_record_is_set_aside_with_its_place(
    home: Home, monkeypatch: pytest.MonkeyPatch, table: str, values: dict[str, Any], column: str, reason: str
) -> None:
    def damaged(spool: Spool) -> None:
        spool.seen("f", 2)
        given = values if table == "sessions" else {"person": "bob", **values}
        spool.add(table, file="f", line=7, **given)
        spool.add("activity", file="f", line=8, person="bob", kind="login", occurred_at=noon("2026-01-10"))

    manifest = bring(home, damaged, monkeypatch)
    found = RecordStore(home).quarantined().to_pylist()
    assert [(row["file"], row["line"], row["column"], row["reason"]) for row in found] == [("f", 7, column, reason)]
    assert (manifest.rows_in, manifest.rows_kept, manifest.rows_quarantined) == (2, 1, 1)


@pytest.mark.parametrize("part", [1, 3, 1_000_000])
def test_a_record_kept_once_is_kept_and_one_that_says_nothing_is_counted(
    home: Home, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    """Whatever the number of records counted at once."""
    monkeypatch.setattr(plain_source, "RECORDS_A_PART", part)

    def mixed(spool: Spool) -> None:
        spool.seen("f", 4)
        spool.add("activity", file="f", line=1, person="bob", kind="login", occurred_at=noon("2026-01-10"))
        spool.add("attendance", file="f", line=1, person="bob", starts_at="?", status="present")
        spool.set_aside("f", 2, "not JSON", column="")
        spool.set_aside("f", 3, "verb not used", damaged=False)

    manifest = bring(home, mixed, monkeypatch)
    assert manifest.quarantined == {"not JSON": 1}
    assert manifest.out_of_scope == {"nothing in it for us": 1, "verb not used": 1}
    assert (manifest.rows_in, manifest.rows_kept) == (4, 1)


def test_an_import_that_outgrows_its_memory_is_told_in_one_line_and_writes_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def many(spool: Spool) -> None:
        spool.seen("f", 60_000)
        for line in range(60_000):
            spool.add("activity", file="f", line=line, person="bob", kind="login", occurred_at=noon("2026-01-10"))

    before = RecordStore(home).versions()
    monkeypatch.setattr(staging, "MEMORY_LIMIT", "3MB")
    with pytest.raises(SourceError, match="more memory than it may use") as refused:
        bring(home, many, monkeypatch)
    assert "\n" not in refused.value.line()
    assert RecordStore(home).versions() == before
    assert not (home.root / imports.STAGING).exists()


def test_posts_of_a_thread_and_its_staff(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def thread(spool: Spool) -> None:
        said = (
            ("1", None, "ada", "2026-02-10", "Quelqu'un sait comment rendre le devoir ?", None),
            ("2", "1", "mia", "2026-02-11", "Oui, dans l'onglet Devoirs.", None),
            ("3", "1", "nobody", "2026-02-11", "Bonjour", None),
            ("4", "1", "guide", "2026-02-11", "Bonjour", "trainer"),
        )
        for line, (post, parent, person, day, text, role) in enumerate(said):
            spool.seen("t")
            spool.add("posts", file="t", line=line, post=post, thread="1", parent=parent, person=person, text=text,
                      author_role=role, reactions=2, occurred_at=noon(day))  # fmt: skip
        spool.seen("p")
        spool.add("people", file="p", line=1, person="mia", role="mentor")

    manifest = bring(home, thread, monkeypatch)
    query = "SELECT author_role, session_id, is_question, enrolment_id IS NULL, parent_id IS NULL FROM posts ORDER BY 1"
    assert rows(home, query) == [
        ("learner", "S2", True, False, True), ("mentor", "S2", False, True, False),
        ("trainer", "S2", False, True, False),
    ]  # fmt: skip
    assert manifest.out_of_scope == {"not somebody we know": 1}


def test_silence_to_a_survey_is_a_row_and_a_late_answer_replaces_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answered(*people: str) -> Fill:
        def fill(spool: Spool) -> None:
            spool.seen("s")
            spool.add("surveys", file="s", line=0, survey="pulse", session="S1", opens_on="2026-01-12")
            for line, person in enumerate(people):
                spool.seen("a")
                spool.add("answers", file="a", line=line, survey="pulse", person=person, question="nps", scale="nps",
                          value=3, answered_on="2026-01-14")  # fmt: skip

        return fill

    query = "SELECT enrolment_id, value, answered_on FROM survey_answers ORDER BY value NULLS LAST"
    ada, bob = enrolment(home, "ada", "S1"), enrolment(home, "bob", "S1")
    bring(home, answered("ada"), monkeypatch)
    assert rows(home, query) == [(ada, 3.0, date(2026, 1, 14)), (bob, None, None)]
    bring(home, answered("bob"), monkeypatch)
    assert sorted(rows(home, query)) == sorted([(ada, 3.0, date(2026, 1, 14)), (bob, 3.0, date(2026, 1, 14))])


def test_a_late_record_keeps_the_day_it_was_known(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(spool: Spool) -> None:
        spool.seen("l")
        spool.add("activity", file="l", line=1, person="bob", kind="login", occurred_at=noon("2026-01-10"),
                  known_at=noon("2026-01-15"))  # fmt: skip

    bring(home, late, monkeypatch)
    found = rows(home, "SELECT epoch(occurred_from), epoch(known_at), known_on FROM activity")
    days = (noon("2026-01-10"), noon("2026-01-15"))
    assert found == [(days[0].timestamp(), days[1].timestamp(), date(2026, 1, 15))]


def test_twice_changes_nothing_and_the_cursor_is_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = RecordStore(home).versions()
    again = bring(home, roster, monkeypatch)
    assert again.already
    assert RecordStore(home).versions() == before
    assert again.cursor == {"place": "here", "until": "2026-03-01"}


def test_two_learners_with_one_address_are_never_guessed_apart(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault(home.identities_database)
    vault.put([Identity("learner", 1, "elsewhere", "1", "Ada B.", "ada@example.org")])
    vault.close()

    def acted(spool: Spool) -> None:
        spool.seen("log")
        spool.add(
            "activity", file="log", line=1, person="ada@example.org", kind="login", occurred_at=noon("2026-02-10")
        )

    assert bring(home, acted, monkeypatch).out_of_scope == {"not a learner we know": 1}


def test_somebody_erased_does_not_come_back_by_another_system(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same address under another identifier: nothing of Ada comes in, neither records nor name; Bob is linked."""
    before = rows(home, "SELECT enrolment_id FROM enrolments JOIN (SELECT 'S1' AS session_id) USING (session_id)")
    vault = Vault(home.identities_database)
    ada = next(n for n, who in vault.find("learner").items() if who.source_id == "ada")
    assert erase(home, ada, by="Mia", at=datetime(2026, 3, 2, tzinfo=UTC), reason="asked").still_in == ()

    def other(spool: Spool) -> None:
        for line, (person, email) in enumerate((("u77", "ADA@example.org"), ("u78", "bob@example.org"))):
            for kind in ("people", "enrolments", "activity"):
                spool.seen(kind)
            spool.add("people", file="people", line=line, person=person, name=person, email=email)
            spool.add("enrolments", file="enrolments", line=line, person=person, session="S1")
            spool.add("activity", file="activity", line=line, person=person, session="S1", kind="login",
                      occurred_at=noon("2026-01-10"))  # fmt: skip

    monkeypatch.setattr(Told, "system", "other")
    manifest = bring(home, other, monkeypatch)
    assert manifest.erased == 2
    assert len(rows(home, "FROM enrolments")) == 1 < len(before)
    assert rows(home, "SELECT count(*) FROM activity") == [(1,)]
    assert {who.source_id for who in vault.find("learner").values()} == {"bob"}
    assert not [who for who in vault.find("enrolment").values() if "u77" in who.source_id]
    vault.close()


def test_names_and_texts_stay_out_of_the_store(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(spool: Spool) -> None:
        spool.seen("t")
        spool.add("posts", file="t", line=1, post="1", person="ada", text="Zorglub", occurred_at=noon("2026-02-10"))

    bring(home, said, monkeypatch)
    held = [path for path in home.records.rglob("*") if path.is_file()]
    assert held
    for word in (b"Zorglub", b"ada@example.org", b"Ada"):
        assert not [path for path in held if word in path.read_bytes()]
    assert not (home.root / ".spool").exists()


def test_an_instant_needs_its_offset(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    with pytest.raises(ValueError, match="offset"):
        spool.add("activity", file="f", line=1, person="a", kind="login", occurred_at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(KeyError, match="no column colour"):
        spool.add("activity", file="f", line=1, person="a", kind="login", occurred_at=datetime.now(UTC), colour="red")
