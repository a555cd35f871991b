"""The file of sources: it accepts what `filrouge import` does; all that is wrong is said at once, a line each."""

import tomllib
from datetime import datetime
from pathlib import Path

import pytest

from data.commands import import_app
from data.errors import SourceError
from data.import_ways import SECRETS, ways_of
from data.sources_file import read, unready
from data.store import RecordStore
from tests.unit.small_home import small_home

WAYS = ways_of(import_app)
EXAMPLES = Path(__file__).parents[2] / "docs" / "daily.md"


@pytest.fixture
def listed(tmp_path):
    def of(text):
        (tmp_path / "sources.toml").write_text(text, encoding="utf-8")
        return read(tmp_path / "sources.toml", WAYS)

    return of


def test_every_way_of_the_terminal_is_there_with_its_own_options():
    late = {"received"}  # what the server received: added by the front door, after this file may have been read
    assert {info.name for info in import_app.registered_commands} - set(WAYS) - late == {"compact", "log"}
    assert list(WAYS["moodle-ws"].accepted) == ["address", "courses", "set", "secret-file", "as-of"]
    assert list(WAYS["moodle-db"].accepted) == ["prefix", "overlap-days", "url-file", "set", "as-of"]
    assert list(WAYS["table"].accepted) == ["file", "mapping", "preset", "set", "as-of"]
    assert {name: way.place for name, way in WAYS.items() if way.place != "address"} == {
        "moodle": "folder", "moodle-db": "", "moodle-csv": "place", "xapi": "place", "table": "file",
        "slack": "place", "discord": "place", "oulad": "folder",
    } | ({"received": ""} if "received" in WAYS else {})  # fmt: skip
    assert all(file in WAYS[way].accepted for way, (file, _) in SECRETS.items())


def test_without_a_file_nothing_is_listed_and_nothing_is_wrong(tmp_path):
    found = read(tmp_path / "sources.toml", WAYS)
    assert (found.there, found.entries, found.wrong) == (False, (), ())


def test_entries_become_what_the_commands_are_given(listed, tmp_path):
    (tmp_path / "lms.token").write_text("t")
    (tmp_path / "people.csv").write_text("p")
    found = listed("""
        [[source]]
        way = "moodle-ws"
        address = "https://moodle.example.org"
        courses = "DWEB, SECO"
        secret_file = "lms.token"
        set = { pause = 0.5, deep = true }

        [[source]]
        name = "enquete"
        way = "table"
        file = "exports/*.csv"
        preset = "limesurvey"
        as-of = 2026-06-01
        set = { survey = "S", participants = "people.csv", sent_on = 2026-06-01 }

        [[source]]
        way = "xapi"
        place = "https://lrs.example.org/xapi"
        overlap-hours = 24
    """)
    assert found.wrong == ()
    assert [entry.name for entry in found.entries] == ["moodle-ws-1", "enquete", "xapi-3"]
    assert [dict(entry.values) for entry in found.entries] == [
        {"address": "https://moodle.example.org", "courses": "DWEB, SECO", "secret_file": tmp_path / "lms.token",
         "options": ["pause=0.5", "deep=true"]},
        {"file": str(tmp_path / "exports/*.csv"), "preset": "limesurvey", "as_of": datetime(2026, 6, 1),  # noqa: DTZ001
         "options": ["survey=S", f"participants={tmp_path / 'people.csv'}", "sent_on=2026-06-01"]},
        {"place": "https://lrs.example.org/xapi", "overlap_hours": 24},
    ]  # fmt: skip


TABLE = '[[source]]\nway = "table"\nfile = "a.csv"\n'
MOODLE = '[[source]]\nway = "moodle-ws"\naddress = "https://m.example.org"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("way = 'table'", ["unknown key way", "[[source]]"]),
        ("[[source]\n", ["this is not TOML", "line 1"]),
        ("source = 3", ["unknown key source"]),
        ("source = [3]", ["entry 1", "an entry is a table"]),
        ("[[source]]\nfile = 'a.csv'", ["the way is missing", "entry 1", "moodle-ws", 'add way = "…"']),
        ("[[source]]\nway = 'moodel'", ["unknown way", "entry 1, way", "moodle-ws, moodle-csv"]),
        ("[[source]]\nway = 'log'", ["unknown way"]),
        ("[[source]]\nway = 'compact'", ["unknown way"]),
        ("[[source]]\nway = 'table'", ["file is missing", "entry 1 (table)", 'add file = "…"']),
        ("[[source]]\nway = 'canvas'", ["address is missing", 'address = "https://…"']),
        (TABLE + "columns = 3", ["unknown key columns", "entry 1 (table)", "accepted: name, file, mapping, preset"]),
        (TABLE + "suggest = true", ["unknown key suggest"]),
        (TABLE + "json = true", ["unknown key json"]),
        (TABLE + "as-of = '2026-01-01'", ["this is no day", "as-of", "2026-01-31, without quotes"]),
        (TABLE + "preset = 3", ["this is no text", "preset"]),
        (TABLE + "preset = ''", ["this is no text", "preset"]),
        (TABLE + "mapping = 'no.toml'", ["there is no such file", "mapping", "no.toml"]),
        (TABLE + "set = 'sheet=1'", ["these are no options", "set"]),
        (TABLE + "set = { sheet = [1] }", ["no text", "set.sheet"]),
        (TABLE + "set = { token = 'abc' }", ["a secret is never in this file", "set.token"]),
        (TABLE + "name = 'Enquête du lundi'", ["this name is not accepted", "a-z 0-9"]),
        (TABLE + "name = 'x'\n" + TABLE + "name = 'x'", ["two entries have one name", "entry 2"]),
        ("[[source]]\nway = 'xapi'\nplace = 'a'\noverlap-hours = -1", ["a whole number from 0", "overlap-hours"]),
        ("[[source]]\nway = 'xapi'\nplace = 'a'\noverlap-hours = true", ["a whole number from 0"]),
        (MOODLE + "token = 'abc'", ["a secret is never", "secret-file", "FILROUGE_MOODLE_TOKEN"]),
        (MOODLE + "password = 'abc'", ["a secret is never", "entry 1 (moodle-ws), password"]),
        ("[[source]]\nway = 'moodle-db'\nurl = 'postgresql://u:abc@h/d'", ["a secret is never", "url-file"]),
        ("[[source]]\nway = 'xapi'\nplace = 'https://u:abc@lrs.example.org'", ["holds a user or a password"]),
        (MOODLE + "secret-file = 'no.token'", ["there is no such file", "no.token"]),
    ],
)
def test_what_is_wrong_is_one_line_that_says_what_where_and_what_to_do(listed, text, told):
    found = listed(text)
    (line,) = [error.line() for _, error in found.wrong]
    assert [part for part in [*told, "sources.toml"] if part not in line] == []
    assert "\n" not in line
    assert "abc" not in line


def test_everything_wrong_is_said_at_once_and_the_rest_is_kept(listed):
    found = listed(f"{TABLE}\n{MOODLE}token = 'abc'\n[[source]]\nway = 'moodel'\n{TABLE}")
    assert [name for name, _ in found.wrong] == ["moodle-ws-2", "moodel-3"]
    assert [entry.name for entry in found.entries] == ["table-1", "table-4"]


def test_a_file_that_is_not_text_or_a_folder_is_told(tmp_path):
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    assert "not TOML" in read(tmp_path / "bytes.toml", WAYS).wrong[0][1].line()
    assert "cannot be read" in read(tmp_path, WAYS).wrong[0][1].line()


@pytest.mark.parametrize(
    ("text", "environment", "told"),
    [
        (MOODLE, {}, "set FILROUGE_MOODLE_TOKEN, or give secret-file"),
        (MOODLE, {"FILROUGE_MOODLE_TOKEN": " "}, "FILROUGE_MOODLE_TOKEN"),
        (MOODLE, {"FILROUGE_MOODLE_TOKEN": "t"}, ""),
        ("[[source]]\nway = 'moodle-db'", {}, "set FILROUGE_MOODLE_DB_URL, or give url-file"),
        ("[[source]]\nway = 'xapi'\nplace = 'https://lrs.example.org'", {}, "FILROUGE_XAPI_SECRET"),
        (TABLE, {}, "there is nothing there yet"),
        ("[[source]]\nway = 'table'\nfile = '*.csv'", {}, ""),
        ("[[source]]\nway = 'table'\nfile = '.'", {}, ""),
        ("[[source]]\nway = 'xapi'\nplace = 'statements.jsonl'", {}, "there is nothing there yet"),
    ],
)
def test_what_would_stop_an_entry_is_foreseen(listed, text, environment, told):
    (entry,) = listed(text).entries
    found = unready(entry, environment)
    assert (found is None) == (not told)
    assert told in (found.line() if found else "")


def test_an_entry_is_imported_as_the_command_does(listed, tmp_path, monkeypatch, capsys):
    home = small_home(tmp_path / "home")
    monkeypatch.setenv("FILROUGE_HOME", str(home.root))
    monkeypatch.setattr("data.commands.Home.keep_apart", lambda *_, **__: None)
    sheet = "E-mail;Session;Date;Statut\nada@example.org;S1;05/02/2026;présent\nbob@example.org;S1;05/02/2026;absent\n"
    (tmp_path / "emargement.csv").write_text(sheet, encoding="utf-8")
    found = listed("[[source]]\nway = 'table'\nfile = 'emargement.csv'\npreset = 'attendance'\nas-of = 2026-03-01")
    (entry,) = found.entries
    first, again = entry.bring(), entry.bring()
    assert (first["rows_kept"], first["already"], again["already"]) == (2, False, True)
    assert len(RecordStore(home).batches()) == 2
    (tmp_path / "emargement.csv").unlink()
    with pytest.raises(SourceError, match=r"emargement\.csv"):
        entry.bring()
    assert capsys.readouterr().out == ""


def test_the_worked_example_is_accepted(tmp_path):
    blocks = EXAMPLES.read_text(encoding="utf-8").split("```toml\n")[1:]
    files = [block.split("```")[0] for block in blocks]
    assert files
    for name in ("moodle.token", "satisfaction.toml"):
        (tmp_path / name).write_text("x")
    (tmp_path / "sources.toml").write_text(files[0], encoding="utf-8")
    found = read(tmp_path / "sources.toml", WAYS)
    assert [error.line() for _, error in found.wrong] == []
    assert len(found.entries) == len(tomllib.loads(files[0])["source"])
    assert {entry.way.name for entry in found.entries} == {"moodle-ws", "moodle-csv", "table"}
