"""Reading a Moodle site call by call: which functions, in which order, into which of Moodle's tables.

A family of records is read when the token may call all the functions it takes; otherwise it is left out, and told.
A function that the token may call and that then refuses stops everything: half a family would look like silence.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import SourceError
from data.progress import Report
from data.sources import moodle_answers as answers
from data.sources import moodle_tables as tables
from data.sources.base import RawTable, integer
from data.sources.moodle_calls import Calls, RefusedError
from data.sources.raw_file import RawFile

ROSTER = RawTable("roster", (integer("courseid"), integer("userid"), integer("suspended"), integer("completed")))
"""Who is enrolled in a course now; made into enrolments once the store says since when."""
LEFT = "left"

SITE, COURSES = "core_webservice_get_site_info", "core_course_get_courses"
CATEGORIES, CONTENTS = "core_course_get_categories", "core_course_get_contents"
ENROLLED = "core_enrol_get_enrolled_users"
FORUMS, THREADS = "mod_forum_get_forums_by_courses", "mod_forum_get_forum_discussions"
POSTS, QUIZZES = "mod_forum_get_discussion_posts", "mod_quiz_get_quizzes_by_courses"
ATTEMPTS = ("mod_quiz_get_user_attempts", "mod_quiz_get_user_quiz_attempts")
"""The second has replaced the first since Moodle 5.0."""
ASSIGNMENTS, SUBMISSIONS = "mod_assign_get_assignments", "mod_assign_get_submissions"
MARKS, REPORT = "mod_assign_get_grades", "gradereport_user_get_grade_items"
FEEDBACKS, ITEMS = "mod_feedback_get_feedbacks_by_courses", "mod_feedback_get_items"
RESPONSES, COMPLETION = "mod_feedback_get_responses_analysis", "core_completion_get_course_completion_status"

ESSENTIAL = (COURSES, ENROLLED)
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "posts": (FORUMS, THREADS, POSTS),
    "quizzes": (QUIZZES, ATTEMPTS[0]),
    "assignments": (ASSIGNMENTS, SUBMISSIONS),
    "weights": (REPORT,),
    "surveys": (FEEDBACKS, ITEMS, RESPONSES, CONTENTS),
    "completion": (COMPLETION,),
}
"""What is read besides the roster, and the functions each takes."""
NO_COMPLETION = frozenset({"completionnotenabled", "nocriteriaset"})
NOT_TRACKED = "nottracked"
PEOPLE_PAGE, PAGE = 500, 100


@dataclass(frozen=True)
class Wanted:
    """What is read of a site: courses by their short name (empty: all those seen), its own roles, and until when.

    `noon` is the middle of the day of the reading, and `day_ends` its last second.
    """

    courses: tuple[str, ...]
    renamed: Mapping[str, str]
    noon: int
    day_ends: int
    report: Report


class RawSite:
    """The raw tables being written, one file each; a row without a number is given its rank."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stack = folder, ExitStack()
        self._files: dict[str, RawFile] = {}
        self.left: dict[str, Counter[str]] = {}

    def __enter__(self) -> RawSite:
        for table in (*tables.TABLES, ROSTER):
            if table not in (tables.LOG, tables.USER_ENROLMENTS):
                self._files[table.name] = self._stack.enter_context(RawFile(self._path(table.name), table))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, table: RawTable, rows: Iterable[Mapping[str, Any]]) -> None:
        """Keep rows of a table."""
        file = self._files[table.name]
        file.add({"id": rank, **row} for rank, row in enumerate(rows, file.rows + 1))

    def aside(self, function: str) -> Counter[str]:
        """Return the count of what a function told and is not kept, by reason."""
        return self.left.setdefault(function, Counter())

    def close(self) -> dict[str, Path]:
        """Write what remains; return the files by table, and that of the counts."""
        self._stack.close()
        counts = self._folder / f"{LEFT}.json"
        counts.write_text(json.dumps({name: dict(count) for name, count in self.left.items() if count}, sort_keys=True))
        return {name: self._path(name) for name in self._files} | {LEFT: counts}

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"


@dataclass
class SiteReading:
    """One reading of a site into raw tables."""

    calls: Calls
    raw: RawSite
    wanted: Wanted
    functions: frozenset[str] = frozenset()
    families: tuple[str, ...] = ()
    _people: set[int] = field(default_factory=set)
    _roles: set[int] = field(default_factory=set)

    def read(self) -> tuple[str, ...]:
        """Read everything that may be read; return the short names of the sessions.

        Raises
        ------
        SourceError : the token may not read the roster, a course is not there, or the site fails on the way.
        """
        self._find_functions()
        found = self._courses()
        if not found:
            raise SourceError("no session can be read", accepted="courses with a start and an end that the token sees")
        for done, course in enumerate(found):
            self.wanted.report("reading sessions", done, len(found))
            self._read_course(course)
        self.wanted.report("reading sessions", len(found), len(found))
        return tuple(course["shortname"] for course in found)

    def _find_functions(self) -> None:
        """Ask what the token may call, refuse to go without the roster, and tell what cannot be read."""
        self.functions = frozenset(str(each.get("name")) for each in self.calls.rows(SITE, "functions"))
        self._attempts = next((name for name in ATTEMPTS if name in self.functions), ATTEMPTS[0])
        missing = [name for name in ESSENTIAL if name not in self.functions]
        if missing:
            raise SourceError("the token may not call what tells who is enrolled", where=", ".join(missing),
                              todo="add these functions to its external service")  # fmt: skip
        for family, needed in FAMILIES.items():
            lacking = [name for name in needed if name not in self.functions and name not in ATTEMPTS]
            if family == "quizzes" and self._attempts not in self.functions:
                lacking.append(self._attempts)
            if lacking:
                self.raw.aside(family)[f"not read: the token may not call {', '.join(lacking)}"] += 1
            else:
                self.families = (*self.families, family)

    def _courses(self) -> list[dict[str, Any]]:
        """Read the courses and their categories; return those that are sessions."""
        seen = self.calls.rows(COURSES)
        missing = set(self.wanted.courses) - {course.get("shortname") for course in seen}
        if missing:
            raise SourceError("a course is not there, or the token does not see it", where=", ".join(sorted(missing)),
                              accepted="short names of courses, as in --courses CODE,CODE")  # fmt: skip
        chosen = [each for each in seen if not self.wanted.courses or each.get("shortname") in self.wanted.courses]
        self.raw.add(tables.COURSE, answers.courses(chosen))
        wanted = {int(course["categoryid"]) for course in chosen if course.get("categoryid")}
        known = []
        if wanted and CATEGORIES in self.functions:
            listed = ",".join(map(str, sorted(wanted)))
            known = self.calls.rows(CATEGORIES, criteria=[{"key": "ids", "value": listed}])
        self.raw.add(tables.CATEGORIES, answers.categories(known, wanted))
        return [course for course in chosen if course.get("categoryid") and course.get("enddate")]

    def _read_course(self, course: Mapping[str, Any]) -> None:
        number = int(course["id"])
        members, learners = self._enrolled(course)
        if "posts" in self.families:
            self._posts(number, members)
        if "quizzes" in self.families:
            self._quizzes(number, learners)
        graded = self.calls.rows(REPORT, "usergrades", courseid=number) if "weights" in self.families else []
        self.raw.add(tables.GRADE_ITEMS, answers.grade_items(graded))
        if "assignments" in self.families:
            self._assignments(number, members, graded)
        if "surveys" in self.families:
            self._surveys(number, members)

    def _enrolled(self, course: Mapping[str, Any]) -> tuple[set[int], list[int]]:
        """Read who is enrolled, active and suspended apart, since one call mixes them; return all, and the learners."""
        number = int(course["id"])
        people = {only: self._listed(number, only) for only in ("onlyactive", "onlysuspended")}
        suspended = {int(person["id"]) for person in people["onlysuspended"]}
        suspended -= {int(person["id"]) for person in people["onlyactive"]}
        everybody = list({int(p["id"]): p for only in ("onlysuspended", "onlyactive") for p in people[only]}.values())
        self._keep_people(everybody, number)
        names = {name for name, kind in self.wanted.renamed.items() if kind == "student"} | {"student"}
        learners = sorted(int(p["id"]) for p in everybody if names & {r.get("shortname") for r in p.get("roles", ())})
        completed = self._completed(course, learners)
        self.raw.add(ROSTER, (
            {"courseid": number, "userid": each, "suspended": int(each in suspended), "completed": completed.get(each)}
            for each in sorted(int(person["id"]) for person in everybody)
        ))  # fmt: skip
        return {int(person["id"]) for person in everybody}, learners

    def _listed(self, course: int, only: str) -> list[dict[str, Any]]:
        options = [
            {"name": only, "value": 1}, {"name": "userfields", "value": answers.ENROLLED_FIELDS},
            {"name": "sortby", "value": "id"},
        ]  # fmt: skip
        return list(
            self.calls.pages(ENROLLED, "", size=PEOPLE_PAGE, number="limitfrom", courseid=course, options=options)
        )

    def _keep_people(self, everybody: list[dict[str, Any]], course: int) -> None:
        new = [person for person in everybody if person["id"] not in self._people]
        self._people.update(person["id"] for person in new)
        self.raw.add(tables.USER, answers.people(new))
        roles = [r for r in answers.roles(everybody, self.wanted.renamed) if r["id"] not in self._roles]
        self._roles.update(role["id"] for role in roles)
        self.raw.add(tables.ROLE, roles)
        self.raw.add(tables.CONTEXT, [{"id": course, "contextlevel": 50, "instanceid": course}])
        self.raw.add(tables.ENROL, [{"id": course, "courseid": course}])
        self.raw.add(tables.ROLE_ASSIGNMENTS, answers.assigned(everybody, course))
        groups = {group["id"] for person in everybody for group in person.get("groups", ())}
        self.raw.add(tables.GROUPS, ({"id": group, "courseid": course} for group in sorted(groups)))
        self.raw.add(tables.GROUPS_MEMBERS, answers.grouped(everybody))

    def _completed(self, course: Mapping[str, Any], learners: list[int]) -> dict[int, int]:
        """Return whether each learner has completed the course, where it is said; never when, which is backdated."""
        told: dict[int, int] = {}
        if "completion" not in self.families or int(course.get("startdate") or 0) > self.wanted.day_ends:
            return told
        for learner in self._counted("reading completion", learners):
            try:
                answer = self.calls.ask(COMPLETION, courseid=int(course["id"]), userid=learner)
            except RefusedError as error:
                if error.code in NO_COMPLETION:
                    return {}
                if error.code != NOT_TRACKED:
                    raise
                continue
            told[learner] = int(bool((answer.get("completionstatus") or {}).get("completed")))
        return told

    def _posts(self, course: int, members: set[int]) -> None:
        found = self.calls.rows(FORUMS, courseids=[course])
        self.raw.add(tables.FORUM, answers.forums(found))
        for forum in found:
            listed = self.calls.pages(THREADS, "discussions", size=PAGE, forumid=forum["id"])
            threads = [int(thread["discussion"]) for thread in listed]
            self.raw.add(
                tables.DISCUSSIONS, ({"id": thread, "course": course, "forum": forum["id"]} for thread in threads)
            )
            for thread in self._counted("reading threads", threads):
                answer = self.calls.rows(POSTS, "posts", discussionid=thread)
                self.raw.add(tables.POSTS, answers.posts(answer, thread, members, self.raw.aside(POSTS)))

    def _quizzes(self, course: int, learners: list[int]) -> None:
        """Read the quizzes and, one learner a call, the attempts at those that have opened."""
        announced: dict[int, int] = {}
        found = self.calls.rows(QUIZZES, "quizzes", courseids=[course])
        for quiz in found:
            opens = int(quiz.get("timeopen") or 0)
            known = [self.wanted.noon, *([opens] if opens else [])]
            for learner in self._counted("reading attempts", learners if opens <= self.wanted.day_ends else []):
                given = self.calls.rows(
                    self._attempts, "attempts", quizid=quiz["id"], userid=learner, status="all", includepreviews=0
                )
                known += [int(attempt["timestart"]) for attempt in given if attempt.get("timestart")]
                self.raw.add(tables.ATTEMPTS, answers.attempts(given))
            announced[quiz["id"]] = min(known)
        self.raw.add(tables.QUIZ, answers.quizzes(found, announced))

    def _assignments(self, course: int, members: set[int], graded: list[dict[str, Any]]) -> None:
        found = self.calls.rows(ASSIGNMENTS, "courses", courseids=[course], includenotenrolledcourses=1)
        rows = list(answers.assignments(found))
        self.raw.add(tables.ASSIGN, rows)
        wanted = [row["id"] for row in rows]
        if not wanted:
            return
        answer = self.calls.rows(SUBMISSIONS, "assignments", assignmentids=wanted)
        handed = list(answers.submissions(answer, members, self.raw.aside(SUBMISSIONS)))
        self.raw.add(tables.SUBMISSIONS, handed)
        if MARKS in self.functions:
            marked = self.calls.rows(MARKS, "assignments", assignmentids=wanted)
            self.raw.add(tables.MARKS, answers.marks(marked, members, self.raw.aside(MARKS)))
            return
        latest: dict[tuple[int, int], int] = {}
        for row in handed:
            whose = (int(row["assignment"]), int(row["userid"]))
            latest[whose] = max(latest.get(whose, 0), int(row["attemptnumber"] or 0))
        self.raw.add(tables.MARKS, answers.report_marks(graded, latest))

    def _surveys(self, course: int, members: set[int]) -> None:
        """Read the surveys; of an anonymous one, neither questions nor answers."""
        found = self.calls.rows(FEEDBACKS, "feedbacks", courseids=[course])
        dates = answers.page_dates(self.calls.rows(CONTENTS, courseid=course)) if found else {}
        shown = [each for each in found if each.get("coursemodule") in dates or "timeopen" in each]
        self.raw.aside(FEEDBACKS)["when it opens is not shown"] += len(found) - len(shown)
        self.raw.add(tables.FEEDBACK, answers.feedbacks(shown, dates))
        for survey in shown:
            if survey.get("anonymous") != 1:
                self._answers(int(survey["id"]), members)

    def _answers(self, survey: int, members: set[int]) -> None:
        self.raw.add(tables.ITEMS, answers.questions(self.calls.rows(ITEMS, "items", feedbackid=survey)))
        told = list(self.calls.pages(RESPONSES, "attempts", size=PAGE, feedbackid=survey))
        here = [each for each in told if each.get("userid") in members]
        self.raw.aside(RESPONSES)["not enrolled now"] += len(told) - len(here)
        self.raw.add(tables.COMPLETED, answers.answered(here, survey))
        self.raw.add(tables.VALUES, answers.values(here))

    def _counted(self, label: str, things: list[int]) -> Iterator[int]:
        for done, thing in enumerate(things):
            self.wanted.report(label, done, len(things))
            yield thing
