"""The front door: composes the `filrouge` command from each package's `commands.py`."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import FilrougeError, SourceError
from data.steps import Step, Steps, code_fingerprint

if TYPE_CHECKING:
    from data.home import Home
    from data.progress import Report
    from monitoring.holdout import Lot
    from serving.challengers.rooms import Rooms
    from serving.effects.schemas import Rows
    from serving.settings import Settings

HELP = """Filrouge keeps the thread with every learner.

From records (logins, posts, quizzes, surveys) to features, a score, alerts a mentor can
carry, and the proof of what was done. Everything lives in FILROUGE_HOME (./var by
default), a folder that can be deleted.

First time: **filrouge run** does it all on the example site and serves it.
"""


OULAD_TODAY = date(2014, 12, 5)
EXAMPLE_TODAY = date(2026, 6, 15)
PACKAGES = ("data", "features", "training", "serving", "monitoring")


def run(
    source: Annotated[str, typer.Option(help="example, moodle (a folder of table exports) or oulad.")] = "example",
    data: Annotated[Path | None, typer.Option(help="The source's folder; the example site brings its own.")] = None,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Today, for this run.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the pages, on this machine only.")] = 8000,
    serve: Annotated[bool, typer.Option(help="Serve the pages at the end.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option(help="No progress bar.")] = False,
) -> None:
    """Run the whole thread: import, train, score, alerts, drift report, then serve.

    Typed again, it repeats nothing that is already done.
    """
    from data.commands import unread
    from data.progress import bar
    from serving.commands import check_port, serve_pages

    kind, folder, day = _source(source, data, as_of.date() if as_of else None)
    settings = _settings(source)
    home = settings.folder.prepare()
    if serve:
        check_port(port)
    with bar(quiet=quiet or as_json) as report:
        steps, today = _thread(home, settings, kind, folder, day, report, announce=_announce(quiet=quiet or as_json))
    pretended = None if source == "moodle" and as_of is None else today
    if as_json:
        typer.echo(json.dumps({"home": str(home.root), "steps": [asdict(step) for step in steps.done]}))
    elif not quiet:
        for line in unread(home):
            typer.echo(line)
        typer.echo(f"  {'all':<8}{sum(step.seconds for step in steps.done):>10.1f} s")
        day_told = f" FILROUGE_TODAY={pretended}" if pretended else ""
        typer.echo(f"Other commands read the same folder with: export FILROUGE_HOME={home.root}{day_told}")
    if serve:
        serve_pages(
            settings.model_copy(update={"today": settings.today or pretended}), port=port, demo=source != "moodle"
        )


def _source(source: str, folder: Path | None, as_of: date | None) -> tuple[str, Path, date | None]:
    """Return the importer's name, the folder and today (None: the last day known)."""
    if source == "example":
        if folder is not None:
            raise SourceError(
                "the example site brings its own folder", todo="add --source moodle (make: SOURCE=moodle)"
            )
        from data.imports import EXAMPLE

        return "moodle", EXAMPLE, as_of or EXAMPLE_TODAY
    if source not in {"moodle", "oulad"}:
        raise SourceError("this source is not known", where=source, accepted="example, moodle, oulad")
    if folder is None:
        raise SourceError("no folder is given", where=source, todo="add --data FOLDER (with make: DATA=FOLDER)")
    return source, folder, as_of or (OULAD_TODAY if source == "oulad" else None)


def _settings(source: str) -> Settings:
    """Return the settings; unless a folder is named, each source but the example has its own under the default one.

    The example's invented learners are never mixed with real ones.
    """
    from serving.settings import read_settings

    settings = read_settings()
    if source == "example" or os.environ.get("FILROUGE_HOME"):
        return settings
    return settings.model_copy(update={"home": settings.home / source})


def _announce(*, quiet: bool) -> Callable[[Step], None]:
    def announce(step: Step) -> None:
        if not quiet:
            took = "already done" if step.repeated else f"{step.seconds:6.1f} s"
            typer.echo(f"  {step.name:<8}{took:>12}  {step.result.get('summary', '')}")

    return announce


def _thread(
    home: Home, settings: Settings, kind: str, folder: Path, as_of: date | None, report: Report,
    *, announce: Callable[[Step], None],
) -> tuple[Steps, date]:  # fmt: skip
    """Run every step that is not done yet, each fingerprinted by its inputs and by the code; return today too."""
    from data.imports import site_of
    from data.store import RecordStore

    root = Path(__file__).parent
    steps = Steps(home.root / "steps.json", code_fingerprint([root / name for name in PACKAGES]), announce)
    site = site_of(kind, str(folder))
    home.keep_apart(site, holds_records=bool(RecordStore(home).batches()))
    taken = [kind, str(folder), _stamps(folder)]
    imported = steps.run("import", taken, lambda: _import(home, kind, folder, site, report))
    home.name_site(site)
    day = as_of or date.fromisoformat(imported["last_known_on"])
    _actions(home, settings, day)
    versions = RecordStore(home).versions()  # of now: other imports, decisions and erasures may have come since
    decided = _decided(home)
    trained = steps.run("train", [versions, day, decided], lambda: _train(home, day, report))
    read = [trained, versions, day, settings.database, decided]
    scored = steps.run("score", read, lambda: _score(settings, day, report))
    steps.run("alerts", scored, lambda: _alerts(settings, scored["run"], day))
    steps.run("drift", scored, lambda: _drift(home, day))
    steps.run("people", scored["run"], lambda: _people(home, settings, scored["run"], day))
    return steps, day


def _stamps(folder: Path) -> list[tuple[str, int, int]]:
    """Return name, size and time of each file: cheaper than reading them; the import itself compares contents."""
    files = sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else []
    return [(str(p.relative_to(folder)), p.stat().st_size, p.stat().st_mtime_ns) for p in files]


def _import(home: Home, kind: str, folder: Path, site: str, report: Report) -> dict[str, Any]:
    """Import all that the folder knows, whatever today the run looks from: features see only what was known by then."""
    from data.imports import import_folder
    from data.store import RecordStore

    today = EXAMPLE_TODAY if site == "example" else None
    manifest = import_folder(home, kind, folder, as_of=today, report=report)
    return {
        "batch": manifest.batch_id,
        "versions": RecordStore(home).versions(),
        "last_known_on": manifest.last_known_on,
        "rows_in": manifest.rows_in,
        "rows_quarantined": manifest.rows_quarantined,
        "summary": f"{manifest.rows_in:,} rows read, {manifest.rows_quarantined:,} set aside",
    }


def _actions(home: Home, settings: Settings, today: date) -> None:
    """Bring what mentors did since into the records, before training reads them; nothing to bring changes nothing."""
    from serving.actions.commands import export_actions
    from serving.database import Database

    database = Database(settings.database)
    database.upgrade()
    export_actions(home, database, settings, now=_now(settings, today))
    database.dispose()


def _train(home: Home, as_of: date, report: Report) -> dict[str, Any]:
    from training.pipeline import train

    result = train(home, until=as_of - timedelta(days=1), report=report)
    return {"model": result.payload["model"], "report": str(result.folder / "report.html"), "summary": result.summary}


def _decided(home: Home) -> list[str]:
    """Return when somebody promoted a version or rolled back: who serves is then told, and scored, again."""
    from training.history import PROMOTED, ROLLED_BACK, read
    from training.registry import model_name

    return [act.at for act in read(home, model_name("abandoned_28d")).acts if act.action in (PROMOTED, ROLLED_BACK)]


def _score(settings: Settings, as_of: date, report: Report) -> dict[str, Any]:
    from serving.database import Database
    from serving.scoring.commands import score_day

    database = Database(settings.database)
    database.upgrade()
    result = score_day(settings, database, as_of=as_of, report=report)
    return {**result, "summary": f"{result['n_enrolments']:,} enrolments of {result['n_mentors']} mentors"}


def _now(settings: Settings, today: date) -> datetime:
    """Return this moment of the run's own today, so that an alert is not opened months after its calls."""
    from serving.daily.steps import clock_of

    return clock_of(settings, today).now()


def _alerts(settings: Settings, run_id: int, today: date) -> dict[str, Any]:
    from serving.alerts.service import open_alerts
    from serving.database import Database

    with Database(settings.database).write() as session:
        opened = open_alerts(session, run_id, now=_now(settings, today), settings=settings)
    return {"opened": opened, "summary": f"{opened} opened"}


def _drift(home: Home, as_of: date) -> dict[str, Any]:
    from monitoring.commands import latest_scored
    from monitoring.watch import write_watch
    from serving.settings import read_settings

    zone = read_settings().timezone
    drift, told = write_watch(home, latest_scored(home, as_of=as_of), zone=zone, lot=_lot(home, as_of))
    verdict, moved = told["verdict"]["action"], drift.comparison.verdict
    summary = f"{verdict}, drift: {moved}".replace("_", " ")
    return {"verdict": verdict, "drift": moved, "html": str(drift.html), "summary": summary}


def _lot(home: Home, as_of: date) -> Lot | None:
    """Return what the lot at the threshold said up to a day, for the watch's hold-out; None where there is none."""
    from monitoring.holdout import Lot
    from serving.database import Database
    from serving.effects.service import lot_rows
    from serving.settings import read_settings

    database = Database(read_settings().model_copy(update={"home": home.root}).database)
    try:
        database.upgrade()
        with database.read() as session:
            on, draws = lot_rows(session, until=as_of)
    finally:
        database.dispose()
    return Lot(on, draws) if on or len(draws) else None


def _effects(home: Home, rows: Rows, until: date, horizon: int) -> dict[str, Any]:
    """Measure what contacts changed: the rows are the work database's, the measure is monitoring's."""
    from monitoring.effects_report import write_effects
    from monitoring.moments import Followed, Rule

    found = Followed(rows.alerts, rows.contacts, rows.enrolments, rows.draws, until)
    return write_effects(found, home.reports / "effects", Rule(horizon=horizon, rested=horizon))


def _watch(home: Home, as_of: date) -> dict[str, Any]:
    """Look at what was scored as of a day: drift, then what contacts changed by what is known."""
    from serving.effects.commands import measured

    drifted = _drift(home, as_of)
    return {**drifted, "effects": measured(_effects, as_of, 28)["first"]}


def _rooms() -> Rooms:
    """Return what training and monitoring do for a challenger, each imported when it is asked."""
    from serving.challengers.rooms import Rooms

    def work(name: str) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            from training import challengers

            return getattr(challengers, f"{name}_challenger")(*given)

        return call

    decide = work("promote"), work("dismiss"), work("recall")
    return Rooms(work("train"), work("weigh"), _judge, *decide, work("acts_on"))


def _judge(home: Home, pair: tuple[str, str], as_of: date) -> dict[str, Any]:
    from monitoring.shadow import judge_shadow

    return judge_shadow(home, pair, as_of)


def _people(home: Home, settings: Settings, run_id: int, today: date) -> dict[str, Any]:
    """Create a demonstration account per role; the mentor's follows the busiest list of the run."""
    from serving.accounts.service import create_demo_accounts
    from serving.alerts.repository import busiest_mentor
    from serving.database import Database

    with Database(settings.database).write() as session:
        mentor = busiest_mentor(session, run_id)
        made = create_demo_accounts(session, home, mentor_id=mentor, now=_now(settings, today))
    return {"accounts": [account.username for account in made], "summary": "one demonstration account per role"}


def build() -> typer.Typer:
    """Return the whole command line; an erasure, or an objection, reaches the work database too.

    What trains a challenger is handed to the daily run and the pages, the lot to the watch, the journal to `models`.
    """
    from monitoring.holdout import LOTS
    from serving.challengers.rooms import HANDED, write_down
    from serving.rights.hooks import hang
    from training.models_commands import WITNESSES

    hang()
    LOTS[:] = [_lot]
    HANDED[:] = [_rooms()]
    WITNESSES[:] = [write_down]
    app = typer.Typer(help=HELP, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="markdown")
    app.command()(run)
    imports = _add_rooms(app)
    _add_serving(app, imports)
    return app


def _add_rooms(app: typer.Typer) -> typer.Typer:
    """Add what the records, the features, the models and the watch are asked; return `filrouge import`."""
    from data import commands as data
    from data import person_commands as people
    from data import simulate_command
    from data import text_commands as texts
    from features import commands as features
    from monitoring import commands as monitoring
    from serving.effects import commands as effects
    from serving.ingestion import commands as ingestion
    from serving.rights import commands as rights
    from training import commands as training
    from training import models_commands as models

    rights.add_to(people.person_app)
    data.import_app.command("received")(ingestion.import_received)
    app.add_typer(data.import_app, name="import")
    app.add_typer(features.features_app, name="features")
    app.command()(training.train)
    app.add_typer(models.models_app, name="models")
    monitoring.monitor_app.command("effects")(effects.command_of(_effects))
    app.add_typer(monitoring.monitor_app, name="monitor")
    app.add_typer(people.person_app, name="person")
    app.add_typer(texts.texts_app, name="texts")
    app.command()(simulate_command.simulate)
    return data.import_app


def _add_serving(app: typer.Typer, imports: typer.Typer) -> None:
    """Add what the work database and the server are asked, and the work of every morning."""
    from serving import commands as serving
    from serving.actions import commands as actions
    from serving.alerts import commands as alerts
    from serving.daily import commands as daily
    from serving.governance import commands as governance
    from serving.ingestion import commands as ingestion
    from serving.live import commands as live
    from serving.notifications import commands as notifications
    from serving.quality.figures import commands as _  # noqa: F401 - hangs its command on `quality_app`
    from serving.quality.packs.commands import pack
    from serving.quality.sample.commands import sample
    from serving.retention import commands as retention
    from serving.scoring import commands as scoring

    app.command()(scoring.score)
    app.add_typer(alerts.alerts_app, name="alerts")
    app.add_typer(actions.actions_app, name="actions")
    app.command()(retention.retention)
    app.command()(serving.serve)
    app.add_typer(daily.command_of(imports, _watch), name="daily")
    app.add_typer(notifications.notify_app, name="notify")
    app.command()(governance.governance)
    serving.quality_app.command("sample")(sample)
    serving.quality_app.command("pack")(pack)
    app.add_typer(serving.quality_app, name="quality")
    app.add_typer(serving.accounts_app, name="accounts")
    app.add_typer(ingestion.keys_app, name="xapi-keys")
    app.add_typer(live.live_app, name="live")


def main() -> None:
    """Run the command line; an error meant for a person takes one line and its exit code."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    warnings.filterwarnings("ignore")
    try:
        build()(prog_name="filrouge")
    except FilrougeError as error:
        sys.stderr.write(f"filrouge: {error.line()}\n")
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
