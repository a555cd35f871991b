"""Canonical records pushed to us: rows of the plain tables, in the pushing system's own identifiers, one JSON a line.

The first line names the group that is imported together, so that the same words told again later are another batch.
Each of the others is `{"table": "activity", "row": {...}}`. A post's row holds `text`, which is read and dropped at the
door as any source's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.sources.base import Request
from data.sources.plain import TABLES
from data.sources.spool import Spool

SYSTEM = "api"
FILE = "records"
READ_FROM_TEXT = (
    "n_words", "tone", "is_question", "intent_to_leave", "distress", "technical_trouble", "thanks", "polite",
)  # fmt: skip
"""Columns of a post that its text gives: nobody brings them."""


def columns_of(table: str) -> tuple[str, ...]:
    """Return the columns that a row of a table may have: those of the plain table, and `text` for a post."""
    names = TABLES[table].names
    return tuple(n for n in (*names, "text") if n not in READ_FROM_TEXT) if table == "posts" else names


def required_of(table: str) -> tuple[str, ...]:
    """Return the columns that a row of a table must have."""
    return tuple(name for name in TABLES[table].required if name in columns_of(table))


class Records:
    """Reads canonical records.

    Parameters
    ----------
    system : whose identifiers the people, posts and attempts have; what another source of that system brings of them
        is then the same record, never a second one.
    """

    name = "records"
    any_text = False

    def __init__(self, system: str = SYSTEM) -> None:
        self.system = system

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return the one file of records."""
        return {FILE: Path(request.place)}

    def read(self, request: Request, spool: Spool) -> Mapping[str, object]:
        """Fill the spool; everything is read, always."""
        with Path(request.place).open(encoding="utf-8") as lines:
            next(lines, "")
            for line, told in enumerate(lines, 1):
                one = json.loads(told)
                spool.seen(FILE)
                spool.add(one["table"], file=FILE, line=line, **_plain(one["row"]))
        return {}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as the plain tables hold it: an e-mail in small letters, a truth in words."""
    told = {name: str(value).lower() if isinstance(value, bool) else value for name, value in row.items()}
    person = told.get("person")
    return {**told, "person": person.casefold()} if isinstance(person, str) and "@" in person else told
