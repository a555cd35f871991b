"""What a reader sees: the canonical tables at some versions, as they were known on a day, and as consent allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from data import checks
from data.consents import PURPOSES, Access
from data.contracts import TABLES, TableSpec

SHOWN_FROM = {
    "enrolments": "registered_on",
    "activity": "known_on",
    "posts": "known_on",
    "assessments": "known_on",
    "quiz_results": "known_on",
    "survey_answers": "known_on",
    "attendance": "known_on",
    "contacts": "known_on",
}
"""The day a row becomes known. Sessions, closures, surveys and attributes have none: they are always shown."""

Later = tuple[str, str, Mapping[str, str], tuple[str, ...]]
KNOWN_LATER: dict[str, tuple[Later, ...]] = {
    "enrolments": (
        ("outcome_known_on", "outcome <> 'ongoing'", {"outcome": "'ongoing'"}, ("ended_on", "motives")),
        ("result_known_on", "passed IS NOT NULL", {}, ("passed",)),
    ),
    "quiz_results": (("score_known_on", "score IS NOT NULL", {}, ("score",)),),
    "survey_answers": (("answered_on", "value IS NOT NULL", {}, ("value",)),),
}
"""What a row learns after its own day: the column that dates it, when it holds, what to say instead, what to empty.

Something that holds and has no date may be of any day: it is taken back too.
"""


@dataclass(frozen=True)
class Hidden:
    """Records that are in the store and are not read, for one purpose; `basis` null: none is recorded."""

    purpose: str
    basis: str | None
    learners: int
    rows: int

    def line(self) -> str:
        """Return one line on what is not read, and why."""
        why = {None: "no basis is recorded", "consent": "their learners have not agreed"}.get(
            self.basis, "their learners object"
        )
        rows, people = _many(self.rows, "record"), _many(self.learners, "learner")
        return f"{self.purpose}: {rows} of {people} not read ({why})"


def show(
    connection: duckdb.DuckDBPyConnection,
    paths: Mapping[str, Sequence[str]],
    access: Mapping[str, Access],
    *,
    as_of: date | None = None,
) -> None:
    """Create one view a canonical table, with exactly its columns.

    Parameters
    ----------
    paths : Parquet files by table.
    access : who may be read, by purpose.
    as_of : only what was known before that day, when given.
    """
    limits = [one for one in access.values() if not one.full]
    if limits:
        connection.execute("CREATE SCHEMA access")
    for one in limits:
        _list_people(connection, one, paths["enrolments"])
    for spec in TABLES.values():
        source = checks.select(spec, paths[spec.name])
        if as_of is not None:
            source = _as_known(spec, source, as_of)
        hides = [hide for one in limits for hide in _hides(spec, one)]
        if hides:
            unless = " AND ".join(f"NOT coalesce({hide}, false)" for hide in hides)
            source = f"SELECT * FROM ({source}) WHERE {unless}"
        connection.execute(f'CREATE VIEW "{spec.name}" AS {source}')


def hidden(
    connection: duckdb.DuckDBPyConnection, paths: Mapping[str, Sequence[str]], access: Mapping[str, Access]
) -> dict[str, Hidden]:
    """Return what `show` would leave out, by purpose; purposes that leave nothing out are absent."""
    connection.execute("CREATE SCHEMA access")
    found = {}
    for one in (each for each in access.values() if not each.full):
        _list_people(connection, one, paths["enrolments"])
        out = {spec.name: hide for spec in TABLES.values() for hide in _hides(spec, one)}
        left = {name: _left_out(TABLES[name], paths[name], hide) for name, hide in out.items()}
        rows = sum(_number(connection, f"SELECT count(*) FROM ({query})") for query in left.values())
        if rows:
            found[one.purpose] = Hidden(one.purpose, one.basis, _learners(connection, left, paths["enrolments"]), rows)
    return found


def _left_out(spec: TableSpec, paths: Sequence[str], hide: str) -> str:
    return f"SELECT * FROM ({checks.select(spec, paths)}) WHERE {hide}"


def _learners(connection: duckdb.DuckDBPyConnection, left: Mapping[str, str], enrolments: Sequence[str]) -> int:
    """Return how many learners some rows are of, given a query a table."""
    every = checks.select(TABLES["enrolments"], enrolments)
    theirs = [
        f"SELECT learner_id FROM ({query})"
        if "learner_id" in TABLES[name].names
        else f"SELECT learner_id FROM ({every}) SEMI JOIN ({query}) USING (enrolment_id)"
        for name, query in left.items()
    ]
    return _number(connection, f"SELECT count(DISTINCT learner_id) FROM ({' UNION ALL '.join(theirs)})")


def _as_known(spec: TableSpec, source: str, as_of: date) -> str:
    """Return a query of the rows as they were known before a day."""
    day = f"DATE '{as_of.isoformat()}'"
    said = {name: f'"{name}"' for name in spec.names}
    for dated, holds, instead, emptied in KNOWN_LATER.get(spec.name, ()):
        later = f"({holds}) AND coalesce({dated} >= {day}, true)"
        for name in (*instead, dated, *emptied):
            said[name] = f'CASE WHEN {later} THEN {instead.get(name, "NULL")} ELSE "{name}" END'
    listed = ", ".join(f'{value} AS "{name}"' for name, value in said.items())
    shown = f" WHERE {SHOWN_FROM[spec.name]} < {day}" if spec.name in SHOWN_FROM else ""
    return f"SELECT {listed} FROM ({source}){shown}"


def _list_people(connection: duckdb.DuckDBPyConnection, one: Access, enrolments: Sequence[str]) -> None:
    """Keep at hand the learners of a purpose, and their enrolments."""
    learners, theirs = f"access.{one.purpose}_learner", f"access.{one.purpose}_enrolment"
    connection.execute(f"CREATE TABLE {learners} AS SELECT unnest(?::BIGINT[]) AS learner_id", [list(one.learners)])
    every = checks.select(TABLES["enrolments"], enrolments)
    connection.execute(
        f"CREATE TABLE {theirs} AS SELECT enrolment_id FROM ({every}) WHERE learner_id IN (FROM {learners})"
    )


def _hides(spec: TableSpec, one: Access) -> list[str]:
    """Return the conditions under which a table's rows are left out for a purpose.

    A row that names nobody (a trainer's post) is left out only where nobody at all may be read.
    """
    kind = "learner" if "learner_id" in spec.names else "enrolment"
    governed = [each for each in PURPOSES[one.purpose].governs if each.table == spec.name]
    return [" AND ".join(filter(None, (each.only, _out(one, kind)))) for each in governed]


def _out(one: Access, kind: str = "learner") -> str:
    """Return the condition under which a row's person is left out."""
    if one.listed and not one.learners:
        return "true"
    return f"{kind}_id {'NOT IN' if one.listed else 'IN'} (FROM access.{one.purpose}_{kind})"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def touched(
    connection: duckdb.DuckDBPyConnection, paths: Mapping[str, tuple[Sequence[str], Sequence[str]]]
) -> set[int]:
    """Return the enrolments of rows that are now and were not before, and of those in the threads of such posts.

    Parameters
    ----------
    paths : Parquet files by table, now and before.
    """
    found: set[int] = set()
    for name, (now, before) in paths.items():
        added, gone = sorted(set(now) - set(before)), sorted(set(before) - set(now))
        if not added or not {"enrolment_id", "learner_id"} & set(TABLES[name].names):
            continue
        new = f"({checks.select(TABLES[name], added)})"
        if gone:
            new = f"({new} EXCEPT {checks.select(TABLES[name], gone)})"
        if "enrolment_id" in TABLES[name].names:
            query = f"SELECT enrolment_id FROM {new}"
        else:
            every = checks.select(TABLES["enrolments"], paths["enrolments"][0])
            query = f"SELECT enrolment_id FROM ({every}) SEMI JOIN {new} USING (learner_id)"
        if name == "posts":
            query = f"SELECT enrolment_id FROM ({checks.select(TABLES[name], now)}) SEMI JOIN {new} USING (thread_id)"
        rows = connection.execute(f"SELECT DISTINCT enrolment_id FROM ({query})").fetchall()
        found |= {number for (number,) in rows if number is not None}
    return found
