"""Abandonment, retention, completion and success; surveys returned, NPS and satisfaction. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from serving.quality.figures.inputs import Answer, Enrolment, Sent, Value, said, share

RETENTION_DAYS = (30, 60, 90)
APART = {"neutral_exit": "neutral", "transferred": "moved"}
PROMOTER, PASSIVE = 9, 7
SATISFIED = 4


def of_training(enrolments: Sequence[Enrolment], today: date) -> list[Value]:
    """Return the figures of enrolments started in a period, by what was known before a day."""
    kept = [one for one in enrolments if one.outcome not in APART]
    apart = Counter(APART[one.outcome] for one in enrolments if one.outcome in APART)
    outcomes = Counter(one.outcome for one in kept)
    gone, done = outcomes["abandoned"], outcomes["completed"]
    unknown = len(kept) - gone - done
    known = [one for one in enrolments if one.passed is not None]
    passed = sum(one.passed is True for one in known)
    return [
        share("abandonment", gone, len(kept), left_out=dict(apart)),
        *(retention(kept, days, today, dict(apart)) for days in RETENTION_DAYS),
        share("completion", done, done + gone, left_out={**apart, "unknown": unknown}),
        share("success", passed, len(known), left_out={"no_result": len(enrolments) - len(known)}),
    ]


def retention(kept: Sequence[Enrolment], days: int, today: date, apart: dict[str, int]) -> Value:
    """Return the share of enrolments not abandoned at D+k, among those that can be told: see `_why_not`."""
    span, left, still, counted = timedelta(days=days), Counter(apart), 0, 0
    for one in kept:
        why = _why_not(one, span, today)
        left[why] += bool(why)
        if not why:
            counted += 1
            gone = one.outcome == "abandoned" and one.left_on is not None and one.left_on <= one.started_on + span
            still += not gone
    return share(f"retention_{days}", still, counted, left_out=dict(left))


def _why_not(one: Enrolment, span: timedelta, today: date) -> str:
    """Say why an enrolment does not count in a retention: its course is shorter, D+k is not over, its end undated."""
    if one.planned_end_on - one.started_on < span:
        return "shorter"
    if one.started_on + span >= today:
        return "not_yet"
    return "undated" if one.outcome == "abandoned" and one.left_on is None else ""


def of_surveys(sent: Sequence[Sent], answers: Sequence[Answer]) -> list[Value]:
    """Return the survey return rate, the NPS and the satisfaction."""
    over = [one for one in sent if not one.still_open]
    heads = len({one.enrolment_id for one in over})
    left = {"still_open": len(sent) - len(over)}
    returned = share("survey_return", sum(one.answered for one in over), len(over), heads=heads, left_out=left)
    return [returned, _nps(answers), _satisfaction(answers)]


def _given(answers: Sequence[Answer], question: str) -> tuple[list[float], int, int]:
    """Return the values given to a question, by how many enrolments, and how many never gave one."""
    asked = [one for one in answers if one.question == question]
    given = [(one.enrolment_id, one.value) for one in asked if one.value is not None]
    heads = {number for number, _ in given}
    return [value for _, value in given], len(heads), len({one.enrolment_id for one in asked} - heads)


def _nps(answers: Sequence[Answer]) -> Value:
    values, heads, silent = _given(answers, "nps")
    best, worst = sum(v >= PROMOTER for v in values), sum(v < PASSIVE for v in values)
    score = 100 * (best - worst) / len(values) if values else None
    parts = (best, len(values) - best - worst, worst)
    return Value("nps", score, best - worst, len(values), parts, heads, said({"silent": silent}))


def _satisfaction(answers: Sequence[Answer]) -> Value:
    values, heads, silent = _given(answers, "satisfaction")
    good = sum(v >= SATISFIED for v in values)
    return share("lsat", good, len(values), heads=heads, left_out={"silent": silent})
