"""The figures of an organisation, its courses and its sessions over a period, and which of them may leave it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from serving.quality.figures import repository, suppression
from serving.quality.figures.catalog import BY_CODE, FIGURES
from serving.quality.figures.community import of_community
from serving.quality.figures.inputs import Material, Value, together
from serving.quality.figures.periods import Period, inside
from serving.quality.figures.prevention import Hours, closed_days, of_prevention
from serving.quality.figures.repository import Window
from serving.quality.figures.suppression import Node
from serving.quality.figures.training import of_surveys, of_training
from serving.site import Records

WHOLE = ""
Place = tuple[str, str]
"""A course and one of its sessions; empty texts for the whole organisation, no session for a whole course."""
ORGANISATION: Place = (WHOLE, WHOLE)


@dataclass(frozen=True)
class Row:
    """The figures of one scope: its course and session (empty: all of them), its title; `hidden`: what stays inside."""

    place: Place
    name: str
    values: Mapping[str, Value]
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Table:
    """The figures of every scope of a period: the organisation first, each course, then its sessions."""

    window: Window
    rows: tuple[Row, ...]

    def row(self, course: str, session: str) -> Row | None:
        """Return one scope, None when it has nothing in the period; a session may be asked without its course."""
        wanted = [one for one in self.rows if one.place == (course, session)]
        alone = [one for one in self.rows if session and not course and one.place[1] == session]
        return next(iter(wanted + alone), None)


def table(
    session: Session, records: Records, *, since: date, until: date, today: date, zone: ZoneInfo, week: str = "12345"
) -> Table:
    """Return the figures of a period, by what was known before a day.

    Parameters
    ----------
    week : the days worked, 1 for Monday, for the delay before contact.
    """
    window = Window(since, until, today, zone)
    material = gather(session, records, window)
    hours = Hours(zone, week, closed_days(repository.closed(records)))
    return Table(window, laid_out(material, repository.known_sessions(repository.sessions(records)), window, hours))


def leaving(
    session: Session, records: Records, period: Period, shortest: str, *, today: date, zone: ZoneInfo,
    week: str = "12345",
) -> Table:  # fmt: skip
    """Return the figures of a whole period as they may leave: hidden too where a shorter period inside it hides them.

    Parameters
    ----------
    shortest : the shortest length that the organisation tells (`month`, `quarter`, `year`).
    """
    told = [
        table(session, records, since=one.first, until=one.last, today=today, zone=zone, week=week)
        for one in (period, *inside(period, shortest))
    ]
    whole, parts = told[0], [{row.place: row.hidden for row in one.rows} for one in told[1:]]
    rows = (
        replace(row, hidden=suppression.told_over(row.hidden, [part.get(row.place, frozenset()) for part in parts]))
        for row in whole.rows
    )
    return Table(whole.window, tuple(rows))


def gather(session: Session, records: Records, window: Window) -> Material:
    """Return everything that the figures of a period are counted from."""
    return Material(
        enrolments=tuple(repository.enrolments(records, window)),
        sent=tuple(repository.sent(records, window)),
        answers=tuple(repository.answers(records, window)),
        invited=tuple(repository.invited(records, window)),
        posts=tuple(repository.posts(records, window)),
        opened=tuple(repository.alerts(session, records, window, closing=False)),
        closed=tuple(repository.alerts(session, records, window, closing=True)),
    )


def values(material: Material, window: Window, hours: Hours) -> dict[str, Value]:
    """Return every figure of a scope, in the catalogue's order. Pure."""
    found = [
        *of_training(material.enrolments, window.today),
        *of_surveys(material.sent, material.answers),
        *of_community(material.invited, material.posts, window.now),
        *of_prevention(material.opened, material.closed, hours, window.today),
    ]
    known = {one.code: one for one in found}
    return {figure.code: known[figure.code] for figure in FIGURES}


def laid_out(material: Material, known: Mapping[str, tuple[str, str]], window: Window, hours: Hours) -> tuple[Row, ...]:
    """Return the scopes of a table, with what of each may not leave. Pure.

    Parameters
    ----------
    known : the course and the title of each session; one that is not there is a course of its own.
    """
    parts = {(known.get(code, (code, code))[0], code): part for code, part in material.by_session().items()}
    courses = sorted({course for course, _ in parts})
    rows = [Row(ORGANISATION, "", values(together(parts.values()), window, hours))]
    for course in courses:
        mine = {place: part for place, part in parts.items() if place[0] == course}
        rows.append(Row((course, WHOLE), course, values(together(mine.values()), window, hours)))
        for place, part in sorted(mine.items()):
            rows.append(Row(place, known.get(place[1], ("", place[1]))[1], values(part, window, hours)))
    return tuple(_marked(rows))


def _marked(rows: list[Row]) -> Iterable[Row]:
    """Say what of each scope may not leave: figures of one family are hidden together."""
    out: dict[Place, set[str]] = {row.place: set() for row in rows}
    for family in dict.fromkeys(one.family for one in FIGURES):
        codes = [one.code for one in FIGURES if one.family == family]
        for key in suppression.hidden([_node(row, codes) for row in rows]):
            out[_place(key)].update(codes)
    return (Row(row.place, row.name, row.values, frozenset(out[row.place])) for row in rows)


def _node(row: Row, codes: Iterable[str]) -> Node:
    counts = tuple(one for code in codes for one in (row.values[code].parts, (row.values[code].heads,)))
    return Node("\n".join(row.place), _parent(row.place), counts)


def _parent(place: Place) -> str | None:
    if place == ORGANISATION:
        return None
    return "\n".join((place[0], WHOLE) if place[1] else ORGANISATION)


def _place(key: str) -> Place:
    course, _, session = key.partition("\n")
    return course, session


def shown_outside(row: Row, code: str) -> Value | None:
    """Return a figure as it may leave the organisation, None when it may not."""
    return None if code in row.hidden else row.values[BY_CODE[code].code]
