"""What an xAPI statement must hold to be read, and when two of them say the same (xAPI 1.0.3, Part Two).

Shared by the reader, which sets aside what does not fit, and by our own `/xAPI/statements`, which refuses it.
A fault names a property of the statement and what is wrong with it, never its value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
VERSION = "1.0.3"
IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
PROPERTIES = frozenset({
    "id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority", "version", "attachments",
})  # fmt: skip
SET_BY_STORE = ("stored", "authority", "version")
"""What a store may write itself: two statements that differ by these only say the same."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_SHA1 = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[^@\s]+@[^@\s]+", re.IGNORECASE)
_NO_ZONE = re.compile(r"-00(:?00)?$")
_IRI = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))

Statement = Mapping[str, Any]


class UnfitError(Exception):
    """A statement gives nothing: `damaged`, or sound and of no use; `column` is its property."""

    def __init__(self, column: str, reason: str, *, damaged: bool = True) -> None:
        self.column, self.reason, self.damaged = column, reason, damaged
        super().__init__(f"{column}: {reason}")


def check(statement: object) -> Statement:
    """Return a statement that can be read.

    Raises
    ------
    UnfitError : a property is missing or is not what the standard says.
    """
    given = _mapping(statement, "statement")
    if "id" in given:
        uuid(given["id"], "id")
    check_actor(given.get("actor"), "actor")
    verb = _mapping(given.get("verb"), "verb")
    _iri(verb.get("id"), "verb.id")
    _check_object(given.get("object"))
    _check_result(given.get("result"))
    _check_context(given.get("context"))
    for name in ("timestamp", "stored"):
        if given.get(name) is not None:
            instant(given[name], name)
    return given


def check_strictly(statement: object) -> Statement:
    """Return a statement that may be stored: what the standard bids a store to refuse is refused too.

    Raises
    ------
    UnfitError : as `check`; or a property is unknown, null or of another type.
    """
    given = check(statement)
    for name, value in given.items():
        if name not in PROPERTIES:
            raise UnfitError("statement", "a property that the standard does not know")
        if value is None:
            raise UnfitError(name, "null")
    version = given.get("version", "1.0.0")
    if not isinstance(version, str) or not version.startswith("1.0"):
        raise UnfitError("version", "not 1.0.x")
    for name in ("success", "completion"):
        if not isinstance(given.get("result", {}).get(name, True), bool):
            raise UnfitError(f"result.{name}", "neither true nor false")
    return given


def uuid(value: object, column: str) -> str:
    """Return a UUID in small letters."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise UnfitError(column, "not a UUID")
    return value.lower()


def instant(value: object, column: str) -> datetime:
    """Return an instant; the standard wants its offset, and refuses -00:00."""
    told, has_zone = _read_instant(value) if isinstance(value, str) else (None, False)
    if told is None:
        raise UnfitError(column, "unreadable date")
    if not has_zone:
        raise UnfitError(column, "no time zone")
    return told


@lru_cache(maxsize=64)
def _read_instant(value: str) -> tuple[datetime | None, bool]:
    """Return what a text says, and whether with its zone; the same statement is asked several times."""
    try:
        told = datetime.fromisoformat(value)
    except ValueError:
        return None, False
    return told, told.tzinfo is not None and not _NO_ZONE.search(value)


def check_actor(value: object, column: str) -> Mapping[str, Any]:
    """Return an agent with one identifier, or a group with one or with members."""
    actor = _mapping(value, column)
    kind = actor.get("objectType", "Agent")
    if kind not in ("Agent", "Group"):
        raise UnfitError(f"{column}.objectType", "neither Agent nor Group")
    named = [name for name in IDENTIFIERS if actor.get(name) is not None]
    if len(named) > 1:
        raise UnfitError(column, "more than one identifier")
    if named:
        _check_identifier(named[0], actor[named[0]], column)
    if kind == "Group":
        _check_members(actor, column, anonymous=not named)
    elif not named:
        raise UnfitError(column, "no identifier")
    return actor


def _check_members(group: Mapping[str, Any], column: str, *, anonymous: bool) -> None:
    members = group.get("member", [])
    if not isinstance(members, list) or (anonymous and not members):
        raise UnfitError(f"{column}.member", "no identifier and no member")
    for member in members:
        if check_actor(member, f"{column}.member").get("objectType", "Agent") != "Agent":
            raise UnfitError(f"{column}.member", "a group in a group")


def _check_identifier(name: str, value: object, column: str) -> None:
    if name == "account":
        account = _mapping(value, f"{column}.account")
        for part in ("homePage", "name"):
            if not isinstance(account.get(part), str) or not account[part].strip():
                raise UnfitError(f"{column}.account.{part}", "missing value")
        return
    pattern = {"mbox": _MAIL, "mbox_sha1sum": _SHA1, "openid": _IRI}[name]
    if not isinstance(value, str) or not pattern.fullmatch(value.strip()):
        raise UnfitError(f"{column}.{name}", "not an identifier of its kind")


def _check_object(value: object) -> None:
    given = _mapping(value, "object")
    kind = given.get("objectType", "Activity")
    if kind == "Activity":
        _iri(given.get("id"), "object.id")
        if given.get("definition") is not None:
            _mapping(given["definition"], "object.definition")
    elif kind == "StatementRef":
        uuid(given.get("id"), "object.id")
    elif kind in ("Agent", "Group"):
        check_actor(given, "object")
    elif kind == "SubStatement":
        for name in ("actor", "verb", "object"):
            _mapping(given.get(name), f"object.{name}")
    else:
        raise UnfitError("object.objectType", "not an accepted value")


def _check_result(value: object) -> None:
    if value is None:
        return
    score = _mapping(value, "result").get("score")
    if score is None:
        return
    for name, told in _mapping(score, "result.score").items():
        if name in ("scaled", "raw", "min", "max") and number(told) is None:
            raise UnfitError(f"result.score.{name}", "unreadable number")
    scaled = number(score.get("scaled"))
    if scaled is not None and not -1 <= scaled <= 1:
        raise UnfitError("result.score.scaled", "out of range")


def _check_context(value: object) -> None:
    if value is None:
        return
    given = _mapping(value, "context")
    _mapping(given.get("extensions", {}), "context.extensions")
    around = _mapping(given.get("contextActivities", {}), "context.contextActivities")
    for name, activities in around.items():
        for activity in activities if isinstance(activities, list) else [activities]:
            where = f"context.contextActivities.{name}" if name in AROUND else "context.contextActivities"
            _iri(_mapping(activity, where).get("id"), where)


AROUND = ("grouping", "parent", "category", "other")


def number(value: object) -> float | None:
    """Return a JSON number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        told = float(value)
    except OverflowError:
        return None
    return told if math.isfinite(told) else None


def comparable(statement: Statement) -> bytes:
    """Return what two statements that say the same have in common: neither their store's additions, nor the words
    that describe their verb and activities, nor the way their instant is written (Part Two, 2.3.1).
    """
    told = {name: value for name, value in statement.items() if name not in SET_BY_STORE}
    if isinstance(told.get("id"), str):
        told["id"] = told["id"].lower()
    if isinstance(told.get("timestamp"), str):
        told["timestamp"] = instant(told["timestamp"], "timestamp").timestamp()
    told["verb"] = told["verb"]["id"]
    told["object"] = _undefined(told["object"])
    around = (told.get("context") or {}).get("contextActivities")
    if around:
        plain = {name: [_undefined(one) for one in activities_of(around, name)] for name in around}
        told["context"] = {**told["context"], "contextActivities": plain}
    return _ENCODER.encode(told).encode()


def activities_of(around: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the context activities of one kind; a single one may stand alone in 1.0.x."""
    given = around.get(name) or []
    return given if isinstance(given, list) else [given]


def voids(statement: Statement) -> str:
    """Return the id of the statement that this one takes back, empty when it takes back none."""
    if statement["verb"]["id"] != VOIDED:
        return ""
    target = statement["object"]
    if target.get("objectType") != "StatementRef":
        raise UnfitError("object", "a voiding statement that names no statement")
    return uuid(target["id"], "object.id")


def _undefined(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "definition"}


def _mapping(value: object, column: str) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value  # nearly always, and much sooner told than the rest
    if value is None:
        raise UnfitError(column, "missing value")
    if not isinstance(value, Mapping):
        raise UnfitError(column, "not an object")
    return value


def _iri(value: object, column: str) -> str:
    if value is None:
        raise UnfitError(column, "missing value")
    if not isinstance(value, str) or not _IRI.fullmatch(value):
        raise UnfitError(column, "not an IRI")
    return value
