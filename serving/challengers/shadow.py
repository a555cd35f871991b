"""Scores the roster by the challenger beside the champion: a list kept apart, which no page, alert or message reads."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.store import RecordStore
from serving.scoring.champion import Champion
from serving.scoring.policy import rank_for_mentors
from serving.scoring.repository import OF_MODEL
from serving.scoring.service import feature_rows

if TYPE_CHECKING:
    import pandas as pd

    from data.progress import Report

PLACE = ("enrolment_id", "learner_id", "session_id", "course_id")


@dataclass(frozen=True)
class ShadowList:
    """One day's roster scored by both: `probability` and `rank` are the challenger's, `served*` the champion's."""

    as_of: date
    challenger: Champion
    champion: Champion
    frame: pd.DataFrame

    def ranks(self) -> list[tuple[int, int]]:
        """Return each enrolment's rank for its mentor, by the challenger and by the champion."""
        return list(zip(self.frame["rank"].tolist(), self.frame["served_rank"].tolist(), strict=True))


def score_shadow(
    store: RecordStore, challenger: Champion, champion: Champion, *, as_of: date, report: Report
) -> ShadowList:
    """Score everybody on the roster as of a date by both models, on the same features.

    Raises
    ------
    EmptyRosterError : nobody is on the roster that day.
    StoreError : one of the two reads features that this version does not make.
    """
    now, _ = feature_rows(store, challenger, as_of, store.versions(), report)
    mentors = [None if number != number or number is None else int(number) for number in now["mentor_id"]]
    frame = now[list(PLACE)].copy()
    for name, rank, model in (("probability", "rank", challenger), ("served", "served_rank", champion)):
        frame[name] = model.predict(now)["probability"].to_numpy()
        frame[rank] = rank_for_mentors(frame[name].tolist(), mentors, frame["enrolment_id"].tolist())
    return ShadowList(as_of, challenger, champion, frame)


def keep(scored: ShadowList, folder: Path) -> Path:
    """Write a shadow list, whole or not at all, in the place of the one of that day; its name begins with `shadow-`."""
    target = folder / f"shadow-{scored.as_of}-{scored.challenger.version}"
    run: dict[str, Any] = {
        "as_of": scored.as_of.isoformat(), "model": told(scored.challenger), "beside": told(scored.champion),
        **{name: scored.challenger.metadata.get(name) for name in OF_MODEL},
        "beside_run": {name: scored.champion.metadata.get(name) for name in OF_MODEL},
    }  # fmt: skip
    partial = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    scored.frame.to_parquet(partial / "shadow.parquet")
    (partial / "run.json").write_text(json.dumps(run, indent=1), encoding="utf-8")
    if target.exists():
        shutil.rmtree(target)
    partial.rename(target)
    return target


def told(model: Champion) -> str:
    """Return a model as its lists name it."""
    return f"{model.name} {model.version}"
