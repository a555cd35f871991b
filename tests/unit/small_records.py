"""A few canonical rows, written straight into a store: two learners (1, 2), one enrolment each (11, 22)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from data.batches import Batch
from data.contracts import TABLES

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = date(2026, 1, 1)


def table(name: str, *rows: Mapping[str, Any]) -> pa.Table:
    """Return rows of a canonical table; columns that are not given are null."""
    names = TABLES[name].names
    schema = pa.schema([field.with_nullable(True) for field in TABLES[name].schema])
    return pa.Table.from_pylist([{column: row.get(column) for column in names} for row in rows], schema)


def batch(number: int, **tables: pa.Table) -> Batch:
    """Return a batch of its own name."""
    return Batch("test", str(number), tables, NOW)


def known(day: int) -> dict[str, Any]:
    """Return when a record became known: so many days after the first."""
    return {"known_at": NOW + timedelta(days=day), "known_on": DAY + timedelta(days=day)}


def enrolment(number: int, **said: Any) -> dict[str, Any]:
    """Return the enrolment of a learner (11 of 1, 22 of 2)."""
    told = {"enrolment_id": number, "learner_id": number // 10, "course_id": "C", "session_id": "S"}
    days = {"registered_on": DAY, "started_on": DAY, "planned_end_on": date(2026, 6, 1)}
    return {**told, **days, "outcome": "ongoing", **said}


def action(number: int, enrolled: int, day: int = 0, **said: Any) -> dict[str, Any]:
    """Return one action of an enrolment."""
    at = NOW + timedelta(days=day)
    told = {"record_id": number, "enrolment_id": enrolled, "kind": "login", "occurred_from": at, "occurred_to": at}
    return {**told, "count": 1, **known(day), **said}


def post(number: int, enrolled: int | None, **said: Any) -> dict[str, Any]:
    """Return one post, a trainer's where no enrolment is given."""
    flags = dict.fromkeys(
        ("is_question", "intent_to_leave", "distress", "technical_trouble", "thanks", "polite"), False
    )
    told = {"record_id": number, "session_id": "S", "thread_id": 1, "enrolment_id": enrolled, "channel": "forum"}
    told |= {"author_role": "learner" if enrolled else "trainer", "n_words": 3, "reactions": 0, "occurred_at": NOW}
    return {**told, **flags, **known(0), **said}


def answer(number: int, enrolled: int, **said: Any) -> dict[str, Any]:
    """Return one question asked of an enrolment, not answered."""
    return {"record_id": number, "enrolment_id": enrolled, "survey_id": 1, "question": "nps", "scale": "nps",
            "sent_on": DAY, "known_on": DAY, **said}  # fmt: skip


SESSION = {"session_id": "S", "course_id": "C", "name": "S", "starts_on": DAY, "ends_on": date(2026, 6, 1)}
PRESENCE = {"slot_id": 1, "starts_at": NOW, "status": "present", **known(0)}
TWO_LEARNERS: dict[str, pa.Table] = {
    "sessions": table("sessions", SESSION),
    "enrolments": table("enrolments", enrolment(11), enrolment(22)),
    "activity": table("activity", *(action(n, n // 10) for n in (110, 220, 221)),
                      *(action(n, n // 10, 40, kind="forum_view") for n in (119, 229))),
    "posts": table("posts", post(1, 11), post(2, 22, parent_id=1), post(3, None, parent_id=2)),
    "survey_answers": table("survey_answers", answer(1, 11), answer(2, 22)),
    "attendance": table("attendance", *({**PRESENCE, "record_id": n, "enrolment_id": n} for n in (11, 22))),
    "contacts": table("contacts", *({"record_id": n, "enrolment_id": n, "contacted_on": DAY, "kind": "call",
                                     "known_on": DAY} for n in (11, 22))),
    "learner_attributes": table("learner_attributes", {"learner_id": 1, "age_band": "a"}, {"learner_id": 2}),
}  # fmt: skip
