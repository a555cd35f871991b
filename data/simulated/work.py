"""What simulated learners hand in and answer: quizzes, assignments, surveys; missing and late ones included."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from data.privacy import Pseudonymiser
from data.simulated.columns import Array, canonical, chance, day_number, days_of, instants_of, record_numbers, words_of
from data.simulated.plan import Part, Plan
from data.simulated.records import DAWN, DUSK, session_code
from data.simulated.world import World

QUIZ_OPEN, ASSIGNMENT_OPEN, MOST_LATE = 6, 20, 9
"""Days before the deadline when it opens; days after when it closes for good."""
MARKED_AFTER = 10
"""Days from handing in an assignment to its mark."""
ATTEMPTS = 3
ENOUGH = 0.7
"""A learner content with a mark does not try again."""
SURVEYS = {"positioning": (0,), "pulse": (3, 11, 19, 27)}
NAMES = {"positioning": "Positionnement", "pulse": "Pulse semaine {week}", "immediate": "Bilan à chaud"}
ASKED = {
    "positioning": {"motivation": "likert5", "confidence": "likert5"},
    "pulse": {"nps": "nps", "satisfaction": "likert5", "confidence": "likert5", "intention": "intent"},
    "immediate": {"nps": "nps", "satisfaction": "likert5"},
}
QUESTIONS = ("nps", "satisfaction", "confidence", "intention", "motivation")
SURVEY_OPEN = 6


def due_days(plan: Plan) -> list[tuple[str, int]]:
    """Return the assessments of a session in order: kind, and deadline in days from the start."""
    quizzes = [("quiz", 14 * number + 13) for number in range(plan.weeks // 2)]
    return quizzes + [("assignment", 56 * number + 48) for number in range(plan.weeks // 8)]


def weights(plan: Plan) -> Array:
    """Return the share of the mark of each assessment, in %: assignments weigh more than half when there are any."""
    kinds = np.array([kind for kind, _ in due_days(plan)])
    quizzes, others = int((kinds == "quiz").sum()), int((kinds == "assignment").sum())
    share: Array = np.where(kinds == "quiz", (40 if others else 100) / max(quizzes, 1), 60 / max(others, 1))
    return share


def assessments(plan: Plan, part: Part, pseudonymiser: Pseudonymiser) -> pa.Table:
    """Return the assessments of a part's session, announced on its first day."""
    due = due_days(plan)
    start = day_number(plan.start_of(part.session))
    days = start + np.array([day for _, day in due], int)
    opens = days - np.array([QUIZ_OPEN if kind == "quiz" else ASSIGNMENT_OPEN for kind, _ in due], int)
    known = np.full(len(due), start <= day_number(plan.last_on))
    titles = {"quiz": "Quiz", "assignment": "Devoir"}
    return canonical("assessments", {
        "assessment_id": _assessment_numbers(plan, part, pseudonymiser),
        "session_id": [session_code(part.session)] * len(due),
        "kind": [kind for kind, _ in due],
        "name": [f"{titles[kind]} {place + 1}" for place, (kind, _) in enumerate(due)],
        "opens_on": days_of(opens),
        "due_on": days_of(days),
        "weight": weights(plan),
        "known_on": days_of(np.full(len(due), start)),
    }, known)  # fmt: skip


def _assessment_numbers(plan: Plan, part: Part, pseudonymiser: Pseudonymiser) -> Array:
    told = (f"{part.session}:{place}" for place in range(len(due_days(plan))))
    return np.array([pseudonymiser.one("assessment", source_id) for source_id in told], np.int64)


def quiz_results(world: World, pseudonymiser: Pseudonymiser) -> tuple[pa.Table, Array]:
    """Return what was handed in, several attempts a quiz, some late, many never; and each learner's final mark."""
    rng, due = world.part.stream(world.plan.seed, "work"), due_days(world.plan)
    shape = (len(world.left), len(due))
    quiz = np.array([kind == "quiz" for kind, _ in due], bool)
    last = np.array([day for _, day in due], int)
    drawn = {name: rng.random(shape) for name in ("does", "late", "early", "again", "closed", "at")}
    state = world.engagement[:, world.weeks_of(last)] - 0.35 * world.states.overload[:, world.weeks_of(last)]
    does = drawn["does"] < chance(1.5 + 1.2 * state)
    late = drawn["late"] < chance(-1.9 - 0.8 * state)
    ahead = np.floor(drawn["early"] * np.where(late, MOST_LATE, QUIZ_OPEN)).astype(int)
    day = np.where(late, last + 1 + ahead, last - ahead)
    noise = rng.normal(0, 0.12, (*shape, ATTEMPTS))
    talent = 0.6 + 0.12 * world.states.level[:, None] + 0.05 * state
    marks = np.clip(talent[:, :, None] + 0.06 * np.arange(ATTEMPTS) + noise, 0, 1).round(2)
    tries = quiz & (drawn["again"] < chance(0.5 + 0.5 * state))
    again = np.logical_and.accumulate(tries[:, :, None] & (marks[:, :, :-1] < ENOUGH), axis=2)
    done = np.concatenate([does[:, :, None], does[:, :, None] & again], axis=2)
    rows, place, attempt = np.nonzero(done)
    days = day[rows, place] + attempt
    there = world.there(rows, days)
    rows, place, attempt, days = rows[there], place[there], attempt[there], days[there]
    table = _results(world, rows, place, attempt, days=days, marks=marks[rows, place, attempt], drawn=drawn,
                     numbers=_assessment_numbers(world.plan, world.part, pseudonymiser))  # fmt: skip
    return table, _final(world, rows, place, marks[rows, place, attempt])


def _final(world: World, rows: Array, place: Array, marks: Array) -> Array:
    """Return each learner's weighted mean of their best marks, those never handed in counting 0."""
    share = weights(world.plan)
    best = np.zeros((len(world.left), max(len(share), 1)))
    np.maximum.at(best, (rows, place), marks)
    final: Array = best @ share / 100 if len(share) else best[:, 0]
    return final


def _results(
    world: World, rows: Array, place: Array, attempt: Array, *, days: Array, marks: Array, drawn: dict[str, Array],
    numbers: Array,
) -> pa.Table:  # fmt: skip
    quiz = np.array([kind == "quiz" for kind, _ in due_days(world.plan)], bool)[place]
    day, owner = world.starts[rows] + days, world.enrolment[rows]
    marked = np.where(quiz, day, day + MARKED_AFTER)
    seconds = DAWN + np.floor(drawn["at"][rows, place] * (DUSK - DAWN)).astype(int) + 900 * attempt
    at, shown = instants_of(day, seconds), world.known(marked)
    return canonical("quiz_results", {
        "record_id": record_numbers("attempt", owner, ATTEMPTS * place + attempt),
        "enrolment_id": owner,
        "assessment_id": numbers[place],
        "attempt": attempt + 1,
        "submitted_at": at,
        "submitted_on": days_of(day),
        "auto_submitted": quiz & (drawn["closed"][rows, place] < 0.03),
        "banked": np.zeros(len(rows), bool),
        "score": pa.array(marks, pa.float64(), mask=~shown),
        "score_known_on": days_of(marked, shown),
        "known_at": at,
        "known_on": days_of(day),
    }, world.known(day))  # fmt: skip


def sent(plan: Plan) -> list[tuple[str, int]]:
    """Return the surveys of a session in order: kind, and the week it is sent."""
    told = [(kind, week) for kind, weeks in SURVEYS.items() for week in weeks if week < plan.weeks - 1]
    return [*told, ("immediate", plan.weeks - 1)]


def surveys(plan: Plan, part: Part, pseudonymiser: Pseudonymiser) -> pa.Table:
    """Return the surveys of a part's session sent so far."""
    told = sent(plan)
    opens = day_number(plan.start_of(part.session)) + 7 * np.array([week for _, week in told])
    return canonical("surveys", {
        "survey_id": _survey_numbers(plan, part, pseudonymiser),
        "session_id": [session_code(part.session)] * len(told),
        "name": [NAMES[kind].format(week=week + 1) for kind, week in told],
        "kind": [kind for kind, _ in told],
        "opens_on": days_of(opens),
        "closes_on": days_of(opens + SURVEY_OPEN),
    }, opens <= day_number(plan.last_on))  # fmt: skip


def _survey_numbers(plan: Plan, part: Part, pseudonymiser: Pseudonymiser) -> Array:
    told = (f"{part.session}:{week}:{kind}" for kind, week in sent(plan))
    return np.array([pseudonymiser.one("survey", source_id) for source_id in told], np.int64)


def survey_answers(world: World, pseudonymiser: Pseudonymiser) -> pa.Table:
    """Return one row a question asked of those there, null where nobody answered (yet)."""
    rng, told = world.part.stream(world.plan.seed, "surveys"), sent(world.plan)
    asked = [(survey, QUESTIONS.index(name)) for survey, (kind, _) in enumerate(told) for name in ASKED[kind]]
    week = np.array([week for _, week in told])
    shape = (len(world.left), len(told))
    state = world.engagement[:, week] - 0.3 * world.states.overload[:, week] - 0.2 * world.states.isolation[:, week]
    after = 7 * week + rng.integers(0, SURVEY_OPEN, shape)
    answered = (after < world.left[:, None]) & (rng.random(shape) < chance(0.4 + 1.1 * state))
    values = _felt(state, rng, world)
    survey, question = (np.array(each) for each in zip(*asked, strict=True))
    rows, place = (grid.ravel() for grid in np.indices((len(world.left), len(asked))))
    there = world.there(rows, 7 * week[survey[place]])
    rows, survey, question = rows[there], survey[place[there]], question[place[there]]
    day, answer_day = world.starts[rows] + 7 * week[survey], world.starts[rows] + after[rows, survey]
    seen = answered[rows, survey] & world.known(answer_day)
    scales = {name: scale for questions in ASKED.values() for name, scale in questions.items()}
    owner = world.enrolment[rows]
    return canonical("survey_answers", {
        "record_id": record_numbers("answer", owner, len(QUESTIONS) * survey + question),
        "enrolment_id": owner,
        "survey_id": _survey_numbers(world.plan, world.part, pseudonymiser)[survey],
        "question": words_of(question, QUESTIONS),
        "scale": words_of(question, [scales[name] for name in QUESTIONS]),
        "sent_on": days_of(day),
        "answered_on": days_of(answer_day, seen),
        "value": pa.array(values[question, rows, survey], pa.float64(), mask=~seen),
        "known_on": days_of(day),
    }, world.known(day))  # fmt: skip


def _felt(state: Array, rng: np.random.Generator, world: World) -> Array:
    """Return what would be answered to each question of QUESTIONS, by learner and survey."""
    felt = state + rng.normal(0, 0.6, state.shape)
    able = 0.5 * world.states.level[:, None] + 0.6 * felt
    intention = np.where(felt > -0.9, 1, np.where(felt > -1.8, 0, -1))
    answers: Array = np.stack([
        np.clip(np.round(7 + 1.8 * felt), 0, 10),
        np.clip(np.round(3.6 + 0.7 * felt), 1, 5),
        np.clip(np.round(3.4 + 0.8 * able), 1, 5),
        intention,
        np.clip(np.round(3.9 + 0.6 * felt), 1, 5),
    ]).astype(float)  # fmt: skip
    return answers
