"""Queries that reach whatever the work database holds of a person."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Table, Text, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from data.proof import Trace
from data.wording import Words
from serving.rights import policy
from serving.tables import (
    Account,
    Answered,
    Backup,
    Base,
    JournalEntry,
    Justification,
    LiveScore,
    ReceivedBatch,
    ReceivedStatement,
    RetentionRun,
    RightsRequest,
    Roster,
)

AT_ONCE = 500
RESTING = ("alerts", "actions")
"""Tables on whose rows others rest: these go with them."""
_ALERTS, _ACTIONS, _APPOINTMENTS, _COMPLAINTS = (
    Base.metadata.tables[name] for name in ("alerts", "actions", "appointments", "complaints")
)


def tables() -> Iterator[tuple[Table, policy.Fate]]:
    """Yield every table and what becomes of a learner's rows in it, those that rest on others first."""
    for table in reversed(Base.metadata.sorted_tables):
        parents = {key.column.table.name for key in table.foreign_keys}
        yield table, policy.fate(table.name, table.columns.keys(), parents)


def tables_named(counts: Collection[str]) -> set[str]:
    """Return the names that are tables'."""
    return {*counts} & {*Base.metadata.tables}


def wipe_as_it_goes(session: Session) -> None:
    """Have SQLite write zeros over what this connection deletes."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete = ON"))


def alerts_of(session: Session, trace: Trace) -> Sequence[int]:
    """Return the numbers of a learner's alerts."""
    return _numbers(session, _ALERTS, trace)


def _numbers(session: Session, table: Table, trace: Trace) -> Sequence[int]:
    return session.scalars(select(table.c.id).where(_theirs(table, trace)).order_by(table.c.id)).all()


def rows_by_table(session: Session, trace: Trace) -> dict[str, Sequence[int]]:
    """Return the numbers of a learner's alerts, actions, appointments and complaints."""
    return {table.name: _numbers(session, table, trace) for table in (_ALERTS, _ACTIONS, _APPOINTMENTS, _COMPLAINTS)}


def reasons_about(session: Session, trace: Trace, gone: Mapping[str, Sequence[int]]) -> list[Justification]:
    """Return why proofs about a learner will not come."""
    rows = session.scalars(select(Justification).order_by(Justification.gap, Justification.subject)).all()
    return [one for one in rows if policy.explains(one.gap, one.subject, trace.numbers, gone)]


def _forget_reasons(session: Session, trace: Trace, gone: Mapping[str, Sequence[int]]) -> int:
    found = reasons_about(session, trace, gone)
    for row in found:
        session.delete(row)
    session.flush()
    return len(found)


def erase_rows(session: Session, trace: Trace) -> dict[str, int]:
    """Delete or empty the rows of a learner, table by table; return how many of each."""
    gone = rows_by_table(session, trace)
    counts = {"justifications": _forget_reasons(session, trace, gone)}
    for table, fate in tables():
        where = _belonging(table, trace, gone)
        if fate == "kept" or where is None:
            continue
        change = delete(table) if fate == "deleted" else update(table).values(policy.EMPTIED[table.name])
        counts[table.name] = session.execute(change.where(where)).rowcount  # type: ignore[attr-defined]
    return {name: n for name, n in counts.items() if n}


def _belonging(table: Table, trace: Trace, gone: Mapping[str, Sequence[int]]) -> ColumnElement[bool] | None:
    """Return which rows of a table are a learner's, or rest on a row of theirs; None when none can be."""
    parts = [_theirs(table, trace)] if {*policy.PERSON} & {*table.columns.keys()} else []
    for key in table.foreign_keys:
        if key.column.table.name in RESTING and table.name != "journal":
            parts.append(key.parent.in_(gone[key.column.table.name]))
    return or_(*parts) if parts else None


def _theirs(table: Table, trace: Trace) -> ColumnElement[bool]:
    return or_(*(table.c[name].in_(trace.numbers) for name in policy.PERSON if name in table.c))


def worded() -> Iterator[tuple[Table, list[Column[str]]]]:
    """Yield the tables where people write, each with its columns of words."""
    for table in Base.metadata.sorted_tables:
        words = [one for one in table.columns if isinstance(one.type, Text | JSON) and not one.primary_key]
        if table.name not in policy.WORDLESS and words:
            yield table, words


def naming(session: Session, names: re.Pattern[str]) -> Iterator[tuple[Table, dict[str, Any], dict[str, Any]]]:
    """Yield each row that names somebody in words: its table, the row, and its words without the name.

    Every row is read: a database folds neither accents nor the escapes of JSON.
    """
    for table, words in worded():
        wanted = [*table.primary_key.columns, *words]
        for row in session.execute(select(*wanted).execution_options(yield_per=AT_ONCE)).mappings():
            new = {one.name: policy.without(row[one.name], names) for one in words}
            if any(row[name] != told for name, told in new.items()):
                yield table, dict(row), new


def take_names_out(session: Session, names: re.Pattern[str] | None) -> int:
    """Take a person's names out of whatever people wrote about others or of nobody; return in how many rows."""
    found = list(naming(session, names)) if names else []
    for table, row, new in found:
        keys = [key == row[key.name] for key in table.primary_key.columns]
        session.execute(update(table).where(*keys).values(new))
    return len(found)


def staff(session: Session) -> Sequence[str]:
    """Return the names of the organisation's own people."""
    return session.scalars(select(Account.display_name)).all()


def with_roster(session: Session, trace: Trace) -> Trace:
    """Return a learner's numbers with those of the enrolments that the roster has of theirs."""
    known = session.scalars(select(Roster.enrolment_id).where(Roster.learner_id == trace.numbers[0])).all()
    return replace(trace, numbers=tuple(dict.fromkeys((*trace.numbers, *known))))


def reword(session: Session, trace: Trace, words: Words) -> Iterator[tuple[str, Any]]:
    """Say a learner's corrected name in whatever people wrote; yield the table and the first key of each row changed.

    A row that counts its changes counts one more: who has it open reads it again before they change it.
    """
    trace = with_roster(session, trace)
    gone = rows_by_table(session, trace)
    for table, columns in worded():
        keys = list(table.primary_key.columns)
        for row, new in list(_reworded(session, table, columns, trace, gone, words)):
            session.execute(update(table).where(*(key == row[key.name] for key in keys)).values(new))
            yield table.name, row[keys[0].name]


def _reworded(
    session: Session, table: Table, columns: Sequence[Column[str]], trace: Trace,
    gone: Mapping[str, Sequence[int]], words: Words,
) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:  # fmt: skip
    for row in map(dict[str, Any], session.execute(select(table).execution_options(yield_per=AT_ONCE)).mappings()):
        told = {one.name: row[one.name] for one in columns}
        theirs = policy.concerns(table.name, row, trace, gone)
        new = {name: words.say(value, theirs=theirs) for name, value in told.items()}
        if new != told:
            counted = {"version": row["version"] + 1} if "version" in row else {}
            yield row, new | counted


def reword_pushed(session: Session, words: Words) -> int:
    """Say a corrected name in what programs pushed, but where they tell an identifier; return in how many."""
    query = select(ReceivedStatement).where(ReceivedStatement.body.is_not(None)).order_by(ReceivedStatement.seq)
    found = 0
    for one in (*session.scalars(query), *waiting(session)):
        said = words.say(one.body, theirs=False, known_by=words.known_by)
        found += said != one.body
        one.body = said
    session.flush()
    return found


def rows_of(session: Session, trace: Trace) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each table that holds rows of a learner, with them, the journal among them; their numbers are left out."""
    for table in Base.metadata.sorted_tables:
        if {*policy.PERSON} & {*table.columns.keys()}:
            wanted = [one for one in table.columns if one.name not in ("learner_id", "previous_hash", "hash")]
            query = select(*wanted).where(_theirs(table, trace)).order_by(*table.primary_key.columns)
            rows = [dict(row) for row in session.execute(query).mappings()]
            if rows:
                yield table.name, rows


def roles(session: Session) -> dict[int, str]:
    """Return the role of each account."""
    return {row.id: row.role for row in session.execute(select(Account.id, Account.role))}


def forget_answers(session: Session) -> int:
    """Delete what requests were answered: it is sealed, and lives a day; return how many."""
    return int(session.execute(delete(Answered)).rowcount)  # type: ignore[attr-defined]


def empty_statements(session: Session, trace: Trace, *, at: datetime) -> int:
    """Drop the words of the statements pushed about a person; return how many."""
    found = 0
    for one in statements_about(session, trace):
        one.body, one.claim, one.imported_at = None, None, one.imported_at or at
        found += 1
    session.flush()
    return found


def statements_about(session: Session, trace: Trace) -> Iterator[ReceivedStatement]:
    """Yield the statements pushed about a person whose words are still kept."""
    query = select(ReceivedStatement).where(ReceivedStatement.body.is_not(None)).order_by(ReceivedStatement.seq)
    for one in session.scalars(query.execution_options(yield_per=AT_ONCE)):
        if policy.is_told(json.loads(one.body or "{}"), trace):
            yield one


def waiting(session: Session) -> Sequence[ReceivedBatch]:
    """Return the batches of records that wait for their import."""
    query = select(ReceivedBatch).where(ReceivedBatch.body.is_not(None)).order_by(ReceivedBatch.seq)
    return session.scalars(query).all()


def empty_batches(session: Session, trace: Trace) -> int:
    """Take a person's rows out of the batches that wait for their import; return of how many batches."""
    found = 0
    for one in waiting(session):
        left = policy.batch_without(one.body or "", trace)
        found += left != one.body
        one.body = left
    session.flush()
    return found


def hide(session: Session, learner_id: int) -> int:
    """Take a learner's enrolments off the roster, and their scores of the day away; return how many enrolments."""
    theirs = select(Roster.enrolment_id).where(Roster.learner_id == learner_id)
    session.execute(delete(LiveScore).where(LiveScore.enrolment_id.in_(theirs)))
    return int(session.execute(delete(Roster).where(Roster.learner_id == learner_id)).rowcount)  # type: ignore[attr-defined]


def of_erasure(session: Session, event: str, number: int) -> JournalEntry | None:
    """Return the journal's last entry of an event about an erasure, None when there is none."""
    return next(iter(all_of_erasure(session, event, number)), None)


def all_of_erasure(session: Session, event: str, number: int) -> list[JournalEntry]:
    """Return the journal's entries of an event about an erasure, the last one first."""
    told = select(JournalEntry).where(JournalEntry.event == event).order_by(JournalEntry.seq.desc())
    return [one for one in session.scalars(told) if json.loads(one.details).get("request") == number]


def still_holding(session: Session, trace: Trace) -> list[str]:
    """Return the tables that still hold a person by number, or name them in words."""
    found = []
    for table, _ in tables():
        if table.name not in policy.EVIDENCE and {*policy.PERSON} & {*table.columns.keys()}:
            where = _theirs(table, trace)
            found += [table.name] if session.scalar(select(func.count()).select_from(table).where(where)) else []
    found += [table.name for table, *_ in naming(session, trace.telling)] if trace.telling else []
    found += ["justifications"] if reasons_about(session, trace, {}) else []
    return sorted(set(found))


def add(session: Session, row: Backup | RightsRequest | RetentionRun) -> None:
    """Keep a new row and give it its number."""
    session.add(row)
    session.flush()


def backups(session: Session) -> Sequence[Backup]:
    """Return where copies are kept now."""
    return session.scalars(select(Backup).where(Backup.active).order_by(Backup.id)).all()


def backup(session: Session, number: int) -> Backup | None:
    """Return a backup, None when there is none."""
    return session.get(Backup, number)


def request(session: Session, number: int) -> RightsRequest | None:
    """Return a request, None when there is none."""
    return session.get(RightsRequest, number)


def erasures_asked(session: Session, trace: Trace) -> list[str]:
    """Return the numbers of a learner's requests of erasure that nobody settled, as the journal writes them."""
    asked = select(RightsRequest.id).where(RightsRequest.kind == "erase", RightsRequest.learner_id.in_(trace.numbers))
    return [
        str(one) for one in session.scalars(asked.where(RightsRequest.done_on.is_(None)).order_by(RightsRequest.id))
    ]


def open_requests(session: Session, numbers: Collection[int]) -> Sequence[RightsRequest]:
    """Return those of some requests that nobody settled."""
    those = select(RightsRequest).where(RightsRequest.id.in_(numbers), RightsRequest.done_on.is_(None))
    return session.scalars(those.order_by(RightsRequest.id)).all()


def requests(session: Session, *, limit: int = 100) -> Sequence[RightsRequest]:
    """Return the requests, those to be answered first, the soonest due first."""
    waiting = RightsRequest.done_on.is_not(None)
    return session.scalars(
        select(RightsRequest).order_by(waiting, RightsRequest.due_on, RightsRequest.id).limit(limit)
    ).all()
