"""How much of Moodle's log is read again: what is new, what may be late, and what a full reading would change.

Neither the log's ids nor its times are in order: rows are written late, restored courses bring old times. What is
read after a first import is

- every row of the last days before the last learner's event that was seen (the overlap), and every row with an id
  that was not there: late rows have one or the other;
- every event that tells the life of an enrolment, and every quiz attempt handed in, whatever its age: the roster is
  made of all of them;
- the whole log of whoever's enrolment, role or session changed, or who has a late row: rows that belonged to
  nobody may now be a learner's, and actions are counted by second.

So the records are those that reading the whole log would give. Old rows read for the roster only are counted
"imported before".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from data.errors import SourceError
from data.sources import moodle_sql, moodle_tables
from data.sources.base import Clock, Request
from data.sources.database import Snapshot
from data.sources.raw_file import RawFile

OVERLAP_DAYS = 7
MOST_PEOPLE = 20_000
"""Above so many people whose log is to be read whole, everything is read."""
BUCKETS = 64
LIFE = (
    "\\core\\event\\user_enrolment_updated", "\\core\\event\\user_enrolment_deleted", "\\core\\event\\role_unassigned",
    "\\core\\event\\group_member_removed", "\\core\\event\\course_completed",
)  # fmt: skip
ATTEMPT = "\\mod_quiz\\event\\attempt_submitted"


@dataclass(frozen=True)
class Window:
    """What is read of the log: everything, or what is new since a whole second, after an id, and of some people."""

    since: int | None = None
    last_id: int = 0
    people: tuple[int, ...] = ()

    @property
    def condition(self) -> str:
        """The rows to read, in SQL."""
        if self.since is None:
            return ""
        parts = [f"timecreated >= {self.since}", f"id > {self.last_id}", f"eventname IN ({listed((*LIFE, ATTEMPT))})"]
        if self.people:
            parts.append(f"userid IN ({', '.join(map(str, self.people))})")
        return "WHERE " + " OR ".join(parts)

    def write(self, path: Path) -> Path:
        """Write what it is, for the judgement of the rows."""
        with RawFile(path, moodle_tables.WINDOW) as file:
            if self.since is not None:
                file.add({"since": self.since, "userid": userid} for userid in (None, *self.people))
        return path


class Log:
    """The log of one site, in one snapshot of its database."""

    def __init__(self, database: Snapshot, prefix: str, request: Request) -> None:
        self._database, self._request = database, request
        self._overlap = overlap_days(request.options)
        self._prefix = prefix
        self._name = f"{prefix}{moodle_tables.LOG.name}"

    def window(self) -> Window:
        """Return what to read, from where the last import stopped."""
        left = self._request.cursor
        until, last_id, buckets = left.get("until"), left.get("last_id"), left.get("sessions")
        if left.get("reading") != self._reading() or not (isinstance(until, int) and isinstance(last_id, int)):
            return Window()
        since = until - self._overlap * 86_400
        seen = self._last_learner_event(since)
        if seen is None:
            since = min(since, self._last_learner_event() or 0)
        people = self._people(since, last_id, self._changed(buckets if isinstance(buckets, list) else []))
        return Window(since, last_id, people) if len(people) <= MOST_PEOPLE else Window()

    def cursor(self, window: Window) -> Mapping[str, Any]:
        """Return where the next import goes on from; holding nobody's number."""
        return {
            "place": self._request.place,
            "reading": self._reading(),
            "until": self._last_learner_event(window.since or 0),
            "last_id": self._one(f"SELECT max(id) FROM {self._t('logstore_standard_log')}"),
            "sessions": self._sessions()[0],
        }

    def _last_learner_event(self, since: int = 0) -> int | None:
        """Return when a learner last did something, not after the import's today."""
        return self._one(
            f"SELECT max(timecreated) FROM {self._t('logstore_standard_log')} WHERE timecreated >= {since}"
            f" AND timecreated < {_end(self._request.clock)} AND origin IN ('web', 'ws') AND userid IN"
            f" (SELECT a.userid FROM {self._t('role_assignments')} a JOIN {self._t('role')} r ON r.id = a.roleid"
            f" JOIN {self._t('context')} c ON c.id = a.contextid JOIN {self._t('user')} u ON u.id = a.userid"
            " WHERE c.contextlevel = 50 AND (r.shortname = 'student' OR r.archetype = 'student'))"
        )

    def _people(self, since: int, last_id: int, sessions: list[int]) -> tuple[int, ...]:
        """Return those whose whole log must be read."""
        late = f"(timecreated >= {since} OR id > {last_id})"
        log, life = self._t("logstore_standard_log"), listed(LIFE)
        queries = [
            f"SELECT userid FROM {log} WHERE id > {last_id} AND timecreated < {since}",
            f"SELECT relateduserid FROM {log} WHERE eventname IN ({life}) AND {late}",
            f"SELECT userid FROM {self._t('user_enrolments')} WHERE timecreated >= {since} OR timemodified >= {since}",
            f"SELECT userid FROM {self._t('role_assignments')} WHERE timemodified >= {since}",
        ]
        if sessions:
            among = ", ".join(map(str, sessions))
            queries += [
                f"SELECT u.userid FROM {self._t('user_enrolments')} u JOIN {self._t('enrol')} e ON e.id = u.enrolid"
                f" WHERE e.courseid IN ({among})",
                f"SELECT a.userid FROM {self._t('role_assignments')} a"
                f" JOIN {self._t('context')} c ON c.id = a.contextid"
                f" WHERE c.contextlevel = 50 AND c.instanceid IN ({among})",
                f"SELECT relateduserid FROM {log} WHERE eventname IN ({life}) AND courseid IN ({among})",
            ]
        found = self._database.numbers(" UNION ".join(queries), table=self._name)
        return tuple(sorted(number for (number,) in found if number is not None and number > 0))

    def _changed(self, buckets: list[str]) -> list[int]:
        """Return the sessions that may have changed since the cursor was left."""
        now, members = self._sessions()
        known = buckets if len(buckets) == BUCKETS else [""] * BUCKETS
        return [course for n, told in enumerate(now) if told != known[n] for course in members[n]]

    def _sessions(self) -> tuple[list[str], list[list[int]]]:
        """Return a digest of what decides whether and when a session is one, by bucket; and who is in the bucket."""
        query = (
            f"SELECT c.id, c.category, c.startdate, c.enddate, g.id, (SELECT count(*) FROM {self._t('course')} d"
            f" WHERE d.shortname = c.shortname) FROM {self._t('course')} c"
            f" LEFT JOIN {self._t('course_categories')} g ON g.id = c.category ORDER BY c.id"
        )
        told: list[str] = [""] * BUCKETS
        members: list[list[int]] = [[] for _ in range(BUCKETS)]
        for row in self._database.numbers(query, table=f"{self._prefix}course"):
            bucket = int(row[0] or 0) % BUCKETS
            told[bucket] += f"{tuple(None if value is None else int(value) for value in row)}"
            members[bucket].append(int(row[0] or 0))
        return [_digest(each) if each else "" for each in told], members

    def _reading(self) -> str:
        """Return a mark of how the log is read: another one, and it is read whole."""
        query = f"SELECT id, shortname, archetype FROM {self._t('role')} ORDER BY id"
        roles = self._database.numbers(query, table=f"{self._prefix}role")
        rules = [(rule.reason, rule.condition) for rule in moodle_tables.LATE_RULES[moodle_tables.LOG.name]]
        return _digest(str((self._prefix, self._request.clock.time_zone, moodle_sql.MACROS, rules, roles)))

    def _one(self, query: str) -> int | None:
        found = self._database.numbers(query, table=self._name)[0][0]
        return None if found is None else int(found)

    def _t(self, name: str) -> str:
        return self._database.quoted(self._prefix + name)


def listed(names: tuple[str, ...]) -> str:
    """Return texts of ours as a list of SQL literals."""
    return ", ".join(f"'{name}'" for name in names)


def overlap_days(options: Mapping[str, str]) -> int:
    """Return how many days are read again.

    Raises
    ------
    SourceError : the option is not a number of days.
    """
    told = options.get("overlap_days", str(OVERLAP_DAYS))
    if not told.isdecimal() or int(told) > 3650:
        raise SourceError("unreadable number", where="--overlap-days", accepted="a number of days, 0 to 3650")
    return int(told)


def _end(clock: Clock) -> int:
    """Return the first second after the import's today."""
    day = min(clock.as_of or clock.latest, clock.latest) + timedelta(days=1)
    return int(datetime.combine(day, time(), ZoneInfo(clock.time_zone)).timestamp())


def _digest(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()[:12]
