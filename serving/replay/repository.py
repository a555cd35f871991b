"""Read a site's past from its records: what was known of each day, and how each enrolment ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from serving.alerts import kinds
from serving.alerts.holding import Carrier, Queue, Refusals
from serving.alerts.kinds import Rules
from serving.alerts.policy import WEEK, Candidate, queue_of
from serving.alerts.world import see
from serving.replay.figures import Fate
from serving.replay.policy import Day

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from duckdb import DuckDBPyConnection

    from serving.scoring.champion import Unseen

NO_LOGIN = "days_since_last_login"
DAY = timedelta(days=1)
_SESSIONS = """
SELECT e.session_id, coalesce(any_value(s.starts_on), min(e.started_on)),
       greatest(coalesce(any_value(s.ends_on), max(e.planned_end_on)), max(e.planned_end_on))
FROM enrolments e LEFT JOIN sessions s USING (session_id) GROUP BY e.session_id ORDER BY 2, 1
"""
Span = tuple[str, date, date]
"""A session, its first day and its last."""


def spans(con: DuckDBPyConnection) -> list[Span]:
    """Return every session with its days, the earliest first."""
    return [(str(name), first, last) for name, first, last in con.execute(_SESSIONS).fetchall()]


def unseen_by(models: Sequence[Unseen], starts_on: date) -> Unseen | None:
    """Return the latest model that never saw a session of that first day, None when every one may have."""
    known = [one for one in models if one.sessions_from is None or one.sessions_from <= starts_on]
    return known[-1] if known else None


def read_days(
    con: DuckDBPyConnection,
    chosen: Mapping[str, Unseen],
    *,
    first: date,
    last: date,
    week: str,
    rules: Rules,
    carriers: Callable[[date], dict[Queue, Carrier]] = lambda _: {},
    refusals: Mapping[str, Refusals] | None = None,
) -> list[Day]:
    """Return what was known of each working day, session by session so that memory holds one session's features.

    Parameters
    ----------
    chosen : session id -> the model that never saw it; other sessions are left out.
    week : the days worked, 1 for Monday; empty: every day.
    carriers : what each mentor could carry on a day.
    refusals : who is not to be read for a purpose, as of now: what was refused then is not known any more.
    """
    found: dict[date, list[Candidate]] = {}
    no_login: dict[date, dict[int, float | None]] = {}
    for session_id, starts_on, ends_on in spans(con):
        model = chosen.get(session_id)
        if model is None:
            continue
        since = max(first - WEEK, starts_on, (model.trained_until or date.min) + DAY)
        dates = _worked(since, min(last, ends_on), week)
        for one, days in _candidates(con, session_id, dates, model, rules):
            on = days.pop("as_of")
            found.setdefault(on, []).append(one)
            no_login.setdefault(on, {})[one.enrolment_id] = days[NO_LOGIN]
    told = []
    for on in sorted(day for day in found if day >= first):
        world = replace(see(con, on), carriers=carriers(on), refusals=refusals or {})
        told.append(Day(on, tuple(sorted(found[on], key=lambda one: one.enrolment_id)), world, no_login[on]))
    return told


def _worked(first: date, last: date, week: str) -> list[date]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if not week or str(day.isoweekday()) in week]


def _candidates(
    con: DuckDBPyConnection, session_id: str, dates: Collection[date], model: Unseen, rules: Rules
) -> list[tuple[Candidate, dict[str, Any]]]:
    """Return a session's enrolments on each date, as a run of that day would have kept them."""
    from features.table import build
    from serving.scoring.service import known_features, number_of, rows_of

    if not dates:
        return []
    rows = build(con, {session_id: sorted(dates)}, names=known_features([*model.inputs, *kinds.FEATURES, NO_LOGIN]))
    if rows.empty:
        return []
    risks = model.predict(rows)
    keys = list(zip(rows["enrolment_id"].tolist(), rows["as_of_on"].dt.date.tolist(), strict=True))
    risk = dict(zip(keys, risks, strict=True))
    logins = [number_of(value) for value in rows[NO_LOGIN].tolist()]
    mentors = _nullable(rows["mentor_id"])
    told = []
    for (number, as_of), values, learner, mentor, login in zip(
        keys, rows_of(rows), rows["learner_id"].tolist(), mentors, logins, strict=True
    ):
        frame = kinds.frame_of(values, as_of)
        one = Candidate(
            number, queue_of(mentor, session_id), risk[number, as_of], risk.get((number, as_of - WEEK)),
            tuple(kinds.signals(values, frame, rules)), silent_days=values.get("days_since_last_activity"),
            days_left=(frame.planned_end_on - as_of).days, history_days=(as_of - frame.started_on).days,
            session_id=session_id, learner_id=learner, regular=kinds.regular(values, rules),
        )  # fmt: skip
        told.append((one, {"as_of": as_of, NO_LOGIN: login}))
    return told


def _nullable(column: pd.Series) -> list[int | None]:
    return [None if known else int(value) for known, value in zip(column.isna(), column.fillna(0), strict=True)]


def read_fates(con: DuckDBPyConnection, definition: str, data_end: date, *, silence_days: int) -> dict[int, Fate]:
    """Return how each enrolment ended, by the definition of abandonment that the model was taught.

    Completed: the organisation says so, or the planned end passed without an abandonment or a neutral exit.
    """
    from data.departures import RECORDED_OR_SILENCE, abandonments, known_outcomes, read_silences

    enrolments = known_outcomes(con, data_end)
    silent = read_silences(con, enrolments, data_end, silence_days) if definition == RECORDED_OR_SILENCE else None
    told = abandonments(enrolments, silent_on=silent)
    lefts, ends = (_dates(told[name]) for name in ("abandoned_on", "planned_end_on"))
    rows = zip(told["enrolment_id"], told["outcome"], told["abandoned_how"], lefts, ends, strict=True)
    return {int(number): _fate(int(number), *ended, data_end=data_end) for number, *ended in rows}


def _fate(number: int, outcome: str, how: str, left: date | None, end: date | None, *, data_end: date) -> Fate:
    from data.departures import NEUTRAL

    over = outcome == "completed" or (end is not None and end <= data_end)
    stayed = left is None and outcome not in (*NEUTRAL, "abandoned") and over
    return Fate(number, left, how == "recorded", stayed)


def _dates(column: pd.Series) -> list[date | None]:
    import pandas as pd

    days = pd.to_datetime(column)
    return [None if none else day.date() for none, day in zip(days.isna(), days, strict=True)]
