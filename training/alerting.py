"""What mentors would have received: alerts within capacity, date after date, and when they came."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.labels import to_days
from training.metrics import Array

LEARNERS_A_MENTOR = 25
"""Where the source names no mentor, each session counts one for this many learners."""
AHEAD_DAYS = 14


@dataclass(frozen=True)
class Capacity:
    """Alerts one mentor receives each time scores are made; an enrolment is not alerted again within `again_days`."""

    alerts: int = 3
    again_days: int = 28


@dataclass(frozen=True)
class AlertFigures:
    """Figures at the mentors' capacity; NaN where there is nothing to divide by.

    `precision` and `recall` count alerts and labelled positives of the dates scored; the
    `share_*` count enrolments; lead times are days from first alert to abandonment.
    """

    capacity: int
    n_alerts: int
    n_lists: int
    precision: float
    recall: float
    alerts_per_list_and_date: float
    n_abandoned: int
    share_of_abandoned_alerted_14d_ahead: float
    lead_days_q1: float
    lead_days_median: float
    lead_days_q3: float
    n_others: int
    share_of_others_ever_alerted: float

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return asdict(self)


def alerted(rows: pd.DataFrame, probability: Array, capacity: Capacity) -> npt.NDArray[np.bool_]:
    """Return which rows are alerted: the top of each mentor's list, within capacity, on each date in turn.

    Parameters
    ----------
    rows : enrolment_id, session_id, mentor_id (null: the session's list), as_of_on.
    """
    day = to_days(rows["as_of_on"].to_numpy())
    lists, enrolments = _lists(rows), rows["enrolment_id"].to_numpy()
    out = np.zeros(len(rows), dtype=bool)
    last: dict[int, np.datetime64] = {}
    for today in np.unique(day):
        free = [i for i in np.flatnonzero(day == today) if _free(last.get(int(enrolments[i])), today, capacity)]
        size = pd.Series(lists[day == today]).value_counts()
        room = {str(name): capacity.alerts * _mentors(str(name), int(n)) for name, n in size.items()}
        for i in sorted(free, key=lambda i: (-probability[i], int(enrolments[i]))):
            if room[lists[i]] > 0:
                out[i], last[int(enrolments[i])] = True, today
                room[lists[i]] -= 1
    return out


def _lists(rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    """The list each row stands on: its mentor's, else its session's."""
    mentor = rows["mentor_id"]
    return np.where(mentor.notna(), "mentor " + mentor.astype(str), "session " + rows["session_id"].astype(str))


def _mentors(name: str, learners: int) -> int:
    """One on a mentor's list; on a session's list, as many as its size asks for."""
    return 1 if name.startswith("mentor") else -(-learners // LEARNERS_A_MENTOR)


def _free(last: np.datetime64 | None, today: np.datetime64, capacity: Capacity) -> bool:
    return last is None or bool(today - last >= np.timedelta64(capacity.again_days, "D"))


def alert_figures(rows: pd.DataFrame, alerts: npt.NDArray[np.bool_], capacity: Capacity) -> AlertFigures:
    """Return what the alerts were worth.

    Parameters
    ----------
    rows : labelled rows: enrolment_id, session_id, mentor_id, as_of_on, label, abandoned_on (NaT: never, or undated).
    """
    label = rows["label"].to_numpy(dtype=np.float64)
    first = rows[alerts].groupby("enrolment_id")["as_of_on"].min()
    left = rows.groupby("enrolment_id")["abandoned_on"].first()
    gone, stayed = left.dropna(), left[left.isna()]
    lead = lead_days(rows, alerts)
    before = lead[lead > 0].to_numpy(dtype=np.float64)
    quartiles = np.percentile(before, [25, 50, 75]) if len(before) else np.full(3, np.nan)
    lists = pd.Series(_lists(rows))
    return AlertFigures(
        capacity=capacity.alerts,
        n_alerts=int(alerts.sum()),
        n_lists=int(lists.nunique()),
        precision=_ratio(float(label[alerts].sum()), float(alerts.sum())),
        recall=_ratio(float(label[alerts].sum()), float(label.sum())),
        alerts_per_list_and_date=_ratio(float(alerts.sum()), float(rounds_of(rows))),
        n_abandoned=len(gone),
        share_of_abandoned_alerted_14d_ahead=_ratio(float((lead >= AHEAD_DAYS).sum()), float(len(gone))),
        lead_days_q1=float(quartiles[0]),
        lead_days_median=float(quartiles[1]),
        lead_days_q3=float(quartiles[2]),
        n_others=len(stayed),
        share_of_others_ever_alerted=_ratio(float(stayed.index.isin(first.index).sum()), float(len(stayed))),
    )


def alerts_by_day(rows: pd.DataFrame, alerts: npt.NDArray[np.bool_], capacity: Capacity) -> list[dict[str, float]]:
    """Return what the alerts of each `as_of_day` were worth, earliest first, beside the base rate.

    `best_possible` is the precision of a perfect order that gives as many alerts to those who may be alerted that day:
    where few leave, or leavers were alerted lately, it is far below 1.
    """
    day, label = rows["as_of_day"].to_numpy(), rows["label"].to_numpy(dtype=np.float64)
    free = ~_lately(rows, alerts, capacity)
    out = []
    for one in np.unique(day):
        here = day == one
        given, reachable = float(alerts[here].sum()), float(label[here & free].sum())
        out.append(
            {
                "as_of_day": int(one),
                "n": int(here.sum()),
                "base_rate": float(label[here].mean()),
                "n_alerts": int(given),
                "precision": _ratio(float(label[here & alerts].sum()), given),
                "best_possible": min(_ratio(reachable, given), 1.0),
            }
        )
    return out


def _lately(rows: pd.DataFrame, alerts: npt.NDArray[np.bool_], capacity: Capacity) -> npt.NDArray[np.bool_]:
    """Which rows could not be alerted, for an alert in the days before."""
    day, enrolments = to_days(rows["as_of_on"].to_numpy()), rows["enrolment_id"].to_numpy()
    out = np.zeros(len(rows), dtype=bool)
    last: dict[int, np.datetime64] = {}
    for i in np.argsort(day, kind="stable"):
        out[i] = not _free(last.get(int(enrolments[i])), day[i], capacity)
        if alerts[i]:
            last[int(enrolments[i])] = day[i]
    return out


def rounds_of(rows: pd.DataFrame) -> int:
    """Return how many lists were made, one a mentor (or session) and date."""
    return len(pd.DataFrame({"list": _lists(rows), "on": rows["as_of_on"].to_numpy()}).drop_duplicates())


def lead_days(rows: pd.DataFrame, alerts: npt.NDArray[np.bool_]) -> pd.Series:
    """Return, by enrolment abandoned at a known date, the days from its first alert to it; null: never alerted."""
    first = rows[alerts].groupby("enrolment_id")["as_of_on"].min()
    gone = rows.groupby("enrolment_id")["abandoned_on"].first().dropna()
    days: pd.Series = (pd.to_datetime(gone) - pd.to_datetime(first.reindex(gone.index))).dt.days
    return days


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
