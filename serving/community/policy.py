"""What posts say of a community: questions that wait, members apart, figures with what they count. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

WINDOW = timedelta(days=28)
ANSWER_WITHIN = timedelta(days=2)


@dataclass(frozen=True)
class Post:
    """One post that a mentor may see: by a learner of theirs (`enrolment_id`) or by staff (None)."""

    post_id: int
    thread: tuple[str, int]
    channel: str
    enrolment_id: int | None
    opens: bool
    is_question: bool
    at: datetime
    answered_at: datetime | None = None
    place: int = 1
    length: int = 1


@dataclass(frozen=True)
class Question:
    """A question of a learner that nobody else has answered."""

    post: Post
    days: int


@dataclass(frozen=True)
class Figure:
    """A figure and what it counts; `value` is None where nothing can be counted."""

    code: str
    numerator: int
    denominator: int
    value: float | None


def asked(post: Post) -> bool:
    """Whether a post is a question of the glossary: a learner's, and the first of its thread."""
    return post.enrolment_id is not None and post.opens and post.is_question


def waiting(posts: Iterable[Post], now: datetime) -> list[Question]:
    """Return the questions that nobody has answered, the longest wait first."""
    found = [Question(one, max(0, (now - one.at).days)) for one in posts if asked(one) and one.answered_at is None]
    return sorted(found, key=lambda one: (one.post.at, one.post.post_id))


def apart(members: Iterable[int], posts: Iterable[Post], now: datetime) -> list[int]:
    """Return the members who wrote nothing in the window, in the order given."""
    wrote = {one.enrolment_id for one in posts if now - one.at <= WINDOW}
    return [one for one in members if one not in wrote]


def figures(members: Collection[int], posts: Iterable[Post], now: datetime) -> list[Figure]:
    """Return the glossary's figures over the window: answers, delay, participation, learners' share of posts.

    A question younger than the time within which it is to be answered, and not answered yet, is left out of the rate.
    """
    recent = [one for one in posts if timedelta(0) <= now - one.at <= WINDOW]
    questions = [one for one in recent if asked(one) and (one.answered_at or now - one.at > ANSWER_WITHIN)]
    delays = [(one.answered_at - one.at) for one in questions if one.answered_at]
    wrote = {one.enrolment_id for one in recent} & set(members)
    learners = sum(one.enrolment_id is not None for one in recent)
    hours = median(delay.total_seconds() / 3600 for delay in delays) if delays else None
    return [
        _share("answered", sum(delay <= ANSWER_WITHIN for delay in delays), len(questions)),
        Figure("first_answer", len(delays), len(questions), hours),
        _share("participation", len(wrote), len(members)),
        _share("learners_share", learners, len(recent)),
    ]


def _share(code: str, numerator: int, denominator: int) -> Figure:
    return Figure(code, numerator, denominator, numerator / denominator if denominator else None)
