"""The reference of the features: the catalogue's words, each function's promise, and the spec tests' examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.catalog import Entry
    from tests.spec.cases import Case

RISKIER = {1: "higher", -1: "lower", 0: "depends"}
HEAD = """# The features

Each sees only what was known before its date. Columns come in this order. « Riskier » says on which side more risk is
expected; a feature *not told* is read by models but never given as a reason. « Null » says when it is not defined.
The names lead to an example: records in, features out. Each example is a test of `tests/spec`, run as it stands.
To add a feature, see [add-a-feature.md](add-a-feature.md).
"""
EXAMPLES = """
# Examples

Days are numbers from the session's first day, a Monday; `-` is null. The session lasts 84 days; everybody registers a
week ahead and starts on day 0 unless a column says otherwise. As of a day, the day itself is not seen.
"""


def features_page() -> str:
    """Return the reference page, from `features/catalog.toml` and `tests/spec`."""
    from features.catalog import catalog, functions
    from tests.spec.cases import example_of

    shown, promises = example_of(), functions()
    families: dict[str, list[str]] = {}
    for entry in catalog().values():
        promise = (promises[entry.name].__doc__ or "").split("\n")[0]
        families.setdefault(entry.family, []).append(_row(entry, promise, shown.get(entry.name)))
    lines = [HEAD]
    for family, rows in families.items():
        lines += [f"\n## {family}\n"]
        lines += ["| feature | what | unit | window | riskier | null | français | English |", "|---" * 8 + "|", *rows]
    wanted = list({id(case): case for case in shown.values()}.values())
    lines += [EXAMPLES, *(_example(case) for case in sorted(wanted, key=lambda case: (case.file, case.title)))]
    return "\n".join(lines) + "\n"


def _row(entry: Entry, promise: str, case: Case | None) -> str:
    name = f"[`{entry.name}`](#{_anchor(case)})" if case else f"`{entry.name}`"
    riskier = RISKIER[entry.direction] + ("" if entry.told else ", not told")
    cells = [
        name,
        promise,
        entry.unit,
        entry.window,
        riskier,
        entry.null or "never",
        entry.label["fr"],
        entry.label["en"],
    ]
    return "| " + " | ".join(cells) + " |"


def _anchor(case: Case) -> str:
    return case.title.replace(" ", "-")


def _example(case: Case) -> str:
    records = "\n\n".join(f"{table}\n{text}" for table, text in case.records.items())
    found = "\n\n".join(f"as of day {day}\n{text}" for day, text in case.checks)
    return f"\n## {case.title}\n\n`tests/spec/{case.file}`\n\n```\n{records}\n```\n\n```\n{found}\n```"
