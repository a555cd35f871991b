"""Discord: JSON exports of DiscordChatExporter, one file a channel or thread, in a folder, a zip or alone.

Shapes: DiscordChatExporter's JsonMessageWriter. A direct conversation or a private thread is recognised by its
header and left there. Discord gives no e-mail: `people` says who the accounts are, by number or user name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from data.errors import SourceError
from data.sources import authored
from data.sources.archives import Export, open_export
from data.sources.base import Request
from data.sources.communities import LEFT_ASIDE, Community, community, option_files, options_of
from data.sources.json_lists import CutError, Listed, Record, part, parts
from data.sources.spool import Spool, refuse_nothing

WORDS = ("Default", "Reply")
"""Kinds of message that a member wrote; every other one is a trace of the system."""
PRIVATE = "private conversations"
PRIVATE_KINDS = frozenset({"DirectTextChat", "DirectGroupTextChat", "GuildPrivateThread", "DM", "GroupDM"})
THREADS = frozenset({"GuildPublicThread", "GuildNewsThread"})
NEWS = frozenset({"GuildNews", "GuildNewsThread"})
REMEMBERED = 200_000
"""Replies whose thread is kept in mind, so that an answer to an answer belongs to the same one."""


@dataclass
class Channel:
    """A channel as its file's header tells it."""

    number: str
    file: str
    is_thread: bool
    kind: str
    session: str | None
    threads: dict[str, str] = field(default_factory=dict)

    def thread_of(self, post: str, answered: str | None) -> str:
        """Return the thread of a message: Discord's own, or the message at the start of a chain of answers."""
        if self.is_thread:
            return self.number
        if answered is None:
            return post
        thread = self.threads.get(answered, answered)
        self.threads[post] = thread
        if len(self.threads) > REMEMBERED:
            del self.threads[next(iter(self.threads))]
        return thread


class Discord:
    """Reads DiscordChatExporter's JSON files."""

    name = system = "discord"
    any_text = False

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return the files that are read, and the options' own.

        Raises
        ------
        SourceError : there is none.
        """
        options_of(request)
        with open_export(request.place) as export:
            read = {name: export.path(name) for name in _files(export)}
        alone = len(set(read.values())) == 1
        return {**({"export": next(iter(read.values()))} if alone else read), **option_files(request)}

    def read(self, request: Request, spool: Spool) -> Mapping[str, object]:
        """Read every file, message by message."""
        told, seen = community(request, spool), 0
        with open_export(request.place) as export:
            files = _files(export)
            for done, name in enumerate(files):
                request.report("reading channels", done, len(files))
                seen += _read(export, name, done + 1, told, spool)
            request.report("reading channels", len(files), len(files))
        refuse_nothing(seen, "the exported channels")
        return {}


def _files(export: Export) -> list[str]:
    files = [name for name in export.names if name.lower().endswith(".json")]
    if not files:
        raise SourceError("no Discord export", where="no JSON file", accepted="DiscordChatExporter's JSON files")
    return files


def _read(export: Export, name: str, rank: int, told: Community, spool: Spool) -> int:
    """Read one file; return how many records were seen. A cut file gives what came before the cut."""
    with export.open(name) as stream:
        try:
            listed = Listed(stream, "messages")
        except CutError as error:
            raise SourceError("not DiscordChatExporter's JSON", where=f"file {rank} of the export",
                              accepted='an object with "guild", "channel" and "messages"') from error  # fmt: skip
        if _is_private(listed.head):
            _leave(spool, PRIVATE, rank, "a private conversation, never read")
            return 1
        channel = _channel(listed.head, told)
        if channel.kind == LEFT_ASIDE:
            _leave(spool, channel.file, 1, "a channel left aside")
            return 1
        return _messages(channel, listed, told, spool)


def _messages(channel: Channel, listed: Listed, told: Community, spool: Spool) -> int:
    line = 0
    try:
        for message in listed:
            line += 1
            spool.seen(channel.file)
            _message(channel, told, spool, line, message)
    except CutError:
        line += 1
        spool.seen(channel.file)
        spool.set_aside(channel.file, line, "the file is cut short or damaged from here")
    return line


def _is_private(head: Record) -> bool:
    guild, channel = part(head, "guild"), part(head, "channel")
    return str(channel.get("type") or "") in PRIVATE_KINDS or str(guild.get("id") or "0") == "0"


def _channel(head: Record, told: Community) -> Channel:
    """Return what a file's header tells; counts name it by number, since a thread's title is somebody's own words."""
    guild, channel = part(head, "guild"), part(head, "channel")
    kind = str(channel.get("type") or "")
    near = [channel.get("name"), channel.get("id"), channel.get("category"), channel.get("categoryId")]
    names = near if kind not in THREADS else [*near[2:], *near[:2]]
    use = told.channel(*names)
    return Channel(
        number=str(channel.get("id") or ""),
        file=f"channel {''.join(mark for mark in str(channel.get('id'))[:40] if mark.isalnum())}",
        is_thread=kind in THREADS,
        kind="announcements" if use == "discussion" and kind in NEWS else use,
        session=told.session(*near, guild.get("name"), guild.get("id")),
    )


def _message(channel: Channel, told: Community, spool: Spool, line: int, message: object) -> None:
    """Bring one message, or say why not."""
    if not isinstance(message, dict):
        spool.set_aside(channel.file, line, "not a message")
        return
    author, post = part(message, "author"), str(message.get("id") or "")
    if message.get("type") not in WORDS or author.get("isBot"):
        _aside(channel, spool, line, "a bot" if author.get("isBot") else "a system message")
        return
    answered = _answered(message) or (channel.number if channel.is_thread and post != channel.number else None)
    spool.add(
        "posts", file=channel.file, line=line, post=post, thread=channel.thread_of(post, answered), parent=answered,
        person=told.known(author.get("id"), author.get("name")) or author.get("id"), session=channel.session,
        author_role=_role(author, told), channel=channel.kind, reactions=_reactions(message, author),
        text=authored.from_discord(str(message.get("content") or ""), _mentioned(message)),
        occurred_at=_stamp(message),
    )  # fmt: skip


def _aside(channel: Channel, spool: Spool, line: int, reason: str) -> None:
    spool.set_aside(channel.file, line, reason, damaged=False)


def _leave(spool: Spool, file: str, line: int, reason: str) -> None:
    spool.seen(file)
    spool.set_aside(file, line, reason, damaged=False)


def _answered(message: Record) -> str | None:
    """Return the message a reply answers; a forward or a relayed announcement answers nobody."""
    reference = part(message, "reference")
    return str(reference.get("messageId") or "") or None if message.get("type") == "Reply" else None


def _role(author: Record, told: Community) -> str | None:
    names = (author.get("id"), author.get("name"))
    groups = [name for role in parts(author, "roles") for name in (role.get("name"), role.get("id"))]
    return told.role_told(*names) or told.role(*groups)


def _reactions(message: Record, author: Record) -> int:
    """Return how many reactions others gave; the author's own and those of bots do not count."""
    total = 0
    for reaction in parts(message, "reactions"):
        count, users = reaction.get("count"), parts(reaction, "users")
        own = sum(1 for user in users if user.get("isBot") or user.get("id") == author.get("id"))
        total += max(0, count - own) if isinstance(count, int) else 0
    return total


def _mentioned(message: Record) -> Iterator[str]:
    for user in parts(message, "mentions"):
        yield from (str(user[key]) for key in ("nickname", "name") if user.get(key))


def _stamp(message: Record) -> str | None:
    """Return when a message was posted; None where that says no offset, since nobody could tell the instant."""
    told = str(message.get("timestamp") or "")
    return told if told.endswith("Z") or told[-6:-5] in ("+", "-") else None
