"""The effect of prevention as a file under `HOME/reports/effects`: what pages and programs read."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data.steps import written_whole
from monitoring.effects import DEFAULT, ESTIMATED, Effect, Limits, effect
from monitoring.moments import Followed, Rule, before_after, chosen_cases, drawn_cases


def measure(found: Followed, rule: Rule, *, limits: Limits = DEFAULT) -> dict[str, Any]:
    """Return both designs, which of the two is told first, and the comparison that misleads; null where not known.

    The one drawn at random comes first as soon as it can be estimated: it supposes nothing.
    """
    drawn, chosen = (effect(cases, limits=limits) for cases in (drawn_cases(found, rule), chosen_cases(found, rule)))
    first = drawn if drawn.verdict == ESTIMATED or (drawn.n and chosen.verdict != ESTIMATED) else chosen
    return {
        "as_of": found.until.isoformat(),
        **asdict(rule),
        "first": first.method,
        "designs": {one.method: _plain(one) for one in (drawn, chosen)},
        "before_after": _known(before_after(found, rule)),
        "limits": asdict(limits),
    }


def write_effects(found: Followed, folder: Path, rule: Rule) -> dict[str, Any]:
    """Measure, write `<as_of>.json` and return what it says."""
    told = measure(found, rule)
    folder.mkdir(parents=True, exist_ok=True)
    with written_whole(folder / f"{told['as_of']}.json") as partial:
        partial.write_text(json.dumps(told, indent=1), encoding="utf-8")
    return told


def _plain(said: Effect) -> dict[str, Any]:
    return {name: _known(value) for name, value in asdict(said).items()}


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
