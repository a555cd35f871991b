"""The complete chain of an enrolment: its dates, then alert, decision, actions, outcome, in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from serving import choices
from serving.language import Speech, mark
from serving.pages import within_a_sentence
from serving.quality import repository as evidence
from serving.quality.register import Register, Step
from serving.quality.replaying import ALERT, Standing, Which, replay
from serving.quality.sample import repository
from serving.quality.sample.meetings import Meeting, Meetings, read_meetings
from serving.quality.scope import Scope
from serving.tables import Alert, Roster

WAITING = {
    "open": mark("No action yet: the alert is still to be looked at."),
    "acknowledged": mark("No action is recorded yet: the alert was taken on."),
    "in_contact": mark("No action is recorded: the learner was only marked in contact."),
    "snoozed": mark("No action yet: the alert was put off."),
}
"""What is said of an alert that is not closed and has no action, by its state."""


@dataclass(frozen=True)
class AlertChain:
    """One alert: why it was raised, every step taken, and what is said when nothing was done."""

    number: int
    opened_on: date
    kind: str
    state: str
    reasons: tuple[str, ...]
    steps: tuple[Step, ...]
    n_actions: int
    said: str


@dataclass(frozen=True)
class Chain:
    """One enrolment, from its first day to what is known of its end.

    `apart` are the steps that belong to no alert. `said`: what is said when no alert was raised, empty otherwise.
    """

    enrolment_id: int
    learner: str
    session: str
    course_id: str
    started_on: date
    planned_end_on: date
    ended_on: date | None
    outcome: str
    alerts: tuple[AlertChain, ...]
    apart: tuple[Step, ...]
    appointments: tuple[Meeting, ...]
    said: str

    @property
    def n_actions(self) -> int:
        """Actions recorded, of an alert or of none."""
        return sum(one.n_actions for one in self.alerts) + len(self.apart)


@dataclass(frozen=True)
class _Found:
    """What was read at once for several enrolments."""

    steps: Sequence[Step]
    standing: Mapping[Which, Standing]
    alerts: Sequence[Alert]
    meetings: Meetings


def chains(scope: Scope, ids: Collection[int]) -> list[Chain]:
    """Return the chains of enrolments in the order asked, as they stood at the end of a scope's days.

    All their life is told, from before the first day too. One that left the roster is left out.
    """
    before = scope.instants()[1]
    among = evidence.Among(enrolment_ids=ids, before=before)
    found = _Found(
        Register(scope.speech, scope.words, scope.directory).steps(scope.session, among),
        replay([row.JournalEntry for row in evidence.register(scope.session, among=among)]),
        repository.alerts(scope.session, ids, before=before),
        read_meetings(scope, ids),
    )
    known = repository.enrolments(scope.session, ids)
    names = scope.learners([row.learner_id for row in known.values()])
    return [_chain(scope, known[one], names[known[one].learner_id], found) for one in ids if one in known]


def _chain(scope: Scope, row: Roster, name: str, found: _Found) -> Chain:
    mine = [step for step in found.steps if step.enrolment_id == row.enrolment_id]
    alerts = tuple(_alert(scope, one, mine, found) for one in found.alerts if one.enrolment_id == row.enrolment_id)
    meetings = [one for one in found.meetings.rows if one.enrolment_id == row.enrolment_id]
    say = scope.speech.say
    return Chain(
        enrolment_id=row.enrolment_id,
        learner=name,
        session=row.session_name,
        course_id=row.course_id,
        started_on=row.started_on,
        planned_end_on=row.planned_end_on,
        ended_on=row.ended_on,
        outcome=say(choices.LEARNER_OUTCOMES[row.outcome]) if row.outcome in choices.LEARNER_OUTCOMES else row.outcome,
        alerts=alerts,
        apart=tuple(step for step in mine if step.alert_id is None),
        appointments=tuple(found.meetings.told(one, scope.speech) for one in meetings),
        said="" if alerts else say("No alert was raised for this enrolment."),
    )


def _alert(scope: Scope, alert: Alert, steps: Sequence[Step], found: _Found) -> AlertChain:
    say, language = scope.speech.say, scope.speech.language
    mine = tuple(step for step in steps if step.alert_id == alert.id)
    state, outcome, n_actions = found.standing.get((ALERT, alert.id), (alert.state, alert.outcome, 0))
    reasons = [
        scope.words.sentence(one["feature"], one.get("value"), one.get("previous"), lang=language)
        for one in alert.reasons
    ]
    return AlertChain(
        number=alert.id,
        opened_on=alert.opened_on,
        kind=say(choices.ALERT_KINDS[alert.kind]) if alert.kind in choices.ALERT_KINDS else alert.kind,
        state=say(choices.STATES[state]) if state in choices.STATES else state,
        reasons=tuple(text[:1].upper() + text[1:] for text in reasons),
        steps=tuple(sorted([*mine, *found.meetings.steps(alert.id)], key=lambda step: step.number)),
        n_actions=n_actions,
        said="" if n_actions else unacted(scope.speech, state, outcome, mine[-1].grounds if mine else ""),
    )


def unacted(speech: Speech, state: str, outcome: str | None, grounds: str) -> str:
    """Return what is said of an alert without an action: why there is none, or that none is there yet.

    Parameters
    ----------
    grounds : why Filrouge itself closed the alert, in words; empty otherwise.
    """
    if state in WAITING:
        return speech.say(WAITING[state])
    if outcome in choices.OUTCOMES:
        because = within_a_sentence(speech.say(choices.OUTCOMES[outcome]))
        return speech.say("No action, because the alert was closed with this outcome: %(outcome)s.", outcome=because)
    if grounds:
        because = within_a_sentence(grounds)
        return speech.say("No action, because Filrouge closed the alert by itself: %(grounds)s.", grounds=because)
    return speech.say("No action was recorded, and no reason is known.")


def told(step: Step, speech: Speech) -> str:
    """Return what a step says beyond its name, in sentences; empty when there is nothing more."""
    say, within = speech.say, within_a_sentence
    parts = [step.about] if step.about else []
    if step.kind and step.done_on:
        done = say("done on %(day)s: %(result)s", day=speech.day(step.done_on), result=within(step.result))
        parts.append(f"{step.kind} ({within(step.channel)}), {done}.")
    if step.next_step and step.next_step_on:
        what, day = within(step.next_step), speech.day(step.next_step_on)
        parts.append(say("Next: %(step)s, on %(day)s.", step=what, day=day))
    if step.outcome:
        parts.append(say("Outcome: %(outcome)s", outcome=within(step.outcome)) + ".")
    if step.motives:
        parts.append(say("Motives told: %(motives)s.", motives=_listed(step.motives)))
    if step.put_off_until:
        parts.append(say("Put off until %(day)s.", day=speech.day(step.put_off_until)))
    if step.given_to:
        parts.append(say("Given to %(name)s.", name=step.given_to))
    if step.grounds:
        parts.append(say("Grounds: %(grounds)s.", grounds=_listed(step.grounds)))
    return " ".join(parts)


def _listed(texts: str) -> str:
    """Return a list of words as it stands inside a sentence."""
    return " ; ".join(within_a_sentence(one) for one in texts.split(" ; "))
