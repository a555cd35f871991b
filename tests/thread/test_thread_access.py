"""What is held on a learner is told whole, in words and as files, and nothing of anybody else."""

import csv
import io
import json
import re
import shutil
import sqlite3
import stat
import zipfile

import pytest

from data.identities import Vault
from tests.thread.conftest import filrouge
from tests.thread.everywhere import numbered, values
from tests.thread.test_thread_rights import lived

pytestmark = pytest.mark.slow
__all__ = ["lived"]


@pytest.fixture(scope="module")
def asked(lived, tmp_path_factory):
    """Return a home where somebody's access and export were asked for, who, the text and the ZIP."""
    folder = tmp_path_factory.mktemp("asked")
    shutil.copytree(lived[0], folder / "home")
    filrouge(folder / "home", "person", "backups", "--declare", "the NAS", "--days", "30", "--by", "Mia")
    text = filrouge(folder / "home", "person", "access", lived[1].learner, "--lang", "fr").stdout
    filrouge(folder / "home", "person", "export", lived[1].learner, "--out", folder / "export.zip")
    return folder / "home", lived[1], text, folder / "export.zip"


def test_every_table_that_holds_the_learner_is_told(asked):
    home, person, _, path = asked
    with zipfile.ZipFile(path) as archive:
        told = json.loads(archive.read("data.json"))
        names = set(archive.namelist())
        activity = list(csv.DictReader(io.StringIO(archive.read("csv/records-activity.csv").decode())))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {"schema.json", "README.txt", "data.json"} <= names
    numbers = {person.learner, *person.enrolments}
    holding = {table for table, _, value in values(home / "work.db") if value in numbers}
    assert holding == set(told["work"]) - {"statements", "received_batches", "named_in"}
    assert told["identity"]["identities"][0]["email"] == person.email
    assert told["work"]["complaints"][0]["summary"] == f"{person.name} says the pace is too fast"
    assert [one["text"] for one in told["texts"]["texts"]] == ["I am lost"]
    assert len(activity) == len(told["records"]["activity"]) > 0
    assert {one["enrolment_id"] for one in told["records"]["activity"]} <= {str(n) for n in person.enrolments}
    assert {"records", "computed", "decisions", "files"} <= set(told)
    assert told["work"]["statements"][0]["body"] is not None
    named = {one["table"]: one["rows"] for one in told["work"]["named_in"]}
    assert named == {"actions": 2, "complaints": 1, "improvements": 1, "outbox": 1}


def test_nothing_of_anybody_else_is_told(asked):
    home, person, text, path = asked
    with zipfile.ZipFile(path) as archive:
        told = text.encode() + b"".join(archive.read(name) for name in archive.namelist())
    vault = Vault(home / "identities.db")
    learners = {number for number in vault.find("learner") if number != person.learner}
    others = [one.display_name for kind in ("learner", "mentor") for number, one in vault.find(kind).items()
              if number != person.learner and one.display_name]  # fmt: skip
    vault.close()
    assert len(others) > 50
    assert [name for name in others if name.encode() in told] == []
    assert [n for n in learners if any(form in told for form in numbered(n) if len(form) > 8)] == []
    assert b"works with" not in told, "a note about somebody else is theirs"


def test_it_is_told_in_words(asked):
    _, person, text, _ = asked
    for expected in ("Ce qui a été enregistré", "the NAS", person.email, "Alertes", "Mentor"):
        assert expected in text, expected
    assert "conservée jusqu’au" in text or "conservée jusqu'au" in text
    assert re.findall(r"\b[a-z]+_[a-z_]+\b", text) == [], "no name of a column, of a feature, of a code"


def test_an_export_is_not_kept_in_the_home_nor_over_a_file(asked):
    home, person, _, path = asked
    for out in (home / "export.zip", path):
        done = filrouge(home, "person", "export", person.learner, "--out", out, check=False)
        assert done.returncode != 0
        assert "--out" in done.stderr
    assert not (home / "export.zip").exists()


def test_the_journal_keeps_the_fact_and_no_name(asked):
    home, person, _, _ = asked
    with sqlite3.connect(home / "work.db") as work:
        told = work.execute("SELECT event, details FROM journal WHERE event LIKE 'person_%'").fetchall()
    work.close()
    assert [event for event, _ in told] == ["person_told", "person_exported"]
    assert not any(str(number) in details for _, details in told for number in (person.learner, *person.enrolments))
