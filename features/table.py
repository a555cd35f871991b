"""The feature table: one row per enrolment expected on each as-of date, one column per feature."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data.progress import Report, silent
from features import norms, roster
from features.asof import AsOf, Feature, Norms
from features.catalog import entry, functions
from features.chunks import chunks
from features.cores import each, keep_freed_memory
from features.rollup import Records
from features.schedule import Schedule

if TYPE_CHECKING:
    import pandas as pd

IDENTITY = ("enrolment_id", "learner_id", "mentor_id", "session_id", "course_id", "as_of_on", "day_of_course")
"""Columns of every feature table before the features."""
SECONDS = 86_400
"""Seconds of a day."""


@dataclass(frozen=True)
class _Place:
    """Where one view's rows go in the table."""

    view: AsOf
    line: NDArray[np.int64]
    row: NDArray[np.int64]
    target: slice


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
    keep_freed_memory()
    wanted = functions(names)
    schedule = {session: sorted(set(dates)) for session, dates in schedule.items() if dates}
    people = roster.read(con, schedule)
    views = _views(con, people, schedule, _norms(con, schedule, wanted))
    return frame_of([(view, None) for view in views], people.sessions, wanted, report)


def _norms(con: duckdb.DuckDBPyConnection, schedule: Schedule, wanted: Iterable[str]) -> Norms:
    return norms.read(con, schedule) if any(entry(name).scope == "course" for name in wanted) else {}


def _views(
    con: duckdb.DuckDBPyConnection, people: roster.Enrolments, schedule: Schedule, earlier: Norms
) -> Iterator[AsOf]:
    last = np.array([roster.day_number(max(schedule[session])) for session in people.sessions], np.int64)
    records = Records(con, people, last[people.session])
    yield from chunks(con, records, people, schedule, earlier)


def _places(views: Iterable[tuple[AsOf, NDArray[np.int64] | None]]) -> list[_Place]:
    """Lay the views one after the other: whole sessions in order, so that each fills rows of its own."""
    places, start = [], 0
    for view, only in views:
        line, row = np.nonzero(view.roster if only is None else view.roster[:, only])
        row = row if only is None else only[row]
        order = np.argsort(view.session[row], kind="stable")
        line, row = line[order], row[order]
        places.append(_Place(view, line, row, slice(start, start + len(row))))
        start += len(row)
    return places


def frame_of(
    views: Iterable[tuple[AsOf, NDArray[np.int64] | None]],
    sessions: tuple[str, ...],
    wanted: dict[str, Feature],
    report: Report = silent,
) -> pd.DataFrame:
    """Return the table of some views, of all their enrolments or of those rows only; views are worked on two at a time.

    Parameters
    ----------
    views : chunks of whole sessions, in the order of the table.
    sessions : the names behind the views' session numbers.
    """
    places = _places(views)
    values = np.empty((len(wanted), places[-1].target.stop if places else 0))
    with ThreadPoolExecutor(1) as beside:
        identity = beside.submit(_identity, places, sessions, values.shape[1])
        for done, _ in enumerate(each(lambda place: _fill(values, place, wanted), places)):
            report("features", done + 1, len(places))
    return _frame(identity.result(), values, list(wanted))


def _fill(values: NDArray[np.float64], place: _Place, wanted: dict[str, Feature]) -> None:
    flat = place.line * place.view.shape[1] + place.row
    whole = len(flat) == place.view.roster.size and bool((np.diff(flat) == 1).all())
    for number, feature in enumerate(wanted.values()):
        found, lines = place.view.of(feature), values[number, place.target]
        if whole:  # the table's own lines are kept, so that the next feature has the memory of this one
            np.copyto(lines.reshape(found.shape), found)
            place.view.keep(feature, lines.reshape(found.shape))
        else:
            np.take(found, flat, out=lines, mode="clip")
    place.view.forget()


def _frame(identity: pd.DataFrame, values: NDArray[np.float64], names: list[str]) -> pd.DataFrame:
    import pandas as pd

    features = pd.DataFrame(values.T, columns=names, copy=False)
    return pd.concat([identity, features], axis=1)


def _identity(places: Sequence[_Place], sessions: tuple[str, ...], size: int) -> pd.DataFrame:
    import pandas as pd

    out = {name: np.empty(size, np.int64) for name in ("enrolment_id", "learner_id", "mentor_id", "day", "start")}
    names = {name: np.empty(size, np.int32) for name in ("session", "course")}
    courses: dict[str, int] = {}
    for place in places:
        people, row, target = place.view.people, place.row, place.target
        course = np.array([courses.setdefault(name, len(courses)) for name in people.course_id], np.int32)
        for name in ("enrolment_id", "learner_id", "mentor_id"):
            np.take(getattr(people, name), row, out=out[name][target], mode="clip")
        np.take(people.session_start, row, out=out["start"][target], mode="clip")
        np.take(people.session.astype(np.int32), row, out=names["session"][target], mode="clip")
        np.take(course, row, out=names["course"][target], mode="clip")
        out["day"][target] = place.view.dates[place.line, row]
    columns = {
        "enrolment_id": out["enrolment_id"],
        "learner_id": out["learner_id"],
        "mentor_id": pd.arrays.IntegerArray(out["mentor_id"], out["mentor_id"] == roster.NOBODY),
        "session_id": _texts(sessions, names["session"]),
        "course_id": _texts(tuple(courses), names["course"]),
        "as_of_on": (out["day"] * SECONDS).view("datetime64[s]"),
        "day_of_course": out["day"] - out["start"],
    }
    return pd.DataFrame(columns, copy=False)


def _texts(names: Sequence[str], number: NDArray[np.int32]) -> pd.Series:
    """Return the names by their numbers, without making a Python object of each."""
    found = pa.DictionaryArray.from_arrays(pa.array(number, pa.int32()), pa.array(names, pa.large_string()))
    texts: pd.Series = found.cast(pa.large_string()).to_pandas()
    return texts
