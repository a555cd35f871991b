"""Canvas: courses as sessions, enrolments, assignments, submissions, discussions and page views, over its REST API.

Everything is read again at each import, except page views, which are read from the last import on, less an overlap.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data.errors import SourceError
from data.sources.base import Request
from data.sources.canvas_api import Ranks, day, open_canvas
from data.sources.canvas_roster import Course, Roster
from data.sources.canvas_views import Views
from data.sources.canvas_work import Work
from data.sources.communities import community, options_of, section
from data.sources.http import Address
from data.sources.spool import Spool, refuse_nothing

OVERLAP = 3
"""Days of page views re-read: Canvas writes them some hours late."""
OWN_OPTIONS = ("courses", "session_by", "concluded", "page_views", "overlap_days")
CHOICES = {"session_by": ("course", "section"), "concluded": ("completed", "left"), "page_views": ("yes", "no")}
_COURSE = re.compile(r"[\w.~-]+(?::[\w. ~-]+)?")


@dataclass(frozen=True)
class Choices:
    """The options, read and judged."""

    courses: tuple[str, ...]
    """Empty: all those of the token's owner."""
    by_section: bool
    concluded: str
    page_views: bool
    overlap: timedelta
    sessions: Mapping[str, Any]


class Canvas:
    """Reads courses of a Canvas site.

    Parameters
    ----------
    wait : how to wait, in seconds; a test gives its own.
    """

    name = system = "canvas"
    any_text = False

    def __init__(self, wait: Callable[[float], None] = time.sleep) -> None:
        self._wait = wait

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return nothing: it is fetched. The options are judged first."""
        _choices(request)
        return {}

    def read(self, request: Request, spool: Spool) -> Mapping[str, object]:
        """Read the courses asked for."""
        chosen = _choices(request)
        with open_canvas(request.place, request.secret, self._wait) as site:
            return _read(site, request, chosen, spool)


def _read(site: Address, request: Request, chosen: Choices, spool: Spool) -> Mapping[str, object]:
    asked = {name: value for name, value in request.options.items() if name != "sessions"}
    told = community(Request(request.place, request.clock, request.spool, asked), source="canvas")
    zone, ranks = request.clock.time_zone, Ranks(spool)
    roster = Roster(site, spool, ranks, told, zone, chosen.sessions, chosen.by_section, chosen.concluded)
    work = Work(site, spool, ranks, told, zone)
    courses: dict[str, Course] = {}
    for course in map(roster.course, chosen.courses) if chosen.courses else roster.every():
        request.report("fetching courses", len(courses), len(chosen.courses))
        courses[course.number] = course
        work.read(course)
    refuse_nothing(len(courses), "the courses of the token's owner")
    request.report("fetching courses", len(courses), len(courses))
    until = str(request.cursor.get("views_until") or "")
    read_before = request.cursor.get("courses") if until else ()
    if chosen.page_views:
        since = _since(until, chosen.overlap, courses, read_before, zone)
        until = Views(site, spool, ranks, courses, request.clock.latest).read(since, until)
    return {"place": request.place, "views_until": until, "courses": sorted(courses) if chosen.page_views else []}


def _since(
    until: str, overlap: timedelta, courses: Mapping[str, Course], before: object, zone: str
) -> dict[str, date | None]:
    """Return from which day each course's views are read: from its start for one that was not read before."""
    last = day(until, zone)
    known = set(before) if isinstance(before, list) else set()
    return {number: last - overlap if last and number in known else None for number in courses}


def _choices(request: Request) -> Choices:
    """Return the options.

    Raises
    ------
    SourceError : one is unknown, or its value is not accepted.
    """
    told = options_of(request, *OWN_OPTIONS, source="canvas")
    for name, accepted in CHOICES.items():
        if told.get(name, accepted[0]) not in accepted:
            raise SourceError("not an accepted value", where=f"--set {name}", accepted=" or ".join(accepted))
    courses = tuple(dict.fromkeys(name.strip() for name in told.get("courses", "").split(",") if name.strip()))
    if not all(_COURSE.fullmatch(course) for course in courses):
        known = "numbers, or sis_course_id:CODE, separated by commas"
        raise SourceError("which courses?", where="--courses", accepted=known)
    if not told.get("overlap_days", "0").isdigit():
        raise SourceError("not a number of days", where="--set overlap_days", accepted="as in 3")
    return Choices(
        courses, told.get("session_by") == "section", told.get("concluded", "completed"),
        told.get("page_views", "yes") == "yes", timedelta(days=min(int(told.get("overlap_days", OVERLAP)), 3650)),
        section(Path(told["sessions"]).expanduser(), "sessions", source="canvas") if "sessions" in told else {},
    )  # fmt: skip
