"""Since when a thing told without a date is so: as the store already knew it, or from the day of this reading.

A date that Moodle's web services do give is not always one: that of a completion is the grade's, which came before
anybody knew. The first reading that saw a thing is when it was known, and stays so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from data.batches import FileCount
from data.sources.base import Clock
from data.sources.links import of_accounts
from data.sources.staging import Staging

COMPLETED_EVENT = "\\core\\event\\course_completed"
SUBMITTED_EVENT = "\\mod_quiz\\event\\attempt_submitted"
UNLISTED = "not listed any more: kept as last read"
Row = Mapping[str, Any]


_EVENT = {"crud": "u", "edulevel": 2, "userid": 0, "anonymous": 0}


class Since:
    """Dates what a reading saw.

    Parameters
    ----------
    first_read : the day of the first reading of each session, by its short name.
    courses, people : those listed: by their codes and e-mails the enrolments that another source brought are known.
    """

    def __init__(
        self, staging: Staging, first_read: Mapping[str, str], clock: Clock, *, courses: Iterable[Row],
        people: Iterable[Row],
    ) -> None:  # fmt: skip
        self._one, self._zone = staging.pseudonymiser.one, clock.time_zone
        self._today, self._first_read = today(clock), first_read
        self._enrolled = _by(staging, "enrolments", "enrolment_id")
        places = sorted(self._enrolled.items(), reverse=True)
        self._placed = {(row["learner_id"], row["session_id"]): number for number, row in places}
        self._codes = {course["id"]: course["shortname"] for course in courses}
        self._learners = of_accounts(staging, "moodle", ((int(each["id"]), each["email"]) for each in people))
        self._assessed = _by(staging, "assessments", "assessment_id")

    def enrolments(self, courses: Iterable[Row], roster: Iterable[Row]) -> Iterator[dict[str, Any]]:
        """Yield the enrolments; somebody suspended is so since the first reading that saw it.

        A session that has not begun has no exits: who is not active yet is not suspended.
        """
        known = {course["id"]: course for course in courses}
        for row in roster:
            course, before = known[row["courseid"]], self._before(row)
            begins = min(self._on(int(course["startdate"] or 0)), self._today)
            new = begins if self._first_read.get(course["shortname"]) == self._today.isoformat() else self._today
            registered = before["registered_on"] if before else new
            suspended = row["suspended"] == "1" and self._on(int(course["startdate"] or 0)) <= self._today
            gone = before["outcome_known_on"] if before and before["outcome"] == "abandoned" else None
            changed = (gone or self._today) if suspended else registered
            yield {
                "status": int(suspended), "enrolid": row["courseid"], "userid": row["userid"], "timeend": 0,
                "timestart": self._at(before["started_on"] if before else new), "timecreated": self._at(registered),
                "timemodified": self._at(changed),
            }  # fmt: skip

    def completions(self, roster: Iterable[Row]) -> Iterator[dict[str, Any]]:
        """Yield the completions, as the events of a log; one seen before is not lost when nothing is said of it now."""
        for row in roster:
            before = self._before(row)
            known = before["outcome_known_on"] if before and before["outcome"] == "completed" else None
            if row["completed"] == "1" or (known and row["completed"] is None):
                event = {"eventname": COMPLETED_EVENT, "component": "core", "action": "completed", "origin": "ws"}
                who = {"courseid": row["courseid"], "relateduserid": row["userid"]}
                yield {**_EVENT, **event, **who, "timecreated": self._at(known or self._today)}

    def announced(self, quizzes: Iterable[Row]) -> Iterator[dict[str, Any]]:
        """Yield the quizzes, announced at the latest on the day the store says."""
        for quiz in quizzes:
            before = self._assessed.get(self._one("assessment", f"quiz:{quiz['id']}"))
            told = int(quiz["timecreated"])
            yield {**quiz, "timecreated": min(told, self._at(before["known_on"])) if before else told}

    def doubt(self, staging: Staging, canonical: Mapping[str, str], *, some: bool) -> Mapping[str, str]:
        """Return the canonical tables without what a reading cannot know.

        A completion has no day of its own: the enrolment ends at the latest on its planned day. Earlier enrolments
        are not counted when only `some` courses are read. Who was asked a survey that had closed before the first
        reading of its session is not known.
        """
        days = [(session, date.fromisoformat(day)) for session, day in self._first_read.items()]
        columns = zip(*days, strict=True) if days else ([], [])
        staging.keep("first_read", pa.table(dict(zip(("session_id", "day"), map(list, columns), strict=True))))
        earlier = "NULL" if some else "prior_attempts"
        enrolments = (
            f"SELECT * REPLACE (CASE WHEN ended_on > planned_end_on THEN planned_end_on ELSE ended_on END AS ended_on,"
            f" {earlier} AS prior_attempts)"
            f" FROM ({canonical['enrolments']})"
        )
        open_then = (
            f"SELECT survey_id FROM ({canonical['surveys']}) JOIN first_read USING (session_id)"
            " WHERE coalesce(closes_on, day) >= day"
        )
        answers = (
            f"SELECT * FROM ({canonical['survey_answers']}) WHERE answered_on IS NOT NULL OR survey_id IN ({open_then})"
        )
        return {**canonical, "enrolments": enrolments, "survey_answers": answers}

    def unlisted(self, courses: Iterable[Row], roster: Iterable[Row]) -> Iterator[FileCount]:
        """Yield how many enrolments of these sessions were read before and are not listed now."""
        sessions = {course["shortname"] for course in courses}
        listed = {self._enrolment(row) for row in roster}
        lost = [n for n, row in self._enrolled.items() if row["session_id"] in sessions and n not in listed]
        if lost:
            yield FileCount("enrolments read before", len(lost), 0, {}, {UNLISTED: len(lost)})

    def _enrolment(self, row: Row) -> int:
        """Return the number of an enrolment: its own, or that under which another source brought it."""
        own = self._one("enrolment", f"{row['userid']}:{row['courseid']}")
        place = self._learners.get(int(row["userid"])), self._codes.get(row["courseid"])
        return own if own in self._enrolled else self._placed.get(place, own)

    def _before(self, row: Row) -> Row | None:
        return self._enrolled.get(self._enrolment(row))

    def _at(self, day: date) -> int:
        return midday(day, self._zone)

    def _on(self, instant: int) -> date:
        return datetime.fromtimestamp(instant, ZoneInfo(self._zone)).date()


def closed_by_the_site(quizzes: Iterable[Row], attempts: Path) -> Iterator[dict[str, Any]]:
    """Yield the hand-ins of attempts the site closed, as the events of a log.

    Such an attempt ends at the quiz's close, but is written, and known, when the site's own task comes by.
    """
    closes = {quiz["id"]: quiz["timeclose"] for quiz in quizzes}
    for batch in pq.ParquetFile(attempts).iter_batches():
        for row in batch.to_pylist():
            finished = row["state"] == "finished" and row["timefinish"] == closes.get(row["quiz"])
            if finished and row["timemodified"] is not None:
                event = {"eventname": SUBMITTED_EVENT, "component": "mod_quiz", "action": "submitted", "origin": "cli"}
                yield {**_EVENT, **event, "objectid": row["id"], "timecreated": row["timemodified"]}


def today(clock: Clock) -> date:
    """Return the day of the reading."""
    return clock.as_of or clock.latest


def midday(day: date, zone: str) -> int:
    """Return the seconds of a day's noon, an hour that every day has."""
    return int(datetime.combine(day, time(12), ZoneInfo(zone)).timestamp())


def _by(staging: Staging, table: str, key: str) -> dict[int, Row]:
    """Return the store's own rows by key; none when nothing was imported yet."""
    held = staging.known.tables.get(table)
    return {row[key]: row for row in held.to_pylist()} if held is not None else {}
