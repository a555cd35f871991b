"""The queries behind the learner-day grid, one a family, in plain DuckDB SQL.

`filrouge_rows` (row, enrolment_id, learner_id, session, session_id, origin, started_on, until_on)
lists the scheduled enrolments. Each query gives (plane, row, col, value), one line a cell.
"""

from __future__ import annotations

from data.contracts import ACTIVITY_KINDS
from features.columns import NEVER, TEN_THOUSANDTHS, col
from features.rollup_attendance import ATTENDANCE, ATTENDANCE_PLANES
from features.rollup_marks import BEST, DEADLINES, HANDED, QUIZ_PLANES, QUIZZES, SURVEY_PLANES, SURVEYS

_DAY_US = 86_400_000_000
_WIDE = f"a.occurred_to > a.occurred_from AND epoch_us(a.occurred_to) - epoch_us(a.occurred_from) > {_DAY_US}"
ANY_SPAN = f"SELECT EXISTS (SELECT 1 FROM activity a WHERE {_WIDE})"
SPANS = f"""
SELECT r.session, {col("a.known_on")} AS col,
       1 + max(epoch_us(a.occurred_to) - epoch_us(a.occurred_from)) // {_DAY_US} AS days
FROM activity a JOIN filrouge_rows r USING (enrolment_id)
WHERE a.known_on < r.until_on AND {_WIDE}
GROUP BY ALL ORDER BY session, col
"""

POST_PLANES = (
    "post", "question", "asked", "reply", "thread", "words", "toned", "tone", "leaving", "distress",
    "technical_trouble", "polite", "reply_received", "question_answered", "answer_delay", "partner", "partner_answered",
    "partner_answering", "partner_both_ways", "peer_answered", "peer_delay", "staff_answered", "staff_delay",
)  # fmt: skip
POSTS = f"""
WITH p AS MATERIALIZED (
    SELECT r.row, r.origin, r.until_on, {col("p.known_on")} AS col, p.*
    FROM posts p JOIN filrouge_rows r USING (enrolment_id) WHERE p.known_on < r.until_on
), received AS MATERIALIZED (
    SELECT r.row, greatest(r.col, {col("a.known_on", "q")}) AS col,
           r.record_id, r.is_question AND r.parent_id IS NULL AS asked, a.known_on - r.known_on AS delay,
           a.enrolment_id AS answerer, a.author_role <> 'learner' AS by_staff
    FROM p r JOIN posts a ON a.parent_id = r.record_id JOIN filrouge_rows q ON q.row = r.row
    WHERE a.known_on < q.until_on AND a.enrolment_id IS DISTINCT FROM r.enrolment_id
), first_answer AS (
    SELECT row, min(col) AS col, greatest(min(delay), 0) AS delay
    FROM received WHERE asked GROUP BY row, record_id
), answered_by AS (
    SELECT row, by_staff, min(col) AS col, greatest(min(delay), 0) AS delay
    FROM received WHERE asked GROUP BY row, record_id, by_staff
), partners AS (
    SELECT p.row, q.enrolment_id AS partner, greatest(p.col, {col("q.known_on", "p")}) AS col, true AS given
    FROM p JOIN posts q ON p.parent_id = q.record_id
    WHERE q.enrolment_id <> p.enrolment_id AND q.known_on < p.until_on
    UNION ALL SELECT row, answerer, col, false FROM received WHERE answerer IS NOT NULL
), met AS MATERIALIZED (
    SELECT row, partner, min(col) AS col, min(col) FILTER (given) AS given, min(col) FILTER (NOT given) AS got
    FROM partners GROUP BY row, partner
)
SELECT unnest(['post', 'question', 'asked', 'reply', 'thread', 'words',
               'leaving', 'distress', 'technical_trouble', 'polite']) AS plane, row, col,
       unnest([count(*), sum(is_question::INT), sum((is_question AND parent_id IS NULL)::INT),
               count(parent_id), count(*) - count(parent_id), sum(n_words),
               sum(intent_to_leave::INT), sum(distress::INT), sum(technical_trouble::INT), sum(polite::INT)]) AS value
FROM p GROUP BY row, col
UNION ALL SELECT 'toned', row, col, count(tone) FROM p GROUP BY ALL
UNION ALL SELECT 'tone', row, col, sum(round(tone * {TEN_THOUSANDTHS})::BIGINT)
          FROM p WHERE tone IS NOT NULL GROUP BY ALL
UNION ALL SELECT 'reply_received', row, col, count(*) FROM received GROUP BY ALL
UNION ALL SELECT 'question_answered', row, col, count(*) FROM first_answer GROUP BY ALL
UNION ALL SELECT 'answer_delay', row, col, sum(delay) FROM first_answer GROUP BY ALL
UNION ALL SELECT unnest(if(by_staff, ['staff_answered', 'staff_delay'], ['peer_answered', 'peer_delay'])), row, col,
       unnest([count(*), sum(delay)]) FROM answered_by GROUP BY row, col, by_staff
UNION ALL SELECT 'partner', row, col, count(*) FROM met GROUP BY ALL
UNION ALL SELECT 'partner_answered', row, given, count(*) FROM met WHERE given IS NOT NULL GROUP BY ALL
UNION ALL SELECT 'partner_answering', row, got, count(*) FROM met WHERE got IS NOT NULL GROUP BY ALL
UNION ALL SELECT 'partner_both_ways', row, greatest(given, got) AS both, count(*)
          FROM met WHERE given IS NOT NULL AND got IS NOT NULL GROUP BY ALL
"""
_REPLIED = f"min(greatest({col('p.known_on')}, {col('a.known_on')})) FILTER (a.record_id IS NOT NULL)"
QUESTIONS = f"""
SELECT r.row, {col("p.known_on")} AS col, coalesce({_REPLIED}, {NEVER}) AS answered
FROM posts p JOIN filrouge_rows r USING (enrolment_id)
LEFT JOIN posts a
    ON a.parent_id = p.record_id AND a.known_on < r.until_on AND a.enrolment_id IS DISTINCT FROM p.enrolment_id
WHERE p.known_on < r.until_on AND p.is_question AND p.parent_id IS NULL
GROUP BY r.row, r.origin, p.record_id, p.known_on ORDER BY r.row, col, answered
"""

LOAD = f"""
WITH other AS (
    SELECT r.row, r.origin, r.until_on, greatest(e.started_on - 1, e.registered_on) AS from_on,
           least(e.planned_end_on, coalesce(e.outcome_known_on, e.planned_end_on)) AS to_on
    FROM filrouge_rows r JOIN enrolments e USING (learner_id) WHERE e.enrolment_id <> r.enrolment_id
), gone AS (
    SELECT r.row, {col("greatest(e.registered_on, e.outcome_known_on)")} AS col
    FROM filrouge_rows r JOIN enrolments e USING (learner_id)
    WHERE e.enrolment_id <> r.enrolment_id AND e.outcome = 'abandoned' AND e.outcome_known_on IS NOT NULL
      AND greatest(e.registered_on, e.outcome_known_on) < r.until_on
)
SELECT 'left_elsewhere' AS plane, row, col, count(*) AS value FROM gone GROUP BY row, col
UNION ALL SELECT 'parallel' AS plane, row, col, sum(change) AS value FROM (
    SELECT row, {col("from_on", "other")} AS col, 1 AS change FROM other WHERE from_on < until_on
    UNION ALL SELECT row, {col("greatest(from_on, to_on)", "other")}, -1 FROM other
              WHERE greatest(from_on, to_on) < until_on
) GROUP BY row, col
"""
ELSEWHERE = f"""
SELECT 'elsewhere' AS plane, r.row, {col("greatest(a.known_on, e.registered_on)")} AS col, sum(a.count) AS value
FROM filrouge_rows r JOIN enrolments e USING (learner_id) JOIN activity a ON a.enrolment_id = e.enrolment_id
WHERE e.enrolment_id <> r.enrolment_id AND greatest(a.known_on, e.registered_on) < r.until_on GROUP BY ALL
"""

ACTIVITY_PLANES = frozenset((*ACTIVITY_KINDS, "action", "active"))
"""Planes that no query here gives: `rollup_activity.py` rolls them up."""
QUERIES: dict[str, tuple[tuple[str, ...], str]] = {
    "posts": (POST_PLANES, POSTS),
    "quizzes": (QUIZ_PLANES, QUIZZES),
    "surveys": (SURVEY_PLANES, SURVEYS),
    "attendance": (ATTENDANCE_PLANES, ATTENDANCE),
    "load": (("parallel", "left_elsewhere"), LOAD),
    "elsewhere": (("elsewhere",), ELSEWHERE),
}
GROUP_OF = {plane: group for group, (planes, _) in QUERIES.items() for plane in planes}
TABLES = {
    "spans": SPANS,
    "best": BEST,
    "handed": HANDED,
    "deadlines": DEADLINES,
    "questions": QUESTIONS,
}
"""Small tables of events that some features read whole, sorted by row (or session)."""
ASKED_FIRST = {"spans": ANY_SPAN}
"""What tells at less cost that a table is empty."""
