"""How the text of a cell reads as a day, an instant, a number, a mark or one of a list of words: in SQL, by column.

Each reading gives two expressions over the cell's text: the value as plain tables want it, null when the cell does
not read so; and the reason then. A value is never guessed: what does not read is set aside.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from data.sources.spool import LONGEST

LOST, ERRORS = "number shortened by a spreadsheet", "formula in error"
UNVALUED = "formula without its value"
TOO_LONG = "value too long"
MONTHS = (
    ("jan", "janv", "janvier", "january"), ("feb", "fev", "fevr", "fevrier", "february"), ("mar", "mars", "march"),
    ("apr", "avr", "avril", "april"), ("mai", "may"), ("jun", "juin", "june"), ("jul", "juil", "juillet", "july"),
    ("aug", "aou", "aout", "august"), ("sep", "sept", "septembre", "september"), ("oct", "octobre", "october"),
    ("nov", "novembre", "november"), ("dec", "decembre", "december"),
)  # fmt: skip
TIMES = {
    **dict.fromkeys(("matin", "am", "a.m.", "morning", "journee"), "09:00"),
    **dict.fromkeys(("apres-midi", "apres midi", "aprem", "pm", "p.m.", "afternoon"), "14:00"),
    **dict.fromkeys(("soir", "soiree", "evening"), "18:00"),
}
CLOCKS = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S.%f")
SCALE_RANGES = {"nps": "BETWEEN 0 AND 10", "likert5": "BETWEEN 1 AND 5", "yes_no": "IN (0, 1)",
                "intent": "IN (-1, 0, 1)"}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """What a file as a whole says of its values."""

    zone: str
    spreadsheet: bool = False
    epoch_1904: bool = False
    decimal: str = ","


@dataclass(frozen=True)
class Reading:
    """How the cells of one column read.

    `words` are folded words with their value; `others` what an unlisted word becomes: None sets the row aside.
    """

    kind: str
    formats: tuple[str, ...] = ()
    day_first: bool = True
    words: Mapping[str, str] = field(default_factory=dict)
    others: str | None = None
    split: tuple[str, ...] = ()
    out_of: float | None = None


def fold(text: str) -> str:
    """Return a word without case, accents or typography; the same as the SQL macro of that name."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(plain.replace("’", "'").replace("\N{NO-BREAK SPACE}", " ").lower().split())


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _lookup(words: Mapping[str, str], told: str, otherwise: str = "NULL") -> str:
    """Return an expression that looks a folded word up."""
    if not words:
        return otherwise
    cases = " ".join(f"WHEN {quoted(word)} THEN {quoted(value)}" for word, value in sorted(words.items()))
    return f"CASE {told} {cases} ELSE {otherwise} END"


_MONTH = _lookup({name: str(n) for n, names in enumerate(MONTHS, 1) for name in names}, "{m}")
_US = "^(?:[a-z]+,? )?([a-z]+)\\.? (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})(.*)$"
_FR = "^(?:[a-z]+\\.?,? )?(?:le )?(\\d{1,2})(?:er|st|nd|rd|th)?[ -]([a-z]+)\\.?,?[ -](\\d{4})(.*)$"


def _named(pattern: str, day: int, month: int) -> str:
    def part(n: int) -> str:
        return f"regexp_extract(x, {quoted(pattern)}, {n})"

    return f"{part(3)} || '/' || {_MONTH.format(m=part(month))} || '/' || {part(day)} || {part(4)}"


MACROS = (
    "CREATE MACRO spaced(x) AS CASE WHEN contains(x, '  ') OR regexp_matches(x, '[\\n\\r\\t\\x{a0}]')"
    " THEN regexp_replace(x, '[\\s\\x{a0}]+', ' ', 'g') ELSE x END",
    "CREATE MACRO fold(x) AS trim(spaced(lower(strip_accents(replace(x, '’', '''')))))",
    "CREATE MACRO bare(x) AS regexp_replace(x, '[\\s\\x{a0}\\x{202f}\\x{2009}]', '', 'g')",
    f"CREATE MACRO named_day(x) AS CASE WHEN regexp_matches(x, {quoted(_FR)}) THEN {_named(_FR, 1, 2)}"
    f" WHEN regexp_matches(x, {quoted(_US)}) THEN {_named(_US, 2, 1)} END",
    # 05-01-2026 à 9h30 -> 05/01/2026 9:30
    "CREATE MACRO plain_day(x) AS regexp_replace(regexp_replace(regexp_replace(trim(x),"
    " '^(\\d+)[-./](\\d+)[-./](\\d+)', '\\1/\\2/\\3'), ',? *(?:[àa] |[T,])? *(\\d{1,2})[hH](\\d\\d)', ' \\1:\\2'),"
    " '[,\\s\\x{a0}\\x{202f}]+(?:à )?', ' ', 'g')",
    # lundi 5 janvier 2026 à 9h30 -> 2026/1/5 9:30
    "CREATE MACRO calendar_day(x) AS CASE WHEN regexp_matches(x, '^\\d') AND NOT"
    " regexp_matches(x, '^\\d+(?:er)?[ -][a-zA-Zéû]') THEN plain_day(x) ELSE trim(regexp_replace(regexp_replace("
    "named_day(fold(x)), '[, ]+(?:a |at )?', ' ', 'g'), '(\\d)h(\\d\\d)', '\\1:\\2')) END",
    "CREATE MACRO iso_day(x) AS x[5] = '-' AND x[8] = '-' AND (length(x) = 10 OR x[11] IN ('T', ' '))",
    "CREATE MACRO with_offset(x) AS x[5] = '-' AND regexp_matches(x,"
    " '^\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d.*(Z|UTC|[+-]\\d\\d(:?\\d\\d)?)$')",
    # 9h, 9h30, 09:00-12:30, matin
    f"CREATE MACRO clock(x, folded) AS CASE WHEN x IS NULL THEN NULL ELSE coalesce({_lookup(TIMES, 'folded')},"
    " CASE WHEN regexp_matches(x, '^\\s*\\d{1,2} *[:hH]') THEN lpad(regexp_extract(x, '^\\s*(\\d{1,2})', 1), 2, '0')"
    " || ':' || coalesce(nullif(regexp_extract(x, '^\\s*\\d{1,2} *[:hH] *(\\d\\d)', 1), ''), '00') ELSE '?' END) END",
    # Google's own: 2026/01/05 9:32:21 AM UTC+1
    "CREATE MACRO unzoned(x) AS regexp_replace(x, '( AM| PM)? (UTC|GMT|[A-Z]{3,4})([+-]\\d{1,2}(:\\d\\d)?)?$', '\\1')",
    "CREATE MACRO midnight(x) AS regexp_replace(x, '[T ]00:00(:00(\\.0+)?)?$', '')",
    # of two marks the last is the decimal one; a comma alone is what the mapping says
    "CREATE MACRO number(x, comma) AS TRY_CAST(CASE WHEN contains(x, ',') THEN CASE WHEN contains(x, '.') THEN"
    " CASE WHEN strpos(x, ',') < strpos(x, '.') THEN replace(x, ',', '')"
    " ELSE replace(replace(x, '.', ''), ',', '.') END"
    " WHEN comma THEN replace(x, ',', '.') ELSE replace(x, ',', '') END ELSE x END AS DOUBLE)",
    "CREATE MACRO finite(x) AS CASE WHEN isfinite(x) THEN x END",
    "CREATE MACRO figures(x) AS coalesce(TRY_CAST(nullif(x, '') AS DOUBLE), 0)",
    # 1h13m42s, 59m35s, 1h30, 01:30:00, 90min
    "CREATE MACRO lasting(x) AS CASE WHEN regexp_full_match(x, '\\d{1,3}:\\d\\d(:\\d\\d)?') THEN"
    " figures(split_part(x, ':', 1)) * 60 + figures(split_part(x, ':', 2)) + figures(split_part(x, ':', 3)) / 60"
    " WHEN regexp_matches(x, '[hms]') AND"
    " regexp_full_match(x, '(\\d+h(\\d{1,2})?)?(\\d+m(i?n(utes?)?)?)?(\\d+s(ec)?)?')"
    " THEN figures(regexp_extract(x, '(\\d+)h', 1)) * 60 + figures(regexp_extract(x, 'h(\\d{1,2})$', 1))"
    " + figures(regexp_extract(x, '(\\d+)m', 1)) + figures(regexp_extract(x, '(\\d+)s', 1)) / 60 END",
)


@dataclass(frozen=True)
class Staged:
    """The names of a field's columns while it is read: its text, folded or bare, its local time, its value."""

    number: int

    @property
    def raw(self) -> str:
        """The cell's text."""
        return f"r{self.number}"

    @property
    def folded(self) -> str:
        """Its words, without case nor accents."""
        return f"f{self.number}"

    @property
    def bare(self) -> str:
        """Its figures, without spaces."""
        return f"b{self.number}"

    @property
    def local(self) -> str:
        """The local time it tells."""
        return f"l{self.number}"

    @property
    def value(self) -> str:
        """What it reads as."""
        return f"v{self.number}"


def folded(reading: Reading, at: Staged) -> str:
    """Return the expression of the folded text, when words are looked up."""
    return f"fold({at.raw})" if reading.words and reading.kind != "list" else "NULL"


def bare(reading: Reading, at: Staged) -> str:
    """Return the expression of the figures: the first ones of an answer that words follow (`9 - very likely`)."""
    if reading.kind in ("scale:number", "number", "whole", "mark"):
        return f"bare({at.raw})"
    if reading.kind == "minutes":
        return f"lower(bare({at.raw}))"
    if reading.kind.startswith("scale:"):
        return f"regexp_extract({at.raw}, '^\\s*(-?\\d+(?:[.,]\\d+)?)\\s*(?:$|[-–:.)=(/|] ?)', 1)"
    return "NULL"


def local(reading: Reading, at: Staged, place: Place) -> str:
    """Return the expression of the local time a day or an instant tells, whatever its zone; null for other kinds."""
    if reading.kind not in ("date", "instant"):
        return "NULL"
    raw = at.raw
    cases = [f"WHEN iso_day({raw}) THEN CASE WHEN {raw}[12:13] <> '24' THEN TRY_CAST({raw} AS TIMESTAMP) END"]
    if place.spreadsheet:
        day = "1904-01-01" if place.epoch_1904 else "1899-12-30"
        cases.append(f"WHEN regexp_full_match({raw}, '[234]\\d{{4}}(\\.\\d+)?') THEN TIMESTAMP '{day}' +"
                     f" to_seconds(round(CAST({raw} AS DOUBLE) * 86400))")  # fmt: skip
    if reading.formats:
        return f"CASE {' '.join(cases)} ELSE try_strptime({raw}, [{', '.join(map(quoted, reading.formats))}]) END"
    first = "%d/%m" if reading.day_first else "%m/%d"
    for pattern, clock in ((" \\d{1,2}:\\d\\d:\\d\\d", " %H:%M:%S"), (" \\d{1,2}:\\d\\d", " %H:%M"), ("", "")):
        slashed = quoted("\\d{1,2}/\\d{1,2}/\\d{4}" + pattern)
        cases.append(
            f"WHEN regexp_full_match({raw}, {slashed}) THEN try_strptime({raw}, {quoted(first + '/%Y' + clock)})"
        )
    # two figures first: %Y would read 26 as the year 26
    listed = ", ".join(quoted(day + clock) for day in (f"{first}/%y", f"{first}/%Y", "%Y/%m/%d") for clock in CLOCKS)
    text = f"calendar_day({raw})" if reading.kind == "instant" else f"calendar_day(unzoned({raw}))"
    return f"CASE {' '.join(cases)} ELSE try_strptime({text}, [{listed}]) END"


def value(reading: Reading, at: Staged, place: Place) -> str:
    """Return the expression of the value a cell reads as."""
    told = _read(reading, at, place)
    if reading.words and reading.kind not in ("words", "list", "flag"):
        return f"coalesce({_lookup(reading.words, at.folded)}, CAST({told} AS VARCHAR))"
    return told


def _read(reading: Reading, at: Staged, place: Place) -> str:
    comma = str(place.decimal == ",").lower()
    number = f"finite(number({at.bare}, {comma}))"
    pattern = "^(?:.*<)?([^@\\s<>]+@[^@\\s<>]+\\.[^@\\s<>.]+)>?$"
    whole = f"CASE WHEN {number} = round({number}) AND abs({number}) < 1e15 THEN CAST({number} AS BIGINT) END"
    text = f"CASE WHEN length({at.raw}) <= {LONGEST} THEN {at.raw} END"
    others = "NULL" if reading.others is None else quoted(reading.others)
    told = {
        "text": text, "name": text, "whole": whole, "minutes": f"coalesce(lasting({at.bare}), {number})",
        "email": f"nullif(regexp_extract(lower({at.raw}), '{pattern}', 1), '')", "date": _date(at, place.zone),
        "instant": _instant(at, place.zone), "mark": _mark(reading, at, number, comma), "list": _list(reading, at),
        "flag": _lookup(reading.words, at.folded, others), "words": _lookup(reading.words, at.folded, others),
        "scale:yes_no": "NULL",
    }  # fmt: skip
    return told.get(reading.kind, number)


def reason(reading: Reading, at: Staged) -> str:
    """Return the expression of why a cell does not read, null when it does (or is empty)."""
    errors = "^#(ERROR|N/A|REF|VALUE|DIV/0|NAME|NUM|NULL|VALEUR|NOM)"
    raw, read = at.raw, at.value
    cases = [
        (f"{raw} = '#FORMULA'", UNVALUED),
        (f"starts_with({raw}, '#') AND regexp_matches({raw}, '{errors}')", ERRORS),
    ]
    if reading.kind == "name":
        shortened = f"regexp_full_match({raw}, '-?\\d([.,]\\d+)?[eE]\\+?\\d+')"
        cases.append((f"contains(lower({raw}), 'e') AND {shortened}", LOST))
    if reading.kind in ("date", "instant"):
        yearless = f"{read} IS NULL AND regexp_full_match({raw}, '\\d{{1,2}}[-/.]\\d{{1,2}}([ ,].*)?')"
        cases.append((yearless, "date without a year"))
    if reading.kind == "instant":
        cases.append((f"{read} IS NULL AND {at.local} IS NOT NULL", "no such time: the clocks go forward"))
    cases.append((f"{read} IS NULL", UNREADABLE.get(reading.kind, "not an accepted value")))
    if within := SCALE_RANGES.get(reading.kind.removeprefix("scale:")):
        cases.append((f"NOT (CAST({read} AS DOUBLE) {within})", "out of range"))
    if reading.kind == "mark":
        cases.append((f"NOT (CAST({read} AS DOUBLE) BETWEEN 0 AND 1)", "out of range"))
    told = " ".join(f"WHEN {condition} THEN {quoted(why)}" for condition, why in cases)
    return f"CASE WHEN {raw} IS NULL THEN NULL {told} END"


UNREADABLE = {
    "text": TOO_LONG, "name": TOO_LONG, "email": "not an e-mail", "date": "unreadable date",
    "instant": "unreadable date", "number": "unreadable number", "whole": "unreadable number",
    "mark": "unreadable mark", "minutes": "unreadable duration", "flag": "neither yes nor no",
    "scale:nps": "unreadable number", "scale:number": "unreadable number",
}  # fmt: skip


def _date(at: Staged, zone: str) -> str:
    aware = f"timezone('{zone}', TRY_CAST({at.raw} AS TIMESTAMPTZ))"
    return f"CAST(CAST(CASE WHEN with_offset({at.raw}) THEN {aware} ELSE {at.local} END AS DATE) AS VARCHAR)"


def _instant(at: Staged, zone: str) -> str:
    """Return an instant; of a time that happens twice, the first; null of a time that never happens."""
    there = f"timezone('{zone}', {at.local})"
    earlier = f"{there} - INTERVAL 1 HOUR"
    changing = ", ".join(f"DATE '{day}'" for day in clock_changes(zone)) or "NULL"
    chosen = (
        f"CASE WHEN CAST({at.local} AS DATE) NOT IN ({changing}) THEN {there}"
        f" WHEN timezone('{zone}', {there}) IS DISTINCT FROM {at.local} THEN NULL"
        f" WHEN timezone('{zone}', {earlier}) = {at.local} THEN {earlier} ELSE {there} END"
    )
    aware = f"TRY_CAST({at.raw} AS TIMESTAMPTZ)"
    return f"CAST(CASE WHEN with_offset({at.raw}) THEN {aware} ELSE {chosen} END AS VARCHAR)"


@cache
def clock_changes(zone: str) -> tuple[str, ...]:
    """Return the days, from 1990 to 2100, on which the clocks of a zone change."""
    days = [datetime(1990, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(days=n) for n in range(40_178)]
    changes = (day for day, after in pairwise(days) if day.utcoffset() != after.utcoffset())
    return tuple(day.date().isoformat() for day in changes) or ("1990-01-01",)


def _mark(reading: Reading, at: Staged, number: str, comma: str) -> str:
    """Return a share of the maximum: 15/20, 75 %, or a number out of what the mapping says."""
    top, bottom = (f"number(split_part({at.bare}, '/', {n}), {comma})" for n in (1, 2))
    plain = f"{number} / {float(reading.out_of)!r}" if reading.out_of else number
    return (
        f"finite(CASE WHEN contains({at.bare}, '/') THEN {top} / nullif({bottom}, 0)"
        f" WHEN contains({at.bare}, '%') THEN number(replace({at.bare}, '%', ''), {comma}) / 100 ELSE {plain} END)"
    )


def _list(reading: Reading, at: Staged) -> str:
    """Return several values as one text, each once, `|` between; null when one is not listed."""
    pattern = quoted("|".join(map(_escaped, reading.split)) or ";")
    cut = f"list_transform(string_split_regex({at.raw}, {pattern}), lambda x: trim(x))"
    parts = f"list_filter({cut}, lambda x: x <> '')"
    if not reading.words:
        return f"nullif(array_to_string({parts}, '|'), '')"
    others = "NULL" if reading.others is None else quoted(reading.others)
    plain = f"list_transform({parts}, lambda x: fold(x))"
    listed = f"list_transform({plain}, lambda x: {_lookup(reading.words, 'x', others)})"
    known = f"NOT list_contains(list_transform({listed}, lambda x: x IS NULL), true)"
    return f"CASE WHEN {known} THEN nullif(array_to_string(list_sort(list_distinct({listed})), '|'), '') END"


def _escaped(text: str) -> str:
    return "".join("\\" + c if c in r".^$*+?{}[]\|()" else c for c in text)


KINDS = ("text", "name", "email", "date", "instant", "number", "whole", "mark", "minutes", "flag", "words", "list")
