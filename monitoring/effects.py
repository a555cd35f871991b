"""Did prevention help? Abandonment after a contact, against what it would have been without it. Pure.

Two designs, and no other: contacts whose order was drawn at random (intention to treat), or contacts that people chose
(doubly robust). A comparison of those contacted with the others, or of before and after, is told beside them only to
show how far it misleads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from monitoring.doubly_robust import Array, Flags, Whose, chance_of, pulls
from monitoring.e_value import e_value, e_value_of_limit

NOT_ENOUGH, NO_OVERLAP, ESTIMATED = "not_enough_data", "no_overlap", "estimated"
INTENTION_TO_TREAT, DOUBLY_ROBUST = "intention_to_treat", "doubly_robust"
NORMAL_95 = 1.959964
UNKNOWN = float("nan")


@dataclass(frozen=True)
class Limits:
    """Below what nothing is said.

    Parameters
    ----------
    learners : on each side.
    events : abandonments that the smaller side would have if contacts changed nothing. Those it has are not looked at:
        to say nothing where few contacted learners left would be to say something only where contacts failed.
    propensity : chance of a contact below which, or above one minus which, two learners do not compare.
    overlap : least share of the cases that compare.
    folds : the models never see those whose outcome they predict; learners are shared out in so many folds.
    """

    learners: int = 50
    events: int = 10
    propensity: float = 0.01
    overlap: float = 0.5
    folds: int = 5


DEFAULT = Limits()


@dataclass(frozen=True)
class Cases:
    """Moments when an enrolment could have been contacted: one line each, exposure starting there.

    Parameters
    ----------
    learner : whose; their cases are not independent, and their influence is summed.
    contacted : whether a contact began then; for a random order, whether the draw put it first, contacted or not.
    abandoned : within the horizon. A neutral exit is no abandonment: the risk is that of abandoning before any other
        end (a cumulative incidence), so that nobody leaves the count for how they left.
    known : (cases, columns), what was known before that moment; nulls are NaN. Few: the score first.
    drawn : the chance of being put first, where the order was drawn at random; None: people chose.
    """

    learner: Whose
    contacted: Flags
    abandoned: Flags
    known: Array
    drawn: Array | None = None

    def some(self, kept: Flags | Whose) -> Cases:
        """Return some of the cases, by flags or in an order."""
        drawn = None if self.drawn is None else self.drawn[kept]
        return Cases(self.learner[kept], self.contacted[kept], self.abandoned[kept], self.known[kept], drawn)


@dataclass(frozen=True)
class Effect:
    """What contacts changed; risks of abandonment within the horizon, intervals at 95 %, NaN where nothing is said.

    `difference` is with minus without: negative when contacts help. `naive` is the plain difference between those
    contacted and the others. `missing_learners` is what the smaller side lacks before anything is
    said, `missing_events` what all of them do. `share_compared` is the
    share of the cases that had a like on the other side; the effect is theirs. `e_value` is how strongly, as a ratio
    of risks, something unknown would have to weigh on both the contact and the abandonment to explain the difference
    away; `e_value_limit` the same for the end of the interval nearer to nothing (1: it holds nothing already).
    """

    verdict: str
    method: str
    n: int
    n_learners: int
    n_contacted: int
    n_abandoned: int
    missing_learners: int
    missing_events: int
    naive: float
    share_compared: float = UNKNOWN
    with_contact: float = UNKNOWN
    without_contact: float = UNKNOWN
    difference: float = UNKNOWN
    low: float = UNKNOWN
    high: float = UNKNOWN
    e_value: float = UNKNOWN
    e_value_limit: float = UNKNOWN


def effect(cases: Cases, *, limits: Limits = DEFAULT) -> Effect:
    """Return what contacts changed, or why nothing can be said; the order of the cases never matters.

    Raises
    ------
    ValueError : a chance of the draw is not strictly between 0 and 1.
    """
    cases = cases.some(_order(cases))
    said = _sized(cases, limits)
    if _lacks(cases, limits) != (0, 0):
        return said
    if cases.drawn is not None:
        return _told(replace(said, share_compared=1.0), *_as_drawn(cases, cases.drawn), cases.learner)
    propensity = chance_of(cases.known, cases.contacted, cases.learner, folds=limits.folds)
    kept = (propensity >= limits.propensity) & (propensity <= 1 - limits.propensity)
    compared, share = cases.some(kept), float(kept.mean())
    if share < limits.overlap or _lacks(compared, limits) != (0, 0):
        return replace(said, verdict=NO_OVERLAP, share_compared=share)
    risks = pulls(
        compared.learner, compared.contacted, compared.abandoned, compared.known, propensity[kept], folds=limits.folds
    )
    return _told(replace(said, share_compared=share), *risks, compared.learner)


def _order(cases: Cases) -> Whose:
    """Return the order that makes the sums the same however the cases come."""
    drawn = () if cases.drawn is None else (cases.drawn,)
    order: Whose = np.lexsort((*drawn, *cases.known.T, cases.abandoned, cases.contacted, cases.learner))
    return order


def _lacks(cases: Cases, limits: Limits) -> tuple[int, int]:
    """Return how many learners the smaller side lacks, and abandonments all of them."""
    sides = [cases.contacted, ~cases.contacted]
    people, share = (
        min(len(np.unique(cases.learner[side])) for side in sides),
        min(map(np.sum, sides)) / max(len(sides[0]), 1),
    )
    wanted = np.ceil(limits.events / (share or 0.5))
    return max(0, limits.learners - people), max(0, int(wanted - cases.abandoned.sum()))


def _sized(cases: Cases, limits: Limits) -> Effect:
    left, side = cases.abandoned.astype(float), cases.contacted
    return Effect(
        NOT_ENOUGH, DOUBLY_ROBUST if cases.drawn is None else INTENTION_TO_TREAT,
        len(cases.learner), len(np.unique(cases.learner)), int(side.sum()), int(cases.abandoned.sum()),
        *_lacks(cases, limits),
        naive=float(left[side].mean() - left[~side].mean()) if 0 < side.sum() < len(side) else UNKNOWN,
    )  # fmt: skip


def _as_drawn(cases: Cases, chance: Array) -> tuple[Array, Array]:
    """Return what the risks are the means of, as drawn: each case weighs on its own side, by its chance of being there.

    Hajek's ratio: plain shares when the chance is the same for all.
    """
    if not ((chance > 0) & (chance < 1)).all():
        raise ValueError("a chance of the draw strictly between 0 and 1")
    left, side = cases.abandoned.astype(float), cases.contacted
    told = []
    for weight in (side / chance, ~side / (1 - chance)):
        risk = np.average(left, weights=weight)
        told.append(risk + weight * (left - risk) / weight.mean())
    return told[0], told[1]


def _told(said: Effect, with_contact: Array, without: Array, learner: Whose) -> Effect:
    """Return the effect of what the risks are the means of: their influence, summed by learner, gives the errors."""
    _, line = np.unique(learner, return_inverse=True)
    n, least = len(line), 1 / (2 * len(line))
    first, second = float(with_contact.mean()), float(without.mean())
    # A weighted risk may come out below nothing: a ratio needs half an abandonment at least.
    over, under = max(first, least), max(second, least)
    error = _error(with_contact - first - (without - second), line, n)
    log_error = _error((with_contact - first) / over - (without - second) / under, line, n)
    low, high = (float(over / under * np.exp(sign * NORMAL_95 * log_error)) for sign in (-1, 1))
    return replace(
        said, verdict=ESTIMATED, with_contact=first, without_contact=second, difference=first - second,
        low=first - second - NORMAL_95 * error, high=first - second + NORMAL_95 * error,
        e_value=e_value(over / under), e_value_limit=e_value_of_limit(low, high),
    )  # fmt: skip


def _error(influence: Array, line: Whose, n: int) -> float:
    """Return the standard error of a mean whose cases go together by learner (a cluster-robust sandwich)."""
    summed = np.bincount(line, influence)
    people = len(summed)
    return float(np.sqrt(people / (people - 1) * (summed**2).sum()) / n)
