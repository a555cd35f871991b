"""Write what was measured of the effect of prevention: `docs/effects.md`, from the lines of `docs/effects.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]
MOST_BIAS, COVERED = 1.0, (0.93, 0.97)
INTRO = """# Did prevention help?

`filrouge monitor effects` and the page `/watch/effects` say whether contacts changed abandonment, how sure that
is, and which comparisons mislead. `filrouge daily` measures it each day. Nothing leaves the work folder; the
figures are of many learners, never of one.

```sh
filrouge monitor effects                   # in words, French
filrouge monitor effects --lang en --json  # the figures; null where nothing is said
filrouge monitor effects --horizon 56 --as-of 2026-03-31
```

## What is compared
A **case** is an alert, and what became of its learner within the horizon (28 days). The risk is that of abandoning
before any other end: a neutral exit, such as a job, is no abandonment, and takes nobody out of the count. A case
counts once its whole horizon is over by what is known, whether its learner left or not: where records stop (an
import is late), so do the cases, and nobody is taken for staying because nothing came; an abandonment of which nobody
knows the day is no case. A **contact** is any action recorded, reached or not: whom to call is the mentor's choice,
who answers is the learner's, and counting answered calls alone would make calls look better than they are.

Cases of one learner go together in every error (a cluster-robust sandwich). Learners do not: what befalls a whole
session, or all the learners of one mentor, is taken for chance, and intervals are then too narrow. The two of a lot
are compared as if drawn apart; alike as they are, this makes their intervals a little too wide.

- **When the order was drawn by lot**: intention to treat. Those put first against those who wait, from the draw
  on, whatever was done afterwards. It supposes nothing of why people are called: only that calling one changes
  nothing for the other, and that exits are recorded as well on both sides.
- **Otherwise**: doubly robust (augmented inverse propensity weighting, cross-fitted by learner). One model says
  who is contacted, another who abandons, from what was known when the alert opened: the risk said, silence,
  history, days left, regularity, kinds of alert, alerts before. Either may be wrong, not both. Who the mentor is,
  and of which session, is not among them: a mentor who calls everybody and has the easier sessions looks as if calls
  helped. A contact counts
  when it begins within seven days of the alert; what follows is counted from the end of those seven days, among
  those still there. Counted from the alert, whoever was contacted on the sixth day would have had to stay six days
  (immortal time). Learners contacted in the 28 days before are left out: they were being helped already.

The question answered is that of a contact now against none now: those not contacted then may have been later.

Nothing is said below 50 learners on the smaller side, or when the smaller side would have fewer than 10
abandonments if contacts changed nothing. Abandonments on each side are not looked at for this: to be silent where
few contacted learners left would be to speak only where contacts failed. Nor is anything said where fewer than
half of the cases have their like on the other side (a chance of contact between 1 % and 99 %).

The **E-value** (VanderWeele and Ding 2017) says how strongly something that nobody wrote down would have to weigh,
on both contacts and abandonment, to explain the difference away. It measures how much is needed, never whether it
is there: the table below has a world where it is.

## A share drawn by lot
Off unless somebody (quality, data scientist, administration) turns it on at `/watch/effects`, with a reason that
is kept there and whose digest goes to the journal. A round then may draw, for each mentor, one pair: the last
alert that opens and the first that waits for want of room. A mentor's list has as many alerts as without a lot, in
the same places, with the same words. Nothing grave, no declared intention, no question left unanswered is ever
drawn; nor an alert that reopens, nor somebody drawn in the last 28 days. The lot is decided by the run and the two
enrolments alone (SHA-256), each of the two has an even chance, and the journal keeps each assignment. With a share
of 10 %, about one alert in ten is drawn. Turned off, the rounds are those of before to the byte.

The worlds *drawn* below draw each contact apart, with one chance in ten, rather than pairs at a threshold; how they
are compared is the same.

## On the simulator
"""
AFTER = """
Shares of abandonment within 28 days, in points; *true* is what the simulator knows, over all worlds of a kind;
*bias* is the mean estimate less the truth; *covered* is the share, among the worlds where
something is said, of those whose interval holds the truth, give or take what so few worlds leave to chance (95 %).
*Contacted less others* and *after less before* are what people compare. The lines are in
[effects.jsonl](effects.jsonl); to measure again:

```sh
python -m tests.bench.bench_effects                           # all kinds, one line each
python -m tests.bench.bench_effects 50 --only "chosen, contacts help"
```
"""


def read(path: Path) -> list[Line]:
    """Return the last line of each kind of world, in the order in which kinds first came."""
    found: dict[str, Line] = {}
    for told in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(told)
        found[line["name"]] = line
    return list(found.values())


def page(lines: Sequence[Line]) -> str:
    """Return the page."""
    columns = (
        "worlds where",
        "worlds",
        "said",
        "true",
        "estimate",
        "bias",
        "covered",
        "says it helps",
        "says it harms",
    )
    more = ("contacted less others", "after less before")
    head = [f"| {' | '.join((*columns, *more))} |", "|---|" + "--:|" * (len(columns) + len(more) - 1)]
    return INTRO + "\n".join([*head, *map(_row, lines)]) + "\n" + AFTER + "\n" + "\n".join(_verdicts(lines)) + "\n"


def _row(line: Line) -> str:
    cells = [line["name"], str(line["worlds"]), f"{line['estimated'] / line['worlds']:.1%}", f"{line['true']:+.2f}"]
    if "estimate" in line:
        covered = f"{line['coverage']:.1%} ± {100 * chance(line):.1f}"
        cells += [f"{line['estimate']:+.2f}", f"{line['bias']:+.2f}", covered, f"{line['helps']:.1%}",
                  f"{line['harms']:.1%}"]  # fmt: skip
    else:
        cells += ["not enough data"] + [""] * 4
    cells += [f"{line[name]:+.2f}" for name in ("naive", "before_after")]
    return f"| {' | '.join(cells)} |"


def _verdicts(lines: Sequence[Line]) -> list[str]:
    """Return what the lines say of what was promised, misses as misses."""
    told = ["## What was promised\n"]
    for line in lines:
        if "estimate" not in line:
            told.append(f"- {line['name']}: nothing is said in {line['worlds'] - line['estimated']} of {line['worlds']}"
                        " worlds, as promised below the stated size.")  # fmt: skip
            continue
        biased, out = abs(line["bias"]) > MOST_BIAS, not COVERED[0] <= line["coverage"] <= COVERED[1]
        low, high = (line["coverage"] + sign * chance(line) for sign in (-1, 1))
        sure = COVERED[0] <= low and high <= COVERED[1]
        unsure = f"kept, not proven: {line['estimated']} worlds leave {low:.1%} to {high:.1%}"
        met = "**missed**" if biased or out else "kept" if sure else unsure
        told.append(f"- {line['name']}: bias {line['bias']:+.2f} (1 point at most), {line['coverage']:.1%} covered"
                    f" (93 to 97 %): {met}.{_hidden(line) if biased else ''}")  # fmt: skip
    return told


def chance(line: Line) -> float:
    """Return half the 95 % interval of a line's coverage: how far so many worlds may be from the truth."""
    return float(1.96 * (line["coverage"] * (1 - line["coverage"]) / line["estimated"]) ** 0.5)


def _hidden(line: Line) -> str:
    return (
        " Why mentors called was not among what was known, and no method repairs that. The E-value of its estimate is"
        f" {line['e_value']:.1f} ({line['e_value_limit']:.1f} for the interval): a reason that strong was there."
    )
