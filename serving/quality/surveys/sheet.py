"""Survey chasing as a sheet of evidence."""

from __future__ import annotations

from serving.language import mark
from serving.quality import words
from serving.quality.delays import in_force
from serving.quality.scope import Scope
from serving.quality.sheets import Sheet
from serving.quality.surveys import repository, service
from serving.quality.surveys.policy import NOT_DUE

COLUMNS = (
    mark("Session"), mark("Learner"), mark("End of the training"), mark("Wave"), mark("Due on"), mark("Sent on"),
    mark("Answered on"), mark("Reminders"), mark("Last reminder"), mark("Standing"),
)  # fmt: skip
NOTE = mark(
    "Waves due between these days for trainings that ended, by the records imported. "
    "Anonymous surveys are never joined to a person: they are not here."
)


def sheet(scope: Scope) -> Sheet:
    """Return the waves due between two days, by day, session and enrolment."""
    pace = in_force(scope.session, scope.today).surveys
    found = [
        one
        for one in service.standings(scope.session, scope.records, today=scope.today, pace=pace)
        if scope.from_on <= one.due_on <= scope.until_on and one.state != NOT_DUE
    ]
    found.sort(key=lambda one: (one.due_on, one.ended.session_id, one.ended.enrolment_id, one.wave))
    say, names = scope.speech.say, scope.learners({one.ended.learner_id for one in found})
    sessions = repository.session_names(scope.session)
    rows = tuple(
        (
            sessions.get(one.ended.session_id, one.ended.session_id), names[one.ended.learner_id], one.ended.ended_on,
            say(words.WAVES[one.wave]), one.due_on, one.sent_on, one.answered_on, len(one.chased_on),
            one.chased_on[-1] if one.chased_on else None, say(words.WAVE_STANDINGS[one.state]),
        )
        for one in found
    )  # fmt: skip
    return Sheet("surveys", say(mark("Survey chasing")), tuple(say(one) for one in COLUMNS), rows, say(NOTE))
