"""What Moodle's web services answer, as rows of Moodle's tables.

Only what is read is taken. What an answer does not say is left out; the few columns that must hold something are
filled here, and each says with what and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

Row = dict[str, Any]
ENROLLED_FIELDS = "id, firstname, lastname, fullname, email, roles, groups"
"""What is asked of a person; nothing else of them leaves the site."""


def courses(answer: Iterable[Row]) -> Iterator[Row]:
    """Yield the courses."""
    for given in answer:
        yield _taken(given, "id", "shortname", "fullname", "startdate", "enddate") | {
            "category": given.get("categoryid")
        }


def categories(answer: Iterable[Row], wanted: Collection[int]) -> Iterator[Row]:
    """Yield the categories of the courses; one that may not be seen has its number for a name."""
    seen = {given.get("id"): given for given in answer}
    for number in sorted(wanted):
        yield _taken(seen.get(number, {"name": f"category {number}"}), "name", "idnumber") | {"id": number}


def people(answer: Iterable[Row]) -> Iterator[Row]:
    """Yield the people enrolled; without the right to see both names, the full name stands for them."""
    for given in answer:
        named = "firstname" in given or "lastname" in given
        yield _taken(given, "id", "lastname", "email") | {"firstname": given.get("firstname" if named else "fullname")}


def roles(answer: Iterable[Row], renamed: Mapping[str, str]) -> Iterator[Row]:
    """Yield the roles people have; `renamed` gives the archetype of the site's own ones."""
    seen = {role.get("roleid"): str(role.get("shortname") or "") for given in answer for role in given.get("roles", ())}
    for number, shortname in seen.items():
        yield {"id": number, "shortname": shortname, "archetype": renamed.get(shortname)}


def assigned(answer: Iterable[Row], course: int) -> Iterator[Row]:
    """Yield who has which role in a course; the course's number stands for its context's."""
    for given in answer:
        for role in given.get("roles", ()):
            yield {"roleid": role.get("roleid"), "contextid": course, "userid": given.get("id")}


def grouped(answer: Iterable[Row]) -> Iterator[Row]:
    """Yield who is in which group."""
    for given in answer:
        for group in given.get("groups", ()):
            yield {"groupid": group.get("id"), "userid": given.get("id")}


def forums(answer: Iterable[Row]) -> Iterator[Row]:
    """Yield the forums."""
    return (_taken(given, "id", "course", "type", "name") for given in answer)


def posts(answer: Iterable[Row], discussion: int, members: Collection[int], left: Counter[str]) -> Iterator[Row]:
    """Yield the posts of a thread; those deleted, or whose author is not enrolled any more, are counted apart.

    A person who is not enrolled now may be a learner who left or somebody of the staff: nothing here tells which.
    """
    for given in answer:
        author = (given.get("author") or {}).get("id")
        if given.get("isdeleted"):
            left["deleted post"] += 1
        elif author is not None and author not in members:
            left["not enrolled now"] += 1
        else:
            yield {
                "id": given.get("id"), "discussion": discussion, "parent": given.get("parentid") or 0, "userid": author,
                "created": given.get("timecreated"), "message": given.get("message"), "deleted": 0,
                "privatereplyto": 1 if given.get("isprivatereply") else 0,
            }  # fmt: skip


def quizzes(answer: Iterable[Row], announced: Mapping[int, int]) -> Iterator[Row]:
    """Yield the quizzes; the day each was announced is the first on which we know it was there."""
    names = ("id", "course", "name", "timeopen", "timeclose", "sumgrades")
    for given in answer:
        yield _taken(given, *names) | {"timecreated": announced.get(given.get("id", 0))}


def attempts(answer: Iterable[Row]) -> Iterator[Row]:
    """Yield the attempts at a quiz."""
    names = ("id", "quiz", "userid", "attempt", "preview", "state", "timestart", "timefinish", "timemodified")
    return (_taken(given, *names, "sumgrades") for given in answer)


def assignments(answer: Iterable[Row]) -> Iterator[Row]:
    """Yield the assignments of the courses."""
    names = ("id", "course", "name", "duedate", "allowsubmissionsfromdate", "grade", "timemodified")
    return (_taken(given, *names) for course in answer for given in course.get("assignments", ()))


def submissions(answer: Iterable[Row], members: Collection[int], left: Counter[str]) -> Iterator[Row]:
    """Yield what was handed in; what it holds is not read."""
    for each in answer:
        for given in each.get("submissions", ()):
            if given.get("userid") not in members and given.get("userid") != 0:
                left["not enrolled now"] += 1
                continue
            names = ("id", "userid", "timemodified", "status", "attemptnumber")
            yield _taken(given, *names) | {"assignment": each.get("assignmentid")}


def marks(answer: Iterable[Row], members: Collection[int], left: Counter[str]) -> Iterator[Row]:
    """Yield the marks of assignments."""
    for each in answer:
        for given in each.get("grades", ()):
            if given.get("userid") not in members:
                left["not enrolled now"] += 1
                continue
            names = ("id", "userid", "timemodified", "attemptnumber")
            mark = given.get("grade")
            yield _taken(given, *names) | {
                "assignment": each.get("assignmentid"),
                "grade": mark if mark != "" else None,
            }


def grade_items(answer: Iterable[Row]) -> Iterator[Row]:
    """Yield the graded elements of a course; a weight is one only when it is the same for every learner."""
    items: dict[Any, Row] = {}
    weights: dict[Any, set[Any]] = {}
    for each in answer:
        for given in each.get("gradeitems", ()):
            items.setdefault(given.get("id"), {**given, "courseid": each.get("courseid")})
            if given.get("weightraw") is not None:
                weights.setdefault(given.get("id"), set()).add(given["weightraw"])
    for number, given in items.items():
        told = weights.get(number, set())
        names = ("id", "courseid", "itemtype", "itemmodule", "iteminstance", "grademax")
        yield _taken(given, *names) | {"aggregationcoef2": next(iter(told)) if len(told) == 1 else None}


def report_marks(answer: Iterable[Row], latest: Mapping[tuple[int, int], int]) -> Iterator[Row]:
    """Yield the marks of assignments as the grade report shows them, each on the learner's last submission."""
    rank = 0
    for each in answer:
        for given in each.get("gradeitems", ()):
            whose = (int(given.get("iteminstance") or 0), int(each.get("userid") or 0))
            if given.get("itemmodule") == "assign" and given.get("graderaw") is not None and whose in latest:
                rank += 1
                yield {
                    "id": rank, "assignment": whose[0], "userid": whose[1], "attemptnumber": latest[whose],
                    "grade": given.get("graderaw"), "timemodified": given.get("gradedategraded"),
                }  # fmt: skip


def feedbacks(answer: Iterable[Row], dates: Mapping[int, Mapping[str, int]]) -> Iterator[Row]:
    """Yield the surveys; when they open and close is told by the answer, or by the course's page (`dates`)."""
    for given in answer:
        told = dates.get(given.get("coursemodule", 0), {})
        when = {name: given.get(name, told.get(name, 0)) for name in ("timeopen", "timeclose")}
        yield _taken(given, "id", "course", "name", "anonymous") | when


def page_dates(answer: Iterable[Row]) -> dict[int, dict[str, int]]:
    """Return the dates a course's page shows, by element and by name; an element without dates has none."""
    return {
        module["id"]: {str(date.get("dataid")): int(date["timestamp"]) for date in module.get("dates", ())}
        for section in answer
        for module in section.get("modules", ())
    }


def questions(answer: Iterable[Row]) -> Iterator[Row]:
    """Yield the questions of a survey."""
    return (_taken(given, "id", "feedback", "name", "label", "presentation", "typ") for given in answer)


def answered(answer: Iterable[Row], feedback: int) -> Iterator[Row]:
    """Yield who answered a survey."""
    return (_taken(given, "id", "userid", "timemodified") | {"feedback": feedback} for given in answer)


def values(answer: Iterable[Row]) -> Iterator[Row]:
    """Yield the answers to a survey's questions."""
    for given in answer:
        for each in given.get("responses", ()):
            yield {"item": each.get("id"), "completed": given.get("id"), "value": each.get("rawval")}


def _taken(given: Mapping[str, Any], *names: str) -> Row:
    return {name: given.get(name) for name in names}
