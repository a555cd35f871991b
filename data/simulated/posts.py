"""What simulated learners write to one another and to their mentor: threads, answers, silences, reactions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data.simulated.columns import Array, canonical, chance, days_of, instants_of, record_numbers, words_of
from data.simulated.records import DAWN, DUSK, LEARNERS_A_MENTOR, codes_of
from data.simulated.states import EVENTS
from data.simulated.texts import readings
from data.simulated.world import World

THREADS_A_WEEK = 0.16
MENTOR_ANSWERS = {"question": 0.8, "trouble": 0.7, "other": 0.12}
PEERS_A_THREAD = 1.1
"""Learners who might answer a thread; each does according to their own engagement and isolation."""
LONGEST_DELAY = 6
MOODS = ("well", "question", "lost", "overloaded", "isolated", "technical", "job", "hardship", "leaving")
TROUBLE = ("lost", "overloaded", "isolated", "technical", "hardship", "leaving")
CHANNELS = ("help", "community")


@dataclass(frozen=True)
class Posts:
    """Posts of one kind: author (line of the world, -1 for a mentor), day from the start, second, text, thread."""

    number: Array
    thread: Array
    parent: Array
    author: Array
    day: Array
    second: Array
    text: Array
    reactions: Array
    help: Array


def posts(world: World) -> pa.Table:
    """Return the posts of a part: threads by learners, answers by mentors and by learners, thanks."""
    rng = world.part.stream(world.plan.seed, "posts")
    opened, mood = _threads(world, rng)
    mentors = _mentor_answers(world, rng, opened, mood)
    written = [opened, _peer_answers(world, rng, opened), mentors, _thanks(world, rng, opened, mentors)]
    every = {name: np.concatenate([getattr(one, name) for one in written]) for name in Posts.__dataclass_fields__}
    author, day = every["author"], world.starts[0] + every["day"]
    staff, opens = author < 0, every["parent"] == 0
    at = instants_of(day, every["second"])
    return canonical("posts", {
        "record_id": every["number"],
        "session_id": codes_of(world, author),
        "thread_id": every["thread"],
        "parent_id": pa.array(every["parent"], pa.int64(), mask=opens),
        "enrolment_id": pa.array(world.enrolment[np.maximum(author, 0)], pa.int64(), mask=staff),
        "author_role": words_of(staff.astype(int), ("learner", "mentor")),
        "channel": words_of(1 - every["help"], CHANNELS),
        **readings().of_posts(every["text"]),
        "reactions": every["reactions"],
        "occurred_at": at,
        "known_at": at,
        "known_on": days_of(day),
    }, world.known(day))  # fmt: skip


def _threads(world: World, rng: np.random.Generator) -> tuple[Posts, Array]:
    """Return the threads that learners open, and the mood of each: a place in MOODS."""
    states = world.states
    often = 0.45 * states.engagement - 0.25 * states.isolation + 0.4 * states.habit[:, None]
    often = often + 0.5 * np.maximum(states.overload, 0)  # in trouble, people write
    rows, week = np.nonzero(np.ones_like(often, bool))
    number = rng.poisson(THREADS_A_WEEK * np.exp(np.minimum(often, 2))).ravel()
    rows, week = np.repeat(rows, number), np.repeat(week, number)
    day, second = 7 * week + rng.integers(0, 7, len(rows)), rng.integers(DAWN, DUSK, len(rows))
    mood, luck = _moods(world, rng, rows, week), rng.random(len(rows))
    text = np.choose(mood, [readings().some(name, luck) for name in MOODS])
    own = record_numbers("post", world.enrolment[rows], np.arange(len(rows)))
    reactions = rng.poisson(np.where(mood == 0, 0.9, 0.3))
    here = world.there(rows, day)
    told = Posts(own, own, np.zeros(len(own), np.int64), rows, day, second, text, reactions, (mood > 0).astype(int))
    return _kept(told, here), mood[here]


def _moods(world: World, rng: np.random.Generator, rows: Array, week: Array) -> Array:
    """Return the mood of each thread: drawn from the hidden state of its author, never from what is to come."""
    states = world.states
    struck = states.struck[rows, week]
    event = dict(zip(EVENTS, struck.T, strict=True))
    risk = world.lived[rows, week] - world.rates.job[rows, week]
    weigh = np.stack([
        1.6 * np.exp(0.7 * states.engagement[rows, week]),
        np.full(len(rows), 1.2),
        0.5 * np.exp(-0.6 * states.level[rows] - 0.5 * states.engagement[rows, week]),
        0.5 * np.exp(0.7 * states.overload[rows, week]),
        0.25 * np.exp(0.7 * states.isolation[rows, week]),
        np.full(len(rows), 0.3),
        0.9 * event["job_offer"] + 0.002,
        0.7 * (event["money"] + event["moving"]) + 0.01,
        10 * np.minimum(risk, 0.3),
    ])  # fmt: skip
    total = np.cumsum(weigh, axis=0)
    mood: Array = (total < rng.random(len(rows)) * total[-1]).sum(axis=0)
    return np.minimum(mood, len(MOODS) - 1)


def _mentor_answers(world: World, rng: np.random.Generator, opened: Posts, mood: Array) -> Posts:
    """Return the mentors' answers: most questions and troubles have one within days, some never."""
    kind = np.where(np.isin(mood, [MOODS.index(name) for name in TROUBLE]), "trouble", "other")
    kind = np.where(mood == MOODS.index("question"), "question", kind)
    often = np.select([kind == name for name in MENTOR_ANSWERS], list(MENTOR_ANSWERS.values()))
    answers = rng.random(len(mood)) < often
    return _replies(world, rng, _kept(opened, answers), author=np.full(answers.sum(), -1), kind="reply", text="mentor")


def _peer_answers(world: World, rng: np.random.Generator, opened: Posts) -> Posts:
    """Return the answers of other learners of the same group: the engaged answer more, the isolated less."""
    asked = np.repeat(np.arange(len(opened.author)), rng.poisson(PEERS_A_THREAD, len(opened.author)))
    threads = _kept(opened, asked)
    first = threads.author - world.index[threads.author] % LEARNERS_A_MENTOR
    first = np.maximum(first, 0)
    size = np.minimum(LEARNERS_A_MENTOR, len(world.left) - first)
    author = first + (rng.random(len(asked)) * size).astype(int)
    week = world.weeks_of(threads.day)
    engaged = world.engagement[author, week] - 0.5 * world.states.isolation[author, week]
    isolated = world.states.isolation[threads.author, week]
    willing = rng.random(len(asked)) < chance(-0.2 + 0.8 * engaged - 0.4 * isolated)
    willing &= (author != threads.author) & world.there(author, threads.day)
    return _replies(world, rng, _kept(threads, willing), author=author[willing], kind="reply", text="helping")


def _thanks(world: World, rng: np.random.Generator, opened: Posts, answers: Posts) -> Posts:
    """Return the thanks of those who were answered by their mentor."""
    order = np.argsort(opened.number)
    at = order[np.searchsorted(opened.number[order], answers.thread)]
    author = opened.author[at]
    thanks = rng.random(len(author)) < chance(0.3 * world.engagement[author, world.weeks_of(answers.day)] - 0.6)
    return _replies(world, rng, _kept(answers, thanks), author=author[thanks], kind="thanks", text="thanking")


def _replies(
    world: World, rng: np.random.Generator, to: Posts, *, author: Array, kind: str, text: str
) -> Posts:  # fmt: skip
    """Return one answer to each post, hours or days later, while its author is there."""
    n = len(to.number)
    hours = np.minimum(rng.exponential(22, n), 24 * LONGEST_DELAY)
    later = to.second + (hours * 3600).astype(int)
    day, second = to.day + later // 86_400, later % 86_400
    early, late = second < DAWN, second > DUSK
    day, second = day + late, np.where(early | late, DAWN + rng.integers(1, 7200, n), second)
    picked = readings().some(text, rng.random(n))
    ordinal = 2 * np.arange(n) + (author < 0)
    made = Posts(
        number=record_numbers(kind, to.number, ordinal), thread=to.thread, parent=to.number, author=author, day=day,
        second=second, text=picked, reactions=rng.poisson(0.3, n), help=to.help,
    )  # fmt: skip
    here = np.where(author < 0, day < world.length, world.there(np.maximum(author, 0), day))
    return _kept(made, here)


def _kept(told: Posts, keep: Array) -> Posts:
    """Return some of the posts, by mask or by place."""
    return Posts(**{name: getattr(told, name)[keep] for name in Posts.__dataclass_fields__})
