"""Canvas's page views: what each learner opened, never from where nor with what.

Addresses, IP numbers and browsers are in the answers and are never taken out of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from data.errors import SourceError
from data.sources.canvas_api import Ranks, Record, instant, key, pages
from data.sources.canvas_roster import Course
from data.sources.http import Address, AnswerError
from data.sources.json_lists import part
from data.sources.spool import Spool

VIEWS = "GET /users/{user}/page_views"
KINDS = {
    "login": "login", "pseudonym_sessions": "login",
    "courses": "view", "context_modules": "view", "users": "view", "dashboard": "view",
    "wiki_pages": "resource", "files": "resource", "folders": "resource", "context_modules_api": "resource",
    "media_objects": "video", "conferences": "video", "web_conferences": "video",
    "discussion_topics": "forum_view", "discussion_entries": "forum_view", "announcements": "forum_view",
    "quizzes": "quiz_view", "quiz_submissions": "quiz_view", "quiz_questions": "quiz_view",
    "assignments": "assignment_view", "submissions": "assignment_view", "grades": "grade_view",
    "gradebooks": "grade_view",
}  # fmt: skip
"""Kind of activity by controller; every other one is "other"."""
LAGGING = timedelta(days=30)
"""How long after its end a session's views are still asked for."""


@dataclass(frozen=True)
class Views:
    """How to read page views: the site, where rows go, the first instant of each course."""

    site: Address
    spool: Spool
    ranks: Ranks
    courses: Mapping[str, Course]
    today: date

    def read(self, since: Mapping[str, date | None], latest: str) -> str:
        """Bring the views of every learner, from the day asked for each course; return when the last one was."""
        for who, first in self._learners(since).items():
            try:
                for view in self._of(who, first):
                    latest = max(latest, self._view(who, view))
            except AnswerError as error:
                if error.status in (401, 403):
                    raise SourceError("page views are refused", where=f"GET /users/{{user}}/page_views, HTTP"
                                      f" {error.status}", todo="give a token whose role may see usage (Users - view"
                                      " page views), or --set page_views=no") from error  # fmt: skip
                raise
        return latest

    def _learners(self, since: Mapping[str, date | None]) -> dict[str, date]:
        """Return from which day each learner's views are asked for; none for sessions long over."""
        found: dict[str, date] = {}
        for number, course in self.courses.items():
            asked = since.get(number)
            for who, run in course.learners.items():
                if asked is None or asked <= run.ends_on + LAGGING:
                    first = max(run.starts_on, asked or run.starts_on)
                    found[who] = min(first, found.get(who, first))
        return found

    def _of(self, who: str, first: date) -> Iterator[Record]:
        """Yield a learner's views, once each: the list may move while it is read."""
        asked = {"start_time": f"{first.isoformat()}T00:00:00Z"}
        met: set[str] = set()
        for view in pages(self.site, f"users/{who}/page_views", asked):
            number = key(view.get("id"))
            if number not in met:
                met |= {number} if number else set()
                yield _kept(view)

    def _view(self, who: str, view: Record) -> str:
        """Bring one view, or say why not; return its instant, "" when it has none or one to come."""
        line, at = self.ranks.next(VIEWS), instant(view.get("created_at"))
        course = self.courses.get(str(view["context"])) if view["in_course"] else None
        reason = _no_activity(who, view, course)
        if at is None:
            self.spool.set_aside(VIEWS, line, "unreadable date", column="created_at")
        elif reason:
            self.spool.set_aside(VIEWS, line, reason, damaged=False)
        else:
            run = course.learners.get(who) if course else None
            asset = f"{view['asset_type']}:{view['asset']}" if view["asset"] and view["asset_type"] else None
            self.spool.add(
                "activity", file=VIEWS, line=line, person=who, session=run.code if run else None,
                kind=KINDS.get(str(view["controller"]).rsplit("/", 1)[-1], "other"), resource=asset, occurred_at=at,
            )  # fmt: skip
        return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at and at.date() <= self.today else ""


def _kept(view: Record) -> Record:
    """Return the few fields of a view that are used; its address, IP number and browser go no further."""
    links = part(view, "links")
    return {
        "created_at": view.get("created_at"),
        "controller": view.get("controller"),
        "asked_by_hand": view.get("user_request") is True or view.get("participated") is True,
        "in_course": view.get("context_type") == "Course",
        "context": key(links.get("context")),
        "asset": key(links.get("asset")),
        "asset_type": key(view.get("asset_type")),
        "acting": key(links.get("real_user")),
    }


def _no_activity(who: str, view: Record, course: Course | None) -> str | None:
    """Return why a view is not something the learner did in a session; None when it is."""
    if view["acting"] not in ("", who):
        return "somebody else acting as the learner"
    if not view["asked_by_hand"]:
        return "asked for by the page itself"
    if view["in_course"] and (course is None or who not in course.learners):
        return "of another course"
    return None
