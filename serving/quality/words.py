"""The words of what a quality team follows; English here, French in `locales/`."""

from __future__ import annotations

from collections.abc import Mapping

from serving.language import Speech, mark

GAPS = {
    "closed_without_contact": mark("Alert closed without a dated contact"),
    "open_without_action": mark("Alert open, and nothing done"),
    "action_without_result": mark("Attempt without an outcome"),
    "next_step_passed": mark("Promised step that did not follow"),
    "appointment_unsettled": mark("Appointment past, neither kept nor missed"),
    "appointment_unrecorded": mark("Appointment kept, nothing recorded"),
    "survey_not_sent": mark("Survey due and never sent"),
    "survey_not_chased": mark("Survey without an answer, never chased"),
    "complaint_unacknowledged": mark("Complaint not acknowledged"),
    "complaint_unanswered": mark("Complaint not answered"),
    "improvement_late": mark("Improvement past its deadline"),
    "improvement_unchecked": mark("Improvement whose effect was never checked"),
    "abandonment_untraced": mark("Abandonment without a trace of prevention"),
    "absence_not_reminded": mark("Absences without a written reminder"),
    "silence_not_reminded": mark("Silence without a reminder"),
    "abandonment_undecided": mark("Abandonment to declare, or not"),
    "abandonment_untold": mark("Abandonment not told in writing"),
    "breach_untold": mark("Personal-data breach not told to the authority"),
}
MISSING = {
    "closed_without_contact": mark("A contact with the learner, with its day."),
    "open_without_action": mark("An action, or the reason for which there is none."),
    "action_without_result": mark("What came of the attempt: another contact, or the alert's outcome."),
    "next_step_passed": mark("What was done at the step promised."),
    "appointment_unsettled": mark("Whether the appointment was kept, missed or cancelled."),
    "appointment_unrecorded": mark("The action recorded after the appointment."),
    "survey_not_sent": mark("The sending of the survey."),
    "survey_not_chased": mark("A reminder, with its day and its channel."),
    "complaint_unacknowledged": mark("The day on which its receipt was acknowledged."),
    "complaint_unanswered": mark("The answer and its day."),
    "improvement_late": mark("What was done, or a new deadline."),
    "improvement_unchecked": mark("Whether it had the effect wanted, and on which day that was seen."),
    "abandonment_untraced": mark("What was tried before or after the learner left."),
    "absence_not_reminded": mark("A written reminder, with its day: an e-mail, a text message, a letter."),
    "silence_not_reminded": mark("A reminder, with its day and its channel."),
    "abandonment_undecided": mark(
        "Nobody could reach the learner: close the alert as abandoned, or say what comes next."
    ),
    "abandonment_untold": mark("The e-mail or the letter to the learner; the client and the funder are told with it."),
    "breach_untold": mark("The day on which the authority was told, or why it need not be."),
}
CLOCKS = {
    "abandonment_untold": mark("Tell the learner, the client and the funder of the abandonment"),
    "breach_untold": mark("Tell the authority of the personal-data breach"),
}
"""What is to be done before a delay in hours is over."""
TURNS = {
    "mentor": mark("Mentor"),
    "course_lead": mark("Course lead"),
    "quality": mark("Quality"),
}
APPOINTMENT_STATES = {
    "planned": mark("Planned"),
    "kept": mark("Kept as agreed"),
    "missed": mark("Missed"),
    "cancelled": mark("Cancelled"),
}
APPOINTMENT_KINDS = {
    "interview": mark("Interview"),
    "review": mark("Progress review"),
    "company_visit": mark("Company visit"),
    "mediation": mark("Mediation"),
}
IMPROVEMENT_STATES = {
    "planned": mark("Decided"),
    "under_way": mark("Under way"),
    "done": mark("Done, effect to check"),
    "checked": mark("Effect checked"),
    "dropped": mark("Not pursued"),
}
IMPROVEMENT_SOURCES = {
    "audit": mark("Audit"),
    "complaint": mark("Complaint"),
    "survey": mark("Survey"),
    "figure": mark("Key figure"),
    "missing_proof": mark("Missing proof"),
    "other": mark("Another source"),
}
COMPLAINT_KINDS = {
    "complaint": mark("Complaint"),
    "difficulty": mark("Difficulty"),
    "incident": mark("Incident"),
}
COMPLAINT_SUBJECTS = {
    "content": mark("Content or level"),
    "teaching": mark("Teaching and follow-up"),
    "organisation": mark("Organisation, timetable"),
    "platform": mark("Platform, tools"),
    "relations": mark("Relations"),
    "accessibility": mark("Accessibility, disability"),
    "funding": mark("Contract, funding"),
    "personal_data": mark("Personal data"),
    "other": mark("Another subject"),
}
TOLD_BY = {
    "learner": mark("Learner"),
    "company": mark("Company"),
    "funder": mark("Funder"),
    "trainer": mark("Trainer"),
    "mentor": mark("Mentor"),
    "other": mark("Somebody else"),
}
COMPLAINT_STATES = {
    "received": mark("Received"),
    "acknowledged": mark("Acknowledged"),
    "answered": mark("Answered"),
    "closed": mark("Closed for good"),
}
COMPLAINT_OUTCOMES = {
    "settled": mark("Settled"),
    "partly": mark("Partly settled"),
    "unfounded": mark("Not upheld"),
    "withdrawn": mark("Withdrawn"),
}
WAVES = {
    "immediate": mark("At the end of the training"),
    "one_month": mark("One month after"),
    "three_months": mark("Three months after"),
    "six_months": mark("Six months after"),
}
WAVE_STANDINGS = {
    "not_due": mark("Not due yet"),
    "to_send": mark("Never sent"),
    "waiting": mark("Sent, an answer is awaited"),
    "to_chase": mark("To chase"),
    "enough": mark("Chased enough, no answer"),
    "answered": mark("Answered"),
}
CHASE_CHANNELS = {"email": mark("E-mail"), "phone": mark("Telephone")}
HISTORY = {
    "improvement_recorded": mark("Written down"),
    "improvement_changed": mark("Changed"),
    "complaint_recorded": mark("Written down"),
    "complaint_changed": mark("Changed"),
}
REWORDED = mark("(words changed since; those of then are not kept)")
APPOINTMENT_STEPS = {
    "appointment_planned": mark("Appointment agreed on"),
    "appointment_kept": mark("Appointment kept"),
    "appointment_missed": mark("Appointment missed"),
    "appointment_cancelled": mark("Appointment cancelled"),
    "appointment_planned_again": mark("Appointment planned again"),
    "appointment_told": mark("Appointment told by an action"),
}
INDICATORS = {str(number): str(number) for number in range(1, 33)}
STANDARD_INDICATORS = {"": mark("Not tied to an indicator"), **INDICATORS}
FIELDS = {
    "indicator": mark("Indicator"),
    "source": mark("Where from"),
    "source_key": mark("Complaint"),
    "finding": mark("Finding"),
    "decision": mark("Decision"),
    "owner": mark("Owner"),
    "due_on": mark("Deadline"),
    "state": mark("State"),
    "done_on": mark("Done on"),
    "effect": mark("Effect seen"),
    "effective": mark("Effective"),
    "checked_on": mark("Checked on"),
    "kind": mark("Nature"),
    "subject": mark("Subject"),
    "told_by": mark("Told by"),
    "channel": mark("Channel"),
    "session": mark("Session"),
    "outcome": mark("Outcome"),
    "improvement": mark("Improvement"),
    "received_on": mark("Received on"),
    "acknowledged_on": mark("Acknowledged on"),
    "answered_on": mark("Answered on"),
    "closed_on": mark("Closed on"),
    "authority_told_on": mark("Authority told on"),
    "summary": mark("Summary"),
    "answer": mark("Answer"),
}
"""The fields of an improvement and of a complaint, as their history names them."""


def text(words: str, reworded: bool, speech: Speech) -> str | None:
    """Return a text as it was, that it was changed since where it was, None when it was empty."""
    return (speech.say(REWORDED) if reworded else words) or None


def spoken(words: Mapping[str, str], speech: Speech) -> list[tuple[str, str]]:
    """Return codes with their words in a language, for a list to choose from."""
    return [(code, speech.say(word) if word else word) for code, word in words.items()]


DIFFERS = {
    "alert": mark("Alert no. %(n)s is not where the journal left it."),
    "action": mark("Action no. %(n)s is not as the journal wrote it."),
    "complaint": mark("Complaint no. %(n)s is not where the journal left it."),
    "improvement": mark("Improvement no. %(n)s is not where the journal left it."),
}
"""What is said of a row that the journal and its table tell otherwise."""
