"""The worked examples of the spec tests, read without running a feature: records in, features out."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent


@dataclass
class Case:
    """One test's example: its records, table by table, and what the features are as of some days."""

    file: str
    test: str
    records: dict[str, str]
    checks: list[tuple[int, str]] = field(default_factory=list)
    altered: bool = False

    @property
    def title(self) -> str:
        """The test's name in words."""
        return self.test.removeprefix("test_").replace("_", " ")

    @property
    def features(self) -> list[str]:
        """The features it shows."""
        return list(dict.fromkeys(name for _, text in self.checks for name in text.split("\n")[0].split()[1:]))

    @property
    def size(self) -> int:
        """How many lines it takes."""
        return sum(text.count("\n") for text in [*self.records.values(), *(text for _, text in self.checks)])

    def tells(self, name: str) -> bool:
        """Say whether a feature has a value other than 0 here."""
        for _, text in self.checks:
            head, *lines = (line.split() for line in text.split("\n"))
            if name in head and {line[head.index(name)] for line in lines} - {"-", "0"}:
                return True
        return False

    def execute(self, *_: object) -> Case:
        """Take note that the records are changed by SQL: the example is not whole as text."""
        self.altered = True
        return self


def cases() -> list[Case]:
    """Return every example of tests/spec, by file."""
    found: list[Case] = []
    for file in sorted(HERE.glob("test_spec_*.py")):
        found += _of_module(importlib.import_module(f"tests.spec.{file.stem}"))
    return found


def example_of() -> dict[str, Case]:
    """Return, for each feature, the shortest example in which it has a value other than 0, or at all."""
    shown: dict[str, Case] = {}
    whole = sorted((case for case in cases() if not case.altered), key=lambda case: (case.size, case.test))
    for telling in (True, False):
        for case in whole:
            for name in case.features:
                if case.tells(name) or not telling:
                    shown.setdefault(name, case)
    return shown


def _of_module(module: ModuleType) -> list[Case]:
    kept = {name: getattr(module, name) for name in ("check", "records") if hasattr(module, name)}
    found: list[Case] = []
    try:
        for name, function in list(vars(module).items()):
            if name.startswith("test_") and "check" in function.__code__.co_names:
                found += _of_test(module, name, function)
    finally:
        vars(module).update(kept)
    return found


def _of_test(module: ModuleType, name: str, function: Any) -> list[Case]:
    made: list[Case] = []

    def records(**texts: str) -> Case:
        made.append(Case(Path(module.__file__ or "").name, name, {key: _tidy(text) for key, text in texts.items()}))
        return made[-1]

    def check(case: Case, day: int, expected: str) -> None:
        case.checks.append((day, _tidy(expected)))

    vars(module).update(records=records, check=check)
    function(**_first_parameters(function))
    return made[:1]


def _first_parameters(function: Any) -> dict[str, object]:
    for mark in getattr(function, "pytestmark", []):
        if mark.name == "parametrize":
            names, values = mark.args[0], mark.args[1][0]
            names = [names] if isinstance(names, str) else names
            return dict(zip(names, values if len(names) > 1 else [values], strict=True))
    return {}


def _tidy(text: str) -> str:
    lines = [line.split() for line in dedent(text).strip().splitlines()]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
