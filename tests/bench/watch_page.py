"""The page of the watch: how it works, and what was measured of it, from the lines kept in `docs/watch.jsonl`.

A world measured twice counts once: its last line. No figure is written here by hand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tests.bench import watch_tables as tables
from tests.bench.watch_rates import delays, every, share
from tests.bench.watch_tables import Line, table

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
never compared with itself, nor a list that looks back on a closed working week (of the calendar's closures and public
holidays) with sessions that had none, or one that looks back on two with one. Learners who have nothing to be
compared with are counted; where they are more than half, the verdict is *not enough data*.

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

Labels whose horizon is over by what was known: 14 days first (their ranking only), then the model's own horizon; none
of days that the model was trained or tested on (a list of the past made since), none before ten enrolments of each
label: one who leaves is on four weekly lists, and is one proof. Intervals draw whole sessions, and are moved out as
Student's distribution is wider than the normal one, for sessions are few. Beside them
stands what the model's test promised.

**Until there are labels**, an estimate from the probabilities themselves. It assumes that they are right: that of the
learners to whom the model gives one chance in ten, one in ten leaves, here as in the model's test. So it sees that
other people came, and not that the same signs came to mean something else; and it believes a model that is too sure of
itself. Its interval adds up how much sessions drawn again differ, and how unsure the test itself was. Other ways were
tried on tuning worlds 1 to 5 and left aside, for none came nearer to the truth at both sizes: a line in log-odds fitted
on the test, half of that line's slope, the difference between estimate and measure on the test, their mean with the
test's own figure. Weights by importance would estimate more from the learners of the test who are like those of now:
the lists keep the features that it needs, not the labels, so it was not tried.

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

On simulated sites (`data/simulator.py`) whose truth is known. Ten sessions of 40 learners taught the model, four at a
time are under way, two courses; one look every Monday for twelve weeks, every morning for sources. *Alike*: sessions
differ by chance alone; *different*: their people's mean engagement differs too, by 0.3 of the spread between learners.

Thresholds were set by looking at worlds 1 to 20; those measured are numbered from 101 on. What was mended while
measuring (closures, leavers counted once, wider intervals) was looked at on worlds 1 to 5; that an estimate is a
reason only when it and the test are out of each other's interval, on labels' worlds 101 to 103: labels are measured
from 104 on. Brackets hold intervals of 95 %: exact for shares (Clopper and Pearson) and for alarms a year (Garwood).
Looks at one world follow one another, so the intervals of shares of looks are too narrow where alarms last; those of
worlds, and of alarms that begin, are not.
The lines are in [watch.jsonl](watch.jsonl), one a world:

```sh
python -m tests.bench.bench_watch             # measures the worlds that are not there yet; cut it, it goes on later
python -m tests.bench.bench_watch drift       # or sources, changes, winter, christmas, labels, estimate
python -m docs.build                          # writes this page
```
"""
LIMITS = """
## What is weak

- The calendar must tell closures: where it does not, a fortnight at Christmas is called drift and silence.
- For about five weeks after a closed fortnight, drift is not judged, until as many winters were lived as sessions are
  wanted (four): *not enough data* is said.
- A course's own verdict is a coarser tool than the whole list's: it rests on one session or two, so it cries wolf more
  often, and half of the logins of one course is too little for it. A stricter level for courses was tried on tuning
  worlds 1 to 5 and 11 to 14 and left aside: it took as many findings away as false alarms.
- Simulated sessions differ from one another by chance and by engagement; real ones also by trainer, season and
  timetable. The two courses have the same people and laws.
- A change that builds up in windows of 28 days is seen when the window holds enough of it: two to four weeks later.
- With four to six earlier sessions, only what is far out of the usual can be told from chance.
- What came back is compared by the versions of the records that the list read: a record that is only known from today
  on (an import dated today) is seen by tomorrow's list, as any.
- An administrator without an e-mail is told by the banner on `/admin` alone.
- The hold-out is small for long: a lot draws one pair a queue and a round at most.
- Records that come late from some day on are told as drift, for lists then rest on less; so are records that missed one
  list, as long as features remember it. The cause is not told apart; marks, which come in bursts after a deadline, are
  then said to come far less than usual on one to seven mornings of the second week, though they come.
- Records that come every few weeks by nature (surveys, attendance) are called quiet two to three weeks late, and a drip
  of answers is not seen by their source.
- A drip of one record in three left is on the threshold (0.3 of the usual week): some kinds are told, others never.
- Labels are few: with forty learners a session, about a hundred and fifty under way, half a year brings a few dozen who
  leave. A model whose ranking is lost may go unseen; a number of leavers that falls below ten hides it altogether.
- In these worlds the model was taught on ten sessions: its probabilities are often off from the first day, and a
  verdict that says so is right. It is counted as false only where the truth is within what the verdict calls well.
- The estimate of a model taught on few strays by several points, up or down, and its interval is wide. The verdict
  reads that interval, so it says little before labels come.
- The records name no source: a source is seen through the kinds of record that it brings, the platform as a whole
  through its logins and views.
"""


def read(path: Path) -> list[Line]:
    """Return the last line of each world, in each kind."""
    found: dict[tuple[str, str, int], Line] = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        found[line["what"], line["kind"], line["seed"]] = line
    return sorted(found.values(), key=lambda one: (one["what"], one["kind"], one["seed"]))


def page(lines: Sequence[Line]) -> str:
    """Return the page, the same for the same lines."""
    return "".join([INTRO, _worlds(lines), _expect(lines), *_drift(lines), *_sources(lines), *_labels(lines), LIMITS])


def _worlds(lines: Sequence[Line]) -> str:
    """Tell how many worlds were measured, of each kind."""
    counts = [
        f"{what}{f' ({kind})' if kind else ''} {len(tables.of(lines, what, kind))}"
        for what in dict.fromkeys(one["what"] for one in lines)
        for kind in tables.kinds(lines, what)
    ]
    return f"\nWorlds measured so far: {', '.join(counts)}.\n" if counts else "\nNothing was measured yet.\n"


def _expect(lines: Sequence[Line]) -> str:
    """Tell in words what to expect."""
    told = [one for one in (_expect_drift(lines), _expect_sources(lines), _expect_estimate(lines)) if one]
    return "\n### What to expect\n\n" + "".join(f"- {one}\n" for one in told) if told else ""


def _expect_drift(lines: Sequence[Line]) -> str:
    begun, weeks = tables.alarm_weeks(lines)
    if not weeks:
        return ""
    told = (
        f"Where nothing changes, looking every Monday, false alarms of the whole list's drift: {every(begun, weeks)}."
    )
    worlds = [one["found"] for one in lines if one["what"] == "changes"]
    days = [delay for one in worlds for delay in one.values()]
    seen = [one for one in days if one is not None]
    if not seen:
        return told
    return (
        f"{told} A change for everybody was seen {share(len(seen), len(days))} within seven weeks, after"
        f" {delays(seen)} days (middle, longest)."
    )


def _expect_sources(lines: Sequence[Line]) -> str:
    worlds = tables.of(lines, "sources")
    if not worlds:
        return ""
    silent = [one["silence"]["activity"] for one in worlds]
    mornings = delays([one[0] for one in silent if one])
    return (
        f"A platform that falls silent is told after {mornings} mornings (middle, longest), in"
        f" {share(sum(map(bool, silent)), len(silent))} worlds."
    )


def _expect_estimate(lines: Sequence[Line]) -> str:
    told = [one for world in tables.of(lines, "estimate") for one in world["people"].values()]
    if not told:
        return ""
    within = sum(abs(one["estimate"][0] - one["truth"]) <= 0.02 for one in told)
    held = sum(one["estimate"][1] <= one["truth"] <= one["estimate"][2] for one in told)
    return (
        f"The estimate without labels is within 0.02 of the true ROC AUC in {within} of {len(told)} cases, and its"
        f" interval holds the truth in {held} of them: read the interval, not the figure."
    )


def _drift(lines: Sequence[Line]) -> list[str]:
    """Return the tables of drift."""
    return [
        table(
            "Drift: false alarms, where nothing changes",
            (
                "sessions",
                "verdict of",
                "looks",
                "false alarms",
                "worlds with one",
                "alarms a year",
                "columns that moved",
            ),
            tables.quiet(lines),
        ),
        table(
            "Drift: what changes is found",
            ("what changes", "sessions", "found within 49 days", "days (middle, longest)"),
            tables.found(lines),
        ),
        table(
            "Drift: the records of three days come three days late, once (worlds where something moved)",
            ("sessions", "that Monday", "the next", "the one after"),
            tables.late(lines),
        ),
        table(
            "Drift: after a fortnight closed at Christmas, this winter and before (six Mondays a world)",
            ("the calendar", "looks", "said that something moved", "not judged"),
            tables.closed(lines),
        ),
    ]


def _sources(lines: Sequence[Line]) -> list[str]:
    """Return the tables of sources."""
    kind = "kind of record"
    return [
        table(
            "Sources: false alarms, where all is well",
            (kind, "mornings", "quiet", "begun a year", "far less than usual", "begun a year"),
            tables.well(lines),
        ),
        table(
            "Sources: what fails is found",
            ("what fails", kind, "found within 28 days", "mornings (middle, longest)", "called"),
            tables.broken(lines),
        ),
        table(
            "Sources: records come three days late: worlds where a kind is called quiet, or far less than usual",
            ("late", kind, "while nothing comes", "afterwards (falsely)"),
            tables.tardy(lines),
        ),
        table(
            "Sources: a fortnight closed at Christmas: worlds with a false alarm",
            ("the calendar", kind, "while closed", "in the four weeks after"),
            tables.winter(lines),
        ),
    ]


def _labels(lines: Sequence[Line]) -> list[str]:
    """Return the tables of labels, and of the estimate without."""
    return [
        table(
            "Labels: verdicts where nothing changes (34 Mondays a world)",
            ("learners a session", "verdict", "looks", "said", "said falsely", "worlds", "begun a year"),
            tables.false_verdicts(lines),
        ),
        table(
            "Labels: learners leave otherwise, from the ninth Monday on (25 more are looked at)",
            (
                "what changes",
                "learners a session",
                "verdict",
                "found",
                "worlds that already said it",
                "days (middle, longest)",
            ),
            tables.verdicts(lines),
        ),
        table(
            "The estimate without labels (ROC AUC), beside the truth and beside what the labels then said",
            (
                "people",
                "worlds",
                "truth",
                "estimate less truth",
                "mean distance",
                "greatest",
                "its interval",
                "holds the truth",
                "holds the labels' figure",
            ),
            tables.guessed(lines),
        ),
    ]
