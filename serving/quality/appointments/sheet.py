"""Appointments as a sheet of evidence."""

from __future__ import annotations

from serving import choices
from serving.accounts.repository import display_names
from serving.language import mark
from serving.quality import words
from serving.quality.appointments import repository, service
from serving.quality.scope import Scope
from serving.quality.sheets import Sheet

COLUMNS = (
    mark("No."), mark("On"), mark("Minutes"), mark("Learner"), mark("Session"), mark("Nature"), mark("Channel"),
    mark("State"), mark("Alert"), mark("Action recorded"), mark("Planned by"),
)  # fmt: skip
NOTE = mark(
    "Appointments agreed on during these days, or whose day is one of them, as they stood at the end of the day of "
    "this sheet."
)


def sheet(scope: Scope) -> Sheet:
    """Return the appointments agreed on between two days, or held between them, in their order."""
    say, zone = scope.speech.say, scope.speech.zone
    found = [
        row
        for row in reversed(repository.listed(scope.session))
        if any(
            scope.from_on <= moment.astimezone(zone).date() <= scope.until_on
            for moment in (row.Appointment.at, row.Appointment.created_at)
        )
    ]
    names = scope.learners({row.Roster.learner_id for row in found if row.Roster})
    authors, then = display_names(scope.session), service.as_of(scope.session, scope.over)
    rows = tuple(
        (
            one.id, one.at, one.minutes, names[who.learner_id] if who else None, who.session_name if who else None,
            say(words.APPOINTMENT_KINDS[one.kind]), say(choices.CHANNELS[one.channel]),
            say(words.APPOINTMENT_STATES[state]), one.alert_id, action_id, authors.get(one.created_by),
        )
        for one, who in found
        for state, action_id in [then.get(one.id, (one.state, one.action_id))]
    )  # fmt: skip
    return Sheet("appointments", say(mark("Appointments")), tuple(say(c) for c in COLUMNS), rows, say(NOTE))
