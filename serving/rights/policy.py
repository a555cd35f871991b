"""Decisions about erasure in the work database: which rows go, which are emptied, which words are taken out."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Literal

from data.proof import Trace
from serving.language import mark

PERSON = ("enrolment_id", "learner_id")
"""Columns that name a learner: a table that has one is of persons."""
EVIDENCE = frozenset({"journal"})
"""Tables of persons whose rows stay as they are: no entry can be changed, and a number in them leads to nobody."""
EMPTIED: dict[str, dict[str, object]] = {
    "complaints": {"enrolment_id": None, "summary": "", "answer": ""},
    "rights_requests": {"learner_id": None},
}
"""Tables of persons whose rows stay, emptied: the organisation owes their number, not whose they are."""
WORDLESS = frozenset(
    {
        "journal", "journal_head", "scores", "live_scores", "score_runs", "alert_rounds", "accounts", "channels",
        "webhooks", "api_tokens", "ingest_keys", "signed_in", "sign_in_failures", "answered", "statements",
        "received_batches", "daily_runs", "preferences", "standard_texts", "alerts", "held_alerts", "roster",
        "source_outages",
    }
)  # fmt: skip
"""Tables that are not searched for names: of codes and figures, of the staff, or erased in a way of their own."""
TAKEN_OUT = "[…]"
GAPS = {
    "closed_without_contact": "alerts", "open_without_action": "alerts", "action_without_result": "actions",
    "next_step_passed": "actions", "appointment_unsettled": "appointments", "appointment_unrecorded": "appointments",
    "complaint_unacknowledged": "complaints", "complaint_unanswered": "complaints",
}  # fmt: skip
"""The table whose row a missing proof is about; of the other kinds of gaps, an enrolment by its number, or nobody."""
BECOMES = {
    "deleted": mark("deleted"),
    "emptied": mark("emptied: whose it is and its words go"),
    "unnamed": mark("the name is taken out, the rest stays"),
    "evidence": mark("stays: it names nobody, and cannot be changed"),
    "decided": mark("stays by number alone"),
}
OTHERWISE = {"journal": "evidence", "named_in": "unnamed", "statements": "emptied", "received_batches": "emptied"}
PEOPLE = frozenset({"person", "name", "mbox", "mbox_sha1sum", "account"})
"""Keys under which what a program pushed tells who somebody is."""
Fate = Literal["kept", "deleted", "emptied"]


def fate(table: str, columns: Collection[str], parents: Collection[str] = ()) -> Fate:
    """Say what becomes of a learner's rows in a table.

    Parameters
    ----------
    parents : tables that its rows belong to (foreign keys): a row of one that is deleted goes with it.
    """
    if table in EVIDENCE:
        return "kept"
    if table in EMPTIED:
        return "emptied"
    return "deleted" if {*PERSON} & {*columns} or {*parents} & {"alerts", "actions"} else "kept"


def becomes(place: str, table: str) -> str:
    """Say what becomes of what is held at a place: a code of `BECOMES`.

    >>> becomes("work", "complaints"), becomes("records", "posts")
    ('emptied', 'deleted')
    """
    if place == "decisions":
        return "decided"
    return OTHERWISE.get(table, "emptied" if table in EMPTIED else "deleted")


def explains(gap: str, subject: str, enrolments: Collection[int], gone: Mapping[str, Collection[int]]) -> bool:
    """Tell whether the reason for which a proof will not come is about a learner.

    Parameters
    ----------
    subject : what the gap is about: a number, and a day or a wave after a colon.
    gone : numbers of the learner's rows by table.

    >>> explains("closed_without_contact", "12:2026-06-01", [900], {"alerts": [12]})
    True
    >>> explains("action_without_result", "12", [900], {"alerts": [12], "actions": []})
    False
    >>> explains("survey_not_sent", "900:immediate", [900], {})
    True
    """
    number = subject.partition(":")[0]
    theirs = gone.get(GAPS[gap], ()) if gap in GAPS else enrolments
    return number.isdecimal() and int(number) in theirs


def concerns(table: str, row: Mapping[str, Any], trace: Trace, rows: Mapping[str, Collection[int]]) -> bool:
    """Tell whether the words of a row are about a learner.

    Parameters
    ----------
    rows : numbers of the learner's rows by table.

    >>> concerns("actions", {"enrolment_id": 900}, Trace((7, 900)), {})
    True
    >>> concerns("improvements", {"source": "complaint", "source_key": "3"}, Trace((7, 900)), {"complaints": [3]})
    True
    """
    if table == "justifications":
        return explains(row["gap"], row["subject"], trace.numbers, rows)
    if table == "improvements":
        return row["source"] == "complaint" and int(row["source_key"] or 0) in rows.get("complaints", ())
    if any(row.get(name) in trace.numbers for name in PERSON):
        return True
    return any(row.get(name) in rows.get(of, ()) for name, of in (("alert_id", "alerts"), ("action_id", "actions")))


def without(value: Any, names: re.Pattern[str]) -> Any:
    """Return words, or words in lists and objects, without some names."""
    if isinstance(value, str):
        return names.sub(TAKEN_OUT, value)
    if isinstance(value, list):
        return [without(one, names) for one in value]
    return {key: without(one, names) for key, one in value.items()} if isinstance(value, dict) else value


def is_told(value: Any, trace: Trace, *, named: bool = False) -> bool:
    """Tell whether what a program pushed is about a person: their e-mail or name anywhere, their identifier as theirs.

    Parameters
    ----------
    named : the value stands where somebody is named, so that even a short identifier is theirs.
    """
    if isinstance(value, Mapping):
        return any(is_told(one, trace, named=key in PEOPLE) for key, one in value.items())
    if isinstance(value, list):
        return any(is_told(one, trace, named=named) for one in value)
    return trace.holds(value) or (named and str(value) in trace.texts)


def rows_about(body: str, trace: Trace) -> list[Any]:
    """Return the rows about a person in a batch of records that waits for its import."""
    told = json.loads(body or '{"tables": {}}')
    return [row for rows in told["tables"].values() for row in rows if is_told(row, trace)]


def batch_without(body: str, trace: Trace) -> str:
    """Return a batch of records that waits for its import, without the rows about a person."""
    told = json.loads(body)
    told["tables"] = {table: [row for row in rows if not is_told(row, trace)] for table, rows in told["tables"].items()}
    return json.dumps(told, separators=(",", ":"), sort_keys=True)
