"""A batch of canonical records as a program posts it: its shape is checked here, its values by the import."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from data.sources.plain import TABLES
from data.sources.records import SYSTEM, columns_of, required_of
from data.sources.xapi_files import decoded
from serving.ingestion.schemas import BadRequestError
from serving.problems import RefusedError

MOST_ROWS = 5_000
LONGEST_TEXT = 20_000
_ID = re.compile(r"[A-Za-z0-9._:-]{1,80}")
_SYSTEM = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
EXAMPLE = {
    "batch_id": "2026-06-15T09:00:00-0001",
    "system": "moodle",
    "tables": {
        "activity": [
            {"person": "42", "session": "DWEB-2605", "kind": "login", "occurred_at": "2026-06-15T09:00:00+02:00"}
        ],
        "posts": [
            {
                "post": "812",
                "person": "42",
                "session": "DWEB-2605",
                "text": "Bonjour, je suis bloqué, quelqu'un peut m'aider ?",
                "occurred_at": "2026-06-15T09:02:00+02:00",
            }
        ],
    },
}


@dataclass(frozen=True)
class PostedBatch:
    """A batch whose shape is right: its own id, whose identifiers it has, its rows by table."""

    batch_id: str
    system: str
    tables: dict[str, list[dict[str, Any]]]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(len(rows) for rows in self.tables.values())

    def written(self) -> str:
        """Return the batch as it is kept."""
        told = {"system": self.system, "tables": self.tables}
        return json.dumps(told, separators=(",", ":"), sort_keys=True)


def batch_of(content: bytes, content_type: str, key: str = "") -> PostedBatch:
    """Return the batch of a body; `key` is the header `Idempotency-Key`, which names it where the body does not.

    Raises
    ------
    BadRequestError : the body is no JSON.
    RefusedError : it is no batch; what is refused is named, never repeated.
    """
    if content_type.partition(";")[0].strip().casefold() != "application/json":
        raise BadRequestError("the content type is not read here", accepted="application/json")
    read = decoded(content)
    if read.fault:
        raise BadRequestError("the body cannot be read", where=read.fault, accepted="JSON")
    told = read.value
    if not isinstance(told, dict) or not told.keys() <= {"batch_id", "system", "tables"}:
        raise RefusedError("not a batch of records", accepted="an object of batch_id, system and tables")
    named, system = told.get("batch_id", key), told.get("system", SYSTEM)
    if not isinstance(named, str) or not _ID.fullmatch(named) or (key and key != named):
        raise RefusedError("the batch has no id, or two", where="batch_id",
                           accepted="1 to 80 of A-Z a-z 0-9 . _ : -, in the body or as Idempotency-Key")  # fmt: skip
    if not isinstance(system, str) or not _SYSTEM.fullmatch(system):
        raise RefusedError("not the name of a system", where="system", accepted="as in moodle")
    return PostedBatch(named, system, _tables(told.get("tables")))


def _tables(told: object) -> dict[str, list[dict[str, Any]]]:
    if not isinstance(told, dict) or not all(isinstance(rows, list) for rows in told.values()):
        raise RefusedError("not rows by table", where="tables", accepted="an object of lists")
    if told.keys() - TABLES.keys():
        raise RefusedError("a table is not known", where="tables", accepted=", ".join(TABLES))
    number = sum(len(rows) for rows in told.values())
    if not 1 <= number <= MOST_ROWS:
        raise RefusedError("no rows, or too many", where="tables", accepted=f"1 to {MOST_ROWS} rows a batch")
    for table, rows in told.items():
        for rank, row in enumerate(rows):
            _check(table, row, f"tables.{table}[{rank}]")
    return told


def _check(table: str, row: object, where: str) -> None:
    if not isinstance(row, dict):
        raise RefusedError("a row is no object", where=where, accepted="an object of columns")
    if row.keys() - set(columns_of(table)):
        raise RefusedError("a column is not known", where=where, accepted=", ".join(columns_of(table)))
    missing = [name for name in required_of(table) if row.get(name) in (None, "")]
    if missing:
        raise RefusedError("a column is missing", where=f"{where}.{missing[0]}", accepted="a value")
    for name, value in row.items():
        too_long = isinstance(value, str) and len(value) > LONGEST_TEXT
        if too_long or not isinstance(value, str | int | float | None):
            accepted = f"a text up to {LONGEST_TEXT} characters, a number, true, false or null"
            raise RefusedError("a value is not accepted", where=f"{where}.{name}", accepted=accepted)


def described() -> dict[str, Any]:
    """Return the body of a batch as OpenAPI describes it."""
    kinds = {"BIGINT": "integer", "DOUBLE": "number", "BOOLEAN": "boolean"}
    tables = {}
    for name, plain in TABLES.items():
        types = {column.name: kinds.get(column.type, "string") for column in plain.raw.columns}
        columns = {column: {"type": [types.get(column, "string"), "null"]} for column in columns_of(name)}
        row = {"type": "object", "properties": columns, "required": list(required_of(name)),
               "additionalProperties": False}  # fmt: skip
        tables[name] = {"type": "array", "items": row, "description": plain.grain}
    schema = {
        "type": "object",
        "required": ["batch_id", "tables"],
        "additionalProperties": False,
        "properties": {
            "batch_id": {"type": "string", "pattern": f"^{_ID.pattern}$"},
            "system": {"type": "string", "pattern": f"^{_SYSTEM.pattern}$", "default": SYSTEM},
            "tables": {"type": "object", "properties": tables, "additionalProperties": False},
        },
    }
    return {"required": True, "content": {"application/json": {"schema": schema, "example": EXAMPLE}}}
