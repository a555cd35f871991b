"""Services of any size for the bench, each in a process of its own: what they answer is made up page by page.

`python -m tests.bench.made_sites discourse 1000000` prints the address it listens on, and serves until it is stopped.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.bench.made_exports import FIRST, SAID
from tests.bench.made_files import addresses
from tests.unit import served_canvas as canvas
from tests.unit import served_discourse as discourse
from tests.unit.served_moodle import NOW, ServedMoodle, form, recorded

Params = Mapping[str, list[str]]
Page = tuple[Any, dict[str, str]]
SPAN = timedelta(days=30)
"""What is made up happens in the thirty days from the twelfth of May 2026."""


class Discourse:
    """A category of topics, a hundred posts each, the last moved first."""

    A_TOPIC, LISTED, HELD = 100, 30, 20

    def __init__(self, rows: int) -> None:
        self._topics, self._emails = max(1, rows // self.A_TOPIC), addresses()

    def answer(self, path: str, params: Params) -> Page:
        """Answer as Discourse does."""
        steps, page = path.strip("/").split("/"), int(params.get("page", ["0"])[0])
        if path == "/site.json":
            return {"categories": [discourse.category(1, "Entraide", "entraide")]}, {}
        if path == "/admin/users/list/active.json":
            known = enumerate(self._emails)
            return [discourse.user(n + 1, f"u{n}", email) for n, email in known if n // 100 == page - 1], {}
        if steps[0] == "c":
            found = range(page * self.LISTED, min(self._topics, (page + 1) * self.LISTED))
            more = {"more_topics_url": "there is one"} if found.stop < self._topics else {}
            return {"topic_list": {"topics": [self._listed(rank) for rank in found], **more}}, {}
        rank = int(steps[1].removesuffix(".json")) - 1
        numbers = [rank * 1000 + place for place in range(1, self.A_TOPIC + 1)]
        if steps[-1] == "posts.json":
            return {"post_stream": {"posts": [self._post(rank, int(told)) for told in params["post_ids[]"]]}}, {}
        first = [self._post(rank, number) for number in numbers[: self.HELD]]
        return {"id": rank + 1, "archetype": "regular", "post_stream": {"posts": first, "stream": numbers}}, {}

    def _listed(self, rank: int) -> dict[str, Any]:
        return {"id": rank + 1, "title": "Un sujet", "category_id": 1, "bumped_at": _told(self._at(rank)),
                "archetype": "regular", "pinned": False, "visible": True}  # fmt: skip

    def _post(self, rank: int, number: int) -> dict[str, Any]:
        place, who = number % 1000, number * 7919 % len(self._emails)
        at = self._at(rank) - timedelta(minutes=self.A_TOPIC - place)
        author = {"id": who + 1, "username": f"u{who}"}
        return discourse.post(number, place, author, _told(at), f"<p>{SAID[number % len(SAID)]}</p>")

    def _at(self, rank: int) -> datetime:
        return FIRST + SPAN - SPAN * rank / self._topics


class Canvas:
    """A course whose learners have two thousand page views each, the newest first."""

    A_LEARNER, A_PAGE = 2000, 100

    def __init__(self, rows: int) -> None:
        self._learners = max(1, rows // self.A_LEARNER)

    def answer(self, path: str, params: Params) -> Page:
        """Answer as Canvas does."""
        path = path.removeprefix("/api/v1/")
        if path == "courses/1":
            return {"id": 1, "name": "Un cours", "course_code": "C", "start_at": _told(FIRST - timedelta(days=1)),
                    "end_at": _told(FIRST + SPAN * 2), "term": {}}, {}  # fmt: skip
        if path == "courses/1/users":
            return self._page(path, params, self._learners, lambda n: canvas.user(n + 1, f"p{n}", f"p{n}@example.org"))
        if path == "courses/1/enrollments":
            return self._page(path, params, self._learners, lambda n: canvas.enrolment(n + 1, n + 1))
        if path.endswith("page_views"):
            who, since = int(path.split("/")[1]), datetime.fromisoformat(params["start_time"][0])
            views = min(self.A_LEARNER, int((FIRST + SPAN - since) / self._step()))
            return self._page(path, params, views, lambda n: self._view(who, n))
        return [], {}

    def _view(self, who: int, rank: int) -> dict[str, Any]:
        controller = ("wiki_pages", "files", "quizzes", "discussion_topics")[rank % 4]
        asset = {"links": {"user": who, "context": 1, "asset": rank % 500}, "asset_type": "WikiPage"}
        at = _told(FIRST + SPAN - self._step() * rank)
        return canvas.view(0, at, controller, who, **asset) | {"id": f"vue-{who}-{rank}"}

    def _step(self) -> timedelta:
        return SPAN / self.A_LEARNER

    def _page(self, path: str, params: Params, many: int, made: Callable[[int], dict[str, Any]]) -> Page:
        page = int(params.get("page", ["1"])[0])
        found = range((page - 1) * self.A_PAGE, min(many, page * self.A_PAGE))
        rest = urlencode({**params, "page": page + 1}, doseq=True)
        more = {"Link": f'<{params["_base"][0]}/api/v1/{path}?{rest}>; rel="next"'} if found.stop < many else {}
        return [made(n) for n in found], more


class Store:
    """A learning record store: statements in the order in which they were stored."""

    def __init__(self, rows: int) -> None:
        self._rows, self._emails = rows, addresses()

    def answer(self, path: str, params: Params) -> Page:
        """Answer as a store does; nothing was voided."""
        if "verb" in params:
            return {"statements": [], "more": ""}, {}
        start, size = int(params.get("start", ["0"])[0]), int(params["limit"][0])
        if "since" in params and "start" not in params:
            start = int((datetime.fromisoformat(params["since"][0]) - FIRST) / SPAN * self._rows) + 1
        found = range(start, min(self._rows, start + size))
        more = f"{path}?{urlencode({'start': found.stop, 'limit': size})}" if found.stop < self._rows else ""
        return {"statements": [self._statement(n) for n in found], "more": more}, {}

    def _statement(self, n: int) -> dict[str, Any]:
        at = _told(FIRST + SPAN * n / self._rows)
        return {
            "id": f"{n:08x}-0000-4000-8000-{n:012x}",
            "actor": {"mbox": f"mailto:{self._emails[n * 7919 % len(self._emails)]}"},
            "verb": {"id": "http://id.tincanapi.com/verb/viewed"}, "timestamp": at, "stored": at,
            "object": {"id": f"https://example.org/page/{n % 500}",
                       "definition": {"type": "http://activitystrea.ms/schema/1.0/page"}},
        }  # fmt: skip


class Moodle(ServedMoodle):
    """The example's site, with one more forum a course: fifty posts a thread."""

    A_THREAD = 50

    def __init__(self, rows: int) -> None:
        super().__init__()
        courses = {row["id"]: row["courseid"] for row in self.tables["enrol"]}
        self._people: dict[int, list[int]] = {}
        for row in self.tables["user_enrolments"]:
            self._people.setdefault(courses[row["enrolid"]], []).append(row["userid"])
        self._threads = max(1, rows // self.A_THREAD // len(self._people))
        self._forum = recorded("mod_forum_get_forums_by_courses")[0]
        self._listed = recorded("mod_forum_get_forum_discussions")["discussions"][0]
        self._thread = recorded("mod_forum_get_discussion_posts")

    def respond(self, path: str, given: dict[str, Any]) -> tuple[int, dict[str, str], str]:
        """Answer a call, and forget it."""
        self.calls.clear()
        self.paths.clear()
        return super().respond(path, given)

    def mod_forum_get_forums_by_courses(self, given: dict[str, Any]) -> Any:
        """Answer one forum a course, which has the course's number."""
        wanted = [int(each) for each in given["courseids"]]
        return [{**self._forum, "id": each, "course": each, "type": "general"} for each in wanted]

    def mod_forum_get_forum_discussions(self, given: dict[str, Any]) -> Any:
        """Answer a page of a forum's threads."""
        size, forum = int(given["perpage"]), int(given["forumid"])
        many = self._threads if forum in self._people else 0
        found = range(int(given["page"]) * size, min(many, (int(given["page"]) + 1) * size))
        numbers = [forum * 10_000_000 + rank for rank in found]
        return {"discussions": [{**self._listed, "id": n * 100, "discussion": n} for n in numbers], "warnings": []}

    def mod_forum_get_discussion_posts(self, given: dict[str, Any]) -> Any:
        """Answer the posts of a thread."""
        thread = int(given["discussionid"])
        course = self.one("course", id=thread // 10_000_000)
        people, lasts = self._people[course["id"]], min(course["enddate"], NOW) - course["startdate"]
        posts = []
        for n in range(thread * 100, thread * 100 + self.A_THREAD):
            like, first = self._thread["posts"][0], n == thread * 100
            author = {**like["author"], "id": people[n * 7919 % len(people)], "groups": []}
            at = course["startdate"] + n * 7919 % lasts
            posts.append({**like, "id": n, "author": author, "discussionid": thread, "hasparent": not first,
                          "parentid": None if first else thread * 100, "timecreated": at, "timemodified": at,
                          "message": f"<p>{SAID[n % len(SAID)]}</p>", "isdeleted": False})  # fmt: skip
        return {**self._thread, "posts": posts, "forumid": course["id"], "courseid": course["id"]}


def _told(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


SITES: dict[str, Callable[[int], Any]] = {
    "moodle-ws": Moodle, "discourse": Discourse, "canvas": Canvas, "xapi": Store,
}  # fmt: skip


def serve(site: Any) -> None:
    """Serve a site on a free port of this machine, whose address is printed."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            base = [f"http://{self.headers['Host']}"]
            body, headers = site.answer(parts.path, {**parse_qs(parts.query), "_base": base})
            self._send(json.dumps(body), headers)

        def do_POST(self) -> None:
            _, headers, body = site.respond(
                self.path, form(self.rfile.read(int(self.headers["Content-Length"])).decode())
            )
            self._send(body, headers)

        def _send(self, body: str, headers: Mapping[str, str]) -> None:
            sent = body.encode()
            self.send_response(200)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(sent)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201
    server.serve_forever()


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("name", choices=sorted(SITES))
    asked.add_argument("rows", type=int)
    given = asked.parse_args()
    serve(SITES[given.name](given.rows))
