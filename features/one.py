"""One enrolment at a time, by a process that stays: the session's records are rolled up once and kept.

Some features place the learner among the session, so the session is worked on whole, as `table.build` does, by the same
functions: the same numbers to the last bit. What is kept is what was read, never a feature.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from features import norms, roster
from features.asof import AsOf
from features.catalog import entry, functions
from features.chunks import chunks
from features.rollup import Records
from features.table import frame_of

if TYPE_CHECKING:
    import pandas as pd

KEPT = 16
"""Sessions whose records are kept, the last asked for."""


class OneByOne:
    """Features of single enrolments, on a connection whose records do not change.

    Parameters
    ----------
    con : a connection with one table or view per canonical table; make another object when the records change.
    names : the features wanted, in this order; all of the catalogue by default.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, names: Sequence[str] | None = None) -> None:
        self._con, self._wanted = con, functions(names)
        self._compares = any(entry(name).scope == "course" for name in self._wanted)
        rows = con.execute("SELECT enrolment_id, session_id FROM enrolments").fetchall()
        self._session = dict(rows)
        self._views: OrderedDict[tuple[str, tuple[date, ...]], AsOf] = OrderedDict()
        self._one_at_a_time = Lock()

    def features(self, enrolment_id: int, dates: Sequence[date]) -> pd.DataFrame:
        """Return the enrolment's lines of `table.build` on these dates: none where it is not in the roster."""
        with self._one_at_a_time:
            session = self._session.get(enrolment_id)
            view = self._view(session, tuple(sorted(set(dates)))) if session is not None and dates else None
            if view is None or session is None:
                return frame_of([], (), self._wanted)
            here = np.flatnonzero(view.people.enrolment_id == enrolment_id)
            found = frame_of([(view, here)], (session,), self._wanted)
            view.forget()
            return found

    def _view(self, session: str, dates: tuple[date, ...]) -> AsOf:
        key = session, dates
        if key not in self._views:
            self._views[key] = self._read(session, dates)
            if len(self._views) > KEPT:
                self._views.popitem(last=False)
        self._views.move_to_end(key)
        return self._views[key]

    def _read(self, session: str, dates: tuple[date, ...]) -> AsOf:
        schedule = {session: dates}
        people = roster.read(self._con, schedule)
        last = np.full(len(people), roster.day_number(dates[-1]))
        earlier = norms.read(self._con, schedule) if self._compares else {}
        (view,) = chunks(self._con, Records(self._con, people, last), people, schedule, earlier)
        return view
