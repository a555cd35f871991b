"""Decisions about retention: the classes of data, how long each is kept and why, what is due to go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from data.errors import FilrougeError
from serving.language import mark

YEAR = 365
Fate = Literal["deleted", "emptied"]
Link = tuple[str, int]
"""A row of a chain of evidence: its kind and its number."""


class RetentionError(FilrougeError):
    """What is said of retention cannot be read."""

    exit_code = 2


@dataclass(frozen=True)
class Rule:
    """One class of data: for how many days it is kept, why, and what becomes of it then.

    `least` and `most` bound what an organisation may choose: what is owed as proof stays three years at least.
    """

    code: str
    label: str
    days: int
    reason: str
    fate: Fate = "deleted"
    least: int = 1
    most: int = 20 * YEAR


RULES = tuple(
    Rule(*one)
    for one in (
        ("records", mark("Records of enrolments that have ended"), 3 * YEAR,
         mark("the file lives as long as a certificate, three years; figures compare with earlier sessions")),
        ("scores", mark("Scores and alerts held"), YEAR,
         mark("a score orders a list of its day; a year shows a course"), "deleted"),
        ("score_files", mark("Scored lists, tables of figures and drift reports"), YEAR,
         mark("made again from the records"), "deleted"),
        ("notes", mark("Notes of actions"), 3 * YEAR, mark("evidence is owed in codes and dates; words are not"),
         "emptied"),
        ("complaints", mark("Words of complaints that are closed"), 3 * YEAR,
         mark("what is owed is that each was answered, and when"), "emptied"),
        ("evidence", mark("Alerts that are closed, actions, appointments, reminders"), 5 * YEAR,
         mark("shown to auditors; five years is the time to act in civil law; the journal is never cut"), "deleted",
         3 * YEAR),
        ("packs", mark("Packs of proof"), 5 * YEAR, mark("shown to auditors; they may hold names"), "deleted",
         3 * YEAR),
        ("messages", mark("Messages sent or given up"), 90, mark("their words go at once; the fact says what was sent"),
         "deleted"),
        ("pushed", mark("Ids of what programs pushed"), YEAR, mark("so that what comes again is known"), "deleted"),
        ("sign_ins", mark("Sign-ins: sessions that are over, failures"), YEAR // 2,
         mark("security logs are kept 6 to 12 months"), "deleted", 180, YEAR),
        ("daily_runs", mark("What daily runs did"), YEAR, mark("no person is in it"), "deleted"),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Due:
    """What of one class is past its time: how many, the oldest day of them, and the day before which they are."""

    rule: Rule
    before: date
    count: int
    oldest: date | None


def rules(changes: Mapping[str, int] | None = None) -> tuple[Rule, ...]:
    """Return the rules, some with the organisation's own number of days.

    Raises
    ------
    RetentionError : a class is not known, or its days are not accepted.
    """
    told = dict(changes or {})
    known = {rule.code: rule for rule in RULES}
    for code, days in told.items():
        if code not in known:
            raise RetentionError("this class of data is not known", where=code, accepted=", ".join(known))
        if not known[code].least <= days <= known[code].most:
            accepted = f"{known[code].least} to {known[code].most} days"
            raise RetentionError("this time is not accepted", where=code, accepted=accepted)
    return tuple(replace(rule, days=told.get(rule.code, rule.days)) for rule in RULES)


def read_rules(text: str) -> tuple[Rule, ...]:
    """Return the rules from a setting such as `scores=200, notes=730`.

    Raises
    ------
    RetentionError : it cannot be read.
    """
    changes = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        code, _, days = part.partition("=")
        if not days.strip().isdecimal():
            raise RetentionError("this cannot be read", where=code.strip(), accepted="scores=200, notes=730")
        changes[code.strip()] = int(days)
    return rules(changes)


def before(today: date, rule: Rule) -> date:
    """Return the day before which a class of data is past its time."""
    return today - timedelta(days=rule.days)


def whole_chains(old: Collection[Link], ties: Iterable[tuple[Link, Link]]) -> set[Link]:
    """Return what is past its time and rests on nothing, and has nothing resting on it, that is not.

    Parameters
    ----------
    old : what is past its time, by kind and number.
    ties : what rests on what.

    >>> whole_chains({("alert", 1), ("action", 2)}, [(("action", 2), ("alert", 1)), (("action", 3), ("alert", 1))])
    set()
    """
    beside: dict[Link, list[Link]] = {}
    for one, other in ties:
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    gone, reached = set(old), [one for one in beside if one not in old]
    while reached:
        for one in beside[reached.pop()]:
            if one in gone:
                gone.remove(one)
                reached.append(one)
    return gone
