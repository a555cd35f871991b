"""The same numbers, slowly: common features as one plain DuckDB query, to read and to test against.

Each line of the roster on a date is joined to the records known before it, and counted. It holds for
sources that date each action; for counts over longer windows, see `activity.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from features.schedule import Schedule

if TYPE_CHECKING:
    import pandas as pd

NAMES = (
    "days_since_last_activity", "days_since_last_login", "actions_7d", "actions_14d", "actions_30d",
    "actions_previous_30d", "actions_total", "active_days_14d", "active_days_30d", "logins_30d",
    "resources_opened", "new_resources_30d", "posts_30d", "assessments_handed_in",
)  # fmt: skip
QUERY = """
WITH moment AS (
    SELECT e.enrolment_id, e.session_id, e.started_on, m.as_of_on AS day
    FROM enrolments e JOIN filrouge_moments m USING (session_id)
    WHERE e.registered_on <= day AND e.started_on <= day AND day <= e.planned_end_on
      AND (e.outcome_known_on IS NULL OR e.outcome_known_on >= day)
), seen AS (
    SELECT m.*, a.kind, a.count, a.known_on, day - a.known_on AS ago
    FROM moment m JOIN activity a ON a.enrolment_id = m.enrolment_id AND a.known_on < m.day
), acts AS (
    SELECT enrolment_id, day,
           sum(count) AS actions_total,
           sum(count) FILTER (ago <= 7) AS actions_7d,
           sum(count) FILTER (ago <= 14) AS actions_14d,
           sum(count) FILTER (ago <= 30) AS actions_30d,
           sum(count) FILTER (ago > 30 AND ago <= 60) AS actions_previous_30d,
           count(DISTINCT known_on) FILTER (ago <= 14) AS active_days_14d,
           count(DISTINCT known_on) FILTER (ago <= 30) AS active_days_30d,
           sum(count) FILTER (kind = 'login' AND ago <= 30) AS logins_30d,
           max(known_on) AS last_action, max(known_on) FILTER (kind = 'login') AS last_login
    FROM seen GROUP BY enrolment_id, day
), openings AS (
    SELECT m.enrolment_id, m.day, a.kind, a.resource_id, min(a.known_on) AS first_on
    FROM moment m JOIN activity a ON a.enrolment_id = m.enrolment_id AND a.known_on < m.day
    WHERE a.resource_id IS NOT NULL GROUP BY ALL
), breadth AS (
    SELECT enrolment_id, day, count(*) AS resources_opened,
           count(*) FILTER (day - first_on <= 30) AS new_resources_30d
    FROM openings GROUP BY enrolment_id, day
), talk AS (
    SELECT m.enrolment_id, m.day, count(*) FILTER (m.day - p.known_on <= 30) AS posts_30d
    FROM moment m JOIN posts p ON p.enrolment_id = m.enrolment_id AND p.known_on < m.day GROUP BY ALL
), work AS (
    SELECT m.enrolment_id, m.day, count(DISTINCT q.assessment_id) AS assessments_handed_in
    FROM moment m JOIN quiz_results q ON q.enrolment_id = m.enrolment_id AND q.known_on < m.day
    JOIN assessments a ON a.assessment_id = q.assessment_id AND a.known_on < m.day GROUP BY ALL
), source AS (
    SELECT m.session_id, m.as_of_on AS day,
           (SELECT count(*) FROM activity a JOIN enrolments e USING (enrolment_id)
            WHERE e.session_id = m.session_id AND a.kind = 'login' AND a.known_on < m.as_of_on) AS logins,
           (SELECT count(*) FROM posts p JOIN enrolments e USING (enrolment_id)
            WHERE e.session_id = m.session_id AND p.known_on < m.as_of_on) AS posts,
           (SELECT count(*) FROM quiz_results q JOIN assessments a USING (assessment_id)
            WHERE a.session_id = m.session_id AND q.known_on < m.as_of_on AND a.known_on < m.as_of_on) AS results
    FROM filrouge_moments m
), closed AS (
    SELECT DISTINCT m.session_id, unnest(generate_series(c.from_on, c.to_on, INTERVAL 1 DAY))::DATE AS day
    FROM calendar c JOIN (SELECT DISTINCT session_id FROM filrouge_moments) m ON c.session_id IN ('', m.session_id)
), silence AS (
    SELECT m.enrolment_id, m.day, greatest(a.last_action, m.started_on - 1) AS since_action,
           greatest(a.last_login, m.started_on - 1) AS since_login, m.session_id
    FROM moment m LEFT JOIN acts a USING (enrolment_id, day)
), waited AS (
    SELECT s.enrolment_id, s.day,
           day - since_action - (SELECT count(*) FROM closed c WHERE c.session_id = s.session_id
                                 AND c.day > since_action AND c.day < s.day) AS days_since_last_activity,
           day - since_login - (SELECT count(*) FROM closed c WHERE c.session_id = s.session_id
                                AND c.day > since_login AND c.day < s.day) AS days_since_last_login
    FROM silence s
)
SELECT m.enrolment_id, m.session_id, m.day::TIMESTAMP_S AS as_of_on,
       CASE WHEN m.day - m.started_on >= 30 THEN coalesce(active_days_30d, 0)::DOUBLE END AS active_days_30d,
       days_since_last_activity::DOUBLE AS days_since_last_activity,
       CASE WHEN source.logins > 0 THEN days_since_last_login::DOUBLE END AS days_since_last_login,
       CASE WHEN source.logins > 0 THEN coalesce(logins_30d, 0)::DOUBLE END AS logins_30d,
       CASE WHEN source.posts > 0 THEN coalesce(posts_30d, 0)::DOUBLE END AS posts_30d,
       CASE WHEN source.results > 0 THEN coalesce(assessments_handed_in, 0)::DOUBLE END AS assessments_handed_in,
       coalesce(COLUMNS(['actions_7d', 'actions_14d', 'actions_30d', 'actions_previous_30d', 'actions_total',
                         'active_days_14d', 'resources_opened', 'new_resources_30d']), 0)::DOUBLE
FROM moment m
LEFT JOIN acts USING (enrolment_id, day) LEFT JOIN breadth USING (enrolment_id, day)
LEFT JOIN talk USING (enrolment_id, day) LEFT JOIN work USING (enrolment_id, day)
LEFT JOIN waited USING (enrolment_id, day) LEFT JOIN source USING (session_id, day)
ORDER BY m.session_id, m.day, m.enrolment_id
"""


def reference(con: duckdb.DuckDBPyConnection, schedule: Schedule) -> pd.DataFrame:
    """Return enrolment_id, session_id, as_of_on and NAMES, by session, date and enrolment."""
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
    return found[["enrolment_id", "session_id", "as_of_on", *NAMES]]
