"""The word to administrators when a kind of record goes quiet, and when it is back: kinds, days and links."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from serving import choices
from serving.language import Speech, mark
from serving.notifications import policy, repository
from serving.notifications.digest import Words
from serving.pages import within_a_sentence

KIND = "sources"
"""What these messages are in the outbox."""
SUBJECTS = {
    "back": mark("Filrouge: records come again"),
    "quiet": mark("Filrouge: a source is quiet"),
}
SAID = {
    "quiet": mark("Nothing has come since %(day)s: %(kind)s. The alerts that rest on it are held."),
    "slow": mark("Far less than usual comes: %(kind)s."),
    "again": mark("Quiet again since %(day)s: %(kind)s. It comes and goes: you will hear when it has come for 7 days."),
    "back": mark("It comes again: %(kind)s. The list was scored again, and the alerts held were looked at again."),
}
UNDATED = mark("Nothing comes any more: %(kind)s. The alerts that rest on it are held.")
TODO = mark("See how the imports went")


def write(
    session: Session, told: Mapping[str, Sequence[str]], since: Mapping[str, date | None], *, now: datetime,
    zone: ZoneInfo,
) -> int:  # fmt: skip
    """Write what is told of the sources to every administrator who is reached somewhere; return how many messages.

    They leave at once, or at the end of the silence; as any message, never on a day off.

    Parameters
    ----------
    told : the kinds of record by word, those of `SAID`.
    since : the day of each kind's last record, null where none is known.
    """
    local = now.astimezone(zone)
    known = {kind: day.isoformat() for kind, day in since.items() if day}
    body = json.dumps({"told": {word: list(kinds) for word, kinds in told.items()}, "since": known}, sort_keys=True)
    name = ";".join(f"{word}={','.join(kinds)}" for word, kinds in sorted(told.items()))
    rows: list[dict[str, Any]] = []
    for account in repository.administrators(session):
        due = policy.allowed_from(local, repository.wishes_of(session, account.id))
        for place in repository.channels_for(session, account) if due else ():
            key = f"{KIND}:{local.isoformat()}:{name}:{account.id}:{place or 'email'}"
            rows.append({"key": key, "kind": KIND, "account_id": account.id, "channel_id": place, "subject": "",
                         "body": body, "created_at": local, "due_at": due, "tries": 0})  # fmt: skip
    return repository.write(session, rows)


def compose(body: str, speech: Speech, *, public_url: str) -> Words:
    """Return a message's words; whoever reads it goes on to the page of the administration."""
    kept = json.loads(body)
    page, told = f"{public_url}/admin", kept["told"]
    lines = [(_line(word, kind, kept["since"], speech), page) for word in SAID for kind in told.get(word, ())]
    subject = "back" if set(told) == {"back"} else "quiet"
    return Words(speech.say(SUBJECTS[subject]), (*lines, (speech.say(TODO), page)), page, "", speech)


def _line(word: str, kind: str, since: Mapping[str, str], speech: Speech) -> str:
    words, day = speech.say(choices.RECORD_KINDS[kind]), since.get(kind)
    if day is None:
        return speech.say(UNDATED if word in ("quiet", "again") else SAID[word], kind=within_a_sentence(words))
    return speech.say(SAID[word], day=speech.from_code(day), kind=within_a_sentence(words))
