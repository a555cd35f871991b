"""How the text of a cell reads as a day, an instant, a number, a mark or one of a list of words: in SQL, by column.

Each reading gives two expressions over the cell's text: the value as plain tables want it, null when the cell does
not read so; and the reason then. A value is never guessed: what does not read is set aside.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

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
TIMES = {"matin": "09:00", "am": "09:00", "a.m.": "09:00", "morning": "09:00", "journee": "09:00", "apres-midi": "14:00",
         "apres midi": "14:00", "aprem": "14:00", "pm": "14:00", "p.m.": "14:00", "afternoon": "14:00", "soir": "18:00",
         "soiree": "18:00", "evening": "18:00"}  # fmt: skip
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
    "CREATE MACRO fold(x) AS trim(regexp_replace(lower(strip_accents(replace(x, '’', ''''))), '[\\s\\x{a0}]+', ' ', 'g'))",
    "CREATE MACRO bare(x) AS regexp_replace(x, '[\\s\\x{a0}\\x{202f}\\x{2009}]', '', 'g')",
    f"CREATE MACRO named_day(x) AS CASE WHEN regexp_matches(x, {quoted(_FR)}) THEN {_named(_FR, 1, 2)}"
    f" WHEN regexp_matches(x, {quoted(_US)}) THEN {_named(_US, 2, 1)} END",
    # 05-01-2026 à 9h30 -> 05/01/2026 9:30
    "CREATE MACRO plain_day(x) AS regexp_replace(regexp_replace(regexp_replace(trim(x), '^(\\d+)[-./](\\d+)[-./](\\d+)',"
    " '\\1/\\2/\\3'), ',? *(?:[àa] |[T,])? *(\\d{1,2})[hH](\\d\\d)', ' \\1:\\2'), '[,\\s\\x{a0}\\x{202f}]+(?:à )?', ' ', 'g')",
    "CREATE MACRO calendar_day(x) AS CASE WHEN regexp_matches(x, '^\\d') AND NOT regexp_matches(x, '^\\d+(?:er)?[ -][a-zA-Zéû]')"
    " THEN plain_day(x) ELSE trim(regexp_replace(regexp_replace(named_day(fold(x)), '[, ]+(?:a |at )?', ' ', 'g'), '(\\d)h(\\d\\d)', '\\1:\\2')) END",
    "CREATE MACRO with_offset(x) AS regexp_matches(x, '^\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d.*(Z|UTC|[+-]\\d\\d(:?\\d\\d)?)$')",
    f"CREATE MACRO clock(x) AS CASE WHEN x IS NULL THEN NULL ELSE coalesce({_lookup(TIMES, 'fold(x)')},"
    " CASE WHEN regexp_matches(x, '^\\s*\\d{1,2} *[:hH]') THEN lpad(regexp_extract(x, '^\\s*(\\d{1,2})', 1), 2, '0') || ':' ||"
    " coalesce(nullif(regexp_extract(x, '^\\s*\\d{1,2} *[:hH] *(\\d\\d)', 1), ''), '00') ELSE '?' END) END",
    # Google's own: 2026/01/05 9:32:21 AM UTC+1
    "CREATE MACRO unzoned(x) AS regexp_replace(x, '( AM| PM)? (UTC|GMT|[A-Z]{3,4})([+-]\\d{1,2}(:\\d\\d)?)?$', '\\1')",
    "CREATE MACRO midnight(x) AS regexp_replace(x, '[T ]00:00(:00(\\.0+)?)?$', '')",
    "CREATE MACRO number(x, comma) AS TRY_CAST(CASE WHEN contains(x, ',') THEN CASE WHEN contains(x, '.')"
    " THEN CASE WHEN strpos(x, ',') < strpos(x, '.') THEN replace(x, ',', '') ELSE replace(replace(x, '.', ''), ',', '.') END"
    " WHEN comma THEN replace(x, ',', '.') ELSE replace(x, ',', '') END ELSE x END AS DOUBLE)",
    "CREATE MACRO finite(x) AS CASE WHEN isfinite(x) THEN x END",
    # 1h 13m 42s, 59m 35s, 1 h 30, 01:30:00, 90 min, 90
    "CREATE MACRO lasting(x) AS CASE WHEN regexp_full_match(x, '\\d{1,3}:\\d\\d(:\\d\\d)?') THEN"
    " CAST(split_part(x, ':', 1) AS DOUBLE) * 60 + CAST(split_part(x, ':', 2) AS DOUBLE)"
    " + coalesce(TRY_CAST(nullif(split_part(x, ':', 3), '') AS DOUBLE), 0) / 60"
    " WHEN regexp_full_match(x, '(\\d+j)?(\\d+h(\\d{1,2})?)?((\\d+)m(i?n(utes?)?)?)?((\\d+)s(ec)?)?') AND x <> '' AND regexp_matches(x, '[a-z]') THEN"
    " coalesce(TRY_CAST(regexp_extract(x, '(\\d+)h', 1) AS DOUBLE), 0) * 60"
    " + coalesce(TRY_CAST(nullif(regexp_extract(x, 'h(\\d{1,2})$', 1), '') AS DOUBLE), 0)"
    " + coalesce(TRY_CAST(nullif(regexp_extract(x, '(\\d+)m', 1), '') AS DOUBLE), 0)"
    " + coalesce(TRY_CAST(nullif(regexp_extract(x, '(\\d+)s', 1), '') AS DOUBLE), 0) / 60 END",
)


def local(reading: Reading, raw: str, place: Place) -> str:
    """Return the expression of the local time a day or an instant tells, whatever its zone; null for other kinds."""
    if reading.kind not in ("date", "instant"):
        return "NULL"
    if reading.formats:
        formats, text = list(reading.formats), raw
    else:
        first = "%d/%m" if reading.day_first else "%m/%d"
        # two figures first: %Y would read 26 as the year 26
        formats = [day + clock for day in (f"{first}/%y", f"{first}/%Y", "%Y/%m/%d") for clock in CLOCKS]
        text = f"calendar_day({raw})" if reading.kind == "instant" else f"calendar_day(unzoned({raw}))"
    cases = [f"WHEN regexp_matches({raw}, '^\\d{{4}}-\\d\\d-\\d\\d([T ]|$)')"
             f" THEN CASE WHEN NOT regexp_matches({raw}, '[T ]24') THEN TRY_CAST({raw} AS TIMESTAMP) END"]  # fmt: skip
    if place.spreadsheet:
        day = "1904-01-01" if place.epoch_1904 else "1899-12-30"
        cases.append(f"WHEN regexp_full_match({raw}, '[234]\\d{{4}}(\\.\\d+)?') THEN TIMESTAMP '{day}' +"
                     f" to_seconds(round(CAST({raw} AS DOUBLE) * 86400))")  # fmt: skip
    return f"CASE {' '.join(cases)} ELSE try_strptime({text}, [{', '.join(map(quoted, formats))}]) END"


def value(reading: Reading, raw: str, local: str, place: Place) -> str:
    """Return the expression of the value a cell reads as, given those of its text and of its local time."""
    told = _READ[reading.kind](reading, raw, local, place)
    if reading.words and reading.kind not in ("words", "list", "flag"):
        return f"coalesce({_lookup(reading.words, f'fold({raw})')}, CAST({told} AS VARCHAR))"
    return told


def reason(reading: Reading, raw: str, local: str, read: str) -> str:
    """Return the expression of why a cell does not read, null when it does (or is empty)."""
    errors = "^#(ERROR|N/A|REF|VALUE|DIV/0|NAME|NUM|NULL|VALEUR|NOM)"
    cases = [
        (f"{raw} = '#FORMULA'", UNVALUED),
        (f"starts_with({raw}, '#') AND regexp_matches({raw}, '{errors}')", ERRORS),
    ]
    if reading.kind == "name":
        cases.append((f"regexp_full_match({raw}, '-?\\d([.,]\\d+)?[eE]\\+?\\d+')", LOST))
    if reading.kind in ("date", "instant"):
        yearless = f"{read} IS NULL AND regexp_full_match({raw}, '\\d{{1,2}}[-/.]\\d{{1,2}}([ ,].*)?')"
        cases.append((yearless, "date without a year"))
    if reading.kind == "instant":
        cases.append((f"{read} IS NULL AND {local} IS NOT NULL", "no such time: the clocks go forward"))
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


def _date(_: Reading, raw: str, local: str, place: Place) -> str:
    aware = f"timezone('{place.zone}', TRY_CAST({raw} AS TIMESTAMPTZ))"
    return f"CAST(CAST(CASE WHEN with_offset({raw}) THEN {aware} ELSE {local} END AS DATE) AS VARCHAR)"


def _instant(_: Reading, raw: str, local: str, place: Place) -> str:
    """Return an instant; of a time that happens twice, the first; null of a time that never happens."""
    zone = place.zone
    chosen = (
        f"CASE WHEN timezone('{zone}', timezone('{zone}', {local})) IS DISTINCT FROM {local} THEN NULL"
        f" WHEN timezone('{zone}', timezone('{zone}', {local}) - INTERVAL 1 HOUR) = {local}"
        f" THEN timezone('{zone}', {local}) - INTERVAL 1 HOUR ELSE timezone('{zone}', {local}) END"
    )
    return f"CAST(CASE WHEN with_offset({raw}) THEN TRY_CAST({raw} AS TIMESTAMPTZ) ELSE {chosen} END AS VARCHAR)"


def _number(_: Reading, raw: str, local: str, place: Place) -> str:
    return f"finite(number(bare({raw}), {str(place.decimal == ',').lower()}))"


def _whole(reading: Reading, raw: str, local: str, place: Place) -> str:
    told = _number(reading, raw, local, place)
    return f"CASE WHEN {told} = round({told}) AND abs({told}) < 1e15 THEN CAST({told} AS BIGINT) END"


def _mark(reading: Reading, raw: str, local: str, place: Place) -> str:
    """Return a share of the maximum: 15/20, 75 %, or a number out of what the mapping says."""
    comma = str(place.decimal == ",").lower()
    parts = [f"number(split_part(bare({raw}), '/', {n}), {comma})" for n in (1, 2)]
    plain = f"{_number(reading, raw, local, place)} / {reading.out_of!r}" if reading.out_of else _number(reading, raw, local, place)
    return (
        f"finite(CASE WHEN contains({raw}, '/') THEN {parts[0]} / nullif({parts[1]}, 0)"
        f" WHEN contains({raw}, '%') THEN number(replace(bare({raw}), '%', ''), {comma}) / 100 ELSE {plain} END)"
    )


def _minutes(reading: Reading, raw: str, local: str, place: Place) -> str:
    return f"coalesce(lasting(lower(bare({raw}))), {_number(reading, raw, local, place)})"


def _words(reading: Reading, raw: str, local: str, _: Place) -> str:
    return _lookup(reading.words, f"fold({raw})", "NULL" if reading.others is None else quoted(reading.others))


def _list(reading: Reading, raw: str, local: str, place: Place) -> str:
    pattern = "|".join(_escaped(separator) for separator in reading.split) or ";"
    parts = f"list_filter(list_transform(string_split_regex({raw}, {quoted(pattern)}), lambda x: trim(x)), lambda x: x <> '')"
    if not reading.words:
        return f"nullif(array_to_string({parts}, '|'), '')"
    told = _words(reading, "x", local, place)
    listed = f"list_transform({parts}, lambda x: {told})"
    return f"CASE WHEN NOT list_contains(list_transform({listed}, lambda x: x IS NULL), true) THEN" \
           f" nullif(array_to_string(list_distinct({listed}), '|'), '') END"  # fmt: skip


def _escaped(text: str) -> str:
    return "".join("\\" + c if c in r".^$*+?{}[]\|()" else c for c in text)


def _scale(reading: Reading, raw: str, local: str, place: Place) -> str:
    """Return an answer on its scale: its number, first when words follow it (`9 - very likely`), or its words."""
    leading = f"number(replace(regexp_extract({raw}, '^\\s*(-?\\d+(?:[.,]\\d+)?)\\s*(?:$|[-–:.)=(/|] ?)', 1), ' ', ''), true)"
    return _number(reading, raw, local, place) if reading.kind == "scale:number" else f"finite({leading})"


_READ = {
    "text": lambda r, raw, local, p: f"CASE WHEN length({raw}) <= {LONGEST} THEN {raw} END",
    "name": lambda r, raw, local, p: f"CASE WHEN length({raw}) <= {LONGEST} THEN {raw} END",
    "email": lambda r, raw, local, p: "nullif(regexp_extract(lower(" + raw + "), '^(?:.*<)?([^@\\s<>]+@[^@\\s<>]+\\.[^@\\s<>.]+)>?$', 1), '')",
    "date": _date, "instant": _instant, "number": _number, "whole": _whole, "mark": _mark, "minutes": _minutes,
    "flag": _words, "words": _words, "list": _list,
    "scale:nps": _scale, "scale:likert5": _scale, "scale:yes_no": lambda r, raw, local, p: "NULL", "scale:choice": _scale,
    "scale:intent": _scale, "scale:number": _scale,
}  # fmt: skip
KINDS = ("text", "name", "email", "date", "instant", "number", "whole", "mark", "minutes", "flag", "words", "list")
