"""What is said about each kind of alert: the organisation's own words before ours. Pure but for our own file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DEFAULTS = Path(__file__).parent / "defaults.toml"


@dataclass(frozen=True)
class Play:
    """What to do about a kind of alert, one step a line, and the message to start from; `own`: not our words."""

    kind: str
    advice: str
    message: str
    own: bool = False

    @property
    def steps(self) -> list[str]:
        """The advice, step by step."""
        return [line.strip() for line in self.advice.splitlines() if line.strip()]


@cache
def defaults(language: str) -> dict[str, Play]:
    """Return our words by kind of alert, the most serious first."""
    told = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))[language]
    return {kind: Play(kind, one["advice"].strip(), one["message"].strip()) for kind, one in told.items()}


def chosen(kind: str, language: str, own: Mapping[str, Play]) -> Play:
    """Return what is said about a kind: the organisation's own words, ours without, the model's for an unknown kind."""
    ours = defaults(language)
    return own.get(kind) or ours.get(kind) or ours["model_risk"]
