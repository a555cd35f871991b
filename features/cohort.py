"""Position within the session the same day. The cohort is who is in the roster and was registered before.

Percentiles are the share of the cohort below, ties counted half (the learner's own included); z-scores are
distances from the cohort's mean in its standard deviations, 0 when everybody is alike.
"""

from __future__ import annotations

import numpy as np

from features import activity, attendance, community, norms, peers, quizzes, surveys
from features.asof import AsOf, Values, ratio
from features.columns import TEN_THOUSANDTHS

COMMON = 0.4
"""A resource is common once this share of the session has opened it."""
EARLIER = 14
"""Days after which a common resource that the learner has not opened is overdue."""


def actions_30d_percentile(a: AsOf) -> Values:
    """Percentile of the last 30 days' actions."""
    return peers.percentile(a, a.of(activity.actions_30d))


def actions_30d_z(a: AsOf) -> Values:
    """z-score of the last 30 days' actions, on a logarithmic scale."""
    return peers.z(a, np.log1p(a.of(activity.actions_30d)))


def actions_14d_percentile(a: AsOf) -> Values:
    """Percentile of the last 14 days' actions."""
    return peers.percentile(a, a.of(activity.actions_14d))


def actions_total_percentile(a: AsOf) -> Values:
    """Percentile of the actions since the beginning."""
    return peers.percentile(a, a.of(activity.actions_total))


def active_days_30d_percentile(a: AsOf) -> Values:
    """Percentile of the last 30 days' active days."""
    return peers.percentile(a, a.of(activity.active_days_30d))


def days_since_last_activity_z(a: AsOf) -> Values:
    """z-score of the days since the last action."""
    return peers.z(a, a.of(activity.days_since_last_activity))


def resources_opened_percentile(a: AsOf) -> Values:
    """Percentile of the distinct resources opened."""
    return peers.percentile(a, a.of(activity.resources_opened))


def resources_opened_z(a: AsOf) -> Values:
    """z-score of the distinct resources opened, on a logarithmic scale."""
    return peers.z(a, np.log1p(a.of(activity.resources_opened)))


def new_resources_30d_percentile(a: AsOf) -> Values:
    """Percentile of the resources first opened in the last 30 days."""
    return peers.percentile(a, a.of(activity.new_resources_30d))


def actions_30d_vs_previous_percentile(a: AsOf) -> Values:
    """Percentile of the change in activity from one 30 days to the next."""
    return peers.percentile(a, a.of(activity.actions_30d_vs_previous))


def common_resources_share(a: AsOf) -> Values:
    """Share of the resources that 40 % of the session has opened, that the learner has opened too."""
    opened, common, *_ = a.once(peers.common_resources, COMMON, EARLIER)
    return ratio(opened, common)


def common_resources_missing(a: AsOf) -> Values:
    """Resources that 40 % of the session has opened and the learner has not."""
    opened, common, *_ = a.once(peers.common_resources, COMMON, EARLIER)
    return np.where(a.supplied("new"), common - opened, np.nan)


def overdue_resources(a: AsOf) -> Values:
    """Resources that 40 % of the session had opened 14 days ago already, and the learner still has not."""
    *_, opened, common = a.once(peers.common_resources, COMMON, EARLIER)
    return np.where(a.supplied("new"), common - opened, np.nan)


def actions_total_z(a: AsOf) -> Values:
    """z-score of the actions since the beginning, on a logarithmic scale."""
    return peers.z(a, np.log1p(a.of(activity.actions_total)))


def active_days_30d_z(a: AsOf) -> Values:
    """z-score of the last 30 days' active days."""
    return peers.z(a, a.of(activity.active_days_30d))


def days_since_last_activity_percentile(a: AsOf) -> Values:
    """Percentile of the days since the last action."""
    return peers.percentile(a, a.of(activity.days_since_last_activity))


def new_resources_30d_z(a: AsOf) -> Values:
    """z-score of the resources first opened in the last 30 days, on a logarithmic scale."""
    return peers.z(a, np.log1p(a.of(activity.new_resources_30d)))


def weight_handed_in_z(a: AsOf) -> Values:
    """z-score of the marks handed in for so far."""
    return peers.z(a, a.of(quizzes.weight_handed_in))


def mean_score_z(a: AsOf) -> Values:
    """z-score of the mean score."""
    return peers.z(a, a.of(quizzes.mean_score))


def marks_earned_z(a: AsOf) -> Values:
    """z-score of the marks earned so far."""
    return peers.z(a, a.of(quizzes.marks_earned))


def attendance_share_percentile(a: AsOf) -> Values:
    """Percentile of the share of slots attended so far."""
    return peers.percentile(a, a.of(attendance.attendance_share))


def posts_30d_percentile(a: AsOf) -> Values:
    """Percentile of the last 30 days' posts."""
    return peers.percentile(a, a.of(community.posts_30d))


def weight_handed_in_percentile(a: AsOf) -> Values:
    """Percentile of the marks handed in for so far."""
    return peers.percentile(a, a.of(quizzes.weight_handed_in))


def assessments_handed_in_z(a: AsOf) -> Values:
    """z-score of the number of assessments handed in."""
    return peers.z(a, a.of(quizzes.assessments_handed_in))


def marks_earned_percentile(a: AsOf) -> Values:
    """Percentile of the marks earned so far."""
    return peers.percentile(a, a.of(quizzes.marks_earned))


def mean_score_percentile(a: AsOf) -> Values:
    """Percentile of the mean score."""
    return peers.percentile(a, a.of(quizzes.mean_score))


def score_vs_session(a: AsOf) -> Values:
    """Mean difference between the learner's score and the session's mean on the same assessment."""
    return a.once(peers.score_gaps)[0] / TEN_THOUSANDTHS


def last_score_vs_session(a: AsOf) -> Values:
    """Difference between score and session's mean on the assessment marked last."""
    return a.once(peers.score_gaps)[1] / TEN_THOUSANDTHS


def score_rank(a: AsOf) -> Values:
    """Mean rank of the learner's scores on their assessments: the share of the session below, ties counted half."""
    return a.once(peers.score_gaps)[2]


def last_score_rank(a: AsOf) -> Values:
    """Rank of the score released last on its assessment: the share of the session below, ties counted half."""
    return a.once(peers.score_gaps)[3]


def last_submission_rank(a: AsOf) -> Values:
    """Share of the session that had handed in the learner's latest assessment before them; null before the first."""
    return ratio(a.latest("last_earlier"), peers.expected(a))


def submission_rank(a: AsOf) -> Values:
    """Mean share of the session that had handed in before the learner; null before the first."""
    handed = a.count("submission") - a.count("banked")
    ranks = ratio(a.count("earlier_than_me"), handed)
    return ratio(ranks, peers.expected(a))


def satisfaction_z(a: AsOf) -> Values:
    """z-score of the latest satisfaction."""
    return peers.z(a, a.of(surveys.last_satisfaction))


def session_left_share(a: AsOf) -> Values:
    """Share of the session's learners known to have left."""
    return ratio(peers.left(a), peers.expected(a))


def actions_30d_vs_earlier(a: AsOf) -> Values:
    """z-score of the last 30 days' actions against the course's earlier sessions, on a logarithmic scale."""
    return norms.z(a, norms.log_actions_30d)


def active_days_30d_vs_earlier(a: AsOf) -> Values:
    """z-score of the last 30 days' active days against the course's earlier sessions."""
    return norms.z(a, activity.active_days_30d)


def resources_opened_vs_earlier(a: AsOf) -> Values:
    """z-score of the resources opened against the course's earlier sessions, on a logarithmic scale."""
    return norms.z(a, norms.log_resources_opened)


def share_handed_in_vs_earlier(a: AsOf) -> Values:
    """z-score of the share of assessments handed in against the course's earlier sessions."""
    return norms.z(a, quizzes.share_handed_in)


def mean_score_vs_earlier(a: AsOf) -> Values:
    """z-score of the mean score against the course's earlier sessions."""
    return norms.z(a, quizzes.mean_score)


def session_left_vs_earlier(a: AsOf) -> Values:
    """Share of the session known to have left, less that of the course's earlier sessions on the same day."""
    return norms.above(a, norms.left_share)
