"""`filrouge governance`: the governance file in French, filled from what is known."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer


def governance(
    out: Annotated[Path, typer.Option(help="Folder to write, made if need be.", file_okay=False)],
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default: today.")] = None,
    names: Annotated[bool, typer.Option(help="Say who took each step by name, not by role; it is journalled.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write the governance file: notice, AIPD, risks, oversight, annex IV, cards; one PDF of it all.

    What nobody recorded is marked « à compléter », never made up. The same records, journal and day give the same
    bytes.
    """
    from serving.commands import clock_of, show, work
    from serving.governance import service
    from serving.governance.filling import left
    from serving.problems import RefusedError
    from serving.quality import journal

    with work(write=True) as (session, settings):
        day = as_of.date() if as_of else clock_of(settings).today()
        made = service.file_of(session, settings, day=day, named=names)
        try:
            sums = service.write(out, made, day=day, organisation=settings.organisation)
        except OSError as error:
            raise RefusedError(f"the file cannot be written: {error.strerror}", where=str(out)) from None
        if names:
            details: journal.Details = {"names": True, "as_of": day.isoformat(), "pdf": sums[service.PDF]}
            journal.append(session, "governance_exported", at=clock_of(settings).now(), details=details)
    missing = sum(left(one.text) for one in made if one.name != "sommaire")
    result = {"folder": str(out), "as_of": day.isoformat(), "to_fill_in": missing, "sha256": sums}
    show(result, f"{len(sums)} files written to {out}, {missing} places left to fill in", as_json=as_json)
