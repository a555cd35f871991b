"""Look at what is past its time, remove what the organisation said may go, and keep the report."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from data import expiry
from data.home import Home
from serving.database import Database
from serving.quality import journal
from serving.quality.repository import lock_head
from serving.retention import policy, repository
from serving.retention.policy import Due, Rule
from serving.rights.repository import wipe_as_it_goes
from serving.tables import RetentionRun

RECORDS, OF_FILES = "records", ("score_files", "packs")


def due(session: Session, home: Home, rules: tuple[Rule, ...], today: date) -> list[Due]:
    """Return what of each class is past its time, none of it removed."""
    return [_due(session, home, rule, policy.before(today, rule), today) for rule in rules]


def _due(session: Session, home: Home, rule: Rule, before: date, today: date) -> Due:
    if rule.code == RECORDS:
        over = expiry.past(home, before, keep=repository.busy(session, today)).enrolments.values()
        return Due(rule, before, len(over), min(over, default=None))
    if rule.code in OF_FILES:
        days = [day for _, day in _old_files(home, rule.code, before)]
        return Due(rule, before, len(days), min(days, default=None))
    counts = [repository.count(session, part) for part in repository.parts(session, rule.code, before)]
    oldest = [day for _, day in counts if day is not None]
    return Due(rule, before, sum(n for n, _ in counts), min(oldest, default=None))


def _old_files(home: Home, code: str, before: date) -> Iterator[tuple[Path, date]]:
    """Yield what is older than a day, each with its own; the newest of each kind of list and table stays."""
    places = [home.packs.glob("*")] if code == "packs" else [
        home.scored.glob("[0-9]*"), home.scored.glob("shadow-*"), home.features.glob("*.parquet"),
        (home.reports / "drift").glob("*"),
    ]  # fmt: skip
    for place in places:
        dated = sorted((datetime.fromtimestamp(path.stat().st_mtime, UTC).date(), path) for path in place)
        for day, path in dated if code == "packs" else dated[:-1]:
            if day < before:
                yield path, day


def run(
    database: Database, home: Home, rules: tuple[Rule, ...], *, today: date, now: datetime, dry: bool,
    author_id: int | None,
) -> list[Due]:  # fmt: skip
    """Remove what is past its time, or only look when `dry`; keep the report. Return what was found.

    Records are written again before the work database is held, so that nobody waits for them meanwhile.

    Raises
    ------
    StoreError : an import is running.
    """
    with database.read() as session:
        found, keep = due(session, home, rules, today), repository.busy(session, today)
    before = next(one.before for one in found if one.rule.code == RECORDS)
    if not dry:
        expiry.expire(home, before, keep=keep, at=now)
    expired = () if dry else expiry.kept_out(home)  # all of them: one may have been stopped here
    with database.write() as session:
        apply(session, home, found, now=now, dry=dry, author_id=author_id, expired=expired)
    if not dry:
        database.rewrite([])
    return found


def apply(
    session: Session, home: Home, found: Sequence[Due], *, now: datetime, dry: bool, author_id: int | None,
    expired: Sequence[int] = (),
) -> None:  # fmt: skip
    """Remove what was found past its time from the work database and the files, or nothing when `dry`; keep the report.

    The journal keeps the counts of what went, and that each alert went.

    Parameters
    ----------
    expired : enrolments that left the records.
    """
    counts: dict[str, journal.Scalar] = {one.rule.code: one.count for one in found if one.count}
    if not dry:
        lock_head(session)
        wipe_as_it_goes(session)
        repository.forget_enrolments(session, expired)
        for one in found:
            _remove(session, home, one, now)
        if counts:
            journal.append(session, "retention_applied", at=now, author_id=author_id, details=counts)
    repository.keep(session, RetentionRun(at=now, dry=dry, counts=dict(counts)))


def _remove(session: Session, home: Home, one: Due, now: datetime) -> None:
    parts = repository.parts(session, one.rule.code, one.before)
    gone = repository.alerts_of(session, parts)
    for part in parts:
        repository.remove(session, part)
    for alert in gone:
        journal.append(session, "alert_expired", at=now, alert_id=alert)
    for path, _ in list(_old_files(home, one.rule.code, one.before)) if one.rule.code in OF_FILES else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
