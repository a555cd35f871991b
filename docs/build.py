"""Write the generated pages (`make pages`), or check that they are up to date (`make docs`)."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

DOCS = Path(__file__).parent


def records_page() -> str:
    """Return the reference of the canonical tables, from `data/contracts.py`."""
    from data.contracts import TABLES

    lines = ["# The canonical tables\n", "Every source is turned into these tables; nothing else is read afterwards.\n"]
    for spec in TABLES.values():
        lines += [f"\n## `{spec.name}`\n", f"Grain: {spec.grain}. Key: {', '.join(f'`{k}`' for k in spec.key)}.\n"]
        lines += ["| column | type | unit | meaning | accepted | null |", "|---|---|---|---|---|---|"]
        for c in spec.columns:
            limits = ", ".join(c.accepted) or _limits(c.minimum, c.maximum)
            lines.append(f"| `{c.name}` | {c.type} | {c.unit} | {c.meaning} | {limits} | {c.null_means or 'never'} |")
    return "\n".join(lines) + "\n"


def _limits(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    return f"{'' if low is None else f'{low:g}'}…{'' if high is None else f'{high:g}'}"


def features_page() -> str:
    """Return the reference of the features, with their examples."""
    from docs.feature_pages import features_page as page

    return page()


def commands_page() -> str:
    """Return the reference of the command line, from the commands themselves."""
    import typer

    from filrouge import build

    lines = ["# The command `filrouge`\n"]
    _describe(typer.main.get_command(build()), "filrouge", lines)
    return "\n".join(lines) + "\n"


def _describe(command: click.Command, path: str, lines: list[str]) -> None:
    children: dict[str, click.Command] = getattr(command, "commands", {})
    first = (command.help or "").strip().split("\n\n")[0].replace("\n", " ")
    lines += [f"\n## `{path}`\n", f"{first}\n"]
    options = [p for p in command.params if p.name not in {"help", "install_completion", "show_completion"}]
    if options and (not children or getattr(command, "invoke_without_command", False)):
        lines += ["| parameter | meaning |", "|---|---|"]
        lines += [f"| `{_named(p)}` | {getattr(p, 'help', '') or ''} |" for p in options]
    for name, child in sorted(children.items()):
        _describe(child, f"{path} {name}", lines)


def _named(parameter: click.Parameter) -> str:
    if parameter.param_type_name == "option":
        return ", ".join([*parameter.opts, *parameter.secondary_opts])
    return (parameter.name or "").upper()


def settings_page() -> str:
    """Return the reference of the settings, from `serving/settings.py`."""
    from serving.settings import reference

    return reference()


def api_page() -> str:
    """Return the reference of the server's addresses, from its routes."""
    from serving.reference import page

    return page()


def speed_page() -> str:
    """Return what was measured, from the lines kept in `docs/speed.jsonl`."""
    from tests.bench.page import page, read

    return page(read(DOCS / "speed.jsonl"))


def effects_page() -> str:
    """Return how the effect of prevention is measured, and the lines kept in `docs/effects.jsonl`."""
    from tests.bench.effects_page import page, read

    return page(read(DOCS / "effects.jsonl"))


def replay_page() -> str:
    """Return what mentors would have received, from the replays kept in `docs/replay.jsonl`."""
    from serving.replay.page import markdown, read

    return markdown(read(DOCS / "replay.jsonl"))


def watch_page() -> str:
    """Return how the watch works and what was measured of it, from the lines kept in `docs/watch.jsonl`."""
    from tests.bench.watch_page import page, read

    return page(read(DOCS / "watch.jsonl"))


SOURCES = {
    "moodle": ("A folder of Moodle's tables", "test_data_moodle.py"),
    "moodle-db": ("Moodle's database, read only", "test_data_moodle_database.py"),
    "moodle-ws": ("Moodle's web services", "test_data_moodle_services.py"),
    "moodle-csv": ("A teacher's Logs and grades CSV", "test_data_moodle_reports.py"),
    "xapi": ("xAPI statements: pulled, in files, pushed to us", "test_data_xapi.py"),
    "table": ("Any table: CSV, XLSX, Parquet", "test_data_table.py"),
    "discourse": ("A Discourse community", "test_data_discourse.py"),
    "slack": ("A Slack export", "test_data_slack.py"),
    "discord": ("A Discord export", "test_data_discord.py"),
    "canvas": ("Canvas", "test_data_canvas.py"),
    "oulad": ("OULAD's tables, in both layouts", "test_data_oulad.py"),
}
"""What each source is, and the tests that prove what it gives: their `PROVES` names one a canonical table."""


def proofs(file: str) -> dict[str, str]:
    """Return the test that proves each canonical table of a source, read from its file without running it.

    Raises
    ------
    LookupError : a test named there is not in the file.
    """
    tree = ast.parse((DOCS.parent / "tests" / "unit" / file).read_text(encoding="utf-8"))
    told = [n for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "PROVES"]
    found: dict[str, str] = ast.literal_eval(told[0].value) if told else {}
    missing = set(found.values()) - {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    if missing or not found:
        raise LookupError(f"{file} proves nothing, or names tests it lacks: {', '.join(sorted(missing))}")
    return found


def sources_page() -> str:
    """Return the matrix source, table, test."""
    from data.contracts import TABLES

    lines = [
        "# The sources\n",
        "What each source gives of the [canonical tables](records.md). A mark is a test that imports it and reads the",
        "table; the list below names them. Each source has a page with its rights, a worked example and its limits.\n",
        "| source | " + " | ".join(f"`{table}`" for table in TABLES) + " |",
        "|---|" + ":-:|" * len(TABLES),
    ]
    known = {name: proofs(file) for name, (_, file) in SOURCES.items()}
    for name, proven in known.items():
        marks = " | ".join("✓" if table in proven else "" for table in TABLES)
        lines.append(f"| [{name}](sources/{name}.md) | {marks} |")
    lines += ["\n## The tests\n", "| source | table | test |", "|---|---|---|"]
    for name, proven in known.items():
        file = SOURCES[name][1]
        rows = [f"`{test}` in [{file}](../tests/unit/{file})" for test in proven.values()]
        lines += [f"| {name} | `{table}` | {row} |" for table, row in zip(proven, rows, strict=True)]
    lines += ["\n## What each is\n", *(f"- **{name}**: {what}." for name, (what, _) in SOURCES.items())]
    return "\n".join(lines) + "\n"


def problems_page() -> str:
    """Return the list of the API's problems, from `serving/problems.py`."""
    from serving.problems import page

    return page()


def figures_page() -> str:
    """Return the key figures, from `serving/quality/figures/catalog.py`."""
    from serving.quality.figures.reference import page

    return page()


def proof_page() -> str:
    """Return what proofs are asked for and when, from the rules themselves."""
    from docs.proof_pages import proof_page as page

    return page()


PAGES = {
    "figures.md": figures_page,
    "api.md": api_page,
    "problems.md": problems_page,
    "records.md": records_page,
    "features.md": features_page,
    "commands.md": commands_page,
    "settings.md": settings_page,
    "sources.md": sources_page,
    "speed.md": speed_page,
    "replay.md": replay_page,
    "effects.md": effects_page,
    "proof.md": proof_page,
    "watch.md": watch_page,
}


def main(*, check: bool) -> int:
    """Write the pages, or say which are out of date; return the exit code."""
    stale = []
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    if stale and check:
        sys.stderr.write(f"out of date: {', '.join(stale)}; run `make pages`\n")
    return int(bool(stale) and check)


if __name__ == "__main__":
    raise SystemExit(main(check="--check" in sys.argv))
