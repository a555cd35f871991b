"""`filrouge actions export`: what mentors did becomes records, for the next training."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from data.home import Home
    from serving.database import Database
    from serving.settings import Settings

actions_app = typer.Typer(help="What mentors did for learners.", no_args_is_help=True)


def export_actions(home: Home, database: Database, settings: Settings, *, now: datetime) -> dict[str, Any]:
    """Write every action of the work database to the records: enrolments, days and codes, no note, no author.

    Returns how many there are, how many are new or changed, and how many are of an enrolment that is not in the
    records (refused) or of somebody erased. The journal is not touched.
    """
    from zoneinfo import ZoneInfo

    from data.contacts import keep_contacts
    from serving.actions.repository import contacts

    with database.read() as session:
        done = contacts(session, ZoneInfo(settings.timezone))
    manifest = keep_contacts(home, done, at=now)
    count = manifest.tables["contacts"] if manifest and not manifest.already else None
    return {
        "actions": len(done),
        "new": count.new if count else 0,
        "changed": count.changed if count else 0,
        "refused": sum(count.refused.values()) if count else 0,
        "erased": count.erased if count else 0,
    }


@actions_app.command("export")
def export_command(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Write what mentors did to the records, so that the next training knows who was helped; twice changes nothing."""
    from zoneinfo import ZoneInfo

    from serving.clock import Clock
    from serving.database import Database
    from serving.settings import read_settings

    settings = read_settings()
    home = settings.folder.prepare()
    database = Database(settings.database)
    try:
        database.upgrade()
        now = Clock(ZoneInfo(settings.timezone), settings.today).now()
        result = export_actions(home, database, settings, now=now)
    finally:
        database.dispose()
    left = result["refused"] + result["erased"]
    typer.echo(
        json.dumps(result)
        if as_json
        else f"{result['actions']} actions, {result['new']} new in the records, {left} left out"
    )
