"""`filrouge features`: build the table, list the catalogue, say what one feature means."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.home import Home
from data.progress import bar

if TYPE_CHECKING:
    from data.store import RecordStore
    from features.catalog import Entry

features_app = typer.Typer(
    help="Learner features: build the table, list them, say what one means.", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Lang = Annotated[str, typer.Option(help="fr or en.")]


@features_app.command()
def build(
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default: the last day known.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write; default: a file named by its content.")] = None,
    as_json: Json = False,
    quiet: Annotated[bool, typer.Option(help="No progress bar.")] = False,
) -> None:
    """Build the features of everybody enrolled on a date, into one Parquet file.

    The same records, date and code are not built twice.
    """
    from data.store import RecordStore
    from features.kept import keep
    from features.schedule import on_date

    home = Home.from_environment().prepare()
    store = RecordStore(home)
    versions = store.versions()
    day = as_of.date() if as_of else _last_known_day(store)
    with bar(quiet=quiet or as_json) as report, store.connect(versions) as con:
        kept = keep(con, on_date(con, day), versions=versions, folder=home.features, out=out, report=report)
    result = {
        "as_of_on": day.isoformat(),
        "path": str(kept.path),
        "rows": kept.rows,
        "features": kept.features,
        "already": kept.already,
        "table_versions": versions,
    }
    done = "already there" if kept.already else "built"
    said = f"{kept.rows} enrolments × {kept.features} features as of {day.isoformat()}, {done}: {kept.path}"
    typer.echo(json.dumps(result) if as_json else said)


MOVED_BY = {
    "learner": "the learner's own records",
    "session": "the whole session's records",
    "course": "the records of the session and of the course's earlier ones",
}


@features_app.command("list")
def list_features(
    family: Annotated[str | None, typer.Option(help="Only this family.")] = None,
    lang: Lang = "fr",
    as_json: Json = False,
) -> None:
    """List the features by family, with their labels."""
    from features.catalog import catalog, label

    found = {name: entry for name, entry in catalog().items() if family in (None, entry.family)}
    if not found:
        from features.catalog import UnknownFeatureError

        families = sorted({entry.family for entry in catalog().values()})
        raise UnknownFeatureError("no family is called that", accepted=", ".join(families))
    if as_json:
        typer.echo(json.dumps({"features": [_described(name) for name in found]}, ensure_ascii=False))
        return
    width = max(len(name) for name in found)
    for name, entry in found.items():
        typer.echo(f"{entry.family:<10} {name:<{width}}  {label(name, lang)}")


@features_app.command()
def show(name: Annotated[str, typer.Argument(help="A feature.")], as_json: Json = False) -> None:
    """Say what a feature means, in both languages."""
    described = _described(name)
    if as_json:
        typer.echo(json.dumps(described, ensure_ascii=False))
        return
    for field in ("name", "what", "family", "unit", "window", "riskier", "null", "moved_by"):
        typer.echo(f"{field:<9} {described[field]}")
    for lang in ("fr", "en"):
        typer.echo(f"{lang:<9} {described['label'][lang]}")
        for example in described["examples"][lang]:
            typer.echo(f"{'':<9} « {example} »" if lang == "fr" else f"{'':<9} “{example}”")


def _described(name: str) -> dict[str, Any]:
    from features.catalog import LANGUAGES, entry, functions, label, sentence

    known = entry(name)
    examples = _examples(known)
    return {
        "name": name,
        "what": (functions([name])[name].__doc__ or "").strip(),
        "family": known.family,
        "unit": known.unit,
        "window": known.window,
        "direction": known.direction,
        "riskier": {1: "when higher", -1: "when lower", 0: "depends"}[known.direction],
        "told": known.told,
        "null": known.null or "never",
        "moved_by": MOVED_BY[known.scope],
        "label": {lang: label(name, lang) for lang in LANGUAGES},
        "examples": {lang: list(dict.fromkeys(sentence(name, v, lang=lang) for v in examples)) for lang in LANGUAGES},
    }


def _examples(known: Entry) -> tuple[float | None, ...]:
    """Return values that show each of the sentence's forms; 0 only where it has its own words."""
    values: tuple[float | None, ...] = (None, -1.0, 0.0, 1.0, 12.0) if known.signed else (None, 0.0, 1.0, 12.0)
    if known.unit == "ratio":
        values = (None, 0.3, 0.7, 1.0, 2.0)
    elif known.unit in ("share", "score", "score gap"):
        values = (None, -0.35, 0.0, 0.35, 1.0) if known.signed else (None, 0.0, 0.35, 1.0)
    return tuple(v for v in values if (v is not None or known.null) and (v != 0 or known.says_zero))


def _last_known_day(store: RecordStore) -> date:
    from data.errors import StoreError

    days = [date.fromisoformat(batch.last_known_on) for batch in store.batches() if batch.last_known_on]
    if not days:
        raise StoreError("no record was imported", where=str(store.root), todo="run `filrouge import` first")
    return max(days)
