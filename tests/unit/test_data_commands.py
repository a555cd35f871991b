"""`filrouge import` as a person types it: what is told of a file, of a batch, of a mistake; never a learner's value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from data.commands import import_app
from data.errors import SourceError, StoreError
from data.sources import canvas, communities, discourse, moodle_database, moodle_reports, moodle_services, table, xapi
from data.sources.spelling import COMMUNITY, FLAGS

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
    assert f"filrouge import table {listed} --preset enrolments\n" in typed("table", listed, "--suggest")
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


def test_an_option_in_a_message_is_one_its_command_has() -> None:
    """What a source calls a flag is one of its command; what goes with --set is not."""
    communities_own = dict.fromkeys(("slack", "discord"), communities.OPTIONS)
    commands = {
        "moodle-db": moodle_database.OPTIONS, "moodle-ws": moodle_services.OPTIONS, "xapi": xapi.OPTIONS,
        "moodle-csv": moodle_reports.OPTIONS, "table": table.FIXED, **communities_own,
        "discourse": (*communities.OPTIONS, *discourse.OWN_OPTIONS),
        "canvas": (*communities.OPTIONS, *canvas.OWN_OPTIONS),
    }  # fmt: skip
    known = typer.main.get_command(import_app).commands  # type: ignore[attr-defined]
    for source, options in commands.items():
        flags = {option for parameter in known[source].params for option in parameter.opts}
        said = FLAGS.get(source, FLAGS[COMMUNITY])
        assert {name for name in options if f"--{name.replace('_', '-')}" in flags} == set(said), source


MISTYPED: dict[str, tuple[str, str]] = {
    "an option nobody knows": ("canvas https://c.example --set sesions=x",
                               "unknown option --set sesions; accepted: --courses, --set channels, --set concluded"),
    "a choice": ("canvas https://c.example --set concluded=maybe", "(--set concluded); accepted: completed or left"),
    "courses": ("canvas https://c.example --courses a,(b)", "which courses? (--courses)"),
    "a file of Canvas": ("canvas https://c.example --set sessions=none.toml", "(--set sessions: none.toml)"),
    "a file": ("discourse https://d.example --people nobody.csv", "(--people: nobody.csv)"),
    "a file of --set": ("discourse https://d.example --set roles=none.toml", "(--set roles: none.toml)"),
    "a file of sessions": ("xapi s.jsonl --sessions none.toml", "(--sessions none.toml)"),
    "days": ("moodle-csv logs.csv --set starts_on=x", "(--set starts_on=DAY --set ends_on=DAY)"),
    "a rate": ("moodle-ws https://m.example --set calls_per_second=fast", "(--set calls_per_second)"),
    "hours": ("xapi https://lrs.example --overlap-hours 99999", "(--overlap-hours); accepted: 0 to 8784"),
    "pages": ("xapi https://lrs.example --set pages=2", "--set pages; accepted: --overlap-hours, --sessions, --set"),
    "a column": ("table list.csv --preset enrolments --set colour=red", "unknown option --set colour"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTYPED)
def test_a_mistyped_option_is_told_as_it_is_typed(listed: Path, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(listed.parent)
    for name in ("CANVAS_TOKEN", "DISCOURSE_KEY", "MOODLE_TOKEN", "XAPI_SECRET"):
        monkeypatch.setenv(f"FILROUGE_{name}", "secret")
    (listed.parent / "logs.csv").write_text("Heure,Nom de l’événement,Description\n", "utf-8")
    (listed.parent / "s.jsonl").write_text("{}\n", "utf-8")
    words, told = MISTYPED[case]
    with pytest.raises(SourceError) as caught:
        typed(*words.split())
    assert told in caught.value.line()


def test_a_home_that_is_not_there_is_said_and_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped FILROUGE_HOME reads as such; an empty home as one into which nothing was imported."""
    monkeypatch.setenv("FILROUGE_HOME", str(tmp_path / "home"))
    for command in ("log", "compact"):
        with pytest.raises(StoreError, match="there is no home there") as caught:
            typed(command)
        assert (caught.value.exit_code, (tmp_path / "home").exists()) == (4, False)
    (tmp_path / "home").mkdir()
    assert typed("log") == "Nothing was imported yet.\n"


HEADERLESS = {
    "dates and a word come again": "Lovelace;Ada;S1;05/01/2026\nNoël;Bob;S1;06/01/2026\n",
    "one line alone": "Lovelace;Ada;S1;05/01/2026\n",
    "a number as below": "Lovelace;12,5\nNoël;14\n",
}


@pytest.mark.parametrize("case", HEADERLESS)
@pytest.mark.parametrize("words", [("--suggest",), ("--preset", "enrolments")])
def test_a_first_row_of_values_is_said_and_never_shown(listed: Path, case: str, words: tuple[str, ...]) -> None:
    listed.write_text(HEADERLESS[case], encoding="utf-8")
    with pytest.raises(SourceError, match="the first row looks like data, not headers") as caught:
        typed("table", listed, *words)
    assert not any(name in caught.value.line() for name in ("Lovelace", "Ada", "S1", "2026", "12"))


def test_a_first_row_that_may_be_values_is_not_shown(listed: Path) -> None:
    """Words above words: nothing tells names of columns from names of people."""
    listed.write_text("Lovelace;Ada;Lyon\nNoël;Bob;Paris\n", encoding="utf-8")
    told = typed("table", listed, "--suggest")
    assert "  column 1: 1 words, 100% filled, not used\n" in told
    with pytest.raises(SourceError, match=r"columns are missing: .* the one there may hold values") as caught:
        typed("table", listed, "--preset", "enrolments")
    assert "Lovelace" not in told + caught.value.line()


def test_a_suggestion_uses_the_mapping_and_the_options_given(listed: Path) -> None:
    """What does not fit the mapping asked for is told, with the command that reads so; a mistyped option is refused."""
    body = "Qui;Quand;Pourquoi\nada@example.org;05/01/2026;x\nbob@example.org;hier;y\n"
    listed.write_text(body, encoding="utf-8")
    mapping = listed.parent / "my.toml"
    mapping.write_text('[activity]\nperson = "Qui"\noccurred_at = "Quand"\nkind = { constant = "login" }\n', "utf-8")
    told = typed("table", listed, "--suggest", "--mapping", mapping, "--set", "dates=day-first")
    assert f"  filrouge import table {listed} --mapping {mapping} --set dates=day-first\n" in told
    assert "2 rows, 1 would be quarantined" in told
    assert "  Pourquoi: 2 words, 100% filled, not used\n" in told
    listed.write_text(body.replace("Quand", "Jour"), encoding="utf-8")
    with pytest.raises(SourceError, match=r"columns are missing: Quand .*headers found nearest"):
        typed("table", listed, "--suggest", "--mapping", mapping)
    with pytest.raises(SourceError, match="unknown option --set colour"):
        typed("table", listed, "--suggest", "--set", "colour=red")
    listed.write_text("Courriel;Date d'entrée;Date de fin prévue\nada@example.org;05/01/2026;30/04/2026\n", "utf-8")
    told = typed("table", listed, "--suggest", "--preset", "enrolments", "--set", "session=S1")
    assert "--preset enrolments --set session=S1\n" in told
