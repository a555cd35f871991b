"""A Moodle that answers its web services from the example's tables, in the shapes that a real one was recorded in.

What an answer holds and the tables do not (pictures, display settings) is taken from the recorded answers of the
session DWEB-2605; functions that were not recorded answer as Moodle 4.5's source declares them.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import threading
from collections.abc import Callable, Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

EXAMPLE = Path(__file__).parents[2] / "data" / "sample" / "moodle"
RECORDED = EXAMPLE / "ws"
TOKEN = "0123456789abcdef0123456789abcdef"
NOW = 1781496000
"""The example's instant: 15 June 2026, 06:00 in Paris."""
NEWER = (
    "core_course_get_categories", "mod_feedback_get_items", "mod_assign_get_grades",
)  # fmt: skip
"""Functions read here that the recorded token could not call."""
Row = dict[str, Any]
TABLES = (
    "assign", "assign_grades", "assign_submission", "course", "course_categories", "course_completions",
    "course_modules", "enrol", "feedback", "feedback_completed", "feedback_item", "feedback_value", "forum",
    "forum_discussions", "forum_posts", "grade_grades", "grade_items", "groups", "groups_members", "modules", "quiz",
    "quiz_attempts", "role", "user", "user_enrolments",
)  # fmt: skip


@cache
def recorded(function: str) -> Any:
    """Return the recorded answer of a function."""
    return json.loads((RECORDED / f"{function}.json").read_text(encoding="utf-8"))


def example_tables() -> dict[str, list[Row]]:
    """Return the example's tables, whole numbers read as numbers; role assignments by course."""
    tables = {name: _table(name) for name in TABLES}
    places = {row["id"]: row["instanceid"] for row in _table("context") if row["contextlevel"] == 50}
    given = _table("role_assignments")
    tables["role_assignments"] = [
        {**row, "course": places[row["contextid"]]} for row in given if row["contextid"] in places
    ]
    return tables


def _table(name: str) -> list[Row]:
    text = gzip.decompress((EXAMPLE / "csv" / f"mdl_{name}.csv.gz").read_bytes()).decode()
    return [{key: _value(each) for key, each in row.items()} for row in csv.DictReader(io.StringIO(text))]


def _value(text: str) -> Any:
    if re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    return None if text == "" else text


class RefusedError(Exception):
    """An answer that is an exception."""

    def __init__(self, exception: str, code: str, message: str = "Le message de Moodle, pour Ada Lovelace") -> None:
        super().__init__(code)
        self.body = {"exception": exception, "errorcode": code, "message": message}


class ServedMoodle:
    """The site, listening on this machine while it is used as a context.

    `tables` may be changed between two readings; `functions` are what the token may call; `calls` are those made.
    `faults` are functions of the call's rank and name that answer in its place: (status, headers, text) or None.
    """

    def __init__(self, tables: dict[str, list[Row]] | None = None) -> None:
        self.tables = example_tables() if tables is None else tables
        self.site = recorded("core_webservice_get_site_info")
        self.functions = [each["name"] for each in self.site["functions"]] + list(NEWER)
        self.calls: list[tuple[str, Row]] = []
        self._index: dict[tuple[str, str], dict[Any, list[Row]]] = {}
        self.paths: list[str] = []
        self.fault: Callable[[int, str, Row], tuple[int, dict[str, str], str] | None] = lambda *_: None
        self.largest_page = 10_000
        self.shows_category_codes = False

    def __enter__(self) -> ServedMoodle:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16

            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, headers, body = site.respond(self.path, form(text))
                sent = body.encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def do_GET(self) -> None:
                site.paths.append(self.path)
                self.send_error(405)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def place(self) -> str:
        """The address of the site."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def respond(self, path: str, given: Row) -> tuple[int, dict[str, str], str]:
        """Return status, headers and text of the answer to a call."""
        self.paths.append(path)
        function = str(given.get("wsfunction", ""))
        self.calls.append((function, given))
        fault = self.fault(len(self.calls), function, given)
        if fault is not None:
            return fault
        try:
            return 200, {}, json.dumps(self.answer(function, given))
        except RefusedError as error:
            return 200, {}, json.dumps(error.body)

    def answer(self, function: str, given: Row) -> Any:
        """Return what a function answers."""
        if given.get("wstoken") != TOKEN:
            raise RefusedError("core\\exception\\moodle_exception", "invalidtoken")
        if function not in self.functions:
            raise RefusedError("webservice_access_exception", "accessexception")
        return getattr(self, function)(given)

    def rows(self, table: str, **where: Any) -> list[Row]:
        """Return the rows of a table that have these values."""
        name, value = next(iter(where.items()))
        if (table, name) not in self._index:
            by: dict[Any, list[Row]] = {}
            for row in self.tables[table]:
                by.setdefault(row[name], []).append(row)
            self._index[table, name] = by
        found = self._index[table, name].get(value, [])
        return [row for row in found if all(row[name] == value for name, value in where.items())]

    def change(self, table: str, number: int, **values: Any) -> None:
        """Change a row; without values, take it away."""
        row = self.one(table, id=number)
        row.update(values)
        if not values:
            self.tables[table].remove(row)
        self._index.clear()

    def one(self, table: str, **where: Any) -> Row:
        """Return the only row of a table that has these values."""
        (row,) = self.rows(table, **where)
        return row

    def core_webservice_get_site_info(self, _: Row) -> Any:
        return {**self.site, "functions": [{"name": name, "version": "2024100706"} for name in self.functions]}

    def core_course_get_courses(self, _: Row) -> Any:
        like = {row["id"]: row for row in recorded("core_course_get_courses")}
        some = like[10]
        return [
            {**like.get(row["id"], some), **_shared(row, like.get(row["id"], some)), "categoryid": row["category"]}
            for row in sorted(self.tables["course"], key=lambda row: str(row["fullname"]))
        ]

    def core_course_get_categories(self, given: Row) -> Any:
        wanted = {int(each) for each in given["criteria"][0]["value"].split(",")}
        names = (
            "id",
            "name",
            "description",
            "descriptionformat",
            "parent",
            "sortorder",
            "coursecount",
            "depth",
            "path",
        )
        names += ("idnumber",) if self.shows_category_codes else ()
        return [{name: row[name] for name in names} for row in self.tables["course_categories"] if row["id"] in wanted]

    def core_course_get_contents(self, given: Row) -> Any:
        course = int(given["courseid"])
        kinds = {row["id"]: row["name"] for row in self.tables["modules"]}
        like = recorded("core_course_get_contents")[0]
        return [{**like, "modules": [self._module(row, kinds) for row in self.rows("course_modules", course=course)]}]

    def _module(self, row: Row, kinds: Mapping[int, str]) -> Row:
        kind, fields = kinds[row["module"]], ("timeopen", "timeclose")
        fields = ("allowsubmissionsfromdate", "duedate") if kind == "assign" else fields
        held = self.one(kind, id=row["instance"]) if kind in {"quiz", "feedback", "assign"} else {}
        dates = [{"label": "…", "timestamp": held[name], "dataid": name} for name in fields if held.get(name)]
        return {
            "id": row["id"],
            "instance": row["instance"],
            "modname": kind,
            "visible": row["visible"],
            "dates": dates,
        }

    def core_enrol_get_enrolled_users(self, given: Row) -> Any:
        course, options = int(given["courseid"]), {each["name"]: each["value"] for each in given.get("options", [])}
        state = self._states(course)
        wanted = {"onlyactive": {0}, "onlysuspended": {1}}
        kept = set.intersection({0, 1}, *(states for name, states in wanted.items() if options.get(name) == "1"))
        found = [self._person(number, course) for number in sorted(state) if state[number] in kept]
        start, size = (
            int(options.get("limitfrom", 0)),
            min(int(options.get("limitnumber", 0)) or 10**6, self.largest_page),
        )
        asked = {name.strip() for name in options.get("userfields", "").split(",")} - {""}
        return [
            {name: value for name, value in person.items() if not asked or name in asked or name == "fullname"}
            for person in found[start : start + size]
        ]

    def _states(self, course: int) -> dict[int, int]:
        """Return who is enrolled in a course, with the least of their statuses: 0 is active."""
        state: dict[int, int] = {}
        for method in self.rows("enrol", courseid=course):
            for row in self.rows("user_enrolments", enrolid=method["id"]):
                state[row["userid"]] = min(row["status"], state.get(row["userid"], 1))
        return state

    def _person(self, number: int, course: int) -> Row:
        like, row = recorded_person(), self.one("user", id=number)
        shown = {**{k: v for k, v in like.items() if k not in {"groups", "enrolledcourses"}}, **_shared(row, like)}
        mine = [each["groupid"] for each in self.rows("groups_members", userid=number)]
        groups = [
            {name: each[name] or "" for name in ("id", "name", "description")} | {"descriptionformat": 0}
            for each in self.rows("groups", courseid=course) if each["id"] in mine
        ]  # fmt: skip
        given = self.rows("role_assignments", course=course, userid=number)
        roles = [
            {"roleid": each["roleid"], "name": "", "shortname": self.one("role", id=each["roleid"])["shortname"],
             "sortorder": 0} for each in given
        ]  # fmt: skip
        named = {"fullname": f"{row['firstname']} {row['lastname']}", "roles": roles}
        return {**shown, **named, **({"groups": groups} if groups else {})}

    def mod_forum_get_forums_by_courses(self, given: Row) -> Any:
        like = recorded("mod_forum_get_forums_by_courses")[0]
        return [{**like, **_shared(row, like)} for row in self._of_courses("forum", given)]

    def mod_forum_get_forum_discussions(self, given: Row) -> Any:
        like = recorded("mod_forum_get_forum_discussions")["discussions"][0]
        found = sorted(self.rows("forum_discussions", forum=int(given["forumid"])), key=lambda d: -d["timemodified"])
        size = min(int(given["perpage"]), self.largest_page)
        start = int(given["page"]) * size
        shown = []
        for row in found[start : start + size]:
            first = self.one("forum_posts", id=row["firstpost"])
            told = {"id": first["id"], "discussion": row["id"], "timemodified": row["timemodified"]}
            shown.append({**like, **_shared(first, like), **told, "name": row["name"]})
        return {"discussions": shown, "warnings": []}

    def mod_forum_get_discussion_posts(self, given: Row) -> Any:
        like = recorded("mod_forum_get_discussion_posts")
        thread = self.one("forum_discussions", id=int(given["discussionid"]))
        found = sorted(self.rows("forum_posts", discussion=thread["id"]), key=lambda p: (-p["created"], -p["id"]))
        return {**like, "posts": [self._post(row, like["posts"][0]) for row in found], "forumid": thread["forum"],
                "courseid": thread["course"]}  # fmt: skip

    def _post(self, row: Row, like: Row) -> Row:
        who = self.one("user", id=row["userid"])
        course = self.one("forum_discussions", id=row["discussion"])["course"]
        mine = {each["groupid"] for each in self.rows("groups_members", userid=who["id"])}
        groups = [
            {"id": each["id"], "name": each["name"], "urls": {"image": None}}
            for each in self.rows("groups", courseid=course) if each["id"] in mine
        ]  # fmt: skip
        named = {"id": who["id"], "fullname": f"{who['firstname']} {who['lastname']}", "groups": groups}
        author = {**like["author"], **named}
        deleted = bool(row["deleted"])
        return {
            **like, **{name: row[name] for name in ("id", "subject", "message", "messageformat")},
            "author": {**author, "id": None} if deleted else author, "discussionid": row["discussion"],
            "hasparent": row["parent"] > 0, "parentid": row["parent"] or None, "timecreated": row["created"],
            "timemodified": row["modified"], "isdeleted": deleted, "isprivatereply": row["privatereplyto"] > 0,
        }  # fmt: skip

    def mod_quiz_get_quizzes_by_courses(self, given: Row) -> Any:
        like = recorded("mod_quiz_get_quizzes_by_courses")["quizzes"][0]
        found, modules = self._of_courses("quiz", given), self._modules("quiz")
        shown = [{**like, **_shared(row, like), "coursemodule": modules[row["id"]]} for row in found]
        return {"quizzes": shown, "warnings": []}

    def _modules(self, kind: str) -> dict[int, int]:
        """Return the course module of each element of a kind."""
        number = self.one("modules", name=kind)["id"]
        return {row["instance"]: row["id"] for row in self.rows("course_modules", module=number)}

    def mod_quiz_get_user_attempts(self, given: Row) -> Any:
        like = recorded("mod_quiz_get_user_attempts")["attempts"][0]
        states = {"finished": {"finished", "abandoned"}, "all": {"finished", "abandoned", "inprogress", "overdue"}}
        mine = self.rows("quiz_attempts", quiz=int(given["quizid"]), userid=int(given["userid"]))
        found = [row for row in mine if row["state"] in states[given["status"]] and not row["preview"]]
        shown = [{**like, **_shared(row, like), "sumgrades": _number(row["sumgrades"])} for row in found]
        return {"attempts": shown, "warnings": []}

    def mod_quiz_get_user_quiz_attempts(self, given: Row) -> Any:
        return self.mod_quiz_get_user_attempts(given)

    def mod_assign_get_assignments(self, given: Row) -> Any:
        like = recorded("mod_assign_get_assignments")["courses"][0]
        shape, shown, warnings = like["assignments"][0], [], []
        for course in given["courseids"]:
            if given.get("includenotenrolledcourses") != "1":
                warnings.append(
                    {"item": "course", "itemid": int(course), "warningcode": "2", "message": "not enrolled"}
                )
                continue
            row = self.one("course", id=int(course))
            held = [{**shape, **_shared(each, shape)} for each in self.rows("assign", course=int(course))]
            shown.append({**like, **_shared(row, like), "assignments": held})
        return {"courses": shown, "warnings": warnings}

    def mod_assign_get_submissions(self, given: Row) -> Any:
        names = ("id", "userid", "attemptnumber", "timecreated", "timemodified", "timestarted", "status", "groupid")
        return self._by_assignment(given, "assign_submission", "submissions", (*names, "assignment", "latest"))

    def mod_assign_get_grades(self, given: Row) -> Any:
        names = ("id", "userid", "attemptnumber", "timecreated", "timemodified", "grader")
        told = self._by_assignment(given, "assign_grades", "grades", (*names, "grade"))
        for each in told["assignments"]:
            each["grades"] = [{**row, "grade": f"{float(row['grade']):.5f}"} for row in each["grades"]]
        return told

    def _by_assignment(self, given: Row, table: str, key: str, names: tuple[str, ...]) -> Row:
        shown, warnings = [], []
        for number in map(int, given["assignmentids"]):
            found = [{name: row[name] for name in names} for row in self.rows(table, assignment=number)]
            if found:
                shown.append({"assignmentid": number, key: found})
            else:
                warnings.append({"item": "module", "itemid": number, "warningcode": "3", "message": f"No {key} found"})
        return {"assignments": shown, "warnings": warnings}

    def gradereport_user_get_grade_items(self, given: Row) -> Any:
        course = int(given["courseid"])
        like = recorded("gradereport_user_get_grade_items")["usergrades"][0]
        shape = like["gradeitems"][0]
        items = sorted(
            self.rows("grade_items", courseid=course), key=lambda row: (row["itemtype"] != "mod", row["sortorder"])
        )
        marks = {(row["itemid"], row["userid"]): row for row in self.tables["grade_grades"]}
        shown = []
        for person in self.core_enrol_get_enrolled_users(
            {"courseid": course, "options": [{"name": "onlyactive", "value": "1"}]}
        ):
            if {"student"} & {role["shortname"] for role in person["roles"]}:
                held = [self._graded(item, marks.get((item["id"], person["id"])), shape) for item in items]
                shown.append({**like, "courseid": course, "userid": person["id"], "userfullname": person["fullname"],
                              "gradeitems": held})  # fmt: skip
        return {"usergrades": shown, "warnings": []}

    def _graded(self, item: Row, mark: Row | None, shape: Row) -> Row:
        final = _number(mark["finalgrade"]) if mark else None
        weight = mark["aggregationweight"] if mark and item["itemtype"] == "mod" else None
        shape = {name: value for name, value in shape.items() if name != "weightraw"}
        weighed = {} if weight is None else {"weightraw": _number(weight)}
        return {
            **shape, **_shared(item, shape), **weighed, "graderaw": final, "itemmodule": item["itemmodule"],
            "grademax": _number(item["grademax"]), "grademin": _number(item["grademin"]),
            "gradedategraded": mark["timemodified"] if mark and final is not None else None,
        }  # fmt: skip

    def mod_feedback_get_feedbacks_by_courses(self, given: Row) -> Any:
        like = recorded("mod_feedback_get_feedbacks_by_courses")["feedbacks"][0]
        modules = self._modules("feedback")
        shown = [
            {**like, **{name: row[name] for name in ("id", "course", "name", "anonymous")}}
            | {"coursemodule": modules[row["id"]]}
            for row in self._of_courses("feedback", given)
        ]
        return {"feedbacks": shown, "warnings": []}

    def mod_feedback_get_items(self, given: Row) -> Any:
        names = ("id", "feedback", "template", "name", "label", "presentation", "typ", "hasvalue", "position",
                 "required", "dependitem", "dependvalue", "options")  # fmt: skip
        found = self.rows("feedback_item", feedback=int(given["feedbackid"]))
        more = {"itemfiles": [], "itemnumber": None, "otherdata": None}
        return {"items": [{name: row[name] for name in names} | more for row in found], "warnings": []}

    def mod_feedback_get_responses_analysis(self, given: Row) -> Any:
        survey = self.one("feedback", id=int(given["feedbackid"]))
        assert survey["anonymous"] == 2, "nobody may ask for the answers to an anonymous survey"
        size = min(int(given["perpage"]), self.largest_page)
        start = int(given["page"]) * size
        found = sorted(
            self.rows("feedback_completed", feedback=survey["id"]), key=lambda row: self._name(row["userid"])
        )
        shown = [
            {"id": row["id"], "courseid": 0, "userid": row["userid"], "timemodified": row["timemodified"],
             "fullname": " ".join(reversed(self._name(row["userid"]))), "responses": self._responses(row["id"])}
            for row in found[start : start + size]
        ]  # fmt: skip
        return {"attempts": shown, "totalattempts": len(found), "anonattempts": [], "totalanonattempts": 0,
                "warnings": []}  # fmt: skip

    def _name(self, number: int) -> tuple[str, str]:
        row = self.one("user", id=number)
        return str(row["lastname"]), str(row["firstname"])

    def _responses(self, completed: int) -> list[Row]:
        return [
            {"id": row["item"], "name": "…", "printval": str(row["value"] or ""), "rawval": str(row["value"] or "")}
            for row in self.rows("feedback_value", completed=completed)
        ]

    def core_completion_get_course_completion_status(self, given: Row) -> Any:
        course, person = int(given["courseid"]), int(given["userid"])
        if self._states(course).get(person) != 0:
            raise RefusedError("core\\exception\\moodle_exception", "nottracked")
        like = recorded("core_completion_get_course_completion_status")
        done = [row for row in self.rows("course_completions", course=course, userid=person) if row["timecompleted"]]
        return {**like, "completionstatus": {**like["completionstatus"], "completed": bool(done)}}

    def _of_courses(self, table: str, given: Row) -> list[Row]:
        wanted = {int(each) for each in given["courseids"]}
        return [row for row in self.tables[table] if row["course"] in wanted]


def recorded_person() -> Row:
    """Return a recorded learner, for the fields that the tables do not hold."""
    return next(each for each in _PEOPLE if each["roles"][0]["shortname"] == "student")


_PEOPLE = recorded("core_enrol_get_enrolled_users")


def form(text: str) -> Row:
    """Return the fields of a form as PHP reads them: `options[0][name]` makes a list of mappings."""
    found: Row = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *rest = re.findall(r"[^\[\]]+", name)
        place: Any = found
        for key, following in zip([first, *rest], [*rest, None], strict=True):
            index: Any = int(key) if isinstance(place, list) else key
            if following is None:
                _put(place, index, value)
            else:
                place = _into(place, index, [] if following.isdigit() else {})
    return found


def _put(place: Any, index: Any, value: Any) -> None:
    if isinstance(place, list):
        place.append(value)
    else:
        place[index] = value


def _into(place: Any, index: Any, made: Any) -> Any:
    if isinstance(place, list):
        if index == len(place):
            place.append(made)
        return place[index]
    return place.setdefault(index, made)


def _shared(row: Row, like: Row) -> Row:
    """Return the values of a table's row that an answer shows under the same name, of the recorded kind."""
    shown = {}
    for name in set(row) & set(like):
        value = row[name]
        if isinstance(like[name], bool) and isinstance(value, int):
            value = bool(value)
        elif isinstance(like[name], str) and value is None:
            value = ""
        elif isinstance(like[name], int | float) and isinstance(value, str) and re.fullmatch(r"-?\d+\.\d+", value):
            value = _number(value)
        shown[name] = value
    return shown


def _number(value: Any) -> float | int | None:
    if value is None:
        return None
    number = float(value)
    return int(number) if number.is_integer() else number
