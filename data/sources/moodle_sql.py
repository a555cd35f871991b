"""Moodle's judged tables made canonical, in SQL over the staging area."""

from __future__ import annotations

MACROS = (
    "CREATE MACRO on_day(t) AS CAST(to_timestamp(t) AT TIME ZONE '{time_zone}' AS DATE)",
    r"""
CREATE MACRO mark(option) AS TRY_CAST(regexp_extract(option, '(?:^|####)\s*(\d+)[^#]*$', 1) AS DOUBLE)
""",
    r"""
CREATE MACRO event_kind(name, component, act, crud, edulevel) AS CASE
    WHEN name IN ('\core\event\user_enrolment_updated', '\core\event\user_enrolment_deleted',
        '\core\event\role_unassigned', '\core\event\group_member_removed', '\core\event\course_completed') THEN 'roster'
    WHEN name = '\core\event\user_loggedin' THEN 'login'
    WHEN name IN ('\core\event\dashboard_viewed', '\core\event\course_viewed') THEN 'view'
    WHEN component = 'mod_forum' AND act = 'viewed' THEN 'forum_view'
    WHEN component = 'mod_quiz' AND act IN ('viewed', 'started', 'submitted', 'reviewed') THEN 'quiz_view'
    WHEN component = 'mod_assign' AND (act = 'viewed' OR name = '\mod_assign\event\assessable_submitted')
        THEN 'assignment_view'
    WHEN starts_with(component, 'gradereport_') AND act = 'viewed' THEN 'grade_view'
    WHEN component IN ('mod_feedback', 'mod_survey', 'mod_choice', 'mod_questionnaire')
        AND act IN ('viewed', 'submitted') THEN 'survey_view'
    WHEN regexp_matches(component, '^mod_.*(video|bigbluebutton|zoom|teams)') AND act IN ('viewed', 'joined')
        THEN 'video'
    WHEN starts_with(component, 'mod_') AND act = 'viewed' THEN 'resource'
    WHEN edulevel = 2 AND crud = 'r' THEN 'other'
END
""",
)

TODAY = "CREATE MACRO today_ends() AS {instant}"

MEMBERS = """
CREATE TABLE members AS
SELECT DISTINCT c.instanceid AS courseid, a.userid, CASE
    WHEN 'student' IN (r.shortname, r.archetype) THEN 'learner'
    WHEN 'teacher' IN (r.shortname, r.archetype) THEN 'mentor'
    WHEN 'editingteacher' IN (r.shortname, r.archetype) THEN 'trainer' ELSE 'staff' END AS kind
FROM role_assignments a JOIN role r ON r.id = a.roleid JOIN context c ON c.id = a.contextid
"""

LAST_LEARNER_DAY = """
SELECT max(on_day(timecreated)) FROM logstore_standard_log_raw
WHERE fault IS NULL AND origin IN ('web', 'ws') AND on_day(timecreated) <= DATE '{latest}'
    AND userid IN (SELECT userid FROM members WHERE kind = 'learner')
"""

LIFE = r"""
CREATE TABLE life AS
SELECT DISTINCT split_part(eventname, '\', 4) AS event, objectid, courseid, relateduserid AS userid, timecreated,
    CASE WHEN json_valid(other) THEN json_extract(other, '$.userenrolment') END AS lost, origin = 'cli' AS by_site
FROM logstore_standard_log_raw
WHERE fault IS NULL AND event_kind(eventname, component, action, crud, edulevel) = 'roster'
    AND timecreated <= today_ends()
"""

LEARNERS = """
SELECT id, email FROM user
WHERE id IN (SELECT userid FROM user_enrolments UNION SELECT userid FROM life WHERE event = 'user_enrolment_deleted')
"""

ENROLLED = """
CREATE TABLE enrolled AS
WITH altered AS (
    SELECT objectid AS id, max(timecreated) AS at, coalesce(arg_max(by_site, timecreated), false) AS by_site
    FROM life WHERE event = 'user_enrolment_updated' GROUP BY 1
), held AS (
    SELECT u.*, e.courseid, c.enddate, coalesce(a.at, u.timemodified) AS altered,
        coalesce(a.by_site, false) AND u.timeend > 0 AS expired,
        u.timeend > 0 AND (u.timemodified = u.timecreated OR a.by_site) AS timed
    FROM user_enrolments u JOIN enrol e ON e.id = u.enrolid JOIN course c ON c.id = e.courseid
    LEFT JOIN altered a ON a.id = u.id
), current AS (
    SELECT userid, courseid, min(timecreated) AS registered, min(coalesce(nullif(timestart, 0), timecreated))
            AS started, max(altered) AS altered,
        CASE WHEN bool_and(coalesce(timed, false)) THEN max(timeend) END AS planned,
        CASE WHEN bool_and(CASE WHEN status = 1 THEN NOT expired
                ELSE timeend > 0 AND NOT coalesce(timed, false) AND on_day(timeend) < on_day(enddate) END)
            THEN max(altered) END AS gone,
        CASE WHEN bool_and(timeend > 0 AND NOT coalesce(timed, false)) THEN max(timeend) END AS cut
    FROM held GROUP BY ALL
), removed AS (
    SELECT userid, courseid,
        coalesce(arg_max(TRY_CAST(lost ->> 'timecreated' AS BIGINT), timecreated), 0) AS registered,
        coalesce(nullif(arg_max(TRY_CAST(lost ->> 'timestart' AS BIGINT), timecreated), 0), 0) AS started,
        NULL AS altered, NULL AS planned, max(timecreated) AS gone, NULL AS cut
    FROM life WHERE event = 'user_enrolment_deleted' AND courseid IN (SELECT id FROM course)
        AND (userid, courseid) NOT IN (SELECT (userid, courseid) FROM current)
        AND (userid, courseid) NOT IN (SELECT (userid, courseid) FROM life WHERE event = 'role_unassigned'
            AND objectid IN (SELECT id FROM role WHERE 'student' NOT IN (shortname, coalesce(archetype, ''))))
    GROUP BY ALL
), completed AS (
    SELECT userid, courseid, min(timecreated) AS completed FROM life WHERE event = 'course_completed' GROUP BY ALL
), dated AS (
    SELECT x.*, c.shortname AS session_id, coalesce(nullif(g.idnumber, ''), g.name) AS course_id,
        on_day(c.startdate) AS starts_on,
        coalesce(on_day(nullif(x.registered, 0)), on_day(c.startdate)) AS registered_on,
        greatest(on_day(c.startdate), coalesce(on_day(nullif(x.started, 0)), on_day(c.startdate))) AS started_on,
        least(on_day(c.enddate), coalesce(on_day(x.planned), on_day(c.enddate))) AS planned_end_on,
        CASE WHEN x.gone <= today_ends() AND on_day(x.gone) <= planned_end_on THEN on_day(x.gone) END AS gone_on,
        on_day(x.cut) AS cut_on, on_day(d.completed) AS completed_on
    FROM (SELECT * FROM current UNION ALL SELECT * FROM removed) x
    JOIN course c ON c.id = x.courseid JOIN course_categories g ON g.id = c.category
    LEFT JOIN completed d ON d.userid = x.userid AND d.courseid = x.courseid
), own AS MATERIALIZED (
    SELECT d.*, pseudonym('enrolment', userid || ':' || courseid) AS own_id,
        coalesce(l.learner_id, pseudonym('learner', CAST(userid AS VARCHAR))) AS learner_id
    FROM dated d LEFT JOIN linked l USING (userid)
), elsewhere AS (
    SELECT o.own_id, min(k.enrolment_id) AS known_id
    FROM own o JOIN known_enrolments k ON k.learner_id = o.learner_id AND k.session_id = o.session_id
    WHERE o.own_id NOT IN (SELECT enrolment_id FROM known_enrolments) AND k.enrolment_id NOT IN (SELECT own_id FROM own)
    GROUP BY 1
)
SELECT o.* EXCLUDE (own_id), coalesce(e.known_id, own_id) AS enrolment_id, e.known_id IS NOT NULL AS elsewhere,
    CASE WHEN completed_on <= coalesce(gone_on, completed_on) THEN 'completed'
        WHEN gone_on IS NOT NULL THEN 'abandoned' ELSE 'ongoing' END AS outcome
FROM own o LEFT JOIN elsewhere e USING (own_id)
"""
"""An enrolment another source brought keeps its number: that of the same learner in the same session."""

MENTORED = """
CREATE TABLE mentored AS
WITH lead AS (
    SELECT m.groupid, min(m.userid) AS mentor FROM groups_members m JOIN groups g ON g.id = m.groupid
    JOIN members t ON t.courseid = g.courseid AND t.userid = m.userid AND t.kind = 'mentor' GROUP BY 1
), belongs AS (
    SELECT g.courseid, m.userid, l.mentor, m.id AS latest FROM groups_members m
    JOIN groups g ON g.id = m.groupid JOIN lead l ON l.groupid = g.id
    UNION ALL
    SELECT v.courseid, v.userid, l.mentor, v.timecreated - 5000000000 FROM life v JOIN lead l ON l.groupid = v.objectid
    WHERE v.event = 'group_member_removed'
), alone AS (
    SELECT courseid, min(userid) AS mentor FROM members WHERE kind = 'mentor'
    GROUP BY 1 HAVING count(DISTINCT userid) = 1
)
SELECT e.enrolment_id, coalesce(arg_max(b.mentor, b.latest), any_value(a.mentor)) AS mentor
FROM enrolled e
LEFT JOIN belongs b ON b.courseid = e.courseid AND b.userid = e.userid
LEFT JOIN alone a ON a.courseid = e.courseid GROUP BY 1
"""

SITE_EVENTS = """
CREATE TABLE site_events AS
SELECT l.id, e.enrolment_id FROM logstore_standard_log_raw l JOIN enrolled e ON e.userid = l.userid
    AND on_day(l.timecreated) BETWEEN e.started_on AND least(e.planned_end_on, coalesce(e.gone_on, e.planned_end_on))
WHERE l.fault IS NULL AND coalesce(l.courseid, 0) <= 1 AND l.timecreated BETWEEN 0 AND today_ends()
    AND event_kind(l.eventname, l.component, l.action, l.crud, l.edulevel) <> 'roster'
"""

QUESTIONS = """
CREATE TABLE questions AS
WITH told AS (
    SELECT *, lower(trim(coalesce(nullif(trim(label), ''), name))) AS code,
        CASE WHEN typ <> 'numeric' THEN string_split(split_part(split_part(presentation, '>>>>>', 2), '<<<<<', 1), '|')
        END AS options
    FROM feedback_item
)
SELECT id, feedback, options,
    CASE code WHEN 'confiance' THEN 'confidence' WHEN 'heures_dispo' THEN 'hours_available'
        WHEN 'niveau_prealable' THEN 'prior_level' ELSE code END AS question,
    CASE WHEN code = 'nps' AND (options IS NULL OR (len(options) = 11 AND list_bool_and([mark(o) BETWEEN 0 AND 10
            AND mark(o) IS NOT NULL FOR o IN options]))) THEN 'nps'
        WHEN code = 'intention' AND len(options) = 3 THEN 'intent'
        WHEN typ = 'multichoicerated' AND len(options) = 5 THEN 'likert5'
        WHEN len(options) = 2 AND lower(trim(options[1])) IN ('oui', 'yes') THEN 'yes_no'
        WHEN options IS NULL THEN 'number' ELSE 'choice' END AS scale
FROM told
"""

ANSWER_VALUE = """
CREATE MACRO answer_value(asked, told) AS (
    SELECT CASE
        WHEN q.options IS NULL AND q.scale = 'nps' THEN
            CASE WHEN TRY_CAST(told AS DOUBLE) BETWEEN 0 AND 10 THEN TRY_CAST(told AS DOUBLE) END
        WHEN q.options IS NULL THEN CASE WHEN isfinite(TRY_CAST(told AS DOUBLE)) THEN TRY_CAST(told AS DOUBLE) END
        WHEN TRY_CAST(told AS DOUBLE) NOT BETWEEN 1 AND len(q.options) THEN NULL
        WHEN q.scale = 'nps' THEN mark(q.options[TRY_CAST(told AS INTEGER)])
        WHEN q.scale = 'intent' THEN 2 - TRY_CAST(told AS DOUBLE)
        WHEN q.scale = 'yes_no' THEN 2 - TRY_CAST(told AS DOUBLE)
        WHEN q.scale = 'likert5' THEN coalesce(
            TRY_CAST(split_part(q.options[TRY_CAST(told AS INTEGER)], '####', 1) AS DOUBLE), TRY_CAST(told AS DOUBLE))
        ELSE TRY_CAST(told AS DOUBLE) END
    FROM questions q WHERE q.id = asked
)
"""

COVERED = "SELECT min(on_day(startdate)), max(on_day(enddate)) FROM course"

CLOSURES = """
CREATE TABLE closures AS
SELECT '' AS session_id, day AS from_on, day AS to_on, 'public_holiday' AS kind FROM holidays
"""

CLOSURES_TOLD = "UNION SELECT coalesce(session_id, ''), from_on, to_on, kind FROM calendar"

TEXTS = "SELECT CAST(id AS VARCHAR) AS post, message AS text FROM forum_posts WHERE message IS NOT NULL"

IDENTITIES = {
    "learner": """
SELECT DISTINCT e.learner_id, CAST(e.userid AS VARCHAR), trim(concat_ws(' ', u.firstname, u.lastname)), u.email
FROM enrolled e JOIN user u ON u.id = e.userid ORDER BY 2
""",
    "mentor": """
SELECT pseudonym('mentor', CAST(u.id AS VARCHAR)), CAST(u.id AS VARCHAR), trim(concat_ws(' ', u.firstname, u.lastname)),
    u.email
FROM user u WHERE u.id IN (SELECT mentor FROM mentored) ORDER BY 2
""",
    "session": "SELECT pseudonym('session', CAST(id AS VARCHAR)), shortname, fullname, NULL FROM course ORDER BY 2",
    "enrolment": """
SELECT enrolment_id, userid || ':' || session_id, NULL, NULL FROM enrolled WHERE NOT elsewhere ORDER BY 2
""",
}

TABLES = {
    "sessions": """
SELECT shortname AS session_id, coalesce(nullif(g.idnumber, ''), g.name) AS course_id, fullname AS name,
    on_day(startdate) AS starts_on, on_day(enddate) AS ends_on, NULL AS duration_hours, NULL AS action_type
FROM course c JOIN course_categories g ON g.id = c.category
""",
    "calendar": "SELECT session_id, from_on, to_on, kind FROM closures",
    "enrolments": """
WITH told AS (
    SELECT e.*, m.mentor, k AS was, o.mentor_id IS NOT NULL AS mentor_elsewhere,
        elsewhere AND e.outcome = 'ongoing' AND k.outcome <> 'ongoing'
            AND coalesce(on_day(altered) <= k.outcome_known_on, true) AS same_exit
    FROM enrolled e JOIN mentored m USING (enrolment_id) LEFT JOIN known_enrolments k USING (enrolment_id)
    LEFT JOIN other_mentors o ON o.mentor_id = k.mentor_id
)
SELECT enrolment_id, learner_id, course_id, session_id,
    coalesce(pseudonym('mentor', CAST(mentor AS VARCHAR)), CASE WHEN mentor_elsewhere THEN was.mentor_id END)
        AS mentor_id, registered_on, started_on, planned_end_on,
    CASE WHEN same_exit THEN was.ended_on WHEN e.outcome = 'completed' THEN completed_on
        WHEN e.outcome = 'abandoned' THEN greatest(started_on, least(gone_on, coalesce(cut_on, gone_on))) END
        AS ended_on,
    CASE WHEN same_exit OR (e.outcome = 'abandoned' AND was.outcome IN ('neutral_exit', 'transferred'))
        THEN was.outcome ELSE e.outcome END AS outcome,
    CASE WHEN same_exit THEN was.outcome_known_on WHEN e.outcome = 'completed' THEN completed_on
        WHEN e.outcome = 'abandoned' THEN gone_on END AS outcome_known_on,
    CASE WHEN e.outcome = 'completed' THEN true WHEN elsewhere THEN was.passed END AS passed,
    CASE WHEN e.outcome = 'completed' THEN completed_on WHEN elsewhere THEN was.result_known_on END AS result_known_on,
    CASE WHEN same_exit OR e.outcome <> 'ongoing' THEN was.motives END AS motives, was.funding, was.modality,
    (SELECT count(*) FROM enrolled p WHERE p.userid = e.userid AND p.course_id = e.course_id
        AND p.starts_on < e.starts_on) AS prior_attempts, was.credits
FROM told e
""",
    "activity": """
WITH events AS (
    SELECT l.*, coalesce(s.enrolment_id, e.enrolment_id) AS enrolment_id,
        event_kind(eventname, component, action, crud, edulevel) AS kind,
        CASE WHEN l.courseid > 1 AND starts_with(component, 'mod_') THEN contextinstanceid END AS place
    FROM logstore_standard_log l
    LEFT JOIN site_events s ON s.id = l.id
    LEFT JOIN enrolled e ON e.userid = l.userid AND e.courseid = l.courseid
), places AS (
    SELECT place, pseudonym('resource', CAST(place AS VARCHAR)) AS resource_id
    FROM (SELECT DISTINCT place FROM events WHERE place IS NOT NULL)
)
SELECT stable(concat_ws('|', 'activity', enrolment_id, kind, coalesce(resource_id, 0), timecreated)) AS record_id,
    enrolment_id, kind, resource_id, to_timestamp(timecreated) AS occurred_from,
    to_timestamp(timecreated) AS occurred_to, count(*) AS count, to_timestamp(timecreated) AS known_at,
    on_day(timecreated) AS known_on
FROM events LEFT JOIN places USING (place)
WHERE kind <> 'roster' GROUP BY enrolment_id, kind, resource_id, timecreated
""",
    "posts": """
SELECT pseudonym('post', CAST(p.id AS VARCHAR)) AS record_id, c.shortname AS session_id,
    pseudonym('thread', CAST(p.discussion AS VARCHAR)) AS thread_id,
    CASE WHEN p.parent > 0 THEN pseudonym('post', CAST(p.parent AS VARCHAR)) END AS parent_id,
    CASE WHEN m.kind IS NULL THEN e.enrolment_id END AS enrolment_id,
    coalesce(m.kind, CASE WHEN e.enrolment_id IS NULL THEN 'staff' ELSE 'learner' END) AS author_role,
    CASE WHEN f.type = 'news' THEN 'announcements'
        WHEN f.type = 'qanda' OR regexp_matches(lower(f.name), 'entraide|aide|question|help') THEN 'help'
        WHEN regexp_matches(lower(f.name), 'présent|present|introdu|bienvenue') THEN 'introductions'
        ELSE 'discussion' END AS channel,
    r.is_question, r.n_words, r.tone, r.intent_to_leave, r.distress, r.technical_trouble, r.thanks, r.polite,
    0 AS reactions,
    to_timestamp(p.created) AS occurred_at, to_timestamp(p.created) AS known_at, on_day(p.created) AS known_on
FROM forum_posts p
JOIN forum_discussions d ON d.id = p.discussion JOIN forum f ON f.id = d.forum JOIN course c ON c.id = d.course
JOIN readings r ON r.id = p.id
LEFT JOIN enrolled e ON e.userid = p.userid AND e.courseid = d.course
LEFT JOIN (SELECT courseid, userid, min(kind) AS kind FROM members WHERE kind <> 'learner' GROUP BY ALL) m
    ON m.userid = p.userid AND m.courseid = d.course
""",
    "assessments": """
WITH known AS (
    SELECT 'quiz' AS kind, id, course, name, timeopen AS opens, timeclose AS due, timecreated AS told FROM quiz
    UNION ALL
    SELECT 'assignment', id, course, name, allowsubmissionsfromdate, duedate,
        least(timemodified, coalesce(nullif(allowsubmissionsfromdate, 0), timemodified), coalesce((SELECT
            min(s.timemodified) FROM assign_submission s WHERE s.assignment = a.id), timemodified)) FROM assign a
), weighed AS (
    SELECT CASE itemmodule WHEN 'assign' THEN 'assignment' ELSE itemmodule END AS kind, iteminstance AS id,
        coalesce(nullif(aggregationcoef2, 0),
            grademax / nullif(sum(grademax) OVER (PARTITION BY courseid), 0)) AS weight
    FROM grade_items
)
SELECT pseudonym('assessment', k.kind || ':' || k.id) AS assessment_id, c.shortname AS session_id, k.kind, k.name,
    on_day(nullif(opens, 0)) AS opens_on, on_day(nullif(due, 0)) AS due_on,
    round(100 * coalesce(w.weight, 0), 3) AS weight, on_day(told) AS known_on
FROM known k JOIN course c ON c.id = k.course LEFT JOIN weighed w ON w.kind = k.kind AND w.id = k.id
""",
    "quiz_results": r"""
WITH closed AS (
    SELECT objectid AS id, max(timecreated) AS told, bool_or(origin = 'cli') AS by_site
    FROM logstore_standard_log_raw
    WHERE fault IS NULL AND eventname = '\mod_quiz\event\attempt_submitted' GROUP BY 1
), attempts AS (
    SELECT a.*, q.course, q.sumgrades AS best, coalesce(nullif(a.timefinish, 0), a.timemodified) AS ended,
        a.timefinish = q.timeclose OR coalesce(c.by_site, false) AS auto_submitted,
        least(greatest(coalesce(nullif(a.timefinish, 0), a.timemodified), coalesce(c.told, 0)), today_ends()) AS told
    FROM quiz_attempts a JOIN quiz q ON q.id = a.quiz LEFT JOIN closed c ON c.id = a.id
)
SELECT pseudonym('attempt', CAST(a.id AS VARCHAR)) AS record_id, e.enrolment_id,
    pseudonym('assessment', 'quiz:' || a.quiz) AS assessment_id, a.attempt, to_timestamp(a.ended) AS submitted_at,
    on_day(a.ended) AS submitted_on, a.auto_submitted, false AS banked, a.sumgrades / nullif(a.best, 0) AS score,
    CASE WHEN a.sumgrades / nullif(a.best, 0) IS NOT NULL THEN on_day(greatest(a.told, a.timemodified)) END
        AS score_known_on,
    to_timestamp(a.told) AS known_at, on_day(a.told) AS known_on
FROM attempts a JOIN enrolled e ON e.userid = a.userid AND e.courseid = a.course
UNION ALL
SELECT pseudonym('submission', CAST(s.id AS VARCHAR)), e.enrolment_id,
    pseudonym('assessment', 'assignment:' || s.assignment), s.attemptnumber + 1, to_timestamp(s.timemodified),
    on_day(s.timemodified), false, false, m.grade / a.grade, on_day(m.timemodified),
    to_timestamp(s.timemodified), on_day(s.timemodified)
FROM assign_submission s JOIN assign a ON a.id = s.assignment
JOIN enrolled e ON e.userid = s.userid AND e.courseid = a.course
LEFT JOIN (SELECT assignment, userid, attemptnumber, arg_max(grade, (timemodified, id)) AS grade,
    max(timemodified) AS timemodified FROM assign_grades GROUP BY ALL) m
    ON m.assignment = s.assignment AND m.userid = s.userid AND m.attemptnumber = s.attemptnumber
""",
    "surveys": """
SELECT pseudonym('survey', CAST(f.id AS VARCHAR)) AS survey_id, c.shortname AS session_id, f.name,
    CASE WHEN regexp_matches(lower(f.name), 'position') THEN 'positioning'
        WHEN regexp_matches(lower(f.name), 'froid') THEN 'delayed'
        WHEN regexp_matches(lower(f.name), 'chaud|fin de formation|bilan') THEN 'immediate' ELSE 'pulse' END AS kind,
    on_day(coalesce(nullif(f.timeopen, 0), c.startdate)) AS opens_on, on_day(nullif(f.timeclose, 0)) AS closes_on
FROM feedback f JOIN course c ON c.id = f.course
""",
    "survey_answers": """
WITH sent AS (
    SELECT e.enrolment_id, e.userid, f.id AS feedback,
        greatest(on_day(coalesce(nullif(f.timeopen, 0), c.startdate)), e.started_on, e.registered_on) AS sent_on,
        on_day(nullif(f.timeclose, 0)) AS closes_on, coalesce(e.gone_on, e.planned_end_on) AS here_until
    FROM enrolled e JOIN course c ON c.id = e.courseid JOIN feedback f ON f.course = c.id
), answered AS (
    SELECT feedback, userid, id AS completed, timemodified AS told FROM feedback_completed
), told AS (SELECT completed, item, max(answer_value(item, value)) AS value FROM feedback_value GROUP BY ALL)
SELECT stable(concat_ws('|', 'answer', s.enrolment_id, pseudonym('survey', CAST(s.feedback AS VARCHAR)),
        pseudonym('item', CAST(q.id AS VARCHAR)))) AS record_id,
    s.enrolment_id, pseudonym('survey', CAST(s.feedback AS VARCHAR)) AS survey_id, q.question, q.scale,
    least(s.sent_on, coalesce(on_day(a.told), s.sent_on)) AS sent_on,
    CASE WHEN v.value IS NOT NULL THEN on_day(a.told) END AS answered_on, v.value,
    least(s.sent_on, coalesce(on_day(a.told), s.sent_on)) AS known_on
FROM sent s JOIN questions q USING (feedback)
LEFT JOIN answered a ON a.feedback = s.feedback AND a.userid = s.userid
LEFT JOIN told v ON v.completed = a.completed AND v.item = q.id
WHERE v.value IS NOT NULL OR (s.sent_on <= on_day(today_ends()) AND s.sent_on <= coalesce(s.closes_on, s.sent_on)
    AND s.sent_on <= s.here_until)
""",
}
