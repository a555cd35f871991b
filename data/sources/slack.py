"""Slack: a workspace export, as a zip or a folder; only the public channels listed in `channels.json` are opened.

Shapes: Slack's "How to read Slack data exports" and docs.slack.dev (message events). Private channels, group and
direct messages (`groups.json`, `mpims.json`, `dms.json` and their folders) are never opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from data.errors import SourceError
from data.sources import authored
from data.sources.archives import Export, open_export
from data.sources.base import Request
from data.sources.communities import LEFT_ASIDE, Community, community, option_files, options_of
from data.sources.json_lists import CutError, Record, part, parts, whole
from data.sources.spool import Spool, refuse_nothing

CHANNELS, USERS, ORG_USERS = "channels.json", "users.json", "org_users.json"
PRIVATE = "private conversations"
WORDS = frozenset({"", "thread_broadcast", "reply_broadcast", "me_message", "file_share"})
"""Subtypes of what a member wrote; every other one is a trace of the system."""
BOTS = frozenset({"bot_message", "assistant_app_thread"})
DELETED = frozenset({"tombstone", "message_deleted"})
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\.json")
_STAMP = re.compile(r"(\d{9,10})\.(\d{6})")


@dataclass(frozen=True)
class Channel:
    """A public channel: its folder, its files in order, and what the organisation says of it."""

    number: str
    folder: str
    files: tuple[str, ...]
    kind: str
    session: str | None


@dataclass(frozen=True)
class Users:
    """Who is who: the bots, and the roles that are known."""

    bots: frozenset[str] = frozenset()
    roles: Mapping[str, str] = field(default_factory=dict)


class Slack:
    """Reads the public channels of a Slack export."""

    name = system = "slack"
    any_text = False

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return the files that are read: the archive, or those of the public channels; and the options' own.

        Raises
        ------
        SourceError : it is no Slack export.
        """
        options_of(request)
        with open_export(request.place) as export:
            top = export.below(CHANNELS)
            days = (name for channel in _channels(export, top, Community()) for name in channel.files)
            read = {name: export.path(name) for name in (top + CHANNELS, *_user_files(export, top), *days)}
        alone = len(set(read.values())) == 1
        return {**({"export": next(iter(read.values()))} if alone else read), **option_files(request)}

    def read(self, request: Request, spool: Spool) -> Mapping[str, object]:
        """Read the whole export."""
        told = community(request)
        with open_export(request.place) as export:
            top = export.below(CHANNELS)
            channels = list(_channels(export, top, told))
            users = _users(export, top, told, spool)
            _count_private(export, top, channels, spool)
            read = 0
            for done, channel in enumerate(channels):
                request.report("reading channels", done, len(channels))
                read += _read(export, channel, users, spool)
            request.report("reading channels", len(channels), len(channels))
        refuse_nothing(read, "the export's public channels")
        return {}


def _channels(export: Export, top: str, told: Community) -> Iterator[Channel]:
    """Yield the public channels, as `channels.json` lists them."""
    days: dict[str, list[str]] = {}
    for name in export.names:
        folder, _, file = name.removeprefix(top).rpartition("/")
        if name.startswith(top) and _DAY.fullmatch(file):
            days.setdefault(folder, []).append(name)
    for channel in _listed(export, top + CHANNELS):
        number = str(channel.get("id") or "")
        folder = str(channel.get("name") or "").encode("utf-8", "replace").decode()
        if number and not any(channel.get(sign) for sign in ("is_private", "is_im", "is_mpim", "is_group")):
            names = (folder, number)
            yield Channel(
                number, folder, tuple(sorted(days.get(folder, ()))), told.channel(*names), told.session(*names)
            )


def _user_files(export: Export, top: str) -> list[str]:
    return [name for name in (top + USERS, top + ORG_USERS) if name in export.names]


def _users(export: Export, top: str, told: Community, spool: Spool) -> Users:
    """Bring the members of the workspace, bots apart."""
    bots, roles = {"USLACKBOT"}, {}
    met: set[str] = set()
    for name in _user_files(export, top):
        file = name.rpartition("/")[2]
        for line, user in enumerate(_listed(export, name), 1):
            spool.seen(file)
            number = str(user.get("id") or "")
            if not number:
                spool.set_aside(file, line, "missing value", column="id")
            elif user.get("is_bot") or number in bots:
                bots.add(number)
                spool.set_aside(file, line, "a bot", damaged=False)
            elif number in met:
                spool.set_aside(file, line, "told twice", damaged=False)
            else:
                met.add(number)
                email, role = _who(user, number, told)
                roles.update({number: role} if role else {})
                spool.add("people", file=file, line=line, person=number, email=email, role=role)
    return Users(frozenset(bots), roles)


def _who(user: Record, number: str, told: Community) -> tuple[str | None, str | None]:
    """Return the e-mail and the role of a member: as told, else as the export says; owners and admins are staff."""
    given = part(user, "profile").get("email")
    names = (number, user.get("name"), given)
    email = told.email_told(*names) or (given if isinstance(given, str) else None)
    over = any(user.get(sign) for sign in ("is_admin", "is_owner", "is_primary_owner"))
    return email, told.role_told(*names) or told.role(email=email) or ("staff" if over else None)


def _count_private(export: Export, top: str, channels: list[Channel], spool: Spool) -> None:
    """Count the conversations that are not read, without opening or naming them."""
    public = {channel.folder for channel in channels}
    folders = {name.removeprefix(top).rpartition("/")[0] for name in export.names if name.startswith(top)}
    for line, _ in enumerate(sorted(folders - public - {""}), 1):
        spool.seen(PRIVATE)
        spool.set_aside(PRIVATE, line, "private or unlisted, never read", damaged=False)


def _read(export: Export, channel: Channel, users: Users, spool: Spool) -> int:
    """Read a channel day by day; return how many messages were seen. A message's line is its rank in the channel."""
    if channel.kind == LEFT_ASIDE:
        spool.seen(channel.folder)
        spool.set_aside(channel.folder, 1, "a channel left aside", damaged=False)
        return 1
    line = 0
    for name in channel.files:
        try:
            messages = _messages(export, name)
        except CutError:
            messages = [None]
        for message in messages:
            line += 1
            spool.seen(channel.folder)
            _message(channel, users, spool, line, message)
    return line


def _messages(export: Export, name: str) -> list[Any]:
    with export.open(name) as stream:
        listed = whole(stream)
    if not isinstance(listed, list):
        raise CutError
    return listed


def _message(channel: Channel, users: Users, spool: Spool, line: int, message: object) -> None:
    """Bring one message, or say why not."""
    if not isinstance(message, dict):
        spool.set_aside(channel.folder, line, "unreadable JSON" if message is None else "not a message")
        return
    reason = _left_aside(message, users)
    if reason:
        spool.set_aside(channel.folder, line, reason, damaged=False)
        return
    stamp, author, thread = str(message.get("ts")), message.get("user"), str(message.get("thread_ts") or "")
    said_at = _instant(stamp)
    if said_at is None or not isinstance(author, str):
        spool.set_aside(channel.folder, line, "unreadable value", column="user" if said_at else "ts")
        return
    spool.add(
        "posts", file=channel.folder, line=line, post=f"{channel.number}:{stamp}",
        thread=f"{channel.number}:{thread or stamp}", person=author, session=channel.session, channel=channel.kind,
        parent=f"{channel.number}:{thread}" if thread not in ("", stamp) else None, author_role=users.roles.get(author),
        text=authored.from_slack(str(message.get("text") or "")), reactions=_reactions(message, author, users),
        occurred_at=said_at,
    )  # fmt: skip


def _left_aside(message: Record, users: Users) -> str | None:
    """Return why a message is not a member's public word; None when it is."""
    subtype, author = str(message.get("subtype") or ""), str(message.get("user") or "")
    if subtype in DELETED:
        return "deleted"
    if subtype in BOTS or author in users.bots or (message.get("bot_id") and not author):
        return "a bot"
    if message.get("bot_id") and subtype not in WORDS - {""}:
        return "a bot"
    if subtype not in WORDS or message.get("type", "message") != "message":
        return "a system message"
    return "hidden" if message.get("hidden") or message.get("is_ephemeral") else None


def _reactions(message: Record, author: str, users: Users) -> int:
    """Return how many reactions others gave; the author's own and those of bots do not count."""
    total = 0
    for reaction in parts(message, "reactions"):
        count, told = reaction.get("count"), reaction.get("users")
        given = {who for who in told if isinstance(who, str)} if isinstance(told, list) else set()
        total += max(0, count - len(given & {author, *users.bots})) if isinstance(count, int) else 0
    return total


def _instant(stamp: str) -> datetime | None:
    found = _STAMP.fullmatch(stamp)
    if not found:
        return None
    return datetime.fromtimestamp(int(found[1]), UTC) + timedelta(microseconds=int(found[2]))


def _listed(export: Export, name: str) -> list[Record]:
    """Return the objects of one of the export's own lists.

    Raises
    ------
    SourceError : it is not there, or is no list of objects.
    """
    file = name.rpartition("/")[2]
    if name not in export.names:
        raise SourceError("no Slack export", where=f"{file} is missing", accepted="a workspace export, zip or folder")
    try:
        listed = _messages(export, name)
    except CutError as error:
        raise SourceError("the export is damaged", where=file, todo="export it again, whole") from error
    return [item for item in listed if isinstance(item, dict)]
