"""The tables of the page of the watch, from the lines kept: a row a kind of world, of record or of change."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tests.bench.watch_rates import a_year, delays, episodes, share

Line = Mapping[str, Any]
Row = Sequence[str]
WEEKS, CHANGED_AT = 52.18, 8
ACTIONS = {"recalibrate": "recalibrate", "retrain": "train again", "fall_down": "go back down a level"}
RANKS = ("retrain", "fall_down")
COURSES = {"whole": "the whole list", "A": "the course with seven earlier sessions", "B": "the course with three"}


def of(lines: Iterable[Line], what: str, kind: str = "") -> list[Line]:
    """Return the lines of a bench, in a kind of world."""
    return [one for one in lines if one["what"] == what and one["kind"] == kind]


def kinds(lines: Iterable[Line], what: str) -> list[str]:
    """Return the kinds of world that a bench has lines of."""
    return list(dict.fromkeys(one["kind"] for one in lines if one["what"] == what))


def table(title: str, heads: Sequence[str], rows: Sequence[Row], *, after: str = "") -> str:
    """Return a titled table; nothing without rows."""
    if not rows:
        return ""
    told = [f"| {' | '.join(row)} |" for row in (heads, *rows)]
    return "\n".join([f"\n### {title}\n", told[0], f"|{' --- |' * len(heads)}", *told[1:]]) + "\n" + after


def quiet(lines: Sequence[Line]) -> list[Row]:
    """Return the looks at worlds where nothing changes: sessions, verdict, looks, alarms, alarms a year, columns."""
    rows = []
    for kind in kinds(lines, "drift"):
        worlds = of(lines, "drift", kind)
        for name, told in COURSES.items():
            looks, alarms = sum(one[name]["looks"] for one in worlds), [one[name]["alarms"] for one in worlds]
            apart = 1 if name == "whole" else 2
            begun = sum(episodes([n // apart for n in one]) for one in alarms)
            moved = share_of(
                sum(one[name].get("moved", 0) for one in worlds), sum(one[name].get("columns", 0) for one in worlds)
            )
            rows.append(
                (
                    kind,
                    told,
                    str(looks),
                    share(sum(map(len, alarms)), looks),
                    share(sum(map(bool, alarms)), len(worlds)),
                    a_year(begun, looks * apart / WEEKS),
                    moved,
                )
            )
    return rows


def share_of(found: int, all_: int) -> str:
    """Tell a share of columns, a dash where none was counted."""
    return f"{found / all_:.2%}" if all_ else "–"


def alarm_weeks(lines: Sequence[Line]) -> tuple[int, float]:
    """Return how many false alarms of the whole list began, and in how many weekly looks."""
    worlds = [one["whole"] for one in lines if one["what"] == "drift"]
    return sum(episodes(one["alarms"]) for one in worlds), sum(one["looks"] for one in worlds)


def found(lines: Sequence[Line]) -> list[Row]:
    """Return the changes: what, sessions, found, days until then."""
    rows = []
    for kind in kinds(lines, "changes"):
        worlds = of(lines, "changes", kind)
        for what in worlds[0]["found"]:
            rows.append((what, kind, *_delays([one["found"][what] for one in worlds])))
        for course in worlds[0]["one_course"]:
            for by, told in (("whole", "the whole list's verdict"), ("own", "the course's own")):
                days = [one["one_course"][course][by] for one in worlds]
                rows.append((f"logins halved in {COURSES[course]} alone: {told}", kind, *_delays(days)))
    return rows


def _delays(days: Sequence[int | None]) -> tuple[str, str]:
    seen = [one for one in days if one is not None]
    return share(len(seen), len(days)), delays(seen)


def late(lines: Sequence[Line]) -> list[Row]:
    """Return the looks after records of three days came three days late, once: sessions, that Monday, the two after."""
    rows = []
    for kind in kinds(lines, "drift"):
        alarms = [one["once_late"]["alarms"] for one in of(lines, "drift", kind)]
        rows.append((kind, *(share(sum(at in one for one in alarms), len(alarms)) for at in (4, 5, 6))))
    return rows


def closed(lines: Sequence[Line]) -> list[Row]:
    """Return the looks after a closure of two weeks: calendar, looks, said that something moved, not judged."""
    rows = []
    for name, told in (("told", "tells it"), ("untold", "does not")):
        worlds = [one[name] for one in of(lines, "christmas")]
        looks = sum(one["looks"] for one in worlds)
        if looks:
            alarms, unjudged = (sum(len(one["alarms"]) for one in worlds), sum(one["not_enough"] for one in worlds))
            rows.append((told, str(looks), share(alarms, looks), share(unjudged, looks)))
    return rows


def well(lines: Sequence[Line]) -> list[Row]:
    """Return the mornings of sources that are well: kind, mornings, quiet, a year, far less than usual, a year."""
    worlds, rows = [one["well"] for one in of(lines, "sources")], []
    for kind in worlds[0] if worlds else ():
        letters = [one[kind] for one in worlds]
        years = sum(map(len, letters)) / 365
        told = [
            (sum(one.count(word) for one in letters), a_year(sum(map(_begins(word), letters)), years)) for word in "qs"
        ]
        rows.append(
            (f"`{kind}`", str(sum(map(len, letters))), *(text for n, yearly in told for text in (str(n), yearly)))
        )
    return rows


def _begins(word: str) -> Callable[[str], int]:
    return lambda letters: episodes([n for n, letter in enumerate(letters) if letter == word])


def broken(lines: Sequence[Line]) -> list[Row]:
    """Return the sources that fail: what, kind, found, mornings until then, what they are called."""
    worlds, rows = of(lines, "sources"), []
    for what in ("silence", *worlds[0]["drips"]) if worlds else ():
        told = [one["silence"] if what == "silence" else one["drips"][what] for one in worlds]
        for kind in told[0]:
            seen = [one[kind] for one in told if one[kind]]
            called = sorted({{"slow": "far less than usual"}.get(state, state) for _, state in seen})
            rows.append(
                (
                    ("nothing comes any more" if what == "silence" else what),
                    f"`{kind}`",
                    share(len(seen), len(told)),
                    delays([n for n, _ in seen]),
                    ", ".join(called) or "–",
                )
            )
    return rows


def tardy(lines: Sequence[Line]) -> list[Row]:
    """Return what sources are called when records come three days late: what, kind, worlds, mornings of each word."""
    worlds, rows = of(lines, "sources"), []
    for what, told, first in (("once_late", "once", 2), ("three_days_late", "from a day on", 3)):
        for kind in worlds[0][what] if worlds else ():
            letters = [one[what][kind] for one in worlds]
            during, after = [one[:first] for one in letters], [one[first:] for one in letters]
            rows.append(
                (
                    told,
                    f"`{kind}`",
                    *(share(sum(any(w in one for w in "qs") for one in part), len(worlds)) for part in (during, after)),
                )
            )
    return rows


def winter(lines: Sequence[Line]) -> list[Row]:
    """Return the mornings of a closure: calendar, kind, worlds with a false alarm while closed, and after."""
    worlds, rows = of(lines, "winter"), []
    for name, told in (("told", "tells it"), ("untold", "does not")):
        for kind in worlds[0][name] if worlds else ():
            letters = [one[name][kind] for one in worlds]
            parts = ([one[:17] for one in letters], [one[17:] for one in letters])
            rows.append(
                (
                    told,
                    f"`{kind}`",
                    *(share(sum(any(w in one for w in "qs") for one in part), len(worlds)) for part in parts),
                )
            )
    return rows


def false_verdicts(lines: Sequence[Line]) -> list[Row]:
    """Return the looks where nothing changes: learners, verdict, looks, said, said although the truth was well."""
    rows = []
    for kind in kinds(lines, "labels"):
        worlds = [one["cases"]["nothing changes"] for one in of(lines, "labels", kind)]
        for action, told in ACTIONS.items():
            said = [set(one.get(action, ())) for one in worlds]
            wrong = [
                looks - set(one["fallen" if action in RANKS else "off"])
                for looks, one in zip(said, worlds, strict=True)
            ]
            looks = 34 * len(worlds)
            rows.append(
                (
                    kind,
                    told,
                    str(looks),
                    str(sum(map(len, said))),
                    share(sum(map(len, wrong)), looks),
                    share(sum(map(bool, wrong)), len(worlds)),
                    a_year(sum(episodes(sorted(one)) for one in wrong), looks / WEEKS),
                )
            )
    return rows


def verdicts(lines: Sequence[Line]) -> list[Row]:
    """Return the changes of how learners leave: what, learners, said for the first time after it, days until then."""
    rows = []
    for kind in kinds(lines, "labels"):
        worlds = [one["cases"] for one in of(lines, "labels", kind)]
        for what in [one for one in worlds[0] if one != "nothing changes"]:
            for told, actions in (("train again, or go back down", RANKS), ("that, or recalibrate", tuple(ACTIONS))):
                days, before = zip(*(_said(one[what], actions) for one in worlds), strict=True)
                seen = [one for one in days if one is not None]
                rows.append(
                    (what, kind, told, share(len(seen), len(days) - sum(before)), str(sum(before)), delays(seen))
                )
    return rows


def _said(case: Line, actions: Sequence[str]) -> tuple[int | None, bool]:
    """Return the days from the change until one of some actions is asked for, and whether one already was."""
    looks = sorted(n for action in actions for n in case.get(action, ()))
    if any(n in (CHANGED_AT - 1, CHANGED_AT) for n in looks):
        return None, True
    return next((7 * (n - CHANGED_AT) for n in looks if n > CHANGED_AT), None), False


def guessed(lines: Sequence[Line]) -> list[Row]:
    """Return the estimates: people, worlds, true ROC AUC, estimate less it, farthest, intervals that hold it."""
    worlds, rows = [one["people"] for one in of(lines, "estimate")], []
    for people in worlds[0] if worlds else ():
        told = [one[people] for one in worlds]
        gaps = [one["estimate"][0] - one["truth"] for one in told]
        held = [
            [one["estimate"][1] <= one[beside] <= one["estimate"][2] for one in told] for beside in ("truth", "labels")
        ]
        width = statistics.mean((one["estimate"][2] - one["estimate"][1]) / 2 for one in told)
        rows.append(
            (
                people,
                str(len(told)),
                f"{statistics.mean(one['truth'] for one in told):.3f}",
                f"{statistics.mean(gaps):+.3f}",
                f"{statistics.mean(map(abs, gaps)):.3f}",
                f"{max(map(abs, gaps)):.3f}",
                f"±{width:.3f}",
                *(share(sum(one), len(one)) for one in held),
            )
        )
    return rows
