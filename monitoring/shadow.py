"""How a challenger's shadow lists turned out beside the champion's, on the same rows, from labels that are over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.departures import to_days
from data.store import RecordStore
from monitoring.performance import paired
from monitoring.report import read_run
from monitoring.watch import KEPT, SHORT_DAYS, labelled, read_model

if TYPE_CHECKING:
    import pandas as pd

    from data.home import Home

COLUMNS = ("enrolment_id", "learner_id", "session_id", "probability", "served")


BESIDE = "beside_run"
"""In a shadow list's run: what is told of the champion, as `run.json` tells of the model of a list."""


def judge_shadow(home: Home, pair: tuple[str, str], as_of: date) -> dict[str, Any]:
    """Return what matured labels say of a challenger beside the champion, by what was known before a day.

    `horizon` and `short`: labels of the model's own horizon and of 14 days; plain types (`performance.Paired`). Empty
    where no list of the two is kept. Days that either was trained on judge neither.

    Parameters
    ----------
    pair : champion and challenger, as the lists name them (`filrouge 1`).
    """
    import pandas as pd

    lists = dict(_lists(home, pair, as_of))
    if not lists:
        return {}
    parts = [_read(path).assign(as_of=day) for day, path in sorted(lists.items())]
    run = read_run(lists[max(lists)])
    model, champion = read_model(home, run), read_model(home, {**run, **run.get(BESIDE, {}), "model": pair[0]})
    with RecordStore(home).connect() as con:
        rows = labelled(con, pd.concat(parts, ignore_index=True), model, as_of)
    rows = rows[champion.foretells(to_days(rows["as_of"]))]
    days, short = model.horizon_days, min(SHORT_DAYS, model.horizon_days)
    early = rows.assign(label=rows["label_short"])
    return {
        "horizon": paired(rows, horizon_days=days).as_json(),
        "short": paired(early, horizon_days=short, calibrated=days <= SHORT_DAYS).as_json(),
    }


def _lists(home: Home, pair: tuple[str, str], as_of: date) -> Iterator[tuple[date, Path]]:
    for path in sorted(home.scored.glob("shadow-*/run.json")):
        run = read_run(path.parent)
        day = date.fromisoformat(run["as_of"])
        if (run["beside"], run["model"]) == pair and as_of - KEPT <= day <= as_of:
            yield day, path.parent


def _read(folder: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(folder / "shadow.parquet", columns=list(COLUMNS))
