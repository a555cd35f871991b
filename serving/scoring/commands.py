"""`filrouge score`: one row per current enrolment, kept in the work database and written to a file."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.home import Home
from data.progress import Report, bar, silent

if TYPE_CHECKING:
    import pandas as pd

    from serving.alerts.kinds import Rules
    from serving.database import Database
    from serving.scoring.service import ScoredList
    from serving.settings import Settings


def score_and_keep(
    home: Home, database: Database, *, as_of: date, report: Report = silent, rules: Rules | None = None
) -> tuple[ScoredList, int]:
    """Score the roster as of a date, keep the list for the pages and for the watch.

    Returns the list and the id of its run. The same model, date and records give the
    same run again, not a second one.
    """
    from data.store import RecordStore
    from serving.scoring.champion import load_champion
    from serving.scoring.repository import refresh_roster, save_run, write_for_watch
    from serving.scoring.service import score as score_roster

    store = RecordStore(home)
    scored = score_roster(store, load_champion(home), as_of=as_of, report=report, rules=rules)
    write_for_watch(scored, home.scored)
    with store.connect(scored.table_versions) as con, database.write() as session:
        refresh_roster(session, con)
        run_id = save_run(session, scored, now=datetime.now(UTC))
    return scored, run_id


def score_week_before(
    home: Home, database: Database, *, as_of: date, report: Report = silent, rules: Rules | None = None
) -> int | None:
    """Score as of a week before, for the trend on the pages.

    None when nobody was on the roster then, or where weeks do not compare.
    """
    from data.store import RecordStore
    from serving.scoring.service import EmptyRosterError, weeks_compare

    with RecordStore(home).connect() as con:
        if not weeks_compare(con):
            return None
    try:
        return score_and_keep(home, database, as_of=as_of - timedelta(days=7), report=report, rules=rules)[1]
    except EmptyRosterError:
        return None


def score_day(settings: Settings, database: Database, *, as_of: date, report: Report = silent) -> dict[str, Any]:
    """Score as of a day and of a week before, so that the pages can say who is getting worse; return the summary."""
    home = settings.folder
    rules = _rules(database, settings, as_of)
    score_week_before(home, database, as_of=as_of, report=report, rules=rules)
    scored, run_id = score_and_keep(home, database, as_of=as_of, report=report, rules=rules)
    return summarise(scored, run_id, None)


def _rules(database: Database, settings: Settings, day: date) -> Rules:
    """Return from when rules speak that day: the procedure in force may say."""
    from serving.quality.procedure.service import rules_on

    with database.read() as session:
        return rules_on(session, day, settings)


def score(
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default: the last day known.")] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the list to this Parquet file.")] = None,
    identify: Annotated[bool, typer.Option(help="Add the source's learner and session identifiers.")] = False,
    lang: Annotated[str, typer.Option(help="Language of the reasons: fr or en.")] = "fr",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option(help="No progress bar.")] = False,
) -> None:
    """Score every current enrolment with the champion, with reasons."""
    from serving.database import Database
    from serving.settings import read_settings

    settings = read_settings()
    home = settings.folder.prepare()
    database = Database(settings.database)
    database.upgrade()
    with bar(quiet=quiet or as_json) as report:
        day = as_of.date() if as_of else settings.today or last_known_day(home)
        rules = _rules(database, settings, day)
        scored, run_id = score_and_keep(home, database, as_of=day, report=report, rules=rules)
    if out:
        write_list(listing(scored, home, identify=identify, lang=lang), out)
    summary = summarise(scored, run_id, out)
    if as_json or not quiet:
        typer.echo(json.dumps(summary) if as_json else sentence_of(summary))


def last_known_day(home: Home) -> date:
    """Return the last day of which the records know something.

    Raises
    ------
    StoreError : nothing was imported.
    """
    from data.errors import StoreError
    from data.store import RecordStore

    days = [batch.last_known_on for batch in RecordStore(home).batches() if batch.last_known_on]
    if not days:
        raise StoreError("no record was imported", where=str(home.records), todo="run `filrouge import` first")
    return date.fromisoformat(max(days))


def listing(scored: ScoredList, home: Home, *, identify: bool, lang: str) -> pd.DataFrame:
    """Return the list as people read it: one row per enrolment, reasons as sentences."""
    from features.catalog import sentence

    frame = scored.frame[["enrolment_id", "mentor_id", "session_id", "probability", "rank"]].copy()
    if identify:
        from data.identities import Vault

        known = Vault(home.identities_database).find("learner")
        sources = (known.get(int(i)) for i in scored.frame["learner_id"])
        frame.insert(0, "source_learner_id", [who.source_id if who else None for who in sources])
        frame.insert(1, "source_session_id", frame["session_id"])
    else:
        frame = frame.drop(columns=["session_id"])
    frame["model_version"] = f"{scored.champion.name}/{scored.champion.version}"
    frame["as_of_on"] = scored.as_of
    frame["reasons"] = [
        [sentence(r.feature, r.value, r.previous, lang) for r in reasons] for reasons in scored.frame["reasons"]
    ]
    return frame


def write_list(frame: pd.DataFrame, out: Path) -> None:
    """Write the list, whole or not at all.

    Raises
    ------
    HomeError : the file cannot be written.
    """
    from data.errors import HomeError
    from data.steps import written_whole

    try:
        with written_whole(out) as partial:
            frame.to_parquet(partial, index=False)
    except OSError as error:
        raise HomeError(
            f"the list cannot be written: {error.strerror}", where=str(out), todo="choose another --out"
        ) from error


def summarise(scored: ScoredList, run_id: int, out: Path | None) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "run": run_id,
        "as_of": scored.as_of.isoformat(),
        "model": scored.champion.name,
        "model_version": scored.champion.version,
        "level": scored.champion.metadata["level"],
        "n_enrolments": len(scored.frame),
        "n_mentors": int(scored.frame["mentor_id"].nunique()),
        "mean_probability": float(scored.frame["probability"].mean()),
        "out": str(out) if out else None,
    }


def sentence_of(summary: dict[str, Any]) -> str:
    """Return the summary in one line."""
    where = f", written to {summary['out']}" if summary["out"] else ""
    return (
        f"{summary['n_enrolments']} enrolments of {summary['n_mentors']} mentors scored as of {summary['as_of']} "
        f"by {summary['model']} {summary['model_version']} ({summary['level']}){where}"
    )
