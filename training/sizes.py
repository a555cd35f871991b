"""How small the trees can be: sizes of model beside the large one, on the terms of OULAD that come before the test.

python -m training.sizes HOME                  # both tasks
python -m training.sizes HOME withdrawn_28d

HOME holds OULAD; 2014J is dropped first, as in `development`, whose readings these are.
A size is so many seeds of so many rounds at a step. Fewer seeds and rounds are read off the same boosters; every
size of one reading is beside the same large model, with paired intervals by session and learner. What reasons
cost is the CPU time of LightGBM's own contributions, one thread, on a part of the rows, told for 32,000.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training import development
from training.development import READINGS, TASKS, Grown, Reading, Variant
from training.metrics import Array

SEEDS = (1, 2, 3, 4, 5)
TOLD, TIMED = 32_000, 1_000
"""Rows that the cost is told for, and rows that it is measured on."""


@dataclass(frozen=True)
class Size:
    """So many seeds of so many rounds, at a step of learning."""

    seeds: int
    rounds: int
    step: float = 0.12

    @property
    def trees(self) -> int:
        """How many trees there are in all."""
        return self.seeds * self.rounds

    def __str__(self) -> str:
        """As the table names it."""
        return f"{self.seeds} × {self.rounds}, step {self.step:g}"


LARGE = Size(5, 260)
"""What served before: five seeds of 230 to 290 rounds."""
SIZES = (
    LARGE, Size(5, 120), Size(5, 60), Size(3, 260), Size(3, 100), Size(2, 100), Size(1, 260), Size(1, 100),
    Size(5, 100, 0.3), Size(5, 60, 0.3), Size(3, 100, 0.3), Size(3, 60, 0.3),
    Size(5, 60, 0.5), Size(5, 40, 0.5), Size(3, 60, 0.5), Size(3, 40, 0.5),
)  # fmt: skip


def seconds_of_reasons(made: Grown, size: Size) -> float:
    """Return the CPU seconds that the contributions of `TOLD` rows take, measured on `TIMED` of them."""
    part, start = made.x[:TIMED], time.process_time()
    for booster in made.boosters[: size.seeds]:
        booster.predict(part, pred_contrib=True, num_threads=1, num_iteration=size.rounds)
    return (time.process_time() - start) * TOLD / len(part)


def scores(found: Reading, sizes: Sequence[Size]) -> Iterator[tuple[Size, Array, float]]:
    """Yield each size's log-odds of the rows read, and the seconds of its reasons; a step is grown once."""
    label = development.label_of(found.fit)
    for step in dict.fromkeys(size.step for size in sizes):
        own = [size for size in sizes if size.step == step]
        most = Variant(parameters={"learning_rate": step}, rounds=max(size.rounds for size in own))
        made = development.grown(most, found, label, SEEDS[: max(size.seeds for size in own)])
        for size in own:
            yield size, made.score(seeds=size.seeds, rounds=size.rounds), seconds_of_reasons(made, size)


def table(found: Mapping[str, Reading], task: str, sizes: Sequence[Size] = SIZES) -> Iterator[str]:
    """Yield the Markdown table of a task, a line once it is known; the first size is the one compared with."""
    columns = ("roc_auc", "pr_auc", "log_loss")
    yield (
        f"| {task}: seeds × rounds | reading | trees | {' | '.join(columns)} | ROC AUC against the large"
        " | PR-AUC against the large | reasons of 32,000, CPU s |"
    )
    yield "|---|---|" + "--:|" * (len(columns) + 4)
    for where, one in found.items():
        large: Array | None = None
        for size, score, seconds in scores(one, sizes):
            gaps = (
                ["", ""] if large is None else [_told(gap) for gap in development.against(one, large, score).values()]
            )
            large = score if large is None else large
            told = development.figures(one, score)
            cells = [str(size), where, f"{size.trees:,}", *(f"{told[c]:.4f}" for c in columns), *gaps, f"{seconds:.1f}"]
            yield f"| {' | '.join(cells)} |"


def _told(gap: Any) -> str:
    return f"{gap.value:+.4f} ({gap.low:+.4f} to {gap.high:+.4f})"


def main(arguments: Sequence[str]) -> None:
    """Print the table of each task."""
    home, *asked = arguments
    for task in asked or TASKS:
        rows, features = development.read_rows(Path(home), task)
        found = {name: development.reading(rows, features, name) for name in READINGS}
        for line in table(found, task):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
