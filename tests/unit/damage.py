"""Random damage to JSON: values of every wrong kind put anywhere, always the same for a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

WRONG = (
    None, True, 0, -5, 10**30, 1.5, float("inf"), "", "x", "2026-13-45T99:00:00Z", "\x00\ud800", [], [1], [[]], {},
    {"a": 1}, [{"id": []}], "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9+14:00", "1e400",
)  # fmt: skip


def seeded(seed: int) -> random.Random:
    """Return chances that are the same each time."""
    return random.Random(seed)  # noqa: S311


def damaged(told: Any, chance: random.Random, times: int = 3) -> Any:
    """Return a copy with some of its values replaced or taken away."""
    whole = {"all": deepcopy(told)}
    for _ in range(times):
        *way, last = chance.choice(list(_places(whole)))
        held: Any = whole
        for step in way:
            held = held[step]
        if way and chance.random() < 0.2:
            del held[last]
        else:
            held[last] = deepcopy(chance.choice(WRONG))
    return whole["all"]


def _places(held: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = held if isinstance(held, dict) else range(len(held)) if isinstance(held, list) else ()
    for step in steps:
        yield (*way, step)
        yield from _places(held[step], (*way, step))
