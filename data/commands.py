"""`filrouge import`: records come in."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import SourceError, StoreError
from data.home import Home
from data.progress import Report, bar

if TYPE_CHECKING:
    from data.batches import Manifest

import_app = typer.Typer(no_args_is_help=True, help="Import records: each import is one batch, all or nothing.")

Folder = Annotated[Path, typer.Argument(help="The folder of table exports.", show_default=False)]
Place = Annotated[str, typer.Argument(help="A file or a folder.", show_default=False)]
Web = Annotated[str, typer.Argument(help="The service's address, https://…", show_default=False)]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The export's today. Default: a learner's last day in it, or today."),
]
SecretFile = Annotated[
    Path | None, typer.Option(help="File that holds the token or password, on its first line.", show_default=False)
]
Sessions = Annotated[
    Path | None, typer.Option(help="TOML file: which session a category, channel or activity belongs to.")
]
People = Annotated[Path | None, typer.Option(help="File: the e-mail of each account, where the system tells none.")]
Overlap = Annotated[int | None, typer.Option(min=0, help="What is read again each time, for what came late.")]
Options = Annotated[
    list[str] | None, typer.Option("--set", help="Another option of the source, as NAME=VALUE; see docs/sources.md.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option(help="No progress bar, no summary.")]


@import_app.command("moodle")
def import_moodle(folder: Folder, as_of: AsOf = None, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Import a folder of Moodle tables (mdl_*.csv or .csv.gz)."""
    _bring("moodle", str(folder), as_of, as_json=as_json, quiet=quiet)


@import_app.command("moodle-db")
def import_moodle_db(
    prefix: Annotated[str | None, typer.Option(help="What the tables' names start with. Default: found.")] = None,
    overlap_days: Overlap = None,
    url_file: Annotated[Path | None, typer.Option(help="File that holds the SQLAlchemy URL.")] = None,
    more_options: Options = None, as_of: AsOf = None, as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Import from Moodle's database, read only (PostgreSQL, MariaDB); its URL is in FILROUGE_MOODLE_DB_URL."""
    from data.sources.database import shown

    url = secret("FILROUGE_MOODLE_DB_URL", url_file, "--url-file")
    options = {"prefix": prefix, "overlap_days": overlap_days, **more(more_options)}
    _bring("moodle-db", shown(url), as_of, options, url, as_json=as_json, quiet=quiet)


@import_app.command("moodle-ws")
def import_moodle_ws(
    address: Web,
    courses: Annotated[str | None, typer.Option(help="Short names, separated by commas. Default: all.")] = None,
    options: Options = None, secret_file: SecretFile = None, as_of: AsOf = None, as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Import from Moodle's web services; the token is in FILROUGE_MOODLE_TOKEN."""
    token = secret("FILROUGE_MOODLE_TOKEN", secret_file)
    _bring("moodle-ws", address, as_of, {"courses": courses, **more(options)}, token, as_json=as_json, quiet=quiet)


@import_app.command("moodle-csv")
def import_moodle_csv(
    place: Place,
    session: Annotated[str | None, typer.Option(help="The course's short name. Default: from the file's name.")] = None,
    options: Options = None, as_of: AsOf = None, as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Import a teacher's Logs and grades CSV, in French or English."""
    _bring("moodle-csv", place, as_of, {"session": session, **more(options)}, as_json=as_json, quiet=quiet)


@import_app.command("xapi")
def import_xapi(
    place: Annotated[str, typer.Argument(help="A file of JSON lines, or a learning record store, https://…")],
    sessions: Sessions = None, overlap_hours: Overlap = None, options: Options = None, secret_file: SecretFile = None,
    as_of: AsOf = None, as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Import xAPI statements; for a store, USER:PASSWORD is in FILROUGE_XAPI_SECRET."""
    key = secret("FILROUGE_XAPI_SECRET", secret_file) if "://" in place else ""
    chosen = {"sessions": sessions, "overlap_hours": overlap_hours, **more(options)}
    _bring("xapi", place, as_of, chosen, key, as_json=as_json, quiet=quiet)


@import_app.command("table")
def import_table(
    file: Place,
    mapping: Annotated[Path | None, typer.Option(help="TOML file: what each column is.")] = None,
    preset: Annotated[str | None, typer.Option(help="A mapping that comes with Filrouge.")] = None,
    suggest: Annotated[bool, typer.Option(help="Propose a mapping, tell what does not fit, import nothing.")] = False,
    options: Options = None, as_of: AsOf = None, as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Import any table (CSV, XLSX, Parquet) through a mapping: surveys, attendance, enrolment lists."""
    chosen = {"mapping": mapping, "preset": preset, **more(options)}
    if suggest:
        from data.sources import table_suggest

        found = table_suggest.suggest(Path(file), told(chosen))
        typer.echo(json.dumps(table_suggest.as_dict(found)) if as_json else table_suggest.render(found))
        return
    _bring("table", file, as_of, chosen, as_json=as_json, quiet=quiet)


@import_app.command("discourse")
def import_discourse(
    address: Web, sessions: Sessions = None, people: People = None, options: Options = None,
    secret_file: SecretFile = None, as_of: AsOf = None, as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Import a Discourse community; the key is in FILROUGE_DISCOURSE_KEY."""
    key = secret("FILROUGE_DISCOURSE_KEY", secret_file)
    chosen = {"sessions": sessions, "people": people, **more(options)}
    _bring("discourse", address, as_of, chosen, key, as_json=as_json, quiet=quiet)


@import_app.command("slack")
def import_slack(
    place: Place, sessions: Sessions = None, people: People = None, options: Options = None, as_of: AsOf = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Import a Slack export (a folder or a .zip): its public channels."""
    chosen = {"sessions": sessions, "people": people, **more(options)}
    _bring("slack", place, as_of, chosen, as_json=as_json, quiet=quiet)


@import_app.command("discord")
def import_discord(
    place: Place, sessions: Sessions = None, people: People = None, options: Options = None, as_of: AsOf = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Import a Discord export (DiscordChatExporter's JSON, one file a channel)."""
    chosen = {"sessions": sessions, "people": people, **more(options)}
    _bring("discord", place, as_of, chosen, as_json=as_json, quiet=quiet)


@import_app.command("canvas")
def import_canvas(
    address: Web,
    courses: Annotated[str | None, typer.Option(help="Numbers or codes, separated by commas. Default: all.")] = None,
    options: Options = None, secret_file: SecretFile = None, as_of: AsOf = None, as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Import from Canvas; the token is in FILROUGE_CANVAS_TOKEN."""
    token = secret("FILROUGE_CANVAS_TOKEN", secret_file)
    _bring("canvas", address, as_of, {"courses": courses, **more(options)}, token, as_json=as_json, quiet=quiet)


@import_app.command("oulad")
def import_oulad(folder: Folder, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Import the OULAD tables, with studentVle.csv or its 30-day windows."""
    _bring("oulad", str(folder), None, as_json=as_json, quiet=quiet)


@import_app.command("compact")
def import_compact(
    keep_days: Annotated[int, typer.Option(min=0, help="Old versions of the last so many days stay readable.")] = 30,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Merge small files, and remove those of versions older than --keep-days."""
    from data.compaction import compact
    from data.store import RecordStore

    store = RecordStore(existing_home().prepare())
    with bar(quiet=quiet or as_json) as report:
        result = compact(store, report, at=datetime.now(UTC), keep_days=keep_days)
    if as_json:
        typer.echo(json.dumps(result.as_dict()))
    elif not quiet:
        for name, files in result.tables.items():
            typer.echo(f"{name.lstrip('_')}: data files {files.before}, now {files.after}")
        typer.echo(f"files of old versions removed: {result.removed}")


@import_app.command("log")
def import_log(
    rows: Annotated[
        bool, typer.Option("--rows", help="Also each row quarantined: file, line, column, reason.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the batches imported so far, oldest first, and why rows were set aside."""
    from data.store import RecordStore

    store = RecordStore(existing_home())
    manifests, aside = store.batches(), store.quarantined().to_pylist() if rows else []
    if as_json:
        found = {"batches": [manifest.as_dict() for manifest in manifests]}
        typer.echo(json.dumps({**found, "rows": aside} if rows else found))
        return
    for manifest in manifests:
        typer.echo(f"{manifest.imported_at}  {summary(manifest)}")
        _tell_fates(manifest)
        for row in (row for row in aside if row["batch_id"] == manifest.batch_id):
            line = f", line {row['line']}" if row["line"] else ""
            typer.echo(f"    {row['file']}{line}{row['column'] and ', ' + row['column']}: {row['reason']}")
    if not manifests:
        typer.echo("Nothing was imported yet.")


def existing_home() -> Home:
    """Return the home, which a command that brings nothing in does not create.

    Raises
    ------
    StoreError : it is not there.
    """
    home = Home.from_environment()
    if not home.root.is_dir():
        raise StoreError(
            "there is no home there", where=str(home.root),
            todo="set FILROUGE_HOME to the folder of your records, or run `filrouge import` first",
        )  # fmt: skip
    return home


def summary(manifest: Manifest) -> str:
    """Return one line on what a batch did."""
    new = sum(count.new for count in manifest.tables.values())
    changed = sum(count.changed for count in manifest.tables.values())
    return (
        f"{manifest.source}: {manifest.rows_in:,} rows read, {manifest.rows_kept:,} kept, "
        f"{manifest.rows_out_of_scope:,} out of scope, {manifest.rows_quarantined:,} quarantined; "
        f"{new:,} records new, {changed:,} changed"
    )


def secret(variable: str, file: Path | None, option: str = "--secret-file") -> str:
    """Return a token or password, from a file or from the environment: never from the command line, which others see.

    Raises
    ------
    SourceError : there is none, or the file cannot be read.
    """
    if file is None:
        told = os.environ.get(variable, "").strip()
    else:
        try:
            told = file.read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError("the file of the secret cannot be read", where=str(file)) from error
    if not told:
        raise SourceError("no secret is given", where=variable, todo=f"set it, or put it in a file: {option} FILE")
    return told


def more(options: list[str] | None) -> dict[str, str]:
    """Return options given as NAME=VALUE.

    Raises
    ------
    SourceError : one has no value.
    """
    pairs = [option.partition("=") for option in options or []]
    if any(not name or not sign for name, sign, _ in pairs):
        raise SourceError("an option has no value", where="--set", accepted="--set NAME=VALUE")
    return {name.strip().replace("-", "_"): value for name, _, value in pairs}


def _bring(
    source: str, place: str, as_of: datetime | None, options: Mapping[str, object] | None = None, key: str = "",
    *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    from data.imports import import_source, site_of

    def take(home: Home, report: Report) -> Manifest:
        day, chosen = as_of.date() if as_of else None, told(options or {})
        return import_source(home, source, place, as_of=day, options=chosen, secret=key, report=report)

    take_in(site_of(source, place), take, as_json=as_json, quiet=quiet)


def told(options: Mapping[str, object]) -> dict[str, str]:
    """Return the options that were given, as text."""
    return {name: str(value) for name, value in options.items() if value is not None}


def take_in(site: str, take: Callable[[Home, Report], Manifest], *, as_json: bool, quiet: bool) -> None:
    """Run one import into the home, which holds one site's records, and tell what it did."""
    from data.store import RecordStore

    home = Home.from_environment().prepare()
    home.keep_apart(site, holds_records=bool(RecordStore(home).batches()))
    with bar(quiet=quiet or as_json) as report:
        manifest = take(home, report)
    home.name_site(site)
    if as_json:
        typer.echo(json.dumps(manifest.as_dict()))
    elif not quiet:
        _tell(manifest)
        for line in unread(home):
            typer.echo(line)


def unread(home: Home) -> list[str]:
    """Return a line on each purpose for which records are in the store and are not read."""
    from data.store import RecordStore

    return [f"  not read: {hidden.line()}; see docs/privacy.md" for hidden in RecordStore(home).hidden().values()]


def _tell(manifest: Manifest) -> None:
    typer.echo(summary(manifest) + (" (already imported: nothing to do)" if manifest.already else ""))
    if manifest.erased:
        typer.echo(f"  left out: erased at the person's request, {manifest.erased:,}")
    _tell_fates(manifest)


def _tell_fates(manifest: Manifest) -> None:
    """Print why rows were set aside, by reason."""
    fates = {"quarantined": manifest.quarantined, "out of scope": manifest.out_of_scope, "refused": manifest.refused}
    for fate, reasons in fates.items():
        for reason, n in reasons.items():
            typer.echo(f"  {fate}: {reason}, {n:,}")
