"""All that is held on one learner, table by table: what an access tells and an export gives.

Never another person's data: a mentor or an author is told by their role, and other learners' rows are not read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from sqlalchemy.orm import Session

from data import checks, delta
from data.consents import PURPOSES, Consents
from data.contracts import TABLES
from data.erasure import derived_holding
from data.home import Home
from data.identities import Vault
from data.proof import Trace
from data.store import RecordStore
from data.texts import Texts
from serving.rights import policy, repository

STAFF = ("author_id", "created_by", "changed_by", "handled_by", "deputy_id")
"""Columns that name an account: the role is told, not who."""
MENTORS = ("mentor_id", "mentor", "given_to")
"""What names or numbers a mentor, in a column or in what a row tells: the role is told."""
MENTOR = "mentor"
PLACES = ("identity", "records", "texts", "computed", "work", "decisions", "files")


@dataclass(frozen=True)
class Holding:
    """What one table or place holds of a learner: raw values, as many cells as columns."""

    place: str
    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def held(home: Home, session: Session, trace: Trace) -> tuple[Holding, ...]:
    """Return what is held on a learner, the places in the order of `PLACES`; what is empty is left out.

    Records that a consent hides are told too: they are held, even if nothing reads them.
    """
    learner, enrolments = trace.numbers[0], trace.numbers[1:]
    found = [
        _identity(home, learner),
        *_records(home, learner, enrolments),
        _texts(home, learner),
        *_computed(home, enrolments),
        *_work(session, trace),
        *_decisions(home, learner),
        _files(home, trace),
    ]
    return tuple(one for one in found if one.rows)


def _identity(home: Home, learner: int) -> Holding:
    vault = Vault(home.identities_database)
    rows = [(one.source, one.source_id, one.display_name, one.email) for one in vault.names_of(learner)]
    vault.close()
    return Holding("identity", "identities", ("source", "source_id", "display_name", "email"), tuple(rows))


def _records(home: Home, learner: int, enrolments: Sequence[int]) -> Iterator[Holding]:
    store = RecordStore(home)
    committed = store.committed()
    with duckdb.connect() as connection:
        for name, spec in TABLES.items():
            kind = next((one for one in ("learner", "enrolment") if f"{one}_id" in spec.names), "")
            if not kind or name not in committed:
                continue
            paths = delta.files(store.root / name, committed[name], {"organisation": store.organisation})
            asked = f"SELECT * FROM ({checks.select(spec, paths)}) WHERE {kind}_id IN (SELECT unnest(?::BIGINT[]))"
            numbers = [learner] if kind == "learner" else list(enrolments)
            rows = connection.execute(f"{asked} ORDER BY ALL", [numbers]).to_arrow_table().to_pylist()
            told = tuple(_without_staff(spec.names, [row[one] for one in spec.names]) for row in rows)
            yield Holding("records", name, spec.names, told)


def _without_staff(columns: Sequence[str], row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(_by_role(name, cell) for name, cell in zip(columns, row, strict=True))


def _by_role(name: str, value: Any) -> Any:
    return MENTOR if name.removeprefix("before.") in MENTORS and value else value


def _inside(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _by_role(name, value) for name, value in told.items()}


def _texts(home: Home, learner: int) -> Holding:
    return Holding("texts", "texts", ("known_on", "kept_until", "text"), tuple(Texts(home).held_of(learner)))


def _computed(home: Home, enrolments: Sequence[int]) -> Iterator[Holding]:
    """Yield the features of the newest scored list, then how many rows of theirs each other file of figures has."""
    lists = sorted(home.scored.glob("*/current.parquet"), key=lambda path: path.stat().st_mtime_ns)
    with duckdb.connect() as connection:
        if lists:
            asked = "SELECT * FROM read_parquet(?) WHERE enrolment_id IN (SELECT unnest(?::BIGINT[]))"
            query = connection.execute(asked, [str(lists[-1]), list(enrolments)])
            names = [name for name, *_ in query.description or ()]
            cells = [dict(zip(names, row, strict=True)) for row in query.fetchall()]
            rows = [
                (row["enrolment_id"], row["as_of_on"], name, value)
                for row in cells for name, value in row.items()
                if isinstance(value, int | float) and value == value and not name.endswith("_id")
            ]  # fmt: skip
            yield Holding("computed", "features", ("enrolment_id", "as_of_on", "name", "value"), tuple(rows))
        yield Holding("computed", "files", ("file", "rows"), tuple(_counts(connection, home, enrolments)))


def _counts(connection: duckdb.DuckDBPyConnection, home: Home, enrolments: Sequence[int]) -> Iterator[tuple[str, int]]:
    for path in sorted([*home.features.glob("*.parquet"), *home.scored.glob("*/*.parquet")]):
        names = [name for name, *_ in connection.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()]
        if "enrolment_id" in names:
            asked = "SELECT count(*) FROM read_parquet(?) WHERE enrolment_id IN (SELECT unnest(?::BIGINT[]))"
            found = connection.execute(asked, [str(path), list(enrolments)]).fetchone()
            if found and found[0]:
                yield path.relative_to(home.root).as_posix(), int(found[0])


def _work(session: Session, trace: Trace) -> Iterator[Holding]:
    roles = repository.roles(session)
    for table, rows in repository.rows_of(session, trace):
        yield Holding("work", table, tuple(rows[0]), tuple(tuple(_told(row, roles)) for row in rows))
    pushed = tuple((one.stored_at, one.body) for one in repository.statements_about(session, trace))
    yield Holding("work", "statements", ("stored_at", "body"), pushed)
    batches = ((one.stored_at, policy.rows_about(one.body or "", trace)) for one in repository.waiting(session))
    waiting = tuple((at, [_inside(row) if isinstance(row, dict) else row for row in found]) for at, found in batches)
    yield Holding("work", "received_batches", ("stored_at", "rows"), tuple(one for one in waiting if one[1]))
    reasons = repository.reasons_about(session, trace, repository.rows_by_table(session, trace))
    told = tuple((one.at, one.gap, one.reason) for one in reasons)
    yield Holding("work", "justifications", ("at", "gap", "reason"), told)
    names = trace.telling
    named = Counter(table.name for table, *_ in repository.naming(session, names)) if names else {}
    yield Holding("work", "named_in", ("table", "rows"), tuple(sorted(named.items())))


def _told(row: Mapping[str, Any], roles: Mapping[int, str]) -> Iterator[Any]:
    for name, value in row.items():
        if name in STAFF:
            yield roles.get(value, "") if value else ""
        elif name == "details" and value:
            yield json.dumps(_inside(json.loads(value)), ensure_ascii=False)
        else:
            yield _by_role(name, value)


def _decisions(home: Home, learner: int) -> Iterator[Holding]:
    consents = Consents(home)
    rows = [(one.decided_at, one.purpose, one.choice) for one in consents.history(learner)]
    yield Holding("decisions", "decisions", ("decided_at", "purpose", "choice"), tuple(rows))
    access = consents.access()
    told = [
        (code, purpose.label_fr, purpose.label_en, consents.basis(code) or "none", access[code].reads(learner))
        for code, purpose in PURPOSES.items()
    ]
    yield Holding("decisions", "purposes", ("purpose", "fr", "en", "basis", "read_now"), tuple(told))


def _files(home: Home, trace: Trace) -> Holding:
    """Return the files that hold them beside those counted row by row: packs, reports, exports left in the folder."""
    counted = (home.features, home.scored)
    named = [path for path in derived_holding(home, trace) if not {*counted} & {*path.parents}]
    return Holding("files", "packs", ("file",), tuple((path.relative_to(home.root).as_posix(),) for path in named))


def as_json(holdings: Sequence[Holding]) -> str:
    """Return what is held as one JSON object: place, table, then a list of rows; pseudonyms are texts."""
    told: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for one in holdings:
        rows = [dict(zip(one.columns, map(plain, row), strict=True)) for row in one.rows]
        told.setdefault(one.place, {})[one.name] = rows
    return json.dumps(told, ensure_ascii=False, indent=1)


def plain(cell: Any) -> Any:
    """Return a value as JSON keeps it whole: a day or an instant as ISO 8601, a number too large for it as text."""
    if isinstance(cell, bool) or cell is None or isinstance(cell, str | float | list | dict):
        return cell
    if isinstance(cell, int):
        return str(cell) if abs(cell) >= 1 << 53 else cell
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)
