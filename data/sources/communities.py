"""What the organisation says of its community: who its people are, what a channel is for, whose session it is.

Four options, the same for Discourse, Slack and Discord; each names a file, and one TOML file may serve for all:

`people`    CSV with a header `person,email,role`, or TOML `[people]`: who an account is
`roles`     TOML `[roles]`: a group, a role of the system, or "@example.org" = learner, mentor, trainer or staff
`channels`  TOML `[channels]`: a channel or category = announcements, help, introductions, discussion or none
`sessions`  TOML `[sessions]`: a channel, category or server = the code of a session
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import SourceError
from data.sources.base import Request
from data.sources.plain import ROLES
from data.sources.spelling import COMMUNITY, refuse_unknown, typed
from data.sources.spool import Spool

OPTIONS = ("people", "roles", "channels", "sessions")
CHANNELS = ("announcements", "help", "introductions", "discussion", "none")
LEFT_ASIDE = "none"
"""The word for a channel that is not to be read."""
CHANNEL_WORDS = (
    ("announcements", re.compile(r"annonce|announce|actualites|(?:^|[^a-z])news(?:[^a-z]|$)")),
    ("help", re.compile(r"entraide|(?:^|[^a-z])(?:aide|help|support(?! de)|sos|faq|q a)(?:[^a-z]|$)|question")),
    ("introductions", re.compile(r"present(?!iel)|introduc|bienvenue|welcome")),
)
ROLE_WORDS = {
    "mentor": "mentor", "mentors": "mentor", "mentore": "mentor", "tuteur": "mentor", "tuteurs": "mentor",
    "tutrice": "mentor", "tutor": "mentor", "tutors": "mentor", "coach": "mentor", "formateur": "trainer",
    "formateurs": "trainer", "formatrice": "trainer", "trainer": "trainer", "trainers": "trainer",
    "teacher": "trainer", "teachers": "trainer", "enseignant": "trainer", "enseignante": "trainer",
    "staff": "staff", "admin": "staff", "admins": "staff", "administrateur": "staff", "administrator": "staff",
}  # fmt: skip
_WHO = ("person", "username", "user", "id", "identifiant", "utilisateur")
_EMAIL = ("email", "e-mail", "mail", "courriel")
_ROLE = ("role", "rôle")


@dataclass(frozen=True)
class Member:
    """What the organisation says of an account; the case of its name does not matter."""

    email: str = ""
    role: str = ""


@dataclass(frozen=True)
class Community:
    """The organisation's own words on a community; empty where it says nothing."""

    people: Mapping[str, Member] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    sessions: Mapping[str, str] = field(default_factory=dict)

    def known(self, *names: object) -> str | None:
        """Return the first of an account's names that the organisation told about, in small letters."""
        return next((name for name in map(_account, names) if name in self.people), None)

    def channel(self, *names: object) -> str:
        """Return what a channel is for: as told, else by its own name's words, else by its category's."""
        told = _first(self.channels, names)
        if told:
            return told
        words = (_plain(name) for name in names if name)
        return next((kind for name in words for kind, sign in CHANNEL_WORDS if sign.search(name)), "discussion")

    def session(self, *names: object) -> str | None:
        """Return the session told for the first of these names; None: the one that runs on the day."""
        return _first(self.sessions, names)

    def role(self, *groups: object, email: object = "") -> str | None:
        """Return what somebody is by their groups or the domain of their e-mail; None when nothing says so."""
        domain = f"@{str(email).rpartition('@')[2]}" if email else ""
        told = _first(self.roles, (*groups, domain))
        return told or next((ROLE_WORDS[g] for g in map(_plain, filter(None, groups)) if g in ROLE_WORDS), None)

    def role_told(self, *names: object) -> str | None:
        """Return what the organisation says an account is."""
        who = self.known(*names)
        return (self.people[who].role or None) if who else None

    def email_told(self, *names: object) -> str | None:
        """Return the e-mail the organisation gives to an account."""
        who = self.known(*names)
        return (self.people[who].email or None) if who else None


def options_of(request: Request, *more: str, source: str = COMMUNITY) -> Mapping[str, str]:
    """Return the options given, all of them known.

    Raises
    ------
    SourceError : one is not.
    """
    refuse_unknown(source, request.options, (*OPTIONS, *more))
    return request.options


def option_files(request: Request, source: str = COMMUNITY) -> dict[str, Path]:
    """Return the files that the options name, by option.

    Raises
    ------
    SourceError : one is not there.
    """
    files = {name: Path(request.options[name]).expanduser() for name in OPTIONS if request.options.get(name)}
    for name, path in files.items():
        if not path.is_file():
            raise SourceError("the file is not there", where=_told(source, name, path), accepted="a file")
    return files


def community(request: Request, spool: Spool | None = None, source: str = COMMUNITY) -> Community:
    """Read the options; with a spool, also bring the people of the `people` option, and count them.

    Raises
    ------
    SourceError : a file is not there, cannot be read, or says what is not accepted.
    """
    files = option_files(request, source)
    words = {
        name: _pairs(files[name], name, source) if name in files else {} for name in ("roles", "channels", "sessions")
    }
    _accept(words["roles"], ROLES, "roles")
    _accept(words["channels"], CHANNELS, "channels")
    return Community(_people(files["people"], spool) if "people" in files else {}, **words)


def _people(path: Path, spool: Spool | None) -> dict[str, Member]:
    """Return the people of a file by account; a row without an account, or with nothing on it, is set aside."""
    told: dict[str, Member] = {}
    rows = _toml_people(path) if path.suffix.lower() == ".toml" else _csv_people(path)
    for line, (name, member) in enumerate(rows, 1):
        who = _account(name)
        reason = _fault(who, member, told)
        if spool:
            spool.seen(path.name)
            if reason:
                spool.set_aside(path.name, line, reason[1], column=reason[0])
            else:
                spool.add("people", file=path.name, line=line, person=who, email=member.email, role=member.role)
        if not reason:
            told[who] = member
    return told


def _fault(who: str, member: Member, told: Mapping[str, Member]) -> tuple[str, str] | None:
    if not who:
        return "person", "missing value"
    if who in told:
        return "person", "repeated row"
    if member.role and member.role not in ROLES:
        return "role", "not an accepted value"
    if not member.role and "@" not in member.email:
        return "email", "missing value"
    return None


def _csv_people(path: Path) -> Iterator[tuple[str, Member]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError("the file is not in UTF-8", where=path.name, todo="save it again in UTF-8") from error
    start = text.split("\n", 1)[0]
    mark = max(",;\t", key=start.count)
    rows = csv.reader(io.StringIO(text), delimiter=mark)
    names = [name.strip().casefold() for name in next(rows, [])]
    who, email, role = (next((i for i, n in enumerate(names) if n in some), -1) for some in (_WHO, _EMAIL, _ROLE))
    if who < 0 or max(email, role) < 0:
        raise SourceError("a column is missing", where=path.name, accepted="columns person, email and, at will, role")
    for row in rows:
        if any(row):
            cells = [row[i].strip() if 0 <= i < len(row) else "" for i in (who, email, role)]
            yield cells[0], Member(cells[1], cells[2].casefold())


def _toml_people(path: Path) -> Iterator[tuple[str, Member]]:
    for who, told in section(path, "people").items():
        given = told if isinstance(told, dict) else {"email": told}
        yield who, Member(str(given.get("email", "")).strip(), str(given.get("role", "")).strip().casefold())


def _pairs(path: Path, name: str, source: str) -> dict[str, str]:
    told = section(path, name, source)
    if not all(isinstance(value, str | int) for value in told.values()):
        raise SourceError("not pairs of words", where=_told(source, name, path), accepted='"a name" = "a word"')
    return {_key(key): str(value).strip() for key, value in told.items()}


def section(path: Path, name: str, source: str = COMMUNITY) -> dict[str, Any]:
    """Return a section of a TOML file, or its top level when it has no sections.

    Raises
    ------
    SourceError : it is not there, is no TOML, or tells nothing there.
    """
    if not path.is_file():
        raise SourceError("the file is not there", where=_told(source, name, path), accepted="a file")
    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError("not a TOML file", where=_told(source, name, path),
                          accepted='[section] and lines "a name" = "a word"') from error  # fmt: skip
    found = whole.get(name, {} if any(section in whole for section in OPTIONS) else whole)
    if not isinstance(found, dict) or not found:
        raise SourceError("nothing is told there", where=_told(source, name, path), accepted=f"a section [{name}]")
    return found


def _told(source: str, name: str, path: Path) -> str:
    return f"{typed(source, name)}: {path.name}"


def _accept(told: Mapping[str, str], accepted: tuple[str, ...], name: str) -> None:
    if not set(told.values()) <= set(accepted):
        raise SourceError("not an accepted word", where=f"--set {name}", accepted=", ".join(accepted))


def _first(told: Mapping[str, str], names: tuple[object, ...]) -> str | None:
    return next((told[_key(name)] for name in names if name and _key(name) in told), None)


def _account(name: object) -> str:
    return str(name or "").strip().removeprefix("@").casefold()


def _key(name: object) -> str:
    return str(name).strip().lstrip("#").casefold()


def _plain(name: object) -> str:
    """Return a name in small letters, without accents, marks as blanks."""
    small = unicodedata.normalize("NFKD", str(name)).casefold()
    return re.sub(r"[\W_]+", " ", "".join(mark for mark in small if not unicodedata.combining(mark))).strip()
