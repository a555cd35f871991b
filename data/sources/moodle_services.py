"""Moodle's web services: what a token may read of a site, as Moodle's tables, without its log.

They say who is enrolled now, not since when, nor when somebody was suspended, completed the course or left. What
they do not say is never made up from dates that look like an answer:

- completion comes with a backdated date: it is known from the first reading that saw it;
- a suspension is known from the first reading that saw it, and is an exit on that day;
- whoever is there at the first reading of a session was there from its start; whoever appears later came that day;
- somebody unenrolled is not listed any more and stays as last read;
- nobody is said to have left a survey unanswered when it had closed before the first reading.

So a session is told well when it is read every day from its start, and an old session has no outcomes (see
`moodle_since.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow.parquet as pq

from data.batches import FileCount
from data.errors import SourceError
from data.progress import Report
from data.sources import moodle_tables as tables
from data.sources.base import Clock, Extract, Gathered, Request
from data.sources.moodle import Moodle
from data.sources.moodle_calls import REST, Calls
from data.sources.moodle_reading import LEFT, ROSTER, RawSite, SiteReading, Wanted
from data.sources.moodle_since import Since, closed_by_the_site, midday, today
from data.sources.raw_file import RawFile
from data.sources.spelling import refuse_unknown
from data.sources.staging import Staging

OPTIONS = ("calls_per_second", "courses", "learner_roles", "mentor_roles")
CALLS_PER_SECOND = 10.0
GIVEN = "put it in FILROUGE_MOODLE_TOKEN, or in a file: --secret-file FILE"
RICHER = frozenset({"moodle", "moodle-db"})
"""Ways of reading Moodle that tell more: what they told is never overwritten by this one."""


class MoodleServices:
    """Reads a Moodle site by its web services: `place` is its address, `secret` a token."""

    name, system, has_today, any_text = "moodle-ws", "moodle", True, False

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return nothing: everything is fetched."""
        del request
        return {}

    def gather(self, request: Request) -> Gathered:
        """Fetch what the token may read.

        Raises
        ------
        SourceError : the site cannot be read, refuses something it did not refuse before, or was told in more
            detail by another way.
        """
        _refuse_poorer(request)
        if not request.secret:
            raise SourceError(
                "no token was given",
                where="moodle-ws",
                todo=f"make one in Moodle; {GIVEN}",
            )
        wanted, pause = _wanted(request), _pause(request)
        with Calls(_site(request.place), request.secret, pause=pause) as calls, RawSite(request.spool) as raw:
            reading = SiteReading(calls, raw, wanted)
            sessions = reading.read()
            _refuse_less(request, reading.families)
            day = today(request.clock).isoformat()
            first = {**dict.fromkeys(sessions, day), **request.cursor.get("first_read", {})}
            cursor = {"place": request.place, "first_read": first, "families": sorted(reading.families),
                      "courses": sorted(wanted.courses)}  # fmt: skip
            return Gathered(raw.close(), cursor)

    def extract(self, staging: Staging, gathered: Gathered, clock: Clock, report: Report) -> Extract:
        """Date what is new by what the store knew, then read the tables as those of any Moodle."""
        files = dict(gathered.files)
        roster, left = files.pop(ROSTER.name), files.pop(LEFT)
        courses, listed, quizzes = _rows(files[tables.COURSE.name]), _rows(roster), _rows(files[tables.QUIZ.name])
        people, first_read = _rows(files[tables.USER.name]), gathered.cursor.get("first_read", {})
        since = Since(staging, first_read, clock, courses=courses, people=people)
        events = chain(since.completions(listed), closed_by_the_site(quizzes, files[tables.ATTEMPTS.name]))
        dated = (
            (tables.USER_ENROLMENTS, "user_enrolments", since.enrolments(courses, listed)),
            (tables.LOG, "events made of states", events),
            (tables.QUIZ, "quiz", since.announced(quizzes)),
        )
        (roster.parent / "dated").mkdir()
        for table, name, rows in dated:
            files[table.name] = roster.parent / "dated" / f"{name}.parquet"
            with RawFile(files[table.name], table) as file:
                file.add({"id": rank, **row} for rank, row in enumerate(rows, 1))
        extract = Moodle().extract(staging, Gathered(files), clock, report)
        staging.files.extend((*_counts(left), *since.unlisted(courses, listed)))
        return replace(extract, tables=since.doubt(staging, extract.tables, some=bool(gathered.cursor["courses"])))


def _refuse_poorer(request: Request) -> None:
    """Raise SourceError when the store holds what a richer way told: it would be overwritten by less."""
    told = sorted(RICHER & request.known.sources)
    if told:
        raise SourceError(
            "the records of this store came by a way that tells more than web services", where=", ".join(told),
            accepted=f"the next import by {told[0]}", todo="go on with it, or start another FILROUGE_HOME",
        )  # fmt: skip


def _refuse_less(request: Request, families: Sequence[str]) -> None:
    """Raise SourceError when the token may not read any more what it read the last time."""
    gone = sorted(set(request.cursor.get("families", ())) - set(families))
    if gone:
        raise SourceError(
            "the token may not read any more what it read the last time", where=", ".join(gone),
            todo="give it back the functions of docs/sources/moodle-ws.md: their absence would look like silence",
        )  # fmt: skip


def _wanted(request: Request) -> Wanted:
    """Return what is asked for, from the options."""
    refuse_unknown("moodle-ws", request.options, OPTIONS)
    renamed = dict.fromkeys(_codes(request, "mentor_roles"), "teacher")
    renamed |= dict.fromkeys(_codes(request, "learner_roles"), "student")
    noon = midday(today(request.clock), request.clock.time_zone)
    return Wanted(_codes(request, "courses"), renamed, noon, noon + 12 * 3600 - 1, request.report)


def _codes(request: Request, option: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in request.options.get(option, "").split(",") if code.strip())


def _pause(request: Request) -> float:
    """Return the seconds between two calls."""
    told = request.options.get("calls_per_second", str(CALLS_PER_SECOND))
    if not re.fullmatch(r"\d{1,6}(\.\d+)?", told) or float(told) <= 0:
        raise SourceError(
            "unreadable number of calls", where="--set calls_per_second", accepted="a number above 0, as in 10"
        )
    return 1 / float(told)


def _site(place: str) -> str:
    """Return the address of the site; one that holds a token or a password is refused: addresses are kept."""
    parts = urlsplit(place.strip())
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise SourceError("the address holds more than the site's place", accepted="https://moodle.example.org",
                          todo=f"leave the token out of it; {GIVEN}")  # fmt: skip
    return place.strip().removesuffix("/").removesuffix(REST).rstrip("/")


def _rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def _counts(left: Path) -> Iterator[FileCount]:
    """Yield what was told and not kept, by function."""
    for function, reasons in json.loads(left.read_text(encoding="utf-8")).items():
        sound = {reason: n for reason, n in reasons.items() if n}
        if sound:
            yield FileCount(function, sum(sound.values()), 0, {}, sound)
