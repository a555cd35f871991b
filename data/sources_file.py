"""The organisation's sources, written once in a file: what `filrouge daily` imports each morning.

```toml
[[source]]
way = "moodle-ws"
address = "https://moodle.example.org"
secret-file = "moodle.token"
```

Each entry names a way of `filrouge import` and holds that command's own options. Paths are relative to the file. No
secret is ever in it: only the name of the file that holds one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from data.errors import SourceError
from data.import_ways import SECRETS, Accepted, Way

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
SECRET = re.compile(r"token|secret|password|passwd|api[-_]?key|^key$|^url$", re.IGNORECASE)
CREDENTIALS = re.compile(r"://[^/\s]*@")
PATTERN = re.compile(r"[*?\[]")
LOCAL = ("place", "file", "folder")
"""Keys of what is on this machine, unless it is an address."""


@dataclass(frozen=True)
class Entry:
    """One source to import: its name in what is told, its way, and the values of the command."""

    name: str
    way: Way
    values: Mapping[str, Any]
    where: str

    @property
    def place(self) -> str:
        """Return what is read, as it is given to the command."""
        return str(self.values.get(self.way.place.replace("-", "_"), "")) if self.way.place else ""

    def bring(self) -> dict[str, Any]:
        """Import it; as `Way.run`."""
        return self.way.run(self.values)


@dataclass(frozen=True)
class Listed:
    """What a file lists: the entries that can be imported, and what is wrong with the others, each with its name."""

    path: Path
    entries: tuple[Entry, ...] = ()
    wrong: tuple[tuple[str, SourceError], ...] = ()
    there: bool = True


def read(path: Path, ways: Mapping[str, Way]) -> Listed:
    """Return what a file of sources lists, nothing when there is no file.

    Everything that can be said without importing is said at once: an entry that is wrong leaves the others be.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Listed(path, there=False)
    except OSError as error:
        return Listed(path, wrong=(("", SourceError(f"the file cannot be read: {error.strerror}", where=str(path))),))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        told = re.search(r"line \d+", str(error))
        where = f"{path}, {told[0]}" if told else str(path)
        return Listed(path, wrong=(("", SourceError("this is not TOML", where=where, accepted="see docs/daily.md")),))
    return _listed(path, content, ways)


def _listed(path: Path, content: Mapping[str, Any], ways: Mapping[str, Way]) -> Listed:
    tables = content.get("source", [])
    wrong: list[tuple[str, SourceError]] = []
    if set(content) - {"source"} or not isinstance(tables, list):
        odd = ", ".join(sorted(set(content) - {"source"})) or "source"
        todo = "begin each entry with [[source]]"
        wrong.append(("", SourceError(f"unknown key {odd}", where=str(path), accepted="[[source]]", todo=todo)))
    entries: dict[str, Entry] = {}
    for number, table in enumerate(tables if isinstance(tables, list) else [], 1):
        name, where = _name(table, number), f"{path}, entry {number}"
        try:
            if name in entries:
                raise SourceError("two entries have one name", where=where, todo=f"give one another name than {name}")
            entries[name] = _entry(name, table, ways, path.parent, where)
        except SourceError as error:
            wrong.append((name, error))
    return Listed(path, tuple(entries.values()), tuple(wrong))


def _name(table: object, number: int) -> str:
    """Return how an entry is called: its name, or its way and number."""
    told = table.get("name") if isinstance(table, dict) else None
    if isinstance(told, str) and NAME.fullmatch(told):
        return told
    way = table.get("way") if isinstance(table, dict) else None
    return f"{way}-{number}" if isinstance(way, str) and NAME.fullmatch(way) else f"entry-{number}"


def _entry(name: str, table: object, ways: Mapping[str, Way], folder: Path, where: str) -> Entry:
    if not isinstance(table, dict):
        raise SourceError("an entry is a table", where=where, accepted="[[source]]")
    told = table.get("name", name)
    if not isinstance(told, str) or not NAME.fullmatch(told):
        raise SourceError("this name is not accepted", where=f"{where}, name", accepted="1 to 40 of a-z 0-9 . _ -")
    way = table.get("way")
    if "way" not in table:
        raise SourceError("the way is missing", where=where, accepted=", ".join(ways), todo='add way = "…"')
    if not isinstance(way, str) or way not in ways:
        raise SourceError("unknown way", where=f"{where}, way", accepted=", ".join(ways))
    where = f"{where} ({way})"
    given = {key.replace("_", "-"): value for key, value in table.items() if key not in ("way", "name")}
    return Entry(name, ways[way], dict(_values(ways[way], given, folder, where)), where)


def _values(way: Way, given: Mapping[str, Any], folder: Path, where: str) -> Iterator[tuple[str, Any]]:
    """Yield the values of the command, by its own names."""
    for key in given:
        if key not in way.accepted:
            raise _unknown(way, key, where)
    for one in way.accepted.values():
        if one.required and one.key not in given:
            example = "https://…" if one.key == "address" else "…"
            raise SourceError(f"{one.key} is missing", where=where, todo=f'add {one.key} = "{example}"')
        if one.key in given:
            yield one.parameter, _value(one, given[one.key], folder, f"{where}, {one.key}")


def _unknown(way: Way, key: str, where: str) -> SourceError:
    if SECRET.search(key):
        file, variable = SECRETS.get(way.name, ("", ""))
        todo = f'put it in a file of its own and give {file} = "…", or set {variable}' if file else "remove it"
        return SourceError("a secret is never in this file", where=f"{where}, {key}", todo=todo)
    return SourceError(f"unknown key {key}", where=where, accepted=", ".join(["name", *way.accepted]))


def _value(one: Accepted, value: object, folder: Path, where: str) -> Any:
    if one.kind is list:
        return [f"{name}={text}" for name, text in _settings(value, folder, where)]
    if one.kind is datetime:
        return _day(value, where)
    if one.kind is int:
        return _whole(value, one.least, where)
    if not isinstance(value, str) or not value.strip():
        raise SourceError("this is no text", where=where, accepted='text between quotes, "…"')
    if CREDENTIALS.search(value):
        raise SourceError("an address holds a user or a password", where=where, todo="take it out: see docs/daily.md")
    if one.kind is Path:
        return _file(value, folder, where) if not one.required else _inside(value, folder)
    return str(_inside(value, folder)) if one.key in LOCAL and "://" not in value else value


def _settings(value: object, folder: Path, where: str) -> Iterator[tuple[str, str]]:
    """Yield the options of a source; the name of a file beside this one leads to it."""
    if not isinstance(value, dict):
        raise SourceError("these are no options", where=where, accepted='set = { name = "value" }')
    for name, told in value.items():
        if SECRET.search(name):
            raise SourceError("a secret is never in this file", where=f"{where}.{name}", todo="see docs/daily.md")
        if not isinstance(told, str | int | float | date):
            raise SourceError("this is no text, number nor day", where=f"{where}.{name}")
        text = str(told).lower() if isinstance(told, bool) else str(told)
        yield name, str(folder / text) if Path(text).suffix and (folder / text).is_file() else text


def _day(value: object, where: str) -> datetime:
    if type(value) is not date:
        raise SourceError("this is no day", where=where, accepted="2026-01-31, without quotes")
    return datetime.combine(value, time())


def _whole(value: object, least: float | None, where: str) -> int:
    if type(value) is not int or (least is not None and value < least):
        told = "a whole number" if least is None else f"a whole number from {least:g}"
        raise SourceError("this number is not accepted", where=where, accepted=told)
    return value


def _inside(value: str, folder: Path) -> Path:
    """Return a path, relative to the file of sources."""
    return folder / Path(value).expanduser()


def _file(value: str, folder: Path, where: str) -> Path:
    path = _inside(value, folder)
    if not path.is_file():
        raise SourceError("there is no such file", where=f"{where}: {path}", todo="write it, or correct the path")
    return path


def unready(entry: Entry, environ: Mapping[str, str]) -> SourceError | None:
    """Return what would stop an entry from being read now: no secret, no file; None when nothing is seen."""
    key, variable = SECRETS.get(entry.way.name, ("", ""))
    from_far = "://" in entry.place or entry.way.place == ""
    wants = bool(key) and (entry.way.name != "xapi" or from_far)
    if wants and key.replace("-", "_") not in entry.values and not environ.get(variable, "").strip():
        return SourceError("no secret is given", where=entry.where, todo=f'set {variable}, or give {key} = "…"')
    if entry.way.place in LOCAL and not from_far and not PATTERN.search(entry.place) and not Path(entry.place).exists():
        return SourceError("there is nothing there yet", where=f"{entry.where}: {entry.place}")
    return None
