"""Who joined, who writes, how fast questions are answered, who replies to whom. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from statistics import median

from serving.quality.figures.catalog import FEWEST_POSTS, LONG_REPLY_WORDS, REPLY_WITHIN_DAYS
from serving.quality.figures.inputs import Invited, Post, Value, said, share

WITHIN = timedelta(days=REPLY_WITHIN_DAYS)
THREAD, LONG, SHORT, REACTION = 3.0, 2.0, 1.0, 0.5


def of_community(invited: Sequence[Invited], posts: Sequence[Post], now: datetime) -> list[Value]:
    """Return the community's figures of a period, by what was known at an instant."""
    read = [one for one in invited if one.read]
    unread = {"unread": len(invited) - len(read)}
    members = {one.enrolment_id: one.session_id for one in read if one.joined}
    wrote = Counter(one.enrolment_id for one in posts if one.enrolment_id in members)
    active = sum(n >= FEWEST_POSTS for n in wrote.values())
    return [
        share("adhesion", len(members), len(read), left_out=unread),
        share("participation", active, len(members), left_out=unread),
        _engagement(members, posts, unread),
        *_questions(posts, now),
        _learner_content(posts, unread),
        *_connections(members, posts, unread),
    ]


def points(post: Post) -> float:
    """Return the points of a post: a new thread 3, a long reply 2, a short one 1, each reaction received a half.

    >>> points(Post("S", 1, datetime(2026, 1, 1), words=50, reactions=1))
    2.5
    """
    own = THREAD if post.opens else LONG if post.words >= LONG_REPLY_WORDS else SHORT
    return own + REACTION * post.reactions


def _engagement(members: Collection[int], posts: Sequence[Post], unread: dict[str, int]) -> Value:
    """Return points per member; parts are the members alone: points are nobody."""
    total = sum(points(one) for one in posts if one.enrolment_id in members)
    value = total / len(members) if members else None
    return Value("engagement", value, total, len(members), (len(members),), len(members), said(unread))


def _questions(posts: Sequence[Post], now: datetime) -> list[Value]:
    """Return the response rate and the first reply delay of the questions that learners opened a thread with."""
    asked = [one for one in posts if one.enrolment_id is not None and one.opens and one.is_question]
    ripe = [one for one in asked if one.answered_at is not None or now - one.at > WITHIN]
    delays = [one.answered_at - one.at for one in ripe if one.answered_at is not None]
    heads = len({one.enrolment_id for one in ripe})
    hours = median(delay / timedelta(hours=1) for delay in delays) if delays else None
    young, waiting = len(asked) - len(ripe), len(ripe) - len(delays)
    quick = sum(delay <= WITHIN for delay in delays)
    return [
        share("response", quick, len(ripe), heads=heads, left_out={"too_young": young}),
        Value("first_reply", hours, len(delays), len(ripe), (len(delays), waiting), heads,
              said({"unanswered": waiting, "too_young": young})),
    ]  # fmt: skip


def _learner_content(posts: Sequence[Post], unread: dict[str, int]) -> Value:
    written = [one.enrolment_id for one in posts if one.enrolment_id is not None]
    return share("learner_content", len(written), len(posts), heads=len(set(written)), left_out=unread)


def _connections(members: dict[int, str], posts: Sequence[Post], unread: dict[str, int]) -> list[Value]:
    """Return the density of reply pairs between members of one session, and the members in no pair."""
    pairs = {
        frozenset((one.enrolment_id, one.answers))
        for one in posts
        if one.enrolment_id in members and one.answers in members and one.enrolment_id != one.answers
    }
    sizes = Counter(members.values())
    possible = sum(n * (n - 1) // 2 for n in sizes.values())
    alone = len(members) - len({number for pair in pairs for number in pair})
    density = len(pairs) / possible if possible else None
    return [
        Value("connections", density, len(pairs), possible, (len(members),), len(members), said(unread)),
        share("isolates", alone, len(members), left_out=unread),
    ]
