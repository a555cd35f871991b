"""What mentors did, exported to the records: codes and days only, once, and the journal is not touched."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner

import filrouge
from data.home import Home
from data.privacy import Pseudonymiser, load_key
from data.progress import silent
from data.store import RecordStore
from serving.actions.commands import actions_app
from serving.database import Database
from serving.settings import Settings, read_settings
from serving.tables import Account, Action, JournalEntry
from tests.unit.small_records import TWO_LEARNERS, batch

NOTE = "Ada moves to another town"
LATE = datetime(2026, 6, 14, 22, 30, tzinfo=UTC)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FILROUGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FILROUGE_TODAY", "2026-06-15")
    made = Home(tmp_path / "home").prepare()
    mark = Pseudonymiser(load_key(made.keys), "x").fingerprint
    records = {name: table for name, table in TWO_LEARNERS.items() if name != "contacts"}
    RecordStore(made).write_batch(replace(batch(1, **records), key_fingerprint=mark))
    return made


@pytest.fixture
def database(home):
    made = Database(read_settings().database)
    made.upgrade()
    with made.write() as session:
        session.add(Account(username="zina", display_name="Zina Mirageville", role="mentor", mentor_id=1, active=True,
                            unassigned=False, language=None, password_hash="x", created_at=LATE))  # fmt: skip
    yield made
    made.dispose()


def act(database, enrolment_id, **changes):
    told = {"kind": "call", "channel": "phone", "done_on": date(2026, 6, 12), "result": "reached", "next_step": "none",
            "next_step_on": None, "note": NOTE, "alert_id": None, "author_id": 1, "recorded_at": LATE}  # fmt: skip
    with database.write() as session:
        session.add(Action(enrolment_id=enrolment_id, **told | changes))


def export(*words):
    app = typer.Typer()
    app.add_typer(actions_app, name="actions")
    return CliRunner().invoke(app, ["actions", "export", *words], catch_exceptions=False).stdout


def test_actions_become_records_once(home, database):
    """The day an action was recorded is the organisation's own; an action on nobody the records know is left out."""
    assert export() == "0 actions, 0 new in the records, 0 left out\n"
    act(database, 11)
    act(database, 22, kind="message", result="no_answer", done_on=date(2026, 6, 1))
    act(database, 99)
    before = _journal(database)
    assert json.loads(export("--json")) == {"actions": 3, "new": 2, "changed": 0, "refused": 1, "erased": 0}
    assert json.loads(export("--json"))["new"] == 0
    with RecordStore(home).connect() as con:
        found = con.execute("SELECT enrolment_id, contacted_on, kind, outcome, known_on FROM contacts ORDER BY 1")
        assert found.fetchall() == [
            (11, date(2026, 6, 12), "call", "reached", date(2026, 6, 15)),
            (22, date(2026, 6, 1), "message", "no_answer", date(2026, 6, 15)),
        ]
    assert _journal(database) == before
    stored = b"".join(path.read_bytes() for path in home.records.rglob("*") if path.is_file())
    assert not any(word in stored for word in (b"Ada", b"Zina", b"zina", b"phone"))


def _journal(database):
    with database.read() as session:
        return [(entry.seq, entry.hash) for entry in session.scalars(select(JournalEntry))]


def test_a_run_typed_again_learns_from_what_mentors_did_since(home, database, monkeypatch):
    work = {"_import": {"last_known_on": "2026-06-15"}, "_score": {"run": 1}}
    for name in ("_import", "_train", "_score", "_alerts", "_drift", "_people"):
        monkeypatch.setattr(filrouge, name, lambda *_, name=name: work.get(name, {"summary": name}))

    def done():
        steps, _ = filrouge._thread(
            home, Settings(home=home.root), "moodle", home.root / "tables", None, silent, announce=lambda _: None
        )
        return [step.name for step in steps.done if not step.repeated]

    assert done()[:2] == ["import", "train"]
    assert done() == []
    act(database, 11)
    assert done() == ["train", "score"]
    assert done() == []
