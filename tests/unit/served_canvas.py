"""A Canvas site, as small as its traps allow: what it answers has the shapes of the real one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.unit.served_json import Answer, Asked, Served, serve

TOKEN = "7~jeton-secret-0123456789"
A_PAGE = 2
Record = dict[str, Any]


@dataclass
class Site:
    """What the site holds, by path below `/api/v1`; lists come by pages of two."""

    held: dict[str, Any] = field(default_factory=dict)
    next_base: str = ""

    def answer(self, asked: Asked) -> Answer | None:
        """Answer as Canvas does."""
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer({"errors": [{"message": "Invalid access token."}]}, 401,
                          {"WWW-Authenticate": 'Bearer realm="canvas-lms"'})  # fmt: skip
        path = asked.path.removeprefix("/api/v1/")
        found = self.held.get(path)
        if path.endswith("discussion_topics"):
            announced = "only_announcements" in asked.params
            found = [topic for topic in found or () if bool(topic.get("is_announcement")) is announced]
        if path.endswith("page_views") and found is not None:
            found = [view for view in found if str(view["created_at"]) >= asked.params["start_time"][0]]
        if found is None:
            return Answer({"errors": [{"message": "The specified resource does not exist."}]}, 404)
        return self._page(asked, found) if isinstance(found, list) else Answer(found)

    def _page(self, asked: Asked, found: list[Record]) -> Answer:
        page = int(asked.params.get("page", ["1"])[0])
        shown, headers = found[A_PAGE * (page - 1) : A_PAGE * page], {"X-Rate-Limit-Remaining": "598.2"}
        base = self.next_base or f"http://{asked.headers['host']}"
        if len(found) > A_PAGE * page:
            start = "&".join(f"{name}={value}" for name, values in asked.params.items() for value in values
                             if name != "page")  # fmt: skip
            headers["Link"] = (f'<{base}{asked.path}?{start}&page={page}>; rel="current",'
                               f'<{base}{asked.path}?{start}&page={page + 1}>; rel="next"')  # fmt: skip
        return Answer(shown, headers=headers)


def user(number: int, name: str, email: str = "") -> Record:
    """Return a person of a course."""
    return {"id": str(number), "name": name, "sortable_name": name, "login_id": name.lower(), "email": email or None}


def enrolment(number: int, who: int, kind: str = "StudentEnrollment", state: str = "active", **more: Any) -> Record:
    """Return an enrolment."""
    return {
        "id": number, "user_id": who, "course_id": 1, "type": kind, "role": kind, "enrollment_state": state,
        "course_section_id": 10, "created_at": "2025-12-15T09:00:00Z", "updated_at": "2025-12-15T09:00:00Z",
        "start_at": None, "end_at": None, "last_activity_at": "2026-02-01T09:00:00Z", "total_activity_time": 5400,
        "user": {"id": who, "name": f"Personne {who}", "login_id": f"p{who}"}, **more,
    }  # fmt: skip


def assignment(number: int, name: str, **more: Any) -> Record:
    """Return an assignment."""
    return {"id": number, "name": name, "points_possible": 20.0, "submission_types": ["online_upload"],
            "due_at": "2026-02-01T22:59:59Z", "unlock_at": None, "created_at": "2025-12-20T10:00:00Z",
            "published": True, "only_visible_to_overrides": False, **more}  # fmt: skip


def submission(number: int, work: int, who: int | None, at: str | None, **more: Any) -> Record:
    """Return a submission."""
    return {"id": number, "assignment_id": work, "user_id": who, "attempt": 1 if at else None, "submitted_at": at,
            "score": None, "graded_at": None, "posted_at": None, "workflow_state": "submitted" if at else "unsubmitted",
            "late": False, "missing": False, "excused": None, **more}  # fmt: skip


def view(number: int, at: str, controller: str, who: int = 101, course: int | None = 1, **more: Any) -> Record:
    """Return a page view, address and browser and all."""
    links = {"user": who, "context": course, "asset": None, "real_user": None, "account": 1, **more.pop("links", {})}
    return {"id": f"vue-{number}", "created_at": at, "controller": controller, "action": "show", "app_name": None,
            "url": "https://canvas.example/courses/1?secret=1", "context_type": "Course" if course else "User",
            "asset_type": None, "user_request": True, "participated": None, "http_method": "get",
            "interaction_seconds": 30.5, "remote_ip": "203.0.113.77", "user_agent": "Mozilla/5.0 Navigateur",
            "links": links, **more}  # fmt: skip


def entry(number: int | str, who: int | None, at: str, message: str, *replies: Record, **more: Any) -> Record:
    """Return an entry of a discussion's view: numbers are text in its materialised part."""
    told = {"id": str(number), "user_id": str(who), "parent_id": None, "created_at": at, "updated_at": at,
            "message": message, "rating_sum": None, **more}  # fmt: skip
    return {**told, "replies": list(replies)} if replies else told


def topic(number: int, who: int | None, title: str, **more: Any) -> Record:
    """Return a discussion topic."""
    return {"id": number, "title": title, "message": "<p>Présentez-vous ici.</p>", "posted_at": "2026-01-05T08:00:00Z",
            "author": {"id": who, "display_name": "Quelqu'un"} if who else {}, "published": True,
            "discussion_subentry_count": 0, "group_category_id": None, "anonymous_state": None,
            "is_announcement": False, **more}  # fmt: skip


@contextmanager
def served_canvas(held: Mapping[str, Any]) -> Iterator[tuple[Served, Site]]:
    """Yield a running site, and what it holds."""
    site = Site(dict(held))
    with serve(site.answer) as served:
        yield served, site
