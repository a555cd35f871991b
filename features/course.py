"""The learner's own clock and load."""

from __future__ import annotations

import numpy as np

from features.asof import AsOf, Values, ratio

MONTH = 30


def days_since_start(a: AsOf) -> Values:
    """Days since the learner's first expected day, closures counted."""
    return np.asarray(a.dates - a.people.started, np.float64)


def share_of_course_elapsed(a: AsOf) -> Values:
    """Share of the planned duration that has gone by."""
    planned = np.maximum(a.people.planned_end - a.people.started, 1)
    return np.asarray((a.dates - a.people.started) / planned)


def pace_vs_elapsed(a: AsOf) -> Values:
    """Share of the announced assessments handed in, less the share of the planned duration gone by."""
    handed = ratio(np.minimum(a.count("submission"), a.count("announced")), a.count("announced"))
    return np.where(a.supplied("submission"), handed - np.minimum(a.of(share_of_course_elapsed), 1), np.nan)


def planned_days(a: AsOf) -> Values:
    """Planned duration of the course for this learner."""
    return np.broadcast_to((a.people.planned_end - a.people.started).astype(np.float64), a.shape)


def days_late_to_start(a: AsOf) -> Values:
    """Days between the session's first day and the learner's."""
    return np.broadcast_to((a.people.started - a.people.session_start).astype(np.float64), a.shape)


def days_registered_ahead(a: AsOf) -> Values:
    """Days between registration and the first expected day."""
    return np.broadcast_to((a.people.started - a.people.registered).astype(np.float64), a.shape)


def prior_attempts(a: AsOf) -> Values:
    """Earlier enrolments in the same course; null where the source does not say."""
    return np.broadcast_to(a.people.prior_attempts, a.shape)


def credits_studied(a: AsOf) -> Values:
    """Load studied at once; null where the source does not say."""
    return np.broadcast_to(a.people.credits, a.shape)


def parallel_enrolments(a: AsOf) -> Values:
    """Other sessions the learner is in on that date."""
    return a.count("parallel")


def actions_elsewhere_30d(a: AsOf) -> Values:
    """Actions of the last 30 days in the learner's other sessions."""
    return a.count("elsewhere", days=MONTH)


def share_of_actions_here_30d(a: AsOf) -> Values:
    """Share of the learner's actions of the last 30 days that were in this session; null without an action anywhere."""
    here = a.count("action", days=MONTH)
    return ratio(here, here + a.of(actions_elsewhere_30d))


def sessions_left_elsewhere(a: AsOf) -> Values:
    """Other sessions the learner is known to have abandoned."""
    return a.count("left_elsewhere")
