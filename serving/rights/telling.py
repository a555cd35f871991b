"""What is held on a learner, in words: a title for each place and table, a line for each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from serving.language import Speech, mark
from serving.rights import columns, saying
from serving.rights.holdings import Holding
from serving.site import Words

PLACES = {
    "identity": mark("Identity"),
    "records": mark("What was recorded"),
    "texts": mark("Texts of posts that are kept"),
    "computed": mark("What was computed from it"),
    "work": mark("What was done about it"),
    "received_batches": mark("Records that wait for their import"),
    "decisions": mark("What was decided, and why it is read"),
    "files": mark("Files taken out that name them"),
}
TABLES = {
    "identities": mark("Names and identifiers"),
    "enrolments": mark("Enrolments"),
    "activity": mark("Activity on the platform"),
    "posts": mark("Posts in the community, as figures"),
    "quiz_results": mark("Results of assessments"),
    "survey_answers": mark("Answers to surveys"),
    "attendance": mark("Attendance"),
    "learner_attributes": mark("Age band, gender, disability: for fairness audits only"),
    "contacts": mark("Contacts by a mentor, by code"),
    "texts": mark("Texts of posts"),
    "features": mark("Figures of the last score"),
    "files": mark("Rows in files of figures"),
    "roster": mark("Enrolments followed"),
    "scores": mark("Scores"),
    "live_scores": mark("Score of the day"),
    "alert_draws": mark("Draws by lot between two learners of nearly equal risk"),
    "alerts": mark("Alerts"),
    "held_alerts": mark("Alerts that were not opened"),
    "actions": mark("Actions"),
    "journal": mark("Journal of evidence"),
    "appointments": mark("Appointments"),
    "complaints": mark("Complaints and difficulties"),
    "survey_chases": mark("Reminders of surveys"),
    "rights_requests": mark("Requests of the learner"),
    "justifications": mark("Why some proofs will not come"),
    "named_in": mark("Where others' notes or messages name them"),
    "statements": mark("What programs pushed about them"),
    "received_batches": mark("Records that wait for their import"),
    "decisions": mark("Decisions of the learner"),
    "purposes": mark("Purposes and bases"),
    "packs": mark("Packs, reports and other files"),
}
BASES = {
    "consent": mark("consent of each one"),
    "contract": mark("contract"),
    "legitimate_interest": mark("legitimate interest"),
    "legal_obligation": mark("legal obligation"),
    "public_task": mark("public task"),
    "invented_or_published": mark("invented or published data"),
    "none": mark("no basis"),
}
SHOWN = 200
"""Rows of one table told in words; the export gives them all."""
LEGEND = mark("What is empty or would be said twice is left out. Long numbers are references that only Filrouge uses.")
Row = dict[str, Any]


def as_text(holdings: Sequence[Holding], notes: Sequence[str], speech: Speech, words: Words) -> Iterator[str]:
    """Yield what is held line by line, a title by place and by table; what notes say comes first."""
    yield from (*notes, speech.say(LEGEND))
    place = ""
    for one in holdings:
        if one.place != place:
            place = one.place
            yield from ("", f"# {speech.say(PLACES[place])}")
        yield from ("", f"## {_title(one.name, speech)} ({speech.number(len(one.rows))})", "")
        rows = [dict(zip(one.columns, row, strict=True)) for row in one.rows]
        yield from (f"- {line}" for line in _lines(one, rows, speech, words) if line)
        if len(rows) > SHOWN:
            more = speech.number(len(rows) - SHOWN)
            yield "- " + speech.say(mark("and %(more)s more, all of them in the export"), more=more)


def _title(table: str, speech: Speech) -> str:
    said = TABLES.get(table) or columns.ELSEWHERE.get(table)
    return speech.say(said) if said else table


def _lines(one: Holding, rows: Sequence[Row], speech: Speech, words: Words) -> Iterator[str]:
    told = (_in_order(rows) if one.place == "records" else rows)[:SHOWN]
    if one.name == "features":
        yield from _figures(told, speech, words)
        return
    for row in told:
        if one.name == "purposes":
            yield _purpose(row, speech)
            continue
        said = row | {"table": _title(row["table"], speech)} if one.name == "named_in" else row
        yield _row(one.name, said, speech, words)


def _row(table: str, row: Row, speech: Speech, words: Words) -> str:
    between = "\u00a0; " if speech.language == "fr" else "; "
    return between.join(saying.pair(*cell, speech) for cell in saying.cells(table, row, speech, words))


def _in_order(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of a table by the first of their days or instants, those that have none last."""
    dated = next((name for name in rows[0] if any(isinstance(row[name], date) for row in rows)), None) if rows else None
    return sorted(rows, key=lambda row: (row[dated] is None, row[dated] or 0)) if dated else [*rows]


def _figures(rows: Sequence[Row], speech: Speech, words: Words) -> Iterator[str]:
    """Yield the figures of each enrolment after a line that says whose and as of when."""
    whose = ("as_of_on", "enrolment_id")
    before: Row = {}
    for row in rows:
        head = {name: row[name] for name in whose}
        if head != before:
            before = head
            yield _row("features", head, speech, words)
        said = saying.figure(row["name"], row["value"], speech)
        yield saying.pair(saying.label(words, row["name"], speech), said, speech)


def _purpose(row: Row, speech: Speech) -> str:
    read = speech.say(mark("read now")) if row["read_now"] else speech.say(mark("not read now"))
    return saying.pair(row[speech.language], f"{speech.say(BASES[row['basis']])}, {read}", speech)
