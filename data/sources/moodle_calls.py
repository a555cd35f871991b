"""Calling Moodle's web services: one POST a call, the token in its body, errors that come as HTTP 200 understood.

What Moodle answers wrong is told by the function's name and Moodle's error code; its message may name a person and
is not repeated.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from data.errors import SourceError
from data.sources.http import Address, parsed

REST = "webservice/rest/server.php"
NOTHING_FOUND = "3"
"""Code of the warning that says that there is nothing yet: no submission, no grade."""

RIGHTS: Mapping[str, str] = {
    "core_webservice_get_site_info": "webservice/rest:use",
    "core_course_get_courses": "moodle/course:view",
    "core_course_get_categories": "moodle/category:viewcourselist",
    "core_course_get_contents": "moodle/course:view, moodle/course:viewhiddenactivities",
    "core_enrol_get_enrolled_users": "moodle/course:viewparticipants, moodle/course:enrolreview,"
    " moodle/user:viewdetails, moodle/site:accessallgroups",
    "mod_forum_get_forums_by_courses": "mod/forum:viewdiscussion",
    "mod_forum_get_forum_discussions": "mod/forum:viewdiscussion, moodle/site:accessallgroups",
    "mod_forum_get_discussion_posts": "mod/forum:viewdiscussion, mod/forum:viewqandawithoutposting",
    "mod_quiz_get_quizzes_by_courses": "mod/quiz:view",
    "mod_quiz_get_user_attempts": "mod/quiz:view, mod/quiz:viewreports",
    "mod_quiz_get_user_quiz_attempts": "mod/quiz:view, mod/quiz:viewreports",
    "mod_assign_get_assignments": "mod/assign:view",
    "mod_assign_get_submissions": "mod/assign:viewgrades",
    "mod_assign_get_grades": "mod/assign:viewgrades",
    "gradereport_user_get_grade_items": "moodle/grade:viewall, gradereport/user:view",
    "mod_feedback_get_feedbacks_by_courses": "mod/feedback:view",
    "mod_feedback_get_items": "mod/feedback:view",
    "mod_feedback_get_responses_analysis": "mod/feedback:viewreports",
    "core_completion_get_course_completion_status": "report/completion:view",
}
"""Functions this way of reading may call, and the capabilities that its account needs for them."""

UNKNOWN_TOKEN = frozenset({"invalidtoken", "invalid_token", "tokenexpired", "invalidtimedtoken"})
NOT_CALLABLE = frozenset({"accessexception", "webservice_access_exception", "servicenotavailable", "invalidrecord"})
NO_RIGHT = frozenset({
    "nopermissions", "nopermission", "required_capability_exception", "requireloginerror", "notenrolled",
    "notinsameggroup", "usernotenroled", "cannotviewreport", "errorcoursecontextnotvalid",
})  # fmt: skip


class RefusedError(SourceError):
    """Moodle answered with an exception; `code` is its own error code."""

    def __init__(self, code: str, what: str, *, where: str, accepted: str = "", todo: str = "") -> None:
        super().__init__(what, where=where, accepted=accepted, todo=todo)
        self.code = code


class Calls:
    """The calls to one site, never faster than agreed.

    Parameters
    ----------
    site : the address of the site, where its home page is.
    token : sent in the body of each call, never in an address.
    pause : seconds between two calls.
    """

    def __init__(
        self, site: str, token: str, *, pause: float = 0.0, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._address, self._token, self._pause, self._wait = Address(site, wait=wait), token, pause, wait
        self.made = 0

    def __enter__(self) -> Calls:
        return self

    def __exit__(self, *told: object) -> None:
        self._address.__exit__(*told)

    def ask(self, function: str, **arguments: Any) -> Any:
        """Return what a function answers.

        Raises
        ------
        RefusedError : Moodle answers with an exception, which it does as HTTP 200.
        SourceError : it cannot be reached, or leaves out something it may not show.
        """
        if self.made and self._pause:
            self._wait(self._pause)
        self.made += 1
        form = {"wstoken": self._token, "wsfunction": function, "moodlewsrestformat": "json", **dict(_flat(arguments))}
        answer = parsed(self._address.post(REST, form))
        if isinstance(answer, dict):
            if "exception" in answer:
                raise _refusal(function, answer)
            _refuse_gaps(function, answer.get("warnings"))
        return answer

    def rows(self, function: str, key: str = "", **arguments: Any) -> list[dict[str, Any]]:
        """Return the objects of a list that a function answers, under a key or as the whole answer; as `ask`."""
        return listed(function, self.ask(function, **arguments), key)

    def pages(
        self, function: str, key: str, *, size: int, number: str = "page", **arguments: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield the objects of all the pages of an answer, each once, until a page brings nothing new; as `ask`.

        A site may give fewer than asked. `number` counts pages from 0 (`page`), or rows (`limitfrom`).
        """
        seen: set[Any] = set()
        asked = 0
        while True:
            rows = self._page(function, key, arguments, number, asked, size)
            fresh = [row for row in rows if row.get("id") not in seen]
            seen.update(row.get("id") for row in fresh)
            yield from fresh
            if not fresh:
                return
            asked += 1 if number == "page" else len(rows)

    def _page(
        self, function: str, key: str, arguments: Mapping[str, Any], number: str, asked: int, size: int
    ) -> list[dict[str, Any]]:
        if number == "page":
            return self.rows(function, key, **arguments, page=asked, perpage=size)
        limits = [{"name": number, "value": asked}, {"name": "limitnumber", "value": size}]
        return self.rows(function, key, **{**arguments, "options": [*arguments.get("options", ()), *limits]})


def listed(function: str, answer: Any, key: str = "") -> list[dict[str, Any]]:
    """Return the list of objects in an answer.

    Raises
    ------
    SourceError : it is not there.
    """
    rows = answer.get(key) if key and isinstance(answer, dict) else answer
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SourceError("Moodle's answer has not the expected form", where=function, accepted="Moodle 3.11 or later")
    return rows


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields of a form as PHP reads them: `options[0][name]`."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(each, f"{name}[{key}]" if name else key)
    elif isinstance(value, list | tuple):
        for rank, each in enumerate(value):
            yield from _flat(each, f"{name}[{rank}]")
    else:
        yield name, str(int(value)) if isinstance(value, bool) else str(value)


def _refusal(function: str, answer: Mapping[str, Any]) -> RefusedError:
    """Return the error of an answer that is an exception; only its code is trusted to hold no person's data."""
    told = str(answer.get("errorcode") or "")
    code = told if re.fullmatch(r"[a-z][a-z0-9_/]{1,50}", told) else "unknown"
    if code in UNKNOWN_TOKEN:
        what, more = "Moodle does not accept the token", "make another token for this service; see its last day"
        return RefusedError(code, what, where=code, todo=more)
    where = f"{function}, {code}"
    if code in NOT_CALLABLE:
        more = "add the function to the token's external service, and its account to the service's users"
        return RefusedError(code, "the token may not call a function", where=where, todo=more)
    if code in NO_RIGHT or answer.get("exception") == "required_capability_exception":
        rights = RIGHTS.get(function, "")
        more = "give the role of the token's account these capabilities"
        return RefusedError(code, "the token's account lacks a right", where=where, accepted=rights, todo=more)
    return RefusedError(code, "Moodle answers with an error", where=where, todo="see the site's own logs")


def _refuse_gaps(function: str, warnings: Any) -> None:
    """Raise SourceError when an answer was cut to what the account may see: what is missing would look like silence."""
    told = [w for w in warnings or () if isinstance(w, dict) and str(w.get("warningcode")) != NOTHING_FOUND]
    if told:
        raise SourceError(
            f"Moodle left out {len(told)} of the elements asked for", where=function,
            accepted=RIGHTS.get(function, ""), todo="give the token's role these capabilities where they are missing",
        )  # fmt: skip
