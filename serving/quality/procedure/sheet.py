"""The procedure, its history, the courses and the standard as tables of evidence."""

from __future__ import annotations

from serving.accounts.repository import display_names
from serving.language import Speech, mark
from serving.quality.procedure import policy, repository, service
from serving.quality.procedure.applicability import NO, TYPE_WORDS, UNKNOWN, WHY, YES, Run, kind_of
from serving.quality.procedure.prose import sections
from serving.quality.procedure.service import CourseView
from serving.quality.scope import Scope
from serving.quality.sheets import Cell, Sheet

ANSWERS = {YES: mark("yes"), NO: mark("no"), UNKNOWN: mark("not known")}


def sheets(scope: Scope) -> tuple[Sheet, ...]:
    """Return the written procedure in force, its versions, the courses concerned, and the standard."""
    return written(scope), versions(scope), courses(scope), standard(scope)


def written(scope: Scope) -> Sheet:
    """Return the written procedure that holds on the last day told."""
    say, day = scope.speech.say, min(scope.until_on, scope.today)
    told = sections(service.procedure_on(scope.session, day), scope.speech)
    rows = tuple((title, text) for title, paragraphs in told for text in paragraphs)
    own = service.adopted_on(scope.session, day) is not None
    note = mark("The procedure in force.") if own else mark("Proposed by Filrouge: the organisation has set none yet.")
    return Sheet("procedure", say(mark("Procedure")), (say(mark("Part")), say(mark("Text"))), rows, say(note))


def versions(scope: Scope) -> Sheet:
    """Return the versions of the procedure written by the last day told, the latest to begin first."""
    say, authors = scope.speech.say, display_names(scope.session)
    heads = (mark("In force from"), mark("Why"), mark("Written by"), mark("Written on"))
    rows = tuple(
        (one.from_on, one.reason, authors.get(one.changed_by, ""), one.changed_at)
        for one in repository.versions(scope.session)
        if one.changed_at.astimezone(scope.speech.zone).date() <= min(scope.until_on, scope.today)
    )
    return Sheet("procedure_versions", say(mark("Versions of the procedure")), tuple(map(say, heads)), rows)


def courses(scope: Scope) -> Sheet:
    """Return whether indicator 12 holds for each course, and why."""
    say = scope.speech.say
    heads = (mark("Course"), mark("Title"), mark("Type of action"), mark("Hours"), mark("Sessions"),
             mark("Indicator 12 holds"), mark("Why"), mark("Reason given"))  # fmt: skip
    rows = tuple(
        (one.course_id, one.name, kinds(one, scope.speech), hours(one.runs), len(one.runs),
         say(ANSWERS[one.answer.applies]), say(WHY[one.answer.why]), one.answer.reason)
        for one in service.applicable(scope.session, scope.records, today=scope.today)
    )  # fmt: skip
    return Sheet("courses", say(mark("Courses and indicator 12")), tuple(map(say, heads)), rows)


def kinds(course: CourseView, speech: Speech) -> str:
    """Return the types of action of a course in words; those that are not concerned as the source writes them."""
    told = {run.action_type or "": kind_of(run.action_type) for run in course.runs}
    words = {
        speech.say(TYPE_WORDS[kind]) if kind else raw or speech.say(mark("not known")) for raw, kind in told.items()
    }
    return ", ".join(sorted(words))


def hours(runs: tuple[Run, ...]) -> Cell:
    """Return the planned hours of the latest session, None when they are not known."""
    return runs[-1].duration_hours if runs else None


def standard(scope: Scope) -> Sheet:
    """Return the standard's indicators, with the organisation's exact words where it put them in."""
    say, told = scope.speech.say, service.standard_of(scope.session, scope.speech.language)
    heads = (mark("Indicator"), mark("Title"), mark("What is asked"), mark("A gap may be"), mark("Proofs expected"))
    rows = tuple(
        (one.number, one.title, one.own or one.asked, ", ".join(say(LEVELS[level]) for level in one.levels),
         " ; ".join(one.proofs))
        for one in told.indicators
    )  # fmt: skip
    note = say(mark("%(name)s, version %(version)s of %(day)s."), name=told.name, version=told.version,
               day=scope.speech.day(told.dated_on))  # fmt: skip
    return Sheet("standard", say(mark("Standard")), tuple(map(say, heads)), rows, note)


LEVELS = {"minor": mark("minor"), "major": mark("major")}
FIELDS = {**{name: one.words for name, one in policy.BOUNDS.items()}, **policy.CONTACTS}
"""The words of each setting."""
