"""Discourse: the public categories of a site, their topics and posts, over its API.

A topic that moved since the last import is read again whole: replies to it find the thread they belong to, and
an edited post its new reading. Likes and edits that do not move a topic are seen when something else does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from data.errors import SourceError
from data.sources import authored
from data.sources import discourse_api as api
from data.sources.base import Request
from data.sources.communities import LEFT_ASIDE, Community, community, options_of
from data.sources.discourse_api import Topic
from data.sources.http import Address
from data.sources.json_lists import Record, parts
from data.sources.spool import Spool, refuse_nothing

OVERLAP = 7
"""Days re-read before the last move of the last import."""
OWN_OPTIONS = ("overlap_days", "since")
LIKE = 2
MODERATOR, SMALL, WHISPER = 2, 3, 4
CATEGORIES, LISTED = "GET /site.json", "GET /c/{category}/l/latest.json"
POSTS, ACCOUNTS = "GET /t/{topic}.json", "GET /admin/users/list/active.json"


@dataclass(frozen=True)
class Place:
    """A public category: its address, and what the organisation says of it."""

    number: int
    path: str
    channel: str
    session: str | None


class Discourse:
    """Reads the public posts of a Discourse site.

    Parameters
    ----------
    wait : how to wait, in seconds; a test gives its own.
    """

    name = system = "discourse"
    any_text = False

    def __init__(self, wait: Callable[[float], None] = time.sleep) -> None:
        self._wait = wait

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return nothing: it is fetched."""
        options_of(request, *OWN_OPTIONS)
        return {}

    def read(self, request: Request, spool: Spool) -> Mapping[str, object]:
        """Read the topics that moved since the last import, less the overlap, whole."""
        emails = "people" not in options_of(request, *OWN_OPTIONS)
        told = community(request, None if emails else spool)
        with Address(request.place, headers=_headers(request.secret), wait=self._wait, asked=api.asked_to_wait) as site:
            visit = _Visit(site, spool, told, request)
            visit.people(emails=emails)
            until = visit.topics()
        if not request.cursor:
            refuse_nothing(visit.posts, "the site's public categories")
        return {"place": request.place, "until": until}


class _Visit:
    """One reading of a site."""

    def __init__(self, site: Address, spool: Spool, told: Community, request: Request) -> None:
        self._site, self._spool, self._told, self._request = site, spool, told, request
        self._host = urlsplit(site.base).hostname or ""
        self._roles: dict[str, str] = {}
        self.posts = 0

    def people(self, *, emails: bool) -> None:
        """Bring the accounts with their e-mails, and learn who belongs to a group that has a role."""
        for group, role in self._told.roles.items():
            if not group.startswith("@"):
                self._roles.update((name, role) for name in api.members(self._site, group))
        met: set[int] = set()
        for line, user in enumerate(api.accounts(self._site) if emails else (), 1):
            self._spool.seen(ACCOUNTS)
            self._account(line, user, met)

    def topics(self) -> str | None:
        """Read the topics to read; return when the last one moved."""
        since = self._since()
        moved = [(place, topic) for place in self._places() for topic in self._listed(place, since)]
        for done, (place, topic) in enumerate(moved):
            self._request.report("fetching topics", done, len(moved))
            self._topic(place, topic)
        self._request.report("fetching topics", len(moved), len(moved))
        before, tomorrow = str(self._request.cursor.get("until") or ""), self._request.clock.latest + timedelta(days=1)
        past = (topic.moved_at for _, topic in moved if topic.moved_at < tomorrow.isoformat())
        return max([before, *past]) or None

    def _since(self) -> str:
        """Return the instant from which topics are read again, "" for all."""
        given, until = self._request.options.get("since"), self._request.cursor.get("until")
        try:
            if given:
                return datetime.fromisoformat(given).date().isoformat()
            overlap = timedelta(days=int(self._request.options.get("overlap_days", OVERLAP)))
            return (datetime.fromisoformat(str(until)) - overlap).strftime("%Y-%m-%dT%H:%M:%S") if until else ""
        except (ValueError, OverflowError) as error:
            known = "--set since=2026-01-31, --set overlap_days=7"
            raise SourceError("an option cannot be read", accepted=known) from error

    def _account(self, line: int, user: Record, met: set[int]) -> None:
        number = api.number(user.get("id"))
        if number is None:
            self._spool.set_aside(ACCOUNTS, line, "missing value", column="id")
        elif number < 0:
            self._spool.set_aside(ACCOUNTS, line, "a bot", damaged=False)
        elif number in met:
            self._spool.set_aside(ACCOUNTS, line, "told twice, as the list moved while it was read", damaged=False)
        else:
            met.add(number)
            flags = "staff" if user.get("admin") or user.get("moderator") else None
            group = self._roles.get(str(user.get("username")))
            role = group or self._told.role(email=user.get("email")) or flags
            if role:
                self._roles[f"#{number}"] = role
            self._spool.add("people", file=ACCOUNTS, line=line, person=number, email=user.get("email"), role=role)

    def _places(self) -> Iterator[Place]:
        """Yield the public categories to read; the others are counted, never read."""
        known = api.categories(self._site)
        for line, (number, category) in enumerate(sorted(known.items()), 1):
            line_up = _ancestors(known, category)
            names = [name for c in line_up for name in (c.get("slug"), c.get("id"), c.get("name"))]
            channel = self._told.channel(*names)
            if any(c.get("read_restricted") is not False for c in line_up):
                self._leave(CATEGORIES, line, "a private category, never read")
            elif channel == LEFT_ASIDE:
                self._leave(CATEGORIES, line, "a category left aside")
            else:
                path = "/".join(str(c.get("slug") or f"{c['id']}-category") for c in reversed(line_up))
                yield Place(number, f"c/{path}/{number}", channel, self._told.session(*names))

    def _listed(self, place: Place, since: str) -> Iterator[Topic]:
        """Yield the topics of a category itself; it lists those of the categories below too, private ones as well."""
        for topic in api.topics(self._site, place.path, since):
            if topic.category == place.number and topic.public:
                yield topic
            elif topic.category == place.number:
                self._leave(LISTED, topic.number, "no public topic, never read")

    def _leave(self, file: str, line: int, reason: str) -> None:
        self._spool.seen(file)
        self._spool.set_aside(file, line, reason, damaged=False)

    def _topic(self, place: Place, topic: Topic) -> None:
        """Read the posts of a topic; an answer names the rank of the post it answers, which came before."""
        numbers: dict[int | None, int] = {}
        first = None
        for post in api.posts(self._site, topic.number):
            self._spool.seen(POSTS)
            self.posts += 1
            number, reason = api.number(post.get("id")), _left_aside(post)
            if number is None:
                self._spool.set_aside(POSTS, self.posts, "missing value", column="id")
                continue
            first = first or number
            numbers[api.number(post.get("post_number"))] = number
            if reason:
                self._spool.set_aside(POSTS, self.posts, reason, damaged=False)
            else:
                answered = numbers.get(api.number(post.get("reply_to_post_number")), first)
                self._post(place, topic, post, None if number == first else answered)
        if first is None:
            self._leave(LISTED, topic.number, "a topic withdrawn while it was read")

    def _post(self, place: Place, topic: Topic, post: Record, answered: int | None) -> None:
        number, username = post.get("user_id"), post.get("username")
        text = "" if post.get("wiki") else authored.from_html(str(post.get("cooked") or ""))
        self._spool.add(
            "posts", file=POSTS, line=self.posts, post=f"{self._host}/{post['id']}",
            thread=f"{self._host}/{topic.number}", parent=f"{self._host}/{answered}" if answered else None,
            person=self._told.known(username, number) or number, session=place.session, channel=place.channel,
            author_role=self._role(post), text=text, reactions=_reactions(post), occurred_at=post.get("created_at"),
        )  # fmt: skip

    def _role(self, post: Record) -> str | None:
        """Return what the author is: as told, by their groups, by the site's flags; None when nothing says so."""
        username, number = post.get("username"), post.get("user_id")
        told = self._told.role_told(username, number) or self._roles.get(str(username))
        told = told or self._roles.get(f"#{number}")
        flags = any(post.get(flag) for flag in ("admin", "moderator", "staff"))
        return told or self._told.role(post.get("primary_group_name")) or ("staff" if flags else None)


def _headers(secret: str) -> dict[str, str]:
    """Return the headers of a key; "key:username" names whom it acts for."""
    key, _, username = secret.strip().partition(":")
    if not key or not (key + username).isascii() or not (key + username).isprintable():
        raise SourceError(
            "no key",
            accepted="an API key of the site, or key:username",
            todo="put it in FILROUGE_DISCOURSE_KEY, or in a file: --secret-file FILE",
        )
    return {"Api-Key": key, "Api-Username": username or "system", "Accept": "application/json"}


def _left_aside(post: Record) -> str | None:
    """Return why a post is not a member's public word; None when it is."""
    kind, author = post.get("post_type"), api.number(post.get("user_id"))
    if kind == WHISPER:
        return "a whisper, never read"
    if kind in (SMALL, MODERATOR) or post.get("action_code"):
        return "a system message"
    if author is not None and author < 0:
        return "a bot"
    if post.get("user_deleted") or post.get("deleted_at"):
        return "deleted"
    if author is None:
        return "the account was deleted"
    return "hidden by moderation" if post.get("hidden") else None


def _reactions(post: Record) -> int:
    """Return how many people reacted; nobody can like their own post."""
    likes = next((a.get("count") for a in parts(post, "actions_summary") if a.get("id") == LIKE), 0)
    return max(api.number(likes) or 0, api.number(post.get("reaction_users_count")) or 0, 0)


def _ancestors(known: Mapping[int, Record], category: Record) -> list[Record]:
    """Return a category, then those above it."""
    found = [category]
    while (above := known.get(api.number(found[-1].get("parent_category_id")) or 0)) and above not in found:
        found.append(above)
    return found
