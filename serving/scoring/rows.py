"""Rows of features that a program sends: checked against the champion's inputs, scored, with reasons when asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from serving.problems import Refusal, RefusedError
from serving.scoring.champion import Champion
from serving.scoring.policy import MIN_CONTRIBUTION, Reason
from serving.scoring.service import teller

Row = Mapping[str, float | str | None]
LARGEST = 1.7e308
NUMBERS = frozenset({float, int, type(None)})
MOST_TOLD = 100
"""Refusals told at once."""
TEXT = "string"
NUMBER_WANTED, TEXT_WANTED = "a finite number, or null where it is not known", "a text, or null where it is not known"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


class RowsError(RefusedError):
    """Rows lack an input of the model, have one that it does not read, or one that is no number; no value is told."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("the rows are not what the model reads", accepted="each of its inputs, by name")
        self.refusals = list(refusals)


@dataclass(frozen=True)
class ScoredRow:
    """A row's calibrated probability, and why; no reasons where none were asked."""

    probability: float
    reasons: tuple[Reason, ...] = ()


class RowScorer:
    """The champion, ready for rows of features by name.

    Parameters
    ----------
    champion : its numbers are those of `filrouge score`, to the last bit.
    """

    def __init__(self, champion: Champion) -> None:
        self.champion = champion
        self.inputs = {name: champion.signature.get(name, "double") for name in champion.inputs}
        self._texts = frozenset(name for name, kind in self.inputs.items() if kind == TEXT)
        self._told, self._features = teller(champion), frozenset(champion.features)

    def score(self, rows: Sequence[Mapping[str, Any]], *, reasons: bool = False) -> list[ScoredRow]:
        """Return each row's score.

        Raises
        ------
        RowsError : some rows are not what the model reads.
        """
        wrong = [one for at, row in enumerate(rows) if not self._fits(row) for one in self._refused(at, row)]
        if wrong:
            raise RowsError(wrong[:MOST_TOLD])
        probabilities, names, weights = self.champion.score(rows, reasons=reasons)
        if weights is None:
            return [ScoredRow(one) for one in probabilities.tolist()]
        told = (self._reasons(names, row, weight) for row, weight in zip(rows, weights, strict=True))
        return [ScoredRow(p, why) for p, why in zip(probabilities.tolist(), told, strict=True)]

    def _reasons(self, names: list[str], row: Row, weights: Any) -> tuple[Reason, ...]:
        """Return a row's reasons: features of the champion that weigh, heard with no week before."""
        heavy = [at for at in np.flatnonzero(weights >= MIN_CONTRIBUTION) if names[at] in self._features]
        values = np.array([row[names[at]] for at in heavy], dtype=float)
        return self._told([names[at] for at in heavy], values, np.full(len(heavy), np.nan), weights[heavy])

    def _fits(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is right."""
        return self._plainly_fits(row) or self._each_fits(row)

    def _plainly_fits(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is right beyond doubt, said fast: most are."""
        if row.keys() != self.inputs.keys() or not all(type(row[name]) in (str, type(None)) for name in self._texts):
            return False
        numbers = [value for name, value in row.items() if name not in self._texts] if self._texts else row.values()
        try:
            return NUMBERS.issuperset(map(type, numbers)) and isfinite(sum(filter(None, numbers)))
        except OverflowError:
            return False

    def _each_fits(self, row: Mapping[str, Any]) -> bool:
        return row.keys() == self.inputs.keys() and all(
            value is None
            or (type(value) in (float, int) and -LARGEST <= value <= LARGEST and name not in self._texts)
            or (type(value) is str and name in self._texts)
            for name, value in row.items()
        )

    def _refused(self, at: int, row: Mapping[str, Any]) -> Iterator[Refusal]:
        """Yield what is wrong with a row, by the names of its inputs."""
        for name, value in row.items():
            if name not in self.inputs:
                place = f"rows.{at}.{name}" if _NAME.fullmatch(name) else f"rows.{at}"
                yield Refusal(where=place, what=f"not an input; accepted: the {len(self.inputs)} of the model")
            elif not self._fits({**dict.fromkeys(self.inputs), name: value}):
                what = TEXT_WANTED if name in self._texts else NUMBER_WANTED
                yield Refusal(where=f"rows.{at}.{name}", what=f"not accepted as it is; accepted: {what}")
        for name in self.inputs:
            if name not in row:
                what = TEXT_WANTED if name in self._texts else NUMBER_WANTED
                yield Refusal(where=f"rows.{at}.{name}", what=f"missing; accepted: {what}")
