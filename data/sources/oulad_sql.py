"""OULAD's raw tables made canonical, in SQL over the staging area."""

from __future__ import annotations

SESSION = """
CREATE TABLE session AS
WITH dated AS (
    SELECT *, code_module || '-' || code_presentation AS code,
        make_date(CAST(code_presentation[1:4] AS INTEGER), CASE code_presentation[5] WHEN 'B' THEN 2 ELSE 10 END, 1)
            AS starts_on
    FROM courses
)
SELECT code_module, code_presentation, code, code AS session_id, code_module || ' ' || code_presentation AS name,
    starts_on, starts_on + CAST(module_presentation_length AS INTEGER) AS ends_on,
    pseudonym('mentor', code) AS mentor_id
FROM dated
"""

ENROLLED = """
CREATE TABLE enrolled AS
SELECT i.*, s.session_id, s.starts_on, s.ends_on, s.mentor_id,
    pseudonym('enrolment', i.id_student || ':' || s.session_id) AS enrolment_id,
    pseudonym('learner', CAST(i.id_student AS VARCHAR)) AS learner_id,
    s.starts_on + CAST(coalesce(r.date_registration, 0) AS INTEGER) AS registered_on,
    s.starts_on + CAST(r.date_unregistration AS INTEGER) AS unregistered_on,
    i.final_result = 'Withdrawn' OR r.date_unregistration IS NOT NULL AS withdrew
FROM studentInfo i
JOIN session s USING (code_module, code_presentation)
LEFT JOIN studentRegistration r USING (code_module, code_presentation, id_student)
"""

KINDS = """
CREATE TABLE kinds AS
SELECT unnest(['homepage', 'subpage', 'resource', 'oucontent', 'url', 'page', 'glossary', 'dualpane', 'htmlactivity',
    'dataplus', 'folder', 'sharedsubpage', 'repeatactivity', 'forumng', 'quiz', 'externalquiz', 'questionnaire',
    'oucollaborate', 'ouelluminate']) AS activity_type,
unnest(['view', 'view', 'resource', 'resource', 'resource', 'resource', 'resource', 'resource', 'resource',
    'resource', 'resource', 'resource', 'resource', 'forum_view', 'quiz_view', 'quiz_view', 'survey_view',
    'video', 'video']) AS kind
"""

RESOURCES = """
CREATE TABLE resources AS
SELECT id_site, pseudonym('resource', CAST(id_site AS VARCHAR)) AS resource_id, coalesce(k.kind, 'other') AS kind
FROM (SELECT id_site, min(activity_type) AS activity_type FROM {layout} GROUP BY 1)
LEFT JOIN kinds k USING (activity_type)
"""

_DAYS = """
CREATE TABLE days AS
SELECT code_module, code_presentation, day_from, day_to, starts_on + CAST(day_to AS INTEGER) AS known_on,
    CAST(starts_on + CAST(day_from AS INTEGER) AS TIMESTAMP) AT TIME ZONE '{{time_zone}}' AS occurred_from,
    CAST(starts_on + CAST(day_to AS INTEGER) + 1 AS TIMESTAMP) AT TIME ZONE '{{time_zone}}' - INTERVAL 1 SECOND
        AS occurred_to
FROM (SELECT DISTINCT code_module, code_presentation, {bounds} FROM {layout})
JOIN session USING (code_module, code_presentation)
"""

DAYS = {
    "windows": _DAYS.format(bounds="day_from, day_to", layout="windows"),
    "studentVle": _DAYS.format(bounds="date AS day_from, date AS day_to", layout="studentVle"),
}

_ACTIVITY = """
SELECT stable(concat_ws('|', 'activity', e.enrolment_id, r.resource_id, a.day_from, a.day_to)) AS record_id,
    e.enrolment_id, r.kind, r.resource_id, d.occurred_from, d.occurred_to, a.actions AS count,
    d.occurred_to AS known_at, d.known_on
FROM ({actions}) a
JOIN enrolled e USING (code_module, code_presentation, id_student)
JOIN resources r USING (id_site)
JOIN days d USING (code_module, code_presentation, day_from, day_to)
"""

ACTIVITY = {
    "windows": _ACTIVITY.format(actions="SELECT *, n_interactions AS actions FROM windows"),
    "studentVle": _ACTIVITY.format(
        actions="SELECT code_module, code_presentation, id_student, id_site, date AS day_from, date AS day_to,"
        " sum(sum_click) AS actions FROM studentVle GROUP BY ALL"
    ),
}

TABLES = {
    "sessions": """
SELECT session_id, code_module AS course_id, name, starts_on, ends_on, NULL AS duration_hours, NULL AS action_type
FROM session
""",
    "enrolments": """
SELECT enrolment_id, learner_id, code_module AS course_id, session_id, mentor_id, registered_on,
    greatest(starts_on, registered_on) AS started_on, ends_on AS planned_end_on,
    CASE WHEN withdrew THEN unregistered_on ELSE ends_on END AS ended_on,
    CASE WHEN withdrew THEN 'abandoned' ELSE 'completed' END AS outcome,
    CASE WHEN withdrew THEN unregistered_on ELSE ends_on + 1 END AS outcome_known_on,
    CASE final_result WHEN 'Withdrawn' THEN NULL WHEN 'Fail' THEN false ELSE true END AS passed,
    CASE final_result WHEN 'Withdrawn' THEN NULL ELSE ends_on + 1 END AS result_known_on,
    NULL AS motives, NULL AS funding, 'remote' AS modality,
    num_of_prev_attempts AS prior_attempts, studied_credits AS credits
FROM enrolled
""",
    "assessments": """
SELECT pseudonym('assessment', CAST(id_assessment AS VARCHAR)) AS assessment_id, session_id,
    CASE assessment_type WHEN 'TMA' THEN 'assignment' WHEN 'CMA' THEN 'quiz' ELSE 'exam' END AS kind,
    assessment_type || ' ' || row_number() OVER (
        PARTITION BY session_id, assessment_type ORDER BY date NULLS LAST, id_assessment) AS name,
    NULL AS opens_on, starts_on + CAST(date AS INTEGER) AS due_on, weight, starts_on AS known_on
FROM assessments JOIN session USING (code_module, code_presentation)
""",
    "quiz_results": """
WITH submitted AS (
    SELECT a.*, e.enrolment_id, e.starts_on + CAST(a.date_submitted AS INTEGER) AS known_on
    FROM studentAssessment a
    JOIN (SELECT id_assessment, code_module, code_presentation FROM assessments) USING (id_assessment)
    JOIN enrolled e USING (code_module, code_presentation, id_student)
), numbered AS (
    SELECT id_assessment, pseudonym('assessment', CAST(id_assessment AS VARCHAR)) AS assessment_id FROM assessments
)
SELECT stable(concat_ws('|', 'submission', enrolment_id, assessment_id)) AS record_id, enrolment_id, assessment_id,
    1 AS attempt, CAST(known_on AS TIMESTAMP) AT TIME ZONE '{time_zone}' AS submitted_at, known_on AS submitted_on,
    false AS auto_submitted, is_banked = 1 AS banked, score / 100 AS score,
    CASE WHEN score IS NOT NULL THEN known_on + {days} END AS score_known_on,
    CAST(known_on AS TIMESTAMP) AT TIME ZONE '{time_zone}' AS known_at, known_on
FROM submitted JOIN numbered USING (id_assessment)
""",
    "learner_attributes": """
SELECT learner_id, arg_max(age_band, latest) AS age_band, arg_max(gender, latest) AS gender,
    arg_max(disability, latest) = 'Y' AS disability
FROM (SELECT *, (starts_on, session_id) AS latest FROM enrolled) GROUP BY 1
""",
}
