"""The feature table: one row per enrolment expected on each as-of date, one column per feature."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np
from numpy.typing import NDArray

from data.progress import Report, silent
from features import norms, roster
from features.asof import AsOf, Feature, Norms
from features.catalog import entry, functions
from features.chunks import chunks
from features.rollup import Records
from features.schedule import Schedule

if TYPE_CHECKING:
    import pandas as pd

IDENTITY = ("enrolment_id", "learner_id", "mentor_id", "session_id", "course_id", "as_of_on", "day_of_course")
"""Columns of every feature table before the features."""


@dataclass(frozen=True)
class _Place:
    """Where one view's rows go in the table."""

    view: AsOf
    line: NDArray[np.int64]
    row: NDArray[np.int64]
    target: NDArray[np.int64]


def build(
    con: duckdb.DuckDBPyConnection,
    schedule: Schedule,
    *,
    names: Sequence[str] | None = None,
    report: Report = silent,
) -> pd.DataFrame:
    """Return the features of everybody in the roster on each scheduled date.

    Parameters
    ----------
    con : a connection with one table or view per canonical table.
    schedule : session id -> as-of dates; records known on or after a date are not seen.
    names : the features wanted, in this order; all of the catalogue by default.
    report : told how many sessions' dates are done.

    Returns
    -------
    One row per enrolment and date, sorted by session (in the schedule's order), date and enrolment:
    the columns of IDENTITY, then one float64 column per feature, NaN where it is not defined.

    Raises
    ------
    UnknownFeatureError : a name is not in the catalogue.
    """
    wanted = functions(names)
    schedule = {session: sorted(set(dates)) for session, dates in schedule.items() if dates}
    people = roster.read(con, schedule)
    views = list(_views(con, people, schedule, _norms(con, schedule, wanted)))
    places = _places(views)
    values = np.empty((len(wanted), sum(len(place.target) for place in places)))
    for done, place in enumerate(places):
        _fill(values, place, wanted)
        report("features", done + 1, len(places))
    return _frame(places, people.sessions, values, list(wanted))


def _norms(con: duckdb.DuckDBPyConnection, schedule: Schedule, wanted: Iterable[str]) -> Norms:
    return norms.read(con, schedule) if any(entry(name).scope == "course" for name in wanted) else {}


def _views(
    con: duckdb.DuckDBPyConnection, people: roster.Enrolments, schedule: Schedule, earlier: Norms
) -> Iterator[AsOf]:
    last = np.array([roster.day_number(max(schedule[session])) for session in people.sessions], np.int64)
    records = Records(con, people, last[people.session])
    yield from chunks(con, records, people, schedule, earlier)


def _places(views: Sequence[AsOf]) -> list[_Place]:
    cells = [np.nonzero(view.roster) for view in views]
    ids = [
        (view.people.session[row], view.dates[line, row], view.people.enrolment_id[row])
        for view, (line, row) in zip(views, cells, strict=True)
    ]
    session, day, enrolment = (np.concatenate([part[i] for part in ids] or [np.zeros(0, np.int64)]) for i in range(3))
    target = np.empty(len(session), np.int64)
    target[np.lexsort((enrolment, day, session))] = np.arange(len(session))
    starts = np.cumsum([0, *(len(row) for _, row in cells)])
    return [
        _Place(view, line, row, target[a:b])
        for view, (line, row), a, b in zip(views, cells, starts[:-1], starts[1:], strict=True)
    ]


def _fill(values: NDArray[np.float64], place: _Place, wanted: dict[str, Feature]) -> None:
    for number, feature in enumerate(wanted.values()):
        values[number, place.target] = place.view.of(feature)[place.line, place.row]
    place.view.forget()


def _frame(
    places: Sequence[_Place], sessions: tuple[str, ...], values: NDArray[np.float64], names: list[str]
) -> pd.DataFrame:
    import pandas as pd

    identity = _identity(places, sessions, values.shape[1])
    features = pd.DataFrame(values.T, columns=names, copy=False)
    return pd.concat([identity, features], axis=1)


def _identity(places: Sequence[_Place], sessions: tuple[str, ...], size: int) -> pd.DataFrame:
    import pandas as pd

    out = {
        name: np.empty(size, np.int64)
        for name in ("enrolment_id", "learner_id", "mentor_id", "session", "day", "start")
    }
    course = np.empty(size, object)
    for place in places:
        people, row = place.view.people, place.row
        for name in ("enrolment_id", "learner_id", "mentor_id", "session"):
            out[name][place.target] = getattr(people, name)[row]
        out["start"][place.target] = people.session_start[row]
        out["day"][place.target] = place.view.dates[place.line, row]
        course[place.target] = people.course_id[row]
    mentor = pd.Series(out["mentor_id"], dtype="Int64")
    return pd.DataFrame(
        {
            "enrolment_id": out["enrolment_id"],
            "learner_id": out["learner_id"],
            "mentor_id": mentor.mask(mentor == roster.NOBODY),
            "session_id": pd.Series(np.array(sessions, dtype=object)[out["session"]], dtype="str"),
            "course_id": pd.Series(course, dtype="str"),
            "as_of_on": out["day"].astype("datetime64[D]").astype("datetime64[s]"),
            "day_of_course": out["day"] - out["start"],
        }
    )
