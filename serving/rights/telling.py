"""What is held on a learner, in words: places and tables by name, codes as the pages say them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from data.errors import FilrougeError
from serving import choices
from serving.language import Speech, mark
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
CODES: dict[str, Mapping[str, str]] = {
    "kind": {**choices.KINDS, **choices.ALERT_KINDS}, "state": choices.STATES, "channel": choices.CHANNELS,
    "result": choices.RESULTS, "next_step": choices.NEXT_STEPS, "event": choices.EVENTS,
    "outcome": {**choices.OUTCOMES, **choices.LEARNER_OUTCOMES}, "reason": choices.HOLDS,
    "author_id": choices.ROLES, "created_by": choices.ROLES, "handled_by": choices.ROLES,
}  # fmt: skip
"""Words of the codes of a column."""
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


def as_text(holdings: Sequence[Holding], notes: Sequence[str], speech: Speech, words: Words) -> Iterator[str]:
    """Yield what is held line by line, a title by place and by table; what notes say comes first."""
    yield from notes
    place = ""
    for one in holdings:
        if one.place != place:
            place = one.place
            yield from ("", f"# {speech.say(PLACES[place])}")
        title = speech.say(TABLES[one.name]) if one.name in TABLES else one.name
        yield from ("", f"## {title} ({speech.number(len(one.rows))})", "")
        yield from (f"- {line}" for row in one.rows[:SHOWN] if (line := _line(one, row, speech, words)))
        if len(one.rows) > SHOWN:
            more = speech.number(len(one.rows) - SHOWN)
            yield "- " + speech.say(mark("and %(more)s more, all of them in the export"), more=more)


def _line(one: Holding, row: Sequence[Any], speech: Speech, words: Words) -> str:
    told = dict(zip(one.columns, row, strict=True))
    if one.name == "features":
        return f"{_label(words, told['name'], speech)}{_colon(speech)}{_said('', told['value'], speech)}"
    if one.name == "purposes":
        read = speech.say(mark("read now")) if told["read_now"] else speech.say(mark("not read now"))
        return f"{told[speech.language]}{_colon(speech)}{speech.say(BASES[told['basis']])}, {read}"
    listed = {"reasons": _reasons, "signals": _signals}
    cells = [(name, listed[name](value, speech, words) if name in listed else value) for name, value in told.items()]
    return " ; ".join(f"{name}{_colon(speech)}{_said(name, value, speech)}" for name, value in cells if _is_said(value))


def _colon(speech: Speech) -> str:
    return "\u00a0: " if speech.language == "fr" else ": "


def _is_said(value: Any) -> bool:
    return value is not None and value != "" and value != []


def _reasons(value: Any, speech: Speech, words: Words) -> str:
    names = [one["name"] for one in value if isinstance(one, dict) and "name" in one]
    return ", ".join(_label(words, name, speech) for name in names)


def _signals(value: Any, speech: Speech, words: Words) -> str:  # noqa: ARG001
    kinds = [one["kind"] for one in value if isinstance(one, dict) and "kind" in one]
    return ", ".join(speech.say(choices.ALERT_KINDS[kind]) if kind in choices.ALERT_KINDS else kind for kind in kinds)


def _label(words: Words, name: str, speech: Speech) -> str:
    """Return a feature's name, or the column's own where it is no feature (a rank, a bound)."""
    try:
        return words.label(name, lang=speech.language)
    except FilrougeError:
        return name


def _said(column: str, value: Any, speech: Speech) -> str:
    if isinstance(value, str):
        known = CODES.get(column, {})
        return speech.say(known[value]) if value in known else value
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes") if value.tzinfo is None else speech.instant(value)
    if isinstance(value, date):
        return speech.day(value)
    if isinstance(value, float):
        return speech.number(round(value, 3))
    return str(value)
