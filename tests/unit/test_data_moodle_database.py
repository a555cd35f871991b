"""Moodle's database, on real PostgreSQL and MariaDB servers: what a folder of exports gives, in one step or in two."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data.batches import Manifest
from data.contracts import TABLES
from data.errors import SourceError
from data.home import Home
from data.identities import KINDS, Vault
from data.imports import EXAMPLE, import_folder, import_source
from data.sources import moodle_log
from data.sources import moodle_tables as tables
from data.sources.database import address, shown, snapshot
from data.sources.moodle_database import grants
from data.store import RecordStore
from tests.unit import database_servers as servers
from tests.unit.database_servers import Server
from tests.unit.small_sites import Rows, at, moodle_tables_small, write_moodle

PROVES = {
    "sessions": "test_the_example_read_in_two_steps_is_the_example_of_files",
    "calendar": "test_the_example_read_in_two_steps_is_the_example_of_files",
    "enrolments": "test_the_example_read_in_two_steps_is_the_example_of_files",
    "activity": "test_the_example_read_in_two_steps_is_the_example_of_files",
    "posts": "test_the_example_read_in_two_steps_is_the_example_of_files",
    "assessments": "test_the_example_read_in_two_steps_is_the_example_of_files",
    "quiz_results": "test_the_example_read_in_two_steps_is_the_example_of_files",
    "surveys": "test_the_example_read_in_two_steps_is_the_example_of_files",
    "survey_answers": "test_the_example_read_in_two_steps_is_the_example_of_files",
}
TODAY, CUT = date(2026, 4, 10), date(2026, 2, 20)
READER, WORD = "reader", "s3cret word/&@"


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with ExitStack() as stack:
        try:
            running = stack.enter_context(getattr(servers, request.param)())
        except servers.MissingServerError as missing:
            pytest.skip(str(missing))
        yield running


@pytest.fixture(scope="module")
def small(server: Server) -> Server:
    """The small site in a database `small`, with a reader who has the least rights; tests leave it as it is."""
    servers.load_site(server, "small", moodle_tables_small())
    make_reader(server, "small")
    return server


def make_reader(server: Server, database: str) -> None:
    if server.kind == "postgresql":
        server.run(database, f"DROP ROLE IF EXISTS {READER}", f"CREATE ROLE {READER} LOGIN PASSWORD '{WORD}'")
        server.run(database, *grants("postgresql", user=READER))
    else:
        who = f"'{READER}'@'{servers.HOST}'"
        server.run(database, f"CREATE OR REPLACE USER {who} IDENTIFIED BY '{WORD}'")
        server.run(database, *grants("mysql", user=who, database=database))


def home_like(path: Path, other: Home | None = None) -> Home:
    """Return an empty home, with the key of another."""
    home = Home(path).prepare()
    if other:
        shutil.copy(other.keys / "pseudonym.key", home.keys / "pseudonym.key")
    return home


def content(home: Home) -> dict[str, Any]:
    """Return all the records, and all the vault knows."""
    vault = Vault(home.identities_database)
    people = sorted(str(who) for kind in KINDS for who in vault.find(kind).values())
    vault.close()
    with RecordStore(home).connect() as con:
        held = {name: con.execute(f"FROM {name} ORDER BY ALL").to_arrow_table().to_pylist() for name in TABLES}
    return {**held, "people": people}


def read(home: Home, server: Server, database: str, as_of: date | None = TODAY, **options: Any) -> Manifest:
    """Import a database as its administrator."""
    report = options.pop("report", lambda *_: None)
    place, secret = server.place(database), server.url(database)
    return import_source(home, "moodle-db", place, secret=secret, as_of=as_of, options=options, report=report)


def differences(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the tables that differ, and the first rows that do."""
    return {
        name: [row for row in one[name] + other[name] if (row in one[name]) != (row in other[name])][:4]
        for name in one
        if one[name] != other[name]
    }


def log_of(manifest: Manifest) -> Any:
    return next(file for file in manifest.files if file.file.endswith(tables.LOG.name))


def test_the_small_site_is_that_of_files(tmp_path: Path, small: Server) -> None:
    """With the least rights; twice changes nothing; the third time there is nothing to do."""
    folder_home, home = Home(tmp_path / "folder").prepare(), None
    by_files = import_folder(folder_home, "moodle", write_moodle(tmp_path / "tables"), as_of=TODAY)
    home = home_like(tmp_path / "home", folder_home)
    place, secret = small.place("small"), small.url("small", user=READER, password=WORD)

    def run() -> Manifest:
        return import_source(home, "moodle-db", place, secret=secret, as_of=TODAY)

    first = run()
    assert content(home) == content(folder_home)
    counts = [{**vars(file), "file": ""} for file in first.files]
    assert counts == [{**vars(file), "file": ""} for file in by_files.files]
    assert log_of(first).file == "mdl_logstore_standard_log"
    again = run()
    assert {(count.new, count.changed) for count in again.tables.values()} == {(0, 0)}
    assert log_of(again).out_of_scope["imported before"] > 0
    assert run().already
    assert content(home) == content(folder_home)
    for made in (first, again):
        for file in made.files:
            assert file.rows_in == file.rows_kept + file.rows_quarantined + file.rows_out_of_scope


@pytest.fixture(scope="module")
def example() -> dict[str, Rows]:
    """Return all tables of the example; of its log, what one person in four did, which is enough."""

    def rows(path: Path) -> Rows:
        return list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode(), newline="")))

    site = {t.name: rows(EXAMPLE / "csv" / f"mdl_{t.name}.csv.gz") for t in tables.TABLES}
    return {**site, tables.LOG.name: [row for row in site[tables.LOG.name] if int(row["userid"]) % 4 == 0]}


@pytest.fixture(scope="module")
def example_home(tmp_path_factory: pytest.TempPathFactory, example: dict[str, Rows]) -> Home:
    """Return a home with the example read from files."""
    folder = tmp_path_factory.mktemp("example")
    home, exports = Home(folder / "home").prepare(), write_moodle(folder / "tables", example)
    shutil.copy(EXAMPLE / "calendar.csv", exports)
    import_folder(home, "moodle", exports, as_of=date(2026, 6, 15))
    return home


def test_the_example_read_in_two_steps_is_the_example_of_files(
    tmp_path: Path, server: Server, example: dict[str, Rows], example_home: Home
) -> None:
    """Rows of the log written late, with old times and new ids, come in with the rest; so does the calendar."""
    site, cut = dict(example), at("2026-06-01")
    log = site[tables.LOG.name]
    late = [row for row in log if int(row["timecreated"]) >= cut or int(row["id"]) % 97 == 0]
    held = {row["id"] for row in late}
    site[tables.LOG.name] = [row for row in log if row["id"] not in held]
    servers.load_site(server, "example", site)
    home = home_like(tmp_path / "home", example_home)
    calendar = str(EXAMPLE / "calendar.csv")
    read(home, server, "example", date(2026, 5, 31), calendar=calendar)
    renamed = [{**row, "id": 1_000_000 + n} for n, row in enumerate(late)]
    servers.add_rows(server, "example", {tables.LOG.name: renamed})
    second = read(home, server, "example", date(2026, 6, 15), calendar=calendar)
    found = content(home)
    assert differences(found, content(example_home)) == {}
    assert {name: len(found[name]) > 5 for name in PROVES} == dict.fromkeys(PROVES, True)
    assert log_of(second).rows_in < len(log)


def grown() -> tuple[dict[str, Rows], dict[str, Rows]]:
    """Return the small site on 20 February and on 10 April; each learner from 15 on is a trap of partial reading."""
    site = moodle_tables_small()
    viewed = {**site[tables.LOG.name][2], "contextinstanceid": 5}
    quiz = {**viewed, "component": "mod_quiz", "contextinstanceid": 8}
    login = site[tables.LOG.name][0]
    log = site[tables.LOG.name]
    for n in range(15, 20):
        site["user"].append({"id": n, "firstname": f"L{n}", "lastname": "T", "email": f"u{n}@example.org"})
        early = {**site["user_enrolments"][0], "id": 200 + n, "userid": n, "enrolid": 3 if n == 17 else 1}
        site["user_enrolments"].append(early)
        role = {"id": 300 + n, "roleid": 5, "contextid": 4 if n == 17 else 1, "userid": n, "timemodified": 0}
        site["role_assignments"].append(role)
        log.append({**viewed, "id": 100 + n, "userid": n, "timecreated": at("2026-01-15 10:00"),
                    "courseid": 4 if n == 17 else 2})  # fmt: skip
        log.append({**login, "id": 120 + n, "userid": n, "timecreated": at("2026-02-10 10:00")})
    site["enrol"].append({"id": 3, "courseid": 4})
    site["context"].append({"id": 4, "contextlevel": 50, "instanceid": 4})
    site["course"].append({**site["course"][1], "id": 4, "shortname": "A-3"})
    handed = "\\mod_quiz\\event\\attempt_submitted"
    log.append({**quiz, "id": 141, "userid": 15, "timecreated": at("2026-01-16 10:00"), "eventname": handed,
                "action": "submitted", "objectid": 77})  # fmt: skip
    log.append({**quiz, "id": 142, "userid": 15, "timecreated": at("2026-01-16 10:00")})
    before = {name: [dict(row) for row in rows] for name, rows in site.items()}
    change(site, "user_enrolments", 216, timecreated=at("2026-03-05"), timemodified=at("2026-03-05"))
    change(site, "role_assignments", 318, timemodified=at("2026-03-02"))
    change(site, "user_enrolments", 219, status=0, timemodified=at("2026-03-03"))
    change(before, "user_enrolments", 219, status=1, timemodified=at("2026-02-01"))
    change(before, "course", 4, enddate=0)
    drop(before, "user_enrolments", 216)
    drop(before, "role_assignments", 316)
    drop(before, "role_assignments", 318)
    before["log"] = []
    before[tables.LOG.name] = [row for row in before[tables.LOG.name] if row["timecreated"] < at("2026-02-20")]
    before.pop("log")
    log.append({**viewed, "id": 1001, "userid": 10, "timecreated": at("2026-01-10 10:00")})
    log.append({**viewed, "id": 1002, "userid": 11, "timecreated": at("2026-01-06 08:02")})
    log.append({**viewed, "id": 1003, "userid": 15, "timecreated": at("2026-02-18 10:00")})
    return before, site


def change(site: dict[str, Rows], table: str, number: int, **values: Any) -> None:
    next(row for row in site[table] if row["id"] == number).update(values)


def drop(site: dict[str, Rows], table: str, number: int) -> None:
    site[table] = [row for row in site[table] if row["id"] != number]


TRAPS = {
    10: ("a late row, an old time and a new id", 3),
    11: ("a late row in a second already counted", 2),
    15: ("a handed attempt read again without the other action of its second", 5),
    16: ("enrolled late, from January on", 2),
    17: ("a session that had no end date", 2),
    18: ("a learner's role given late", 2),
    19: ("a suspended learner who came back", 2),
}
"""Actions each learner has done by 20 February: what is counted after both steps."""


def test_two_steps_are_one(tmp_path: Path, server: Server) -> None:
    """Whatever happened between, reading what is new gives what reading everything gives."""
    before, after = grown()
    once = Home(tmp_path / "once").prepare()
    servers.load_site(server, "after", after)
    read(once, server, "after")
    new, whole = home_like(tmp_path / "new", once), home_like(tmp_path / "whole", once)
    servers.load_site(server, "grown", before)
    for home in (new, whole):
        read(home, server, "grown", CUT)
    servers.load_site(server, "grown", after)
    assert log_of(read(whole, server, "grown", overlap_days="3650")).rows_in == len(after[tables.LOG.name])
    assert "imported before" in log_of(read(new, server, "grown")).out_of_scope
    assert differences(content(new), content(whole)) == {}
    assert differences(content(new), content(once)) == {}
    query = "SELECT sum(count) FROM activity JOIN who USING (enrolment_id) WHERE person = ? AND known_on <= ?"
    assert {n: counted(new, query, n, CUT) for n in TRAPS} == {n: count for n, (_, count) in TRAPS.items()}


def counted(home: Home, query: str, *values: Any) -> int:
    vault = Vault(home.identities_database)
    who = [(number, int(identity.source_id.split(":")[0])) for number, identity in vault.find("enrolment").items()]
    vault.close()
    with RecordStore(home).connect() as con:
        con.execute("CREATE TABLE who (enrolment_id BIGINT, person INTEGER)")
        con.executemany("INSERT INTO who VALUES (?, ?)", who)
        return int(con.execute(query, values).fetchall()[0][0])


def test_people_read_whole_are_what_makes_two_steps_one(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above would see it: without them records are missing."""
    if server.kind == "mariadb":
        pytest.skip("once is enough")
    before, after = grown()
    once = Home(tmp_path / "once").prepare()
    servers.load_site(server, "after", after)
    read(once, server, "after")
    home = home_like(tmp_path / "home", once)
    servers.load_site(server, "grown", before)
    read(home, server, "grown", CUT)
    servers.load_site(server, "grown", after)
    monkeypatch.setattr(moodle_log.Log, "_people", lambda *_: ())
    read(home, server, "grown")
    assert differences(content(home), content(once)).keys() == {"activity"}


def test_today_is_the_last_day_of_a_learner_even_when_it_is_old(tmp_path: Path, server: Server) -> None:
    """Two months of staff only: the last learner's event is far behind the last event, and is still seen."""
    site = moodle_tables_small()
    site[tables.LOG.name] = [row for row in site[tables.LOG.name] if row["id"] < 12]
    staff = {**site[tables.LOG.name][3], "timecreated": at("2026-04-30 10:00")}
    servers.load_site(server, "quiet", site)
    home = Home(tmp_path / "home").prepare()
    first = read(home, server, "quiet", None)
    servers.add_rows(server, "quiet", {tables.LOG.name: [{**staff, "id": 50}]})
    assert (first.as_of, read(home, server, "quiet", None).as_of) == ("2026-01-20", "2026-01-20")


HARD = "Quiz «1» \"dit\" \\ 'a',\n;\r\n\t😀 l’été %s %(x)s"


def test_hard_texts_come_as_they_are(tmp_path: Path, server: Server) -> None:
    """Quotes, backslashes, ends of line, four-byte characters; NUL, where the server can hold it, is dropped."""
    site = moodle_tables_small()
    change(site, "quiz", 1, name=HARD)
    change(site, "user", 10, firstname="Zoë 🧵 O'Neil", lastname='"Q"', email="")
    change(site, "course", 3, fullname="   ")
    change(site, "role", 4, shortname="", archetype="teacher")
    change(site, "forum_posts", 1, message='<p>Je suis « perdue »…\r\n\\N "x"\n</p>' + "mot " * 20_000)
    files, home = Home(tmp_path / "files").prepare(), None
    import_folder(files, "moodle", write_moodle(tmp_path / "tables", site), as_of=TODAY)
    home = home_like(tmp_path / "home", files)
    change(site, "quiz", 1, name=HARD + ("\0" if server.kind == "mariadb" else ""))
    servers.load_site(server, "hard", site, prefix="M9_")
    read(home, server, "hard")
    assert differences(content(home), content(files)) == {}
    assert HARD in {row["name"] for row in content(home)["assessments"]}


def test_nothing_can_be_written(small: Server) -> None:
    with snapshot(address(small.url("small")), minutes=2) as database:
        for statement in (
            "CREATE TABLE mine (id int)",
            "INSERT INTO mdl_role (id) VALUES (99)",
            "DELETE FROM mdl_role",
        ):
            with pytest.raises(SourceError, match="the database answers with an error"):
                database.numbers(statement, table="mdl_role")


def refused(home: Home, place: str, secret: str = "", **options: str) -> str:
    """Return the one line that an import is refused with; nothing is written."""
    with pytest.raises(SourceError) as caught:
        import_source(home, "moodle-db", place, secret=secret, as_of=TODAY, options=options)
    assert RecordStore(home).batches() == []
    assert not (home.root / ".spool").exists()
    assert "\n" not in caught.value.line()
    return caught.value.line()


WRONG = {
    "password": "the database refuses the user or the password",
    "user": "the database refuses the user or the password",
    "host": "the database cannot be reached",
    "port": "the database cannot be reached",
    "database": "there is no such database",
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_address_is_one_clear_line_without_the_password(tmp_path: Path, small: Server, what: str) -> None:
    given: dict[str, Any] = {"password": WORD, "username": READER, "host": servers.HOST, "port": small.port}
    values = {**given, "database": "small"}
    wrong = {"password": "another wörd", "username": "nobody", "host": "nowhere.invalid", "port": 1, "database": "none"}
    values |= {("username" if what == "user" else what): wrong["username" if what == "user" else what]}
    url = address(small.url("small")).set(**values)
    line = refused(Home(tmp_path / "home").prepare(), shown(url), url.render_as_string(hide_password=False))
    assert WRONG[what] in line
    assert shown(url) in line
    for secret in (WORD, "another wörd", READER, "nobody", "%"):
        assert secret not in line


BROKEN = {
    "a table is gone": ("DROP TABLE mdl_logstore_standard_log", "tables are missing, or the user may not see them"),
    "a column is gone": ("ALTER TABLE mdl_quiz DROP COLUMN timeopen", "a column is missing (mdl_quiz of "),
    "a table is refused": ("REVOKE {all} ON {place}mdl_role FROM {who}", "may not"),
    "a column is refused": (
        "REVOKE SELECT (email) ON {place}mdl_user FROM {who}",
        "may not read a table or one of its",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_missing_or_refused_is_told(tmp_path: Path, small: Server, what: str) -> None:
    postgresql = small.kind == "postgresql"
    who, place = (READER, "") if postgresql else (f"'{READER}'@'{servers.HOST}'", "broken.")
    servers.load_site(small, "broken", {})
    small.run("broken", *grants(small.kind, user=who, database="broken"))
    role = "SELECT (id, shortname, archetype)"
    statement, told = BROKEN[what]
    small.run("broken", statement.format(all=role, place=place, who=who))
    home = Home(tmp_path / "home").prepare()
    line = refused(home, small.place("broken"), small.url("broken", user=READER, password=WORD))
    assert told in line
    assert READER not in line


@pytest.mark.parametrize(
    ("place", "secret", "options", "told"),
    [
        ("postgresql://u:hush@db/moodle", "", {}, "the address holds a password"),
        ("mysql://db/moodle", "mysql://u:hush@other/moodle", {}, "not that of the same database"),
        ("oracle://db/moodle", "", {}, "not the address of a database"),
        ("postgresql://db", "", {}, "not the address of a database"),
        ("var/exports", "", {}, "not the address of a database"),
        ("postgresql://db:port/moodle", "", {}, "not the address of a database"),
        ("mysql://db/moodle", "", {"table": "x"}, "unknown option --set table"),
        ("mysql://db/moodle", "", {"overlap_days": "-1"}, "accepted: a number of days"),
        ("mysql://db/moodle", "", {"timeout_minutes": "0"}, "accepted: a number of minutes"),
    ],
)
def test_an_address_or_an_option_that_cannot_be(
    tmp_path: Path, place: str, secret: str, options: dict[str, str], told: str
) -> None:
    line = refused(Home(tmp_path / "home").prepare(), place, secret, **options)
    assert told in line
    assert "hush" not in line


@pytest.mark.parametrize(
    ("given", "driver", "told"),
    [
        ("postgresql://u:p@db/m", "postgresql+psycopg", "postgresql://db/m"),
        ("postgres://u@db:5433/m?sslmode=require", "postgresql+psycopg", "postgresql://db:5433/m"),
        ("postgresql+psycopg2://db/m", "postgresql+psycopg", "postgresql://db/m"),
        ("mariadb://u:p@db/m", "mysql+pymysql", "mysql://db/m"),
        ("mysql+mysqldb://u:p@db:3307/m", "mysql+pymysql", "mysql://db:3307/m"),
    ],
)
def test_any_driver_is_accepted(given: str, driver: str, told: str) -> None:
    assert (address(given).drivername, shown(given)) == (driver, told)


def test_several_sites_in_one_database_are_told_apart(tmp_path: Path, server: Server) -> None:
    home, site = Home(tmp_path / "home").prepare(), moodle_tables_small()
    servers.load_site(server, "several", site, prefix="m1_")
    with_more = {**site, "user": [*site["user"], {"id": 99, "firstname": "Z"}]}
    for table in tables.TABLES:
        server.run("several", servers.definition(server.kind, table, "m2_"))
    servers.add_rows(server, "several", with_more, prefix="m2_")
    place, secret = server.place("several"), server.url("several")
    assert "accepted: m1_, m2_; choose one: --prefix PREFIX" in refused(home, place, secret)
    assert "tables are missing" in refused(home, place, secret, prefix="m3_")
    assert "not a prefix (--prefix)" in refused(home, place, secret, prefix="m1;--")
    counts = {file.file: file.rows_in for file in read(home, server, "several", prefix="m2_").files}
    assert counts["m2_user"] == len(with_more["user"])


def test_all_tables_are_seen_at_one_instant(tmp_path: Path, server: Server) -> None:
    """Rows written while the tables are read belong to the next import."""
    servers.load_site(server, "busy", moodle_tables_small())
    later = {"id": 2, "course": 2, "type": "news", "name": "late"}
    waiting = [{"forum": [later]}]

    def write_once(label: str, *_: int) -> None:
        if label == "mdl_user" and waiting:
            servers.add_rows(server, "busy", waiting.pop())

    home = Home(tmp_path / "home").prepare()
    seen = [{file.file: file.rows_in for file in read(home, server, "busy", report=write_once).files} for _ in range(2)]
    assert [counts["mdl_forum"] for counts in seen] == [1, 2]


def test_a_server_that_goes_away_leaves_nothing(tmp_path: Path, server: Server) -> None:
    """The connection is cut between two tables; the next import does it all."""
    servers.load_site(server, "cut", moodle_tables_small())

    def cut(label: str, *_: int) -> None:
        if label != "mdl_quiz":
            return
        if server.kind == "postgresql":
            server.run(
                "cut", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'filrouge'"
            )
            return
        with server.engine("cut").connect() as connection:
            found = connection.exec_driver_sql(
                "SELECT id FROM information_schema.processlist WHERE db = 'cut' AND id <> connection_id()"
            )
            server.run("cut", *(f"KILL {number}" for (number,) in found.fetchall()))

    home = Home(tmp_path / "home").prepare()
    with pytest.raises(
        SourceError, match=r"the connection to the database was lost \(mdl_quiz_attempts of .*import again"
    ):
        read(home, server, "cut", report=cut)
    assert RecordStore(home).batches() == []
    assert not (home.root / ".spool").exists()
    assert log_of(read(home, server, "cut")).rows_kept > 0


def test_no_name_text_address_or_password_is_kept(tmp_path: Path, small: Server) -> None:
    """Neither in the records nor beside them; names and e-mails in the vault only."""
    home = Home(tmp_path / "home").prepare()
    made = read(home, small, "small")
    assert servers.PASSWORD not in str(made)
    assert made.cursor["place"] == small.place("small")
    vault = {home.identities_database}
    held = b"".join(p.read_bytes() for p in home.root.rglob("*") if p.is_file() and p not in vault)
    for told in ("example.org", "Cleo", "perdue", "203.0.113", "their hash", servers.PASSWORD, "%40"):
        assert told.encode() not in held


def test_the_rights_and_columns_that_are_documented_are_those_that_are_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sources" / "moodle-db.md").read_text(encoding="utf-8")
    for kind in ("postgresql", "mysql"):
        user = "filrouge" if kind == "postgresql" else "'filrouge'@'10.0.0.5'"
        for line in grants(kind, user=user):
            assert line in page
    told = " ".join(grants("postgresql", user="filrouge"))
    assert '"user" ' not in told
    for hidden in ("password", '"ip"', "realuserid", "username"):
        assert hidden not in told
