"""How fresh each kind of record is: the rhythm of its own past, read from the store, and the verdict of today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from data.rhythm import QUIET, SLOW, WINDOW, Freshness, freshness
from monitoring.windows import Closures

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KINDS = ("activity", "posts", "quiz_results", "survey_answers", "attendance")
"""The tables whose records come as time goes: what a source brings, whatever its name."""
LOOK_BACK = 2 * WINDOW
KNOWN = dict.fromkeys(KINDS, "date_trunc('hour', known_at AT TIME ZONE $zone)") | {
    "survey_answers": "CAST(answered_on AS TIMESTAMP)"
}
"""The local hour in which a record became known; answers are dated to the day."""
_COUNTS = """
SELECT date_diff('hour', TIMESTAMP '1970-01-01', {at}) AS hour, count(*)
FROM {table} WHERE {on} >= $since AND {on} < $until GROUP BY 1
"""
_PEOPLE = """
SELECT count(*) FILTER (started_on <= $now AND coalesce(ended_on, planned_end_on) >= $now),
       count(*) FILTER (started_on <= $before AND coalesce(ended_on, planned_end_on) >= $before)
FROM enrolments
"""
_CLOSED = "SELECT from_on, to_on FROM calendar WHERE session_id = '' AND kind IN ('closure', 'public_holiday')"


@dataclass(frozen=True)
class Kind:
    """How one kind of record is; `sources` bring it, by the names of their imports."""

    kind: str
    found: Freshness
    sources: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain types only."""
        told = asdict(self.found)
        last = self.found.last_at
        return {"kind": self.kind, "sources": list(self.sources), **told, "last_at": last.isoformat() if last else None}


def read_freshness(
    con: DuckDBPyConnection, as_of: date, *, zone: str, brought: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Kind, ...]:
    """Return how each kind of record is at the first hour of a day; kinds never brought are left out.

    Parameters
    ----------
    zone : the organisation's time zone, in which hours are told.
    brought : by table, the names of the sources that brought it.
    """
    now, closed = datetime.combine(as_of, time()), closed_days(con)
    people, told = _people(con, as_of), []
    for kind in KINDS:
        counts = hourly(con, kind, as_of, zone=zone)
        if counts:
            found = freshness(counts, now, closed=closed, people=people)
            told.append(Kind(kind, found, (brought or {}).get(kind, ())))
    return tuple(told)


def hourly(con: DuckDBPyConnection, kind: str, as_of: date, *, zone: str) -> dict[datetime, int]:
    """Return the records of a kind by the local hour in which they became known, before a day."""
    bounds = {"since": as_of - LOOK_BACK, "until": as_of} | ({"zone": zone} if "$zone" in KNOWN[kind] else {})
    on = "answered_on" if kind == "survey_answers" else "known_on"
    start = datetime.combine(date(1970, 1, 1), time())
    rows = con.execute(_COUNTS.format(table=kind, at=KNOWN[kind], on=on), bounds).fetchall()
    return {start + timedelta(hours=int(hour)): int(count) for hour, count in rows}


def closed_days(con: DuckDBPyConnection) -> frozenset[date]:
    """Return the days on which the whole organisation is closed."""
    lines = con.execute(_CLOSED).fetchall()
    return frozenset(first + timedelta(days=n) for first, last in lines for n in range((last - first).days + 1))


def closures(con: DuckDBPyConnection) -> Closures:
    """Return when the whole organisation was closed, and when each session started: what drift is compared by."""
    starts = con.execute("SELECT session_id, starts_on FROM sessions WHERE starts_on IS NOT NULL").fetchall()
    return Closures(closed_days(con), dict(starts))


def _people(con: DuckDBPyConnection, as_of: date) -> float:
    """Return how many are followed now for each one followed four weeks ago."""
    found = con.execute(_PEOPLE, {"now": as_of, "before": as_of - WINDOW / 2}).fetchone()
    now, before = found if found else (0, 0)
    return now / before if now and before else 1.0


def silent(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """Return the kinds that are quiet, or come in drips."""
    return tuple(one for one in kinds if one.found.state in (QUIET, SLOW))
