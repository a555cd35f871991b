"""Gather who could be contacted; read back what monitoring measured of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from serving.alerts.kinds import read_signal
from serving.effects import repository
from serving.effects.schemas import EffectsFile, Rows

if TYPE_CHECKING:
    from data.home import Home

KNOWN = ("probability", "silent_days", "history_days", "days_left", "regular", "grave", "kinds", "alerts_before")
"""What was known of a learner the day their alert opened, and may have decided who was called."""
DRAWN = ("enrolment_id", "learner_id", "decided_on", "first", "chance")


def rows(session: Session, home: Home, *, until: date) -> Rows:
    """Return who could be contacted up to a day, who was, and how enrolments ended by what the records know.

    Records that stop before that day say nothing of what followed: nobody is taken for staying because an import is
    late. Their last day is then the last one known.
    """
    import pandas as pd

    enrolments, recorded, until = _records(home, until)
    done = pd.DataFrame(repository.contacts(session, until=until), columns=["enrolment_id", "contacted_on"])
    alerts = [_alert(row) for row in repository.alerts(session, until=until)]
    return Rows(
        alerts=pd.DataFrame(alerts, columns=["enrolment_id", "learner_id", "opened_on", *KNOWN]),
        contacts=pd.concat([_dated(done), _dated(recorded)]).drop_duplicates(),
        enrolments=enrolments,
        draws=_draws(session, until),
        until=until,
    )


def lot_rows(session: Session, *, until: date) -> tuple[bool, Any]:
    """Return whether a lot is drawn now, and what every lot said up to a day: a table of `DRAWN`."""
    latest = repository.draw_setting(session)
    return bool(latest and latest.share), _draws(session, until)


def _draws(session: Session, until: date) -> Any:
    import pandas as pd

    told = [tuple(getattr(one, name) for name in DRAWN) for one in repository.draws(session, until=until)]
    return pd.DataFrame(told, columns=list(DRAWN))


def _dated(contacts: Any) -> Any:
    import pandas as pd

    days = pd.to_datetime(contacts["contacted_on"]).astype("datetime64[s]")
    return contacts.assign(enrolment_id=contacts["enrolment_id"].astype("int64"), contacted_on=days)


def _records(home: Home, until: date) -> tuple[Any, Any, date]:
    """Return the enrolments, the contacts, and the last day known of them, never after the day asked for."""
    import pandas as pd

    from data.store import RecordStore

    store = RecordStore(home)
    if not store.versions():
        empty = pd.DataFrame(columns=["enrolment_id", "started_on", "ended_on", "outcome"])
        return empty, pd.DataFrame(columns=["enrolment_id", "contacted_on"]), until
    imports = (one for one in store.batches() if "enrolments" in one.tables)  # how they ended comes with them alone
    known = [date.fromisoformat(one.last_known_on) for one in imports if one.last_known_on]
    last = min(until, max(known, default=until))
    with store.connect() as con:
        return *repository.recorded(con, until=last), last


def _alert(row: Any) -> tuple[Any, ...]:
    alert, score, where = row.Alert, row.Score, row.Roster
    signals = [read_signal(one) for one in score.signals] if score else []
    return (
        alert.enrolment_id, alert.learner_id, alert.opened_on,
        score.probability if score else alert.probability,  # an alert that reopens has the risk of that day
        score.silent_days if score else None, score.history_days if score else None,
        (where.planned_end_on - alert.opened_on).days if where else None,
        float(score.regular) if score and score.regular is not None else None,
        float(any(one.grave for one in signals)), float(len(signals)), float(row.before),
    )  # fmt: skip


def files(folder: Path) -> list[EffectsFile]:
    """Return what was measured, the latest day first."""
    return [
        EffectsFile(date.fromisoformat(path.stem), json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(_dated_files(folder), reverse=True)
    ]


def _dated_files(folder: Path) -> Iterable[Path]:
    return folder.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].json")
