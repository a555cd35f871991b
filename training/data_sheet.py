"""The data sheet: what the records are that a model was trained on, after Gebru et al. (2021)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from training.document import Document, Items, Section, Table
from training.words import Said

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from data.home import Home
    from data.store import RecordStore

DATED = {
    "activity": "known_on", "posts": "known_on", "quiz_results": "known_on", "survey_answers": "known_on",
    "attendance": "known_on",
}  # fmt: skip
"""The tables that tell what a learner did, and the day each record became known."""


def describe(home: Home, store: RecordStore) -> dict[str, Any]:
    """Return what a data sheet says of the records a run reads: counts and days, nobody's values."""
    with store.connect(store.versions()) as con:
        enrolments, learners, sessions, courses = con.execute(
            "SELECT count(*), count(DISTINCT learner_id), count(DISTINCT session_id), count(DISTINCT course_id)"
            " FROM enrolments"
        ).fetchone() or (0, 0, 0, 0)
        tables = [_table(con, name, on) for name, on in DATED.items()]
        (attributes,) = con.execute("SELECT count(*) FROM learner_attributes").fetchone() or (0,)
    sources = sorted({batch.source for batch in store.batches()})
    hidden = sum(one.rows for one in store.hidden().values())
    return {
        "site": home.label.read_text(encoding="utf-8").strip() if home.label.exists() else "own",
        "sources": sources,
        "batches": len(store.batches()),
        "set_aside": sum(batch.rows_quarantined for batch in store.batches()),
        "hidden_by_consent": hidden,
        "enrolments": enrolments,
        "learners": learners,
        "sessions": sessions,
        "courses": courses,
        "learners_with_attributes": attributes,
        "tables": tables,
    }


def _table(con: DuckDBPyConnection, name: str, on: str) -> dict[str, Any]:
    """One table: its rows, the enrolments it tells of, its first and last day known."""
    found = con.execute(
        f"SELECT count(*), count(DISTINCT enrolment_id), CAST(min({on}) AS VARCHAR), CAST(max({on}) AS VARCHAR)"
        f" FROM {name} WHERE enrolment_id IS NOT NULL"
    ).fetchone() or (0, 0, None, None)
    return dict(zip(("table", "rows", "enrolments", "first_on", "last_on"), (name, *found), strict=True))


def data_sheet(result: Mapping[str, Any]) -> Document:
    """Return the data sheet of a run, from its report alone."""
    data = result["data"]
    censored = Said("sheet.censored", {**result["censored"], "data_end": result["data_end"]})
    return Document(
        Said("sheet.title"),
        result["model"],
        [
            Section(Said("sheet.why"), [Said("sheet.why_text")]),
            Section(Said("sheet.what"), [Said("sheet.counts", data), Said("sheet.sources", data), _present(data)]),
            Section(Said("sheet.missing"), [Said("sheet.missing_text"), _missing(data)]),
            Section(Said("sheet.labels"), [definition(result), outcomes(result), censored]),
            Section(Said("sheet.people"), [Items([Said(f"sheet.people_{n}") for n in (1, 2, 3, 4)])]),
            Section(Said("sheet.attributes"), [Said("sheet.attributes_text", data)]),
            Section(Said("sheet.uses"), [Items([Said(f"sheet.uses_{n}") for n in (1, 2, 3)])]),
            Section(Said("sheet.upkeep"), [Said("sheet.upkeep_text", data), versions(result)]),
        ],
    )


def definition(result: Mapping[str, Any]) -> Said:
    """Return how abandonment is read from the records."""
    days = (result.get("asked") or {}).get("silence_days", 10)
    return Said(f"definition.{result['abandonment']}", {"days": days})


def outcomes(result: Mapping[str, Any]) -> Said:
    """Return how many enrolments ended each way."""
    return Said("sheet.outcomes", result["outcomes"])


def versions(result: Mapping[str, Any]) -> Table:
    """Return the version of each table that was read."""
    told = sorted(result["table_versions"].items())
    return Table([Said("column.table"), Said("column.version")], [[name, version] for name, version in told])


def _present(data: Mapping[str, Any]) -> Table:
    columns = ("table", "rows", "first_on", "last_on")
    rows = [[Said(f"table.{one['table']}"), *(one[c] for c in columns[1:])] for one in data["tables"]]
    return Table([Said(f"column.{name}") for name in columns], rows)


def _missing(data: Mapping[str, Any]) -> Table:
    """The share of enrolments that a source never tells of."""
    whole = data["enrolments"]
    rows = [
        [Said(f"table.{one['table']}"), one["enrolments"], 1 - one["enrolments"] / whole if whole else None]
        for one in data["tables"]
    ]
    return Table([Said(f"column.{name}") for name in ("table", "enrolments", "share_without")], rows)
