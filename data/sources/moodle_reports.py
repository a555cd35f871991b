"""What a teacher downloads from a Moodle course, without any right on the site: its Logs report and its grades.

The Logs report gives what people did: the folder import's own activity records, since a description holds the numbers
that the tables hold. Where a richer way of reading Moodle was imported before, that is all that is taken.

Where none was, an attempt or a submission of the report is a result, without a mark unless the grades export gives a
percentage and only one attempt can have earned it; the mark is known on the day of that file. Where no source brings
the session either, the options `starts_on` and `ends_on` make it, and those in the grades export its learners.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from data.errors import SourceError
from data.sources.base import Request
from data.sources.moodle_dates import DAY_FIRST, MONTH_FIRST, Evidence, instant
from data.sources.moodle_events import (
    COMPLETED,
    ENROLLED,
    QUIZ_SUBMITTED,
    SITE_ORIGINS,
    WORK_SUBMITTED,
    Described,
    described,
    event_of,
    kind_of,
    plain,
)
from data.sources.moodle_report_files import GRADES, LOG, Report, graded, number, open_report, titled
from data.sources.spelling import refuse_unknown
from data.sources.spool import Spool

OPTIONS = ("dates", "ends_on", "session", "starts_on")
DAYS = "--set starts_on=DAY --set ends_on=DAY"
RICHER = frozenset({"moodle", "moodle-db", "moodle-ws"})
CHUNK = 20_000
HANDED_IN = (QUIZ_SUBMITTED, WORK_SUBMITTED)


@dataclass
class Told:
    """What a first pass over the logs of a session tells, besides what people did."""

    names: dict[str, set[str]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    handed_in: Counter[tuple[str, str]] = field(default_factory=Counter)
    enrolled: dict[str, date] = field(default_factory=dict)
    completed: dict[str, date] = field(default_factory=dict)
    course: str | None = None


class MoodleReports:
    """Reads a teacher's CSV files: `place` is one of them, or a folder of them."""

    name, system = "moodle-csv", "moodle"
    any_text = False

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return the CSV files, by name.

        Raises
        ------
        SourceError : there is none.
        """
        place = Path(request.place).expanduser()
        files = sorted(place.glob("*.csv")) if place.is_dir() else [place] if place.is_file() else []
        if not files:
            raise SourceError("no CSV file is there", where=str(place), accepted="a file, or a folder of .csv files")
        return {path.name: path for path in files}

    def read(self, request: Request, spool: Spool) -> Mapping[str, object]:
        """Fill the plain tables, session by session."""
        dates = _options(request)
        reports: dict[str, list[Report]] = {}
        for path in self.inputs(request).values():
            report = open_report(path)
            reports.setdefault(report.session(request.options.get("session", "")), []).append(report)
        for code, files in sorted(reports.items()):
            _SessionReports(request, spool, code, files, dates).read()
        return {}


class _SessionReports:
    """The files of one session."""

    def __init__(self, request: Request, spool: Spool, code: str, files: Sequence[Report], dates: str) -> None:
        self._request, self._spool, self._code, self._dates = request, spool, code, dates
        self._logs = [file for file in files if file.kind == LOG]
        self._grades = [file for file in files if file.kind == GRADES]
        self._zone = ZoneInfo(request.clock.time_zone)
        self._told, self._orders = Told(), dict[str, str]()
        self._marks: dict[tuple[str, str], tuple[float, date]] = {}
        self._shown: set[str] = set()
        self._alone, self._makes = _rights(request, code, has_grades=bool(self._grades))

    def read(self) -> None:
        """Read the grades after what names people in the logs, and before what people did there."""
        self._orders = {log.path.name: self._order(log) for log in self._logs}
        for log in self._logs:
            self._first_pass(log)
        for grades in self._grades:
            self._read_grades(grades)
        before = Counter[int]()
        for log in self._logs:
            before |= self._read_log(log, before)

    def _order(self, log: Report) -> str:
        """Return the order of day and month of a file, by all its dates."""
        evidence, line = Evidence(), 1
        try:
            for line, row in log.rows():  # noqa: B007 - told by the error
                evidence.see(log.value(row, "time"))
        except ValueError as error:
            where, todo = f"{log.path.name}, line {line}", "change the site's date format, or its language"
            raise SourceError(str(error), where=where, accepted="dates with their year", todo=todo) from error
        return evidence.order(french=log.french, file=log.path.name, asked=self._dates)

    def _first_pass(self, log: Report) -> None:
        """Learn who has which number, which element has which, and who handed in what how often."""
        told = self._told
        for _, row in log.rows():
            if len(row) != len(log.header) or log.value(row, "origin") in SITE_ORIGINS:
                continue
            description = log.value(row, "description")
            event, numbers = event_of(log.value(row, "event"), description), described(description)
            told.course = numbers.course or told.course
            names = (log.value(row, "name"), log.value(row, "affected"))
            for name, person in zip(names, numbers.people, strict=False):
                told.names.setdefault(plain(name), set()).add(person)
            if numbers.place:
                told.titles[titled(log.value(row, "context"))] = numbers.place
            if event in HANDED_IN and numbers.actor and numbers.place:
                told.handed_in[numbers.actor, numbers.place] += 1
            elif event in (ENROLLED, COMPLETED) and numbers.people:
                when = instant(log.value(row, "time"), self._zone, self._orders[log.path.name])
                days = told.enrolled if event == ENROLLED else told.completed
                if isinstance(when, datetime):
                    days[numbers.people[-1]] = min(when.date(), days.get(numbers.people[-1], when.date()))

    def _read_log(self, log: Report, before: Counter[int]) -> Counter[int]:
        """Read what people did; rows that another file of the session told already are not counted twice."""
        file, waiting, here = log.path.name, _Waiting(self._spool), Counter[int]()
        for line, row in log.rows():
            self._spool.seen(file)
            if len(self._logs) > 1:
                key = hash(tuple(row))
                here[key] += 1
                if here[key] <= before[key]:
                    self._spool.set_aside(file, line, "told by another file", damaged=False)
                    continue
            self._read_event(log, line, row, waiting)
        waiting.flush()
        return here

    def _read_event(self, log: Report, line: int, row: list[str], waiting: _Waiting) -> None:
        """Keep what somebody did, or say why not."""
        file, description = log.path.name, log.value(row, "description")
        event = event_of(log.value(row, "event"), description)
        kind = kind_of(event, log.value(row, "component"), description)
        if len(row) != len(log.header):
            self._spool.set_aside(file, line, "wrong number of columns")
        elif log.value(row, "origin") in SITE_ORIGINS:
            self._spool.set_aside(file, line, "done by the site, not by the learner", damaged=False)
        elif not kind:
            self._spool.set_aside(file, line, "event not used", damaged=False)
        elif isinstance(when := instant(log.value(row, "time"), self._zone, self._orders[file]), str):
            self._spool.set_aside(file, line, when, column=log.header[log.columns["time"]])
        elif (numbers := described(description)).actor is None:
            column = log.header[log.columns["description"]]
            self._spool.set_aside(file, line, "no account number", column=column)
        else:
            waiting.add(file, line, numbers.actor, "" if kind == "login" else self._code, kind, numbers.place, when)
            if self._alone and event in HANDED_IN and numbers.place:
                self._result(log, line, row, event, numbers, when)

    def _result(self, log: Report, line: int, row: list[str], event: str, numbers: Described, when: datetime) -> None:
        """Keep a hand-in, with its mark where only it can have earned the one that is known."""
        file, place, person = log.path.name, str(numbers.place), str(numbers.actor)
        assessment, quiz = f"cmid:{place}", event == QUIZ_SUBMITTED
        if place not in self._shown:
            self._shown.add(place)
            name = log.value(row, "context").partition(":")[2].strip()
            kind = "quiz" if quiz else "assignment"
            self._spool.add("assessments", file=file, line=line, assessment=assessment, session=self._code, kind=kind,
                            name=name or assessment)  # fmt: skip
        mark = self._marks.get((person, place)) if self._told.handed_in[person, place] == 1 else None
        known = mark is not None and mark[1] >= when.date()
        self._spool.add(
            "results", file=file, line=line, person=person, session=self._code, assessment=assessment,
            submitted_at=when, result=numbers.handed if quiz else None,
            score=mark[0] if mark and known else None, score_known_on=mark[1] if mark and known else None,
        )  # fmt: skip

    def _read_grades(self, grades: Report) -> None:
        """Read who is graded: the learners of the session, and their marks."""
        file, columns = grades.path.name, graded(grades)
        namesakes = Counter(_name(grades, row) for _, row in grades.rows())
        met, first = Counter[str](), True
        for line, row in grades.rows():
            self._spool.seen(file)
            if len(row) != len(grades.header):
                self._spool.set_aside(file, line, "wrong number of columns")
                continue
            name = _name(grades, row)
            person, sure = self._who(name, grades.value(row, "email"), namesakes[name], met[name])
            met[name] += 1
            if person is None:
                self._spool.set_aside(file, line, "who it is is not told", column=grades.header[0])
                continue
            if first and self._makes:
                self._session(file, line)
            first = False
            self._person(grades, line, row, person, sure=sure)
            if sure:
                self._keep_marks(grades, row, columns, person)

    def _who(self, name: str, email: str, namesakes: int, rank: int) -> tuple[str | None, bool]:
        """Return whose row it is, by the number the logs give to a name or by e-mail, and whether it is sure.

        People with one name cannot be told apart by it: as many as the logs know are learners, without their marks.
        """
        numbers = sorted(self._told.names.get(name, ()))
        if len(numbers) == namesakes == 1:
            return numbers[0], True
        if email and (not numbers or email.casefold() in self._request.known.by_email):
            return email, True
        return (numbers[rank], False) if len(numbers) == namesakes else (None, False)

    def _session(self, file: str, line: int) -> None:
        options = self._request.options
        self._spool.add("sessions", file=file, line=line, session=self._code, starts_on=options["starts_on"],
                        ends_on=options["ends_on"])  # fmt: skip

    def _person(self, grades: Report, line: int, row: list[str], person: str, *, sure: bool) -> None:
        """Keep a learner, and the enrolment where this source makes it."""
        name = " ".join((grades.value(row, "first"), grades.value(row, "last")))
        email = grades.value(row, "email") if sure else None
        self._spool.add(
            "people", file=grades.path.name, line=line, person=person, name=name, email=email, role="learner"
        )
        if not self._makes:
            return
        first, last = (date.fromisoformat(self._request.options[name]) for name in ("starts_on", "ends_on"))
        since, done = self._told.enrolled.get(person), self._told.completed.get(person)
        numbered = self._told.course and person.isdigit()
        completed = {"outcome": "completed", "ended_on": min(done, last), "outcome_known_on": done, "passed": True,
                     "result_known_on": done} if done else {}  # fmt: skip
        self._spool.add(
            "enrolments", file=grades.path.name, line=line, person=person, session=self._code,
            key=f"{person}:{self._told.course}" if numbered else None, registered_on=since,
            started_on=min(max(first, since or first), last), planned_end_on=last, **completed,
        )  # fmt: skip

    def _keep_marks(self, grades: Report, row: list[str], columns: Mapping[int, tuple[str, str]], person: str) -> None:
        """Keep the marks given as a percentage, known on the day of the file."""
        told = grades.value(row, "downloaded")
        today = self._request.clock.as_of or self._request.clock.latest
        day = datetime.fromtimestamp(int(told), self._zone).date() if re.fullmatch(r"\d{9,10}", told) else today
        for column, (title, way) in columns.items():
            share, place = number(row[column]), self._told.titles.get(title)
            if way == "share" and share is not None and place and 0 <= share <= 100:
                self._marks[person, place] = (share / 100, day)


class _Waiting:
    """Rows of activity, written by chunk."""

    def __init__(self, spool: Spool) -> None:
        self._spool, self._rows = spool, list[tuple[str | int | None, ...]]()

    def add(
        self, file: str, line: int, person: str, session: str, kind: str, place: str | None, when: datetime
    ) -> None:
        """Keep one action."""
        self._rows.append((file, line, person, session or None, kind, place, when.isoformat()))
        if len(self._rows) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        names = ("file", "line", "person", "session", "kind", "resource", "occurred_at")
        if self._rows:
            columns = zip(*self._rows, strict=True)
            types = (pa.string(), pa.int64(), *[pa.string()] * 5)
            arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
            self._spool.add_rows("activity", pa.Table.from_arrays(arrays, names=list(names)))
            self._rows = []


def _name(grades: Report, row: list[str]) -> str:
    return plain(" ".join((grades.value(row, "first"), grades.value(row, "last"))))


def _rights(request: Request, code: str, *, has_grades: bool) -> tuple[bool, bool]:
    """Return whether results may be made, and whether the session and its enrolments may be.

    Raises
    ------
    SourceError : no source brings the session and nothing here does; or another one already brought it.
    """
    held, dated = request.known.tables.get("sessions"), "starts_on" in request.options
    here = held is not None and code in held.column("session_id").to_pylist()
    richer = sorted(RICHER & request.known.sources)
    if not here and not (dated and has_grades):
        raise SourceError(
            "no source brings the session", where=code, accepted="a session imported before, or a grades export with"
            f" {DAYS}", todo="import who is enrolled first, or check the code: --session CODE",
        )  # fmt: skip
    if here and dated and (richer or request.known.sources != {MoodleReports.name}):
        raise SourceError("another source already brought the session", where=code,
                          todo=f"leave out {DAYS}")  # fmt: skip
    return not (here and richer), dated


def _options(request: Request) -> str:
    """Check the options, and return the order of day and month asked for.

    Raises
    ------
    SourceError : one is unknown, or cannot be read.
    """
    given = request.options
    refuse_unknown("moodle-csv", given, OPTIONS)
    if given.get("dates", DAY_FIRST) not in (DAY_FIRST, MONTH_FIRST):
        raise SourceError("unknown order of dates", where="--set dates", accepted=f"{DAY_FIRST}, {MONTH_FIRST}")
    days = [given[name] for name in ("starts_on", "ends_on") if name in given]
    try:
        sound = len(days) in (0, 2) and [date.fromisoformat(day) for day in days] == sorted(
            map(date.fromisoformat, days)
        )
    except ValueError:
        sound = False
    if not sound:
        raise SourceError("the session's days cannot be read", where=DAYS,
                          accepted="both, in order, as in 2026-01-31")  # fmt: skip
    return given.get("dates", "")
