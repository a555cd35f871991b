"""A mapping bound to one file: its headers found, its orders of dates decided, and the SQL that reads its chunks."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from data.errors import SourceError
from data.sources.table_first_row import DATA, NAMES, judged, refuse_data
from data.sources.table_header import Header, plain_header, read_header, refuse_values, shown
from data.sources.table_mapping import ColumnRule, Filling, Leave, Question
from data.sources.table_mapping import Mapping as TableMapping
from data.sources.table_sheets import Table
from data.sources.table_values import Place, Reading, Staged, bare, fold, folded, local, quoted, reason, value

SHOWN = 8


@dataclass(frozen=True)
class Field:
    """One value read from each row: whence, how, and the plain column that names it in the quarantine."""

    column: str
    raw: str
    reading: Reading


@dataclass(frozen=True)
class Group:
    """One plain row made of each row: its table, and the field of each column."""

    table: str
    fields: Mapping[str, int]
    present: str = "true"


@dataclass
class Bound:
    """How one file is read."""

    header: Header
    place: Place
    fields: list[Field] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    leaves: list[tuple[str, str]] = field(default_factory=list)
    times: list[tuple[str, str]] = field(default_factory=list)

    def time_of(self, day: str, time: str) -> int:
        """Return the number under which a day and the hour that completes it are prepared."""
        if (day, time) not in self.times:
            self.times.append((day, time))
        return self.times.index((day, time))

    @property
    def dated(self) -> list[int]:
        """The fields whose order of day and month the file must tell."""
        return [n for n, each in enumerate(self.fields)
                if each.reading.kind in ("date", "instant") and not each.reading.formats]  # fmt: skip

    def ordered(self, orders: Mapping[int, bool]) -> Bound:
        """Return the same, with the order of each dated field."""
        fields = [
            replace(each, reading=replace(each.reading, day_first=orders[n])) if n in orders else each
            for n, each in enumerate(self.fields)
        ]
        return replace(self, fields=fields)

    def read_sql(self) -> str:
        """Return the query that reads a chunk, `given`: each value, the first fault of a row, and why it is left.

        It goes in steps, so that no text is prepared twice.
        """
        raws = ", ".join(f"{each.raw} AS r{n}" for n, each in enumerate(self.fields))
        left = " ".join(f"WHEN {condition} THEN {quoted(why)}" for condition, why in self.leaves)
        staged = [(each, Staged(n)) for n, each in enumerate(self.fields)]
        faults = ", ".join(f"{quoted(each.column + '|')} || {reason(each.reading, at)}" for each, at in staged)
        prepared = ", ".join(
            f"{folded(each.reading, at)} AS {at.folded}, {bare(each.reading, at)} AS {at.bare},"
            f" {local(each.reading, at, self.place)} AS {at.local}"
            for each, at in staged
        )
        read = ", ".join(f"{value(each.reading, at, self.place)} AS {at.value}" for each, at in staged)
        return (
            f"WITH cells AS ({self.cells}), raws AS (SELECT"
            f" line, CASE WHEN again THEN 'header repeated' {left} END AS leave, {raws} FROM cells),"
            f" prepared AS (SELECT *, {prepared} FROM raws), vals AS (SELECT *, {read} FROM prepared)"
            f" SELECT *, coalesce({faults}, NULL) AS fault FROM vals"
        )

    @property
    def cells(self) -> str:
        """The query of the cells that are read, trimmed, null when empty; of days and hours, prepared apart."""
        told = " ".join([*(each.raw for each in self.fields), *(condition for condition, _ in self.leaves)])
        told += " ".join(day + " " + time for day, time in self.times)
        used = sorted({int(number) for number in re.findall(r"\bx(\d+)\b", told)}) or [0]
        cells = ", ".join(f"{_trimmed(n)} AS x{n}" for n in used)
        query = f"SELECT line, {self.header.repeated} AS again, {cells} FROM given"
        if not self.times:
            return query
        pairs = ", ".join(f"{day} AS m{k}, {time} AS t{k}" for k, (day, time) in enumerate(self.times))
        plain = ", ".join(f"midnight(m{k}) AS n{k}, fold(t{k}) AS u{k}" for k in range(len(self.times)))
        return f"SELECT *, {plain} FROM (SELECT *, {pairs} FROM ({query}))"

    def row_sql(self, group: Group) -> str:
        """Return the query of the plain rows of a group, over `read`."""
        columns = ", ".join(f'CAST(v{n} AS VARCHAR) AS "{name}"' for name, n in group.fields.items())
        present = re.sub(r"\{(\d+)\}", r"r\1", group.present)
        return f"SELECT line, {columns} FROM read WHERE fault IS NULL AND leave IS NULL AND {present}"


class Binder:
    """Finds what a mapping names in one file."""

    def __init__(
        self, mapping: TableMapping, table: Table, options: Mapping[str, str], zone: str, *, lookup: bool = True
    ) -> None:
        self.lookup, self._table = lookup, table
        self.mapping, self.file, self.options = mapping, table.name, options
        self.header = read_header(table.top(), mapping)
        self.place = Place(mapping.time_zone or zone, table.spreadsheet, table.epoch_1904,
                           options.get("decimal") or mapping.decimal)  # fmt: skip
        self.missing: list[str] = []
        self.unsaid: list[str] = []
        self.bound = Bound(self.header, self.place)

    def bind(self) -> Bound:
        """Return how the file is read.

        Raises
        ------
        SourceError : columns or options are missing.
        """
        for filling in self.mapping.fillings:
            self._fill(filling)
        self.bound.leaves = [leave for rule in self.mapping.leave for leave in self._leave(rule)]
        self._refuse_missing()
        return self.bound

    def _fill(self, filling: Filling) -> None:
        if filling.questions:
            for question in filling.questions:
                self._ask(filling, question)
            if not any(group.table == filling.table for group in self.bound.groups):
                self.missing.append("a question: " + ", ".join(
                    (each.headers or (each.pattern,))[0] for each in filling.questions[:3]))  # fmt: skip
        elif filling.pattern:
            cells = [(n, re.fullmatch(filling.pattern, name)) for n, name in enumerate(self.header.names)]
            found = [(n, match.groupdict()) for n, match in cells if match]
            if not found:
                self.missing.append(f"a column like {filling.pattern}")
            for n, groups in found:
                self._row(filling, filling.columns, n, groups, present=True)
        else:
            self._row(filling, filling.columns, None, {})

    def _ask(self, filling: Filling, question: Question) -> None:
        """Make a row of each column that holds the question's answers."""
        at = self.header.find(question.headers, self.file)
        pattern = question.pattern
        found = [at] if at is not None else [
            n for n, name in enumerate(self.header.names) if pattern and re.search(pattern, plain_header(name))
        ]  # fmt: skip
        if not found and not question.optional:
            self.missing.append((question.headers or (question.code,))[0])
        told = (
            ColumnRule("question", "name", constant=question.code),
            ColumnRule("scale", "name", constant=question.scale),
        )
        for rank, n in enumerate(found, 1):
            code = replace(told[0], constant=f"{question.code}_{rank}") if rank > 1 else told[0]
            self._row(filling, {**filling.columns, "question": code, "scale": told[1], "value": question.cell}, n, {})

    def _row(self, filling: Filling, rules: Mapping[str, ColumnRule], cell: int | None, groups: Mapping[str, str], *,
             present: bool = False) -> None:  # fmt: skip
        fields: dict[str, int] = {}
        for name, first in rules.items():
            rule = first.otherwise if first.otherwise and not self._told(first, cell, groups) else first
            raw = self._raw(rule, cell, groups)
            if raw is None:
                continue
            reading = Reading(rule.kind, rule.formats, True, rule.words, rule.others, rule.split, rule.out_of)
            fields[name] = self._field(Field(name, raw, reading))
        status = fields.get("status", fields.get("value")) if present else None
        condition = "true" if status is None else f"{{{status}}} IS NOT NULL"
        self.bound.groups.append(Group(filling.table, fields, condition))

    def _field(self, wanted: Field) -> int:
        if wanted in self.bound.fields:
            return self.bound.fields.index(wanted)
        self.bound.fields.append(wanted)
        return len(self.bound.fields) - 1

    def _raw(self, rule: ColumnRule, cell: int | None, groups: Mapping[str, str]) -> str | None:
        """Return the expression of a column's text; None when nothing tells it and it may be so."""
        told = self._told(rule, cell, groups)
        if not told:
            self._lacks(rule)
            return None
        raw = told[0] if len(told) == 1 else f"coalesce({', '.join(told)})"
        raw = f"coalesce({raw}, {quoted(rule.default)})" if rule.default else raw
        if rule.others == "":
            raw = f"CASE WHEN fold({raw}) IN ({', '.join(map(quoted, rule.words))}) THEN {raw} END"
        time = self._raw(rule.time, cell, groups) if rule.time else None
        if time is not None:
            k = self.bound.time_of(raw, time)
            raw = f"CASE WHEN contains(n{k}, ':') OR t{k} IS NULL THEN n{k} ELSE n{k} || ' ' || clock(t{k}, u{k}) END"
        if self._coded(rule):
            raw = f"coalesce((SELECT any_value(p.person) FROM people_list p WHERE p.key = {raw}), {raw})"
        return raw

    def _coded(self, rule: ColumnRule) -> bool:
        people = self.mapping.people_list
        asked = people is not None and people.option in self.options
        return rule.name == "person" and asked and self.lookup

    def _told(self, rule: ColumnRule, cell: int | None, groups: Mapping[str, str]) -> list[str]:
        """Return the expressions of what tells a column, the first that says something first."""
        told = []
        if rule.cell and cell is not None:
            told.append(self._cell(cell, rule))
        if rule.group and groups.get(rule.group):
            told.append(quoted(groups[rule.group]))
        if rule.join:
            parts = [self.header.find([header], self.file) for header in rule.join]
            if any(n is not None for n in parts):
                told.append(
                    f"nullif(concat_ws(' ', {', '.join(self._cell(n, rule) for n in parts if n is not None)}), '')"
                )
        for headers in [(header,) for header in rule.headers] if rule.first_of else [rule.headers]:
            at = self.header.find(headers, self.file)
            if at is not None:
                told.append(self._cell(at, rule))
        for text in (self._above(rule.above), self.options.get(rule.option, ""), rule.constant):
            if text:
                told.append(quoted(text))
        return told

    def _cell(self, column: int, rule: ColumnRule) -> str:
        """Return the expression of a cell's text, null when it says that nothing is known."""
        cell = _cell(column)
        words = {form for word in (*self.mapping.missing, *rule.missing) for form in (word.lower(), fold(word)) if form}
        missing = ", ".join(map(quoted, sorted(words)))
        return f"CASE WHEN lower({cell}) NOT IN ({missing}) THEN {cell} END" if words else cell

    def _above(self, labels: Sequence[str]) -> str:
        """Return what a label above the header says: to its right when it is alone there, else below it."""
        wanted = {plain_header(label) for label in labels}
        for number, row in enumerate(self.header.above):
            for column, cell in enumerate(row):
                if plain_header(cell) in wanted:
                    others = [other for other in row if other]
                    below = self.header.above[number + 1] if number + 1 < len(self.header.above) else ()
                    return (
                        others[1]
                        if len(others) == 2 and others[0] == cell
                        else below[column]
                        if column < len(below)
                        else ""
                    )
        return ""

    def _lacks(self, rule: ColumnRule) -> None:
        if rule.optional:
            return
        if rule.headers or rule.join:
            self.missing.append((rule.headers or rule.join)[0])
        elif rule.option:
            self.unsaid.append(rule.option)
        elif rule.above:
            self.missing.append(rule.above[0])

    def _leave(self, rule: Leave) -> list[tuple[str, str]]:
        at = self.header.find(rule.headers, self.file)
        if at is None:
            return []
        cell = _cell(at)
        if rule.empty is not None:
            return [(f"{cell} IS {'' if rule.empty else 'NOT '}NULL", rule.reason)]
        return [(f"fold(coalesce({cell}, '')) IN ({', '.join(map(quoted, rule.words))})", rule.reason)]

    def _refuse_missing(self) -> None:
        if self.missing:
            refuse_values(self.header, self.file)
            verdict = judged(self.header, self._table.top(), self.mapping)
            if verdict == DATA:
                raise refuse_data(self.file)
            wanted = list(dict.fromkeys(self.missing))
            near = "headers found nearest: " + (", ".join(_nearest(wanted, self.header.names)) or "none")
            raise SourceError(
                "columns are missing: " + ", ".join(wanted[:SHOWN]),
                where=self.file,
                accepted=near if verdict == NAMES else "a first row of headers; the one there may hold values",
                todo="name them in the mapping",
            )
        if self.unsaid:
            names = ", ".join(dict.fromkeys(self.unsaid))
            raise SourceError(
                f"nothing says: {names}",
                where=self.file,
                todo=f"say it: {' '.join(f'--set {name}=…' for name in names.split(', '))}",
            )


def _cell(number: int) -> str:
    return f"x{number}"


def _trimmed(number: int) -> str:
    return f"nullif(trim(c{number}, ' \t\n\r\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'), '')"


def _nearest(wanted: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the headers of a file that are most like those wanted, then its first ones."""
    by_fold = {plain_header(name): name for name in names if name}
    near = [
        by_fold[close] for name in wanted for close in difflib.get_close_matches(plain_header(name), by_fold, 2, 0.4)
    ]
    told = list(dict.fromkeys([*near, *by_fold.values()]))[:SHOWN]
    return [shown(name) for name in told]


_ORDER = "^\\s*(\\d{1,2})[-/.](\\d{1,2})[-/.]\\d{2,4}"


def order_sql(bound: Bound) -> str:
    """Return the query that counts each dated field's days: day first for sure, month first for sure, or either."""
    counts = []
    for n in bound.dated:
        raw = bound.fields[n].raw
        first, second = (f"TRY_CAST(regexp_extract({raw}, '{_ORDER}', {part}) AS INTEGER)" for part in (1, 2))
        counts.append(
            f"count_if({first} > 12 AND {second} <= 12), count_if({second} > 12 AND {first} <= 12),"
            f" count_if({first} <= 12 AND {second} <= 12 AND {first} <> {second})"
        )
    return f"SELECT {', '.join(counts)} FROM ({bound.cells})"


def decide_orders(bound: Bound, counts: Sequence[int], asked: bool | None, file: str) -> dict[int, bool]:
    """Return, for each dated field, whether the day comes first: by evidence, then by what was asked, then by language.

    Raises
    ------
    SourceError : the column writes both orders; or nothing tells and it matters.
    """
    told: dict[int, bool | None] = {}
    for rank, n in enumerate(bound.dated):
        day, month, _ = counts[3 * rank : 3 * rank + 3]
        if min(day, month) * 20 > max(day, month):
            raise SourceError(
                "dates are written in two orders", where=f"{file}, {bound.fields[n].column}",
                todo="write them in one order, as 2026-01-31",
            )  # fmt: skip
        told[n] = None if day == month == 0 else day > month
    seen = Counter(order for order in told.values() if order is not None)
    usual = (
        next(iter(seen)) if len(seen) == 1 else asked if asked is not None else True if bound.header.french else None
    )
    for rank, n in enumerate(bound.dated):
        if told[n] is None and usual is None and counts[3 * rank + 2]:
            raise SourceError(
                "dates may be day first or month first", where=f"{file}, {bound.fields[n].column}",
                todo="say day_first = true or false in the mapping, or --set dates=day-first",
            )  # fmt: skip
    return {n: usual is not False if order is None else order for n, order in told.items()}
