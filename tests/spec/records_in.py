"""Small tables of records as text, for tests that read like a page: who, which day of the session, what.

Days are numbers from the session's first day (Monday 6 January 2025 is day 0); `-` is null. An instant is
noon, UTC, unless it says its hour: `9@23:30`. The session lasts 84 days; everybody registers a week ahead
and starts on day 0 unless the table says otherwise.
"""

import math
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from data.contracts import TABLES
from features.schedule import Schedule
from features.table import build

START = date(2025, 1, 6)
PARIS = ZoneInfo("Europe/Paris")
SESSION, COURSE = "S", "C"
DEFAULTS = {
    "sessions": {"session_id": SESSION, "course_id": COURSE, "name": "s", "starts_on": 0, "ends_on": 83},
    "calendar": {"session_id": SESSION, "kind": "closure"},
    "enrolments": {
        "course_id": COURSE, "session_id": SESSION, "registered_on": -7, "started_on": 0, "planned_end_on": 83,
        "outcome": "ongoing",
    },
    "activity": {"kind": "view", "count": 1},
    "posts": {
        "session_id": SESSION, "thread_id": 1, "author_role": "learner", "channel": "forum", "is_question": False,
        "n_words": 10, "intent_to_leave": False, "distress": False, "technical_trouble": False, "thanks": False,
        "polite": False, "reactions": 0,
    },
    "assessments": {"session_id": SESSION, "kind": "quiz", "name": "q", "weight": 0, "known_on": -7},
    "quiz_results": {"attempt": 1, "auto_submitted": False, "banked": False},
    "surveys": {"session_id": SESSION, "name": "s", "kind": "pulse"},
    "survey_answers": {"question": "satisfaction", "scale": "likert5"},
    "attendance": {"status": "present"},
}  # fmt: skip
SHORT = {
    "who": "enrolment_id", "resource": "resource_id", "what": "assessment_id", "survey": "survey_id",
    "post": "record_id", "answers": "parent_id", "registered": "registered_on", "started": "started_on",
    "ends": "planned_end_on", "left": "outcome_known_on", "from": "from_on", "to": "to_on", "due": "due_on",
    "marked": "score_known_on", "at": "submitted_at", "sent": "sent_on", "answered": "answered_on",
    "session": "session_id", "held": "starts_at",
}  # fmt: skip


def on(day):
    """Return the date of a day number."""
    return START + timedelta(days=int(day))


def instant(said):
    """Return the instant of a day number, at noon or at the hour said."""
    day, _, hour = str(said).partition("@")
    return datetime.combine(on(day), time.fromisoformat(hour or "12:00"), UTC)


def rows(text):
    """Read a text table: a line of names, then a line a record."""
    names, *lines = (line.split() for line in text.strip().splitlines())
    return [dict(zip(names, line, strict=True)) for line in lines]


def records(**texts):
    """Return a connection that holds these tables and nothing else."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; SET threads = 1")
    for spec in TABLES.values():
        con.register("empty", spec.schema.empty_table())
        con.execute(f"CREATE TABLE {spec.name} AS SELECT * FROM empty")
        con.unregister("empty")
    add(con, **{"sessions": "ends_on\n83", **texts})
    return con


def add(con, **texts):
    """Add the records of these tables."""
    for name, text in texts.items():
        spec = TABLES[name]
        (held,) = con.execute(f"SELECT count(*) FROM {name}").fetchone()
        insert(con, spec, *(filled(name, row, held + number) for number, row in enumerate(rows(text))))


def filled(name, row, number):
    """Complete a record: defaults, one day for all the clocks it has, ids."""
    given = {SHORT.get(column, column): None if value == "-" else value for column, value in row.items()}
    day = given.pop("day", None)
    clocks = {"known_on": day, "known_at": day, "occurred_from": day, "occurred_to": day, "occurred_at": day}
    if name == "quiz_results":
        clocks["submitted_at"] = given.get("submitted_at", day)
        clocks["submitted_on"] = (instant(clocks["submitted_at"]).astimezone(PARIS).date() - START).days
    if name == "attendance":
        clocks["starts_at"] = day
        given.setdefault("slot_id", number)
    if name == "survey_answers":
        clocks["known_on"] = given.get("sent_on")
    if name == "enrolments":
        given.setdefault("learner_id", given["enrolment_id"])
        if given.get("outcome_known_on") is not None:
            given.setdefault("outcome", "abandoned")
    return {"record_id": 1000 + number, **DEFAULTS.get(name, {}), **clocks, **given}


def insert(con, spec, *rows):
    """Insert records, day numbers turned to dates."""
    columns = [pa.array([cell(column, row.get(column.name)) for row in rows], column.type) for column in spec.columns]
    con.register("filled", pa.table(columns, names=list(spec.names)))
    con.execute(f"INSERT INTO {spec.name} SELECT * FROM filled")
    con.unregister("filled")


def cell(column, value):
    """Turn a text to the column's type."""
    if value is None:
        return None
    if column.type == pa.date32():
        return on(value)
    if pa.types.is_timestamp(column.type):
        return instant(value)
    if column.type == pa.bool_():
        return value in ("yes", True)
    return value if column.type == pa.string() else float(value) if column.type == pa.float64() else int(value)


def table(con, day, names, *, schedule: Schedule | None = None):
    """Return the feature table as of a day of the session."""
    return build(con, schedule or {SESSION: [on(day)]}, names=names)


def check(con, day, expected):
    """Compare the features as of a day with a text table: who, then a column a feature; `-` is null."""
    wanted = rows(expected)
    names = [name for name in wanted[0] if name != "who"]
    found = table(con, day, names).set_index("enrolment_id")
    assert sorted(found.index) == sorted(int(row["who"]) for row in wanted)
    for row in wanted:
        for name in names:
            value, target = found.loc[int(row["who"]), name], row[name]
            said = "-" if math.isnan(value) else value
            same = said == "-" if target == "-" else said != "-" and math.isclose(value, float(target), abs_tol=5e-4)
            assert same, f"{name} of {row['who']} as of day {day}: {said}, expected {target}"
