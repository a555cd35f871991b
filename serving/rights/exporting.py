"""Portability (GDPR art. 20): what is held on a learner in one private ZIP, as JSON and as CSV, and described."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from data.contracts import TABLES
from data.home import Home
from serving.problems import RefusedError
from serving.quality.sheets import harmless
from serving.rights.holdings import Holding, as_json, plain

README = """What Filrouge holds on one learner.

data.json: place, then table, then a list of rows. csv/<place>-<table>.csv: the same, UTF-8, comma, one head line.
schema.json: the columns of each table, and what they mean where the canonical records say it.
Days and instants are ISO 8601 (instants in UTC). Numbers of persons are keyed pseudonyms, written as text.
Colleagues are told by their role; nothing of another learner is here.
"""


def write_zip(holdings: Sequence[Holding], path: Path, home: Home, *, at: datetime) -> Path:
    """Write the export, for its owner only; return its path.

    Raises
    ------
    RefusedError : something is there already, it is inside the home (where an erasure must leave nothing), or it
        cannot be written.
    """
    target = path.expanduser().absolute()
    if home.root.resolve() in target.resolve().parents:
        raise RefusedError("an export is not kept in the working folder", where="--out", accepted="a path outside it")
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise RefusedError("a file is there already", where="--out", todo="give another name") from None
    except OSError as error:
        raise RefusedError(f"the file cannot be written: {error.strerror}", where="--out") from None
    with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, told in contents(holdings, at=at).items():
            archive.writestr(name, told)
    return target


def contents(holdings: Sequence[Holding], *, at: datetime) -> dict[str, str]:
    """Return the files of the export by name."""
    tables = {f"{one.place}-{one.name}": one for one in holdings}
    schema = {"made_at": at.isoformat(timespec="seconds"), "tables": {n: _described(one) for n, one in tables.items()}}
    told = {"README.txt": README, "data.json": as_json(holdings), "schema.json": json.dumps(schema, indent=1)}
    return told | {f"csv/{name}.csv": as_csv(one) for name, one in tables.items()}


def _described(one: Holding) -> dict[str, object]:
    known = TABLES[one.name].columns if one.place == "records" else ()
    meanings = {column.name: column.meaning for column in known}
    return {"rows": len(one.rows), "columns": {name: meanings.get(name, "") for name in one.columns}}


def as_csv(one: Holding) -> str:
    """Return one table as CSV; a cell that a spreadsheet would run as a formula is made plain text."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(one.columns)
    for row in one.rows:
        writer.writerow([_cell(cell) for cell in row])
    return buffer.getvalue()


def _cell(cell: object) -> str:
    told = plain(cell)
    text = json.dumps(told, ensure_ascii=False) if isinstance(told, dict | list) else str("" if told is None else told)
    return harmless(text) if isinstance(told, str) else text
