"""Who made which version serve, when and why: one line an act, each holding the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from data.errors import ModelError
from data.home import Home

TRAINED, PROMOTED, ROLLED_BACK = SERVING = "trained", "promoted", "rolled_back"
DISMISSED, RECALLED = "dismissed", "recalled"
"""Acts on a challenger: they change nothing of what serves."""
START = "0" * 64


@dataclass(frozen=True)
class Act:
    """One change of the version that serves, or of the challenger that waits.

    `before` is the version that served until then (None: none). `by` is a person's name, or the command that gave the
    first champion its place. `figures` are those the verdict rests on.
    """

    action: str
    version: str
    before: str | None
    by: str
    at: str
    verdict: str = ""
    because: tuple[str, ...] = ()
    reason: str = ""
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """The acts of one model, oldest first, and whether the file still holds them as they were written."""

    acts: tuple[Act, ...]
    intact: bool


def append(home: Home, name: str, act: Act) -> None:
    """Write an act at the end of a model's history."""
    path = home.models / f"history-{name}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    line = json.dumps(asdict(act) | {"previous": _hash(lines)}, ensure_ascii=False)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def read(home: Home, name: str) -> History:
    """Return a model's history; a line that does not follow from the one before makes it not intact.

    Raises
    ------
    ModelError : a line that is no act.
    """
    path = home.models / f"history-{name}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    acts, intact = [], True
    for number, line in enumerate(lines):
        try:
            told = json.loads(line)
            intact = told.pop("previous") == _hash(lines[:number]) and intact
            acts.append(Act(**told | {"because": tuple(told["because"])}))
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise ModelError("the history cannot be read", where=f"{path.name} line {number + 1}") from error
    return History(tuple(acts), intact)


def stamp(now: datetime) -> str:
    """Return an instant as it is written."""
    return now.isoformat(timespec="seconds")


def served_before(acts: Sequence[Act], version: str) -> str | None:
    """Return the version that served before the one that serves now, None when there is none.

    Roll-backs are taken off: after two promotions and a roll-back, another roll-back goes to the first champion. So is
    an act that was written and never carried out, its process killed between: the next one tells who served then.

    Parameters
    ----------
    acts : oldest first.
    version : what serves now.
    """
    line: list[str] = []
    for act in (one for one in acts if one.action in SERVING):
        if act.action == ROLLED_BACK and act.version in line:
            line = _up_to(line, act.version)
            continue
        if act.before is not None and (not line or line[-1] != act.before):
            line = _up_to(line, act.before) if act.before in line else [*line, act.before]
        if not line or line[-1] != act.version:
            line.append(act.version)
    line = _up_to(line, version) if version in line else []
    return line[-2] if len(line) > 1 else None


def _up_to(line: list[str], version: str) -> list[str]:
    """The line cut after the last time that a version served."""
    return line[: len(line) - line[::-1].index(version)]


def _hash(lines: Sequence[str]) -> str:
    return hashlib.sha256(lines[-1].encode()).hexdigest() if lines else START
