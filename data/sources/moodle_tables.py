"""Moodle's tables: the columns read, and the reasons why a row is set aside."""

from __future__ import annotations

from collections.abc import Mapping

from data.sources.base import RawColumn, RawTable, Rule, damaged, integer, number, out_of_scope, text

ID = integer("id")


def _table(name: str, *columns: RawColumn) -> RawTable:
    return RawTable(name, (ID, *columns), ("id",))


def _optional(*names: str) -> tuple[RawColumn, ...]:
    return tuple(text(name, required=False) for name in names)


CATEGORIES = _table("course_categories", text("name"), *_optional("idnumber"))
COURSE = _table(
    "course", integer("category"), text("shortname"), text("fullname"), integer("startdate"), integer("enddate")
)
USER = _table("user", *_optional("firstname", "lastname", "email"))
ROLE = _table("role", text("shortname"), *_optional("archetype"))
CONTEXT = _table("context", integer("contextlevel"), integer("instanceid"))
ROLE_ASSIGNMENTS = _table("role_assignments", integer("roleid"), integer("contextid"), integer("userid"))
ENROL = _table("enrol", integer("courseid"))
USER_ENROLMENTS = _table(
    "user_enrolments", integer("status"), integer("enrolid"), integer("userid"), integer("timestart"),
    integer("timeend"), integer("timecreated"), integer("timemodified"),
)  # fmt: skip
GROUPS = _table("groups", integer("courseid"))
GROUPS_MEMBERS = _table("groups_members", integer("groupid"), integer("userid"))
LOG = _table(
    "logstore_standard_log", text("eventname"), text("component"), text("action"), integer("objectid", required=False),
    text("crud"), integer("edulevel"), integer("contextinstanceid", required=False), integer("userid"),
    integer("courseid", required=False), integer("relateduserid", required=False), integer("anonymous"),
    text("other", required=False), integer("timecreated"), text("origin", required=False),
)  # fmt: skip
FORUM = _table("forum", integer("course"), text("type"), text("name"))
DISCUSSIONS = _table("forum_discussions", integer("course"), integer("forum"))
POSTS = _table(
    "forum_posts", integer("discussion"), integer("parent"), integer("userid"), integer("created"),
    text("message", required=False), integer("deleted"), integer("privatereplyto"),
)  # fmt: skip
QUIZ = _table(
    "quiz", integer("course"), text("name"), integer("timeopen"), integer("timeclose"), number("sumgrades"),
    integer("timecreated"),
)  # fmt: skip
ATTEMPTS = _table(
    "quiz_attempts", integer("quiz"), integer("userid"), integer("attempt"), integer("preview"), text("state"),
    integer("timestart"), integer("timefinish"), integer("timemodified"), number("sumgrades", required=False),
)  # fmt: skip
ASSIGN = _table(
    "assign", integer("course"), text("name"), integer("duedate"), integer("allowsubmissionsfromdate"),
    number("grade"), integer("timemodified"),
)  # fmt: skip
SUBMISSIONS = _table(
    "assign_submission", integer("assignment"), integer("userid"), integer("timemodified"),
    text("status", required=False), integer("attemptnumber"),
)  # fmt: skip
MARKS = _table(
    "assign_grades", integer("assignment"), integer("userid"), integer("timemodified"),
    number("grade", required=False), integer("attemptnumber"),
)  # fmt: skip
GRADE_ITEMS = _table(
    "grade_items", integer("courseid"), text("itemtype"), text("itemmodule", required=False),
    integer("iteminstance", required=False), number("grademax"), number("aggregationcoef2", required=False),
)  # fmt: skip
FEEDBACK = _table(
    "feedback", integer("course"), text("name"), integer("anonymous"), integer("timeopen"), integer("timeclose")
)
ITEMS = _table("feedback_item", integer("feedback"), text("name"), *_optional("label", "presentation"), text("typ"))
COMPLETED = _table("feedback_completed", integer("feedback"), integer("userid"), integer("timemodified"))
VALUES = _table("feedback_value", integer("item"), integer("completed"), text("value", required=False))

CALENDAR = RawTable(
    "calendar",
    (RawColumn("from_on", "DATE"), RawColumn("to_on", "DATE"), text("kind"), text("session_id", required=False)),
)

WINDOW = RawTable("log_window", (integer("since"), integer("userid", required=False)))
"""What was read of the log, when it was not all of it: from a second on, and whole for some people."""

TABLES = (
    CATEGORIES, COURSE, USER, ROLE, CONTEXT, ROLE_ASSIGNMENTS, ENROL, USER_ENROLMENTS, GROUPS, GROUPS_MEMBERS, LOG,
    FORUM, DISCUSSIONS, POSTS, QUIZ, ATTEMPTS, ASSIGN, SUBMISSIONS, MARKS, GRADE_ITEMS, FEEDBACK, ITEMS, COMPLETED,
    VALUES,
)  # fmt: skip

EARLIEST, LATEST = 631_152_000, 4_102_444_800
"""1990 and 2100, in seconds: outside them a number is not a date."""


def _instant(column: str, *, optional: bool = False) -> Rule:
    none = f"{column} <> 0 AND " if optional else ""
    return damaged(column, "unreadable date", f"{none}{column} NOT BETWEEN {EARLIEST} AND {LATEST}")


def _future(column: str) -> Rule:
    return damaged(column, "future date", f"{column} > today_ends()")


_ENROLLED = "(SELECT (userid, courseid) FROM enrolled)"
_KIND = "event_kind(eventname, component, action, crud, edulevel)"


def _child(column: str, parent: str, kind: str) -> tuple[Rule, Rule]:
    """Return why a row whose parent is not kept is not kept either: the parent was set aside, or nobody knows it."""
    kept, given = f"SELECT id FROM {parent}", f"SELECT id FROM {parent}_raw WHERE id IS NOT NULL"
    return (
        out_of_scope(f"its {kind} is not kept", f"{column} NOT IN ({kept}) AND {column} IN ({given})"),
        damaged(column, f"unknown {kind}", f"{column} NOT IN ({kept})"),
    )


def _learner_of(course: str) -> tuple[Rule, Rule]:
    """Return why a row of somebody who is not a learner of the course is not kept."""
    return (
        damaged("userid", "unknown learner", "userid NOT IN (SELECT id FROM user)"),
        out_of_scope("not a learner of the session", f"(userid, {course}) NOT IN {_ENROLLED}"),
    )


_QUIZ_COURSE = "(SELECT course FROM quiz q WHERE q.id = quiz)"
_ASSIGN_COURSE = "(SELECT course FROM assign a WHERE a.id = assignment)"
_FEEDBACK_COURSE = "(SELECT course FROM feedback f WHERE f.id = feedback)"

EARLY_RULES: Mapping[str, tuple[Rule, ...]] = {
    "course_categories": (),
    "course": (
        out_of_scope("the site itself", "category = 0"),
        damaged("category", "unknown category", "category NOT IN (SELECT id FROM course_categories)"),
        _instant("startdate"),
        damaged("enddate", "no end date", "enddate = 0"),
        _instant("enddate"),
        damaged("enddate", "ends before it starts", "enddate < startdate"),
        damaged("shortname", "repeated code",
                "shortname IN (SELECT shortname FROM course_raw GROUP BY 1 HAVING count(DISTINCT id) > 1)"),
    ),
    "user": (),
    "role": (),
    "context": (out_of_scope("not the place of a course", "contextlevel <> 50"),),
    "role_assignments": (
        damaged("roleid", "unknown role", "roleid NOT IN (SELECT id FROM role)"),
        damaged("userid", "unknown person", "userid NOT IN (SELECT id FROM user)"),
        *_child("contextid", "context", "place"),
    ),
    "enrol": _child("courseid", "course", "session"),
}  # fmt: skip

ROSTER_RULES: tuple[Rule, ...] = (
    *_child("enrolid", "enrol", "enrolment method"),
    damaged("userid", "unknown learner", "userid NOT IN (SELECT id FROM user)"),
    _instant("timecreated"), _instant("timemodified"), _instant("timestart", optional=True),
    _instant("timeend", optional=True), _future("timecreated"),
    out_of_scope("not a learner of the session",
                 "(userid, (SELECT courseid FROM enrol e WHERE e.id = enrolid)) NOT IN"
                 " (SELECT (userid, courseid) FROM members WHERE kind = 'learner')"),
)  # fmt: skip

CALENDAR_RULES: tuple[Rule, ...] = (
    damaged("kind", "not an accepted value", "kind NOT IN ('closure', 'public_holiday', 'in_company')"),
    damaged("to_on", "ends before it starts", "to_on < from_on"),
    damaged("session_id", "unknown session", "session_id NOT IN (SELECT shortname FROM course)"),
)

LATE_RULES: Mapping[str, tuple[Rule, ...]] = {
    "groups": _child("courseid", "course", "session"),
    "groups_members": (
        *_child("groupid", "groups", "group"),
        damaged("userid", "unknown person", "userid NOT IN (SELECT id FROM user)"),
    ),
    "logstore_standard_log": (
        out_of_scope("imported before", f"{_KIND} <> 'roster' AND timecreated < (SELECT max(since) FROM log_window_raw)"
                     " AND userid NOT IN (SELECT userid FROM log_window_raw WHERE userid IS NOT NULL)"),
        _instant("timecreated"), _future("timecreated"),
        out_of_scope("anonymous", "anonymous <> 0"),
        out_of_scope("event not used", f"{_KIND} IS NULL"),
        out_of_scope("done by the site, not by the learner", f"{_KIND} <> 'roster' AND origin IN ('cli', 'restore')"),
        damaged("userid", "unknown person", "userid NOT IN (SELECT id FROM user) AND userid > 0"),
        out_of_scope("not a learner of the session",
                     f"{_KIND} <> 'roster' AND courseid > 1 AND (userid, courseid) NOT IN {_ENROLLED}"),
        out_of_scope("outside any session",
                     f"{_KIND} <> 'roster' AND coalesce(courseid, 0) <= 1 AND id NOT IN (SELECT id FROM site_events)"),
    ),
    "forum": _child("course", "course", "session"),
    "forum_discussions": _child("forum", "forum", "forum"),
    "forum_posts": (
        *_child("discussion", "forum_discussions", "thread"), _instant("created"), _future("created"),
        damaged("userid", "unknown person", "userid NOT IN (SELECT id FROM user)"),
        out_of_scope("deleted post", "deleted <> 0"), out_of_scope("private reply", "privatereplyto <> 0"),
    ),
    "quiz": (
        *_child("course", "course", "session"), _instant("timeopen", optional=True),
        _instant("timeclose", optional=True), _instant("timecreated"),
    ),
    "quiz_attempts": (
        *_child("quiz", "quiz", "quiz"), out_of_scope("preview", "preview <> 0"), *_learner_of(_QUIZ_COURSE),
        out_of_scope("attempt abandoned, never handed in", "state = 'abandoned'"),
        out_of_scope("attempt in progress", "state <> 'finished'"),
        _instant("timefinish", optional=True), _instant("timemodified"),
        damaged("timefinish", "future date", "greatest(timefinish, timestart) > today_ends()"),
        damaged("attempt", "below 1", "attempt < 1"),
        damaged("sumgrades", "out of range", "sumgrades IS NOT NULL AND NOT (sumgrades BETWEEN 0 AND"
                " (SELECT q.sumgrades FROM quiz q WHERE q.id = quiz))"),
    ),
    "assign": (
        *_child("course", "course", "session"), _instant("duedate", optional=True),
        _instant("allowsubmissionsfromdate", optional=True), _instant("timemodified"),
    ),
    "assign_submission": (
        *_child("assignment", "assign", "assignment"), out_of_scope("handed in by a team", "userid = 0"),
        *_learner_of(_ASSIGN_COURSE), out_of_scope("not handed in", "status IS NULL OR status <> 'submitted'"),
        _instant("timemodified"), _future("timemodified"),
        damaged("attemptnumber", "below 0", "attemptnumber < 0"),
    ),
    "assign_grades": (
        *_child("assignment", "assign", "assignment"), *_learner_of(_ASSIGN_COURSE),
        out_of_scope("not marked yet", "grade IS NULL OR grade < 0"),
        _instant("timemodified"), _future("timemodified"),
        out_of_scope("no submission", "(assignment, userid, attemptnumber) NOT IN"
                     " (SELECT (assignment, userid, attemptnumber) FROM assign_submission)"),
        out_of_scope("marked on a scale", "(SELECT a.grade FROM assign a WHERE a.id = assignment) <= 0"),
        damaged("grade", "out of range", "NOT (grade <= (SELECT a.grade FROM assign a WHERE a.id = assignment))"),
    ),
    "grade_items": (
        out_of_scope("not an assessment",
                     "itemtype <> 'mod' OR itemmodule IS NULL OR itemmodule NOT IN ('quiz', 'assign')"),
        *_child("courseid", "course", "session"),
        damaged("grademax", "out of range", "NOT (grademax >= 0)"),
    ),
    "feedback": (
        *_child("course", "course", "session"), out_of_scope("anonymous survey", "anonymous = 1"),
        _instant("timeopen", optional=True), _instant("timeclose", optional=True),
    ),
    "feedback_item": (
        *_child("feedback", "feedback", "survey"), out_of_scope("free text", "typ IN ('textarea', 'textfield')"),
        out_of_scope("not a question", "typ NOT IN ('numeric', 'multichoice', 'multichoicerated')"),
        out_of_scope("several choices", "starts_with(presentation, 'c>>>>>')"),
    ),
    "feedback_completed": (
        *_child("feedback", "feedback", "survey"), *_learner_of(_FEEDBACK_COURSE),
        _instant("timemodified"), _future("timemodified"),
        out_of_scope("answered again", "id NOT IN (SELECT arg_max(id, (timemodified, id)) FROM feedback_completed_raw"
                     " WHERE fault IS NULL AND timemodified <= today_ends() GROUP BY feedback, userid)"),
    ),
    "feedback_value": (
        *_child("item", "feedback_item", "question"), *_child("completed", "feedback_completed", "answer sheet"),
        out_of_scope("left blank", "value IS NULL OR trim(value) = ''"),
        damaged("value", "unreadable number", "TRY_CAST(value AS DOUBLE) IS NULL"),
        out_of_scope("left blank", "value = '0' AND item NOT IN (SELECT id FROM questions WHERE options IS NULL)"),
        damaged("value", "out of range", "answer_value(item, value) IS NULL"),
    ),
}  # fmt: skip
