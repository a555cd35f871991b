"""`filrouge import` as a person types it: what is told of a file, of a batch, of a mistake; never a learner's value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data.commands import import_app
from data.errors import SourceError

HEAD = "Nom;Courriel;Session;Date d'entrée;Date de fin prévue;Date de sortie;Statut\n"
ROWS = (
    "Lovelace;ada@example.org;S1;05/01/2026;30/04/2026;;En cours\n"
    "Noël;bob@example.org;S1;05/01/2026;30/04/2026;31/02/2026;Abandon\n"
    "Roy;;S1;05/01/2026;30/04/2026;;En cours\n"
)


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of three, one without e-mail and one without a true date."""
    monkeypatch.setenv("FILROUGE_HOME", str(tmp_path / "home"))
    path = tmp_path / "list.csv"
    path.write_text(HEAD + ROWS, encoding="utf-8")
    return path


def typed(*words: str | Path) -> str:
    """Return what a command prints."""
    return CliRunner().invoke(import_app, [str(word) for word in words], catch_exceptions=False).stdout


def test_a_suggestion_counts_what_the_import_quarantines(listed: Path) -> None:
    """The command it prints is one that works, and its counts are those of the import."""
    told = json.loads(typed("table", listed, "--suggest", "--json"))
    assert told["preset"] == "enrolments"
    bad = {(each["column"], each["reason"]): each["rows"] for each in told["quarantined"]}
    assert bad == {("ended_on", "unreadable date"): 1, ("person", "missing value"): 1}
    assert "filrouge import table list.csv --preset enrolments\n" in typed("table", listed, "--suggest")
    done = json.loads(typed("table", listed, "--preset", "enrolments", "--json"))
    assert (done["rows_in"], done["rows_quarantined"]) == (3, sum(bad.values()))


def test_options_are_said_as_they_are_typed(listed: Path) -> None:
    """A sheet without its session: the proposal says `--set session=`, and so does the error; so typed, it is read."""
    listed.write_text("Courriel;Date d'entrée;Date de fin prévue\nada@example.org;05/01/2026;30/04/2026\n", "utf-8")
    with pytest.raises(SourceError, match="columns are missing: Session"):
        typed("table", listed, "--preset", "enrolments")
    assert json.loads(typed("table", listed, "--preset", "enrolments", "--set", "session=S1", "--json"))["rows_kept"]


def test_the_log_tells_why_and_where(listed: Path) -> None:
    typed("table", listed, "--preset", "enrolments", "--quiet")
    told, with_rows = typed("log"), typed("log", "--rows")
    assert "  quarantined: unreadable date, 1\n" in told
    assert "list.csv, line 3, ended_on: unreadable date\n" in with_rows
    assert "list.csv, line 4, person: missing value\n" in with_rows
    assert "example.org" not in with_rows
    whole = json.loads(typed("log", "--rows", "--json"))
    assert [row["line"] for row in whole["rows"]] == [3, 4]
    (batch,) = json.loads(typed("log", "--json"))["batches"]
    assert (batch["source"], batch["rows_in"], batch["rows_kept"], batch["rows_quarantined"]) == ("table", 3, 1, 2)
    assert batch["hash"]


@pytest.mark.parametrize("words", [("--suggest",), ("--preset", "enrolments"), ("--preset", "attendance")])
def test_a_file_without_column_names_shows_nobody(listed: Path, words: tuple[str, ...]) -> None:
    listed.write_text(ROWS, encoding="utf-8")
    with pytest.raises(SourceError, match="no line of column names") as caught:
        typed("table", listed, *words)
    assert not any(name in caught.value.line() for name in ("Lovelace", "ada", "Noël"))


def test_the_option_of_a_database_s_secret_is_named(listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FILROUGE_MOODLE_DB_URL", raising=False)
    assert listed.exists()
    with pytest.raises(SourceError, match="--url-file FILE"):
        typed("moodle-db")
