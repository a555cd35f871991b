"""Who could have been contacted when, who was, and who abandoned since: from rows of records to cases. Pure.

Two designs want two moments:

- people chose: the learner is watched for a few days after the alert, in which a contact begins or does not, and what
  follows is counted from the end of those days, among those still there. Counted from the alert, whoever was contacted
  on the sixth day would have had to stay six days (immortal time);
- the order was drawn: from the draw on, whatever was done afterwards.

In both, a case counts only when its whole horizon is over by what is known, whether its learner left or not. An
enrolment that the records do not have, or abandoned on a day nobody knows, is no case: it is not taken for staying.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitoring.doubly_robust import Flags
from monitoring.effects import UNKNOWN, Cases

ABANDONED = "abandoned"
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Rule:
    """When a contact counts, in days.

    Parameters
    ----------
    horizon : for how long what follows is looked at.
    window : after the alert, in which a contact begins or does not.
    rested : without any contact before the alert: a learner who is being helped is not waiting for help.
    """

    horizon: int = 28
    window: int = 7
    rested: int = 28


@dataclass(frozen=True)
class Followed:
    """What is known of those who could be contacted, as rows.

    Parameters
    ----------
    alerts : enrolment_id, learner_id, opened_on, then what was known that day, a column each (numbers, null: NaN).
    contacts : enrolment_id, contacted_on; repeated or not.
    enrolments : enrolment_id, started_on, ended_on (null: under way, or on a day that nobody knows), outcome.
    draws : enrolment_id, learner_id, decided_on, first (bool), chance; empty where nothing was drawn.
    until : the last day known.
    """

    alerts: pd.DataFrame
    contacts: pd.DataFrame
    enrolments: pd.DataFrame
    draws: pd.DataFrame
    until: date


NOT_KNOWN_BEFORE = ("enrolment_id", "learner_id", "opened_on")


def chosen_cases(found: Followed, rule: Rule) -> Cases:
    """Return the alerts that people could answer, contacted or not within the rule's window."""
    on, enrolment = _days(found.alerts["opened_on"]), found.alerts["enrolment_id"].to_numpy(np.int64)
    from_on = on + rule.window
    ended, left, known = _exits(found.enrolments, enrolment)
    kept = known & _over(from_on, found.until, rule) & ~(ended < from_on)
    kept &= ~_contacted(found, enrolment, on - rule.rested, on)
    names = [name for name in found.alerts.columns if name not in NOT_KNOWN_BEFORE]
    every = Cases(
        found.alerts["learner_id"].to_numpy(np.int64),
        _contacted(found, enrolment, on, from_on),
        left & (ended < from_on + rule.horizon),
        found.alerts[names].to_numpy(np.float64, na_value=np.nan),
    )
    return every.some(kept)


def drawn_cases(found: Followed, rule: Rule) -> Cases:
    """Return the enrolments whose order was drawn, put first or not, from the draw on."""
    on, enrolment = _days(found.draws["decided_on"]), found.draws["enrolment_id"].to_numpy(np.int64)
    ended, left, known = _exits(found.enrolments, enrolment)
    every = Cases(
        found.draws["learner_id"].to_numpy(np.int64), found.draws["first"].to_numpy(bool),
        left & (ended >= on) & (ended < on + rule.horizon), np.empty((len(on), 0)),
        found.draws["chance"].to_numpy(np.float64),
    )  # fmt: skip
    return every.some(known & _over(on, found.until, rule) & ~(ended < on))


def before_after(found: Followed, rule: Rule) -> float:
    """Return the plain change of the share who abandon within the horizon, since the first contact ever made.

    Of all enrolments under way each week. NaN without a contact, or with nothing known before it. It misleads: people,
    courses and seasons change too.
    """
    if found.contacts.empty or found.enrolments.empty:
        return UNKNOWN
    first, started = _days(found.contacts["contacted_on"]).min(), _days(found.enrolments["started_on"])
    ended = _days(found.enrolments["ended_on"])
    left = (found.enrolments["outcome"] == ABANDONED).to_numpy()
    counts = {True: np.zeros(2), False: np.zeros(2)}
    for week in np.arange(started.min() + 7, np.datetime64(found.until) - rule.horizon + 1, 7):
        there = (started <= week) & ~(ended <= week)
        gone = there & left & (ended <= week + rule.horizon)
        counts[bool(week >= first)] += gone.sum(), there.sum()
    if not counts[True][1] or not counts[False][1]:
        return UNKNOWN
    return float(counts[True][0] / counts[True][1] - counts[False][0] / counts[False][1])


def _over(from_on: Days, until: date, rule: Rule) -> Flags:
    over: Flags = from_on + rule.horizon <= np.datetime64(until)
    return over


def _days(values: pd.Series) -> Days:
    return pd.to_datetime(values).to_numpy().astype("datetime64[D]")


def _exits(enrolments: pd.DataFrame, enrolment: npt.NDArray[np.int64]) -> tuple[Days, Flags, Flags]:
    """Return the day each enrolment ended (not a time: under way), whether by an abandonment, whether that is known."""
    found = enrolments.drop_duplicates("enrolment_id").set_index("enrolment_id").reindex(enrolment)
    ended, outcome = _days(found["ended_on"]), found["outcome"]
    known = outcome.notna() & ~((outcome == ABANDONED) & np.isnat(ended))
    return ended, (outcome == ABANDONED).to_numpy(bool), known.to_numpy(bool)


def _contacted(found: Followed, enrolment: npt.NDArray[np.int64], since: Days, before: Days) -> Flags:
    """Tell which enrolments were contacted from a day on and before another."""
    asked = pd.DataFrame({"enrolment_id": enrolment, "place": np.arange(len(enrolment))})
    made = pd.DataFrame({
        "enrolment_id": found.contacts["enrolment_id"].to_numpy(np.int64), "on": _days(found.contacts["contacted_on"]),
    })  # fmt: skip
    pairs = asked.merge(made, on="enrolment_id")
    place, on = pairs["place"].to_numpy(), _days(pairs["on"])
    flags = np.zeros(len(enrolment), bool)
    flags[place[(on >= since[place]) & (on < before[place])]] = True
    return flags
