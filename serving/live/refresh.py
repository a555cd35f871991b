"""Features, score, reasons and rules of the learners whose records have just come; everybody else's are left alone.

As of tomorrow, so that all that is known today is seen: a feature as of a day sees what was known before it. Nothing of
this is kept with the runs, and no training ever reads it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from data.errors import ModelError
from data.home import Home
from data.store import RecordStore
from serving.alerts import kinds
from serving.alerts.kinds import Rules
from serving.scoring.policy import Reason

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

    from serving.scoring.champion import Champion

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Refreshed:
    """One enrolment looked at again: `back` says that a silence ended today; `signals` as `kinds.as_json`."""

    enrolment_id: int
    as_of: date
    model: str
    probability: float
    reasons: tuple[Reason, ...]
    signals: tuple[dict[str, Any], ...]
    back: bool
    silent_days: float | None = None


class Refresher:
    """Looks at learners again; the model is loaded once and again when the registry changes.

    Parameters
    ----------
    rules : from when each rule speaks; those of the daily round.
    """

    def __init__(self, home: Home, rules: Rules | None = None) -> None:
        self._home, self._rules = home, rules or Rules()
        self._champion: tuple[int, Champion] | None = None
        self._weeks: bool | None = None

    def champion(self) -> Champion | None:
        """Return the model that serves, None when there is none yet."""
        from serving.scoring.champion import load_champion

        registry = self._home.models / "mlflow.db"
        stamp = registry.stat().st_mtime_ns if registry.exists() else 0
        if self._champion is None or self._champion[0] != stamp:
            try:
                self._champion = stamp, load_champion(self._home)
            except ModelError:
                return None
        return self._champion[1]

    def look(self, enrolments: Collection[int], *, today: date, rules: Rules | None = None) -> list[Refreshed]:
        """Return what is known now of some enrolments: those on the roster, by number; none without a model.

        Parameters
        ----------
        rules : those of the day, where they are not those that it began with.
        """
        self._rules = rules or self._rules
        champion = self.champion() if enrolments else None
        if champion is None:
            return []
        with RecordStore(self._home).connect() as con:
            rows = self._rows(con, enrolments, today, self._names(champion))
        return [] if rows is None else self._scored(champion, rows, today)

    def _names(self, champion: Champion) -> list[str]:
        """Return the features that the model and the rules read."""
        from serving.scoring.service import known_features

        return known_features([*champion.features, *champion.inputs, *kinds.FEATURES])

    def _rows(
        self, con: DuckDBPyConnection, enrolments: Collection[int], today: date, names: list[str]
    ) -> pd.DataFrame | None:
        """Return the features of some enrolments: as of tomorrow, of today, and of a week before tomorrow.

        Their sessions are worked on whole, as `features.one` does: some features place a learner among the session.
        """
        from features.table import build
        from serving.scoring.service import WEEK, weeks_compare

        query = "SELECT DISTINCT session_id FROM enrolments WHERE list_contains(?::BIGINT[], enrolment_id) ORDER BY 1"
        sessions = [one for (one,) in con.execute(query, [sorted(enrolments)]).fetchall()]
        if not sessions:
            return None
        if self._weeks is None:
            self._weeks = weeks_compare(con)
        dates = [*([today + DAY - WEEK] if self._weeks else []), today, today + DAY]
        rows = build(con, dict.fromkeys(sessions, dates), names=names)
        return rows[rows["enrolment_id"].isin(list(enrolments))]

    def _scored(self, champion: Champion, rows: pd.DataFrame, today: date) -> list[Refreshed]:
        import pandas as pd

        from serving.scoring.service import WEEK, reasons_of

        def of(day: date) -> pd.DataFrame:
            return rows[rows["as_of_on"] == pd.Timestamp(day)].reset_index(drop=True)

        now, before, yesterday = of(today + DAY), of(today + DAY - WEEK), of(today)
        if now.empty:
            return []
        predicted = champion.predict(now)
        reasons = reasons_of(now, before, predicted, champion)
        past, last_week, present = (_by_enrolment(one) for one in (yesterday, before, now))
        told = zip(present, predicted["probability"], reasons, strict=True)
        return [
            self._seen(
                who, champion, float(risk), why, (past.get(who, {}), last_week.get(who, {}), present[who]), today
            )
            for who, risk, why in told
        ]

    def _seen(
        self, who: int, champion: Champion, risk: float, why: tuple[Reason, ...],
        values: tuple[kinds.Values, kinds.Values, kinds.Values], today: date,
    ) -> Refreshed:  # fmt: skip
        """Return one enrolment, from what was known of it yesterday, a week before and now: as a run would have it."""
        yesterday, last_week, now = values
        as_of = today + DAY
        said = kinds.as_json(kinds.signals(now, kinds.frame_of(now, as_of), self._rules), now, last_week)
        return Refreshed(
            who, as_of, f"{champion.name} {champion.version}", risk, why, tuple(said),
            kinds.returned(yesterday, now, self._rules), now.get("days_since_last_activity"),
        )  # fmt: skip


def _by_enrolment(rows: pd.DataFrame) -> dict[int, kinds.Values]:
    """Return each enrolment's features that rules read, by name."""
    from serving.scoring.service import rows_of

    return dict(zip(rows["enrolment_id"].tolist(), rows_of(rows), strict=True))
