"""What learners do on the platform: volume, recency, regularity, breadth, trend.

A session whose source counts activity in windows (30 days, say) says nothing of shorter ones: features
with a shorter window are then null. A session in which nobody has a kind of record yet says nothing of it.
"""

from __future__ import annotations

import numpy as np

from features import rhythm
from features.asof import AsOf, Values, ratio

DAYS, WEEK, FORTNIGHT, MONTH = 5, 7, 14, 30
WEEKS = 6
LONG = 12
"""Weeks among which a drop is looked for."""
NOTABLE = 1.0
"""Standard deviations from which a drop is worth dating."""


def _actions(a: AsOf, days: int, before: int = 0) -> Values:
    return np.where(a.finer_than(days), a.count("action", days=days, before=before), np.nan)


def _kind_30d(a: AsOf, plane: str) -> Values:
    return np.where(a.supplied(plane), a.count(plane, days=MONTH), np.nan)


def _daily(a: AsOf, values: Values) -> Values:
    return np.where(a.finer_than(1), values, np.nan)


def days_since_last_activity(a: AsOf) -> Values:
    """Open days since the last action of any kind; since the start when there is none."""
    return a.days_since("action")


def days_since_last_login(a: AsOf) -> Values:
    """Open days since the last login; null where the session's source gives no login."""
    return np.where(a.supplied("login"), a.days_since("login"), np.nan)


def actions_7d(a: AsOf) -> Values:
    """Actions of the last 7 days."""
    return _actions(a, WEEK)


def actions_14d(a: AsOf) -> Values:
    """Actions of the last 14 days."""
    return _actions(a, FORTNIGHT)


def actions_30d(a: AsOf) -> Values:
    """Actions of the last 30 days."""
    return a.count("action", days=MONTH)


def actions_previous_30d(a: AsOf) -> Values:
    """Actions of the 30 days before the last 30."""
    return a.count("action", days=MONTH, before=MONTH)


def actions_total(a: AsOf) -> Values:
    """Actions since the beginning."""
    return a.count("action")


def actions_decayed_14d(a: AsOf) -> Values:
    """Actions, each weighing half as much after each 14 days."""
    return a.decayed("action", FORTNIGHT)


def actions_decayed_5d(a: AsOf) -> Values:
    """Actions, each weighing half as much after each 5 days."""
    return np.where(a.finer_than(DAYS), a.decayed("action", DAYS), np.nan)


def logins_decayed_14d(a: AsOf) -> Values:
    """Logins, each weighing half as much after each 14 days."""
    return np.where(a.supplied("login") & a.finer_than(FORTNIGHT), a.decayed("login", FORTNIGHT), np.nan)


def actions_30d_vs_previous(a: AsOf) -> Values:
    """Actions of the last 30 days ÷ those of the 30 days before, one added to both; null before 60 days."""
    return np.where(a.begun(2 * MONTH), (a.of(actions_30d) + 1) / (a.of(actions_previous_30d) + 1), np.nan)


def actions_7d_vs_usual(a: AsOf) -> Values:
    """Actions of the last 7 days ÷ the learner's own mean week before them, one added to both; null before 14 days."""
    earlier = np.maximum(a.since_start("action") - a.count("action", days=WEEK), 0)
    weeks = np.maximum(a.days_since_start() - WEEK, WEEK) / WEEK
    return np.where(a.begun(FORTNIGHT), (a.of(actions_7d) + 1) / (earlier / weeks + 1), np.nan)


def active_days_14d(a: AsOf) -> Values:
    """Days with an action among the last 14."""
    return _daily(a, a.active_days(FORTNIGHT))


def active_days_30d(a: AsOf) -> Values:
    """Days with an action among the last 30; null before 30 days: those before the start are no absence."""
    return _daily(a, np.where(a.begun(MONTH), a.active_days(MONTH), np.nan))


def active_days_change_14d(a: AsOf) -> Values:
    """Days with an action among the last 14, less those of the 14 before."""
    return _daily(a, a.active_days(FORTNIGHT) - a.active_days(FORTNIGHT, before=FORTNIGHT))


def active_weeks_of_last_6(a: AsOf) -> Values:
    """Open weeks with an action among the last 6; null before 6 of them: those before the start are no absence."""
    weeks = (a.weekly("active", WEEKS) > 0).sum(axis=0)
    return _daily(a, np.where(rhythm.weeks_begun(a, WEEKS), weeks, np.nan))


def weekly_actions_variation(a: AsOf) -> Values:
    """Standard deviation ÷ mean of the actions of the last 6 weeks; null before 6 weeks, or without an action."""
    weeks = a.weekly("action", WEEKS)
    known = rhythm.weeks_begun(a, WEEKS) & a.finer_than(WEEK)
    return np.where(known, ratio(weeks.std(axis=0), weeks.mean(axis=0)), np.nan)


def actions_trend_6w(a: AsOf) -> Values:
    """Weekly slope of the last 6 open weeks' actions ÷ their mean; null before 6 weeks, or without an action."""
    weeks = a.weekly("action", WEEKS)
    known = rhythm.weeks_begun(a, WEEKS) & a.finer_than(WEEK)
    return np.where(known & (weeks.sum(axis=0) > 0), rhythm.slope(weeks), np.nan)


def activity_drop(a: AsOf) -> Values:
    """Largest fall of weekly actions among the last 12 open weeks, in standard deviations; null before 4 weeks."""
    return np.where(a.finer_than(WEEK), a.once(rhythm.drop, LONG)[0], np.nan)


def weeks_since_activity_drop(a: AsOf) -> Values:
    """Open weeks since the largest fall of weekly activity; null without a notable one."""
    fall, weeks = a.once(rhythm.drop, LONG)
    return np.where(a.finer_than(WEEK) & (fall >= NOTABLE), weeks, np.nan)


def steady_days(a: AsOf) -> Values:
    """Open days up to now without a pause of more than 7; 0 during one."""
    return _daily(a, a.steady("active", WEEK)[0])


def longest_steady_days(a: AsOf) -> Values:
    """Longest run so far of open days without a pause of more than 7, from its first to its last active day."""
    return _daily(a, a.steady("active", WEEK)[1])


def days_to_first_activity(a: AsOf) -> Values:
    """Open days between the start and the first action, 0 if before; so far, when there is none."""
    return a.wait_before_first("action")


def first_week_actions(a: AsOf) -> Values:
    """Actions of the learner's first 7 days; null before they are over."""
    return np.where(a.begun(WEEK) & a.finer_than(WEEK), a.first_days("action", WEEK), np.nan)


def first_week_active_days(a: AsOf) -> Values:
    """Days with an action among the learner's first 7; null before they are over."""
    return _daily(a, np.where(a.begun(WEEK), a.first_days("active", WEEK), np.nan))


def kinds_used_30d(a: AsOf) -> Values:
    """Kinds of things done in the last 30 days: reading, videos, forum, quizzes, assignments and so on."""
    return a.kinds(MONTH)


def longest_silence_days(a: AsOf) -> Values:
    """Longest run of open days between two active days so far, the present one included."""
    return a.longest_gap("active")


def silence_vs_usual_gap(a: AsOf) -> Values:
    """Open days since the last action ÷ the learner's own usual gap; null before two active days."""
    return ratio(a.of(days_since_last_activity), a.usual_gap("active"))


def silence_vs_median_gap(a: AsOf) -> Values:
    """Open days since the last action ÷ the median of the learner's own gaps; null before three active days."""
    return _daily(a, ratio(a.of(days_since_last_activity), a.median_gap("active")))


def never_active(a: AsOf) -> Values:
    """1 when nothing at all was done, 0 otherwise."""
    return np.where(a.of(actions_total) == 0, 1.0, 0.0)


def logins_14d(a: AsOf) -> Values:
    """Logins of the last 14 days."""
    return np.where(a.supplied("login") & a.finer_than(FORTNIGHT), a.count("login", days=FORTNIGHT), np.nan)


def logins_30d(a: AsOf) -> Values:
    """Logins of the last 30 days."""
    return _kind_30d(a, "login")


def resource_actions_30d(a: AsOf) -> Values:
    """Documents and pages of content opened in the last 30 days, repeats counted."""
    return _kind_30d(a, "resource")


def video_actions_30d(a: AsOf) -> Values:
    """Videos opened in the last 30 days, repeats counted."""
    return _kind_30d(a, "video")


def forum_views_30d(a: AsOf) -> Values:
    """Forum pages read in the last 30 days."""
    return _kind_30d(a, "forum_view")


def quiz_views_30d(a: AsOf) -> Values:
    """Quiz pages opened in the last 30 days."""
    return _kind_30d(a, "quiz_view")


def assignment_views_30d(a: AsOf) -> Values:
    """Assignment pages opened in the last 30 days."""
    return _kind_30d(a, "assignment_view")


def grade_views_30d(a: AsOf) -> Values:
    """Visits to their own marks in the last 30 days."""
    return _kind_30d(a, "grade_view")


def resources_opened(a: AsOf) -> Values:
    """Distinct resources opened so far."""
    return a.count("new")


def new_resources_30d(a: AsOf) -> Values:
    """Resources opened for the first time in the last 30 days."""
    return a.count("new", days=MONTH)


def documents_opened(a: AsOf) -> Values:
    """Distinct documents and pages of content opened so far."""
    return np.where(a.supplied("new_resource"), a.count("new_resource"), np.nan)


def forums_opened(a: AsOf) -> Values:
    """Distinct forums read so far."""
    return np.where(a.supplied("new_forum_view"), a.count("new_forum_view"), np.nan)


def quizzes_opened(a: AsOf) -> Values:
    """Distinct quizzes looked at so far."""
    return np.where(a.supplied("new_quiz_view"), a.count("new_quiz_view"), np.nan)
