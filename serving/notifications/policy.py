"""What is sent to whom, and when. Pure: no clock, no database, no network.

Instants given here are local to the organisation; its days off are those of each account, and the public holidays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from data.holidays import public_holidays
from serving.quality.proofs.facts import COURSE_LEAD, MENTOR, QUALITY

DAILY, WEEKLY, NONE = DIGESTS = ("daily", "weekly", "none")
DECLARED, ESCALATED = "declared_intention", "escalated"
PROOFS, CLOCK = "proofs", "clock"
"""Kinds of messages: the weekly count of missing proofs, and a delay in hours that runs."""
JOINED = ("grave", CLOCK)
"""Kinds whose messages to one place, due within a few minutes, leave as one."""
GRAVE = (DECLARED, ESCALATED)
"""What is told at once: a kind of alert, and an alert that nobody touched."""
JOIN = timedelta(minutes=3)
"""A grave alert waits this long for others, so that one message tells them all."""
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
LEASE = timedelta(minutes=5)
"""A message being sent is left alone by other schedulers for this long."""
LONGEST_WAIT = timedelta(hours=24)
HORIZON_DAYS = 40


@dataclass(frozen=True)
class Wishes:
    """How an account wants to be reached; as in `preferences`."""

    digest: str = DAILY
    days: str = "12345"
    hour: int = 8
    quiet_from: int = 19
    quiet_until: int = 8
    immediate: bool = True


@dataclass(frozen=True)
class Follower:
    """An account that follows learners today, or is of the quality team; `away`: on leave, it is told nothing."""

    account_id: int
    follows: frozenset[int] = frozenset()
    unassigned: bool = False
    courses: tuple[str, ...] = ()
    away: bool = False
    quality: bool = False


@dataclass(frozen=True)
class GraveAlert:
    """An alert to be told at once; `code` is why, `since` the day from which it holds."""

    alert_id: int
    code: str
    since: str
    mentor_id: int | None
    course_id: str


@dataclass(frozen=True)
class Proof:
    """A missing proof, as far as who is told of it: its turn, whom the procedure names, who follows the learner."""

    kind: str
    subject: str
    turn: str
    named: int | None
    mentor_id: int | None
    course_id: str
    until_on: date


def works(day: date, wishes: Wishes) -> bool:
    """Whether a day is one of the account's, and no public holiday."""
    return str(day.isoweekday()) in wishes.days and day not in public_holidays(day, day)


def is_quiet(hour: int, wishes: Wishes) -> bool:
    """Whether an hour is one of silence; from and until the same hour: there is none."""
    first, last = wishes.quiet_from, wishes.quiet_until
    if first <= last:
        return first <= hour < last
    return hour >= first or hour < last


def allowed_from(at: datetime, wishes: Wishes, *, any_day: bool = False) -> datetime | None:
    """Return the first instant from `at` when the account may be reached; None when there is none within 40 days.

    Parameters
    ----------
    any_day : days off and public holidays too; the silence of each day still holds.
    """
    candidate = at
    for _ in range(HORIZON_DAYS * 24):
        if not any_day and not works(candidate.date(), wishes):
            candidate = datetime.combine(candidate.date() + timedelta(days=1), time(0), candidate.tzinfo)
        elif is_quiet(candidate.hour, wishes):
            candidate = candidate.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        else:
            return candidate
    return None


def immediate_due(now: datetime, wishes: Wishes) -> datetime | None:
    """Return when a grave alert is told: in a moment, or at the end of the silence; None: the account wants none."""
    return allowed_from(now + JOIN, wishes) if wishes.immediate else None


def digest_period(now: datetime, wishes: Wishes) -> str | None:
    """Return the name of the digest that is due, `2026-06-15` or `2026-W25`; None when none is.

    A daily one is due from its hour on, that day only; a weekly one on the first day of work of the week that comes.
    """
    if wishes.digest == NONE or now.hour < wishes.hour or allowed_from(now, wishes) != now:
        return None
    if wishes.digest == DAILY:
        return now.date().isoformat()
    year, week, _ = now.isocalendar()
    return f"{year}-W{week:02}"


def recipients(grave: GraveAlert, followers: Iterable[Follower], *, takes_up: int | None = None) -> list[int]:
    """Return the accounts that are told of a grave alert.

    A declared intention goes to whoever follows the learner today, an escalated alert to the lead of the course; when
    all of them are away, or there is none, the first goes to the lead too. Whoever is away is told nothing.

    Parameters
    ----------
    takes_up : the account that the procedure names for untouched alerts; told alone when it reaches this one.
    """
    present = [one for one in followers if not one.away]
    leads = [one.account_id for one in present if grave.course_id in one.courses]
    if grave.code == ESCALATED:
        named = [one.account_id for one in present if one.account_id == takes_up and _reaches(one, grave)]
        return named or leads
    return [one.account_id for one in present if _follows(one, grave)] or leads


def _reaches(one: Follower, about: GraveAlert | Proof) -> bool:
    return about.course_id in one.courses or _follows(one, about)


def owners(proof: Proof, people: Iterable[Follower]) -> list[int]:
    """Return the accounts that are to mend a missing proof.

    The account that the procedure names, when it may see it; else whoever the turn says: who follows the learner
    today, the lead of the course (also when nobody follows them), the quality team.
    """
    present = [one for one in people if not one.away]
    named = [one.account_id for one in present if one.account_id == proof.named and _may_see(one, proof)]
    leads = [one.account_id for one in present if proof.course_id in one.courses]
    turns = {
        QUALITY: [one.account_id for one in present if one.quality],
        COURSE_LEAD: leads,
        MENTOR: [one.account_id for one in present if not one.quality and _follows(one, proof)] or leads,
    }
    return named or turns[proof.turn]


def _may_see(one: Follower, proof: Proof) -> bool:
    return one.quality or (proof.turn != QUALITY and _reaches(one, proof))


def proofs_period(now: datetime, wishes: Wishes, weekday: int) -> str | None:
    """Return the name of the weekly count of missing proofs that is due, `2026-W25`; None when none is.

    Due from the account's hour on the weekday of the procedure (1: Monday), or the first working day after it in the
    week; the last before it where there is none.
    """
    if wishes.digest == NONE or now.hour < wishes.hour or allowed_from(now, wishes) != now:
        return None
    monday = now.date() - timedelta(days=now.isoweekday() - 1)
    worked = [day for n in range(7) if works(day := monday + timedelta(days=n), wishes)]
    due = next((day for day in worked if day.isoweekday() >= weekday), worked[-1])
    year, week, _ = now.isocalendar()
    return f"{year}-W{week:02}" if now.date() >= due else None


def clock_due(now: datetime, wishes: Wishes) -> datetime | None:
    """Return when a delay in hours is told: in a moment, weekends included, or at the end of the silence."""
    return allowed_from(now + JOIN, wishes, any_day=True) if wishes.immediate else None


def _follows(one: Follower, grave: GraveAlert | Proof) -> bool:
    return one.unassigned if grave.mentor_id is None else grave.mentor_id in one.follows


def next_try(tries: int, now: datetime, *, retry_after: timedelta | None = None) -> datetime | None:
    """Return when a message that failed is tried again: after 1, 5, 30 minutes, 2 and 12 hours, then never (None).

    The other side may ask for a longer wait, up to a day.
    """
    if not 1 <= tries <= len(RETRIES):
        return None
    return now + max(RETRIES[tries - 1], min(retry_after or timedelta(0), LONGEST_WAIT))
