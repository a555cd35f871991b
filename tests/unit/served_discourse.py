"""A Discourse site, as small as its traps allow: what it answers has the shapes of the real one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.unit.served_json import Answer, Asked, Served, serve

KEY = "cle-secrete-0123456789"
A_PAGE, FIRST_POSTS = 2, 3
Record = dict[str, Any]


def user(number: int, name: str, email: str = "", **more: Any) -> Record:
    """Return an account as the administrators' list tells it, addresses and all."""
    return {"id": number, "username": name, "name": name.title(), "email": email, "secondary_emails": [],
            "active": True, "admin": False, "moderator": False, "ip_address": "203.0.113.9", **more}  # fmt: skip


def post(number: int, rank: int, author: Record, at: str, cooked: str, **more: Any) -> Record:
    """Return a post of a topic's stream."""
    return {
        "id": number, "name": author.get("name"), "username": author["username"], "user_id": author["id"],
        "created_at": at, "updated_at": at, "cooked": cooked, "post_number": rank, "post_type": 1,
        "reply_count": 0, "reply_to_post_number": None, "quote_count": 0, "reads": 3, "readers_count": 2,
        "moderator": author.get("moderator", False), "admin": author.get("admin", False),
        "staff": bool(author.get("admin") or author.get("moderator")), "primary_group_name": None, "hidden": False,
        "user_deleted": False, "deleted_at": None, "wiki": False, "version": 1, "trust_level": 1,
        "actions_summary": [{"id": 6, "can_act": True}], **more,
    }  # fmt: skip


@dataclass
class Site:
    """What the site holds: categories, topics by category, posts by topic, accounts, groups."""

    categories: list[Record] = field(default_factory=list)
    topics: list[Record] = field(default_factory=list)
    posts: dict[int, list[Record]] = field(default_factory=dict)
    users: list[Record] = field(default_factory=list)
    groups: dict[str, list[str]] = field(default_factory=dict)
    next_page: str = "/c/x/1/l/latest?page={page}"

    def add(self, number: int, category: int, bumped_at: str, *posts: Record, **more: Any) -> None:
        """Add a topic with its posts."""
        self.topics.append({"id": number, "title": "Un sujet", "slug": "un-sujet", "posts_count": len(posts),
                            "category_id": category, "bumped_at": bumped_at, "archetype": "regular", "pinned": False,
                            "visible": True, "closed": False, **more})  # fmt: skip
        self.posts[number] = list(posts)

    def answer(self, asked: Asked) -> Answer | None:
        """Answer as Discourse does."""
        if asked.headers.get("api-key") != KEY:
            return Answer({"errors": ["You are not permitted to view the requested resource."],
                           "error_type": "invalid_access"}, 403)  # fmt: skip
        steps = asked.path.strip("/").split("/")
        if asked.path == "/site.json":
            return Answer({"categories": self.categories, "groups": []})
        if asked.path == "/admin/users/list/active.json":
            page = int(asked.params["page"][0])
            return Answer(self.users[A_PAGE * (page - 1) : A_PAGE * page])
        if steps[0] == "groups":
            names = self.groups.get(steps[1])
            return names and Answer({"members": [{"id": n, "username": u} for n, u in enumerate(names)], "owners": [],
                                     "meta": {"total": len(names), "limit": 50, "offset": 0}})  # fmt: skip
        if steps[0] == "c":
            return self._listing(asked, int(steps[-3]))
        return self._topic(asked, steps) if steps[0] == "t" else None

    def _listing(self, asked: Asked, category: int) -> Answer:
        """List a category's topics and those of the categories below it, pinned first, then the last moved."""
        below = {category, *(c["id"] for c in self.categories if c.get("parent_category_id") == category)}
        topics = [t for t in self.topics if t["category_id"] in below]
        topics.sort(key=lambda t: (t["pinned"], t["bumped_at"]), reverse=True)
        page = int(asked.params.get("page", ["0"])[0])
        shown = topics[A_PAGE * page : A_PAGE * (page + 1)]
        more = {"more_topics_url": self.next_page.format(page=page + 1)} if len(topics) > A_PAGE * (page + 1) else {}
        return Answer({"users": [], "topic_list": {"per_page": A_PAGE, "topics": shown, **more}})

    def _topic(self, asked: Asked, steps: list[str]) -> Answer | None:
        number = int(steps[1].removesuffix(".json"))
        topic = next((t for t in self.topics if t["id"] == number), None)
        if topic is None or topic.get("withdrawn"):
            return None
        posts = self.posts[number]
        if steps[-1] == "posts.json" and "post_number" in asked.params:
            after = int(asked.params["post_number"][0])
            return Answer({"post_stream": {"posts": [p for p in posts if p["post_number"] > after][:FIRST_POSTS]}})
        if steps[-1] == "posts.json":
            wanted = {int(told) for told in asked.params["post_ids[]"]}
            return Answer({"post_stream": {"posts": [p for p in posts if p["id"] in wanted]}, "id": number})
        stream: Record = {"posts": posts[:FIRST_POSTS]}
        stream |= {"isMegaTopic": True} if topic.get("mega") else {"stream": [p["id"] for p in posts]}
        return Answer({"id": number, "archetype": topic["archetype"], "category_id": topic["category_id"],
                       "post_stream": stream})  # fmt: skip


def category(number: int, name: str, slug: str, *, private: bool = False, above: int | None = None) -> Record:
    """Return a category."""
    more = {"parent_category_id": above} if above else {}
    return {"id": number, "name": name, "slug": slug, "read_restricted": private, **more}


@contextmanager
def served_discourse(site: Site) -> Iterator[Served]:
    """Yield a running site."""
    with serve(site.answer) as served:
        yield served
