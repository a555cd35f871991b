"""What the figures are counted from: small typed rows, as they were known before a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime


@dataclass(frozen=True)
class Enrolment:
    """An enrolment started in the period; `outcome` is `ongoing` while it is not known, `left_on` null if undated."""

    enrolment_id: int
    session_id: str
    started_on: date
    planned_end_on: date
    outcome: str = "ongoing"
    left_on: date | None = None
    passed: bool | None = None


@dataclass(frozen=True)
class Sent:
    """A survey sent to an enrolment; `still_open`: it can still be answered."""

    enrolment_id: int
    session_id: str
    answered: bool
    still_open: bool = False


@dataclass(frozen=True)
class Answer:
    """A value given to a question: `nps` (0 to 10) or `satisfaction` (1 to 5); None: asked, not answered."""

    enrolment_id: int
    session_id: str
    question: str
    value: float | None


@dataclass(frozen=True)
class Invited:
    """A learner in training in the period, in a session that has a community; `joined`: opened it or wrote in it."""

    enrolment_id: int
    session_id: str
    joined: bool
    read: bool = True


@dataclass(frozen=True)
class Post:
    """A post of the period, by a learner or by staff (None).

    `opens` its thread; `answered_at`: when somebody else first wrote after it in its thread; `answers`: the enrolment
    of the learner replied to, another than its author.
    """

    session_id: str
    enrolment_id: int | None
    at: datetime
    opens: bool = False
    is_question: bool = False
    words: int = 0
    reactions: int = 0
    answered_at: datetime | None = None
    answers: int | None = None


@dataclass(frozen=True)
class Alerted:
    """An alert: when it opened and closed, who closed it, its first contact, when its learner abandoned if they did."""

    enrolment_id: int
    session_id: str
    opened_at: datetime
    opened_on: date
    closed_on: date | None = None
    closed_by: str | None = None
    useful: bool | None = None
    outcome: str | None = None
    contact_at: datetime | None = None
    abandoned_on: date | None = None
    horizon_days: int = 28


@dataclass(frozen=True)
class Material:
    """Everything that the figures of a scope are counted from."""

    enrolments: tuple[Enrolment, ...] = ()
    sent: tuple[Sent, ...] = ()
    answers: tuple[Answer, ...] = ()
    invited: tuple[Invited, ...] = ()
    posts: tuple[Post, ...] = ()
    opened: tuple[Alerted, ...] = ()
    closed: tuple[Alerted, ...] = ()

    def by_session(self) -> dict[str, Material]:
        """Return the same rows, session by session."""
        found: dict[str, dict[str, list[object]]] = {}
        for one in fields(self):
            for row in getattr(self, one.name):
                found.setdefault(row.session_id, {}).setdefault(one.name, []).append(row)
        told = {key: {name: tuple(rows) for name, rows in parts.items()} for key, parts in sorted(found.items())}
        return {key: Material(**parts) for key, parts in told.items()}  # type: ignore[arg-type]


def together(parts: Iterable[Material]) -> Material:
    """Return the rows of several scopes as one."""
    found = list(parts)
    return Material(**{f.name: tuple(row for one in found for row in getattr(one, f.name)) for f in fields(Material)})


@dataclass(frozen=True)
class Value:
    """A figure of one scope.

    Attributes
    ----------
    value : None where nothing can be counted.
    numerator, denominator : what was divided; for a median, what was counted and out of how many.
    parts : the people or things that the figure tells apart; they sum up from sessions to courses.
    heads : how many enrolments are behind the denominator.
    left_out : how many were left out, by reason (`catalog.LEFT_OUT`).
    """

    code: str
    value: float | None
    numerator: float
    denominator: int
    parts: tuple[int, ...]
    heads: int
    left_out: tuple[tuple[str, int], ...] = ()


def share(
    code: str, numerator: int, denominator: int, *, heads: int | None = None, left_out: dict[str, int] | None = None
) -> Value:
    """Return a share: null when nothing is in its denominator. `heads`: as many as the denominator by default."""
    value = numerator / denominator if denominator else None
    parts = (numerator, denominator - numerator)
    return Value(code, value, numerator, denominator, parts, denominator if heads is None else heads, said(left_out))


def said(left_out: dict[str, int] | None) -> tuple[tuple[str, int], ...]:
    """Return who is left out, those that are somebody."""
    return tuple((name, n) for name, n in (left_out or {}).items() if n)
