"""When a session sinks together: one signal to its course lead rather than twenty alerts. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from serving.alerts.kinds import SUDDEN_SILENCE
from serving.alerts.policy import ENOUGH_DAYS, Candidate, Limits, mean_risk, trend

SHARE, FEWEST = 3, 5
SIGNAL_LASTS = timedelta(days=14)
"""For how long the signal of a session stands for the alerts of those who sink with it."""


@dataclass(frozen=True)
class Sunk:
    """Of a session: who sinks, among how many."""

    sinking: tuple[int, ...]
    followed: int


def sinkers(candidates: Iterable[Candidate], *, limits: Limits) -> dict[str, Sunk]:
    """Return who sinks in each session, among how many.

    A learner sinks whose risk speaks and rose since a week before, or who fell silent within the last two weeks.
    """
    everyone = list(candidates)
    floor = limits.lift * mean_risk(everyone)
    sessions: dict[str, list[Candidate]] = {}
    for one in everyone:
        sessions.setdefault(one.session_id, []).append(one)
    return {
        session_id: Sunk(tuple(sorted(c.enrolment_id for c in people if _sinks(c, floor))), len(people))
        for session_id, people in sorted(sessions.items())
    }


def together(sunk: Sunk) -> bool:
    """Whether a session sank together: a third of its learners at least, and five."""
    return len(sunk.sinking) >= FEWEST and SHARE * len(sunk.sinking) >= sunk.followed


def sink(
    candidates: Iterable[Candidate], told: Collection[str], still_open: Collection[str], *, limits: Limits,
    quiet: Collection[str] = (),
) -> tuple[dict[str, Sunk], frozenset[int]]:  # fmt: skip
    """Return the sessions that sink together and were not told yet, and whose alerts the open signals stand for.

    Parameters
    ----------
    told : sessions whose course lead was told within `SIGNAL_LASTS`, or has not closed the signal yet: not told again.
    still_open : those of them whose signal is open and no older; after it, each learner's alerts are their own again.
    quiet : sessions whose source has gone quiet: they are not believed.
    """
    fresh: dict[str, Sunk] = {}
    sinking: set[int] = set()
    for session_id, sunk in sinkers(candidates, limits=limits).items():
        if session_id not in told and session_id not in quiet and together(sunk):
            fresh[session_id] = sunk
        if session_id in still_open or session_id in fresh:
            sinking |= set(sunk.sinking)
    return fresh, frozenset(sinking)


def _sinks(one: Candidate, floor: float) -> bool:
    rose = one.before is not None and trend(one.probability, one.before) == "up" and one.probability >= floor
    silent = any(signal.kind == SUDDEN_SILENCE for signal in one.signals)
    return rose or (silent and (one.silent_days or 0) <= ENOUGH_DAYS)
