"""The queries behind assessments and surveys: what was due, handed in, marked, asked and answered.

An assessment counts as due once its deadline is past, it was announced, and somebody in the session has
handed it in: what nobody hands in is not a silence of learners. The best of several attempts counts.
A result counts once both it and its assessment are known: before, neither weight nor deadline are.
"""

from __future__ import annotations

from features.columns import HUNDREDTHS, TEN_THOUSANDTHS, col

QUIZ_PLANES = (
    "submission", "submitted_weight", "attempt", "auto_submitted", "banked", "late", "dated", "lateness",
    "last_lateness", "last_minute", "earlier_than_me", "last_earlier", "announced", "due", "due_weight", "handed_in",
    "handed_in_weight", "handed_in_order",
    "scored", "score", "below_half", "scored_weight", "earned_weight", "last_score", "best_score",
)  # fmt: skip
HALF = TEN_THOUSANDTHS // 2
LAST_MINUTE = -1
"""Days between deadline and attempt from which it was at the last minute: the day before."""
_LATENESS = "q.submitted_on - a.due_on"
WORK = f"""
work AS MATERIALIZED (
    SELECT r.row, r.session, q.assessment_id, q.attempt, q.auto_submitted, q.banked, a.due_on,
           {col("greatest(q.known_on, a.known_on)")} AS col, CASE WHEN NOT q.banked THEN {_LATENESS} END AS lateness,
           round(a.weight * {HUNDREDTHS})::BIGINT AS weight,
           CASE WHEN q.score_known_on < r.until_on THEN round(q.score * {TEN_THOUSANDTHS})::BIGINT END AS score,
           {col("greatest(q.score_known_on, q.known_on, a.known_on)")} AS score_col
    FROM quiz_results q JOIN filrouge_rows r USING (enrolment_id)
    JOIN assessments a ON a.assessment_id = q.assessment_id AND a.session_id = r.session_id
    WHERE greatest(q.known_on, a.known_on) < r.until_on
), handed AS MATERIALIZED (
    SELECT row, assessment_id, any_value(weight) AS weight, any_value(due_on) AS due_on, min(col) AS col,
           arg_min(banked, (col, attempt, banked)) AS banked
    FROM work GROUP BY row, assessment_id
), dated AS MATERIALIZED (
    SELECT row, assessment_id, any_value(due_on) AS due_on, min(col) AS col,
           arg_min(lateness, (col, attempt, lateness)) AS lateness
    FROM work WHERE lateness IS NOT NULL GROUP BY row, assessment_id
), best AS MATERIALIZED (
    SELECT row, session, assessment_id, any_value(weight) AS weight, any_value(due_on) AS due_on, score_col AS col,
           max(max(score)) OVER (PARTITION BY row, assessment_id ORDER BY score_col) AS best
    FROM work WHERE score IS NOT NULL GROUP BY row, session, assessment_id, score_col
)"""
QUIZZES = f"""
WITH {WORK}, ranked AS (
    SELECT row, col, assessment_id, due_on, rank() OVER (PARTITION BY assessment_id ORDER BY col) - 1 AS earlier
    FROM handed WHERE NOT banked
), alive AS (
    SELECT assessment_id, min(known_on) AS first_on FROM quiz_results WHERE NOT banked GROUP BY assessment_id
), due AS MATERIALIZED (
    SELECT r.row, a.assessment_id, round(a.weight * {HUNDREDTHS})::BIGINT AS weight,
           {col("greatest(a.due_on, a.known_on, first_on)")} AS col,
           row_number() OVER (
               PARTITION BY r.row ORDER BY greatest(a.due_on, a.known_on, first_on), a.assessment_id
           ) AS nth
    FROM assessments a JOIN alive USING (assessment_id) JOIN filrouge_rows r USING (session_id)
    WHERE a.due_on >= r.started_on AND greatest(a.due_on, a.known_on, first_on) < r.until_on
), met AS MATERIALIZED (
    SELECT due.row, greatest(due.col, handed.col) AS col, due.weight, due.nth
    FROM due JOIN handed USING (row, assessment_id)
), steps AS (
    SELECT *, best - lag(best, 1, 0) OVER run AS gained, lag(best) OVER run IS NULL AS first,
           (best < {HALF})::INT - coalesce((lag(best) OVER run < {HALF})::INT, 0) AS below
    FROM best WINDOW run AS (PARTITION BY row, assessment_id ORDER BY col)
)
SELECT unnest(['attempt', 'auto_submitted']) AS plane, row, col, unnest([count(*), sum(auto_submitted::INT)]) AS value
FROM work GROUP BY row, col
UNION ALL
SELECT unnest(['submission', 'submitted_weight', 'banked']), row, col,
       unnest([count(*), sum(weight), sum(banked::INT)])
FROM handed GROUP BY row, col
UNION ALL SELECT unnest(['late', 'last_minute', 'dated', 'lateness']), row, col,
       unnest([count(*) FILTER (lateness > 0), count(*) FILTER (lateness >= {LAST_MINUTE}), count(*), sum(lateness)])
FROM dated GROUP BY row, col
UNION ALL SELECT 'last_lateness', row, col, arg_max(lateness, (due_on, assessment_id))
          FROM dated GROUP BY row, col
UNION ALL SELECT unnest(['earlier_than_me', 'last_earlier']), row, col,
       unnest([sum(earlier), arg_max(earlier, (due_on, assessment_id))]) FROM ranked GROUP BY row, col
UNION ALL SELECT 'announced', r.row, {col("a.known_on")}, count(*)
          FROM assessments a JOIN filrouge_rows r USING (session_id)
          WHERE a.known_on < r.until_on AND coalesce(a.due_on >= r.started_on, true) GROUP BY ALL
UNION ALL SELECT unnest(['due', 'due_weight']), row, col, unnest([count(*), sum(weight)]) FROM due GROUP BY row, col
UNION ALL SELECT unnest(['handed_in', 'handed_in_weight']), row, col, unnest([count(*), sum(weight)])
          FROM met GROUP BY row, col
UNION ALL SELECT 'handed_in_order', row, col, max(max(nth)) OVER (PARTITION BY row ORDER BY col)
          FROM met GROUP BY row, col
UNION ALL SELECT unnest(['scored', 'score', 'below_half', 'scored_weight', 'earned_weight']), row, col,
       unnest([sum(first::INT), sum(gained), sum(below), sum(first::INT * weight),
               sum(round(gained * weight / {HUNDREDTHS})::BIGINT)])
          FROM steps GROUP BY row, col
UNION ALL SELECT 'last_score', row, col, arg_max(best, (due_on, assessment_id)) FROM best GROUP BY row, col
UNION ALL SELECT 'best_score', row, col, max(max(best)) OVER (PARTITION BY row ORDER BY col) FROM best GROUP BY row, col
"""
BEST = f"WITH {WORK} SELECT row, assessment_id, col, best FROM best ORDER BY row, assessment_id, col"
HANDED = f"WITH {WORK} SELECT row, assessment_id, col FROM handed ORDER BY row, assessment_id"
DEADLINES = f"""
SELECT r.session, a.assessment_id, {col("a.due_on")} AS due, {col("a.known_on")} AS announced,
       round(a.weight * {HUNDREDTHS})::BIGINT AS weight
FROM assessments a JOIN (SELECT DISTINCT session, session_id, origin FROM filrouge_rows) r USING (session_id)
WHERE a.due_on IS NOT NULL ORDER BY r.session, due, a.assessment_id
"""

LATEST = (
    "last_lateness", "last_score", "best_score", "last_earlier", "attended_day",
    "nps", "intention", "satisfaction", "confidence", "motivation",
)  # fmt: skip
"""Planes read for their latest value, where 0 says something."""

LIKERT_PLANES = ("satisfaction", "confidence", "motivation")
ANSWER_PLANES = ("nps", "intention", *LIKERT_PLANES)
SURVEY_PLANES = ("survey_sent", "survey_answered", "survey_delay", "survey_answered_order", *ANSWER_PLANES)
SURVEYS = f"""
WITH asked AS MATERIALIZED (
    SELECT r.row, s.survey_id, s.scale, s.question, s.sent_on, {col("greatest(s.sent_on, s.known_on)")} AS col,
           CASE WHEN s.answered_on < r.until_on THEN s.answered_on END AS answered_on,
           {col("greatest(s.answered_on, s.known_on)")} AS answered_col,
           round(s.value * {HUNDREDTHS})::BIGINT AS value
    FROM survey_answers s JOIN filrouge_rows r USING (enrolment_id)
    WHERE s.known_on < r.until_on AND s.sent_on < r.until_on
), sent AS MATERIALIZED (
    SELECT row, survey_id, min(col) AS col, row_number() OVER (PARTITION BY row ORDER BY min(col), survey_id) AS nth
    FROM asked GROUP BY row, survey_id
), answered AS MATERIALIZED (
    SELECT row, survey_id, min(answered_col) AS col,
           greatest(arg_min(answered_on - sent_on, (answered_col, answered_on - sent_on)), 0) AS delay
    FROM asked WHERE answered_on IS NOT NULL GROUP BY row, survey_id
), said AS (
    SELECT row, answered_col AS col, value, survey_id,
           CASE WHEN scale = 'nps' THEN 'nps' WHEN scale = 'intent' THEN 'intention'
                WHEN scale = 'likert5' AND question IN {LIKERT_PLANES!r} THEN question END AS plane
    FROM asked WHERE answered_on IS NOT NULL AND value IS NOT NULL
)
SELECT 'survey_sent' AS plane, row, col, count(*) AS value FROM sent GROUP BY row, col
UNION ALL SELECT unnest(['survey_answered', 'survey_delay']), row, col, unnest([count(*), sum(delay)])
          FROM answered GROUP BY row, col
UNION ALL SELECT 'survey_answered_order', row, answered.col, max(max(nth)) OVER (PARTITION BY row ORDER BY answered.col)
          FROM answered JOIN sent USING (row, survey_id) GROUP BY row, answered.col
UNION ALL SELECT plane, row, col, arg_max(value, (survey_id, value)) FROM said WHERE plane <> 'motivation'
          GROUP BY plane, row, col
UNION ALL SELECT plane, row, min(col), arg_min(value, (col, survey_id, value)) FROM said WHERE plane = 'motivation'
          GROUP BY plane, row
"""
