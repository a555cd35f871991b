"""The events of Moodle's Logs report, by their names in French and in English, and by their descriptions.

The report has neither the component nor the action of an event: its name, in the site's language, stands for them.
Descriptions are in English on every site: where a name is not known, its description may be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MODULE_VIEWED, QUIZ_SUBMITTED, WORK_SUBMITTED = "module viewed", "quiz submitted", "work submitted"
ENROLLED, COMPLETED = "enrolled", "completed"
KINDS = {
    "login": "login", "course viewed": "view", "forum viewed": "forum_view", "quiz viewed": "quiz_view",
    QUIZ_SUBMITTED: "quiz_view", "work viewed": "assignment_view", WORK_SUBMITTED: "assignment_view",
    "grades viewed": "grade_view", "survey answered": "survey_view", "part viewed": "resource", "joined": "video",
}  # fmt: skip
"""Kind of activity of each event but the view of a module, which depends on the module."""
NAMES = {
    "login": ("user has logged in", "utilisateur connecté", "l'utilisateur s'est connecté"),
    "course viewed": ("course viewed", "cours consulté", "dashboard viewed", "tableau de bord consulté"),
    MODULE_VIEWED: ("course module viewed", "module de cours consulté"),
    "forum viewed": ("discussion viewed", "discussion consultée", "course module instance list viewed forum"),
    "quiz viewed": (
        "quiz attempt started", "tentative de test commencée", "quiz attempt viewed", "tentative de test consultée",
        "quiz attempt summary viewed", "résumé de tentative de test consulté",
        "résumé de la tentative de test consulté", "quiz attempt reviewed", "tentative de test relue",
    ),
    QUIZ_SUBMITTED: ("quiz attempt submitted", "tentative de test envoyée"),
    "work viewed": (
        "the status of the submission has been viewed", "statut de la remise consulté",
        "le statut du travail remis a été consulté", "submission form viewed", "formulaire de remise consulté",
        "formulaire de remise de travail consulté", "feedback viewed", "feedback consulté",
    ),
    WORK_SUBMITTED: (
        "a submission has been submitted", "assessable submitted", "un travail a été remis", "travail remis",
        "une remise a été effectuée",
    ),
    "grades viewed": (
        "grade user report viewed", "rapport d'évaluation utilisateur consulté", "rapport du participant consulté",
        "grade overview report viewed", "rapport d'aperçu des notes consulté",
        "rapport d'évaluation de l'aperçu consulté", "grader report viewed", "rapport de l'évaluateur consulté",
    ),
    "survey answered": ("response submitted", "réponse remise", "réponse envoyée", "choice answer added"),
    "part viewed": ("chapter viewed", "chapitre consulté", "content page viewed", "page de contenu consultée"),
    "joined": ("meeting joined", "bigbluebutton session joined", "session rejointe", "réunion rejointe"),
    ENROLLED: ("user enrolled in course", "utilisateur inscrit dans un cours", "utilisateur inscrit au cours"),
    COMPLETED: ("course completed", "cours terminé", "cours achevé", "achèvement de cours"),
}  # fmt: skip
EVENTS = {name: event for event, names in NAMES.items() for name in names}
DESCRIBED = (
    (re.compile(r" viewed the '\w+' activity with (?:the )?course module id '"), MODULE_VIEWED),
    (re.compile(r" viewed the discussion with (?:the )?id '"), "forum viewed"),
    (re.compile(r" viewed the course with (?:the )?id '"), "course viewed"),
    (re.compile(r" has submitted the attempt with (?:the )?id '"), QUIZ_SUBMITTED),
    (re.compile(r" has (?:started|viewed) the attempt with (?:the )?id '"), "quiz viewed"),
    (re.compile(r" has reviewed quiz attempt with (?:the )?id '"), "quiz viewed"),
    (re.compile(r" has submitted the submission with (?:the )?id '"), WORK_SUBMITTED),
    (re.compile(r" (?:has )?viewed the submission (?:status )?(?:page|form)"), "work viewed"),
    (re.compile(r" viewed the \w+ report in the gradebook"), "grades viewed"),
    (re.compile(r" submitted response for '\w+' activity "), "survey answered"),
    (re.compile(r" has logged in\b"), "login"),
    (re.compile(r" enrolled the user with (?:the )?id '"), ENROLLED),
    (re.compile(r" completed the course with (?:the )?id '"), COMPLETED),
)
MODULES = {
    "forum": "forum", "test": "quiz", "quiz": "quiz", "devoir": "assign", "assignment": "assign",
    "feedback": "feedback", "enquête": "survey", "survey": "survey", "consultation": "survey", "sondage": "choice",
    "choice": "choice", "questionnaire": "questionnaire",
}  # fmt: skip
"""Modules by their names in the report, those that are not plain resources."""
OF_MODULES = {"forum": "forum_view", "quiz": "quiz_view", "assign": "assignment_view"} | dict.fromkeys(
    ("feedback", "survey", "choice", "questionnaire"), "survey_view"
)
VIDEO = re.compile(r"video|vidéo|bigbluebutton|zoom|teams", re.I)
SITE_ORIGINS = frozenset({"cli", "restore"})

_ACTOR = re.compile(r"\W*(?:the |a |l['’])?(?:user|utilisateur\w*)\b[^\d]{0,40}?(?<![\w])(-?\d+)\b", re.I)
_PEOPLE = re.compile(r"(?:user|utilisateur\w*) (?:with (?:the )?id|avec l['’]id(?:entifiant)?) ['‘’«]\s*(-?\d+)", re.I)
_PLACE = re.compile(r"(?:course module(?: with)?(?: the)? id|module de cours)[^\d]{0,30}?(\d+)", re.I)
_COURSE = re.compile(r"(?:course with (?:the )?id|cours (?:avec l['’]id|d['’]id\w*))[^\d]{0,4}(\d+)", re.I)
_MODULE = re.compile(r"'(\w+)' activity|activité ['‘’«]\s*(\w+)", re.I)
_HANDED = re.compile(r"(?:attempt|submission|tentative|remise) (?:with (?:the )?id|avec l['’]id) ['‘’«]\s*(\d+)", re.I)
_NUMBERED = (
    (_PLACE, ("course module", "module de cours")),
    (_COURSE, ("course with ", "cours avec ", "cours d")),
    (_HANDED, ("attempt ", "submission ", "tentative ", "remise ")),
)
"""What a description in plain letters must hold for a pattern to be worth a look."""
SHORT = 200
"""Characters of a description that is worth remembering: the same ones come again and again."""


@dataclass(frozen=True)
class Described:
    """What a description tells: numbers only."""

    people: tuple[str, ...]
    place: str | None
    course: str | None
    handed: str | None

    @property
    def actor(self) -> str | None:
        """Who did it."""
        return self.people[0] if self.people else None


def event_of(name: str, description: str) -> str:
    """Return which event a row is, by its name or else by its description; empty when it is not one we use."""
    known = EVENTS.get(plain(name).rstrip("."))
    if known:
        return known
    return next((event for shape, event in DESCRIBED if shape.search(description)), "")


def kind_of(event: str, component: str, description: str) -> str:
    """Return the kind of activity of an event; empty when it is none."""
    if event != MODULE_VIEWED:
        return KINDS.get(event, "")
    found = _MODULE.search(description)
    module = (found[1] or found[2]).lower() if found else MODULES.get(plain(component), plain(component))
    if module in OF_MODULES:
        return OF_MODULES[module]
    return "video" if VIDEO.search(module) else "resource"


def described(description: str) -> Described:
    """Return the numbers a description holds."""
    return (_described_again if len(description) <= SHORT else _described)(description)


def _described(description: str) -> Described:
    people = tuple(_PEOPLE.findall(description))
    if not people and (actor := _ACTOR.match(description)):
        people = (actor[1],)
    small = description.lower() if description.isascii() else ""
    place, course, handed = (_first(shape, description) if not small or any(map(small.__contains__, words)) else None
                             for shape, words in _NUMBERED)  # fmt: skip
    return Described(people, place, course, handed)


_described_again = lru_cache(maxsize=1 << 14)(_described)


@lru_cache(maxsize=1 << 14)
def plain(text: str) -> str:
    """Return a name as it is compared: small letters, straight quotes, single spaces."""
    return " ".join(text.replace("’", "'").replace("\u00a0", " ").casefold().split())


def _first(shape: re.Pattern[str], text: str) -> str | None:
    found = shape.search(text)
    return found[1] if found else None
