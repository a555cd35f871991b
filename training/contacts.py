"""Who was helped: labels that a mentor's contact may have changed are taken out, and the rest stays a fair sample.

A learner who was contacted and stayed might have left: a model taught that label learns that help is harmless. One who
was contacted and left all the same tells as little of what happens without a contact. Both lose their label. Leavers
are then too many among the rows left, since who leaves early cannot be contacted any more: each is kept with the
chance that a stayer like them had of not being contacted later (Kaplan and Meier 1958, within strata of risk), so that
the share of leavers is that of learners nobody contacts (censoring weights: Robins and Finkelstein 2000, by thinning).

Any action counts, whatever came of it: who is called depends on what was seen, which features know; who answers does
not. Everything is pure. Assumption: within a stratum, who is contacted on a day depends on nothing else that tells of
leaving.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.labels import Days, to_days

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
NEVER = np.iinfo(np.int64).max
STRATA, SMALLEST = 10, 200
"""Strata of risk at most, and rows that each has at least."""


@dataclass(frozen=True)
class Followed:
    """Rows as they were followed, in days counted from the as-of day.

    `over` is the day the label's window is over, or the learner left: nobody is contacted from then on; `window` is
    when it is over for who stays. `contacted` is the first contact's day before `over`, `NEVER` when there is none.
    """

    window: npt.NDArray[np.int64]
    over: npt.NDArray[np.int64]
    contacted: npt.NDArray[np.int64]

    @property
    def helped(self) -> Mask:
        """Whether a contact came before the learner left or the window was over."""
        found: Mask = self.contacted < NEVER
        return found


def follow(rows: pd.DataFrame, contacts: pd.DataFrame, *, before_days: int = 0) -> Followed:
    """Return how long each row was followed, and when it was first contacted.

    Parameters
    ----------
    rows : enrolment_id, as_of_on, label, label_until, abandoned_on.
    contacts : enrolment_id, contacted_on; any order, repeated or not.
    before_days : contacts so many days before the as-of day count too. None by default: learners who have just been
        helped are scored as well, and the features of both look alike.

    Notes
    -----
    A contact on the very day the learner left came too late, or is how the exit was known: it does not count.
    """
    as_of = to_days(rows["as_of_on"].to_numpy())
    window = np.maximum((to_days(rows["label_until"].to_numpy()) - as_of).astype(np.int64) + 1, 0)
    abandoned = to_days(rows["abandoned_on"].to_numpy())
    left = np.where(np.isnat(abandoned), NEVER, (abandoned - as_of).astype(np.int64))
    over = np.maximum(np.minimum(window, left), 0)
    first = _first_contact(rows["enrolment_id"].to_numpy(), as_of, contacts, before_days)
    return Followed(window, over, np.where(first < over, first, NEVER))


def _first_contact(
    enrolment: npt.NDArray[np.int64], as_of: Days, contacts: pd.DataFrame, before_days: int
) -> npt.NDArray[np.int64]:
    """Return the days from each as-of day to the first contact that is not too early, `NEVER` when none follows."""
    given = pd.DataFrame({
        "enrolment_id": contacts["enrolment_id"].to_numpy(dtype=np.int64),
        "on": to_days(contacts["contacted_on"].to_numpy()).astype("datetime64[s]"),
    }).drop_duplicates().sort_values("on")  # fmt: skip
    since = (as_of - np.timedelta64(before_days, "D")).astype("datetime64[s]")
    asked = pd.DataFrame({"enrolment_id": enrolment.astype(np.int64), "since": since, "place": np.arange(len(as_of))})
    found = pd.merge_asof(
        asked.sort_values("since"), given, left_on="since", right_on="on", by="enrolment_id", direction="forward"
    ).sort_values("place")
    on = to_days(found["on"].to_numpy())
    return np.where(np.isnat(on), NEVER, (on - as_of).astype(np.int64))


def strata_of(risk: Array) -> npt.NDArray[np.int64]:
    """Return a stratum a row, by what a mentor could see of the risk: at most `STRATA`, equal values together.

    Small strata are joined to the one below.
    """
    edges = np.unique(np.quantile(risk, np.linspace(0, 1, STRATA + 1)[1:-1]))
    at = np.searchsorted(edges, risk, side="right")
    sizes = np.bincount(at, minlength=len(edges) + 1)
    names, held = np.zeros(len(sizes), np.int64), 0
    for place, size in enumerate(sizes):
        names[place] = names[place - 1] if place and (held < SMALLEST) else names[place - 1] + 1 if place else 0
        held = size + (held if place and names[place] == names[place - 1] else 0)
    found: npt.NDArray[np.int64] = names[at]
    return found


def kept_chance(followed: Followed, strata: npt.NDArray[np.int64]) -> Array:
    """Return, row for row, the chance of not being contacted from the day it left on, until its window is over.

    1 for a row followed to the end of its window: it was at risk of a contact all along, and is kept whole.
    """
    chance = np.ones(len(strata))
    for stratum in np.unique(strata):
        at = strata == stratum
        days, begun = int(followed.window[at].max(initial=0)), at & (followed.contacted >= 0)
        never = _never_contacted(followed.over[begun], followed.contacted[begun], days)
        chance[at] = never[followed.window[at]] / np.maximum(never[followed.over[at]], 1e-12)
    return chance


def _never_contacted(over: npt.NDArray[np.int64], contacted: npt.NDArray[np.int64], days: int) -> Array:
    """Return the share not contacted before each day, 0 to `days`: Kaplan and Meier, leaving being what censors."""
    seen = np.bincount(np.minimum(np.minimum(over, contacted), days), minlength=days + 1)
    at_risk = len(over) - np.concatenate([[0], np.cumsum(seen)[:-1]])
    begun = np.bincount(contacted[contacted < days], minlength=days + 1)
    # Who left on a day is not contacted on it any more.
    gone = np.bincount(np.minimum(over, days)[contacted > over], minlength=days + 1)
    share = 1 - begun[:days] / np.maximum((at_risk - gone)[:days], 1)
    return np.concatenate([[1.0], np.cumprod(share)])


def without_help(rows: pd.DataFrame, followed: Followed, risk: Array) -> tuple[pd.Series, Mask]:
    """Return the labels to learn and to measure by, null where a contact may have changed them; and the thinned rows.

    Parameters
    ----------
    rows : enrolment_id, as_of_on, label (null: unknown).
    risk : what a mentor could see of each row's risk, any scale.
    """
    known = rows["label"].notna().to_numpy()
    chance = np.ones(len(rows))
    if known.any():
        chance[known] = kept_chance(_some(followed, known), strata_of(risk[known]))
    thinned = known & ~followed.helped & (_luck(rows) >= chance)
    return rows["label"].mask(followed.helped | thinned), thinned


def _some(followed: Followed, kept: Mask) -> Followed:
    return Followed(followed.window[kept], followed.over[kept], followed.contacted[kept])


def _luck(rows: pd.DataFrame) -> Array:
    """Return a number in [0, 1) a row, which its enrolment and day alone decide (splitmix64)."""
    x = rows["enrolment_id"].to_numpy(dtype=np.int64).astype(np.uint64)
    day = to_days(rows["as_of_on"].to_numpy()).astype(np.int64).astype(np.uint64)
    with np.errstate(over="ignore"):
        x = x + day * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    luck: Array = (x >> np.uint64(11)).astype(np.float64) / 2.0**53
    return luck
