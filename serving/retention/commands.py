"""`filrouge retention`: what is past its time, and what of it goes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from serving.commands import Json, clock_of, show


def retention(
    dry_run: Annotated[
        bool, typer.Option("--dry-run/--apply", help="Only say what would go, or remove it; it cannot be undone.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Say what is past its time, class by class, and remove it only when asked; the report is kept."""
    from serving.database import Database
    from serving.retention import policy, service
    from serving.settings import read_settings

    settings = read_settings()
    clock, rules, home = clock_of(settings), policy.read_rules(settings.retention), settings.folder.prepare()
    database = Database(settings.database)
    try:
        database.upgrade()
        found = service.run(database, home, rules, today=clock.today(), now=clock.now(), dry=dry_run, author_id=None)
    finally:
        database.dispose()
    rows: list[dict[str, Any]] = [
        {"class": one.rule.code, "days": one.rule.days, "before": one.before.isoformat(), "count": one.count,
         "oldest": one.oldest.isoformat() if one.oldest else None, "becomes": one.rule.fate}
        for one in found
    ]  # fmt: skip
    head = "would go" if dry_run else "gone"
    lines = [
        f"{r['class']:<12} {r['days']:>5} days  {r['count']:>8} before {r['before']}  {r['becomes']}" for r in rows
    ]
    show({"dry_run": dry_run, "classes": rows}, "\n".join([f"past their time ({head}):", *lines]), as_json=as_json)
