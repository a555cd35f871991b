"""The words of xAPI statements: what a verb does, and what an activity's type is, as data.

A word is the last part of an IRI in small letters, whatever vocabulary it belongs to: `viewed` is the same in
`http://id.tincanapi.com/verb/viewed` and in `https://w3id.org/xapi/…/viewed`. The lists were made from the ADL,
cmi5, video, TinCan, Activity Streams, VLE and edX (Ralph, event-routing-backends) vocabularies, and from the
statements of Moodle's logstore_xapi plugin.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LOGIN, OPEN, WATCH, ASSESS, SUBMIT, POST, ATTEND = "login", "open", "watch", "assess", "submit", "post", "attend"


def _each(act: str, words: str) -> dict[str, str]:
    return dict.fromkeys(words.split(), act)


def _all(words: str) -> frozenset[str]:
    return frozenset(words.split())


VERBS: Mapping[str, str] = {
    **_each(LOGIN, "logged-in loggedin login log-in signed-in authenticated"),
    **_each(OPEN, "viewed view experienced experience launched launch accessed access initialized initialised opened"
                  " open read consumed consume navigated-in navigated visited downloaded download listened interacted"
                  " progressed resumed started start searched reviewed watched watch"),
    **_each(WATCH, "played play paused pause seeked"),
    **_each(ASSESS, "answered attempted attempt completed complete passed failed scored mastered graded evaluated"
                    " assessed"),
    **_each(SUBMIT, "submitted submit turned-in handed-in"),
    **_each(POST, "commented comment replied reply responded posted post asked ask shared share created create"),
    **_each(ATTEND, "attended attend"),
}  # fmt: skip
NOT_USED = _all(
    "terminated exited suspended logged-out loggedout registered enrolled unregistered unenrolled withdrew waived"
    " satisfied abandoned launched-external earned liked bookmarked rated joined join left leave uploaded updated"
    " edited deleted removed subscribed unsubscribed followed received sent hinted enabled disabled muted unmuted"
)
"""Verbs known and left aside by name; any other is left aside without its name, which anybody may have written."""

FORUM, QUIZ, ASSIGNMENT, SURVEY, VIDEO, RESOURCE, GRADE, VIEW = (
    "forum_view", "quiz_view", "assignment_view", "survey_view", "video", "resource", "grade_view", "view",
)  # fmt: skip
TYPES: Mapping[str, str] = {
    **_each(VIDEO, "video"),
    **_each(FORUM, "forum discussion thread forum-topic forum-reply reply comment message chat-room chat-channel post"
                   " blog blog-post"),
    **_each(QUIZ, "assessment quiz question cmi.interaction interaction solution test exam attempt h5p hvp"),
    **_each(ASSIGNMENT, "assignment school-assignment assign workshop performance project submission"),
    **_each(SURVEY, "survey questionnaire poll feedback choice"),
    **_each(GRADE, "gradebook grade-report user-report grade-classification grade"),
    **_each(VIEW, "course lms system site course-category category profile dashboard"),
    **_each(RESOURCE, "page link document module file media article book chapter lesson web-page webpage web-link"
                      " web-content resource resources slide slide-deck audio simulation content-object block url"
                      " folder image objective section training-sequence scorm external-activity"
                      " collaborative-content glossary wiki"),
}  # fmt: skip
COURSES = _all("course lms system site course-category")
QUESTIONS = _all("question cmi.interaction interaction solution")
THREADS = _all("discussion thread forum-topic blog-post")
POSTS = _all("forum-reply reply comment message post")
MOODLE: Mapping[str, str] = {
    **_each(FORUM, "forum hsuforum"), **_each(QUIZ, "quiz h5pactivity hvp scorm lesson"),
    **_each(ASSIGNMENT, "assign workshop"), **_each(SURVEY, "feedback questionnaire survey choice"),
}  # fmt: skip
"""Moodle's plugin calls every activity a module: its address (`/mod/quiz/view.php`) says which."""
_MODULE = re.compile(r"/mod/([a-z0-9_]+)/")


def word(iri: str) -> str:
    """Return the last part of an IRI, in small letters."""
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2].casefold()


def kind_of(type_iri: str, activity: str) -> str:
    """Return the kind of what was opened: by its type, or by its address in Moodle; `view` when neither says."""
    known = TYPES.get(word(type_iri), "") if type_iri else ""
    module = _MODULE.search(activity) if "/mod/" in activity else None
    if module and known in ("", RESOURCE):
        return MOODLE.get(module[1], RESOURCE)
    return known or VIEW
