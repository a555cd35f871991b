"""The page of the watch: how it works, and what was measured of it, from the lines kept in `docs/watch.jsonl`.

Of the lines that tell of the same thing, the last one counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]
INTRO = """# The watch over data and model

What Filrouge looks at each day once a list is scored, what it says, and how often it is wrong. The data scientist
reads it on `/watch`; programs on `/api/v1/watch` and `/metrics`; from the terminal:

```sh
filrouge monitor verdict        # drift, sources, labels, and what to do with the model; --json for everything
filrouge monitor drift          # the drift alone
```

`filrouge daily` does it as a step of its own. The reports of each day stay under `FILROUGE_HOME/reports`: `watch`
(JSON), `drift` (JSON, and Evidently's page, which people read). `/watch` shows the latest; `/watch?on=2026-06-08` an
earlier day's, and `/watch?feature=…` one feature day by day, over the last 26 reports. The JSON has the same: each
feature that moved, the course of those drawn on the page, courses and groups, the hold-out, the days kept.

Prometheus reads `filrouge_watch_verdict{action}`, `filrouge_drift_verdict{verdict}`, `filrouge_drift_columns{state}`,
`filrouge_source_state{kind,state}`, `filrouge_model_roc_auc{of}` and `filrouge_watch_day_timestamp_seconds`: codes and
figures, nobody's.

## Drift

**Like with like.** Each learner of the list is compared with learners of earlier sessions in the same week of the
course: sessions of the same course where there are six or more, otherwise all of them, four at least. A session is
never compared with itself. Learners who have nothing to be compared with are counted; where they are more than half,
the verdict is *not enough data*.

**The yardstick** is how much earlier sessions differ from one another: 120 times, an earlier session takes the place
of each current one, with as many learners, and is compared with those that are left. Learners of one session share
their trainer, their deadlines and their weeks: thirty of them are not thirty proofs.

**What moved**: the distance (Wasserstein, in standard deviations) is at least 0.3, and such a distance is rarer
between earlier sessions than one in twenty, once adjusted for the number of columns (Benjamini and Hochberg, 1995).
Shares of nulls are judged apart, in the same way, from ten points on; so is the score, which no other column dilutes.
Columns that are constant, that hardly anybody differs in, or of which earlier sessions have hardly any value, are not
judged. Course by course, the level is shared between the courses.

**Verdict**: *to watch* when the score moved or 1.5 % of the columns did, *drifted* from 30 %.

## Sources

Each hour of the week has its chance to bring a record of a kind, learnt from eight weeks, closures left out. A source
is *quiet* when its silence is less likely than 0.0005 and half as long again as any silence of those weeks; it comes
*far less than usual* when seven days brought less than 0.3 of the usual week and less than 0.6 of the least. Under
two weeks of history, or five days with records: *too little history*.

**Alerts are held** by the same rhythm, by the day: those on activity in a session that fell silent (in all of them when
the site did), questions without an answer while no post comes, marks missed while no mark comes. Mentors see on their
page which kind of record is quiet, and since when.

**A word to administrators** leaves by e-mail when the daily run finds a kind quiet, or far below its usual, and another
when it is back: once an outage, all kinds together, in each one's language, after their silence
([messages](notifications.md)). A source that falls silent again within 7 days is told of once more, as one that comes
and goes, then only when it has come for 7 days (`serving/watch/outages/policy.py`, its table of cases
`tests/unit/test_serving_outages.py`). The journal keeps each word (`sources_told`).

**Back, the list is scored again** the same day. While a kind is quiet, a run that is started again tries the imports
again; what any import, or program, brought of it since the day's list was made leads to another list, round of
alerts and watch: those held open, or had no reason to be. With `FILROUGE_DAILY_AT`, the server sees it within five
minutes, and leaves half an hour between two lists. « La liste a été recalculée » is said only once a list has read what
came back. Learners whose records a program pushes are looked at again at once in any case ([live](live.md)).

## How the scores turn out

Labels whose horizon is over by what was known: 14 days first (their ranking only), then the model's own horizon.
Intervals draw whole sessions. Beside them stands what the model's test promised. Until there are labels, an estimate
from the probabilities themselves: it assumes that they are still right, so it sees that other people came, and not
that the same signs came to mean something else.

**Course by course, group by group** (sex, age band, declared disability, where the records say; none is a feature):
ROC AUC, PR-AUC, observed over expected, with their intervals. No figure without 50 rows, 10 of each label, and five
people on each side, for rows repeat a learner day after day. A group of fewer than five people is not counted, nor
the next smallest, until nobody can subtract their way back
([decision 27](decisions/0027-what-is-small-does-not-leave.md)).

**The hold-out**, where the organisation drew lots at the threshold ([the effect of prevention](effects.md)): those whom
the lot put second and nobody contacted within the horizon, by their score of that day's list. They are near a
threshold, so their scores are alike: ranking them is harder than ranking a list. Those who were called later all the
same are counted and left out, which chance did not decide. Without a lot there is none, and the page says so: those
whom mentors left alone were chosen, and their figures mislead.

## Verdict

*Keep*, *recalibrate*, *train again*, *go back down a level*, *not enough data*: a pure function
(`monitoring/verdict.py`) with its table of cases (`tests/unit/test_monitoring_verdict.py`). Labels come first; then a
source that is quiet, for one does not train on an outage; then what is known without labels. A person promotes with
`filrouge models promote`, and goes back with `filrouge models rollback`. Where `FILROUGE_CHALLENGER=asked`, the daily
run trains on *recalibrate* and *retrain*, and asks that person (docs/models.md, challengers of the daily run).

## Measured

On simulated sites (`data/simulator.py`) whose truth is known: ten sessions of 40 learners taught the model, four are
under way, one look every Monday for twelve weeks (every morning for sources). *Alike*: sessions differ by chance
alone; *different*: their people's mean engagement differs too, by 0.3 of the spread between learners. The lines are
in [watch.jsonl](watch.jsonl):

```sh
python -m tests.bench.bench_watch drift --worlds 40 >> docs/watch.jsonl      # or freshness, or estimate
python -m docs.build                                                        # writes this page
```
"""
LIMITS = """
## What is weak

- Few worlds were looked at: a rate of none or one in a hundred looks may be several in truth. The false alarms of one
  course alone, and of slow drips that are real, were not measured.
- The estimate's Brier score strays by up to 0.007 when other people come, for the probabilities then are not quite
  right any more: its ranking is what it is for. Its worlds have sessions of 200 learners.
- Records that come every few weeks by nature (surveys, attendance) are called quiet two to three weeks late.
- Simulated sessions differ from one another by chance and by engagement; real ones also by trainer, season and
  timetable.
- A change that builds up in windows of 28 days is seen when the window holds enough of it: two to four weeks later.
- With four to six earlier sessions, only what is far out of the usual can be told from chance.
- What came back is compared by the versions of the records that the list read: a record that is only known from today
  on (an import dated today) is seen by tomorrow's list, as any.
- An administrator without an e-mail is told by the banner on `/admin` alone.
- The hold-out is small for long: a lot draws one pair a queue and a round at most.
- The records name no source: a source is seen through the kinds of record that it brings, the platform as a whole
  through its logins and views.
"""


def read(path: Path) -> list[Line]:
    """Return the last line of each thing measured."""
    found: dict[str, Line] = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        found[json.dumps([line.get(name) for name in ("what", "sessions", "kind", "figure")])] = line
    return list(found.values())


def page(lines: Sequence[Line]) -> str:
    """Return the page, the same for the same lines."""
    quiet = [one for one in lines if one["what"] == "drift: nothing changes"]
    changes = [one for one in lines if one["what"].startswith("drift: ") and one not in quiet]
    well = [one for one in lines if one["what"] == "freshness: all is well"]
    silent = [one for one in lines if one["what"] == "freshness: nothing comes any more"]
    guessed = [one for one in lines if one["what"].startswith("estimate: ")]
    parts = [
        _table("Drift: false alarms, where nothing changes", FALSE, quiet),
        _table("Drift: what changes is found", FOUND, changes),
        _table("Sources: false alarms, where all is well", WELL, well),
        _table("Sources: silence is found", SILENT, silent),
        _table("The estimate without labels, beside what the labels then said", GUESSED, guessed),
    ]
    return INTRO + "".join(parts) + LIMITS


Cells = Mapping[str, Callable[[Line], str]]
FALSE: Cells = {
    "sessions": lambda one: one["sessions"], "worlds": lambda one: str(one["worlds"]),
    "looks": lambda one: str(one["looks"]), "false alarms": lambda one: str(one["false_alarms"]),
    "share of looks": lambda one: f"{one['share_of_looks']:.1%}",
    "alarms a year of weekly looks": lambda one: f"{one['episodes_a_year']:.1f}",
    "columns that moved": lambda one: f"{one['columns_moved']:.2%}",
}  # fmt: skip
FOUND: Cells = {
    "what changes": lambda one: one["what"].removeprefix("drift: "), "sessions": lambda one: one["sessions"],
    "found": lambda one: f"{one['found']} of {one['worlds']}", "within": lambda one: f"{one['days']} days",
    "days until found (middle, longest)": lambda one: _days(one),
}  # fmt: skip
WELL: Cells = {
    "kind": lambda one: f"`{one['kind']}`", "looks": lambda one: str(one["looks"]),
    "quiet": lambda one: str(one["quiet"]), "quiet a year": lambda one: f"{one['quiet_a_year']:.1f}",
    "far less than usual": lambda one: str(one["slow"]), "a year": lambda one: f"{one['slow_a_year']:.1f}",
    "too little history": lambda one: str(one["unknown"]),
}  # fmt: skip
SILENT: Cells = {
    "kind": lambda one: f"`{one['kind']}`", "found": lambda one: f"{one['found']} of {one['worlds']}",
    "within": lambda one: f"{one['days']} days", "days until found (middle, longest)": lambda one: _days(one),
}  # fmt: skip
GUESSED: Cells = {
    "people": lambda one: one["what"].removeprefix("estimate: "), "figure": lambda one: one["figure"],
    "worlds": lambda one: str(one["worlds"]), "rows": lambda one: f"{one['rows']:,}",
    "measured": lambda one: f"{one['measured']:.3f}", "estimate less measured": lambda one: f"{one['gap']:+.3f}",
    "greatest gap": lambda one: f"{one['greatest_gap']:.3f}",
}  # fmt: skip


def _days(one: Line) -> str:
    return "–" if one["median_delay"] is None else f"{one['median_delay']:g}, {one['longest_delay']}"


def _table(title: str, cells: Cells, lines: Sequence[Line]) -> str:
    if not lines:
        return ""
    rows = [f"| {' | '.join(cell(one) for cell in cells.values())} |" for one in lines]
    heads = [f"| {' | '.join(cells)} |", f"|{' --- |' * len(cells)}"]
    return "\n".join([f"\n### {title}\n", *heads, *rows]) + "\n"
