"""Which proofs are missing: pure functions from what happened to gaps; a table of cases tests each.

A gap is told from the day after its delay is over (`today > until_on`), so that whatever is in the inbox is late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from serving.quality.delays import Delays, Promises
from serving.quality.proofs import promised
from serving.quality.proofs.facts import (
    COURSE_LEAD,
    MENTOR,
    QUALITY,
    ActionSeen,
    AlertSeen,
    AppointmentSeen,
    ComplaintSeen,
    Facts,
    Gap,
    ImprovementSeen,
    after,
)
from serving.quality.surveys import policy as surveys

UNREACHED = ("left_message", "no_answer")
REASONED = ("false_alarm", "already_known")
"""Outcomes of an alert set aside that are themselves the reason for which nobody was contacted."""
SYSTEM = "system"


def closed_without_contact(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Alerts that a person closed without an action dated since they opened; set aside with a reason, they have one."""
    for one in facts.alerts:
        if one.closed_on is None or one.closed_by == SYSTEM or one.outcome in REASONED or _acted(facts, one):
            continue
        until = after(one.closed_on, delays.contact_after_closing)
        yield _of_alert("closed_without_contact", one, one.closed_on, until)


def open_without_action(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Open alerts without an action since they opened, beyond the delay or the day until which they were put off."""
    for one in facts.alerts:
        if one.closed_on is not None or _acted(facts, one):
            continue
        until = after(one.began_on, delays.first_action)
        yield _of_alert("open_without_action", one, one.began_on, max(until, one.snoozed_until or until))


def _of_alert(kind: str, one: AlertSeen, since: date, until: date) -> Gap:
    turn = COURSE_LEAD if one.escalated else MENTOR
    subject = f"{one.alert_id}" if one.reopened_on is None else f"{one.alert_id}:{one.reopened_on.isoformat()}"
    return Gap(kind, subject, turn, since, until, one.alert_id, one.enrolment_id)


def _acted(facts: Facts, alert: AlertSeen) -> bool:
    return any(action.done_on >= alert.began_on for action in facts.actions.get(alert.enrolment_id, ()))


def action_without_result(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Last attempts that reached nobody and promised no dated step, with no outcome of an alert since."""
    for action in _last(facts):
        if action.result in UNREACHED and action.next_step_on is None and not _concluded(facts, action):
            yield _of_action("action_without_result", action, action.done_on, after(action.done_on, delays.result))


def next_step_passed(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Steps promised by the last action whose day is over: nothing was recorded since, no appointment was made."""
    for action in _last(facts):
        if action.next_step_on is None or _met(facts, action) or _gone_by(facts, action, action.next_step_on):
            continue
        until = after(action.next_step_on, delays.next_step)
        yield _of_action("next_step_passed", action, action.next_step_on, until)


def _of_action(kind: str, action: ActionSeen, since: date, until: date) -> Gap:
    return Gap(kind, str(action.action_id), MENTOR, since, until, action.action_id, action.enrolment_id)


def _last(facts: Facts) -> Iterable[ActionSeen]:
    return (actions[-1] for actions in facts.actions.values() if actions)


def _concluded(facts: Facts, action: ActionSeen) -> bool:
    """Whether an alert was closed after an action, or the learner left: that is what came of it."""
    closed = (one.closed_on for one in facts.alerts if one.enrolment_id == action.enrolment_id)
    return action.enrolment_id in facts.gone or any(day is not None and day >= action.done_on for day in closed)


def _gone_by(facts: Facts, action: ActionSeen, day: date) -> bool:
    return action.enrolment_id in facts.gone and facts.gone[action.enrolment_id] <= day


def _met(facts: Facts, action: ActionSeen) -> bool:
    return any(
        one.enrolment_id == action.enrolment_id
        and one.state != "cancelled"
        and one.planned_on >= (action.recorded_on or action.done_on)
        for one in facts.appointments
    )


def appointment_unsettled(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Appointments past that are still said to be planned."""
    for one in facts.appointments:
        if one.state == "planned":
            yield _of_appointment("appointment_unsettled", one, delays)


def appointment_unrecorded(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Appointments kept of which no action tells."""
    for one in facts.appointments:
        if one.state == "kept" and not one.recorded:
            yield _of_appointment("appointment_unrecorded", one, delays)


def _of_appointment(kind: str, one: AppointmentSeen, delays: Delays) -> Gap:
    until = after(one.on, delays.appointment)
    return Gap(kind, str(one.appointment_id), MENTOR, one.on, until, one.appointment_id, one.enrolment_id)


def survey_not_sent(facts: Facts, _delays: Delays) -> Iterable[Gap]:
    """Waves that are due and were never sent; their standing has its own delays."""
    return (_of_wave("survey_not_sent", one, one.due_on) for one in facts.waves if one.state == surveys.TO_SEND)


def survey_not_chased(facts: Facts, _delays: Delays) -> Iterable[Gap]:
    """Surveys sent, not answered, and never chased."""
    for one in facts.waves:
        if one.state == surveys.TO_CHASE and not one.chased_on and one.sent_on is not None:
            yield _of_wave("survey_not_chased", one, one.sent_on)


def _of_wave(kind: str, one: surveys.Standing, since: date) -> Gap:
    who = one.ended.enrolment_id
    until = one.until_on or since
    return Gap(kind, f"{who}:{one.wave}", QUALITY, since, until, who, who, one.ended.session_id)


def complaint_unacknowledged(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Complaints whose receipt nobody acknowledged; an answer or an end is one."""
    for one in facts.complaints:
        if one.acknowledged_on is None and one.answered_on is None and one.closed_on is None:
            yield _of_complaint("complaint_unacknowledged", one, delays.acknowledge)


def complaint_unanswered(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Complaints that nobody answered nor closed."""
    for one in facts.complaints:
        if one.answered_on is None and one.closed_on is None:
            yield _of_complaint("complaint_unanswered", one, delays.answer)


def _of_complaint(kind: str, one: ComplaintSeen, days: int) -> Gap:
    until, number = after(one.received_on, days), one.complaint_id
    return Gap(kind, str(number), QUALITY, one.received_on, until, number, one.enrolment_id, one.session_id)


def improvement_late(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Improvements decided or under way past their deadline."""
    for one in facts.improvements:
        if one.state in ("planned", "under_way"):
            yield _of_improvement("improvement_late", one, one.due_on, delays.improvement)


def improvement_unchecked(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Improvements done whose effect nobody checked."""
    for one in facts.improvements:
        if one.state == "done":
            yield _of_improvement("improvement_unchecked", one, one.done_on or one.due_on, delays.check_effect)


def _of_improvement(kind: str, one: ImprovementSeen, since: date, days: int) -> Gap:
    return Gap(kind, str(one.improvement_id), QUALITY, since, after(since, days), one.improvement_id)


def abandonment_untraced(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Abandonments, since the register began, of learners for whom no action was ever recorded."""
    for one in facts.left:
        if not facts.actions.get(one.enrolment_id):
            until, who = after(one.ended_on, delays.abandonment), one.enrolment_id
            yield Gap("abandonment_untraced", str(who), MENTOR, one.ended_on, until, who, who)


RULES: dict[str, Callable[[Facts, Delays], Iterable[Gap]]] = {
    rule.__name__: rule
    for rule in (
        closed_without_contact, open_without_action, action_without_result, next_step_passed, appointment_unsettled,
        appointment_unrecorded, survey_not_sent, survey_not_chased, complaint_unacknowledged, complaint_unanswered,
        improvement_late, improvement_unchecked, abandonment_untraced, *promised.RULES,
    )
}  # fmt: skip
"""Each rule by the kind of gap it finds."""
DELAY_OF: dict[str, tuple[str, str]] = {
    "closed_without_contact": ("contact_after_closing", "the closing of the alert"),
    "open_without_action": ("first_action", "the opening of the alert, or the day until which it is put off"),
    "action_without_result": ("result", "the attempt"),
    "next_step_passed": ("next_step", "the day promised"),
    "appointment_unsettled": ("appointment", "the appointment"),
    "appointment_unrecorded": ("appointment", "the appointment"),
    "survey_not_sent": ("surveys.send_days", "the day of the wave"),
    "survey_not_chased": ("surveys.chase_days", "the sending"),
    "complaint_unacknowledged": ("acknowledge", "the receipt"),
    "complaint_unanswered": ("answer", "the receipt"),
    "improvement_late": ("improvement", "the deadline"),
    "improvement_unchecked": ("check_effect", "the day it was done"),
    "abandonment_untraced": ("abandonment", "the day the learner left"),
    "absence_not_reminded": ("first_action", "the absence from which a written reminder is due"),
    "silence_not_reminded": ("silence", "the last day on which something was seen"),
    "abandonment_undecided": ("decide", "the opening of the alert"),
    "abandonment_untold": ("tell_hours", "the end of the day the learner left"),
    "breach_untold": ("breach_hours", "the hour at which it was known"),
}
"""The delay of each rule, and the day from which it counts."""


def as_promised(find: Callable[[Delays], Iterable[Gap]], held: Promises) -> list[Gap]:
    """Return what is found by the delays of each version, of what began under it; the one due first at the head."""
    found = [gap for one in held.each() for gap in find(one) if held.on(gap.since_on) is one]
    return sorted(found, key=_order)


def _order(one: Gap) -> tuple[date, str, str]:
    return one.until_on, one.kind, one.subject


def gaps(facts: Facts, delays: Delays, *, today: date) -> list[Gap]:
    """Return every proof missing on a day, the one due first at the head."""
    found = [gap for rule in RULES.values() for gap in rule(facts, delays) if gap.until_on < today]
    return sorted(found, key=_order)


def clocks(facts: Facts, delays: Delays) -> list[Gap]:
    """Return what a delay in hours bounds and is not done yet, late or not, the one due first at the head."""
    found = [gap for kind in promised.CLOCKED for gap in RULES[kind](facts, delays)]
    return sorted(found, key=_order)
