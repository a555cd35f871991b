"""Surveys: what was asked, answered, said, and silence. Null where the session was asked nothing yet."""

from __future__ import annotations

import numpy as np

from features.asof import AsOf, Values, ratio
from features.columns import HUNDREDTHS


def _asked(a: AsOf, values: Values) -> Values:
    return np.where(a.count("survey_sent") > 0, values, np.nan)


def surveys_sent(a: AsOf) -> Values:
    """Surveys sent to the learner so far."""
    return np.where(a.supplied("survey_sent"), a.count("survey_sent"), np.nan)


def surveys_unanswered(a: AsOf) -> Values:
    """Surveys sent and not answered yet."""
    return _asked(a, a.count("survey_sent") - a.count("survey_answered"))


def last_surveys_unanswered(a: AsOf) -> Values:
    """How many of the latest surveys, in a row, were not answered."""
    return _asked(a, a.count("survey_sent") - np.nan_to_num(a.latest("survey_answered_order")))


def surveys_unanswered_after_answering(a: AsOf) -> Values:
    """How many of the latest surveys, in a row, were not answered by a learner who answered before; null if never."""
    return np.where(a.count("survey_answered") > 0, a.of(last_surveys_unanswered), np.nan)


def survey_answer_share(a: AsOf) -> Values:
    """Share of the surveys sent that were answered."""
    return ratio(a.count("survey_answered"), a.count("survey_sent"))


def days_since_last_survey_answer(a: AsOf) -> Values:
    """Open days since the last answered survey; since the start when none was."""
    return _asked(a, a.days_since("survey_answered"))


def survey_answer_delay_days(a: AsOf) -> Values:
    """Mean days from sending to answer; null before the first answer."""
    return ratio(a.count("survey_delay"), a.count("survey_answered"))


def last_nps(a: AsOf) -> Values:
    """Latest answer to « would you recommend », 0 to 10."""
    return a.latest("nps") / HUNDREDTHS


def nps_change(a: AsOf) -> Values:
    """Latest recommendation, less the one before; null before two."""
    return (a.latest("nps") - a.latest("nps", nth=2)) / HUNDREDTHS


def last_satisfaction(a: AsOf) -> Values:
    """Latest satisfaction, 1 to 5."""
    return a.latest("satisfaction") / HUNDREDTHS


def satisfaction_change(a: AsOf) -> Values:
    """Latest satisfaction, less the one before; null before two."""
    return (a.latest("satisfaction") - a.latest("satisfaction", nth=2)) / HUNDREDTHS


def last_confidence(a: AsOf) -> Values:
    """Latest confidence in finishing, 1 to 5."""
    return a.latest("confidence") / HUNDREDTHS


def confidence_change(a: AsOf) -> Values:
    """Latest confidence, less the one before; null before two."""
    return (a.latest("confidence") - a.latest("confidence", nth=2)) / HUNDREDTHS


def last_intention(a: AsOf) -> Values:
    """Latest intention: 1 stays, 0 unsure, -1 leaves."""
    return a.latest("intention") / HUNDREDTHS


def intention_change(a: AsOf) -> Values:
    """Latest intention, less the one before; null before two."""
    return (a.latest("intention") - a.latest("intention", nth=2)) / HUNDREDTHS


def first_motivation(a: AsOf) -> Values:
    """Motivation said first, 1 to 5; what is said later does not change it."""
    return a.latest("motivation") / HUNDREDTHS
