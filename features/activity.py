"""What learners do on the platform: volume, recency, regularity, breadth, trend.

A session whose source counts activity in windows (30 days, say) says nothing of shorter ones: features
with a shorter window are then null. A session in which nobody has a kind of record yet says nothing of it.
"""

from __future__ import annotations

import numpy as np

from features.asof import AsOf, Values, ratio

WEEK, FORTNIGHT, MONTH = 7, 14, 30
WEEKS = 6


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
    """Weeks with an action among the last 6; null before 6 weeks: those before the start are no absence."""
    weeks = sum((a.active_days(WEEK, before=WEEK * week) > 0).astype(float) for week in range(WEEKS))
    return _daily(a, np.where(a.begun(WEEKS * WEEK), weeks, np.nan))


def weekly_actions_variation(a: AsOf) -> Values:
    """Standard deviation ÷ mean of the actions of the last 6 weeks; null before 6 weeks, or without an action."""
    weeks = np.stack([_actions(a, WEEK, before=WEEK * week) for week in range(WEEKS)])
    return np.where(a.begun(WEEKS * WEEK), ratio(weeks.std(axis=0), weeks.mean(axis=0)), np.nan)


def longest_silence_days(a: AsOf) -> Values:
    """Longest run of open days between two active days so far, the present one included."""
    return a.longest_gap("active")


def silence_vs_usual_gap(a: AsOf) -> Values:
    """Open days since the last action ÷ the learner's own usual gap; null before two active days."""
    return ratio(a.of(days_since_last_activity), a.usual_gap("active"))


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
