"""What several batches say together, so that they make one import. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from data.sources.plain import TABLES

Row = Mapping[str, Any]
Tables = Mapping[str, list[Row]]


def merged(batches: Iterable[Tables]) -> Iterator[tuple[str, Row]]:
    """Yield the rows of batches, in the order of `plain.TABLES`, as if each batch were imported after the last.

    A row whose key comes again says it better: the last one is kept. Where rows have no key (actions), the same row in
    two batches is one record told twice; twice in one batch, it is two.
    """
    told = list(batches)
    for table, plain in TABLES.items():
        rows = [batch.get(table, []) for batch in told]
        yield from ((table, row) for row in (_last(rows, plain.raw.key) if plain.raw.key else _once(rows)))


def _last(batches: Iterable[Iterable[Row]], key: tuple[str, ...]) -> Iterator[Row]:
    kept: dict[tuple[str | int, ...], Row] = {}
    for rows in batches:
        mine: Counter[tuple[str, ...]] = Counter()
        for row in rows:
            place = tuple(str(row.get(name)) for name in key)
            mine[place] += 1
            kept[(*place, mine[place])] = row
    yield from kept.values()


def _once(batches: Iterable[Iterable[Row]]) -> Iterator[Row]:
    most: Counter[str] = Counter()
    for rows in batches:
        most |= Counter(json.dumps(row, sort_keys=True) for row in rows)
    for told in most.elements():
        yield json.loads(told)
