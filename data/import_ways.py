"""The ways records come in, as `filrouge import` declares them: what each accepts, and how it is called.

Read from the commands themselves, so that a file of sources accepts exactly what the terminal does.
"""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import typer
from typer.models import ArgumentInfo

NO_WAY = ("compact", "log")
"""Commands of `filrouge import` that bring nothing in."""
HOW = ("as_json", "quiet", "suggest")
"""Parameters that say how a command speaks."""
SECRETS = {
    "moodle-db": ("url-file", "FILROUGE_MOODLE_DB_URL"),
    "moodle-ws": ("secret-file", "FILROUGE_MOODLE_TOKEN"),
    "xapi": ("secret-file", "FILROUGE_XAPI_SECRET"),
    "discourse": ("secret-file", "FILROUGE_DISCOURSE_KEY"),
    "canvas": ("secret-file", "FILROUGE_CANVAS_TOKEN"),
}
"""The key that names the file of a way's secret, and the variable read without it."""


@dataclass(frozen=True)
class Accepted:
    """One thing a way accepts: its key in a file, the command's own name for it, its type, and its least value.

    `kind` is `str`, `int`, `Path`, `datetime` (a day) or `list` (the table `set`).
    """

    key: str
    parameter: str
    kind: type
    required: bool
    least: float | None = None


@dataclass(frozen=True)
class Way:
    """One way in: what it accepts, by key, and the command."""

    name: str
    accepted: Mapping[str, Accepted]
    command: Callable[..., None]

    @property
    def place(self) -> str:
        """Return the key of what is read: a folder, a file or an address; empty when there is nothing to name."""
        return next((one.key for one in self.accepted.values() if one.required), "")

    def run(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Import, as the command does, and return what it tells.

        Raises
        ------
        SourceError, StoreError, HomeError : as the command.
        """
        told = StringIO()
        with redirect_stdout(told):
            self.command(**values, as_json=True)
        result: dict[str, Any] = json.loads(told.getvalue().splitlines()[-1])
        return result


def ways_of(app: typer.Typer) -> dict[str, Way]:
    """Return the ways of `filrouge import`, by name."""
    commands = {info.name: info.callback for info in app.registered_commands if info.name and info.callback}
    return {name: Way(name, _accepted(command), command) for name, command in commands.items() if name not in NO_WAY}


def _accepted(command: Callable[..., Any]) -> dict[str, Accepted]:
    parameters = inspect.signature(command, eval_str=True).parameters.values()
    found = [_read(one) for one in parameters if one.name not in HOW]
    return {one.key: one for one in found}


def _read(parameter: inspect.Parameter) -> Accepted:
    hint, info = typing.get_args(parameter.annotation)[:2]
    kinds = [typing.get_origin(one) or one for one in typing.get_args(hint) or (hint,) if one is not type(None)]
    said = (
        getattr(info, "default", None),
        *(getattr(info, "param_decls", None) or ()),
    )  # typer keeps one of them apart
    named = [word for word in said if isinstance(word, str) and word.startswith("--")]
    key = named[0].removeprefix("--") if named else parameter.name.replace("_", "-")
    kind = list if list in kinds else kinds[0]
    return Accepted(key, parameter.name, kind, isinstance(info, ArgumentInfo), getattr(info, "min", None))
