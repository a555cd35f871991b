"""The PDF of a pack: its words are put together here, drawn by Typst with the template `pack.typ`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from serving.language import Speech
from serving.quality.packs.columns import BESIDE
from serving.quality.packs.glyphs import drawn
from serving.quality.packs.layout import Printed, table
from serving.quality.packs.press import FONTS, compiled
from serving.quality.register import Step
from serving.quality.sample.chains import AlertChain, Chain, told
from serving.quality.sheets import Sheet

STANDARD = "ua-1"
"""PDF/UA-1: tagged, read aloud in order, refused by Typst itself when something lacks."""
Fact = tuple[str, str, bool]
"""A name, its value, and whether it is a code (a seal)."""


@dataclass(frozen=True)
class Part:
    """A part of the PDF; `apart`: it begins a page. `steps`: what to do, and the command to type."""

    title: str
    said: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    printed: Printed | None = None
    chains: tuple[Chain, ...] = ()
    steps: tuple[tuple[str, str], ...] = ()
    figure: dict[str, Any] | None = None
    apart: bool = False

    @property
    def landscape(self) -> bool | None:
        """Whether it stands on pages that lie on their side; None: it stands on any."""
        if self.printed is None:
            return False
        return self.printed.landscape if self.printed.tables else None


@dataclass(frozen=True)
class Document:
    """All that the PDF tells, in one language.

    Attributes
    ----------
    over, under : what stands above the title, and below it.
    day : the day it is about; the only date that the file holds.
    """

    speech: Speech
    title: str
    over: str
    under: str
    author: str
    day: date
    said: tuple[str, ...]
    facts: tuple[Fact, ...]
    parts: tuple[Part, ...]


def pdf(document: Document) -> bytes:
    """Return a document as a tagged PDF (PDF/UA-1); the same words give the same bytes on every machine.

    Raises
    ------
    PackError : Typst could not draw it.
    """
    drawing: bytes = compiled(plain(document), pdf_standards=[STANDARD], timestamp=_noon(document.day), format="pdf")
    return drawing


def pictures(document: Document, *, ppi: float = 80) -> list[bytes]:
    """Return a document's pages as PNG files, to be looked at."""
    pages: bytes | list[bytes] = compiled(plain(document), format="png", ppi=ppi)
    return pages if isinstance(pages, list) else [pages]


def _noon(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())


def plain(document: Document) -> dict[str, Any]:
    """Return a document as the template reads it: every text made of what its fonts can draw."""
    speech = document.speech
    return {
        "lang": speech.language,
        "fonts": FONTS,
        "title": drawn(document.title),
        "author": drawn(document.author),
        "description": drawn(document.under),
        "footer": drawn(f"{document.author} · {document.title} · {document.under}"),
        "date": [document.day.year, document.day.month, document.day.day],
        "contents": speech.say("Contents"),
        "cover": {
            "over": drawn(document.over),
            "title": drawn(document.title),
            "under": drawn(document.under),
            "said": [drawn(one) for one in document.said],
            "facts": _facts(document.facts),
        },
        "sheets": [
            {"landscape": lying, "parts": [_part(part, speech) for part in parts]}
            for lying, parts in _by_page(document.parts)
        ],
    }


def _by_page(parts: Sequence[Part]) -> Iterator[tuple[bool, list[Part]]]:
    """Yield the parts that follow each other on pages that stand, or lie, alike."""
    side = False
    sides = [side := side if part.landscape is None else part.landscape for part in parts]
    for lying, pairs in groupby(zip(sides, parts, strict=True), key=lambda pair: pair[0]):
        yield lying, [part for _, part in pairs]


def _facts(facts: Iterable[Fact]) -> list[list[Any]]:
    return [[drawn(name), _spaced(value) if code else drawn(value), code] for name, value, code in facts]


def _spaced(seal: str) -> str:
    """Return a seal in groups of sixteen, so that it is read and its line can end."""
    return " ".join(seal[at : at + 16] for at in range(0, len(seal), 16))


def _part(part: Part, speech: Speech) -> dict[str, Any]:
    said = (*part.said, *(part.printed.said if part.printed else ()))
    return {
        "title": drawn(part.title),
        "said": [drawn(one) for one in said],
        "facts": _facts(part.facts),
        "tables": list(part.printed.tables) if part.printed else [],
        "apart": part.apart,
        "figure": part.figure,
        "steps": [[drawn(said), command] for said, command in part.steps],
        "chains": _chains(part.chains, speech),
    }


def _chains(chains: Sequence[Chain], speech: Speech) -> list[dict[str, Any]]:
    steps = [step for one in chains for mine in (*(alert.steps for alert in one.alerts), one.apart) for step in mine]
    ledger = Ledger.of(steps, speech)
    return [_chain(one, number, len(chains), ledger, speech) for number, one in enumerate(chains, start=1)]


@dataclass(frozen=True)
class Ledger:
    """The steps of every chain as one table, so that its columns stand alike on each page; the rows by their entry."""

    whole: Mapping[str, Any]
    rows: Mapping[int, Sequence[str]]

    @classmethod
    def of(cls, steps: Sequence[Step], speech: Speech) -> Ledger:
        """Return the table of steps."""
        if not steps:
            return cls({}, {})
        say = speech.say
        columns = (say("Date"), say("Step"), say("Author"), say("What was done"), say("Entry"), say("Seal"))
        rows = tuple((one.at, one.event, one.author, told(one, speech), one.number, one.seal) for one in steps)
        whole = table(Sheet("steps", "", columns, rows), speech, BESIDE)
        return cls(whole, {step.number: row for step, row in zip(steps, whole["rows"], strict=True)})

    def page(self, steps: Sequence[Step]) -> dict[str, Any] | None:
        """Return the table of some of its steps, None when there is none."""
        return {**self.whole, "rows": [self.rows[one.number] for one in steps]} if steps else None


def _chain(chain: Chain, number: int, of: int, ledger: Ledger, speech: Speech) -> dict[str, Any]:
    say = speech.say
    ended = [(say("Ended on (enrolment)"), speech.day(chain.ended_on), False)] if chain.ended_on else []
    facts: list[Fact] = [
        (say("Enrolment number"), str(chain.enrolment_id), False),
        (say("Session"), chain.session, False),
        (say("Started on"), speech.day(chain.started_on), False),
        (say("Planned end"), speech.day(chain.planned_end_on), False),
        *ended,
        (say("Where they stand"), chain.outcome, False),
    ]
    meetings = [one.told(speech) for one in chain.appointments]
    return {
        "title": drawn(say("Enrolment %(n)s of %(of)s: %(learner)s", n=number, of=of, learner=chain.learner)),
        "facts": _facts(facts),
        "said": [drawn(chain.said)] if chain.said else [],
        "alerts": [_alert(one, ledger, speech) for one in chain.alerts],
        "apart": ledger.page(chain.apart),
        "apart_title": say("Actions outside any alert"),
        "appointments_title": say("Appointments"),
        "appointments": [drawn(one) for one in meetings],
        "appointments_said": say("No appointment was written down."),
    }


def _alert(alert: AlertChain, ledger: Ledger, speech: Speech) -> dict[str, Any]:
    day = speech.day(alert.opened_on)
    return {
        "title": speech.say("Alert no. %(n)s, opened on %(day)s", n=alert.number, day=day),
        "over": drawn(f"{alert.kind} · {alert.state}"),
        "reasons": [drawn(one) for one in alert.reasons],
        "steps": ledger.page(alert.steps),
        "said": drawn(alert.said),
    }


def by_month(title: str, alt: str, counts: Sequence[tuple[str, int]], speech: Speech) -> dict[str, Any] | None:
    """Return a figure of bars, one a month, with what is read aloud in its place; None when there is nothing to show.

    Parameters
    ----------
    alt : what is read aloud before the numbers, which follow.
    """
    if len(counts) < 2:
        return None
    numbers = ", ".join(f"{name} ({speech.number(n)})" for name, n in counts)
    return {
        "caption": drawn(title),
        "alt": drawn(f"{alt} {numbers}."),
        "bars": [[drawn(name), n, speech.number(n)] for name, n in counts],
    }
