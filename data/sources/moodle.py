"""Moodle: a folder of its tables as CSV, any prefix, compressed or not.

The traps are those of a real site: unenrolled people leave the roster but not the log; a completion date is
backdated to a grade, its event is not; anonymous surveys still hold the person's number and are not read.

An exit recorded after the planned end (a finished group is suspended or unenrolled) is housekeeping: the
enrolment stays `ongoing`, without an outcome.

The end of an enrolment (`timeend`) given when it was made is its planned end. Given or brought forward later by
somebody, before the session's end, it is an exit known on the day of the change. The export does not keep the
end first planned, so the planned end is then the session's. Any other change of such a row, after it was made,
reads the same way: the table does not say which column changed.

Somebody another source brought is known by e-mail, once; from then on by number. The enrolment it brought is the same
one: what Moodle does not say of it (an exit, a result, a mentor) stays as it was told. Such an exit stands until
Moodle's row is altered after the day it was known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from data import tone
from data.errors import SourceError
from data.holidays import public_holidays
from data.identities import Identity
from data.progress import Report
from data.sources import moodle_sql as sql
from data.sources import moodle_tables as tables
from data.sources.base import Clock, Extract, Gathered, Request, existing_folder
from data.sources.links import of_accounts
from data.sources.staging import Staging

LOG = tables.LOG.name
CALENDAR = "calendar.csv"
SUFFIXES = (".csv", ".csv.gz")
POSTS_AT_ONCE = 10_000
"""Posts whose text is held at once."""


class Moodle:
    """Reads a folder of Moodle tables, `mdl_*.csv` or `.csv.gz`, there or in its folder `csv`.

    A `calendar.csv` beside them (from_on, to_on, kind, session_id) tells the closures.
    """

    name = system = "moodle"
    has_today, any_text = True, False

    def find(self, folder: Path) -> Mapping[str, Path]:
        """Return the files to read by table, and the calendar when there is one."""
        place = next((place for place in (folder, folder / "csv") if _candidates(place, LOG)), folder)
        prefix = _prefix(place)
        found = {table.name: _candidates(place, table.name, prefix) for table in tables.TABLES}
        missing = [f"{prefix}{name}.csv" for name, paths in found.items() if not paths]
        if missing:
            raise SourceError(
                "tables are missing: " + ", ".join(missing),
                where=str(place),
                accepted="one CSV a table, .csv or .csv.gz, all with one prefix",
                todo="export them too, with their header even when they are empty",
            )
        twice = [paths[0].name for paths in found.values() if len(paths) > 1]
        if twice:
            raise SourceError("a table is there twice", where=", ".join(twice), todo="keep one file a table")
        calendars = [path / CALENDAR for path in (folder, place) if (path / CALENDAR).exists()]
        return {name: paths[0] for name, paths in found.items()} | ({CALENDAR: calendars[0]} if calendars else {})

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return the files of the folder asked for."""
        return self.find(existing_folder(request.place))

    def gather(self, request: Request) -> Gathered:
        """Return the same files: nothing is fetched."""
        return Gathered(self.inputs(request))

    def extract(self, staging: Staging, gathered: Gathered, clock: Clock, report: Report) -> Extract:
        """Load and judge the raw tables, and return the canonical ones as of the export's today."""
        files = gathered.files
        for done, table in enumerate(tables.TABLES):
            report("reading", done, len(tables.TABLES))
            staging.load(table, files.get(table.name))
        staging.load(tables.WINDOW, files.get(tables.WINDOW.name))
        report("reading", len(tables.TABLES), len(tables.TABLES))
        for macro in sql.MACROS:
            staging.run(macro.format(time_zone=clock.time_zone))
        as_of = _judge_roster(staging, clock)
        _judge_records(staging)
        _read_posts(staging)
        _close_days(staging, files)
        return Extract(sql.TABLES, list(_identities(staging)), as_of, sql.TEXTS)


def _prefix(place: Path) -> str:
    """Return what comes before the tables' names, told by the log's file; Moodle's own when there is none."""
    prefixes = sorted({path.name.split(LOG)[0] for path in _candidates(place, LOG)})
    if len(prefixes) > 1:
        raise SourceError(
            "tables of several sites are together", where=", ".join(prefixes), todo="keep one folder a site"
        )
    return prefixes[0] if prefixes else "mdl_"


def _candidates(place: Path, table: str, prefix: str | None = None) -> list[Path]:
    """Return the files that may hold a table, with one prefix or with any."""
    start = "*" if prefix is None else prefix
    return sorted(path for suffix in SUFFIXES for path in place.glob(f"{start}{table}{suffix}"))


def _judge_roster(staging: Staging, clock: Clock) -> date:
    """Judge what makes the roster, fix the export's today, and build the enrolments."""
    for table in tables.TABLES:
        if table.name in tables.EARLY_RULES:
            staging.judge(table, tables.EARLY_RULES[table.name])
    staging.run(sql.MEMBERS)
    as_of = clock.as_of or _last_learner_day(staging, clock)
    midnight = datetime.combine(as_of + timedelta(days=1), time(), ZoneInfo(clock.time_zone))
    staging.run(sql.TODAY.format(instant=int(midnight.timestamp()) - 1))
    staging.judge(tables.USER_ENROLMENTS, tables.ROSTER_RULES)
    staging.run(sql.LIFE)
    _link(staging)
    staging.run(sql.ENROLLED)
    return as_of


def _link(staging: Staging) -> None:
    """Make `linked`, whose an account is where more than its number tells, and the mentors that others told."""
    linked = of_accounts(staging, Moodle.system, staging.connection.execute(sql.LEARNERS).fetchall())
    pairs = {"userid": list(linked), "learner_id": list(linked.values())}
    staging.keep("linked", pa.table({name: pa.array(numbers, pa.int64()) for name, numbers in pairs.items()}))
    others = sorted(number for number, system in staging.known.mentors.items() if system != Moodle.system)
    staging.keep("other_mentors", pa.table({"mentor_id": pa.array(others, pa.int64())}))


def _last_learner_day(staging: Staging, clock: Clock) -> date:
    """Return the last day on which a learner did something; the real day when none did anything."""
    query = sql.LAST_LEARNER_DAY.format(latest=clock.latest.isoformat())
    found: date | None = staging.connection.execute(query).fetchall()[0][0]
    return found or clock.latest


def _judge_records(staging: Staging) -> None:
    staging.run(sql.SITE_EVENTS)
    for table in tables.TABLES:
        if table.name in tables.LATE_RULES:
            staging.judge(table, tables.LATE_RULES[table.name])
        if table is tables.GROUPS_MEMBERS:
            staging.run(sql.MENTORED)
        if table is tables.ITEMS:
            staging.run(sql.QUESTIONS)
            staging.run(sql.ANSWER_VALUE)


def _read_posts(staging: Staging) -> None:
    """Turn the posts' text into numbers; the text goes no further."""
    schema = pa.schema([
        ("id", pa.int64()), ("n_words", pa.int64()), ("tone", pa.float64()), ("is_question", pa.bool_()),
        ("intent_to_leave", pa.bool_()), ("distress", pa.bool_()), ("technical_trouble", pa.bool_()),
        ("thanks", pa.bool_()), ("polite", pa.bool_()),
    ])  # fmt: skip
    posts = staging.stream("SELECT id, coalesce(message, '') AS message FROM forum_posts", POSTS_AT_ONCE)
    staging.keep("readings", pa.RecordBatchReader.from_batches(schema, (_readings(rows, schema) for rows in posts)))


def _readings(posts: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return what the posts of one batch tell."""
    told = zip(*(column.to_pylist() for column in posts.columns), strict=True)
    rows = [{"id": number, **vars(tone.read(message))} for number, message in told]
    return pa.RecordBatch.from_pylist(rows, schema)


def _close_days(staging: Staging, files: Mapping[str, Path]) -> None:
    """Make `closures` of the calendar and of the public holidays of the years the sessions cover."""
    if CALENDAR in files:
        staging.load_csv(tables.CALENDAR, files[CALENDAR])
        staging.judge(tables.CALENDAR, tables.CALENDAR_RULES)
    first, last = staging.connection.execute(sql.COVERED).fetchall()[0]
    days = list(public_holidays(first, last)) if first else []
    staging.keep("holidays", pa.table({"day": pa.array(days, pa.date32())}))
    staging.run(sql.CLOSURES + (sql.CLOSURES_TOLD if CALENDAR in files else ""))


def _identities(staging: Staging) -> Iterator[Identity]:
    for kind, query in sql.IDENTITIES.items():
        for pseudonym, source_id, name, email in staging.connection.execute(query).fetchall():
            yield Identity(kind, pseudonym, Moodle.system, source_id, name, email)
