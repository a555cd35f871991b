"""How well what shows of simulated learners can rank them: a plain logistic regression, sessions apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.privacy import Pseudonymiser
from data.simulated.columns import Array
from data.simulated.truth import HORIZON_WEEKS, Arm
from data.simulated.world import World
from data.simulator import records

WINDOWS = (14, 28, 1000)
FIRST_WEEK = 3


def reachable(worlds: Sequence[World], pseudonymiser: Pseudonymiser) -> tuple[Array, Array]:
    """Return who abandons within 28 days, and the rank that what is known gives them, in the last 40 % of the worlds.

    The regression is fitted on the other worlds, on sums of each kind of record over three windows; what posts say is
    left out, so that the figure does not move with each version of `data.tone`.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    shown = [_shown(world, pseudonymiser) for world in worlds]
    fitted = max(1, round(0.6 * len(shown)))
    signals = np.concatenate([signal for signal, _ in shown[:fitted]])
    happens = np.concatenate([happen for _, happen in shown[:fitted]])
    scaler = StandardScaler().fit(signals)
    model = LogisticRegression(C=0.1, max_iter=500).fit(scaler.transform(signals), happens)
    tested = np.concatenate([signal for signal, _ in shown[fitted:]])
    rank: Array = model.decision_function(scaler.transform(tested))
    return np.concatenate([happen for _, happen in shown[fitted:]]), rank


def _shown(world: World, pseudonymiser: Pseudonymiser) -> tuple[Array, Array]:
    """Return what is known of each learner at the start of each week, and who abandons in the 28 days after."""
    tables = records([world], pseudonymiser)
    grids = [_daily(world, *columns) for columns in _kinds(tables)]
    happens, signals, outcomes = Arm(world, begun=False).happens, [], []
    for week in range(FIRST_WEEK, world.plan.weeks - HORIZON_WEEKS):
        there, day = world.left > 7 * week, 7 * week
        known = [grid[there, day] - grid[there, max(0, day - window)] for grid in grids for window in WINDOWS]
        signals.append(np.column_stack([*known, np.full(there.sum(), week)]))
        outcomes.append(happens[there, week])
    return np.concatenate(signals), np.concatenate(outcomes)


def _kinds(tables: dict[str, pa.Table]) -> list[tuple[pa.Table, str, Array]]:
    """Return each kind of record: its rows, the day it is known, and what each row counts for."""
    activity, posts, attendance = tables["activity"], tables["posts"], tables["attendance"]
    posts = posts.filter(pc.is_valid(posts["enrolment_id"]))
    hours = pc.is_in(attendance["status"], pa.array(["present", "late"]))
    marks, answers = tables["quiz_results"], tables["survey_answers"]
    marked, answered = marks.filter(pc.is_valid(marks["score"])), answers.filter(pc.is_valid(answers["value"]))
    return [
        (activity, "known_on", np.ones(activity.num_rows)),
        (activity, "known_on", pc.equal(activity["kind"], "login").to_numpy().astype(float)),
        (posts, "known_on", np.ones(posts.num_rows)),
        (attendance, "known_on", hours.to_numpy().astype(float)),
        (marks, "known_on", np.ones(marks.num_rows)),
        (marked, "score_known_on", marked["score"].to_numpy() - 0.6),
        (answered, "answered_on", answered["value"].to_numpy()),
    ]


def _daily(world: World, rows: pa.Table, day_column: str, value: Array) -> Array:
    """Return the sum of a kind of record before each day, one line a learner."""
    order = np.argsort(world.enrolment)
    line = order[np.searchsorted(world.enrolment, rows["enrolment_id"].to_numpy(), sorter=order)]
    day = rows[day_column].cast(pa.int32()).to_numpy() - world.starts[0]
    inside, total = (day >= 0) & (day < world.length), np.zeros((len(world.left), world.length + 1))
    np.add.at(total, (line[inside], day[inside] + 1), value[inside])
    summed: Array = np.cumsum(total, axis=1)
    return summed
