"""Canvas's courses as sessions, and who is in them: learners with their dates, mentors, trainers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from data.errors import SourceError
from data.sources.canvas_api import Ranks, Record, day, key, one, pages
from data.sources.communities import Community
from data.sources.http import Address
from data.sources.json_lists import part
from data.sources.spool import Spool

COURSES, ENROLMENTS, USERS = "GET /courses", "GET /courses/{course}/enrollments", "GET /courses/{course}/users"
STATES = ("active", "invited", "completed", "inactive", "deleted", "rejected")
NOT_YET = {
    "invited": "an invitation not answered", "creation_pending": "an invitation not answered",
    "rejected": "an invitation turned down",
}  # fmt: skip
OVER = frozenset({"deleted", "inactive", "completed"})
TEACHING = {"TeacherEnrollment": "trainer", "TaEnrollment": "mentor", "DesignerEnrollment": "staff"}


class DatesError(SourceError):
    """Nothing says when a course starts and ends."""


@dataclass(frozen=True)
class Run:
    """One dated session: a course, or one of its sections."""

    code: str
    name: str
    starts_on: date
    ends_on: date
    suffix: str = ""
    """What tells its assessments from the same ones of another section."""


@dataclass
class Course:
    """A course, its sessions, and who is in it."""

    number: str
    code: str
    weighted: bool
    runs: dict[str, Run] = field(default_factory=dict)
    """By section; "" for the course itself."""
    learners: dict[str, Run] = field(default_factory=dict)
    staff: dict[str, str] = field(default_factory=dict)
    mentors: dict[str, set[str]] = field(default_factory=dict)
    """Mentors by section; "" for the whole course."""
    others: set[str] = field(default_factory=set)
    """The test student, observers, those who never came."""

    def run_of(self, section: str) -> Run:
        """Return the session of a section."""
        return self.runs.get(section) or self.runs[""]

    def sessions(self) -> list[Run]:
        """Return the sessions, once each."""
        return list({run.code: run for section, run in self.runs.items() if section or len(self.runs) == 1}.values())


@dataclass(frozen=True)
class Roster:
    """How to read courses: the site, where rows go, what the organisation says.

    `sessions` tells, by course or section number, a code, or a table with `session`, `starts_on`, `ends_on`.
    """

    site: Address
    spool: Spool
    ranks: Ranks
    told: Community
    zone: str
    sessions: Mapping[str, Any]
    by_section: bool = False
    concluded: str = "completed"
    met: set[str] = field(default_factory=set)

    def every(self) -> Iterator[Course]:
        """Bring every published course the token's owner belongs to; those without dates are set aside."""
        for told in pages(self.site, "courses", {"state[]": ["available", "completed"]}):
            try:
                yield self.course(key(told.get("id")))
            except DatesError:
                self.spool.set_aside(COURSES, self.ranks.next(COURSES), "no start or no end", column="ends_on")

    def course(self, asked: str) -> Course:
        """Bring a course's sessions and everybody in it.

        Raises
        ------
        SourceError : it cannot be read, or nothing says when it starts and ends.
        """
        found = one(self.site, f"courses/{asked}", {"include[]": ["term"]})
        if found.get("access_restricted_by_date") or not found.get("name"):
            raise SourceError("a course cannot be read with this token", where=f"course {asked}",
                              todo="give a token of somebody who may read it")  # fmt: skip
        course = Course(key(found.get("id")), str(found.get("course_code") or found["name"]),
                        bool(found.get("apply_assignment_group_weights")))  # fmt: skip
        self._runs(course, found)
        line = self.ranks.next(COURSES)
        for run in course.sessions():
            self.spool.add("sessions", file=COURSES, line=line, session=run.code, course=course.code, name=run.name,
                           starts_on=run.starts_on, ends_on=run.ends_on)  # fmt: skip
        self._people(course)
        self._enrolments(course)
        return course

    def _runs(self, course: Course, found: Record) -> None:
        course.runs[""] = self._run(found, [found, part(found, "term")], "course", key(found.get("sis_course_id")))
        if self.by_section:
            for section in pages(self.site, f"courses/{course.number}/sections"):
                dated = [section, found, part(found, "term")]
                number = key(section.get("id"))
                code = key(section.get("sis_section_id"))
                course.runs[number] = self._run(section, dated, "section", code, suffix=f"@{number}")

    def _run(self, found: Record, dated: list[Record], kind: str, code: str, *, suffix: str = "") -> Run:
        number = key(found.get("id"))
        told = self.sessions.get(number, {})
        told = told if isinstance(told, dict) else {"session": told}
        dates = [told, *({"starts_on": d.get("start_at"), "ends_on": d.get("end_at")} for d in dated)]
        first, last = (next((d for t in dates if (d := day(t.get(name), self.zone))), None)
                       for name in ("starts_on", "ends_on"))  # fmt: skip
        if first is None or last is None:
            raise DatesError("a course has no dates", where=f"{kind} {number}", accepted="a start and an end",
                             todo="give them in Canvas, or in a file: --set sessions=FILE")  # fmt: skip
        return Run(str(told.get("session") or code or f"{kind}-{number}"), str(found.get("name")), first, last, suffix)

    def _people(self, course: Course) -> None:
        """Bring names and e-mails, for the vault; each person once, whatever their courses."""
        asked = {"include[]": ["email"], "enrollment_state[]": [s for s in STATES if s != "deleted"]}
        for user in pages(self.site, f"courses/{course.number}/users", asked):
            self._person(user, USERS, self.ranks.next(USERS))

    def _person(self, user: Record, file: str, line: int) -> None:
        number = key(user.get("id"))
        if not number:
            self.spool.set_aside(file, line, "missing value", column="id")
        elif number in self.met:
            self.spool.set_aside(file, line, "told already", damaged=False)
        else:
            self.met.add(number)
            given = next((told for name in ("email", "login_id") if "@" in (told := str(user.get(name) or ""))), None)
            email = self.told.email_told(number, user.get("login_id")) or given
            self.spool.add("people", file=file, line=line, person=number, name=user.get("name"), email=email)

    def _enrolments(self, course: Course) -> None:
        """Sort everybody by what they are, then bring each learner once a session."""
        asked = {"state[]": list(STATES)}
        listed: dict[tuple[str, str], list[tuple[int, Record]]] = {}
        for told in pages(self.site, f"courses/{course.number}/enrollments", asked):
            line, who, section = self.ranks.next(ENROLMENTS), key(told.get("user_id")), _section(told)
            if told.get("type") == "StudentEnrollment" and who:
                listed.setdefault((who, course.run_of(section).code), []).append((line, told))
            else:
                self._no_learner(course, told, line, who, section)
        for (who, _), rows in listed.items():
            self._learner(course, who, rows)

    def _no_learner(self, course: Course, told: Record, line: int, who: str, section: str) -> None:
        kind = str(told.get("type"))
        role = (self.told.role(told.get("role")) or TEACHING.get(kind)) if kind in TEACHING else None
        if not who:
            self.spool.set_aside(ENROLMENTS, line, "missing value", column="user_id")
        elif role is None:
            course.others.add(who)
            reason = "the test student" if kind == "StudentViewEnrollment" else "neither a learner nor a teacher"
            self.spool.set_aside(ENROLMENTS, line, reason, damaged=False)
        else:
            course.staff[who] = role
            if role == "mentor" and told.get("enrollment_state") in ("active", None):
                course.mentors.setdefault(section, set()).add(who)
                course.mentors.setdefault("", set()).add(who)
            self.spool.set_aside(ENROLMENTS, line, "a teacher", damaged=False)

    def _learner(self, course: Course, who: str, rows: list[tuple[int, Record]]) -> None:
        """Bring one learner of one session, of all the sections they were in."""
        here = [(line, told) for line, told in rows if str(told.get("enrollment_state")) not in NOT_YET]
        reason = "also teaches the course" if who in course.staff else None
        for line, told in rows:
            if reason or (line, told) not in here:
                why = reason or NOT_YET[str(told.get("enrollment_state"))]
                self.spool.set_aside(ENROLMENTS, line, why, damaged=False)
            elif line != here[0][0]:
                self.spool.set_aside(ENROLMENTS, line, "another section of the same session", damaged=False)
        if reason or not here:
            course.others.update(() if who in course.staff else (who,))
            return
        self._enrolment(course, who, here[0][0], [told for _, told in here])

    def _enrolment(self, course: Course, who: str, line: int, rows: list[Record]) -> None:
        sections = [_section(told) for told in rows]
        run = course.run_of(sections[0])
        started = max(run.starts_on, min(self._days(rows, "start_at", "created_at"), default=run.starts_on))
        ends = list(self._days(rows, "end_at"))
        planned = max(ends) if len(ends) == len(rows) else run.ends_on
        left = self._left_on(rows, planned)
        if left is not None and left < started:
            course.others.add(who)
            self.spool.set_aside(ENROLMENTS, line, "withdrawn before the start", damaged=False)
            return
        course.learners[who] = run
        if who not in self.met:
            self._person(part(rows[0], "user") or {"id": who}, ENROLMENTS, line)
        finished = left is not None and self.concluded == "completed" and _finished(rows)
        self.spool.add(
            "enrolments", file=ENROLMENTS, line=line, person=who, session=run.code, course=course.code,
            mentor=_mentor(course, sections), registered_on=min(self._days(rows, "created_at"), default=None),
            started_on=started, planned_end_on=max(planned, started), ended_on=left,
            outcome="completed" if finished else None,
        )  # fmt: skip

    def _left_on(self, rows: list[Record], planned: date) -> date | None:
        """Return the day of the last change once no enrolment is open; None when that is after the end."""
        if not all(str(told.get("enrollment_state")) in OVER for told in rows):
            return None
        left = max(self._days(rows, "updated_at"), default=None)
        if left is not None and left > planned:
            return planned if _finished(rows) else None
        return left

    def _days(self, rows: list[Record], *names: str) -> Iterator[date]:
        """Yield, for each enrolment, the first of some days that it has."""
        for told in rows:
            found = next((d for name in names if (d := day(told.get(name), self.zone))), None)
            if found:
                yield found


def _section(told: Record) -> str:
    return key(told.get("course_section_id"))


def _finished(rows: list[Record]) -> bool:
    return any(told.get("enrollment_state") == "completed" for told in rows)


def _mentor(course: Course, sections: list[str]) -> str | None:
    """Return the only mentor of a learner's sections, else the only one of the course."""
    near = set().union(*(course.mentors.get(section, set()) for section in sections if section))
    for found in (near, course.mentors.get("", set())):
        if len(found) == 1:
            return next(iter(found))
    return None
