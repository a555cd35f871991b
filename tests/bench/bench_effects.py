"""What is said of contacts beside the simulator's truth: `python -m tests.bench.bench_effects [--only NAME] [WORLDS]`.

Prints one line a kind of world, which `docs/effects.jsonl` keeps and `docs/effects.md` is written from.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.simulated.plan import Plan, Shift
from monitoring.effects import ESTIMATED, Effect, effect
from tests.bench.effects_worlds import HIDDEN, SEEN, Lived, lived, share_before
from tests.bench.machine import machine

FIRST_SEED = 1000
DRAWN = Plan(sessions=1, learners=600, weeks=20, actions="random", contact_rate=0.1)
CHOSEN = replace(DRAWN, learners=1500, actions="at_risk")


@dataclass(frozen=True)
class Kind:
    """A kind of world: `before` is what it was before there were contacts, where that is not the same people."""

    plan: Plan
    known: tuple[str, ...] = SEEN
    worlds: int = 400
    people: float = 0.0

    @property
    def drawn(self) -> bool:
        """Whether the order of contacts was drawn at random."""
        return self.plan.actions == "random"

    def of(self, seed: int) -> Plan:
        """Return one world of this kind: its people more engaged, or less, than those before."""
        shift = Shift(self.plan.first_on, self.people) if self.people else None
        return replace(self.plan, seed=FIRST_SEED + seed, shift=shift)

    def earlier(self, seed: int) -> Plan:
        """Return the world before: other people, nobody contacted."""
        return replace(self.plan, seed=FIRST_SEED + seed + 500_000, actions="none")


KINDS = {
    "drawn, contacts help": Kind(DRAWN, worlds=1000),
    "drawn, contacts change nothing": Kind(replace(DRAWN, contact_strength=0.0), worlds=1000),
    "chosen, contacts help": Kind(CHOSEN, worlds=1200),
    "chosen, contacts change nothing": Kind(replace(CHOSEN, contact_strength=0.0), worlds=1200),
    "chosen, contacts help, people less engaged than before": Kind(CHOSEN, worlds=200, people=0.5),
    "chosen, contacts change nothing, people more engaged than before": Kind(
        replace(CHOSEN, contact_strength=0.0), worlds=200, people=-0.5
    ),
    "chosen for a reason written nowhere": Kind(CHOSEN, known=HIDDEN, worlds=200),
    "chosen, few learners": Kind(replace(CHOSEN, learners=80), worlds=200),
}


def told(name: str, kind: Kind, worlds: int) -> dict[str, Any]:
    """Return what is said over many worlds of a kind; shares of abandonment, in points."""
    found = [lived(kind.of(seed), kind.known, drawn=kind.drawn) for seed in range(worlds)]
    said = [effect(one.cases) for one in found]
    before = [share_before(kind.earlier(seed)) for seed in range(worlds)]
    after = [float(one.cases.abandoned.mean()) for one in found]
    return {
        "name": name, "worlds": worlds, "learners": kind.plan.learners, "weeks": kind.plan.weeks,
        **_against(found, said), "before_after": _points(np.subtract(after, before)), **machine(),
    }  # fmt: skip


def _against(found: list[Lived], said: list[Effect]) -> dict[str, Any]:
    """Return the estimates against the truth of that kind of world, those that were not made counted."""
    made = [one for one in said if one.verdict == ESTIMATED]
    true = float(np.mean([one.difference for one in found]))
    common = {
        "method": said[0].method, "estimated": len(made), "true": round(100 * true, 3),
        "risk": _points([one.without for one in found]), "naive": _points([one.naive for one in said]),
        "cases": round(float(np.mean([one.n for one in said]))),
        "abandonments": round(float(np.mean([one.n_abandoned for one in said]))),
    }  # fmt: skip
    if not made:
        return common
    low, high = (np.array([getattr(one, end) for one in made]) for end in ("low", "high"))
    return {
        **common,
        "estimate": _points([one.difference for one in made]),
        "bias": round(_points([one.difference for one in made]) - common["true"], 3),
        "spread": round(100 * float(np.std([one.difference for one in made])), 3),
        "coverage": round(float(((low <= true) & (true <= high)).mean()), 4),
        "helps": round(float((high < 0).mean()), 4),
        "harms": round(float((low > 0).mean()), 4),
        "e_value": round(float(np.median([one.e_value for one in made])), 2),
        "e_value_limit": round(float(np.median([one.e_value_limit for one in made])), 2),
    }


def _points(shares: Any) -> float:
    return round(100 * float(np.mean(shares)), 3)


def main() -> None:
    """Print one line a kind of world asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("worlds", type=int, nargs="?", help="Worlds of each kind; each kind has its own number.")
    asked.add_argument("--only", choices=sorted(KINDS), action="append")
    given = asked.parse_args()
    for name in given.only or KINDS:
        print(json.dumps(told(name, KINDS[name], given.worlds or KINDS[name].worlds)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
