"""Presence at the slots: attended, missed, excused, late. Null where no sheet of the session is known yet.

A slot is attended when the learner was present, late or not. An excused absence is neither attended nor held
against the learner. A slot counts once its sheet is known.
"""

from __future__ import annotations

import numpy as np

from features.asof import AsOf, Values, ratio

MONTH = 30
MINUTES = 60


def _known(a: AsOf, values: Values) -> Values:
    return np.where(a.supplied("slot"), values, np.nan)


def slots_held(a: AsOf) -> Values:
    """Slots the learner was expected at so far, excused ones included."""
    return _known(a, a.count("slot"))


def attendance_share(a: AsOf) -> Values:
    """Share of the slots so far that were attended, late or not; null before the first."""
    return ratio(a.count("attended"), a.count("slot"))


def attendance_share_30d(a: AsOf) -> Values:
    """Share of the slots of the last 30 days that were attended; null without one."""
    return ratio(a.count("attended", days=MONTH), a.count("slot", days=MONTH))


def attendance_change_30d(a: AsOf) -> Values:
    """Share attended of the last 30 days, less that of the slots before; null when either is missing."""
    before = ratio(a.count("attended") - a.count("attended", days=MONTH), a.count("slot") - a.count("slot", days=MONTH))
    return a.of(attendance_share_30d) - before


def absences(a: AsOf) -> Values:
    """Unexcused absences so far."""
    return _known(a, a.count("absent"))


def absences_30d(a: AsOf) -> Values:
    """Unexcused absences of the last 30 days."""
    return _known(a, a.count("absent", days=MONTH))


def absence_share_30d(a: AsOf) -> Values:
    """Share of the slots of the last 30 days missed without excuse; null without one."""
    return ratio(a.count("absent", days=MONTH), a.count("slot", days=MONTH))


def last_absences(a: AsOf) -> Values:
    """How many of the latest slots, in a row, were missed without excuse; an excused one neither counts nor ends it."""
    return _known(a, a.count("owed_slot") - np.nan_to_num(a.latest("attended_order")))


def days_since_last_attended(a: AsOf) -> Values:
    """Open days since the last slot attended; since the start when there is none."""
    return _known(a, a.days_since_day("attended_day"))


def excused_absences_30d(a: AsOf) -> Values:
    """Excused absences of the last 30 days."""
    return _known(a, a.count("excused", days=MONTH))


def late_arrivals_30d(a: AsOf) -> Values:
    """Slots of the last 30 days the learner came to late."""
    return _known(a, a.count("late_arrival", days=MONTH))


def late_arrivals_change_30d(a: AsOf) -> Values:
    """Share of late arrivals among the slots attended in the last 30 days, less that before; null without both."""
    late, attended = a.count("late_arrival"), a.count("attended")
    late_now, attended_now = a.count("late_arrival", days=MONTH), a.count("attended", days=MONTH)
    return ratio(late_now, attended_now) - ratio(late - late_now, attended - attended_now)


def hours_missed(a: AsOf) -> Values:
    """Hours of the slots missed without excuse; null where the session's sheets give no length."""
    return np.where(a.supplied("timed_slot"), a.count("missed_minutes") / MINUTES, np.nan)
