"""What a Discourse site answers: its categories, topics, posts, groups and accounts, page by page.

Shapes: docs.discourse.org, and the serializers of github.com/discourse/discourse. Pages are counted here; a link
to a next page is only read as "there is one", so that no answer can lead the key elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from data.errors import SourceError
from data.sources.http import Address, AnswerError

AT_ONCE = 50
"""Posts, or members, asked for in one request."""
MOST_PAGES = 20_000
GONE = frozenset({403, 404, 410})
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Topic:
    """A topic as a category lists it; `public` is false for what is unlisted or no ordinary topic."""

    number: int
    category: int
    moved_at: str
    public: bool


def asked_to_wait(answer: httpx.Response) -> float | None:
    """Return how long Discourse asks to wait where it says so in the answer's body; None when it does not."""
    if answer.status_code != 429 or "retry-after" in answer.headers:
        return None
    try:
        told = answer.json()["extras"]["wait_seconds"]
    except (ValueError, KeyError, TypeError):
        return None
    return float(told) if isinstance(told, int | float) and told >= 0 else None


def number(told: object) -> int | None:
    """Return a whole number as it is told, None for anything else."""
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def records(held: object, key: str = "") -> list[Record]:
    """Return the objects of a list, or of the list an object holds under a key, empty when it holds none.

    Raises
    ------
    SourceError : it has another shape.
    """
    listed = held.get(key, []) if key and isinstance(held, dict) else held
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise SourceError("the answer has another shape than Discourse's", where=key or "users",
                          todo="check that the address is the site's own")  # fmt: skip
    return listed


def categories(site: Address) -> dict[int, Record]:
    """Return the categories of a site by number; large sites list them apart."""
    listed = records(site.json("site.json"), "categories")
    page = 1
    while not listed or page > 1:
        found = _held(site.json("categories.json", {"include_subcategories": "true", "page": page}), "category_list")
        more = [c for above in records(found, "categories") for c in (above, *records(above, "subcategory_list"))]
        if not more or page == MOST_PAGES:
            break
        listed, page = [*listed, *more], page + 1
    return {known: category for category in listed if (known := number(category.get("id"))) is not None}


def topics(site: Address, path: str, since: str) -> Iterator[Topic]:
    """Yield the topics a category lists that moved since an instant; pinned ones come first whatever their day."""
    met: set[int] = set()
    for page in range(MOST_PAGES):
        asked = {"order": "activity", "ascending": "false", "page": page}
        listing = _held(site.json(f"{path}/l/latest.json", asked), "topic_list")
        new = [t for t in records(listing, "topics") if number(t.get("id")) not in met]
        met |= {t["id"] for t in new if number(t.get("id"))}
        recent = [t for t in new if _moved_at(t) >= since]
        yield from (_topic(t) for t in recent if number(t.get("id")))
        old = any(_moved_at(t) < since and not t.get("pinned") for t in new)
        if not new or old or not listing.get("more_topics_url"):
            return


def posts(site: Address, topic: int) -> Iterator[Record]:
    """Yield the posts of a topic in order: those its page holds, then the others; nothing when it was withdrawn."""
    try:
        page = site.json(f"t/{topic}.json")
    except AnswerError as error:
        if error.status in GONE:
            return
        raise
    if not isinstance(page, dict) or page.get("archetype", "regular") != "regular" or page.get("deleted_at"):
        return
    stream = _held(page, "post_stream")
    held = records(stream, "posts")
    yield from held
    if stream.get("isMegaTopic"):
        yield from _one_after_another(site, topic, held)
        return
    seen = {post.get("id") for post in held}
    others = [told for told in stream.get("stream") or () if number(told) and told not in seen]
    for start in range(0, len(others), AT_ONCE):
        asked = {"post_ids[]": others[start : start + AT_ONCE]}
        yield from records(_held(site.json(f"t/{topic}/posts.json", asked), "post_stream"), "posts")


def members(site: Address, group: str) -> Iterator[str]:
    """Yield the user names of a group's members."""
    for page in range(MOST_PAGES):
        asked = {"limit": AT_ONCE, "offset": page * AT_ONCE}
        listed = records(site.json(f"groups/{quote(group, safe='')}/members.json", asked), "members")
        yield from (str(member.get("username")) for member in listed)
        if len(listed) < AT_ONCE:
            return


def accounts(site: Address) -> Iterator[Record]:
    """Yield the active accounts, with their e-mails."""
    for page in range(1, MOST_PAGES):
        listed = records(site.json("admin/users/list/active.json", {"show_emails": "true", "page": page}))
        yield from listed
        if not listed:
            return


def _one_after_another(site: Address, topic: int, held: list[Record]) -> Iterator[Record]:
    """Yield the rest of a topic of more than ten thousand posts, which does not list them."""
    last = held[-1].get("post_number") if held else None
    while last:
        asked = {"post_number": last, "asc": "true"}
        found = records(_held(site.json(f"t/{topic}/posts.json", asked), "post_stream"), "posts")
        new = [post for post in found if (number(post.get("post_number")) or 0) > last]
        yield from new
        last = max((post["post_number"] for post in new), default=None)


def _held(page: object, key: str) -> Record:
    found = page.get(key, {}) if isinstance(page, dict) else None
    if not isinstance(found, dict):
        raise SourceError("the answer has another shape than Discourse's", where=key,
                          todo="check that the address is the site's own")  # fmt: skip
    return found


def _moved_at(topic: Record) -> str:
    return str(topic.get("bumped_at") or topic.get("created_at") or "")


def _topic(told: Record) -> Topic:
    public = told.get("archetype") == "regular" and told.get("visible") is not False
    return Topic(told["id"], number(told.get("category_id")) or 0, _moved_at(told), public)
