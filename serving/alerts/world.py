"""Read from the records what a day's round must know: closures, sources gone quiet, who objected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from serving.alerts.holding import CLOSURE, PUBLIC_HOLIDAY, RESTS_ON, Closed, Refusals, World
from serving.alerts.outage import is_quiet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from data.consents import Access
    from data.home import Home

LOOK_BACK = timedelta(days=120)
LOOK_AHEAD = timedelta(days=120)
EVERY_SESSION = ""
_KNOWN = """
SELECT DISTINCT e.session_id, a.known_on FROM activity a JOIN enrolments e USING (enrolment_id)
WHERE a.known_on < $as_of AND a.known_on >= $since
"""
_DAYS = "SELECT DISTINCT known_on FROM {table} WHERE known_on < $as_of AND known_on >= $since"
_CALENDAR = "SELECT session_id, from_on, to_on, kind FROM calendar WHERE to_on >= $since AND from_on <= $until"
_SESSIONS = "SELECT DISTINCT session_id FROM enrolments WHERE started_on <= $as_of AND planned_end_on >= $as_of"
Closing = tuple[str, date, date, str]
"""A line of the calendar: session (empty: all), first and last day, kind."""


def read_world(home: Home, as_of: date) -> World:
    """Return what the records say of a day; nothing where nothing was imported."""
    from data.store import RecordStore

    store = RecordStore(home)
    if not store.versions():
        return World()
    with store.connect() as con:
        seen = see(con, as_of)
    return replace(seen, refusals=refusals_of(home))


def refusals_of(home: Home) -> dict[str, Refusals]:
    """Return who is not to be read, by purpose, as of now."""
    from data.consents import Consents

    return {code: Refusals(frozenset(one.learners), one.listed) for code, one in _limited(Consents(home).access())}


def _limited(access: dict[str, Access]) -> Iterable[tuple[str, Access]]:
    return ((code, one) for code, one in access.items() if not one.full)


def see(con: DuckDBPyConnection, as_of: date) -> World:
    """Return a day's closures and quiet sessions, for the sessions under way."""
    sessions = [session_id for (session_id,) in con.execute(_SESSIONS, {"as_of": as_of}).fetchall()]
    bounds = {"since": as_of - LOOK_BACK, "until": as_of + LOOK_AHEAD}
    calendar: list[Closing] = con.execute(_CALENDAR, bounds).fetchall()
    known = con.execute(_KNOWN, {"as_of": as_of, "since": as_of - LOOK_BACK}).fetchall()
    closed = {one: found for one in sessions if (found := closure(calendar, one, as_of))}
    holidays = shut(calendar, EVERY_SESSION)
    mute = frozenset(table for table in RESTS_ON if is_quiet(_days(con, table, as_of), as_of, closed=holidays))
    return World(closed, frozenset(_quiet(sessions, known, calendar, as_of)), holidays=holidays, mute=mute)


def _days(con: DuckDBPyConnection, table: str, as_of: date) -> set[date]:
    """Return the days on which a record of a kind became known."""
    found = con.execute(_DAYS.format(table=table), {"as_of": as_of, "since": as_of - LOOK_BACK}).fetchall()
    return {day for (day,) in found}


def _quiet(sessions: list[str], known: list[tuple[str, date]], calendar: list[Closing], as_of: date) -> list[str]:
    """Return the sessions of which nothing is known for too long: all of them when the whole site is silent."""
    if is_quiet({day for _, day in known}, as_of, closed=shut(calendar, EVERY_SESSION)):
        return sessions
    days: dict[str, set[date]] = {}
    for session_id, day in known:
        days.setdefault(session_id, set()).add(day)
    return [one for one in sessions if is_quiet(days.get(one, set()), as_of, closed=shut(calendar, one))]


def closure(calendar: Iterable[Closing], session_id: str, day: date) -> Closed | None:
    """Return why a session is closed on a day, and the first day after; None when it is not. Closures come first."""
    order = (CLOSURE, PUBLIC_HOLIDAY)
    lines = [one for one in calendar if one[0] in (session_id, EVERY_SESSION) and one[1] <= day <= one[2]]
    if not lines:
        return None
    kind = min(lines, key=lambda line: order.index(line[3]) if line[3] in order else len(order))[3]
    return Closed(kind, max(line[2] for line in lines) + timedelta(days=1))


def shut(calendar: Iterable[Closing], session_id: str) -> frozenset[date]:
    """Return the days on which a session is closed or in holidays; weeks in a company are not."""
    lines = [one for one in calendar if one[0] in (session_id, EVERY_SESSION) and one[3] in (CLOSURE, PUBLIC_HOLIDAY)]
    return frozenset(first + timedelta(days=n) for _, first, last, _ in lines for n in range((last - first).days + 1))
