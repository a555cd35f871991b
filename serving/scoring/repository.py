"""Keep scored lists: rows in the work database, and the rows' features beside the model's reference."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.orm import Session

from serving.scoring.policy import as_json
from serving.scoring.service import ScoredList
from serving.tables import Roster, Score, ScoreRun

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

CHUNK = 5000
Query = TypeVar("Query", bound=Select[Any])


def latest_first(query: Query) -> Query:
    """Order score runs: the latest as-of date first, and of one date the last made."""
    return query.order_by(ScoreRun.as_of_on.desc(), ScoreRun.created_at.desc(), ScoreRun.id.desc())


def find_run(session: Session, key: str) -> int | None:
    """Return the id of the run of that key, or None."""
    return session.scalar(select(ScoreRun.id).where(ScoreRun.key == key))


def save_run(session: Session, scored: ScoredList, *, now: datetime) -> int:
    """Write a run and its scores, and return its id; a run already kept is left as it is.

    Where another model scored the same day since (a promotion, then a roll-back), the run kept is the latest again.
    """
    kept = find_run(session, scored.key)
    if kept is not None:
        last = session.scalar(latest_first(select(ScoreRun.id).where(ScoreRun.as_of_on == scored.as_of)).limit(1))
        if last != kept:
            session.execute(update(ScoreRun).where(ScoreRun.id == kept).values(created_at=now))
        return kept
    run = ScoreRun(
        key=scored.key,
        as_of_on=scored.as_of,
        created_at=now,
        model_name=scored.champion.name,
        model_version=scored.champion.version,
        level=scored.champion.metadata["level"],
        task=scored.champion.metadata["task"],
        horizon_days=int(scored.champion.metadata["horizon_days"]),
        table_versions=scored.table_versions,
        n_enrolments=len(scored.frame),
    )
    session.add(run)
    session.flush()
    _insert(session, Score, [{"run_id": run.id, **row} for row in _rows(scored.frame)])
    return run.id


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield each enrolment's score as it is kept; what the list does not tell is null."""
    for row in frame.to_dict("records"):
        history = _known(row.get("days_since_start"))
        yield {
            "enrolment_id": int(row["enrolment_id"]),
            "probability": float(row["probability"]),
            "rank": int(row["rank"]),
            "reasons": as_json(row["reasons"]),
            "signals": row.get("signals") or [],
            "low": _known(row.get("low")),
            "high": _known(row.get("high")),
            "history_days": None if history is None else int(history),
            "silent_days": _known(row.get("days_since_last_activity")),
            "regular": row.get("regular"),
        }


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else float(value)


def refresh_roster(session: Session, con: DuckDBPyConnection) -> int:
    """Copy every enrolment's frame (who, where, when) from the records; return how many."""
    columns = [column.name for column in Roster.__table__.columns]
    rows = con.sql(
        """
        SELECT e.enrolment_id, e.learner_id, e.mentor_id, e.session_id,
               coalesce(s.name, e.session_id) AS session_name, e.course_id,
               e.started_on, e.planned_end_on, e.ended_on, e.outcome
        FROM enrolments e LEFT JOIN sessions s USING (session_id)
        """
    ).fetchall()
    session.execute(delete(Roster))
    _insert(session, Roster, [dict(zip(columns, row, strict=True)) for row in rows])
    return len(rows)


def _insert(session: Session, table: type[Any], rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), CHUNK):
        session.execute(insert(table), rows[start : start + CHUNK])


OF_MODEL = ("run_key", "level", "task", "horizon_days", "trained_until", "measured")
"""What the watch is told of the model, as registered: where its report is, and what it predicts."""


def write_for_watch(scored: ScoredList, folder: Path) -> Path:
    """Write what drift monitoring reads, whole or not at all; a list already written becomes the newest again."""
    target = folder / f"{scored.as_of}-{scored.key}"
    if target.exists():
        (target / "run.json").touch()
        return target
    run = {
        "as_of": scored.as_of.isoformat(),
        "key": scored.key,
        "model": f"{scored.champion.name} {scored.champion.version}",
        "features": [name for name in scored.champion.features if name in scored.frame],
        **{name: scored.champion.metadata.get(name) for name in ("importance", *OF_MODEL)},
    }
    partial = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    scored.frame.drop(columns=["reasons", "signals"], errors="ignore").to_parquet(partial / "current.parquet")
    shutil.copyfile(scored.champion.reference, partial / "reference.parquet")
    (partial / "run.json").write_text(json.dumps(run, indent=1), encoding="utf-8")
    partial.rename(target)
    return target
