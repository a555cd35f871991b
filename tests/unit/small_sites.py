"""Two small sources written to a folder: enough to meet each trap once."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from data.sources import moodle_tables, oulad

PARIS = ZoneInfo("Europe/Paris")
Rows = list[dict[str, Any]]


def at(text: str) -> int:
    """Return the seconds of a Paris time, "2026-01-05" or "2026-01-05 08:30"."""
    return int(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp())


def write(path: Path, names: Sequence[str], rows: Rows) -> None:
    """Write rows as a CSV, compressed when the name says so; a missing value is left empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def oulad_tables() -> dict[str, Rows]:
    """Return two presentations of one module, five enrolments."""
    place = {"code_module": "AAA", "code_presentation": "2013J"}
    later = {"code_module": "AAA", "code_presentation": "2014J"}

    def info(where: Mapping[str, Any], student: int, result: str) -> dict[str, Any]:
        return {**where, "id_student": student, "gender": "F", "age_band": "0-35", "num_of_prev_attempts": 0,
                "studied_credits": 60, "disability": "N", "final_result": result}  # fmt: skip

    return {
        "courses": [{**place, "module_presentation_length": 268}, {**later, "module_presentation_length": 269}],
        "assessments": [
            {**place, "id_assessment": 1, "assessment_type": "TMA", "date": 19, "weight": 10},
            {**place, "id_assessment": 2, "assessment_type": "Exam", "date": "?", "weight": 100},
        ],
        "studentInfo": [
            info(place, 11, "Pass"), info(place, 12, "Withdrawn"), info(place, 13, "Fail"),
            info(place, 14, "Withdrawn"), info(later, 12, "Distinction"),
        ],
        "studentRegistration": [
            {**place, "id_student": 11, "date_registration": -20, "date_unregistration": "?"},
            {**place, "id_student": 12, "date_registration": 5, "date_unregistration": 40},
            {**place, "id_student": 13, "date_registration": "", "date_unregistration": ""},
            {**place, "id_student": 14, "date_registration": -30, "date_unregistration": "?"},
            {**later, "id_student": 12, "date_registration": -9, "date_unregistration": "?"},
        ],
        "studentAssessment": [
            {"id_assessment": 1, "id_student": 11, "date_submitted": 18, "is_banked": 0, "score": 78},
            {"id_assessment": 1, "id_student": 12, "date_submitted": 20, "is_banked": 0, "score": "?"},
            {"id_assessment": 1, "id_student": 13, "date_submitted": -1, "is_banked": 1, "score": 60},
        ],
        "vle": [{"id_site": 7, **place, "activity_type": "forumng"}, {"id_site": 8, **place, "activity_type": "odd"}],
        "studentVle": [
            {**place, "id_student": 11, "id_site": 7, "date": -3, "sum_click": 4},
            {**place, "id_student": 11, "id_site": 7, "date": -3, "sum_click": 2},
            {**place, "id_student": 12, "id_site": 8, "date": 10, "sum_click": 1},
        ],
    }  # fmt: skip


def write_oulad(folder: Path, tables: Mapping[str, Rows] | None = None) -> Path:
    """Write OULAD tables in the original layout."""
    folder.mkdir(parents=True, exist_ok=True)
    given = oulad_tables() if tables is None else tables
    for table in (*oulad.SMALL, oulad.VLE, oulad.CLICKS):
        write(folder / f"{table.name}.csv", [column.name for column in table.columns], given[table.name])
    return folder


def _events() -> Rows:
    """Return the log: logins, views, and what the roster no longer says."""

    def event(number: int, name: str, when: str, user: int, course: int, **more: Any) -> dict[str, Any]:
        component = name.split("\\")[1]
        return {"id": number, "eventname": name, "component": component, "action": name.rsplit("_", 1)[1], "crud": "r",
                "edulevel": 2, "userid": user, "courseid": course, "anonymous": 0, "timecreated": at(when),
                "origin": "web", **more}  # fmt: skip

    lost = {"userenrolment": {"timestart": str(at("2026-01-02")), "timecreated": str(at("2026-01-02"))}}
    login, viewed = "\\core\\event\\user_loggedin", "\\core\\event\\course_viewed"
    return [
        event(1, login, "2026-01-06 08:00", 10, 0, action="loggedin"),
        event(2, viewed, "2026-01-06 08:01", 10, 2),
        event(3, "\\mod_page\\event\\course_module_viewed", "2026-01-06 08:02", 11, 2, contextinstanceid=5),
        event(4, viewed, "2026-01-07 23:30", 20, 2),
        event(5, viewed, "2026-01-07 10:00", 11, 2, origin="cli"),
        event(6, "\\mod_feedback\\event\\response_submitted", "2026-01-20 10:00", 10, 2, anonymous=1),
        event(7, "\\core\\event\\user_enrolment_updated", "2026-02-10 09:00", 30, 2, objectid=102, relateduserid=11),
        event(8, "\\core\\event\\group_member_removed", "2026-01-28 09:00", 30, 2, objectid=1, relateduserid=12),
        event(9, "\\core\\event\\user_enrolment_deleted", "2026-01-28 09:00", 30, 2, relateduserid=12,
              other=json.dumps(lost)),
        event(10, "\\core\\event\\course_completed", "2026-03-20 04:00", 2, 2, relateduserid=13, origin="cli"),
        event(11, "\\mod_quiz\\event\\attempt_submitted", "2026-01-19 00:10", 2, 2, objectid=2, origin="cli"),
        event(12, login, "2026-04-08 08:00", 14, 0, action="loggedin"),
        event(13, "\\mod_forum\\event\\discussion_viewed", "2026-01-08 12:00", 12, 2, contextinstanceid=6),
        event(14, "\\core\\event\\config_log_created", "2026-11-20 10:00", 2, 0, origin="cli"),
        event(15, login, "2026-04-09 08:00", 13, 0, action="loggedin"),
    ]  # fmt: skip


def moodle_tables_small() -> dict[str, Rows]:
    """Return a site of two sessions: one over, one running on 2026-04-10."""
    early = {
        "timestart": at("2026-01-02"),
        "timeend": 0,
        "timecreated": at("2026-01-02"),
        "timemodified": at("2026-01-02"),
    }
    late = {
        "timestart": at("2026-04-08"),
        "timeend": 0,
        "timecreated": at("2026-04-08"),
        "timemodified": at("2026-04-08"),
    }
    people = [(2, "Admin"), (10, "Ada"), (11, "Bob"), (12, "Cleo"), (13, "Dan"), (14, "Eve"), (20, "Mia"), (30, "Gus")]
    roles = [(5, 1, 10), (5, 1, 11), (5, 1, 13), (4, 1, 20), (5, 2, 14), (5, 2, 10), (3, 2, 20), (1, 3, 30)]
    empty = {table.name: [] for table in moodle_tables.TABLES}
    return {
        **empty,
        "course_categories": [{"id": 1, "name": "Formation A", "idnumber": "FORM-A"}],
        "course": [
            {"id": 1, "category": 0, "shortname": "SITE", "fullname": "Site", "startdate": 0, "enddate": 0},
            {"id": 2, "category": 1, "shortname": "A-1", "fullname": "Formation A, janvier",
             "startdate": at("2026-01-05"), "enddate": at("2026-03-29 23:59")},
            {"id": 3, "category": 1, "shortname": "A-2", "fullname": "Formation A, avril",
             "startdate": at("2026-04-06"), "enddate": at("2026-06-28 23:59")},
        ],
        "user": [{"id": n, "firstname": name, "lastname": "T", "email": f"u{n}@example.org"} for n, name in people],
        "role": [{"id": n, "shortname": name, "archetype": name}
                 for n, name in ((1, "manager"), (3, "editingteacher"), (4, "teacher"), (5, "student"))],
        "context": [{"id": 1, "contextlevel": 50, "instanceid": 2}, {"id": 2, "contextlevel": 50, "instanceid": 3},
                    {"id": 3, "contextlevel": 10, "instanceid": 0}],
        "role_assignments": [
            {"id": n, "roleid": r, "contextid": c, "userid": u} for n, (r, c, u) in enumerate(roles, 1)
        ],
        "enrol": [{"id": 1, "courseid": 2}, {"id": 2, "courseid": 3}],
        "user_enrolments": [
            {"id": 101, "status": 0, "enrolid": 1, "userid": 10, **early},
            {"id": 102, "status": 1, "enrolid": 1, "userid": 11, **early, "timemodified": at("2026-02-12")},
            {"id": 103, "status": 0, "enrolid": 1, "userid": 13, **early},
            {"id": 104, "status": 0, "enrolid": 2, "userid": 14, **late},
            {"id": 105, "status": 0, "enrolid": 2, "userid": 10, **early},
            {"id": 106, "status": 0, "enrolid": 1, "userid": 20, **early},
        ],
        "groups": [{"id": 1, "courseid": 2}],
        "groups_members": [{"id": n, "groupid": 1, "userid": u} for n, u in enumerate((20, 10, 11), 1)],
        "logstore_standard_log": _events(),
        **_community(),
        **_tests(),
        **_surveys(),
    }  # fmt: skip


def _community() -> dict[str, Rows]:
    def post(number: int, parent: int, user: int, when: str, message: str, **more: Any) -> dict[str, Any]:
        return {"id": number, "discussion": 1, "parent": parent, "userid": user, "created": at(when),
                "message": message, "deleted": 0, "privatereplyto": 0, **more}  # fmt: skip

    return {
        "forum": [{"id": 1, "course": 2, "type": "general", "name": "Forum d’entraide"}],
        "forum_discussions": [{"id": 1, "course": 2, "forum": 1}],
        "forum_posts": [
            post(1, 0, 12, "2026-01-08 12:00", "Bonjour,\nje suis complètement perdue, quelqu'un peut m'aider ?"),
            post(2, 1, 20, "2026-01-08 18:00", "Bonjour Cleo, reprenez la ressource 1."),
            post(3, 1, 12, "2026-01-09 09:00", "Je pense arrêter la formation."),
            post(4, 1, 30, "2026-01-10 09:00", "Message de l'équipe."),
            post(5, 1, 10, "2026-01-10 10:00", "Oups.", deleted=1),
            post(6, 1, 20, "2026-01-10 11:00", "En privé.", privatereplyto=12),
        ],
    }


def _tests() -> dict[str, Rows]:
    def attempt(number: int, user: int, state: str, end: str, marks: float | None, **more: Any) -> dict[str, Any]:
        stamp = at(end) if end else 0
        return {"id": number, "quiz": 1, "userid": user, "attempt": 1, "preview": 0, "state": state, "timestart":
                at("2026-01-12 10:00"), "timefinish": stamp, "timemodified": stamp or at("2026-01-12 10:00"),
                "sumgrades": marks, **more}  # fmt: skip

    return {
        "quiz": [{"id": 1, "course": 2, "name": "Quiz 1", "timeopen": at("2026-01-12"), "sumgrades": 5,
                  "timeclose": at("2026-01-18 23:59"), "timecreated": at("2025-12-20")}],
        "quiz_attempts": [
            attempt(1, 10, "finished", "2026-01-13 11:00", 4),
            attempt(2, 11, "finished", "2026-01-18 23:59", 0),
            attempt(3, 13, "inprogress", "", None),
            attempt(4, 20, "finished", "2026-01-13 11:00", 5),
        ],
        "assign": [{"id": 1, "course": 2, "name": "Devoir 1", "duedate": at("2026-02-01"), "grade": 20,
                    "allowsubmissionsfromdate": 0, "timemodified": at("2025-12-20")}],
        "assign_submission": [{"id": 1, "assignment": 1, "userid": 10, "timemodified": at("2026-01-30 12:00"),
                               "status": "submitted", "attemptnumber": 0}],
        "assign_grades": [{"id": 1, "assignment": 1, "userid": 10, "timemodified": at("2026-02-05 12:00"),
                           "grade": 15, "attemptnumber": 0}],
        "grade_items": [
            {"id": 1, "courseid": 2, "itemtype": "course", "grademax": 40},
            {"id": 2, "courseid": 2, "itemtype": "mod", "itemmodule": "quiz", "iteminstance": 1, "grademax": 20,
             "aggregationcoef2": 0.25},
            {"id": 3, "courseid": 2, "itemtype": "mod", "itemmodule": "assign", "iteminstance": 1, "grademax": 20,
             "aggregationcoef2": 0.75},
        ],
    }  # fmt: skip


def _surveys() -> dict[str, Rows]:
    rated = "r>>>>>1####Non|2####Plutôt non|3####Moyen|4####Plutôt oui|5####Oui"
    items = [
        ("nps", "numeric", "0|10"), ("satisfaction", "multichoicerated", rated), ("intention", "multichoice",
        "r>>>>>Oui|Je ne sais pas|Non"), ("commentaire", "textarea", "40|20"),
    ]  # fmt: skip
    return {
        "feedback": [
            {"id": 1, "course": 2, "name": "Pulse 1", "anonymous": 2, "timeopen": at("2026-01-19"),
             "timeclose": at("2026-01-25 23:59")},
            {"id": 2, "course": 2, "name": "Boîte à idées", "anonymous": 1, "timeopen": at("2026-01-19"),
             "timeclose": 0},
            {"id": 3, "course": 3, "name": "Pulse 1", "anonymous": 2, "timeopen": at("2026-05-04"), "timeclose": 0},
        ],
        "feedback_item": [
            {"id": n, "feedback": 1, "name": label, "label": label, "presentation": shown, "typ": kind}
            for n, (label, kind, shown) in enumerate(items, 1)
        ] + [{"id": 9, "feedback": 2, "name": "nps", "label": "nps", "presentation": "0|10", "typ": "numeric"},
             {"id": 10, "feedback": 3, "name": "nps", "label": "nps", "presentation": "0|10", "typ": "numeric"}],
        "feedback_completed": [
            {"id": 1, "feedback": 1, "userid": 10, "timemodified": at("2026-01-20 10:00")},
            {"id": 2, "feedback": 2, "userid": 10, "timemodified": at("2026-01-20 10:05")},
        ],
        "feedback_value": [
            {"id": 1, "item": 1, "completed": 1, "value": "9"}, {"id": 2, "item": 2, "completed": 1, "value": "4"},
            {"id": 3, "item": 3, "completed": 1, "value": "3"}, {"id": 4, "item": 4, "completed": 1, "value": "Bof"},
            {"id": 5, "item": 9, "completed": 2, "value": "1"},
        ],
    }  # fmt: skip


def write_moodle(
    folder: Path, tables: Mapping[str, Rows] | None = None, *, prefix: str = "mdl_", suffix: str = ".csv"
) -> Path:
    """Write Moodle tables, with the columns that are read."""
    folder.mkdir(parents=True, exist_ok=True)
    given = moodle_tables_small() if tables is None else tables
    for table in moodle_tables.TABLES:
        write(folder / f"{prefix}{table.name}{suffix}", [column.name for column in table.columns], given[table.name])
    return folder
