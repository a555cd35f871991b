"""`filrouge person`: by name, e-mail, identifier or pseudonym; every command as text and as JSON."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from data.errors import FilrougeError
from data.home import Home
from data.imports import import_folder
from data.person_commands import person_app
from data.privacy import Pseudonymiser, load_key
from data.proof import Trace
from tests.unit.small_sites import write_moodle


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("FILROUGE_HOME", str(tmp_path / "home"))
    home = Home(tmp_path / "home").prepare()
    import_folder(home, "moodle", write_moodle(tmp_path / "tables"), as_of=date(2026, 4, 10))
    home.name_site("own")
    return home


def said(*asked: str, answer: str = "") -> str:
    result = CliRunner().invoke(person_app, list(asked), input=answer)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def told(*asked: str) -> dict[str, Any]:
    values = json.loads(said(*asked, "--json"))
    assert isinstance(values, dict)
    return values


def ada(home: Home) -> int:
    return Pseudonymiser(load_key(home.keys), "moodle").one("learner", "10")


def test_somebody_is_found(home: Home) -> None:
    assert [(one["pseudonym"], one["email"]) for one in told("find", "ada")["people"]] == [
        (ada(home), "u10@example.org")
    ]
    assert f"{ada(home)}  learner  moodle 10  Ada T <u10@example.org>" in said("find", "u10@")
    assert said("find", "Zoe").strip() == "Nobody was found."


def test_what_somebody_decides_is_kept_and_shown(home: Home) -> None:
    assert told("consent", "10", "community", "granted", "--by", "Mia")["learner_id"] == ada(home)
    told("object", "U10@EXAMPLE.ORG", "surveys", "--by", "Mia")
    shown = told("show", str(ada(home)))
    assert [(one["purpose"], one["choice"], one["recorded_by"]) for one in shown["decisions"]] == [
        ("community", "granted", "Mia"), ("surveys", "objected", "Mia"),
    ]  # fmt: skip
    expected = {"alerts": True, "community": True, "surveys": False, "attendance": True, "fairness_audit": False}
    assert shown["read"] == expected
    assert "surveys objected, by Mia" in said("show", "10")


def test_bases_are_recorded_and_what_is_not_read_is_said(home: Home) -> None:
    assert "community: read the life of the community; basis: none" in said("bases")
    assert "community: 5 records of 1 learner not read (no basis is recorded)" in said("bases")
    told("basis", "community", "public_task", "--reason", "mission of the school", "--by", "Gus")
    found = told("bases")["purposes"]["community"]
    assert (found["basis"], found["hidden"]) == ("public_task", None)
    assert found["governs"] == ["posts", "activity where kind = 'forum_view'"]


def test_somebody_is_erased(home: Home) -> None:
    asked = ("erase", "10", "--by", "Gus", "--reason", "asked by letter")
    said(*asked, answer="n\n")
    assert told("find", "ada")["people"] != []
    done = told(*asked, "--yes")
    assert (done["learner_id"], done["still_in"]) == (ada(home), [])
    assert told("find", "ada")["people"] == []
    again = said("erase", str(ada(home)), "--by", "Gus", "--reason", "again", "--yes")
    assert "No file of this folder holds the learner any more." in again
    shown = told("show", str(ada(home)))
    assert (shown["erased"], set(shown["read"].values())) == (True, {False})


def test_a_work_database_that_still_holds_somebody_is_said(home: Home) -> None:
    with sqlite3.connect(home.work_database) as work:
        work.execute("CREATE TABLE alerts (learner_id INTEGER)")
        work.execute("INSERT INTO alerts VALUES (?)", [ada(home)])
    work.close()
    result = CliRunner().invoke(person_app, ["erase", "10", "--by", "Gus", "--reason", "asked", "--yes"])
    assert result.exit_code == 4
    assert "STILL HELD IN: work.db\nwork.db still has bytes of the learner" in result.stdout


def test_a_file_that_still_holds_somebody_makes_the_command_fail(home: Home) -> None:
    (home.root / "sources.toml").write_text(str(Trace((ada(home),)).numbers))
    result = CliRunner().invoke(person_app, ["erase", "10", "--by", "Gus", "--reason", "asked", "--yes"])
    assert (result.exit_code, "STILL HELD IN: sources.toml" in result.stdout) == (4, True)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("show", "999"), "nobody is so named"),
        (("show", "9" * 30), "nobody is so named"),
        (("consent", "10", "community", "maybe", "--by", "Mia"), "this choice is not known"),
        (("object", "10", "marketing", "--by", "Mia"), "this purpose is not known"),
        (("basis", "community", "habit", "--reason", "x", "--by", "Mia"), "this basis is not known"),
    ],
)
def test_a_mistake_is_said_in_one_line(home: Home, asked: tuple[str, ...], message: str) -> None:
    with pytest.raises(FilrougeError, match=message):
        said(*asked)
