"""The PDF of a pack: its words are put together here, drawn by Typst with the template `pack.typ`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from data.errors import FilrougeError
from serving.language import Speech
from serving.quality.packs.glyphs import drawn
from serving.quality.packs.layout import Printed, table
from serving.quality.register import Step
from serving.quality.sample.chains import AlertChain, Chain, told
from serving.quality.sheets import Sheet

TEMPLATE = Path(__file__).with_name("pack.typ")
STANDARD = "ua-1"
"""PDF/UA-1: tagged, read aloud in order, refused by Typst itself when something lacks."""
Fact = tuple[str, str, bool]
"""A name, its value, and whether it is a code (a seal)."""


class PackError(FilrougeError):
    """A pack cannot be made."""

    exit_code = 8
    http_status = 500


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
    drawing: bytes = _compiled(document, pdf_standards=[STANDARD], timestamp=_noon(document.day), format="pdf")
    return drawing


def pictures(document: Document, *, ppi: float = 80) -> list[bytes]:
    """Return a document's pages as PNG files, to be looked at."""
    pages: bytes | list[bytes] = _compiled(document, format="png", ppi=ppi)
    return pages if isinstance(pages, list) else [pages]


def _compiled(document: Document, **options: Any) -> Any:
    """Let Typst draw; it reads no font of the machine, no other file, no clock."""
    import typst

    words = {"data": json.dumps(plain(document), ensure_ascii=False)}
    try:
        return typst.compile(TEMPLATE.read_bytes(), ignore_system_fonts=True, sys_inputs=words, **options)
    except typst.TypstError as error:
        raise PackError("the PDF cannot be drawn", where=" ".join(error.message.split())[:80]) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how a fault of Rust's comes up: it is no Exception
            raise
        raise PackError("the PDF cannot be drawn: Typst failed") from None


def _noon(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())


def plain(document: Document) -> dict[str, Any]:
    """Return a document as the template reads it: every text made of what its fonts can draw."""
    speech = document.speech
    return {
        "lang": speech.language,
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
        "parts": [_part(part, speech) for part in document.parts],
    }


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
        "landscape": part.printed.landscape if part.printed else False,
        "apart": part.apart,
        "figure": part.figure,
        "steps": [[drawn(said), command] for said, command in part.steps],
        "chains": [_chain(one, number, len(part.chains), speech) for number, one in enumerate(part.chains, start=1)],
    }


def _chain(chain: Chain, number: int, of: int, speech: Speech) -> dict[str, Any]:
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
    meetings = [f"{speech.instant(one.at)} · {one.kind} ({one.channel}) · {one.state}" for one in chain.appointments]
    return {
        "title": drawn(say("Enrolment %(n)s of %(of)s: %(learner)s", n=number, of=of, learner=chain.learner)),
        "facts": _facts(facts),
        "said": [drawn(chain.said)] if chain.said else [],
        "alerts": [_alert(one, speech) for one in chain.alerts],
        "apart": _steps(chain.apart, speech),
        "apart_title": say("Actions outside any alert"),
        "appointments_title": say("Appointments"),
        "appointments": [drawn(one) for one in meetings],
        "appointments_said": say("No appointment was written down."),
    }


def _alert(alert: AlertChain, speech: Speech) -> dict[str, Any]:
    day = speech.day(alert.opened_on)
    return {
        "title": speech.say("Alert no. %(n)s, opened on %(day)s", n=alert.number, day=day),
        "over": drawn(f"{alert.kind} · {alert.state}"),
        "reasons": [drawn(one) for one in alert.reasons],
        "steps": _steps(alert.steps, speech),
        "said": drawn(alert.said),
    }


def _steps(steps: Sequence[Step], speech: Speech) -> dict[str, Any] | None:
    if not steps:
        return None
    say = speech.say
    columns = (say("Date"), say("Step"), say("Author"), say("What was done"), say("Entry"), say("Seal"))
    rows = tuple((one.at, one.event, one.author, told(one, speech), one.number, one.seal) for one in steps)
    return table(Sheet("steps", "", columns, rows), speech)


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
