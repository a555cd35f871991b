"""Queries on the posts that a mentor may see: those of their own learners and of the staff of their sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from serving.access import Person
from serving.alerts.repository import reach
from serving.community.policy import Post
from serving.site import Records
from serving.tables import Roster

DAYS_READ = 84
_POSTS = """
WITH known AS (
  SELECT record_id, session_id, thread_id, parent_id, enrolment_id, author_role, channel, is_question,
         epoch(occurred_at) AS at,
         row_number() OVER w AS place, count(*) OVER (PARTITION BY session_id, thread_id) AS length
  FROM posts WHERE session_id IN (SELECT unnest($sessions)) AND known_on < $today
  WINDOW w AS (PARTITION BY session_id, thread_id ORDER BY occurred_at, record_id)
), firsts AS (
  SELECT q.record_id, min(a.at) AS answered_at
  FROM known q JOIN known a ON a.session_id = q.session_id AND a.thread_id = q.thread_id AND a.at >= q.at
   AND a.record_id <> q.record_id AND a.enrolment_id IS DISTINCT FROM q.enrolment_id
  WHERE q.is_question AND q.place = 1 AND q.enrolment_id IS NOT NULL GROUP BY q.record_id
)
SELECT k.record_id, k.session_id, k.thread_id, k.channel, k.enrolment_id, k.place, k.is_question, k.at,
       f.answered_at, k.length
FROM known k LEFT JOIN firsts f USING (record_id)
WHERE (k.enrolment_id IS NULL OR k.enrolment_id IN (SELECT unnest($mine))) AND k.at >= $since
ORDER BY k.at, k.record_id
"""


def members(session: Session, person: Person, *, today: date) -> Sequence[Roster]:
    """Return the mentor's learners who are in training that day."""
    query = select(Roster).where(reach(person), Roster.started_on <= today, Roster.planned_end_on >= today)
    return session.scalars(query.where(Roster.ended_on.is_(None)).order_by(Roster.enrolment_id)).all()


def posts(records: Records, mine: Sequence[Roster], *, today: date, now: datetime) -> list[Post]:
    """Return what the mentor's learners, and the staff of their sessions, wrote within twelve weeks of a day.

    Whether a question was answered is told even where another mentor's learner answered: who did is not. They are read
    from the beginning of a day on, so that they are read once that day.
    """
    since = now - timedelta(days=DAYS_READ)
    sessions, people = sorted({one.session_id for one in mine}), [one.enrolment_id for one in mine]
    day = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    wanted = {"sessions": sessions, "mine": people, "today": today, "since": day}
    key = ("posts", tuple(sessions), tuple(people), today, day)
    found = records.kept(key, lambda con: [_post(row) for row in con.execute(_POSTS, wanted).fetchall()])
    return [one for one in found if one.at >= since]


def _post(row: tuple[Any, ...]) -> Post:
    number, session_id, thread_id, channel, enrolment_id, place, is_question, at, answered, length = row
    return Post(
        post_id=number,
        thread=(session_id, thread_id),
        channel=channel or "",
        enrolment_id=enrolment_id,
        opens=place == 1,
        is_question=bool(is_question),
        at=datetime.fromtimestamp(at, UTC),
        answered_at=None if answered is None else datetime.fromtimestamp(answered, UTC),
        place=place,
        length=length,
    )
