"""The roster of simulated learners, and what shows of their presence: actions on the platform, slots attended."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa

from data.privacy import Pseudonymiser
from data.simulated.columns import Array, canonical, chance, days_of, instants_of, record_numbers, words_of
from data.simulated.hazard import JOB
from data.simulated.plan import Part, Plan
from data.simulated.world import World, closures, source_of

LEARNERS_A_MENTOR = 25
REGISTERED_BEFORE = 7
RESULT_AFTER = 14
"""Days from the planned end to the course's own result."""
KINDS = {"resource": 0.40, "video": 0.12, "forum_view": 0.15, "quiz_view": 0.10, "assignment_view": 0.08, "view": 0.10,
         "grade_view": 0.05}  # fmt: skip
ACTIONS_A_DAY = 3.1
COUNTS = (1, 2, 3, 4, 6)
COUNT_SHARES = (0.55, 0.22, 0.12, 0.08, 0.03)
DAWN, DUSK, A_SITTING = 6 * 3600, 19 * 3600, 3600
"""Between which seconds, UTC, a simulated day happens: the same day in Paris; and how long a sitting lasts."""
SLOT_DAY, SLOT_AT, SLOT_MINUTES = 1, 16 * 3600, 90
FUNDING = ("CPF", "OPCO", "France Travail", "Région", "personnel")
AGE_BANDS = ("16-25", "26-35", "36-45", "46-55", "56+")


def session_code(session: int) -> str:
    """Return the source's own code of a session."""
    return f"SIM-{session + 1:02}"


def codes_of(world: World, rows: Array) -> pa.Array:
    """Return the session of each row."""
    return words_of(np.zeros(len(rows), int), [session_code(world.part.session)])


def sessions(plan: Plan, part: Part) -> pa.Table:
    """Return the session of a part, as soon as somebody is registered."""
    start = plan.start_of(part.session)
    known = start - timedelta(days=REGISTERED_BEFORE) <= plan.last_on
    return canonical("sessions", {
        "session_id": [session_code(part.session)],
        "course_id": ["SIM"],
        "name": [f"Session simulée {part.session + 1}"],
        "starts_on": [start],
        "ends_on": [start + timedelta(days=7 * plan.weeks - 1)],
        "duration_hours": [10.0 * plan.weeks],
        "action_type": ["training"],
    }, np.array([known]))  # fmt: skip


def calendar(plan: Plan) -> pa.Table:
    """Return the winter closures."""
    closed = closures(plan)
    return canonical("calendar", {
        "session_id": [""] * len(closed),
        "from_on": [first for first, _ in closed],
        "to_on": [last for _, last in closed],
        "kind": ["closure"] * len(closed),
    })  # fmt: skip


def enrolments(world: World, marks: Array, pseudonymiser: Pseudonymiser) -> pa.Table:
    """Return the roster as known on the last day: later departures and results are not known yet.

    Parameters
    ----------
    marks : each learner's mark at the end, 0..1.
    """
    n, end = len(world.left), world.starts + world.length - 1
    ended, rng = world.starts + np.minimum(world.left, world.length - 1), world.part.stream(world.plan.seed, "roster")
    known, judged = ended < world.last_day, end + RESULT_AFTER <= world.last_day
    left_as = np.where(world.cause == JOB, "neutral_exit", "abandoned")
    outcome = np.where(world.leaves, left_as, "completed")
    mentors = [pseudonymiser.one("mentor", mentor) for mentor in mentors_of(world)]
    motives = [[cause] if seen and cause else None for cause, seen in zip(world.cause, known, strict=True)]
    return canonical("enrolments", {
        "enrolment_id": world.enrolment,
        "learner_id": learner_numbers(world, pseudonymiser),
        "course_id": ["SIM"] * n,
        "session_id": codes_of(world, world.left),
        "mentor_id": np.array(mentors, np.int64)[mentor_rows(world)],
        "registered_on": days_of(world.starts - REGISTERED_BEFORE),
        "started_on": days_of(world.starts),
        "planned_end_on": days_of(end),
        "ended_on": days_of(ended, known),
        "outcome": np.where(known, outcome, "ongoing"),
        "outcome_known_on": days_of(ended, known),
        "passed": pa.array(~world.leaves & (marks >= 0.4), pa.bool_(), mask=~judged),
        "result_known_on": days_of(end + RESULT_AFTER, judged),
        "motives": motives,
        "funding": words_of(rng.integers(0, len(FUNDING), n), FUNDING),
        "modality": ["remote"] * n,
        "prior_attempts": rng.poisson(0.1, n),
    }, world.known(world.starts - REGISTERED_BEFORE))  # fmt: skip


def learner_numbers(world: World, pseudonymiser: Pseudonymiser) -> Array:
    """Return the pseudonyms of a part's learners: everybody is in one session only."""
    told = (source_of(world.part.session, index) for index in world.index.tolist())
    return np.array([pseudonymiser.one("learner", source_id) for source_id in told], np.int64)


def mentors_of(world: World) -> list[str]:
    """Return who follows the learners of a part, in order: each mentor of a session follows so many of them."""
    groups = np.unique(world.index // LEARNERS_A_MENTOR)
    return [f"{world.part.session}:{group}" for group in groups.tolist()]


def mentor_rows(world: World) -> Array:
    """Return the place in `mentors_of` of each learner's mentor."""
    rows: Array = np.unique(world.index // LEARNERS_A_MENTOR, return_inverse=True)[1]
    return rows


def learner_attributes(world: World, pseudonymiser: Pseudonymiser) -> pa.Table:
    """Return attributes that tell nothing of the risk: a fair model treats them alike."""
    n, rng = len(world.left), world.part.stream(world.plan.seed, "attributes")
    return canonical("learner_attributes", {
        "learner_id": learner_numbers(world, pseudonymiser),
        "age_band": words_of(rng.choice(len(AGE_BANDS), n, p=(0.2, 0.35, 0.25, 0.15, 0.05)), AGE_BANDS),
        "gender": words_of(rng.choice(2, n, p=(0.55, 0.45)), ("F", "M")),
        "disability": rng.random(n) < 0.08,
    }, world.known(world.starts - REGISTERED_BEFORE))  # fmt: skip


def activity(world: World) -> pa.Table:
    """Return one login a day of presence, and the actions of that sitting, the more engaged the more."""
    rng = world.part.stream(world.plan.seed, "activity")
    rows, days = np.nonzero(world.present)
    state = 0.3 * world.engagement[rows, world.weeks_of(days)] + 0.25 * world.states.habit[rows] - 0.1
    number = rng.poisson(ACTIONS_A_DAY * np.exp(np.minimum(state, 2)))
    sitting = np.concatenate([np.arange(len(rows)), np.repeat(np.arange(len(rows)), number)])
    login = np.arange(len(sitting)) < len(rows)
    kind = np.where(login, 0, 1 + _drawn(rng, len(sitting), list(KINDS.values())))
    begun = rng.integers(DAWN, DUSK, len(rows))
    seconds = begun[sitting] + np.where(login, 0, rng.integers(1, A_SITTING, len(sitting)))
    count = np.where(login, 1, np.array(COUNTS)[_drawn(rng, len(sitting), COUNT_SHARES)])
    owner, day = world.enrolment[rows][sitting], (world.starts[rows] + days)[sitting]
    resource = _resources(world, days)[sitting] + 10 * kind + rng.integers(0, 8, len(sitting))
    at = instants_of(day, seconds)
    return canonical("activity", {
        "record_id": record_numbers("activity", owner, np.arange(len(sitting))),
        "enrolment_id": owner,
        "kind": words_of(kind, ["login", *KINDS]),
        "resource_id": pa.array(resource, pa.int64(), mask=login),
        "occurred_from": at,
        "occurred_to": at,
        "count": count,
        "known_at": at,
        "known_on": days_of(day),
    }, world.known(day))  # fmt: skip


def contacts(world: World) -> pa.Table:
    """Return the contacts that mentors began, as their organisation would know them: known the same day."""
    rows, week = np.nonzero(world.contacted)
    owner, day = world.enrolment[rows], world.starts[rows] + 7 * week
    return canonical("contacts", {
        "record_id": record_numbers("contact", owner, week),
        "enrolment_id": owner,
        "contacted_on": days_of(day),
        "kind": ["call"] * len(rows),
        "outcome": ["reached"] * len(rows),
        "known_on": days_of(day),
    }, world.known(day) & (7 * week < world.left[rows]))  # fmt: skip


def _drawn(rng: np.random.Generator, size: int, shares: list[float] | tuple[float, ...]) -> Array:
    """Return codes drawn with these shares, through a table of 65,536 places: one cheap draw each."""
    places = np.searchsorted(np.cumsum(shares), (np.arange(1 << 16) + 0.5) / (1 << 16))
    drawn: Array = np.minimum(places, len(shares) - 1).astype(np.int8)[rng.integers(0, 1 << 16, size, np.uint16)]
    return drawn


def _resources(world: World, days: Array) -> Array:
    """Return the number of the first resource of each day's week, in its session."""
    week: Array = 1_000_000 * (world.part.session + 1) + 1_000 * world.weeks_of(days)
    return week


def attendance(world: World) -> pa.Table:
    """Return a live class a week: present, late, excused or absent."""
    rng, shape = world.part.stream(world.plan.seed, "attendance"), world.engagement.shape
    came, mood, excuse = rng.random(shape), rng.random(shape), rng.random(shape)
    state, load = world.engagement, world.states.overload
    present = came < chance(1.0 + 1.0 * state - 0.5 * load + 0.3 * world.states.habit[:, None])
    late = mood < chance(-2.4 + 0.4 * load - 0.2 * state)
    excused = excuse < chance(-1.2 + 0.4 * state + 0.3 * load)
    status = np.where(present, np.where(late, 1, 0), np.where(excused, 2, 3))
    rows, week = (grid.ravel() for grid in np.indices(shape))
    days = 7 * week + SLOT_DAY
    there = world.there(rows, days)
    rows, week, days = rows[there], week[there], days[there]
    day, group = world.starts[rows] + days, world.index[rows] // LEARNERS_A_MENTOR
    end = np.full(len(rows), SLOT_AT + 60 * SLOT_MINUTES)
    return canonical("attendance", {
        "record_id": record_numbers("attendance", world.enrolment[rows], week),
        "enrolment_id": world.enrolment[rows],
        "slot_id": record_numbers("slot", 1_000_000 * world.session[rows] + group, week),
        "starts_at": instants_of(day, np.full(len(rows), SLOT_AT)),
        "status": words_of(status[rows, week], ("present", "late", "excused", "absent")),
        "minutes": np.full(len(rows), float(SLOT_MINUTES)),
        "known_at": instants_of(day, end),
        "known_on": days_of(day),
    }, world.known(day))  # fmt: skip
