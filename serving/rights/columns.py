"""The words of each column that an access tells: who asks what is held on them is not told the names of our tables."""

from __future__ import annotations

from serving.language import mark
from serving.quality.words import FIELDS

_NUMBERS = {
    "enrolment_id": mark("Enrolment (number)"),
    "learner_id": mark("Learner (number)"),
    "record_id": mark("Record (number)"),
    "resource_id": mark("Resource (number)"),
    "thread_id": mark("Thread (number)"),
    "parent_id": mark("Answers the message (number)"),
    "assessment_id": mark("Assessment (number)"),
    "survey_id": mark("Survey (number)"),
    "slot_id": mark("Slot (number)"),
    "run_id": mark("List of scores (number)"),
    "alert_id": mark("Alert (number)"),
    "action_id": mark("Action (number)"),
    "improvement_id": mark("Improvement (number)"),
}
"""Numbers that tie one row to another: told at the end of a line."""
_STAFF = {
    "mentor_id": mark("Mentor"),
    "author_id": mark("Author"),
    "created_by": mark("Written by"),
    "changed_by": mark("Changed by"),
    "handled_by": mark("Handled by"),
    "deputy_id": mark("Deputy mentor"),
    "closed_by": mark("Closed by"),
}
_RECORDS = {
    "source": mark("Source"),
    "source_id": mark("Identifier in this source"),
    "display_name": mark("Name"),
    "email": mark("E-mail"),
    "course_id": mark("Course"),
    "session_id": mark("Session"),
    "session_name": mark("Title of the session"),
    "registered_on": mark("Enrolment known on"),
    "started_on": mark("First day expected"),
    "planned_end_on": mark("Planned end"),
    "ended_on": mark("Left or ended on"),
    "outcome": mark("Outcome"),
    "outcome_known_on": mark("Outcome known on"),
    "passed": mark("Passed"),
    "result_known_on": mark("Result known on"),
    "motives": mark("Why they left"),
    "funding": mark("Who pays"),
    "modality": mark("Way of training"),
    "prior_attempts": mark("Earlier enrolments in the same course"),
    "credits": mark("Load studied at once (credits)"),
    "known_at": mark("Known to the organisation at"),
    "known_on": mark("Day known to the organisation"),
    "occurred_from": mark("Began"),
    "occurred_to": mark("Ended"),
    "count": mark("Number of actions"),
    "author_role": mark("Who wrote"),
    "is_question": mark("Asks a question"),
    "n_words": mark("Length in words"),
    "tone": mark("Tone (from -1 to 1)"),
    "intent_to_leave": mark("Says they may stop"),
    "distress": mark("Says they are in difficulty"),
    "technical_trouble": mark("Says that a tool does not work"),
    "thanks": mark("Thanks somebody"),
    "polite": mark("Has polite words"),
    "reactions": mark("Reactions received"),
    "occurred_at": mark("Posted at"),
    "attempt": mark("Attempt"),
    "submitted_at": mark("Handed in at"),
    "submitted_on": mark("Day handed in"),
    "auto_submitted": mark("Closed by the system, not by the learner"),
    "banked": mark("Carried over from an earlier session"),
    "score": mark("Mark (share of the maximum)"),
    "score_known_on": mark("Mark released on"),
    "question": mark("Question"),
    "scale": mark("Scale of the answer"),
    "sent_on": mark("Asked on"),
    "starts_at": mark("Began"),
    "status": mark("Presence"),
    "minutes": mark("Minutes"),
    "age_band": mark("Age band"),
    "gender": mark("Sex"),
    "disability": mark("Declared disability"),
    "contacted_on": mark("Done on"),
    "kept_until": mark("Kept until"),
    "text": mark("Text"),
}
_COMPUTED = {
    "as_of_on": mark("As of"),
    "day_of_course": mark("Day of the training"),
    "probability": mark("Estimated risk (from 0 to 1)"),
    "low": mark("Risk, at the lowest"),
    "high": mark("Risk, at the highest"),
    "rank": mark("Place in the list"),
    "regular": mark("Is active regularly"),
    "history_days": mark("Days followed"),
    "silent_days": mark("Days without activity, closures not counted"),
    "reasons": mark("Reasons of the estimate"),
    "signals": mark("Signals seen"),
    "model": mark("Model"),
    "file": mark("File"),
    "rows": mark("Lines"),
}
_WORK = {
    "id": mark("Number"),
    "seq": mark("Entry of the journal"),
    "at": mark("Written down at"),
    "event": mark("Step"),
    "details": mark("Details"),
    "opened_at": mark("Opened at"),
    "opened_on": mark("Day of opening"),
    "kind": mark("Nature"),
    "kinds": mark("Grounds"),
    "state": mark("State"),
    "state_at": mark("In this state since"),
    "closed_at": mark("Closed at"),
    "closed_on": mark("Closed on"),
    "version": mark("Version"),
    "snoozed_until": mark("Put off until"),
    "escalated_on": mark("Sent to the course lead on"),
    "reopened_on": mark("Opened again on"),
    "useful": mark("Judged useful"),
    "reason": mark("Reason"),
    "until_on": mark("Looked at again on"),
    "channel": mark("Channel"),
    "wave": mark("Wave"),
    "chased_on": mark("Done on"),
    "done_on": mark("Done on"),
    "recorded_at": mark("Written down at"),
    "created_at": mark("Written down at"),
    "result": mark("Result"),
    "next_step": mark("Next step"),
    "next_step_on": mark("Next step on"),
    "note": mark("Note of the author"),
    "due_on": mark("Due on"),
    "decided_on": mark("Drawn on"),
    "first": mark("Put first"),
    "chance": mark("Chance of being put first (from 0 to 1)"),
    "stored_at": mark("Arrived at"),
    "body": mark("What arrived, word for word"),
    "gap": mark("Missing proof"),
    "table": mark("Where"),
    "decided_at": mark("Decided at"),
    "purpose": mark("Use of data"),
    "choice": mark("Decision"),
}
COLUMNS = {**FIELDS, **_NUMBERS, **_STAFF, **_RECORDS, **_COMPUTED, **_WORK}
"""The words of a column, whatever table it is in."""
OF_TABLE = {
    ("activity", "kind"): mark("What was done"),
    ("contacts", "kind"): mark("What was done"),
    ("contacts", "outcome"): mark("Result"),
    ("survey_answers", "value"): mark("Answer"),
    ("alerts", "kind"): mark("First ground"),
    ("alerts", "reasons"): mark("What was seen"),
    ("alerts", "closed_on"): mark("Day of closing"),
    ("held_alerts", "kind"): mark("First ground"),
    ("held_alerts", "reason"): mark("Why it was not opened"),
    ("live_scores", "at"): mark("Worked out at"),
    ("appointments", "at"): mark("Agreed for"),
    ("rights_requests", "kind"): mark("What was asked"),
    ("rights_requests", "done_on"): mark("Settled on"),
    ("justifications", "subject"): mark("About"),
    ("received_batches", "rows"): mark("What waits"),
}
"""The words of a column that says something else in one table."""
WAITING = {
    "person": mark("Learner (identifier in their source)"),
    "role": mark("Role"),
    "name": mark("Name"),
    "key": mark("Enrolment (number)"),
    "mentor": mark("Mentor"),
    "course": mark("Course"),
    "resource": mark("Resource (number)"),
    "post": mark("Message (number)"),
    "thread": mark("Thread (number)"),
    "parent": mark("Answers the message (number)"),
    "assessment": mark("Assessment (number)"),
    "result": mark("Result (number)"),
    "survey": mark("Survey (number)"),
    "slot": mark("Slot (number)"),
    "contact": mark("Contact (number)"),
    "occurred_at": mark("Began"),
    "value": mark("Answer"),
}
"""The words of the columns of what waits for its import, where a source calls them otherwise."""
DETAILS = {
    "as_of": mark("As of"),
    "run": mark("List of scores (number)"),
    "live": mark("Worked out during the day"),
    "given_to": mark("Given to"),
    "appointment": mark("Appointment (number)"),
    "complaint": mark("Complaint (number)"),
    "improvement": mark("Improvement (number)"),
    "alert": mark("Alert (number)"),
    "chase": mark("Reminder (number)"),
    "on": mark("Done on"),
    "undone": mark("Step taken back"),
}
"""The words of what an entry of the journal tells beside its columns."""
BEFORE, DIGEST = mark("%(what)s, before"), mark("Seal of what was written (%(what)s)")
ELSEWHERE = {
    "backups": mark("Backups"),
    "mentor_rules": mark("Limits of a mentor's alerts"),
    "retention_runs": mark("Retention"),
    "course_settings": mark("Decisions on a course"),
    "draw_settings": mark("Decisions on draws by lot"),
    "improvements": mark("Plan of improvements"),
    "playbooks": mark("Playbooks"),
    "procedure_versions": mark("Procedure"),
    "session_signals": mark("Signals on a session"),
    "survey_waves": mark("Waves of surveys"),
    "outbox": mark("Messages that leave"),
}
"""Tables where people write that are not of persons: a note of one may name somebody."""


def name(table: str, column: str) -> str | None:
    """Return the words of a column, in English, None when it has none.

    >>> name("activity", "kind"), name("actions", "kind"), name("actions", "invented_on")
    ('What was done', 'Nature', None)
    """
    here = WAITING.get(column) if table == "received_batches" else None
    return OF_TABLE.get((table, column)) or here or COLUMNS.get(column)


def comes_last(column: str) -> bool:
    """Tell whether a column is a number that ties rows together, told after what reads well."""
    return column in _NUMBERS
