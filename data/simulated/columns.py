"""Simulated values as canonical columns: days, instants, record numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data.contracts import TABLES

EPOCH = date(1970, 1, 1)
A_DAY = 86_400
Array = npt.NDArray[Any]

_GOLDEN, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_KINDS = ("activity", "post", "reply", "thanks", "attempt", "assignment", "answer", "attendance", "slot", "contact")


def day_number(day: date) -> int:
    """Return a day as a number, as Arrow counts them."""
    return (day - EPOCH).days


def days_of(numbers: Array, known: Array | None = None) -> pa.Array:
    """Return day numbers as dates, null where not known."""
    values = np.asarray(numbers, np.int32)
    return pa.array(values, pa.int32(), mask=None if known is None else ~known).cast(pa.date32())


def instants_of(days: Array, seconds: Array) -> pa.Array:
    """Return instants, in seconds after midnight UTC of each day."""
    at = (np.asarray(days, np.int64) * A_DAY + seconds) * 1_000_000
    return pa.array(at, pa.int64()).cast(pa.timestamp("us", tz="UTC"))


def words_of(codes: Array, words: Sequence[str]) -> pa.Array:
    """Return the word of each code."""
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(words, pa.string())).cast(pa.string())


def record_numbers(kind: str, owner: Array, ordinal: Array) -> Array:
    """Return the 63-bit number of each record: a mix (splitmix64) of its owner's pseudonym, its kind and its ordinal.

    Not keyed: the owner is a keyed pseudonym, and is in the record anyway.
    """
    salt = np.uint64((_KINDS.index(kind) + 1) << 40)
    with np.errstate(over="ignore"):
        x = owner.astype(np.uint64) + (np.asarray(ordinal).astype(np.uint64) + salt) * np.uint64(_GOLDEN)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(_FIRST)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(_SECOND)
    mixed: Array = ((x ^ (x >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)
    return mixed


def chance(log_odds: Array) -> Array:
    """Return the probability of log-odds."""
    odds: Array = 1 / (1 + np.exp(-log_odds))
    return odds


def canonical(name: str, columns: Mapping[str, Any], keep: Array | None = None) -> pa.Table:
    """Return a canonical table, the columns not given being null, cut to the rows to keep."""
    size = len(next(iter(columns.values())))
    arrays = [
        _exact(columns[field.name], field.type) if field.name in columns else pa.nulls(size, field.type)
        for field in TABLES[name].schema
    ]
    table = pa.table(arrays, names=list(TABLES[name].names))
    return table if keep is None or keep.all() else table.filter(pa.array(keep))


def _exact(values: Any, wanted: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values if values.type == wanted else values.cast(wanted)
    return pa.array(values, wanted)
