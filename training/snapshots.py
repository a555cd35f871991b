"""From the store to labelled snapshots: one row per enrolment on the roster and as-of date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.departures import DEFAULT_SILENCE_DAYS, known_outcomes, read_silences
from data.errors import StoreError
from data.progress import Report, silent
from training.baselines import RULES, points
from training.contacts import follow, without_help
from training.labels import (
    DEFINITIONS,
    RECORDED,
    RECORDED_OR_SILENCE,
    Task,
    abandonments,
    counts,
    label,
    to_days,
)
from training.served_model import raw_scores
from training.splits import is_oulad

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from features.schedule import Schedule

IDENTITY = ("enrolment_id", "learner_id", "mentor_id", "session_id", "course_id", "as_of_on", "day_of_course")
CLOCK = "day_of_course"
PLACE = ("session_id", "course_id", CLOCK)
"""Where a row stands: the watch compares rows of the same week of their course, session by session."""
OULAD_DAYS, OULAD_LAST_DAY = 30, 215
DAILY_SHARE = 0.5
LEAKY_ROWS = 60_000
"""Enough rows, of the latest sessions, to show how much a leaky figure flatters."""
KNOWN = {
    "activity": "known_on",
    "posts": "known_on",
    "quiz_results": "known_on",
    "survey_answers": "known_on",
    "attendance": "known_on",
    "enrolments": "greatest(coalesce(outcome_known_on, registered_on), coalesce(result_known_on, registered_on))",
}

# Whole numbers: DuckDB takes differences of zoned instants a thousand times more slowly.
_WITHIN_A_DAY = "SELECT avg((epoch_us(occurred_to) - epoch_us(occurred_from) <= 86400000000)::INT) FROM activity"


@dataclass(frozen=True)
class Site:
    """What the records say of themselves: their last day, and whether activity is dated to the day."""

    data_end: date
    daily: bool
    oulad: bool


@dataclass(frozen=True)
class Snapshots:
    """Labelled rows, and how they were labelled.

    `rows` holds the identity columns, the features, `label` (NaN: unknown), `label_until`,
    `abandoned_on`, `session_starts_on` and `as_of_day`. `contacted` holds, with the label as it was lived, the rows
    left out because a mentor's contact may have changed it, and leavers left out with them (`training/contacts.py`).
    """

    rows: pd.DataFrame
    features: tuple[str, ...]
    site: Site
    definition: str
    definition_text: str
    outcomes: dict[str, int]
    censored: dict[str, int]
    leaky: pd.DataFrame
    contacted: pd.DataFrame = field(default_factory=pd.DataFrame)


def read_site(con: DuckDBPyConnection, until: date | None = None) -> Site:
    """Return the site as its records show it.

    Raises
    ------
    StoreError : the store holds no enrolment.
    """
    last = " UNION ALL ".join(f"SELECT max({known}) AS d FROM {table}" for table, known in KNOWN.items())
    (data_end,) = con.execute(f"SELECT max(d) FROM ({last})").fetchone() or (None,)
    if data_end is None:
        raise StoreError("there is no enrolment to learn from", todo="run `filrouge import` first")
    (share,) = con.execute(_WITHIN_A_DAY).fetchone() or (None,)
    sessions = con.execute("SELECT DISTINCT session_id FROM enrolments").df()["session_id"]
    return Site(
        data_end=min(data_end, until or data_end),
        daily=share is None or share >= DAILY_SHARE,
        oulad=is_oulad(sessions.to_numpy(dtype=object)),
    )


def default_definition(site: Site) -> str:
    """Silence can only be read where activity is dated to the day; OULAD dates every exit."""
    return RECORDED_OR_SILENCE if site.daily and not site.oulad else RECORDED


def schedule_of(con: DuckDBPyConnection, site: Site, until: date) -> Schedule:
    """Return the as-of dates: every Monday; where activity comes in windows, the days they end; OULAD's own days."""
    from features.schedule import on_course_days, weekly

    if site.oulad:
        return on_course_days(con, range(5, OULAD_LAST_DAY + 1, 7 if site.daily else OULAD_DAYS), until=until)
    if site.daily:
        return weekly(con, until)
    days = con.execute(
        "SELECT DISTINCT date_diff('day', s.starts_on, a.known_on) + 1 FROM activity a"
        " JOIN enrolments e USING (enrolment_id) JOIN sessions s ON s.session_id = e.session_id ORDER BY 1"
    ).fetchall()
    return on_course_days(con, [int(day) for (day,) in days if day > 0], until=until)


def read_snapshots(
    con: DuckDBPyConnection,
    task: Task,
    *,
    cache: Path,
    versions: dict[str, int],
    until: date | None = None,
    definition: str | None = None,
    silence_days: int = DEFAULT_SILENCE_DAYS,
    report: Report = silent,
) -> Snapshots:
    """Build features and labels of every date whose label can be known.

    Parameters
    ----------
    con : the store at `versions`.
    cache : folder of built feature tables.
    until : the last day known; None for the data's own end.
    definition : `recorded` or `recorded_or_silence`; None for what the site allows.
    """
    site = read_site(con, until)
    definition = definition or default_definition(site)
    outcomes = _outcomes(con, site, definition, silence_days)
    last = site.data_end - timedelta(days=task.horizon_days - 1) if task.by_horizon else site.data_end
    schedule = schedule_of(con, site, last)
    built = _build(con, schedule, cache, versions, report)
    kept = _build(_gone_kept(con), _latest(schedule, outcomes, LEAKY_ROWS), cache, {**versions, "gone_kept": 1}, report)
    labelled = (_labelled(one, outcomes, con, task, site) for one in (built, kept))
    (rows, contacted, marked), (leaky, _, _) = (_without_help(one, _contacts(con, site)) for one in labelled)
    return Snapshots(
        rows=rows[rows["label"].notna()].reset_index(drop=True),
        features=_features(built),
        site=site,
        definition=definition,
        definition_text=DEFINITIONS[definition].format(days=silence_days),
        outcomes=counts(outcomes),
        censored={"rows": len(rows), "without_label": int(rows["label"].isna().sum()), **marked},
        leaky=leaky[leaky["label"].notna()].reset_index(drop=True),
        contacted=contacted,
    )


def read_present(
    con: DuckDBPyConnection, site: Site, *, cache: Path, versions: dict[str, int], report: Report = silent
) -> pd.DataFrame:
    """Return the feature rows that exist up to the day after the data's end, labelled or not.

    A site in its first week has no weekly date yet: its rows are then those of that day.
    """
    from features.schedule import on_date

    today = site.data_end + timedelta(days=1)
    schedule = schedule_of(con, site, today) or on_date(con, today)
    return _build(con, schedule, cache, versions, report)


def session_spans(con: DuckDBPyConnection, task: Task) -> list[tuple[date, date]]:
    """Return each session's first day, and the last day that its earliest label looks at."""
    over = f"starts_on + {task.horizon_days}" if task.by_horizon else "ends_on"
    return con.execute(f"SELECT starts_on, {over} FROM sessions WHERE {over} IS NOT NULL").fetchall()


def _outcomes(con: DuckDBPyConnection, site: Site, definition: str, silence_days: int) -> pd.DataFrame:
    """Each enrolment with its abandonment, by the definition."""
    enrolments = known_outcomes(con, site.data_end)
    silence = read_silences(con, enrolments, site.data_end, silence_days) if definition == RECORDED_OR_SILENCE else None
    return abandonments(enrolments, silent_on=silence)


def _labelled(
    built: pd.DataFrame, outcomes: pd.DataFrame, con: DuckDBPyConnection, task: Task, site: Site
) -> pd.DataFrame:
    """Add the label columns; no label while its window is not over, or only leavers would have one."""
    labels = label(built, outcomes, task=task, data_end=site.data_end)
    over = to_days(labels["label_until"].to_numpy()) <= np.datetime64(site.data_end, "D")
    day = built[CLOCK].to_numpy(dtype=np.int64)
    starts = con.execute("SELECT session_id, starts_on FROM sessions").df().set_index("session_id")["starts_on"]
    return built.assign(
        label=labels["label"].where(over),
        label_until=labels["label_until"],
        abandoned_on=labels["abandoned_on"],
        session_starts_on=starts.reindex(built["session_id"].astype(str)).to_numpy(),
        as_of_day=day // 7 * 7 if site.daily and not site.oulad else day,
        mentor_id=built["mentor_id"].mask(
            np.full(len(built), site.oulad)
        ),  # OULAD names none: one stands for a whole session
    )


def _contacts(con: DuckDBPyConnection, site: Site) -> pd.DataFrame:
    """Return the contacts known at the data's end."""
    query = "SELECT enrolment_id, contacted_on FROM contacts WHERE known_on <= $until ORDER BY ALL"
    return con.execute(query, {"until": site.data_end}).df()


def _features(built: pd.DataFrame) -> tuple[str, ...]:
    return tuple(name for name in built.columns if name not in IDENTITY)


def _without_help(rows: pd.DataFrame, contacts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """Take out the labels that a contact may have changed; return the rows, those taken out, and how many they are.

    Nothing changes where no contact was recorded. The risk that a mentor sees is the rules' points.
    """
    if contacts.empty:
        return rows, rows.iloc[:0], {"contacted": 0, "leavers_left_out": 0}
    read = [rule.feature for rule in RULES if rule.feature in rows.columns]
    risk = raw_scores(points(read), rows[read].to_numpy(dtype=np.float64))
    label, thinned = without_help(rows, follow(rows, contacts), risk)
    out = rows["label"].notna() & label.isna()
    n_thinned = int(thinned.sum())
    marked = {"contacted": int(out.sum()) - n_thinned, "leavers_left_out": n_thinned}
    return rows.assign(label=label), rows[out].reset_index(drop=True), marked


def _latest(schedule: Schedule, enrolments: pd.DataFrame, rows: int) -> Schedule:
    """The latest sessions of a schedule, as many as make about so many rows."""
    size = enrolments.groupby(enrolments["session_id"].astype(str)).size()
    out: dict[str, Sequence[date]] = {}
    for session in sorted(schedule, key=lambda one: (schedule[one][0], one), reverse=True):
        if rows > 0:
            out[session] = schedule[session]
            rows -= int(size.get(session, 0)) * len(schedule[session])
    return out


def _gone_kept(con: DuckDBPyConnection) -> DuckDBPyConnection:
    """The same records as if nobody's exit were ever known: the leaky roster, for comparison only."""
    other = con.cursor()
    other.execute("SET TimeZone = 'UTC'")
    (database,) = other.execute("SELECT current_database()").fetchone() or ("memory",)
    other.execute(
        "CREATE OR REPLACE TEMP VIEW enrolments AS SELECT * REPLACE (CAST(NULL AS DATE) AS outcome_known_on,"
        f" 'ongoing' AS outcome) FROM {database}.main.enrolments"
    )
    return other


def _build(
    con: DuckDBPyConnection, schedule: Schedule, cache: Path, versions: dict[str, int], report: Report
) -> pd.DataFrame:
    """Build the features, or read them back where the same records, dates and code already made them."""
    from features.kept import keep

    read = {table: version for table, version in versions.items() if table != "contacts"}  # no feature reads them
    return pd.read_parquet(keep(con, schedule, versions=read, folder=cache, name="training", report=report).path)
