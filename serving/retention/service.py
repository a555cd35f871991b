"""Look at what is past its time, remove what the organisation said may go, and keep the report."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from data.home import Home
from serving.quality import journal
from serving.retention import policy, repository
from serving.retention.policy import Due, Rule
from serving.rights.repository import wipe_as_it_goes
from serving.tables import RetentionRun

FILES = "score_files"


def due(session: Session, home: Home, rules: tuple[Rule, ...], today: date) -> list[Due]:
    """Return what of each class is past its time, none of it removed."""
    return [_due(session, home, rule, policy.before(today, rule)) for rule in rules]


def _due(session: Session, home: Home, rule: Rule, before: date) -> Due:
    if rule.code in (FILES, "packs"):
        days = [day for _, day in _old_files(home, rule.code, before)]
        return Due(rule, before, len(days), min(days, default=None))
    counts = [repository.count(session, part) for part in repository.parts(rule.code, before)]
    oldest = [day for _, day in counts if day is not None]
    return Due(rule, before, sum(n for n, _ in counts), min(oldest, default=None))


def _old_files(home: Home, code: str, before: date) -> Iterator[tuple[Path, date]]:
    """Yield what is older than a day, each with its own; the newest scored list and feature table stay."""
    places = [home.packs.glob("*")] if code == "packs" else [
        home.scored.glob("*"), home.features.glob("*.parquet"), (home.reports / "drift").glob("*"),
    ]  # fmt: skip
    for place in places:
        dated = sorted((datetime.fromtimestamp(path.stat().st_mtime, UTC).date(), path) for path in place)
        for day, path in dated if code == "packs" else dated[:-1]:
            if day < before:
                yield path, day


def apply(
    session: Session, home: Home, rules: tuple[Rule, ...], *, today: date, now: datetime, dry: bool,
    author_id: int | None,
) -> list[Due]:  # fmt: skip
    """Remove what is past its time, or only look when `dry`; keep the report. Return what was found.

    What is only told stays; the journal keeps the counts of what went.
    """
    found = due(session, home, rules, today)
    counts: dict[str, journal.Scalar] = {one.rule.code: one.count for one in found if one.count}
    if not dry:
        wipe_as_it_goes(session)
        for one in found:
            if one.rule.fate != "told":
                _remove(session, home, one)
        gone = {one.rule.code: one.count for one in found if one.count and one.rule.fate != "told"}
        if gone:
            journal.append(session, "retention_applied", at=now, author_id=author_id, details=gone)
    repository.keep(session, RetentionRun(at=now, dry=dry, counts=dict(counts)))
    return found


def _remove(session: Session, home: Home, one: Due) -> None:
    for part in repository.parts(one.rule.code, one.before):
        repository.remove(session, part)
    for path, _ in list(_old_files(home, one.rule.code, one.before)) if one.rule.code == FILES else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
