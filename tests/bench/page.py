"""Write the page of what was measured: `python -m tests.bench.page docs/speed.jsonl docs/speed.md`.

Of the lines that tell of the same thing at the same size, the last one counts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Line = dict[str, Any]
AGAIN = ", again"
GROUPS = {
    "Files": "Each import runs alone, in a process and a home of its own. The plain scan is DuckDB reading every column"
    " of the same file as text, and doing nothing with it: no import can be faster.",
    "Databases": "Moodle's own tables on a real server of this machine, whose memory is not counted.",
    "Services": "A service made up on this machine, in a process of its own. The seconds hold the time it takes to"
    " answer, which is most of them for a real service; the CPU seconds are those of the import alone.",
    "The rest": "Features, training, scoring and what else has a bench; a goal is what was promised.",
}
INTRO = """# How fast it is

What each import, and each step after it, takes: rows a second, peak memory, and what the simplest possible program
takes for the same file. The lines behind this page are in [speed.jsonl](speed.jsonl), with the machine and the day;
the page is written from them. To measure again:

```sh
make bench                        # files of a million rows, printed and not kept
make bench ONLY=xapi ROWS=100000  # one source, another size
make bench-full                   # everything, up to ten million rows; adds to the lines and writes this page (hours)
```

*Rows/CPU s* counts the processor's seconds of the import, which depend little on what else the machine does; *again*
is the next import of the same place, when nothing or little is new.
"""
GROWS, SLOW = 1.2, 10.0
"""From which growth of memory, and from which ratio to the plain scan, a source is told among the weak ones."""


def read(path: Path) -> list[Line]:
    """Return the last line of each thing measured at each size, by name and size; `again` is what its repeat took.

    A repeat is the line that comes after its first time.
    """
    found: dict[tuple[str, int], Line] = {}
    held: dict[str, Line] = {}
    for told in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(told)
        name = line["name"]
        if name.endswith(AGAIN):
            held[name.removesuffix(AGAIN)]["again"] = line["seconds"]
        else:
            found[name, line.get("rows") or 0] = held[name] = line
    return [line for _, line in sorted(found.items(), key=lambda item: item[0])]


def page(lines: Sequence[Line]) -> str:
    """Return the page."""
    told = [INTRO, *_machines(lines)]
    for group, about in GROUPS.items():
        held = [line for line in lines if _group(line) == group]
        if held:
            table = _rest(held) if group == "The rest" else _imports(held)
            told += [f"\n## {group}\n", f"{about}\n", *table]
    return "\n".join([*told, "\n## What is weak\n", *_weak(lines)]) + "\n"


def _group(line: Line) -> str:
    if not line["name"].startswith("import "):
        return "The rest"
    if line["name"].endswith(", service"):
        return "Services"
    return "Databases" if line["name"].startswith("import moodle-db") else "Files"


def _machines(lines: Iterable[Line]) -> list[str]:
    """Return a line a machine; and what a busy one means."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        if "cores" in line:
            name = f"{line['cores']} cores, {line['memory_gb']} GB of memory, Python {line['python']}"
            found.setdefault(name, []).append(line)
    told = []
    for name, held in found.items():
        days, load = sorted({line["measured_on"] for line in held}), max(line.get("load", 0) for line in held)
        busy = f" Others used it too (load up to {load:g}): the seconds are longer than alone."
        when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
        told.append(f"Measured on {name}; {when}.{busy if load > held[0]['cores'] + 1 else ''}")
    return told


def _imports(lines: Sequence[Line]) -> list[str]:
    told = _head("source", "rows", "rows/s", "rows/CPU s", "peak MB", "× plain scan", "again, s")
    for line in lines:
        name = line["name"].removeprefix("import ").removesuffix(", service")
        cells = [_whole(line.get(each)) for each in ("rows", "rows_per_second", "rows_per_cpu_second", "peak_mb")]
        told.append(_row(name, *cells, _short(line.get("ratio")), _short(line.get("again"))))
    return told


def _rest(lines: Sequence[Line]) -> list[str]:
    told = _head("what", "rows", "s", "peak MB", "its peer, s", "ratio", "goal", "met", "peer")
    for line in lines:
        measures = [_short(line.get("peer_seconds")), _short(line.get("ratio")), _exact(line.get("goal"))]
        met = ("yes" if line.get("met") else "no") if line.get("goal") else ""
        first = [_whole(line.get("rows")), _short(line.get("seconds")), _whole(line.get("peak_mb"))]
        told.append(_row(line["name"], *first, *measures, met, line.get("peer") or ""))
    return told


def _head(*names: str) -> list[str]:
    return [_row(*names), "|---|" + "--:|" * (len(names) - 1)]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _weak(lines: Sequence[Line]) -> list[str]:
    """Return what grows, what is slow and what misses its goal, as the lines say it."""
    sizes: dict[str, list[Line]] = {}
    for line in lines:
        sizes.setdefault(line["name"], []).append(line)
    told = []
    for name, held in sizes.items():
        least, most = held[0], held[-1]
        if most["peak_mb"] > GROWS * least["peak_mb"]:
            grown = [f"{_whole(each['peak_mb'])} MB at {_whole(each.get('rows'))}" for each in (least, most)]
            told.append(f"- {name}: memory grows with the rows, from {' to '.join(grown)}.")
        if (most.get("ratio") or 0) > SLOW and name.startswith("import "):
            told.append(f"- {name}: {most['ratio']:.0f} times a plain scan at {_whole(most.get('rows'))} rows.")
        told += [f"- {name}: misses its goal." for line in held if line.get("goal") and line.get("met") is False]
    return told or ["Nothing stands out in these lines."]


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _short(value: float | None) -> str:
    """Return one decimal; two figures of what is less than one."""
    if value is None:
        return ""
    return f"{value:,.1f}" if value >= 0.95 or value == 0 else f"{value:.2g}"


def _exact(value: float | None) -> str:
    return "" if value is None else f"{value:,g}"


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(page(read(Path(sys.argv[1]))), encoding="utf-8")
