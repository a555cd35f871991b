"""A mapping: which plain tables the rows of a file fill, from which columns, and how each reads; written in TOML.

The format is documented in docs/sources/table.md. An unknown key is an error that names the accepted ones.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as Maps
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from data.contracts import SCALES
from data.errors import SourceError
from data.sources.base import RawColumn
from data.sources.plain import TABLES
from data.sources.table_values import KINDS, fold

PRESETS = Path(__file__).parent / "presets"
SUFFIX = ".toml"
WORDS = "words"
TOP = ("about", "time_zone", "day_first", "decimal", "missing", "header_rows", "stop", "sheet", "leave", "people_list")
SOURCES = ("column", "first_of", "join", "constant", "option", "above", "header", "cell")
HOW = ("as", "formats", "values", "others", "split", "out_of", "optional", "default", "missing", "time", "words",
       "otherwise")  # fmt: skip
EACH = ("header", "columns")
QUESTION = ("question", "scale", "column", "header", "values", "missing", "optional")
IDENTIFIERS = {"person", "session", "key", "slot", "resource", "assessment", "result", "survey", "question", "course",
               "post", "thread", "parent", "mentor", "contact"}  # fmt: skip
FILLED = tuple(name for name in TABLES if name != "posts")


@dataclass(frozen=True)
class ColumnRule:
    """Where one plain column comes from, and how its cells read."""

    name: str
    kind: str = "text"
    headers: tuple[str, ...] = ()
    first_of: bool = False
    join: tuple[str, ...] = ()
    constant: str | None = None
    option: str = ""
    above: tuple[str, ...] = ()
    group: str = ""
    cell: bool = False
    formats: tuple[str, ...] = ()
    words: Maps[str, str] = field(default_factory=dict)
    others: str | None = None
    split: tuple[str, ...] = ()
    out_of: float | None = None
    optional: bool = False
    default: str | None = None
    missing: tuple[str, ...] = ()
    time: ColumnRule | None = None
    otherwise: ColumnRule | None = None


@dataclass(frozen=True)
class Question:
    """One question of a survey, in a column of its own; or in each column whose header matches."""

    code: str
    scale: str
    headers: tuple[str, ...]
    pattern: str
    cell: ColumnRule
    optional: bool = True


@dataclass(frozen=True)
class Filling:
    """How the rows fill one plain table; once a row, or once for each column that `each` finds."""

    table: str
    columns: Maps[str, ColumnRule]
    pattern: str = ""
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Leave:
    """Sound rows that are left: those whose column is empty, is filled, or holds one of some words."""

    headers: tuple[str, ...]
    reason: str
    words: tuple[str, ...] = ()
    empty: bool | None = None


@dataclass(frozen=True)
class PeopleList:
    """A second file that says who is behind a code (a survey's token): its option, and its columns."""

    option: str
    key: tuple[str, ...]
    person: tuple[str, ...]
    sent: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """A whole mapping."""

    name: str
    fillings: tuple[Filling, ...]
    about: str = ""
    time_zone: str = ""
    day_first: bool | None = None
    decimal: str = ","
    missing: tuple[str, ...] = ()
    header_rows: int = 1
    stop: str = ""
    sheet: str = ""
    leave: tuple[Leave, ...] = ()
    people_list: PeopleList | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """The options its columns ask for."""
        asked = {rule.option for rule in self.rules() if rule.option}
        return tuple(sorted(asked | ({self.people_list.option} if self.people_list else set())))

    def rules(self) -> list[ColumnRule]:
        """Return every column rule."""
        found = [rule for filling in self.fillings for rule in filling.columns.values()]
        found += [question.cell for filling in self.fillings for question in filling.questions]
        return found + [more for rule in found for more in (rule.time, rule.otherwise) if more]


def presets() -> tuple[str, ...]:
    """Return the names of the presets that are shipped."""
    return tuple(sorted(path.stem for path in PRESETS.glob(f"*{SUFFIX}") if path.stem != WORDS))


def preset_file(name: str) -> Path:
    """Return the file of a preset.

    Raises
    ------
    SourceError : there is none of that name.
    """
    if name not in presets():
        raise SourceError("unknown preset", accepted=", ".join(presets()))
    return PRESETS / f"{name}{SUFFIX}"


def read_mapping(path: Path) -> Mapping:
    """Return the mapping of a file.

    Raises
    ------
    SourceError : it cannot be read, or says something that is not accepted.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SourceError("the mapping is not in UTF-8", where=path.name) from error
    except OSError as error:
        raise SourceError(f"the mapping cannot be opened: {error.strerror}", where=path.name) from error
    return parse_mapping(text, path.name)


def parse_mapping(text: str, name: str) -> Mapping:
    """Return the mapping a text says.

    Raises
    ------
    SourceError : it says something that is not accepted; the error names the key and what is.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"the mapping is not TOML: {str(error)[:80]}", where=name) from error
    return _Told(name).mapping(told)


@cache
def known_words() -> Maps[str, Maps[str, str]]:
    """Return the shipped lists of words: for each list, the folded word and what it means."""
    told = tomllib.loads((PRESETS / f"{WORDS}{SUFFIX}").read_text(encoding="utf-8"))
    return {name: {fold(word): value for value, words in values.items() for word in words}
            for name, values in told.items()}  # fmt: skip


def _listed(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value) if isinstance(value, list) else ()


class _Told:
    """Turns what a TOML file says into a mapping; knows where it is, for the errors."""

    def __init__(self, name: str) -> None:
        self.name = name

    def mapping(self, told: dict[str, Any]) -> Mapping:
        self._only(told, (*TOP, *FILLED), "")
        fillings = tuple(self._filling(name, told[name]) for name in FILLED if name in told)
        if not fillings:
            raise self._wrong("the mapping fills no table", "", ", ".join(FILLED))
        people = told.get("people_list")
        return Mapping(
            self.name, fillings,
            about=str(told.get("about", "")),
            time_zone=self._text(told, "time_zone"),
            day_first=self._of_type(told, "day_first", bool),
            decimal=self._choice(told, "decimal", (",", ".")),
            missing=_listed(told.get("missing", [])),
            header_rows=self._of_type(told, "header_rows", int) or 1,
            stop=self._pattern(told, "stop"),
            sheet=self._text(told, "sheet"),
            leave=tuple(self._leave(rule) for rule in self._many(told, "leave")),
            people_list=self._people(people) if people is not None else None,
        )  # fmt: skip

    def _filling(self, table: str, told: dict[str, Any]) -> Filling:
        names = TABLES[table].names
        more = ("each",) + (("questions",) if table == "answers" else ())
        self._only(told, (*names, *more), table)
        each = told.get("each", {})
        self._only(each, EACH, f"{table}.each")
        columns = {name: self._column(table, name, told[name]) for name in names if name in told}
        questions = tuple(self._question(question) for question in self._many(told, "questions"))
        given = set(columns) | ({"question", "scale", "value"} if questions else set())
        lacking = [name for name in TABLES[table].required if name not in given]
        if lacking:
            raise self._wrong(f"{table} needs {', '.join(lacking)}", table, ", ".join(names))
        return Filling(table, columns, self._pattern(each, "header"), questions)

    def _column(self, table: str, name: str, told: object) -> ColumnRule:
        where = f"{table}.{name}"
        if isinstance(told, str | list):
            told = {"column": told}
        if not isinstance(told, dict):
            raise self._wrong("a column is a header, a list of headers, or a table", where, "")
        self._only(told, (*SOURCES, *HOW), where)
        if not any(source in told for source in SOURCES):
            raise self._wrong("nothing says where it comes from", where, ", ".join(SOURCES))
        spec = next((column for column in TABLES[table].raw.columns if column.name == name), RawColumn(name))
        return self._rule(where, spec, told)

    def _rule(self, where: str, spec: RawColumn, told: dict[str, Any]) -> ColumnRule:
        kind, listed = _kind(spec, where)
        kind = self._choice(told, "as", KINDS, where) if "as" in told else kind
        if "words" in told:
            listed = self._choice(told, "words", tuple(known_words()), where)
        time = told.get("time")
        return ColumnRule(
            spec.name, kind,
            headers=_listed(told.get("first_of", told.get("column", []))), first_of="first_of" in told,
            join=_listed(told.get("join", [])), constant=self._constant(told), option=self._text(told, "option"),
            above=_listed(told.get("above", [])), group=self._text(told, "header"),
            cell=bool(self._of_type(told, "cell", bool)), formats=self._formats(told, where),
            words=self._words(told, where, listed if kind in ("words", "flag", "list") or "words" in told else ""),
            others=self._of_type(told, "others", str),
            split=_listed(told.get("split", [";", "|", ","] if kind == "list" else [])),
            out_of=self._of_type(told, "out_of", (int, float)),
            optional=bool(self._of_type(told, "optional", bool)) or not spec.required,
            default=self._text(told, "default") or None, missing=_listed(told.get("missing", [])),
            time=None if time is None else self._time(where, time),
            otherwise=self._rule(f"{where}.otherwise", spec, self._sub(told["otherwise"], where)) if "otherwise" in told
            else None,
        )  # fmt: skip

    def _sub(self, told: object, where: str) -> dict[str, Any]:
        self._only(told, (*SOURCES, *HOW), f"{where}.otherwise")
        return dict(told)  # type: ignore[call-overload, no-any-return]

    def _time(self, where: str, told: object) -> ColumnRule:
        told = {"constant": told} if isinstance(told, str) and re.fullmatch(r"\d\d:\d\d", told) else told
        told = {"column": told} if isinstance(told, str | list) else told
        if not isinstance(told, dict):
            raise self._wrong("a time is a header, an hour as 09:00, or a table", f"{where}.time", "")
        self._only(told, (*SOURCES, "values", "optional", "default"), f"{where}.time")
        return self._rule(f"{where}.time", RawColumn("time", required=False), told)

    def _question(self, told: dict[str, Any]) -> Question:
        where = "answers.questions"
        self._only(told, QUESTION, where)
        for name in ("question", "scale"):
            if not isinstance(told.get(name), str):
                raise self._wrong(f"a question needs its {name}", where, ", ".join(QUESTION))
        scale = self._choice(told, "scale", SCALES, where)
        words = dict(known_words().get(scale, {})) | {fold(k): str(v) for k, v in self._table(told, "values", where)}
        cell = ColumnRule("value", f"scale:{scale}", cell=True, words=words, missing=_listed(told.get("missing", [])))
        headers, pattern = _listed(told.get("column", [])), self._pattern(told, "header")
        if not headers and not pattern:
            raise self._wrong("a question needs its column", where, "column or header")
        return Question(str(told["question"]), scale, headers, pattern, cell, bool(told.get("optional", True)))

    def _leave(self, told: dict[str, Any]) -> Leave:
        self._only(told, ("column", "is", "empty", "reason"), "leave")
        if "column" not in told or ("is" in told) == ("empty" in told):
            raise self._wrong("a rule needs a column, and one of is and empty", "leave", "column, is, empty, reason")
        reason = self._text(told, "reason") or "left by the mapping"
        empty = self._of_type(told, "empty", bool)
        return Leave(_listed(told["column"]), reason, tuple(map(fold, _listed(told.get("is", [])))), empty)

    def _people(self, told: dict[str, Any]) -> PeopleList:
        names = ("option", "key", "person", "sent", "missing")
        self._only(told, names, "people_list")
        if not all(told.get(name) for name in ("option", "key", "person")):
            raise self._wrong("it needs option, key and person", "people_list", ", ".join(names))
        option, *lists = (_listed(told.get(name, [])) for name in names)
        return PeopleList(option[0], *lists)

    def _words(self, told: dict[str, Any], where: str, listed: str) -> dict[str, str]:
        given = {fold(word): str(value) for word, value in self._table(told, "values", where)}
        return {**known_words().get(listed, {}), **given}

    def _formats(self, told: dict[str, Any], where: str) -> tuple[str, ...]:
        formats = _listed(told.get("formats", []))
        for text in formats:
            if "%y" not in text.lower() and "%c" not in text.lower():
                raise self._wrong("a format has no year", f"{where}.formats", "as in %d/%m/%Y %H:%M")
        return formats

    def _constant(self, told: dict[str, Any]) -> str | None:
        value = told.get("constant")
        return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)

    def _table(self, told: dict[str, Any], key: str, where: str) -> Sequence[tuple[str, Any]]:
        value = told.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong(f"{key} is a table of words", where, "")
        return list(value.items())

    def _many(self, told: dict[str, Any], key: str) -> list[dict[str, Any]]:
        value = told.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self._wrong(f"{key} is a list of tables, [[{key}]]", "", "")
        return value

    def _text(self, told: dict[str, Any], key: str) -> str:
        return str(self._of_type(told, key, str) or "")

    def _pattern(self, told: dict[str, Any], key: str) -> str:
        text = self._text(told, key)
        try:
            re.compile(text)
        except re.error as error:
            raise self._wrong(f"not a regular expression: {error.msg}", key, "") from error
        return text

    def _choice(self, told: dict[str, Any], key: str, accepted: tuple[str, ...], where: str = "") -> str:
        value = told.get(key, accepted[0])
        if value not in accepted:
            raise self._wrong("not an accepted value", f"{where}.{key}".strip("."), ", ".join(accepted))
        return str(value)

    def _of_type(self, told: dict[str, Any], key: str, kind: type | tuple[type, ...]) -> Any:
        value = told.get(key)
        if value is not None and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
            names = "true or false" if kind is bool else "a text" if kind is str else "a number"
            raise self._wrong("not an accepted value", key, names)
        return value

    def _only(self, told: object, accepted: tuple[str, ...], where: str) -> None:
        if not isinstance(told, dict):
            raise self._wrong("not a table", where, ", ".join(accepted))
        unknown = sorted(set(told) - set(accepted))
        if unknown:
            raise self._wrong(f"unknown key {', '.join(unknown)[:60]}", where, ", ".join(accepted))

    def _wrong(self, what: str, where: str, accepted: str) -> SourceError:
        return SourceError(what, where=", ".join(part for part in (self.name, where) if part), accepted=accepted)


_KINDS = {"DATE": "date", "TIMESTAMPTZ": "instant", "DOUBLE": "number", "BIGINT": "whole", "BOOLEAN": "flag"}
_SPECIAL = {
    "attendance.status": ("words", "status"), "enrolments.outcome": ("words", "outcome"),
    "attributes.gender": ("words", "gender"), "people.role": ("words", "role"), "activity.kind": ("words", "kind"),
    "enrolments.motives": ("list", "motives"), "people.email": ("email", ""), "results.score": ("mark", ""),
    "attendance.minutes": ("minutes", ""), "contacts.kind": ("words", "contact"),
    "contacts.outcome": ("words", "contact_outcome"),
}  # fmt: skip


def _kind(spec: RawColumn, where: str) -> tuple[str, str]:
    """Return how a plain column reads unless a mapping says otherwise, and its list of words."""
    where = where.removesuffix(".otherwise")
    if where in _SPECIAL:
        return _SPECIAL[where]
    if spec.type == "BOOLEAN":
        return "flag", "yes_no"
    return _KINDS.get(spec.type, "name" if spec.name in IDENTIFIERS else "text"), ""
