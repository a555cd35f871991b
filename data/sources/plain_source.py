"""A source whose reader fills plain tables: the rest (links, rules, canonical tables, counts) is the same for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from data.batches import FileCount
from data.identities import Identity
from data.progress import Report
from data.sources import plain, plain_sql
from data.sources.base import Clock, Extract, Gathered, Request
from data.sources.kept_texts import NAME as TEXTS
from data.sources.links import link
from data.sources.spool import ASIDE, SEEN, Spool
from data.sources.staging import Staging

NOT_FOR_US = "nothing in it for us"
NAMING = ("people", "sessions", "surveys", "assessments")
"""Plain tables that name what the other rows of a record are about."""
TOLD_IN_PARTS = ("table",)
"""Systems of which one import tells some columns of an enrolment, and the next one others."""


class Reader(Protocol):
    """What a system needs to be read: its name, the files that determine a batch, and how to fill plain tables."""

    @property
    def name(self) -> str:
        """The source's short name, as on the command line."""

    @property
    def system(self) -> str:
        """Whose identifiers the persons have."""

    @property
    def any_text(self) -> bool:
        """Whether it judges by itself how its files are written."""

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return the files that alone determine the batch, by name; none when it is fetched."""

    def read(self, request: Request, spool: Spool) -> Mapping[str, object]:
        """Fill the spool; return where the next import goes on from, empty when it always reads everything."""


class PlainSource:
    """Makes a source of a reader."""

    has_today = True

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.name, self.system = reader.name, reader.system
        self.any_text = reader.any_text

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return the files that alone determine the batch."""
        return self._reader.inputs(request)

    def gather(self, request: Request) -> Gathered:
        """Fill plain tables, and return their files."""
        spool = Spool(request.spool, texts=request.texts)
        cursor = self._reader.read(request, spool)
        return Gathered(spool.close(), cursor)

    def extract(self, staging: Staging, gathered: Gathered, clock: Clock, report: Report) -> Extract:
        """Judge the plain tables, and return the canonical ones."""
        today = clock.as_of or clock.latest
        _load(staging, gathered.files, report)
        _define(staging, today, clock.time_zone)
        _judge(staging, self.system)
        _account(staging, gathered.files)
        texts = gathered.files.get(TEXTS)
        if texts:
            staging.view("texts", texts)
        told = "SELECT post, text FROM texts" if texts else ""
        return Extract(_filled(staging), list(_identities(staging, self.system)), clock.as_of, told)


def _load(staging: Staging, files: Mapping[str, Path], report: Report) -> None:
    for done, (name, table) in enumerate(plain.TABLES.items()):
        report("reading", done, len(plain.TABLES))
        staging.load_text(table.raw, files.get(name))
    report("reading", len(plain.TABLES), len(plain.TABLES))


def _define(staging: Staging, today: date, time_zone: str) -> None:
    midnight = datetime.combine(today + timedelta(days=1), time(), ZoneInfo(time_zone))
    for macro in plain_sql.MACROS:
        staging.run(macro.format(time_zone=time_zone, today=today, midnight=midnight.isoformat()))


def _judge(staging: Staging, system: str) -> None:
    """Judge the tables, those that others lean on first."""
    for name, rules in plain.FIRST_RULES.items():
        staging.judge(plain.TABLES[name].raw, rules, account=False)
    staging.run(plain_sql.EVERY_SESSION)
    staging.judge(plain.TABLES["enrolments"].raw, plain.ENROLMENT_RULES, account=False)
    link(staging, system)
    enrolled = plain_sql.enrolled_sql(in_parts=system in TOLD_IN_PARTS)
    for statement in (enrolled, plain_sql.RUNNING, plain_sql.PLACES, *plain_sql.POST_PLACES):
        staging.run(statement)
    for name, rules in plain.LAST_RULES.items():
        staging.judge(plain.TABLES[name].raw, rules, account=False)
    for statement in (plain_sql.ASSESSED, plain_sql.SENT, plain_sql.SILENT):
        staging.run(statement)


def _filled(staging: Staging) -> dict[str, str]:
    """Return the canonical tables that have rows."""
    held = {name: f"SELECT 1 FROM ({select}) LIMIT 1" for name, select in plain_sql.TABLES.items()}
    full = {name for name, query in held.items() if name in _BIG or staging.connection.execute(query).fetchall()}
    return {name: select for name, select in plain_sql.TABLES.items() if name in full}


RECORDS_A_PART = 1_000_000
_BIG = ("activity", "posts", "quiz_results", "attendance", "survey_answers")
"""Tables that cost too much to make just to see whether they are empty."""


def _account(staging: Staging, files: Mapping[str, Path]) -> None:
    """Count what became of every record: kept when one of its rows is, set aside with its first reason otherwise.

    A row that only names a person, a session or a test keeps its record when the record says nothing else: not when
    the enrolment or the mark beside it is set aside. Records are counted a part at a time: all of them at once would
    not fit in the memory of the staging area.
    """
    staging.view("seen", files[SEEN])
    staging.view("aside", files[ASIDE])
    staging.run("CREATE TABLE kept_counts (file VARCHAR, n BIGINT)")
    staging.run("CREATE TABLE lost_lines (file VARCHAR, line BIGINT, fate VARCHAR)")
    ((seen,),) = staging.connection.execute("SELECT coalesce(sum(n), 0) FROM seen").fetchall()
    parts = int(seen) // RECORDS_A_PART + 1
    for part in range(parts):
        _account_part(staging, f"coalesce(line, 0) % {parts} = {part}")
    staging.run(
        "INSERT INTO quarantine SELECT file, line, split_part(fate, '|', 2), split_part(fate, '|', 3)"
        " FROM lost_lines WHERE starts_with(fate, 'damaged|')"
    )
    staging.files.extend(_counts(staging))


def _account_part(staging: Staging, part: str) -> None:
    """Count the records whose line meets a condition."""
    names = [(table.raw.name, name in NAMING) for name, table in plain.TABLES.items()]
    kept, named = (
        " UNION ALL ".join(f"SELECT file, line FROM {t} WHERE {part}" for t, n in names if n is x)
        for x in (False, True)
    )
    lost, unnamed = (
        " UNION ALL ".join(
            f"SELECT file, line, fate FROM {t}_judged WHERE fate IS NOT NULL AND {part}" for t, n in names if n is x
        )
        for x in (False, True)
    )
    told = "concat_ws('|', CASE WHEN damaged THEN 'damaged' ELSE 'scope' END, \"column\", reason)"
    aside = f"SELECT file, line, {told} FROM aside WHERE {part}"
    staging.run(
        f"CREATE OR REPLACE TABLE lost_first AS SELECT file, line, min(fate) AS fate FROM ({lost}) GROUP BY ALL"
    )
    staging.run(
        f"CREATE OR REPLACE TABLE kept_lines AS SELECT DISTINCT file, line FROM ({kept} UNION ALL"
        f" FROM ({named}) ANTI JOIN lost_first USING (file, line))"
    )
    staging.run(
        "INSERT INTO lost_lines SELECT file, line, min(fate) AS fate FROM (FROM lost_first UNION ALL FROM"
        f" ({unnamed} UNION ALL {aside}) ANTI JOIN lost_first USING (file, line))"
        " ANTI JOIN kept_lines USING (file, line) GROUP BY ALL"
    )
    staging.run("INSERT INTO kept_counts SELECT file, count(*) FROM kept_lines GROUP BY 1")


def _counts(staging: Staging) -> Iterator[FileCount]:
    counted = "SELECT file, sum(n)::BIGINT FROM kept_counts GROUP BY 1"
    kept = dict(staging.connection.execute(counted).fetchall())
    reasons: dict[str, dict[str, dict[str, int]]] = {}
    query = "SELECT file, fate, count(*) FROM lost_lines GROUP BY ALL ORDER BY ALL"
    for file, fate, n in staging.connection.execute(query).fetchall():
        kind, _, reason = fate.split("|", 2)
        counts = reasons.setdefault(file, {}).setdefault(kind, {})
        counts[reason] = counts.get(reason, 0) + n
    for file, seen in staging.connection.execute("SELECT file, sum(n) FROM seen GROUP BY 1 ORDER BY 1").fetchall():
        told = reasons.get(file, {})
        damaged, scope, n_kept = told.get("damaged", {}), told.get("scope", {}), kept.get(file, 0)
        silent = int(seen) - n_kept - sum(damaged.values()) - sum(scope.values())
        if silent:
            scope = {**scope, NOT_FOR_US: scope.get(NOT_FOR_US, 0) + silent}
        yield FileCount(file, int(seen), n_kept, damaged, scope)


def _identities(staging: Staging, system: str) -> Iterator[Identity]:
    for kind, query in plain_sql.IDENTITIES.items():
        for pseudonym, source_id, name, email in staging.connection.execute(query + " ORDER BY 2").fetchall():
            yield Identity(kind, pseudonym, system, source_id, name, email)
