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


def specification(weeks: Sequence[Week], rules: Sequence[Rule], speech: Speech) -> dict[str, Any]:
    """Return the Vega-Lite specification: the thread above, what was done below, one time axis."""
    import altair as alt

    domain = _domain(weeks)
    chart = alt.vconcat(_thread(weeks, rules, speech, domain), _lanes(weeks, speech, domain), spacing=6)
    styled = (
        chart.configure(background=PAPER, padding={"left": 2, "right": 8, "top": 6, "bottom": 4})
        .configure_view(stroke=None)
        .configure_axis(
            labelFont="sans-serif", titleFont="sans-serif", labelColor=SOFT, titleColor=SOFT, titleFontWeight="normal",
            gridColor="#ebe6dc", domainColor="#cfc8ba", tickColor="#cfc8ba", labelFontSize=12, titleFontSize=12,
        )
    )  # fmt: skip
    spec: dict[str, Any] = styled.to_dict()
    return spec


def _chart(rows: list[dict[str, Any]]) -> Any:
    import altair as alt

    return alt.Chart(alt.Data(values=rows))  # type: ignore[no-untyped-call]


def _domain(weeks: Sequence[Week]) -> list[float]:
    return [0.5, len(weeks) + 0.5]


def _thread(weeks: Sequence[Week], rules: Sequence[Rule], speech: Speech, domain: list[float]) -> Any:
    import altair as alt

    mine = speech.say("This learner")
    typical = speech.say("Middle of the session")
    rows = [{"week": w.number, "actions": round(w.actions, 1), "who": mine} for w in weeks]
    rows += [{"week": w.number, "actions": round(w.typical, 1), "who": typical} for w in weeks]
    x = alt.X("week:Q", title=None, scale=alt.Scale(domain=domain), axis=None)
    y = alt.Y("actions:Q", title=speech.say("actions a week"), axis=alt.Axis(tickCount=4, domain=False, ticks=False))
    base = _chart(rows).encode(x=x, y=y)
    others = base.transform_filter(alt.datum.who == typical).mark_line(color=SOFT, strokeDash=[3, 3], strokeWidth=1.5)
    thread = base.transform_filter(alt.datum.who == mine).mark_line(
        color=RED, strokeWidth=2.5, point={"color": RED, "size": 28, "filled": True}
    )
    layers = [others, thread, *_rules(weeks, rules, domain)]
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


def _rules(weeks: Sequence[Week], rules: Sequence[Rule], domain: list[float]) -> list[Any]:
    import altair as alt

    if not rules or not weeks:
        return []
    start = weeks[0].starts_on
    rows = [{"week": 0.5 + (rule.on - start).days / 7, "label": rule.label} for rule in rules]
    x = alt.X("week:Q", scale=alt.Scale(domain=domain))
    base = _chart(rows).encode(x=x)
    line = base.mark_rule(color=INK, strokeWidth=1)
    text = base.mark_text(
        align="right", baseline="top", angle=270, dx=-4, dy=4, color=INK, fontSize=11, font="sans-serif"
    ).encode(y=alt.value(0), text="label:N")
    return [line, text]


def _lanes(weeks: Sequence[Week], speech: Speech, domain: list[float]) -> Any:
    import altair as alt

    rows = [row for week in weeks for row in _marks(week, speech)]
    names = [speech.say(lane) for lane in LANES]
    x = alt.X(
        "week:Q",
        title=speech.say("week of the training"),
        scale=alt.Scale(domain=domain),
        axis=alt.Axis(values=[*range(1, len(weeks) + 1, 1 + len(weeks) // MOST_TICKS)], format="d", grid=False),
    )
    y = alt.Y("lane:N", title=None, sort=names, scale=alt.Scale(domain=names), axis=alt.Axis(ticks=False, domain=False))
    size = alt.Size("n:Q", legend=None, scale=alt.Scale(domain=[1, 10], range=[40, 220], clamp=True))
    color = alt.condition(f"datum.lane == {json.dumps(names[3])} || datum.lane == {json.dumps(names[4])}",
                          alt.value(RED), alt.value(SOFT))  # fmt: skip
    marks = _chart(rows).mark_circle(opacity=0.85)
    return marks.encode(x=x, y=y, size=size, color=color).properties(width=WIDTH, height=len(LANES) * 22)


def _marks(week: Week, speech: Speech) -> list[dict[str, Any]]:
    counts = (week.posts, week.handed_in, week.answered, week.asked - week.answered, week.absences)
    return [
        {"week": week.number, "lane": speech.say(lane), "n": n} for lane, n in zip(LANES, counts, strict=True) if n > 0
    ]
