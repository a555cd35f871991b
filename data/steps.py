"""Which steps of a run are already done, so that the same command repeats nothing."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CODE = {".py", ".toml"}
"""Endings of the files that are code."""


@dataclass(frozen=True)
class Step:
    """One step as it went; `seconds` is 0 when it was already done."""

    name: str
    seconds: float
    repeated: bool
    result: dict[str, Any]


@dataclass
class Steps:
    """A ledger of steps in one JSON file.

    A step is done when it was recorded with the same fingerprint: a hash of its own
    inputs and of the code. A damaged or absent file only means that steps run again.
    """

    path: Path
    code: str
    announce: Callable[[Step], None] = lambda _: None
    done: list[Step] = field(default_factory=list)

    def run(self, name: str, inputs: object, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Run `work` unless it was done with the same inputs; return its (JSON) result."""
        fingerprint = hashlib.sha256(json.dumps([self.code, inputs], sort_keys=True, default=str).encode()).hexdigest()
        kept = self._recorded().get(name, {})
        if kept.get("fingerprint") == fingerprint:
            return self._end(Step(name, 0.0, True, kept["result"]))
        start = time.perf_counter()
        result = work()
        step = Step(name, round(time.perf_counter() - start, 2), False, result)
        self._record(name, {"fingerprint": fingerprint, "result": result})
        return self._end(step)

    def _end(self, step: Step) -> dict[str, Any]:
        self.done.append(step)
        self.announce(step)
        return step.result

    def _recorded(self) -> dict[str, Any]:
        try:
            recorded = json.loads(self.path.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return recorded if isinstance(recorded, dict) else {}

    def _record(self, name: str, entry: dict[str, Any]) -> None:
        recorded = {**self._recorded(), name: entry}
        with written_whole(self.path) as partial:
            partial.write_text(json.dumps(recorded, ensure_ascii=False, indent=1, default=str), encoding="utf-8")


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a path beside `path`; it takes its place when the block ends well, so no reader sees half a file."""
    partial = path.with_name(path.name + ".part")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def code_fingerprint(folders: list[Path]) -> str:
    """Return a hash of the Python and TOML files under some folders; a file counts too."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in [folder] if folder.is_file() else sorted(p for p in folder.rglob("*") if p.suffix in CODE):
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
