"""What an unfinished run has already fitted, kept by run key, so that a run killed in the middle goes on from there.

Feature tables are kept apart (`home.features`, by content). What is kept here is one JSON file a stage: the choices
of tuning, and each fitted level. No row and no learner is in it. It is removed when the run is registered.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.home import make_private
from data.steps import written_whole

Stage = dict[str, Any]
Once = Callable[[str, Callable[[], Stage]], Stage]
"""Called with a stage's name and what makes it; returns it, made now or read back. A stage is plain JSON."""


def straight(_: str, make: Callable[[], Stage]) -> Stage:
    """Make the stage, and keep nothing."""
    return make()


@dataclass
class Unfinished:
    """The stages of one run: `made` counts those of this process, `reused` those read back."""

    folder: Path
    made: int = 0
    reused: int = 0

    def stage(self, name: str, make: Callable[[], Stage]) -> Stage:
        """Return a stage, made unless it was kept; a file that is damaged only means that it is made again."""
        path = self.folder / f"{name}.json"
        try:
            kept: Stage = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            kept = self._write(path, make())
            self.made += 1
        else:
            self.reused += 1
        return kept

    def part(self, name: str) -> Once:
        """Return the same for one part of the run: its stages have names of their own."""
        return lambda stage, make: self.stage(f"{name}-{stage}", make)

    def finished(self) -> None:
        """Remove what was kept: the run is registered."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, path: Path, stage: Stage) -> Stage:
        make_private(self.folder)
        with written_whole(path) as partial:
            partial.write_text(json.dumps(stage), encoding="utf-8")
        return stage
