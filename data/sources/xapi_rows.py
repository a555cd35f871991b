"""An xAPI statement made plain rows: what was done, by whom, when, and in which session.

A statement that gives none says why (`UnfitError`): damaged, or of no use here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from data.sources.links import MAIL_SHA1
from data.sources.xapi_statements import AROUND, Statement, UnfitError, activities_of, instant, number
from data.sources.xapi_words import (
    ASSESS,
    ASSIGNMENT,
    ATTEND,
    COURSES,
    FORUM,
    LOGIN,
    NOT_USED,
    POST,
    POSTS,
    QUESTIONS,
    QUIZ,
    SUBMIT,
    SURVEY,
    THREADS,
    VERBS,
    VIDEO,
    WATCH,
    kind_of,
    word,
)  # fmt: skip

ATTEMPT = "http://id.tincanapi.com/extension/attempt-id"
ANONYMOUS = frozenset({"anonymous", "anonyme", "guest", "unknown", "undefined", "null", "-1"})
OPENS_THREAD = frozenset({"created", "create"})
ANSWERS = frozenset({"replied", "reply", "responded", "commented", "comment"})
UNFINISHED = frozenset({"answered", "attempted", "attempt"})
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")

Row = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Sessions:
    """How a statement says its session: by an activity around it, or by a word of its context.

    `codes` says the session of an IRI; `pattern` finds it inside an IRI (its first group); `extension` is the IRI of
    the context's extension that holds it. None of the three: each record goes to the enrolment that runs that day.
    """

    codes: Mapping[str, str] = field(default_factory=dict)
    pattern: re.Pattern[str] | None = None
    extension: str = ""

    def of(self, statement: Statement) -> str | None:
        """Return the session, None when the statement does not say."""
        if not (self.codes or self.pattern or self.extension):
            return None
        context = statement.get("context") or {}
        told = (context.get("extensions") or {}).get(self.extension) if self.extension else None
        if isinstance(told, str | int):
            return self.codes.get(str(told), str(told))
        around = context.get("contextActivities") or {}
        ids = [one["id"] for name in AROUND for one in activities_of(around, name)]
        found = (self._named(one) for one in [*ids, statement["object"].get("id", "")])
        return next((code for code in found if code), None)

    def _named(self, iri: str) -> str | None:
        if iri in self.codes:
            return self.codes[iri]
        match = self.pattern.search(iri) if self.pattern else None
        return self.codes.get(match[1], match[1]) if match else None


@dataclass(frozen=True)
class Reading:
    """What the caller chose: whose numbers the account names are (`system`, on `home_page` only when given)."""

    sessions: Sessions = field(default_factory=Sessions)
    system: str = ""
    home_page: str = ""


def person_of(agent: Mapping[str, Any], reading: Reading) -> str:
    """Return who an agent is: an e-mail, the digest of one, a known system's number, or their account somewhere.

    Raises
    ------
    UnfitError : nobody is named.
    """
    if agent.get("mbox") is not None:
        return str(agent["mbox"]).strip()[len("mailto:") :].casefold()
    if agent.get("mbox_sha1sum") is not None:
        return MAIL_SHA1 + str(agent["mbox_sha1sum"]).strip().lower()
    if agent.get("openid") is not None:
        return str(agent["openid"]).strip()
    if agent.get("account") is None:
        raise UnfitError("actor", "no identifier")
    home, name = agent["account"]["homePage"].strip().rstrip("/"), agent["account"]["name"].strip()
    if name.casefold() in ANONYMOUS:
        raise UnfitError("actor", "anonymous", damaged=False)
    if "@" in name:
        return str(name.casefold())
    if reading.system and reading.home_page in ("", home):
        return f"{reading.system}:{name}"
    return f"{home}|{name}"


def people_of(actor: Mapping[str, Any], reading: Reading) -> list[str]:
    """Return who did it: one person, or the members of a group."""
    if actor.get("objectType", "Agent") != "Group":
        return [person_of(actor, reading)]
    if not actor.get("member"):
        raise UnfitError("actor", "done by a group without members", damaged=False)
    return list(dict.fromkeys(person_of(member, reading) for member in actor["member"]))


def rows_of(statement: Statement, key: str, reading: Reading) -> list[Row]:
    """Return the plain rows of a checked statement; `key` is its id.

    Raises
    ------
    UnfitError : it gives none.
    """
    verb = word(statement["verb"]["id"])
    act = VERBS.get(verb)
    if act is None:
        raise _not_used(verb)
    kind = statement["object"].get("objectType", "Activity")
    if kind != "Activity":
        told = "about a person" if kind in ("Agent", "Group") else "about another statement"
        raise UnfitError("object", told, damaged=False)
    people = people_of(statement["actor"], reading)
    table, values = _TABLES.get(act, _opened)(statement, verb, key)
    if len(people) > 1 and table not in ("activity", "attendance"):
        raise UnfitError("actor", "done by a group", damaged=False)
    common = {"session": reading.sessions.of(statement), "known_at": _stored(statement), **values}
    return [(table, {"person": person, **common}) for person in people]


def done_at(statement: Statement) -> datetime:
    """Return when it was done; a store that was given no instant sets the one at which it stored."""
    for name in ("timestamp", "stored"):
        if statement.get(name) is not None:
            return instant(statement[name], name)
    raise UnfitError("timestamp", "missing value")


def _stored(statement: Statement) -> datetime | None:
    return None if statement.get("stored") is None else instant(statement["stored"], "stored")


def _not_used(verb: str) -> UnfitError:
    return UnfitError("verb", f"verb not used: {verb}" if verb in NOT_USED else "verb not used", damaged=False)


def _type(statement: Statement) -> str:
    told = (statement["object"].get("definition") or {}).get("type")
    return told if isinstance(told, str) else ""


def _kind(statement: Statement) -> str:
    return kind_of(_type(statement), statement["object"]["id"])


def _activity(statement: Statement, kind: str, resource: str | None) -> Row:
    return "activity", {"kind": kind, "resource": resource, "occurred_at": done_at(statement)}


def _logged_in(statement: Statement, _verb: str, _key: str) -> Row:
    return _activity(statement, "login", None)


def _opened(statement: Statement, _verb: str, _key: str) -> Row:
    return _activity(statement, _kind(statement), statement["object"]["id"])


def _watched(statement: Statement, _verb: str, _key: str) -> Row:
    return _activity(statement, VIDEO, statement["object"]["id"])


def _assessed(statement: Statement, verb: str, key: str) -> Row:
    kind, type_word = _kind(statement), word(_type(statement))
    inside = bool(activities_of((statement.get("context") or {}).get("contextActivities") or {}, "parent"))
    if type_word in COURSES or (
        type_word in QUESTIONS and (inside or (verb in UNFINISHED and _score(statement) is None))
    ):
        return _opened(statement, verb, key)
    score = _score(statement)
    if score is None and (verb in UNFINISHED or kind not in (QUIZ, ASSIGNMENT)):
        return _opened(statement, verb, key)
    return _result(statement, key, score)


def _submitted(statement: Statement, verb: str, key: str) -> Row:
    if _kind(statement) in (QUIZ, ASSIGNMENT):
        return _result(statement, key, _score(statement))
    if _kind(statement) == SURVEY:
        return _opened(statement, verb, key)
    raise _not_used(verb)


def _result(statement: Statement, key: str, score: float | None) -> Row:
    told = ((statement.get("context") or {}).get("extensions") or {}).get(ATTEMPT)
    attempt = told if isinstance(told, int) and not isinstance(told, bool) and 1 <= told <= 10_000 else None
    return "results", {"result": key, "assessment": statement["object"]["id"], "attempt": attempt,
                       "submitted_at": done_at(statement), "score": score}  # fmt: skip


def _score(statement: Statement) -> float | None:
    """Return the share of the maximum, 0 to 1: a scaled score below zero counts as zero; None when it is not told."""
    score = (statement.get("result") or {}).get("score") or {}
    scaled = number(score.get("scaled"))
    if scaled is not None:
        return max(scaled, 0.0)
    raw, least, most = (number(score.get(name)) for name in ("raw", "min", "max"))
    if raw is None or most is None:
        return None
    least = least or 0.0
    if most <= least or not least <= raw <= most:
        raise UnfitError("result.score.raw", "out of range")
    return (raw - least) / (most - least)


def _posted(statement: Statement, verb: str, key: str) -> Row:
    what, type_word = statement["object"], word(_type(statement))
    talk, response = _kind(statement) == FORUM, (statement.get("result") or {}).get("response")
    text = response if isinstance(response, str) else ""
    if not talk and (not text or verb in OPENS_THREAD):
        raise _not_used(verb)
    around = (statement.get("context") or {}).get("contextActivities") or {}
    parents = activities_of(around, "parent")
    if type_word in POSTS:
        thread = parents[0]["id"] if parents else what["id"]
        post, parent = what["id"], thread if parents else None
    elif type_word in THREADS and verb in OPENS_THREAD:
        post, thread, parent = what["id"], what["id"], None
    else:
        post, parent = _told_post(around) or key, what["id"] if verb in ANSWERS else None
        thread = None if word(what["id"]) and type_word == "forum" and parent is None else what["id"]
    text = text or (_words(what) if type_word in POSTS | THREADS and post == what["id"] else "")
    return "posts", {"post": post, "thread": thread, "parent": parent, "channel": "forum" if talk else "comment",
                     "occurred_at": done_at(statement), "text": text}  # fmt: skip


def _told_post(around: Mapping[str, Any]) -> str | None:
    """Return the post that Moodle's plugin names beside the discussion answered."""
    for one in activities_of(around, "other"):
        told = (one.get("definition") or {}).get("type")
        if isinstance(told, str) and word(told) in POSTS:
            return str(one["id"])
    return None


def _words(activity: Mapping[str, Any]) -> str:
    """Return the text of a post that is the activity itself: its description, or its name."""
    definition = activity.get("definition") or {}
    for name in ("description", "name"):
        told = definition.get(name)
        if isinstance(told, Mapping):
            texts: Iterator[Any] = iter([told.get("fr"), *told.values()])
            found = next((text for text in texts if isinstance(text, str) and text.strip()), "")
            if found:
                return found
    return ""


def _attended(statement: Statement, _verb: str, _key: str) -> Row:
    """Return a presence; what was attended again another day is another slot, the same day the same one."""
    result, at = statement.get("result") or {}, done_at(statement)
    absent = result.get("completion") is False or result.get("success") is False
    return "attendance", {
        "slot": f"{statement['object']['id']}@{at.astimezone(UTC).date()}",
        "starts_at": at,
        "status": "absent" if absent else "present",
        "minutes": _minutes(result.get("duration")),
    }


def _minutes(told: object) -> float | None:
    match = _DURATION.fullmatch(told) if isinstance(told, str) else None
    if not match or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return round(days * 1440 + hours * 60 + minutes + seconds / 60, 2)


_TABLES = {LOGIN: _logged_in, WATCH: _watched, ASSESS: _assessed, SUBMIT: _submitted, POST: _posted, ATTEND: _attended}
