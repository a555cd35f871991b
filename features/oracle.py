"""The common features as one plain DuckDB query: slow, readable, and what the fast table is checked against.

Each line of the roster on a date is joined to the activity known before it, and counted. Days are counted open:
closures belong to the day after them, and are no silence. A session whose source counts actions over windows says
nothing of shorter ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from features.schedule import Schedule

if TYPE_CHECKING:
    import pandas as pd

NAMES = (
    "actions_7d", "actions_14d", "actions_30d", "actions_previous_30d", "actions_total", "actions_decayed_14d",
    "active_days_14d", "active_days_30d", "active_weeks_of_last_6", "days_since_last_activity",
    "longest_silence_days", "logins_30d", "kinds_used_30d",
)  # fmt: skip
"""The thirteen features that the bench compares: volume, recency, regularity, breadth."""
OTHERS = (
    "days_since_last_login", "resources_opened", "new_resources_30d", "posts_30d", "assessments_handed_in",
)  # fmt: skip
"""One or two of each other family of records."""
QUERY = """
WITH starts AS (
    SELECT e.session_id, greatest(least(any_value(s.starts_on), min(e.started_on)), any_value(s.starts_on) - 365) - 61
        AS first_day
    FROM enrolments e LEFT JOIN sessions s USING (session_id) GROUP BY e.session_id
), moment AS (  -- who is expected, when
    SELECT e.enrolment_id, e.session_id, e.started_on, m.as_of_on AS day, first_day
    FROM enrolments e JOIN filrouge_moments m USING (session_id) JOIN starts USING (session_id)
    WHERE e.registered_on <= day AND e.started_on <= day AND day <= e.planned_end_on
      AND (e.outcome_known_on IS NULL OR e.outcome_known_on >= day)
), calendar_day AS (  -- every day of a session, and how many open ones came before it
    SELECT session_id, unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day
    FROM starts JOIN (SELECT session_id, max(as_of_on) AS last_day FROM filrouge_moments GROUP BY ALL)
    USING (session_id)
), clock AS (
    SELECT d.session_id, d.day, coalesce(sum(is_open::INT) OVER (
               PARTITION BY d.session_id ORDER BY d.day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
           AS open_before
    FROM (SELECT *, NOT EXISTS (SELECT 1 FROM calendar c WHERE c.session_id IN ('', calendar_day.session_id)
                                AND calendar_day.day BETWEEN c.from_on AND c.to_on) AS is_open FROM calendar_day) d
), act AS (  -- one line an action: when it was known, on both clocks
    SELECT a.enrolment_id, e.session_id, a.kind, a.resource_id, a.count,
           greatest(a.known_on, first_day) AS day, open_before,
           1 + (epoch_us(occurred_to) - epoch_us(occurred_from)) // 86400000000 AS span
    FROM activity a JOIN enrolments e USING (enrolment_id) JOIN starts USING (session_id)
    JOIN clock ON clock.session_id = e.session_id AND clock.day = greatest(a.known_on, first_day)
), source AS (  -- what the session's records can say, each date
    SELECT m.session_id, m.as_of_on AS day, coalesce(max(span), 1) AS span,
           coalesce(bool_or(kind = 'login'), false) AS says_logins
    FROM filrouge_moments m LEFT JOIN act a ON a.session_id = m.session_id AND a.day < m.as_of_on GROUP BY ALL
), seen AS (  -- what was known of each before the date; `weeks_ago` counts weeks of seven open days
    SELECT m.enrolment_id, m.day, m.started_on, a.kind, a.count, a.day AS known_on, m.day - a.day AS ago,
           greatest(now.open_before - a.open_before - 1, 0) // 7 AS weeks_ago
    FROM moment m JOIN act a ON a.enrolment_id = m.enrolment_id AND a.day < m.day
    JOIN clock now ON now.session_id = m.session_id AND now.day = m.day
), counted AS (
    SELECT enrolment_id, day,
           sum(count) FILTER (ago <= 7) AS actions_7d, sum(count) FILTER (ago <= 14) AS actions_14d,
           sum(count) FILTER (ago <= 30) AS actions_30d,
           sum(count) FILTER (ago > 30 AND ago <= 60) AS actions_previous_30d, sum(count) AS actions_total,
           sum(count * 0.5 ** ((ago - 1) / 14)) AS actions_decayed_14d,
           count(DISTINCT known_on) FILTER (ago <= 14) AS active_days_14d,
           count(DISTINCT known_on) FILTER (ago <= 30) AS active_days_30d,
           count(DISTINCT weeks_ago) FILTER (weeks_ago < 6) AS active_weeks_of_last_6,
           sum(count) FILTER (kind = 'login' AND ago <= 30) AS logins_30d,
           count(DISTINCT kind) FILTER (ago <= 30) AS kinds_used_30d,
           max(known_on) FILTER (kind = 'login') AS last_login
    FROM seen GROUP BY ALL
), marks AS (  -- the eve of the start, each active day after it, and the date
    SELECT enrolment_id, session_id, day, started_on - 1 AS mark FROM moment
    UNION SELECT enrolment_id, m.session_id, m.day, known_on FROM seen JOIN moment m USING (enrolment_id, day)
          WHERE known_on >= m.started_on
    UNION SELECT enrolment_id, session_id, day, day FROM moment
), silences AS (  -- from a mark to the next: the open days between them, and one
    SELECT enrolment_id, k.day, mark, next, 1 + until.open_before - since.open_before AS silence
    FROM (SELECT *, lead(mark) OVER (PARTITION BY enrolment_id, day ORDER BY mark) AS next FROM marks) k
    JOIN clock since ON since.session_id = k.session_id AND since.day = mark + 1
    JOIN clock until ON until.session_id = k.session_id AND until.day = next
), silent AS (
    SELECT enrolment_id, day, max(silence) AS longest_silence_days, arg_max(silence, mark) AS days_since_last_activity
    FROM silences GROUP BY ALL
), breadth AS (
    SELECT enrolment_id, day, count(*) AS resources_opened, count(*) FILTER (ago <= 30) AS new_resources_30d
    FROM (SELECT m.enrolment_id, m.day, m.day - min(a.day) AS ago
          FROM moment m JOIN act a ON a.enrolment_id = m.enrolment_id AND a.day < m.day
          WHERE resource_id IS NOT NULL GROUP BY m.enrolment_id, m.day, kind, resource_id) GROUP BY ALL
), talk AS (
    SELECT m.enrolment_id, m.day, count(*) FILTER (m.day - p.known_on <= 30) AS posts_30d
    FROM moment m JOIN posts p ON p.enrolment_id = m.enrolment_id AND p.known_on < m.day GROUP BY ALL
), work AS (
    SELECT m.enrolment_id, m.day, count(DISTINCT q.assessment_id) AS assessments_handed_in
    FROM moment m JOIN quiz_results q ON q.enrolment_id = m.enrolment_id AND q.known_on < m.day
    JOIN assessments a ON a.assessment_id = q.assessment_id AND a.known_on < m.day GROUP BY ALL
), said AS (  -- whether the session's records say anything of posts and of assessments yet
    SELECT m.session_id, m.as_of_on AS day,
           (SELECT count(*) FROM posts p JOIN enrolments e USING (enrolment_id)
            WHERE e.session_id = m.session_id AND p.known_on < m.as_of_on) > 0 AS says_posts,
           (SELECT count(*) FROM quiz_results q JOIN assessments a USING (assessment_id)
            WHERE a.session_id = m.session_id AND q.known_on < m.as_of_on AND a.known_on < m.as_of_on) > 0
           AS says_results
    FROM filrouge_moments m
)
SELECT m.enrolment_id, m.session_id, m.day::TIMESTAMP_S AS as_of_on,
       CASE WHEN span <= 7 THEN coalesce(actions_7d, 0) END::DOUBLE AS actions_7d,
       CASE WHEN span <= 14 THEN coalesce(actions_14d, 0) END::DOUBLE AS actions_14d,
       coalesce(actions_30d, 0)::DOUBLE AS actions_30d,
       coalesce(actions_previous_30d, 0)::DOUBLE AS actions_previous_30d,
       coalesce(actions_total, 0)::DOUBLE AS actions_total,
       coalesce(actions_decayed_14d, 0)::DOUBLE AS actions_decayed_14d,
       CASE WHEN span = 1 THEN coalesce(active_days_14d, 0) END::DOUBLE AS active_days_14d,
       CASE WHEN span = 1 AND m.day - m.started_on >= 30 THEN coalesce(active_days_30d, 0) END::DOUBLE
           AS active_days_30d,
       CASE WHEN span = 1 AND now.open_before - began.open_before >= 42
            THEN coalesce(active_weeks_of_last_6, 0) END::DOUBLE AS active_weeks_of_last_6,
       days_since_last_activity::DOUBLE AS days_since_last_activity,
       longest_silence_days::DOUBLE AS longest_silence_days,
       CASE WHEN says_logins THEN coalesce(logins_30d, 0) END::DOUBLE AS logins_30d,
       coalesce(kinds_used_30d, 0)::DOUBLE AS kinds_used_30d,
       CASE WHEN says_logins THEN 1 + now.open_before - away.open_before END::DOUBLE AS days_since_last_login,
       coalesce(resources_opened, 0)::DOUBLE AS resources_opened,
       coalesce(new_resources_30d, 0)::DOUBLE AS new_resources_30d,
       CASE WHEN says_posts THEN coalesce(posts_30d, 0) END::DOUBLE AS posts_30d,
       CASE WHEN says_results THEN coalesce(assessments_handed_in, 0) END::DOUBLE AS assessments_handed_in
FROM moment m LEFT JOIN counted USING (enrolment_id, day) JOIN silent USING (enrolment_id, day)
LEFT JOIN breadth USING (enrolment_id, day) LEFT JOIN talk USING (enrolment_id, day)
LEFT JOIN work USING (enrolment_id, day) JOIN source USING (session_id, day) JOIN said USING (session_id, day)
JOIN clock now ON now.session_id = m.session_id AND now.day = m.day
JOIN clock away ON away.session_id = m.session_id AND away.day = greatest(last_login, m.started_on - 1) + 1
JOIN clock began ON began.session_id = m.session_id AND began.day = m.started_on
ORDER BY m.session_id, m.day, m.enrolment_id
"""


def oracle(con: duckdb.DuckDBPyConnection, schedule: Schedule) -> pd.DataFrame:
    """Return enrolment_id, session_id, as_of_on, NAMES and OTHERS of the roster, by session, date and enrolment.

    Parameters
    ----------
    con : a connection with one table or view per canonical table.
    schedule : session id -> as-of dates; records known on or after a date are not seen.
    """
    moments = [(session, day) for session, days in schedule.items() for day in days]
    columns = {
        "session_id": pa.array([session for session, _ in moments], pa.string()),
        "as_of_on": pa.array([day for _, day in moments], pa.date32()),
    }
    con.register("filrouge_moments", pa.table(columns))
    try:
        found = con.execute(QUERY).df()
    finally:
        con.unregister("filrouge_moments")
    return found[["enrolment_id", "session_id", "as_of_on", *NAMES, *OTHERS]]
