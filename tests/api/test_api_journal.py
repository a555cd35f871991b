"""The journal against whoever holds the database: bytes that are no text, a cut tail, a table rewritten, a row."""

import json

import pytest
from sqlalchemy import event, select, text
from typer.testing import CliRunner

from filrouge import build
from serving.problems import RefusedError
from serving.quality import anchors, journal, recently, repository
from serving.quality.journal import FIRST_HASH, Anchor
from serving.quality.packs import folder, manifest
from serving.tables import JournalEntry
from tests.api import serving_seed as seed
from tests.api.quality_seed import LINE
from tests.api.test_api_quality_histories import COMPLAINT
from tests.api.test_api_register import behind, verdict

MINE = seed.enrolment_id(0)
CALL = {"kind": "call", "channel": "phone", "done_on": "2026-06-15", "result": "reached"}


@pytest.fixture
def lived(browser, send, site):
    """An alert taken to its end, a complaint, an improvement; a seal kept by a pack on the way."""
    client = browser("zina")
    send(client, f"/enrolments/{MINE}/actions", CALL)
    quality = browser("qualite")
    send(quality, "/quality/complaints", COMPLAINT)
    with site.database.read() as session:
        told = {"journal": {"entry": (last := repository.entries(session)[-1]).seq, "seal": last.hash}}
    folder.keep(site.settings.folder, "kept", manifest.sealed({"register.csv": b""}, told))
    send(quality, "/quality/improvements", LINE)
    assert checked(site).intact
    return site


def checked(site):
    with site.database.read() as session:
        return journal.verify(session, anchors.of_packs(site.settings.folder))


def only_sqlite(site):
    if site.database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL takes no byte that is no text")


@pytest.mark.parametrize("column", ["at", "event", "author_id", "alert_id", "details", "previous_hash", "hash"])
@pytest.mark.parametrize("put", ["X'7bff7d'", "CAST(X'7bff7d' AS TEXT)", "CAST(X'00' AS TEXT)", "1.5"])
def test_bytes_that_are_no_text_are_found_with_their_line(lived, column, put):
    only_sqlite(lived)
    behind(lived, f"UPDATE journal SET {column} = {put} WHERE seq = 3", guarded=False)
    found = verdict(lived)
    assert (found.intact, found.first_broken) == (False, 3)
    assert found.reason


@pytest.mark.parametrize("put", ["X'ff'", "CAST(X'ff' AS TEXT)"])
def test_a_head_that_cannot_be_read_is_a_missing_end(lived, put):
    only_sqlite(lived)
    behind(lived, f"UPDATE journal_head SET hash = {put}")
    with lived.database.read() as session:
        n = len(repository.entries(session))
    assert verdict(lived).first_broken == n + 1


def rewrite(site, change):
    """Change entries as somebody does who knows all but what is outside the table: every hash is made again."""
    with site.database.read() as session:
        rows = [dict(row._mapping) for row in repository.entries(session)]
    rows = change(rows)
    previous = FIRST_HASH
    for row in rows:
        made = JournalEntry(**row | {"previous_hash": previous, "hash": ""})
        row["previous_hash"], row["hash"] = previous, journal.seal(made)
        previous = row["hash"]
    behind(site, "DELETE FROM journal", guarded=False)
    with site.database.engine.begin() as raw:
        if rows:
            raw.execute(JournalEntry.__table__.insert(), rows)
        raw.execute(text("UPDATE journal_head SET seq = :n, hash = :h"), {"n": len(rows), "h": previous})


def another_author(rows):
    return [row | {"author_id": 2} if row["seq"] == 1 else row for row in rows]


REWRITTEN = {"an author of the first entry": another_author, "the tail cut": lambda rows: rows[:1]}


@pytest.mark.parametrize("name", REWRITTEN)
def test_a_table_rewritten_whole_is_found_by_the_packs_that_are_kept(lived, browser, name):
    (kept,) = anchors.of_packs(lived.settings.folder)
    rewrite(lived, REWRITTEN[name])
    with lived.database.read() as session:
        assert journal.first_broken(repository.entries(session)) is None, "the table alone says nothing"
        n = len(repository.entries(session))
    found = checked(lived)
    assert (found.intact, found.first_broken) == (False, min(kept.entry, n + 1))
    assert kept.told_by in found.reason
    client = browser("qualite")
    assert f"altéré à la ligne {found.first_broken}" in client.get("/register").text
    assert client.get("/api/v1/register/verification").json()["first_broken"] == found.first_broken


def test_an_emptied_table_is_found_by_the_packs_that_are_kept(lived):
    rewrite(lived, lambda _: [])
    assert (checked(lived).intact, checked(lived).first_broken) == (False, 1)


@pytest.mark.parametrize(
    ("known", "lost"),
    [((), None), ((1, 2, 3), None), ((2, 4), 4), ((9,), 4), (((2, "0" * 64),), 2), (((0, FIRST_HASH),), None)],
)
def test_the_first_entry_that_an_anchor_knows_otherwise(known, lost):
    entries = [JournalEntry(seq=n, hash=str(n) * 64) for n in (1, 2, 3)]
    made = [Anchor(*one, "x") if isinstance(one, tuple) else Anchor(one, str(one) * 64, "x") for one in known]
    found = journal.first_lost(entries, made)
    assert (found and found[0]) == lost


@pytest.mark.parametrize("wrong", ["", "12", f"0:{'a' * 64}", f"12:{'g' * 64}", f"12:{'a' * 63}"])
def test_a_seal_is_a_number_and_its_64_digits(wrong):
    assert anchors.read(f" 12:{'A' * 64} ") == Anchor(12, "a" * 64, "the seal given")
    with pytest.raises(RefusedError):
        anchors.read(wrong)


BEHIND = {
    "an action told otherwise": ("UPDATE actions SET result = 'no_answer'", "action", "L’action"),
    "an action of another day": ("UPDATE actions SET done_on = '2026-06-01'", "action", "L’action"),
    "a complaint taken out": ("DELETE FROM complaints", "complaint", "La réclamation"),
    "a complaint closed": ("UPDATE complaints SET state = 'closed'", "complaint", "La réclamation"),
    "an improvement taken out": ("DELETE FROM improvements", "improvement", "L’amélioration"),
}


@pytest.mark.parametrize("name", BEHIND)
def test_a_row_changed_without_the_journal_is_found(lived, browser, name):
    statement, what, said = BEHIND[name]
    assert behind(lived, statement) == 1
    found = verdict(lived)
    assert (found.intact, found.first_broken, found.differs, found.what) == (False, None, 1, what)
    assert f"{said} n°\xa01 n’est pas" in browser("qualite").get("/register").text


def test_a_page_checks_the_whole_at_first_and_then_what_is_new(lived):
    read, now = [], lived.clock.now()
    event.listen(lived.database.engine, "before_cursor_execute", lambda *a: read.append((a[2], a[3])))

    def seen(later=0):
        read.clear()
        with lived.database.read() as session:
            return recently.verdict(session, lived.database, now + later * recently.WHOLE_EVERY)

    def from_the_start():
        whole = [one for one in read if "journal.details" in one[0] and "journal.seq >" in one[0]]
        return [one for one, told in whole if 0 in (told.values() if isinstance(told, dict) else told)]

    assert seen().verdict.intact
    assert from_the_start()
    with lived.database.write() as session:
        journal.append(session, "register_exported", at=lived.clock.now())
    again = seen()
    assert (again.verdict.intact, again.verdict.checked, again.at) == (True, again.seq, now)
    assert not from_the_start()
    behind(lived, f"UPDATE journal SET event = 'x' WHERE seq = {again.seq}", guarded=False)
    assert seen().verdict.first_broken is None, "the last entry seen keeps its hash: told by the whole check"
    assert seen(later=1).verdict.first_broken == again.seq


@pytest.mark.parametrize("statement", ["DELETE FROM journal WHERE seq > 2", "UPDATE journal_head SET seq = seq + 1"])
def test_a_page_finds_a_cut_end_at_once(lived, statement):
    with lived.database.read() as session:
        recently.verdict(session, lived.database, lived.clock.now())
    behind(lived, statement, guarded=False)
    with lived.database.read() as session:
        assert not recently.verdict(session, lived.database, lived.clock.now()).verdict.intact


def test_the_history_of_one_line_reads_its_events_by_an_index(lived):
    only_sqlite(lived)
    query = select(JournalEntry).where(JournalEntry.event.in_(("complaint_recorded", "complaint_changed")))
    told = str(query.compile(lived.database.engine, compile_kwargs={"literal_binds": True}))
    with lived.database.engine.connect() as raw:
        plan = [row[-1] for row in raw.exec_driver_sql(f"EXPLAIN QUERY PLAN {told}")]
    assert plan == ["SEARCH journal USING INDEX ix_journal_event (event=?)"]


def test_the_command_takes_the_seal_at_the_foot_of_a_register(lived, monkeypatch):
    monkeypatch.setenv("FILROUGE_HOME", str(lived.settings.folder.root))
    monkeypatch.setenv("FILROUGE_DATABASE_URL", lived.settings.database)
    with lived.database.read() as session:
        last = repository.entries(session)[-1]
    for seal, code in ((f"{last.seq}:{last.hash}", 0), (f"{last.seq}:{FIRST_HASH}", 1), ("x", 2)):
        done = CliRunner().invoke(build(), ["quality", "verify", "--json", "--seal", seal])
        assert bool(done.exit_code) == bool(code), done.output
        if code < 2:
            assert json.loads(done.stdout)["intact"] is (code == 0)
