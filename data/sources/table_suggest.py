"""What a file looks like: the preset that fits it, or a mapping to start from; and what would not fit.

Only headers, counts and reasons are told, never a value.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path

from data.errors import SourceError
from data.sources import plain
from data.sources.base import TIME_ZONE, Clock, Request
from data.sources.plain_source import NAMING
from data.sources.spelling import refuse_unknown, typed
from data.sources.table import FIXED, SEPARATORS, FileRows, chosen_mapping, find_files, mapping_file
from data.sources.table_binding import Binder, Bound
from data.sources.table_first_row import DATA, UNSURE, judged, look_of, refuse_data
from data.sources.table_header import Header, header_at, plain_header, refuse_values, shown
from data.sources.table_mapping import Mapping as TableMapping
from data.sources.table_mapping import parse_mapping, preset_file, presets, read_mapping
from data.sources.table_people import connected, given
from data.sources.table_sheets import Table, open_table
from data.sources.table_values import fold, quoted

SAMPLE = 500
ORDER = ("limesurvey", "surveymonkey", "google-forms", "teams-attendance", "zoom-attendance", "enrolments",
         "attendance-slots", "attendance-halves", "attendance", "results", "activity", "contacts")  # fmt: skip


@dataclass(frozen=True)
class ColumnLook:
    """What a column of the file looks like: what its filled cells mostly are, and whether the mapping reads it."""

    header: str
    look: str
    filled: float
    used: bool


@dataclass(frozen=True)
class Suggestion:
    """What is proposed for a file.

    `preset` is the one that fits, empty when none does: `mapping` is then a text to complete; or the mapping asked for,
    whose file `asked` is. `given` are the options as they were given, `path` the file as it was asked for.
    `confidence` is the share of what the preset asks for that the file has, and of the rows it can read.
    """

    file: str
    preset: str
    mapping: str
    confidence: float
    read_as: Mapping[str, str]
    header_line: int
    columns: Sequence[ColumnLook] = ()
    options: Sequence[str] = ()
    rows: int = 0
    quarantined: Mapping[tuple[str, str], int] = field(default_factory=dict)
    out_of_scope: Mapping[str, int] = field(default_factory=dict)
    missing: Sequence[str] = ()
    refused: str = ""
    asked: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    path: str = ""


@dataclass(frozen=True)
class _Fit:
    """How well a preset fits a table."""

    name: str
    mapping: TableMapping
    table: Table
    bound: Bound | None
    missing: tuple[str, ...]
    score: float


class _Counting:
    """A spool that only counts."""

    def __init__(self) -> None:
        self.rows = 0
        self.damaged: Counter[tuple[str, str]] = Counter()
        self.scope: Counter[str] = Counter()

    def set_aside(self, line: int, reason: str, column: str = "", *, damaged: bool = True) -> None:
        """Count a row, never its values."""
        if damaged:
            self.damaged[(column, reason)] += int(line > 0)
        else:
            self.scope[reason] += int(line > 0)


def suggest(path: Path, options: Mapping[str, str] | None = None) -> Suggestion:
    """Return what is proposed for a file, after reading all of it; of a mapping or preset asked for, how it fits.

    Raises
    ------
    SourceError : it cannot be opened, an option is not known, or the mapping asked for does not fit.
    """
    told = dict(options or {})
    separator = told.get("separator", "")
    tables = open_table(find_files(str(path))[0], sheet=told.get("sheet", ""), encoding=told.get("encoding", ""),
                        separator=SEPARATORS.get(separator, separator))  # fmt: skip
    if "mapping" in told or "preset" in told:
        return replace(_from_preset(_asked(tables, told), told), path=str(path))
    known = {name: read_mapping(preset_file(name)) for name in ORDER if name in presets()}
    refuse_unknown("table", told, {*FIXED, *(option for mapping in known.values() for option in mapping.options)})
    fits = [fit for name, mapping in known.items() for fit in _fits(name, mapping, tables)]
    best = max(fits, key=lambda fit: (fit.bound is not None, fit.score), default=None)
    if best is None or best.bound is None or best.score < 0.5:
        return replace(_from_scratch(tables[0], best), path=str(path))
    return replace(_from_preset(best, told), path=str(path))


def _asked(tables: Sequence[Table], options: Mapping[str, str]) -> _Fit:
    """Return how the mapping asked for fits; the error of the first table when it fits none."""
    mapping, name = chosen_mapping(options), options.get("preset", "")
    fits = [fit for table in tables for fit in _fits(name, mapping, [table]) if fit.bound]
    if not fits:
        Binder(mapping, tables[0], dict.fromkeys(mapping.options, "?"), TIME_ZONE, lookup=False).bind()
    return replace(fits[0], score=1.0)


def render(suggestion: Suggestion) -> str:
    """Return a suggestion as lines for a person; the mapping last, ready to save."""
    told = [f"{suggestion.file}: {_read_as(suggestion)}; header on line {suggestion.header_line}"]
    fits = bool(suggestion.preset or suggestion.asked)
    if fits:
        way = typed("table", "mapping", shlex.quote(suggestion.asked)) if suggestion.asked else ""
        what = f"mapping {suggestion.asked}" if way else f"preset {suggestion.preset}"
        told.append(f"proposed: {what} (confidence {suggestion.confidence:.0%})")
        command = f"filrouge import table {shlex.quote(suggestion.path)} {way or f'--preset {suggestion.preset}'}"
        said = [f" {typed('table', name, shlex.quote(value))}" for name, value in suggestion.given.items()]
        told.append("  " + command + "".join(said) + "".join(f" --set {name}=…" for name in suggestion.options))
    else:
        told.append(f"no preset fits (best: {suggestion.confidence:.0%}); a mapping to complete is below")
    told += [f"  missing: {name}" for name in suggestion.missing]
    if suggestion.refused:
        told.append(f"would be refused: {suggestion.refused}")
    elif fits:
        bad = sum(suggestion.quarantined.values())
        told.append(f"{suggestion.rows:,} rows, {bad:,} would be quarantined for what they hold:")
        told += [
            f"  {n:,} {column or 'row'}: {reason}" for (column, reason), n in sorted(suggestion.quarantined.items())
        ]
        told += [f"  {n:,} left: {reason}" for reason, n in sorted(suggestion.out_of_scope.items())]
    told.append("columns:")
    for column in suggestion.columns:
        used = "used" if column.used else "not used"
        told.append(f"  {shown(column.header) or '(no header)'}: {column.look}, {column.filled:.0%} filled, {used}")
    todo = "the mapping, to start one of your own from" if fits else "the mapping to complete"
    return "\n".join([*told, "", f"# {todo}: save it, then --mapping FILE.toml", suggestion.mapping.rstrip()])


def as_dict(suggestion: Suggestion) -> dict[str, object]:
    """Return a suggestion as plain values, the rows that would be quarantined by column and reason."""
    bad = [
        {"column": column, "reason": reason, "rows": n}
        for (column, reason), n in sorted(suggestion.quarantined.items())
    ]
    columns = [{**asdict(column), "header": shown(column.header)} for column in suggestion.columns]
    return {**asdict(replace(suggestion, quarantined={})), "quarantined": bad, "columns": columns}


def _read_as(suggestion: Suggestion) -> str:
    said = {"\t": "tab"}
    return ", ".join(f"{name} {said.get(value, value)}" for name, value in suggestion.read_as.items()) or "Parquet"


def _fits(name: str, mapping: TableMapping, tables: Sequence[Table]) -> Iterator[_Fit]:
    for table in tables:
        binder = Binder(mapping, table, dict.fromkeys(mapping.options, "?"), TIME_ZONE, lookup=False)
        try:
            bound: Bound | None = binder.bind()
        except SourceError:
            bound = None
        known = {n for n, _ in _used(binder.bound)}
        filled = [n for n, header in enumerate(binder.header.names) if header]
        share = len(known) / max(len(filled), 1)
        particular = _particular(name, binder.header)
        score = 0.0 if bound is None else min(1.0, 0.5 * particular + 0.5 * share + 0.2 * (particular > 0.5))
        yield _Fit(name, mapping, table, bound, tuple(binder.missing), score)


_SIGNS = {
    "limesurvey": ("submitdate|date submitted|date de soumission", "lastpage|last page|derniere page"),
    "surveymonkey": ("respondent id", "collector id"),
    "google-forms": ("horodateur|timestamp|horodatage", "adresse e mail|email address|username"),
    "teams-attendance": ("first join|premiere participation", "last leave|dernier depart"),
    "zoom-attendance": ("join time", "leave time", "user email"),
    "enrolments": ("date d entree|debut|start", "fin|end", "issue|motif|sortie|outcome|statut|status|exit"),
    "attendance": ("date|jour|day", "presen|statut|emargement|status|attendance"),
    "attendance-halves": ("matin|morning", "apres midi|afternoon"),
    "attendance-slots": (r"\d{1,2} \d{1,2} \d{2,4}|\d{4} \d\d \d\d",),
    "results": ("note|score|mark|grade|resultat", "quiz|evaluation|epreuve|test|devoir|assess|assignment|exam"),
    "contacts": ("date|jour|day|contact", "action|nature|canal|moyen|relance|channel", "relance|contact|mentor"),
    "activity": ("date|time|horodat", "action|type|event|evenement|ressource|resource|connexion|login"),
}  # fmt: skip


def _particular(name: str, header: Header) -> float:
    """Return the share of a preset's telling headers that a file has."""
    told = [plain_header(each) for each in header.names]
    signs = _SIGNS.get(name, ())
    return sum(any(re.search(sign, each) for each in told) for sign in signs) / max(len(signs), 1)


def _used(bound: Bound) -> set[tuple[int, str]]:
    told = [*(each.raw for each in bound.fields), *(part for pair in bound.times for part in pair)]
    found = {int(n) for each in told for n in re.findall(r"\bx(\d+)\b", each)}
    found |= {int(n) for condition, _ in bound.leaves for n in re.findall(r"\bx(\d+)\b", condition)}
    return {(n, bound.header.names[n]) for n in found}


def _from_preset(fit: _Fit, given: Mapping[str, str]) -> Suggestion:
    bound = fit.bound or Binder(fit.mapping, fit.table, {}, TIME_ZONE).bound
    counting, refused = _Counting(), ""
    options = {name: "2026-01-01" if "on" in name.split("_") or name == "date" else "?" for name in fit.mapping.options}
    request = Request(str(fit.table.name), Clock(None, date(2100, 1, 1)), Path(), {**options, **given})
    file = mapping_file({"preset": fit.name, **given})
    try:
        _try(fit, request, counting)
    except SourceError as error:
        refused = error.line()
    bad = sum(counting.damaged.values()) / max(counting.rows, 1)
    needed = [name for name in fit.mapping.options if name in _needed(fit) and name not in given]
    said = {name: value for name, value in given.items() if name not in ("mapping", "preset")}
    return Suggestion(
        fit.table.name, fit.name, file.read_text(encoding="utf-8"), round(fit.score * (1 - bad), 2),
        fit.table.told, bound.header.line, _columns(fit.table, bound.header, {n for n, _ in _used(bound)}),
        needed, counting.rows, dict(counting.damaged), dict(counting.scope), fit.missing, refused,
        given.get("mapping", ""), said,
    )  # fmt: skip


def _needed(fit: _Fit) -> set[str]:
    """Return the options without which the file cannot be read."""
    binder = Binder(fit.mapping, fit.table, {}, TIME_ZONE)
    try:
        binder.bind()
    except SourceError:
        return set(binder.unsaid)
    return set()


def _try(fit: _Fit, request: Request, counting: _Counting) -> None:
    """Read the whole file as it would be, and count."""
    with connected() as connection:
        reading = FileRows(connection, fit.table, fit.mapping, request)
        bound = reading.ordered(Binder(fit.mapping, fit.table, request.options, TIME_ZONE, lookup=False).bind())
        query, empty = bound.read_sql(), _unfilled(bound)
        for chunk in reading.chunks(bound):
            counting.rows += chunk.rows.num_rows + len(chunk.torn)
            for line, reason in chunk.torn:
                counting.set_aside(line, reason)
            with given(connection, chunk.rows):
                told = f"SELECT line, leave, coalesce(fault, {empty}) AS bad FROM ({query}) WHERE leave IS NOT NULL"
                for line, leave, fault in connection.execute(told + " OR bad IS NOT NULL").fetchall():
                    column, _, reason = (fault or "|").partition("|")
                    counting.set_aside(line, leave or reason, column, damaged=not leave)


def _unfilled(bound: Bound) -> str:
    """Return the expression of what a row lacks: null when it has all, or when it makes several plain rows."""
    main = [group for group in bound.groups if group.table not in (*NAMING, "answers")]
    if len(main) != 1 or main[0].present != "true":
        return "NULL"
    needed = [name for name in plain.TABLES[main[0].table].required if name in main[0].fields]
    lacks = (f"CASE WHEN r{main[0].fields[name]} IS NULL THEN {quoted(name + '|missing value')} END" for name in needed)
    return f"coalesce({', '.join([*lacks, 'NULL'])})"


def _columns(table: Table, header: Header, used: set[int]) -> list[ColumnLook]:
    """Return what each column looks like, from the first rows."""
    chunk = next(iter(table.chunks(header.line, header.width)), None)
    told = []
    for n, name in enumerate(header.names):
        cells = chunk.rows.column(f"c{n}").slice(0, SAMPLE).to_pylist() if chunk else []
        filled = [cell for cell in cells if cell]
        told.append(ColumnLook(name, _look(filled), len(filled) / max(len(cells), 1), n in used))
    return told


def _look(cells: Sequence[str]) -> str:
    if not cells:
        return "empty"
    if look := look_of(cells):
        return look
    distinct = len({fold(cell) for cell in cells})
    return f"{distinct} words" if distinct <= max(12, len(cells) // 20) else "text"


def _from_scratch(table: Table, best: _Fit | None) -> Suggestion:
    """Propose a mapping of what the columns look like: attendance, results or activity; to be completed."""
    top = table.top()
    widths = [sum(bool(cell) for cell in row) for _, row in top]
    number = next((n for n, width in enumerate(widths) if width > 1 and width >= 0.8 * max(widths)), 0) if top else 0
    header = header_at(top, number)
    refuse_values(header, table.name)
    verdict = judged(header, top)
    if verdict == DATA:
        raise refuse_data(table.name)
    columns = _columns(table, header, set())
    if verdict == UNSURE:  # its words may be somebody's
        columns = [replace(column, header=f"column {n}") for n, column in enumerate(columns, 1)]
    text = _draft(columns)
    parse_mapping(text, "the proposal")
    missing = tuple(best.missing) if best else ()
    return Suggestion(
        table.name, "", text, best.score if best else 0.0, table.told, header.line, columns, missing=missing
    )


def _draft(columns: Sequence[ColumnLook]) -> str:
    """Return a mapping to complete, one line a column."""

    def first(look: str, otherwise: str) -> str:
        found = next((c.header for c in columns if c.look == look and c.header), "")
        return f'"{_toml(found)}"' if found else f'"{otherwise}"'

    lines = [
        "# Complete: what each row is (activity here; see the documentation for the other tables).",
        "[activity]",
        f"person = {first('email', 'the column of the e-mails')}",
        f"occurred_at = {first('date', 'the column of the dates')}",
        'kind = { constant = "login" }',
        "",
        *(f'# "{_toml(shown(c.header))}": {c.look}' for c in columns if c.header),
    ]
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", " ", text).replace("\\", "\\\\").replace('"', '\\"')
