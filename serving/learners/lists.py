"""Which learners a list shows, in which order, page by page. Pure; what is chosen lives in the address.

A name that is searched for is not in `Wanted`: it travels in the body of a form, never in an address.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from serving.learners.policy import LEVELS

PER_PAGE = 50
SILENCES = (7, 14, 28)
NO_ALERT = "none"
STATES = ("open", "acknowledged", "in_contact", "snoozed", NO_ALERT)
SORTS = ("risk", "name", "silent", "session")


@dataclass(frozen=True)
class Line:
    """One learner of a list, as far as filters and sorts look."""

    enrolment_id: int
    name: str
    session_id: str
    probability: float
    level: str
    state: str = NO_ALERT
    silent_days: float | None = None


@dataclass(frozen=True)
class Wanted:
    """What an address asks of a list; empty: everything."""

    session: str = ""
    risk: str = ""
    state: str = ""
    silent: int = 0
    sort: str = "risk"
    page: int = 1

    @property
    def narrows(self) -> bool:
        """Whether it leaves anybody out."""
        return bool(self.session or self.risk or self.state or self.silent)

    def address(self, **changed: Any) -> str:
        """Return the query string of this list, some of it changed; what is usual is left out."""
        told = replace(self, **changed)
        return "?" + urlencode({f.name: v for f in fields(told) if (v := getattr(told, f.name)) != f.default})


@dataclass(frozen=True)
class Shown:
    """One page of a list: its learners, how many there are in all, and where it stands."""

    lines: list[Line]
    total: int
    page: int
    last: int


def read(values: Mapping[str, str]) -> Wanted:
    """Return what an address asks; a value that is not accepted asks nothing."""
    return Wanted(
        session=values.get("session", "")[:200],
        risk=_among(values.get("risk", ""), LEVELS),
        state=_among(values.get("state", ""), STATES),
        silent=_whole(values.get("silent", "")) if _whole(values.get("silent", "")) in SILENCES else 0,
        sort=_among(values.get("sort", ""), SORTS) or "risk",
        page=max(1, _whole(values.get("page", ""))),
    )


def _among(value: str, accepted: Collection[str]) -> str:
    return value if value in accepted else ""


def _whole(value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 7 else 0


def show(lines: Iterable[Line], wanted: Wanted, *, search: str = "", per_page: int = PER_PAGE) -> Shown:
    """Return the page asked for, or the last one; a search ignores case and accents, word by word."""
    found = sorted((one for one in lines if _kept(one, wanted, folded(search).split())), key=ORDERS[wanted.sort])
    last = max(1, -(-len(found) // per_page))
    page = min(wanted.page, last)
    return Shown(found[(page - 1) * per_page : page * per_page], len(found), page, last)


def _kept(one: Line, wanted: Wanted, words: list[str]) -> bool:
    return (
        wanted.session in ("", one.session_id)
        and wanted.risk in ("", one.level)
        and wanted.state in ("", one.state)
        and (not wanted.silent or (one.silent_days is not None and one.silent_days >= wanted.silent))
        and all(word in folded(one.name) for word in words)
    )


def folded(text: str) -> str:
    """Return a text without case nor accents."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()


def _by_risk(one: Line) -> tuple[Any, ...]:
    return -one.probability, one.enrolment_id


ORDERS: dict[str, Callable[[Line], tuple[Any, ...]]] = {
    "risk": _by_risk,
    "name": lambda one: (folded(one.name), one.enrolment_id),
    "silent": lambda one: (one.silent_days is None, -(one.silent_days or 0), *_by_risk(one)),
    "session": lambda one: (one.session_id, *_by_risk(one)),
}
