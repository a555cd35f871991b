"""How soon a learner is contacted after an alert, and how many alerts were right. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from serving.quality.figures.inputs import Alerted, Value, said, share

OPENS, CLOSES = time(9), time(17)


@dataclass(frozen=True)
class Hours:
    """When the organisation works: days of the week (1 for Monday), days closed, from 9:00 to 17:00 in its zone."""

    zone: ZoneInfo
    week: str = "12345"
    closed: frozenset[date] = frozenset()

    def between(self, first: datetime, last: datetime) -> float:
        """Return the working hours from one instant to another, 0 when the second comes first."""
        start, end = first.astimezone(self.zone), last.astimezone(self.zone)
        days = (start.date() + timedelta(days=n) for n in range((end.date() - start.date()).days + 1))
        return sum(self._of(day, start, end) for day in days)

    def _of(self, day: date, start: datetime, end: datetime) -> float:
        if str(day.isoweekday()) not in (self.week or "1234567") or day in self.closed:
            return 0.0
        opens, closes = datetime.combine(day, OPENS, self.zone), datetime.combine(day, CLOSES, self.zone)
        return max(0.0, (min(end, closes) - max(start, opens)) / timedelta(hours=1))


def contact_instant(done_on: date, recorded_at: datetime, zone: ZoneInfo) -> datetime:
    """Return when a contact took place: when it was recorded if that day, else at noon of its day."""
    same = recorded_at.astimezone(zone).date() == done_on
    return recorded_at if same else datetime.combine(done_on, time(12), zone)


def of_prevention(opened: Sequence[Alerted], closed: Sequence[Alerted], hours: Hours, today: date) -> list[Value]:
    """Return the delay before contact of alerts opened in a period, and the precision of those closed in it."""
    return [_delay(opened, hours), _precision(closed, today)]


def _delay(opened: Sequence[Alerted], hours: Hours) -> Value:
    delays = [hours.between(one.opened_at, one.contact_at) for one in opened if one.contact_at is not None]
    heads = len({one.enrolment_id for one in opened})
    without = [one for one in opened if one.contact_at is None]
    left = {"no_contact": sum(one.closed_by != "system" for one in without),
            "by_itself": sum(one.closed_by == "system" for one in without)}  # fmt: skip
    value = median(delays) if delays else None
    parts = (len(delays), len(without))
    return Value("contact_delay", value, len(delays), len(opened), parts, heads, said(left))


def right(one: Alerted) -> bool:
    """Whether an alert was right: its learner abandoned within the horizon, or the mentor called it useful."""
    horizon = one.opened_on + timedelta(days=one.horizon_days)
    left = one.abandoned_on is not None and one.opened_on <= one.abandoned_on <= horizon
    return left or one.useful is True or one.outcome == "abandoned"


def _precision(closed: Sequence[Alerted], today: date) -> Value:
    by_people = [one for one in closed if one.closed_by != "system"]
    ripe = [one for one in by_people if right(one) or one.opened_on + timedelta(days=one.horizon_days) < today]
    left = {"by_itself": len(closed) - len(by_people), "not_yet": len(by_people) - len(ripe)}
    heads = len({one.enrolment_id for one in ripe})
    return share("alert_precision", sum(map(right, ripe)), len(ripe), heads=heads, left_out=left)


def closed_days(lines: Collection[tuple[date, date]]) -> frozenset[date]:
    """Return every day of some closures, both ends included."""
    return frozenset(a + timedelta(days=n) for a, b in lines for n in range((b - a).days + 1))
