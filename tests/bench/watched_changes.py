"""What goes wrong in the simulated sites of the watch: changes of their records, from a day on. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.freshness import KINDS
from tests.bench.watched_worlds import CHANGE_ON, Tables, codes_of, starts_on

Change = Callable[[Tables], Tables]
LATE = timedelta(days=3)
"""How late records come, where they do."""
COURSES = ("A", "B")
"""Two sessions of three are of the first, which so has enough earlier sessions of its own; the other has too few."""
NEW = "NEW"


def in_two_courses(tables: Tables) -> Tables:
    """Share the sessions between two courses whose people and laws are the same."""
    return _in_courses(tables, {code: COURSES[n % 3 == 2] for n, code in enumerate(codes_of(tables))})


def new_course(tables: Tables) -> Tables:
    """The sessions that begin from then on are of a course never given before."""
    found = zip(tables["sessions"]["session_id"].to_pylist(), tables["sessions"]["course_id"].to_pylist(), strict=True)
    before = dict(found)
    new = {code for n, code in enumerate(codes_of(tables)) if starts_on(n) >= CHANGE_ON}
    return _in_courses(tables, {code: NEW if code in new else course for code, course in before.items()})


def posts_gone(tables: Tables) -> Tables:
    """Two posts of three are not written any more."""
    return thinned(tables, "posts", 3)


def logins_halved(tables: Tables) -> Tables:
    """One login of two is not recorded any more."""
    return thinned(tables, "activity", 2, of=_logins(tables))


def logins_halved_in(course: str) -> Change:
    """One login of two is not recorded any more, in one course."""

    def change(tables: Tables) -> Tables:
        people = tables["enrolments"].filter(pc.equal(tables["enrolments"]["course_id"], course))["enrolment_id"]
        own = pc.is_in(tables["activity"]["enrolment_id"], people.combine_chunks())
        return thinned(tables, "activity", 2, of=_logins(tables) & own.to_numpy())

    return change


def marks_in_another_unit(tables: Tables) -> Tables:
    """Marks out of 20 are read as if they were out of 100."""
    score = tables["quiz_results"]["score"].to_numpy()
    return _with(tables, "quiz_results", score=np.where(_late(tables["quiz_results"]), score / 5, score))


def surveys_unanswered(tables: Tables) -> Tables:
    """Surveys are asked as before, and nobody answers any more."""
    table = tables["survey_answers"]
    kept = pc.less(table["answered_on"], pa.scalar(CHANGE_ON))
    nothing = {
        name: pc.if_else(kept, table[name], pa.scalar(None, table[name].type)) for name in ("answered_on", "value")
    }
    return _with(tables, "survey_answers", **nothing)


def three_days_late(tables: Tables) -> Tables:
    """Every record is known three days later than it was."""
    return _later(tables, lambda table: _late(table), LATE)


def once_late(tables: Tables) -> Tables:
    """What should have come in the three days before the change comes three days late, once."""

    def missed(table: pa.Table) -> np.ndarray:
        return _late(table, CHANGE_ON - LATE) & ~_late(table)

    return _later(tables, missed, LATE)


def silenced(tables: Tables, kind: str) -> Tables:
    """Nothing of a kind comes any more."""
    return {**tables, kind: tables[kind].filter(pa.array(~_late(tables[kind])))}


def thinned(tables: Tables, name: str, keep: int, *, of: np.ndarray | None = None) -> Tables:
    """Keep one row of so many (of those told), from the day of the change on."""
    table = tables[name]
    at_stake = _late(table) if of is None else _late(table) & of
    gone = at_stake & (np.arange(table.num_rows) % keep != 0)
    return {**tables, name: table.filter(pa.array(~gone))}


def _logins(tables: Tables) -> np.ndarray:
    found: np.ndarray = pc.equal(tables["activity"]["kind"], "login").to_numpy()
    return found


def _late(table: pa.Table, since: date = CHANGE_ON) -> np.ndarray:
    """Tell which rows are known from a day on; answers, from the day they are given."""
    known = (
        pc.coalesce(table["answered_on"], table["known_on"])
        if "answered_on" in table.column_names
        else table["known_on"]
    )
    days: np.ndarray = known.cast(pa.int32()).to_numpy()
    return days >= (since - date(1970, 1, 1)).days


def _later(tables: Tables, chosen: Callable[[pa.Table], np.ndarray], by: timedelta) -> Tables:
    """Make the rows chosen of every kind known later."""
    made = tables
    for kind in KINDS:
        table = tables[kind]
        late = pa.array(chosen(table))
        names = [
            name for name in ("answered_on", "score_known_on", "known_on", "known_at") if name in table.column_names
        ]
        made = _with(made, kind, **{name: pc.if_else(late, _plus(table[name], by), table[name]) for name in names})
    return made


def _plus(column: pa.ChunkedArray, by: timedelta) -> pa.ChunkedArray:
    if pa.types.is_date32(column.type):
        return pc.add(column.cast(pa.int32()), by.days).cast(pa.int32()).cast(column.type)
    return pc.add(column, pa.scalar(by, pa.duration(column.type.unit)))


def _with(tables: Tables, name: str, **columns: object) -> Tables:
    """Return the tables with some columns of one replaced."""
    table = tables[name]
    for column, values in columns.items():
        at, field = table.schema.get_field_index(column), table.schema.field(column)
        made = pa.array(values, field.type, from_pandas=True) if isinstance(values, np.ndarray) else values
        table = table.set_column(at, field, made)
    return {**tables, name: table}


def _in_courses(tables: Tables, of: dict[str, str]) -> Tables:
    made = tables
    for name in ("enrolments", "sessions"):
        courses = [of[code] for code in made[name]["session_id"].to_pylist()]
        made = _with(made, name, course_id=pa.array(courses, made[name].schema.field("course_id").type))
    return made


def closed(tables: Tables, days: Collection[tuple[date, date]], *, told: bool) -> Tables:
    """Close the organisation on some days, both included: nothing is known then; the calendar tells it or does not."""
    made = dict(tables)
    for kind in KINDS:
        shut = np.zeros(made[kind].num_rows, bool)
        for first, last in days:
            shut |= _late(made[kind], first) & ~_late(made[kind], last + timedelta(days=1))
        made[kind] = made[kind].filter(pa.array(~shut))
    lines = [("", first, last, "closure") for first, last in days if told]
    columns = zip(*lines, strict=True) if lines else [[]] * 4
    made["calendar"] = pa.table(list(map(list, columns)), schema=tables["calendar"].schema)
    return made


CHANGES: dict[str, Change] = {
    "two posts of three gone": posts_gone,
    "logins halved": logins_halved,
    "marks in another unit": marks_in_another_unit,
    "surveys no longer answered": surveys_unanswered,
    "every record three days late": three_days_late,
    "a new course": new_course,
}
"""What changes for everybody, from the eve of a look on."""
