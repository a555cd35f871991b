"""The picture of an enrolment's weeks: the thread, where it thins, where it breaks. SVG, drawn here."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from serving.language import Speech, mark
from serving.learners.timeline import Week

RED, INK, SOFT, PAPER = "#b3261e", "#2b2a27", "#6f6a61", "#fffdf9"
MOST_TICKS = 20
WIDTH, HEIGHT = 640, 190
LANES = (
    mark("Messages"),
    mark("Work handed in"),
    mark("Surveys answered"),
    mark("Surveys unanswered"),
    mark("Absences"),
)


SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
CONFIG = {
    "background": PAPER,
    "padding": {"left": 2, "right": 8, "top": 6, "bottom": 4},
    "view": {"continuousWidth": 300, "continuousHeight": 300, "stroke": None},
    "axis": {
        "labelFont": "sans-serif", "titleFont": "sans-serif", "labelColor": SOFT, "titleColor": SOFT,
        "titleFontWeight": "normal", "gridColor": "#ebe6dc", "domainColor": "#cfc8ba", "tickColor": "#cfc8ba",
        "labelFontSize": 12, "titleFontSize": 12,
    },
}  # fmt: skip
Spec = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """A dated event drawn as a vertical line: an alert or an action."""

    on: date
    label: str


class PictureCache:
    """Keeps the last pictures, found again by their content."""

    def __init__(self, size: int = 256) -> None:
        self._size, self._kept, self._lock = size, OrderedDict[str, bytes](), threading.Lock()

    def draw(self, weeks: Sequence[Week], rules: Sequence[Rule], speech: Speech) -> bytes:
        """Return the picture as SVG, drawn once for the same content."""
        content = json.dumps([[asdict(w) for w in weeks], [asdict(r) for r in rules], speech.language], default=str)
        key = hashlib.sha256(content.encode()).hexdigest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            self._kept[key] = draw(weeks, rules, speech)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
            return self._kept[key]


def draw(weeks: Sequence[Week], rules: Sequence[Rule], speech: Speech) -> bytes:
    """Return the picture of an enrolment's weeks as SVG, with the system's fonts and no script."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(specification(weeks, rules, speech))
    return svg.encode()


def specification(weeks: Sequence[Week], rules: Sequence[Rule], speech: Speech) -> Spec:
    """Return the Vega-Lite specification: the thread above, what was done below, one time axis.

    Written as it is drawn: a library that builds it takes longer than the drawing.
    """
    scale = {"domain": [0.5, len(weeks) + 0.5]}
    layers = [*_thread(weeks, speech, scale), *_rules(weeks, rules, scale)]
    thread = {"layer": layers, "width": WIDTH, "height": HEIGHT}
    return {"$schema": SCHEMA, "config": CONFIG, "vconcat": [thread, _lanes(weeks, speech, scale)], "spacing": 6}


def _thread(weeks: Sequence[Week], speech: Speech, scale: Spec) -> list[Spec]:
    x = {"field": "week", "type": "quantitative", "title": None, "scale": scale, "axis": None}
    axis = {"tickCount": 4, "domain": False, "ticks": False}
    y = {"field": "actions", "type": "quantitative", "title": speech.say("actions a week"), "axis": axis}
    middle, me = speech.say("Middle of the session"), speech.say("This learner")
    typical = [{"week": week.number, "actions": round(week.typical, 1), "who": middle} for week in weeks]
    mine = [{"week": week.number, "actions": round(week.actions, 1), "who": me} for week in weeks]
    dashed = {"type": "line", "color": SOFT, "strokeDash": [3, 3], "strokeWidth": 1.5}
    line = {"type": "line", "color": RED, "strokeWidth": 2.5, "point": {"color": RED, "size": 28, "filled": True}}
    return [
        {"data": {"values": rows}, "mark": drawn, "encoding": {"x": x, "y": y}}
        for rows, drawn in ((typical, dashed), (mine, line))
    ]


def _rules(weeks: Sequence[Week], rules: Sequence[Rule], scale: Spec) -> list[Spec]:
    if not rules or not weeks:
        return []
    start = weeks[0].starts_on
    data = {"values": [{"week": 0.5 + (rule.on - start).days / 7, "label": rule.label} for rule in rules]}
    x = {"field": "week", "type": "quantitative", "scale": scale}
    text = {"type": "text", "align": "right", "baseline": "top", "angle": 270, "dx": -4, "dy": 4, "color": INK,
            "fontSize": 11, "font": "sans-serif"}  # fmt: skip
    label = {"field": "label", "type": "nominal"}
    return [
        {"data": data, "mark": {"type": "rule", "color": INK, "strokeWidth": 1}, "encoding": {"x": x}},
        {"data": data, "mark": text, "encoding": {"x": x, "y": {"value": 0}, "text": label}},
    ]


def _lanes(weeks: Sequence[Week], speech: Speech, scale: Spec) -> Spec:
    names = [speech.say(lane) for lane in LANES]
    rows = [row for week in weeks for row in _marks(week, names)]
    ticks = [*range(1, len(weeks) + 1, 1 + len(weeks) // MOST_TICKS)]
    x = {"field": "week", "type": "quantitative", "title": speech.say("week of the training"), "scale": scale,
         "axis": {"values": ticks, "format": "d", "grid": False}}  # fmt: skip
    y = {"field": "lane", "type": "nominal", "title": None, "sort": names, "scale": {"domain": names},
         "axis": {"ticks": False, "domain": False}}  # fmt: skip
    size = {"field": "n", "type": "quantitative", "legend": None,
            "scale": {"domain": [1, 10], "range": [40, 220], "clamp": True}}  # fmt: skip
    worrying = " || ".join(f"datum.lane == {json.dumps(name)}" for name in names[3:])
    color = {"condition": {"test": worrying, "value": RED}, "value": SOFT}
    return {
        "data": {"values": rows}, "mark": {"type": "circle", "opacity": 0.85},
        "encoding": {"x": x, "y": y, "size": size, "color": color}, "width": WIDTH, "height": len(LANES) * 22,
    }  # fmt: skip


def _marks(week: Week, names: Sequence[str]) -> list[Spec]:
    counts = (week.posts, week.handed_in, week.answered, week.asked - week.answered, week.absences)
    return [{"week": week.number, "lane": lane, "n": n} for lane, n in zip(names, counts, strict=True) if n > 0]
