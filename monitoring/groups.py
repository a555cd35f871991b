"""How the scores turn out for each course and each group of learners; what is said of few people is not said. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitoring.performance import Performance, measured

if TYPE_CHECKING:
    import pandas as pd

FEWEST_PEOPLE = 5
"""People under which a group is not counted; and under which, on either side of the label, no figure is told of it."""


@dataclass(frozen=True)
class Group:
    """A group's learners and figures; without `found`, it is too small to be told, or would give a smaller one away.

    Its figures are those of `Performance`, none where there are too few labels.
    """

    found: Performance | None = None
    people: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain types only; how many left is not told where no figure is."""
        if self.found is None:
            return {"hidden": True, "people": None, "n": None, "n_positive": None, "figures": {}}
        told = self.found.as_json()
        return {**told, "hidden": False, "people": self.people} | ({} if self.found.enough else {"n_positive": None})


def by_group(rows: pd.DataFrame, column: str, *, horizon_days: int) -> dict[str, Group]:
    """Measure each group apart, by name; a learner of whom the column is not known is in none.

    Groups of fewer than five people are hidden, and the next smallest with them until nobody can subtract their way
    back: two groups at least, and five people (docs/decisions/0027).

    Parameters
    ----------
    rows : enrolment_id, learner_id, session_id, probability, label (1, 0, or NaN: left out), and the column.
    """
    known = rows[rows["label"].notna() & rows[column].notna()]
    parts = {str(name): own for name, own in known.groupby(column, sort=True)}
    people = {name: int(own["learner_id"].nunique()) for name, own in parts.items()}
    hidden = too_few(people)
    return {
        name: Group() if name in hidden else Group(_measured(own, horizon_days), people[name])
        for name, own in parts.items()
    }


def too_few(people: Mapping[str, int]) -> frozenset[str]:
    """Return the groups that are not told, from the number of people in each."""
    ordered = sorted(people, key=lambda name: (people[name], name))
    hidden = [name for name in ordered if people[name] < FEWEST_PEOPLE]
    while hidden and len(hidden) < len(ordered) and _gives_away(people, hidden):
        hidden.append(ordered[len(hidden)])
    return frozenset(hidden)


def _gives_away(people: Mapping[str, int], hidden: list[str]) -> bool:
    """Whether a total, less what is shown, would tell of too few people."""
    return len(hidden) < 2 or sum(people[name] for name in hidden) < FEWEST_PEOPLE


def _measured(own: pd.DataFrame, horizon_days: int) -> Performance:
    """Measure a group; its counts alone where too few people are on a side: rows repeat a learner day after day."""
    found = measured(own, horizon_days=horizon_days)
    left = own.loc[own["label"] == 1, "learner_id"].nunique()
    stayed = own.loc[own["label"] == 0, "learner_id"].nunique()
    if min(left, stayed) >= FEWEST_PEOPLE:
        return found
    return Performance(found.horizon_days, found.n, found.n_positive, found.n_sessions)
