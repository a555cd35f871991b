"""The query behind attendance: slots held, attended, missed and excused, each on the day it became known.

A slot counts from the day it was held, or was written down when that came later. The order of slots is that
of this knowledge, so that an old sheet imported late never rewrites what was said before.
"""

from __future__ import annotations

from features.columns import col

ATTENDANCE_PLANES = (
    "slot", "attended", "late_arrival", "excused", "absent", "timed_slot", "missed_minutes", "owed_slot",
    "attended_order", "attended_day",
)  # fmt: skip
_HELD_ON = "DATE '1970-01-01' + (epoch_us(t.starts_at) // 86400000000)::INT"
ATTENDANCE = f"""
WITH held AS MATERIALIZED (
    SELECT *, {col("said_on", "held")} AS col, {col("held_on", "held")} AS day FROM (
        SELECT r.row, r.origin, t.status, t.minutes, t.starts_at, t.slot_id, t.record_id, {_HELD_ON} AS held_on,
               greatest(t.known_on, {_HELD_ON}) AS said_on
        FROM attendance t JOIN filrouge_rows r USING (enrolment_id)
        WHERE greatest(t.known_on, {_HELD_ON}) < r.until_on
    ) held
), owed AS (
    SELECT *, row_number() OVER (PARTITION BY row ORDER BY said_on, starts_at, slot_id, record_id) AS nth
    FROM held WHERE status <> 'excused'
)
SELECT unnest(['slot', 'attended', 'late_arrival', 'excused', 'absent', 'timed_slot', 'missed_minutes']) AS plane,
       row, col,
       unnest([count(*), count(*) FILTER (status IN ('present', 'late')), count(*) FILTER (status = 'late'),
               count(*) FILTER (status = 'excused'), count(*) FILTER (status = 'absent'), count(minutes),
               coalesce(sum(round(minutes)::BIGINT) FILTER (status = 'absent'), 0)]) AS value
FROM held GROUP BY row, col
UNION ALL SELECT 'owed_slot', row, col, count(*) FROM owed GROUP BY row, col
UNION ALL SELECT 'attended_order', row, col, max(max(nth)) OVER (PARTITION BY row ORDER BY col)
          FROM owed WHERE status <> 'absent' GROUP BY row, col
UNION ALL SELECT 'attended_day', row, col, max(max(day)) OVER (PARTITION BY row ORDER BY col)
          FROM held WHERE status IN ('present', 'late') GROUP BY row, col
"""
