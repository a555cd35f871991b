"""Which enrolments a seed draws, and among which: pure, so that anybody finds the same ones by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

LARGEST_SEED = 2**31 - 1
MOST_DRAWN = 200
YEAR = timedelta(days=364)
"""From the first day to the last of the days told when nobody chose them."""


@dataclass(frozen=True)
class Wish:
    """A draw asked for: how many, by which seed, among the enrolments of which days; `alerted`: with an alert only."""

    n: int
    seed: int
    from_on: date
    until_on: date
    alerted: bool = False


@dataclass(frozen=True)
class Stay:
    """When an enrolment was there; `ended_on` is None when it has not ended, or when its source gives no date."""

    started_on: date
    planned_end_on: date
    ended_on: date | None
    outcome: str


def mark_of(seed: int, enrolment_id: int) -> str:
    """Return what orders an enrolment in a draw: the SHA-256 of `seed|enrolment id`, in hexadecimal.

    >>> mark_of(7, 42)[:12]
    '0e7f0b76d197'
    """
    return hashlib.sha256(f"{seed}|{enrolment_id}".encode()).hexdigest()


def draw(frame: Iterable[int], *, seed: int, n: int) -> tuple[int, ...]:
    """Return the first `n` enrolments of a frame in the order of their marks; all of them when there are fewer.

    The order of two enrolments depends on the seed and on them alone: one more in the frame never reorders the others.
    """
    return tuple(sorted(set(frame), key=lambda one: (mark_of(seed, one), one))[:n])


def digest_of(frame: Collection[int]) -> str:
    """Return the SHA-256 of a frame: its ids in decimal, in order, one a line."""
    return hashlib.sha256("\n".join(str(one) for one in sorted(set(frame))).encode()).hexdigest()


def active(stay: Stay, from_on: date, until_on: date) -> bool:
    """Whether an enrolment was there on one of the days, both included.

    One that ended on a day its source does not give is taken to have ended on the day planned.
    """
    end = stay.ended_on or (None if stay.outcome == "ongoing" else stay.planned_end_on)
    return stay.started_on <= until_on and (end is None or end >= from_on)


def days_until(day: date) -> tuple[date, date]:
    """Return the days that are told when nobody chose them: the 365 that end with a day."""
    return day - YEAR, day


def seed_of(day: date) -> int:
    """Return the seed that serves when nobody chose one: the day, as 20260615.

    >>> seed_of(date(2026, 6, 15))
    20260615
    """
    return day.year * 10_000 + day.month * 100 + day.day
