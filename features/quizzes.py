"""Quizzes and assignments: due, handed in, missed, late, marked.

An assessment is due once its deadline is past, it was announced, and somebody in the session has handed
it in; a learner is not expected at those due before their start. The best attempt counts.
"""

from __future__ import annotations

import numpy as np

from features import peers
from features.asof import AsOf, Values, ratio
from features.columns import HUNDREDTHS, TEN_THOUSANDTHS

WEEK, FORTNIGHT, MONTH = 7, 14, 30


def _known(a: AsOf, values: Values) -> Values:
    return np.where(a.supplied("attempt", "due"), values, np.nan)


def assessments_due(a: AsOf) -> Values:
    """Assessments whose deadline has passed."""
    return _known(a, a.count("due"))


def assessments_handed_in(a: AsOf) -> Values:
    """Assessments handed in so far, those not due yet included."""
    return _known(a, a.count("submission"))


def assessments_missed(a: AsOf) -> Values:
    """Assessments past their deadline and not handed in."""
    return _known(a, a.count("due") - a.count("handed_in"))


def assessments_missed_30d(a: AsOf) -> Values:
    """Assessments missed now, less those missed 30 days ago: below 0 when catching up."""
    return _known(a, a.count("due", days=MONTH) - a.count("handed_in", days=MONTH))


def last_assessments_missed(a: AsOf) -> Values:
    """How many of the latest assessments due, in a row, were not handed in."""
    return _known(a, a.count("due") - np.nan_to_num(a.latest("handed_in_order")))


def share_handed_in(a: AsOf) -> Values:
    """Share of the assessments due that were handed in; null before the first is due."""
    return ratio(a.count("handed_in"), a.count("due"))


def weight_handed_in_share(a: AsOf) -> Values:
    """Share of the marks due so far that were handed in for; null while nothing due carries marks."""
    return ratio(a.count("handed_in_weight"), a.count("due_weight"))


def weight_missed(a: AsOf) -> Values:
    """Marks of the course (in % of the whole) lost to assessments not handed in."""
    return _known(a, (a.count("due_weight") - a.count("handed_in_weight")) / HUNDREDTHS)


def weight_handed_in(a: AsOf) -> Values:
    """Marks of the course (in % of the whole) handed in for so far."""
    return _known(a, a.count("submitted_weight") / HUNDREDTHS)


def submissions_30d(a: AsOf) -> Values:
    """Assessments handed in for the first time in the last 30 days."""
    return _known(a, a.count("submission", days=MONTH))


def attempts_30d(a: AsOf) -> Values:
    """Attempts of the last 30 days, repeats counted."""
    return _known(a, a.count("attempt", days=MONTH))


def attempts_per_assessment(a: AsOf) -> Values:
    """Attempts ÷ assessments tried; null before the first."""
    return ratio(a.count("attempt"), a.count("submission"))


def days_since_last_submission(a: AsOf) -> Values:
    """Open days since the last attempt; since the start when there is none."""
    return _known(a, a.days_since("attempt"))


def late_submissions(a: AsOf) -> Values:
    """Assessments handed in after their deadline."""
    return _known(a, a.count("late"))


def mean_lateness_days(a: AsOf) -> Values:
    """Mean days between deadline and first attempt, below 0 when early; null before the first."""
    return ratio(a.count("lateness"), a.count("dated"))


def last_lateness_days(a: AsOf) -> Values:
    """Days between deadline and first attempt of the latest one handed in, below 0 when early."""
    return a.latest("last_lateness")


def lateness_trend_days(a: AsOf) -> Values:
    """Lateness of the latest one, less the mean of those before; null before two."""
    last, dated = a.latest("last_lateness"), a.count("dated")
    return last - ratio(a.count("lateness") - last, np.where(dated > 1, dated - 1, 0))


def last_minute_share(a: AsOf) -> Values:
    """Share of the assessments handed in on the eve of their deadline or later; null before the first."""
    return ratio(a.count("last_minute"), a.count("dated"))


def interrupted_attempts(a: AsOf) -> Values:
    """Attempts closed by the system, not by the learner."""
    return _known(a, a.count("auto_submitted"))


def banked_results(a: AsOf) -> Values:
    """Results carried over from an earlier session."""
    return _known(a, a.count("banked"))


def mean_score(a: AsOf) -> Values:
    """Mean of the best scores released so far; null before the first."""
    return ratio(a.count("score") / TEN_THOUSANDTHS, a.count("scored"))


def last_score(a: AsOf) -> Values:
    """Score released last; null before the first."""
    return a.latest("last_score") / TEN_THOUSANDTHS


def score_trend(a: AsOf) -> Values:
    """Score released last, less the mean of those before; null before two."""
    last, scored = a.of(last_score), a.count("scored")
    return last - ratio(a.count("score") / TEN_THOUSANDTHS - last, np.where(scored > 1, scored - 1, 0))


def last_score_vs_own_best(a: AsOf) -> Values:
    """Score released last, less the best one so far: 0 or below; null before the first."""
    return a.of(last_score) - a.latest("best_score") / TEN_THOUSANDTHS


def scores_below_half(a: AsOf) -> Values:
    """Assessments whose best score is below half of the maximum."""
    return _known(a, a.count("below_half"))


def marks_earned_share(a: AsOf) -> Values:
    """Marks earned ÷ marks at stake so far (released, or missed); null while nothing carries marks."""
    at_stake = a.count("scored_weight") + a.count("due_weight") - a.count("handed_in_weight")
    return ratio(a.count("earned_weight") * (HUNDREDTHS / TEN_THOUSANDTHS), at_stake)


def marks_earned(a: AsOf) -> Values:
    """Marks of the course (in % of the whole) earned so far."""
    return np.where(a.supplied("scored"), a.count("earned_weight") / TEN_THOUSANDTHS, np.nan)


def days_to_next_deadline(a: AsOf) -> Values:
    """Days to the session's next deadline among those announced; null when none is left."""
    return a.once(peers.next_deadline)[0]


def next_assessment_handed_in(a: AsOf) -> Values:
    """1 when the assessment due next is handed in already, 0 otherwise; null when none is left."""
    return a.once(peers.next_deadline)[1]


def days_since_last_deadline(a: AsOf) -> Values:
    """Open days since the last deadline that somebody met; null before the first."""
    return np.where(a.count("due") > 0, a.days_since("due"), np.nan)


def due_soon_not_handed_in(a: AsOf) -> Values:
    """Announced assessments due within 14 days and not handed in yet."""
    return a.once(peers.due_soon, FORTNIGHT)[0]


def weight_due_30d(a: AsOf) -> Values:
    """Marks of the course (in % of the whole) due within 30 days and not handed in for yet."""
    return a.once(peers.due_soon, MONTH)[1] / HUNDREDTHS


def actions_before_last_deadline(a: AsOf) -> Values:
    """Actions of the 7 days up to the session's last deadline; null before the first, or without 7 days before it."""
    past = a.once(peers.last_deadline)
    whole = a.dates - a.people.started - past >= WEEK
    return np.where(a.finer_than(WEEK) & whole, a.up_to("action", past, WEEK), np.nan)


def deadline_week_vs_usual(a: AsOf) -> Values:
    """Actions of the 7 days up to the last deadline ÷ the learner's own mean week, one added to both."""
    week = a.since_start("action") * WEEK / np.maximum(a.days_since_start(), WEEK)
    return (a.of(actions_before_last_deadline) + 1) / (week + 1)
