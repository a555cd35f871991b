"""What simulated learners do: the canonical tables that their hidden state gives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from data import tone
from data.contracts import TABLES
from data.privacy import Pseudonymiser
from data.simulated_texts import LEAVING, STRUGGLING, WELL
from data.simulated_world import Array, Plan, World, day_number, days_of, numbers

LEARNERS_A_MENTOR = 25
SURVEY_WEEKS = (3, 11, 19, 27)
QUESTIONS = {"nps": "nps", "satisfaction": "likert5", "confidence": "likert5", "intention": "intent"}
KINDS = ("resource", "forum_view", "quiz_view", "view")
KIND_SHARES = (0.5, 0.2, 0.1, 0.2)
EVENING = 17 * 3600
"""When a simulated day's records happen, in seconds UTC: the same day in Paris."""


def sessions(plan: Plan) -> pa.Table:
    """Return the sessions, one every so many weeks."""
    starts = [plan.first_on + timedelta(weeks=plan.every_weeks * s) for s in range(plan.sessions)]
    return _table("sessions", {
        "session_id": [f"SIM-{s + 1:02}" for s in range(plan.sessions)],
        "course_id": ["SIM"] * plan.sessions,
        "name": [f"Session simulée {s + 1}" for s in range(plan.sessions)],
        "starts_on": starts,
        "ends_on": [day + timedelta(days=7 * plan.weeks - 1) for day in starts],
    })  # fmt: skip


def enrolments(world: World, pseudonymiser: Pseudonymiser) -> pa.Table:
    """Return the roster as known on the last day: later departures are not known yet."""
    n, length = len(world.left), 7 * world.plan.weeks
    last = day_number(world.plan.last_on)
    ended = world.starts + np.minimum(world.left, length - 1)
    known = ended < last
    left_as = np.where(world.cause == "found_job", "neutral_exit", "abandoned")
    outcome = np.where(world.left >= length, "completed", left_as)
    mentor = [mentor_of(world, row) for row in range(n)]
    motives = [[cause] if seen and cause else None for cause, seen in zip(world.cause, known, strict=True)]
    return _table("enrolments", {
        "enrolment_id": world.enrolment,
        "learner_id": numbers(pseudonymiser, "learner", range(n)),
        "course_id": ["SIM"] * n,
        "session_id": [f"SIM-{s + 1:02}" for s in world.session],
        "mentor_id": numbers(pseudonymiser, "mentor", mentor),
        "registered_on": days_of(world.starts - 7),
        "started_on": days_of(world.starts),
        "planned_end_on": days_of(world.starts + length - 1),
        "ended_on": days_of(ended, known),
        "outcome": np.where(known, outcome, "ongoing"),
        "outcome_known_on": days_of(ended, known),
        "motives": motives,
    })  # fmt: skip


def mentor_of(world: World, row: int) -> str:
    """Return who follows a learner: each mentor of a session follows so many of them."""
    return f"{world.session[row]}:{row % world.plan.learners // LEARNERS_A_MENTOR}"


def activity(world: World, rng: np.random.Generator, pseudonymiser: Pseudonymiser) -> pa.Table:
    """Return one login a day of presence, and counted actions by kind, the more engaged the more."""
    n, length = len(world.left), 7 * world.plan.weeks
    rows, days = (grid.ravel() for grid in np.meshgrid(np.arange(n), np.arange(length), indexing="ij"))
    state = world.engagement[rows, world.week_of(days)]
    working = np.where(days % 7 < 5, 0.0, -1.0)
    here = world.seen(rows, days) & (rng.random(len(rows)) < _chance(-0.3 + working + state))
    rows, days, state = rows[here], days[here], state[here]
    actions = rng.poisson(4 * np.exp(0.4 * state)[:, None] * np.array(KIND_SHARES))
    at, kind = np.nonzero(actions)
    parts = (np.concatenate([rows, rows[at]]), np.concatenate([days, days[at]]))
    names = np.concatenate([np.full(len(rows), "login"), np.array(KINDS)[kind]])
    count = np.concatenate([np.ones(len(rows), int), actions[at, kind]])
    told = (f"activity:{row}:{day}:{name}" for row, day, name in zip(*parts, names, strict=True))
    return _table("activity", {
        "record_id": numbers(pseudonymiser, "record", told),
        "enrolment_id": world.enrolment[parts[0]],
        "kind": names,
        "resource_id": pa.array(_week_resource(world, *parts), pa.int64(), mask=names == "login"),
        "count": count,
        **_clock(world.starts[parts[0]] + parts[1], "occurred_from", "occurred_to", "known_at"),
    })  # fmt: skip


def _week_resource(world: World, rows: Array, days: Array) -> Array:
    """Return a number for the resource of each week of each session."""
    week: Array = 10_000 + 100 * world.session[rows] + world.week_of(days)
    return week


def posts(world: World, rng: np.random.Generator, pseudonymiser: Pseudonymiser) -> pa.Table:
    """Return posts whose text says how the learner is; only its reading is kept."""
    weeks = np.arange(world.plan.weeks)
    number = rng.poisson(0.4 * np.exp(0.5 * world.engagement))
    rows, week = np.nonzero(number)
    days = 7 * weeks[week] + rng.integers(0, 7, len(rows))
    seen = world.seen(rows, days)
    rows, days = rows[seen], days[seen]
    readings = [tone.read(_text(world, row, day, rng)) for row, day in zip(rows.tolist(), days.tolist(), strict=True)]
    told = (f"{row}:{day}" for row, day in zip(rows, days, strict=True))
    record = numbers(pseudonymiser, "post", told)
    fields = ("is_question", "n_words", "tone", "intent_to_leave", "distress", "technical_trouble", "thanks")
    return _table("posts", {
        "record_id": record,
        "session_id": [f"SIM-{s + 1:02}" for s in world.session[rows]],
        "thread_id": record,
        "enrolment_id": world.enrolment[rows],
        "author_role": ["learner"] * len(rows),
        "channel": ["help"] * len(rows),
        **{name: [getattr(reading, name) for reading in readings] for name in fields},
        "reactions": np.zeros(len(rows), int),
        **_clock(world.starts[rows] + days, "occurred_at", "known_at"),
    })  # fmt: skip


def _text(world: World, row: int, day: int, rng: np.random.Generator) -> str:
    """Return what a learner would write in that state; those about to leave sometimes say so."""
    state = world.engagement[row, day // 7]
    if world.left[row] - day < 21 and world.left[row] < 7 * world.plan.weeks and rng.random() < 0.3:
        return str(rng.choice(LEAVING))
    return str(rng.choice(WELL if rng.random() < _chance(1.2 * state) else STRUGGLING))


def quizzes(world: World, rng: np.random.Generator, pseudonymiser: Pseudonymiser) -> dict[str, pa.Table]:
    """Return a quiz every second week, taken and passed according to the hidden state."""
    plan = world.plan
    due = [14 * q + 13 for q in range(plan.weeks // 2)]
    known = [(s, q) for s in range(plan.sessions) for q in range(len(due))]
    first = [day_number(plan.first_on) + 7 * plan.every_weeks * s for s, _ in known]
    assessed = {pair: pseudonymiser.one("assessment", f"{pair[0]}:{pair[1]}") for pair in known}
    rows, quiz = (grid.ravel() for grid in np.meshgrid(np.arange(len(world.left)), np.arange(len(due)), indexing="ij"))
    days = np.array(due)[quiz] - rng.integers(0, 6, len(rows))
    state = world.engagement[rows, world.week_of(days)]
    taken = world.seen(rows, days) & (rng.random(len(rows)) < _chance(1.5 + state))
    rows, quiz, days, state = rows[taken], quiz[taken], days[taken], state[taken]
    score = np.clip(0.62 + 0.09 * state + rng.normal(0, 0.13, len(rows)), 0, 1).round(2)
    assessments = _table("assessments", {
        "assessment_id": list(assessed.values()),
        "session_id": [f"SIM-{s + 1:02}" for s, _ in known],
        "kind": ["quiz"] * len(known),
        "name": [f"Quiz {q + 1}" for _, q in known],
        "opens_on": days_of(np.array(first) + np.array([due[q] - 6 for _, q in known])),
        "due_on": days_of(np.array(first) + np.array([due[q] for _, q in known])),
        "weight": np.full(len(known), 100 / len(due)),
        "known_on": days_of(np.array(first)),
    })  # fmt: skip
    results = _table("quiz_results", {
        "record_id": numbers(pseudonymiser, "attempt", (f"{r}:{q}" for r, q in zip(rows, quiz, strict=True))),
        "enrolment_id": world.enrolment[rows],
        "assessment_id": [assessed[pair] for pair in zip(world.session[rows].tolist(), quiz.tolist(), strict=True)],
        "attempt": np.ones(len(rows), int),
        "auto_submitted": np.zeros(len(rows), bool),
        "banked": np.zeros(len(rows), bool),
        "score": score,
        "submitted_on": days_of(world.starts[rows] + days),
        "score_known_on": days_of(world.starts[rows] + days),
        **_clock(world.starts[rows] + days, "submitted_at", "known_at"),
    })  # fmt: skip
    return {"assessments": assessments, "quiz_results": results}


def surveys(world: World, rng: np.random.Generator, pseudonymiser: Pseudonymiser) -> dict[str, pa.Table]:
    """Return surveys sent to all those there, answered or not according to the hidden state."""
    plan = world.plan
    weeks = [week for week in SURVEY_WEEKS if week < plan.weeks]
    sent = [(s, week) for s in range(plan.sessions) for week in weeks]
    opens = np.array([day_number(plan.first_on) + 7 * (plan.every_weeks * s + week) for s, week in sent])
    ids = {pair: pseudonymiser.one("survey", f"{pair[0]}:{pair[1]}") for pair in sent}
    told = _table("surveys", {
        "survey_id": list(ids.values()),
        "session_id": [f"SIM-{s + 1:02}" for s, _ in sent],
        "name": [f"Pulse semaine {week + 1}" for _, week in sent],
        "kind": ["pulse"] * len(sent),
        "opens_on": days_of(opens),
        "closes_on": days_of(opens + 6),
    })  # fmt: skip
    rows, week = (grid.ravel() for grid in np.meshgrid(np.arange(len(world.left)), np.array(weeks), indexing="ij"))
    asked = world.seen(rows, 7 * week)
    rows, week = rows[asked], week[asked]
    survey = [ids[pair] for pair in zip(world.session[rows].tolist(), week.tolist(), strict=True)]
    return {"surveys": told, "survey_answers": _answers(world, rng, pseudonymiser, rows=rows, week=week, survey=survey)}


def _answers(
    world: World, rng: np.random.Generator, pseudonymiser: Pseudonymiser, *, rows: Array, week: Array, survey: list[int]
) -> pa.Table:
    """Return one row a question asked, null where nobody answered."""
    state = world.engagement[rows, week]
    after = 7 * week + rng.integers(0, 6, len(rows))
    answered = world.seen(rows, after) & (rng.random(len(rows)) < _chance(0.4 + state))
    felt = state + rng.normal(0, 0.5, len(rows))
    values = {
        "nps": np.clip(np.round(7 + 1.8 * felt), 0, 10),
        "satisfaction": np.clip(np.round(3.6 + 0.7 * felt), 1, 5),
        "confidence": np.clip(np.round(3.4 + 0.8 * felt), 1, 5),
        "intention": np.where(felt > -0.6, 1, np.where(felt > -1.4, 0, -1)),
    }
    n = len(QUESTIONS)
    sent = days_of(np.tile(world.starts[rows] + 7 * week, n))
    told = (f"answer:{row}:{when}:{question}" for question in QUESTIONS for row, when in zip(rows, week, strict=True))
    return _table("survey_answers", {
        "record_id": numbers(pseudonymiser, "record", told),
        "enrolment_id": np.tile(world.enrolment[rows], n),
        "survey_id": survey * n,
        "question": np.repeat(list(QUESTIONS), len(rows)),
        "scale": np.repeat(list(QUESTIONS.values()), len(rows)),
        "sent_on": sent,
        "answered_on": days_of(np.tile(world.starts[rows] + after, n), np.tile(answered, n)),
        "value": pa.array(np.concatenate([values[question] for question in QUESTIONS]).astype(float), pa.float64(),
                          mask=~np.tile(answered, n)),
        "known_on": sent,
    })  # fmt: skip


def _clock(days: Array, *instants: str) -> dict[str, pa.Array]:
    """Return `known_on`, and instants on the evening of each day."""
    seconds = np.asarray(days, np.int64) * 86_400 + EVENING
    at = pa.array(seconds * 1_000_000, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    return {**dict.fromkeys(instants, at), "known_on": days_of(days)}


def _chance(log_odds: Array) -> Array:
    odds: Array = 1 / (1 + np.exp(-log_odds))
    return odds


def _table(name: str, columns: Mapping[str, Any]) -> pa.Table:
    """Return a canonical table, the columns not given being null."""
    size = len(next(iter(columns.values())))
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(size, field.type)
        for field in TABLES[name].schema
    ]
    return pa.table(arrays, names=list(TABLES[name].names))
