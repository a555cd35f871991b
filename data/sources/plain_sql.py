"""Plain tables made canonical, in SQL over the staging area; read with `plain_source.py`, which runs it in order.

`linked` says which learner a person is, `known_*` what the store already holds.
"""

from __future__ import annotations

MACROS = (
    "CREATE MACRO on_day(t) AS CAST(t AT TIME ZONE '{time_zone}' AS DATE)",
    "CREATE MACRO today() AS DATE '{today}'",
    "CREATE MACRO today_ends() AS TIMESTAMPTZ '{midnight}'",
    """
CREATE MACRO seconds(t) AS CASE WHEN epoch_us(t) % 1000000 = 0 THEN epoch_us(t) // 1000000 ELSE epoch_us(t) END
""",
)

EVERY_SESSION = """
CREATE TABLE every_session AS
WITH given AS (
    SELECT session AS session_id, coalesce(course, session) AS course_id, coalesce(name, session) AS name, starts_on,
        ends_on, duration_hours, action_type FROM plain_sessions
), implied AS (
    SELECT session AS session_id, coalesce(min(course), session) AS course_id,
        coalesce(min(session_name), session) AS name, min(started_on) AS starts_on, max(planned_end_on) AS ends_on,
        NULL AS duration_hours, NULL AS action_type
    FROM plain_enrolments_raw WHERE fault IS NULL AND started_on <= planned_end_on AND session NOT IN
        (SELECT session_id FROM known_sessions UNION ALL SELECT session_id FROM given) GROUP BY session
)
SELECT *, true AS is_new FROM given UNION ALL SELECT *, true FROM implied
UNION ALL
SELECT session_id, course_id, NULL, starts_on, ends_on, NULL, NULL, false FROM known_sessions
WHERE session_id NOT IN (SELECT session_id FROM given)
"""

ENROLLED = """
CREATE TABLE enrolled AS
WITH told AS (
    SELECT e.*, l.learner_id, s.course_id, s.starts_on, s.ends_on, k AS was, k.enrolment_id AS known_id,
        pseudonym('enrolment', coalesce(e."key", e.person || ':' || e.session)) AS own_id
    FROM plain_enrolments e JOIN linked l USING (person) JOIN every_session s ON s.session_id = e.session
    LEFT JOIN known_enrolments k ON k.learner_id = l.learner_id AND k.session_id = e.session
    QUALIFY row_number() OVER (PARTITION BY l.learner_id, e.session ORDER BY e.person) = 1
), silent AS (
    SELECT *, known_id <> own_id AS elsewhere,
        was.outcome <> 'ongoing' AND ended_on IS NULL AND coalesce(outcome, was.outcome) <> 'ongoing'
            AND (elsewhere OR {in_parts} AND count(ended_on) OVER () = 0
                AND (outcome IS NOT NULL OR count(outcome) OVER () = 0)) AS same_exit,
        {kept}
    FROM told
), dated AS (
    SELECT *, coalesce(started_on, was_started_on, starts_on) AS starts,
        greatest(coalesce(planned_end_on, was_planned_end_on, ends_on), starts) AS ends,
        CASE WHEN same_exit THEN was.ended_on
            WHEN ended_on <= today() AND outcome IS DISTINCT FROM 'ongoing' THEN ended_on END AS left_on
    FROM silent
)
SELECT * EXCLUDE (was), coalesce(known_id, own_id) AS enrolment_id,
    coalesce(outcome_known_on, CASE WHEN same_exit THEN was.outcome_known_on END) AS exit_known_on,
    CASE WHEN outcome_known_on > today() THEN 'ongoing' WHEN same_exit THEN coalesce(outcome, was.outcome)
        WHEN outcome IS NOT NULL AND (left_on IS NOT NULL OR ended_on IS NULL) THEN outcome
        WHEN left_on IS NULL THEN 'ongoing' WHEN left_on < ends THEN 'abandoned' ELSE 'completed' END AS fate
FROM dated
"""
_KEPT = {
    "registered_on": "registered_on", "started_on": "started_on", "planned_end_on": "planned_end_on",
    "mentor_id": "mentor", "passed": "passed", "result_known_on": "passed", "motives": "motives", "funding": "funding",
    "modality": "modality", "prior_attempts": "prior_attempts", "credits": "credits",
}  # fmt: skip
"""Columns of an enrolment that stay as they were where a row does not fill the plain column beside them."""


def enrolled_sql(*, in_parts: bool) -> str:
    """Return the statement that makes `enrolled`: what a row says, and what it does not say as the store knew it.

    What another system said of an enrolment is kept where a row is silent. A system that tells an enrolment whole
    takes back what it said itself by not saying it any more; one that tells it in parts (a list with columns of its
    own) does so only in a column that at least one row fills.
    """
    parts = str(in_parts).lower()
    kept = (
        f"CASE WHEN elsewhere OR {parts} AND count({told}) OVER () = 0 THEN was.{column} END AS was_{column}"
        for column, told in _KEPT.items()
    )
    return ENROLLED.format(in_parts=parts, kept=", ".join(kept))


RUNNING = """
CREATE TABLE running AS
SELECT learner_id, session AS session_id, starts AS from_on, coalesce(left_on, ends) AS to_on, enrolment_id
FROM enrolled
UNION ALL
SELECT learner_id, session_id, started_on, coalesce(ended_on, planned_end_on), enrolment_id FROM known_enrolments
WHERE enrolment_id NOT IN (SELECT enrolment_id FROM enrolled)
"""

PLACES = """
CREATE TABLE places AS
SELECT l.person AS who, r.session_id AS place, r.from_on, r.to_on, r.enrolment_id
FROM linked l JOIN running r USING (learner_id)
"""

POST_PLACES = (
    """
CREATE TABLE learner_posts AS
SELECT p.post, coalesce(p.thread, p.post) AS thread, p.occurred_at, w.place, w.enrolment_id
FROM plain_posts_raw p LEFT JOIN plain_people u USING (person) JOIN places w ON w.who = p.person
    AND (w.place = p.session OR (p.session IS NULL AND on_day(p.occurred_at) BETWEEN w.from_on AND w.to_on))
WHERE p.fault IS NULL AND coalesce(p.author_role, u.role, 'learner') = 'learner'
QUALIFY row_number() OVER (PARTITION BY p.post ORDER BY w.from_on DESC, w.place) = 1
""",
    """
CREATE TABLE staff_posts AS
SELECT p.post, coalesce(p.thread, p.post) AS thread, p.session, coalesce(p.author_role, u.role) AS role
FROM plain_posts_raw p LEFT JOIN plain_people u USING (person)
WHERE p.fault IS NULL AND coalesce(p.author_role, u.role, 'learner') <> 'learner'
""",
    """
CREATE TABLE thread_places AS
SELECT thread, place FROM learner_posts SEMI JOIN (SELECT thread FROM staff_posts WHERE session IS NULL) USING (thread)
QUALIFY row_number() OVER (PARTITION BY thread ORDER BY occurred_at, post) = 1
""",
    """
CREATE VIEW post_places AS
SELECT post, place AS session_id, enrolment_id, 'learner' AS role FROM learner_posts
UNION ALL
SELECT s.post, coalesce(s.session, t.place), NULL, s.role FROM staff_posts s LEFT JOIN thread_places t USING (thread)
WHERE coalesce(s.session, t.place) IN (SELECT session_id FROM every_session)
""",
)
"""Where each post belongs; one of the staff follows the first learner of its thread. In steps that can wait on disk."""

ASSESSED = """
CREATE TABLE assessed AS
SELECT assessment, session, coalesce(kind, 'quiz') AS kind, coalesce(name, assessment) AS name, opens_on, due_on,
    coalesce(weight, 0) AS weight, known_on FROM plain_assessments
UNION ALL
SELECT r.assessment, w.place, 'quiz', r.assessment, NULL, NULL, 0, min(on_day(r.submitted_at))
FROM plain_results r JOIN places w ON w.who = r.person
    AND (w.place = r.session OR (r.session IS NULL AND on_day(r.submitted_at) BETWEEN w.from_on AND w.to_on))
WHERE r.assessment NOT IN (SELECT assessment FROM plain_assessments) GROUP BY ALL
"""

SENT = """
CREATE TABLE sent AS
WITH asked AS (
    SELECT a.*, w.place, w.enrolment_id FROM plain_answers a JOIN places w ON w.who = a.person AND (w.place = a.session
        OR (a.session IS NULL AND coalesce(a.answered_on, a.sent_on) BETWEEN w.from_on AND w.to_on))
    QUALIFY row_number() OVER (PARTITION BY a.file, a.line, a.question ORDER BY w.from_on DESC, w.place) = 1
), asked_of AS (
    SELECT survey, place, min(coalesce(sent_on, answered_on)) AS first_on FROM asked GROUP BY ALL
), surveyed AS (
    SELECT s.survey, coalesce(s.session, o.place) AS place, s.session IS NOT NULL AS of_one, s.name, s.kind,
        coalesce(s.opens_on, o.first_on) AS opens_on, s.closes_on
    FROM plain_surveys s LEFT JOIN asked_of o ON o.survey = s.survey AND (s.session IS NULL OR s.session = o.place)
    UNION ALL
    SELECT survey, place, false, NULL, NULL, first_on, NULL FROM asked_of
    WHERE survey NOT IN (SELECT survey FROM plain_surveys)
), dated AS (
    SELECT *, pseudonym('survey', CASE WHEN of_one THEN survey ELSE survey || '@' || place END) AS survey_id
    FROM surveyed WHERE place IS NOT NULL AND opens_on IS NOT NULL
)
SELECT d.*, a.enrolment_id, a.question, a.scale, a.sent_on, a.answered_on, a.value
FROM dated d LEFT JOIN asked a ON a.survey = d.survey AND a.place = d.place
"""

SILENT = """
CREATE TABLE silent AS
SELECT DISTINCT q.survey, q.survey_id, w.enrolment_id, q.question, q.scale, greatest(q.opens_on, w.from_on) AS sent_on
FROM (SELECT DISTINCT survey, place, survey_id, question, scale, opens_on, closes_on FROM sent
    WHERE question IS NOT NULL) q
JOIN running w ON w.session_id = q.place AND q.opens_on <= w.to_on AND w.from_on <= coalesce(q.closes_on, w.from_on)
    AND greatest(q.opens_on, w.from_on) <= today()
WHERE (q.survey_id, w.enrolment_id) NOT IN (SELECT (survey_id, enrolment_id) FROM sent WHERE enrolment_id IS NOT NULL)
"""

_HERE = "(w.place = x.session OR (x.session IS NULL AND on_day(x.{at}) BETWEEN w.from_on AND w.to_on))"
_LATEST = "QUALIFY row_number() OVER (PARTITION BY x.file, x.line{more} ORDER BY w.from_on DESC, w.place) = 1"
_ANSWER = (
    "stable(concat_ws('|', 'answer', enrolment_id, survey_id,"
    " pseudonym('item', survey || ':' || question))) AS record_id"
)

TABLES = {
    "sessions": "SELECT * EXCLUDE is_new FROM every_session WHERE is_new",
    "calendar": "SELECT coalesce(session, '') AS session_id, from_on, to_on, kind FROM plain_closures",
    "enrolments": """
SELECT enrolment_id, learner_id, course_id, session AS session_id,
    coalesce(pseudonym('mentor', mentor), was_mentor_id) AS mentor_id,
    least(coalesce(registered_on, was_registered_on, starts), today()) AS registered_on,
    starts AS started_on, ends AS planned_end_on, CASE WHEN fate <> 'ongoing' THEN left_on END AS ended_on,
    fate AS outcome, CASE WHEN fate <> 'ongoing' THEN coalesce(exit_known_on, left_on) END AS outcome_known_on,
    CASE WHEN passed IS NULL THEN was_passed WHEN coalesce(result_known_on, left_on, ends) <= today() THEN passed END
        AS passed,
    CASE WHEN passed IS NULL THEN was_result_known_on WHEN coalesce(result_known_on, left_on, ends) <= today()
        THEN coalesce(result_known_on, left_on, ends) END AS result_known_on,
    CASE WHEN fate <> 'ongoing' THEN coalesce(string_split(motives, '|'), was_motives) END AS motives,
    coalesce(funding, was_funding) AS funding, coalesce(modality, was_modality) AS modality,
    coalesce(prior_attempts, was_prior_attempts) AS prior_attempts, coalesce(credits, was_credits) AS credits
FROM enrolled
""",
    "activity": f"""
WITH told AS (
    SELECT w.enrolment_id, x.kind, x.resource, x.occurred_at, coalesce(x.occurred_to, x.occurred_at) AS occurred_to,
        sum(coalesce(x.count, 1)) AS count, min(coalesce(x.known_at, x.occurred_at)) AS known
    FROM plain_activity x JOIN places w ON w.who = x.person AND {_HERE.format(at="occurred_at")}
    GROUP BY ALL
), opened AS (
    SELECT resource, pseudonym('resource', resource) AS resource_id
    FROM (SELECT DISTINCT resource FROM told WHERE resource IS NOT NULL)
)
SELECT stable(concat_ws('|', 'activity', enrolment_id, kind, coalesce(resource_id, 0), seconds(occurred_at)))
        AS record_id, enrolment_id, kind, resource_id, occurred_at AS occurred_from, occurred_to, count,
    greatest(known, occurred_at) AS known_at, on_day(greatest(known, occurred_at)) AS known_on
FROM told LEFT JOIN opened USING (resource)
""",
    "posts": """
SELECT pseudonym('post', post) AS record_id, w.session_id, pseudonym('thread', coalesce(thread, post)) AS thread_id,
    CASE WHEN parent IS NOT NULL THEN pseudonym('post', parent) END AS parent_id, w.enrolment_id,
    w.role AS author_role, coalesce(channel, 'discussion') AS channel, is_question, n_words, tone, intent_to_leave,
    distress, technical_trouble, thanks, polite, coalesce(reactions, 0) AS reactions, occurred_at,
    greatest(coalesce(known_at, occurred_at), occurred_at) AS known_at,
    on_day(greatest(coalesce(known_at, occurred_at), occurred_at)) AS known_on
FROM plain_posts p JOIN post_places w USING (post)
""",
    "assessments": """
SELECT pseudonym('assessment', assessment) AS assessment_id, a.session AS session_id, a.kind, a.name,
    a.opens_on, a.due_on, a.weight, coalesce(a.known_on, a.opens_on, s.starts_on) AS known_on
FROM assessed a JOIN every_session s ON s.session_id = a.session
WHERE pseudonym('assessment', assessment) NOT IN (SELECT assessment_id FROM known_assessments)
    OR assessment IN (SELECT assessment FROM plain_assessments)
""",
    "quiz_results": f"""
SELECT pseudonym('attempt', coalesce(x.result, concat_ws(':', x.person, x.assessment, x.attempt,
        seconds(x.submitted_at)))) AS record_id, w.enrolment_id,
    pseudonym('assessment', x.assessment) AS assessment_id, coalesce(x.attempt, row_number() OVER (
        PARTITION BY w.enrolment_id, x.assessment ORDER BY x.submitted_at, x.file, x.line)) AS attempt,
    x.submitted_at, on_day(x.submitted_at) AS submitted_on, coalesce(x.auto_submitted, false) AS auto_submitted,
    false AS banked, CASE WHEN coalesce(x.score_known_on, on_day(x.submitted_at)) <= today() THEN x.score END AS score,
    CASE WHEN x.score IS NOT NULL AND coalesce(x.score_known_on, on_day(x.submitted_at)) <= today()
        THEN greatest(coalesce(x.score_known_on, on_day(x.submitted_at)), on_day(x.submitted_at))
        END AS score_known_on,
    greatest(coalesce(x.known_at, x.submitted_at), x.submitted_at) AS known_at,
    on_day(greatest(coalesce(x.known_at, x.submitted_at), x.submitted_at)) AS known_on
FROM (SELECT x.*, w.place, w.from_on, w.enrolment_id AS at FROM plain_results x JOIN places w ON w.who = x.person
    AND {_HERE.format(at="submitted_at")}
    {_LATEST.format(more=", x.assessment, x.attempt, x.submitted_at")}) x JOIN places w ON w.enrolment_id = x.at
    AND w.who = x.person
""",
    "surveys": """
SELECT DISTINCT survey_id, place AS session_id, coalesce(name, survey) AS name, coalesce(kind, 'pulse') AS kind,
    opens_on, closes_on FROM sent
""",
    "survey_answers": f"""
SELECT {_ANSWER}, enrolment_id, survey_id, question, coalesce(scale, 'number') AS scale,
    least(coalesce(sent_on, opens_on), coalesce(answered_on, sent_on, opens_on)) AS sent_on,
    CASE WHEN value IS NOT NULL THEN answered_on END AS answered_on, value,
    least(coalesce(sent_on, opens_on), coalesce(answered_on, sent_on, opens_on)) AS known_on
FROM sent WHERE enrolment_id IS NOT NULL
UNION ALL
SELECT {_ANSWER}, enrolment_id, survey_id, question, coalesce(scale, 'number'), sent_on, NULL, NULL, sent_on
FROM silent WHERE (survey_id, enrolment_id) NOT IN (SELECT (survey_id, enrolment_id) FROM known_answered)
""",
    "attendance": f"""
SELECT stable(concat_ws('|', 'attendance', enrolment_id, slot_id)) AS record_id, enrolment_id, slot_id, starts_at,
    status, minutes, known_at, on_day(known_at) AS known_on
FROM (
    SELECT w.enrolment_id, pseudonym('slot', coalesce(x.slot, concat_ws(':', w.place, seconds(x.starts_at))))
            AS slot_id, x.starts_at, x.status, x.minutes,
        greatest(coalesce(x.known_at, x.starts_at), x.starts_at) AS known_at
    FROM plain_attendance x JOIN places w ON w.who = x.person AND {_HERE.format(at="starts_at")}
    {_LATEST.format(more=", x.starts_at, x.slot")}
)
""",
    "learner_attributes": """
SELECT learner_id, arg_min(age_band, person) AS age_band, arg_min(gender, person) AS gender,
    arg_min(disability, person) AS disability FROM plain_attributes JOIN linked USING (person) GROUP BY 1
""",
    "contacts": f"""
SELECT DISTINCT ON (record_id) pseudonym('contact', coalesce(contact, concat_ws(':', owner, contacted_on, done)))
        AS record_id, owner AS enrolment_id, contacted_on, done AS kind, outcome,
    greatest(coalesce(known_on, contacted_on), contacted_on) AS known_on
FROM (
    SELECT x.*, w.enrolment_id AS owner, coalesce(x.kind, 'other') AS done FROM plain_contacts x
    JOIN places w ON w.who = x.person
        AND (w.place = x.session OR (x.session IS NULL AND x.contacted_on BETWEEN w.from_on AND w.to_on))
    {_LATEST.format(more=", x.contact, x.contacted_on, x.kind")}
) ORDER BY record_id, file DESC, line DESC
""",
}

IDENTITIES = {
    "learner": """
SELECT e.learner_id, min(e.person), min(u.name), min(u.email) FROM enrolled e
LEFT JOIN plain_people u USING (person) JOIN linked l USING (person) WHERE NOT l.by_email GROUP BY 1
""",
    "mentor": """
SELECT pseudonym('mentor', mentor), mentor, min(coalesce(u.name, mentor)), min(u.email) FROM enrolled e
LEFT JOIN plain_people u ON u.person = e.mentor WHERE mentor IS NOT NULL GROUP BY ALL
""",
    "session": "SELECT pseudonym('session', session_id), session_id, name, NULL FROM every_session WHERE is_new",
    "enrolment": """
SELECT enrolment_id, person || ':' || session, NULL, NULL FROM enrolled WHERE known_id IS NULL
""",
}
