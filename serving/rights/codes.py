"""The words of each code that an access tells, by table and column."""

from __future__ import annotations

from collections.abc import Mapping

from serving import choices
from serving.language import mark
from serving.quality import words
from serving.rights import requests

ACTIVITY_KINDS = {
    "login": mark("Signed in"),
    "view": mark("Looked at a page"),
    "resource": mark("Opened a resource"),
    "video": mark("Watched a video"),
    "forum_view": mark("Read the community"),
    "quiz_view": mark("Looked at a quiz"),
    "assignment_view": mark("Looked at an assignment"),
    "grade_view": mark("Looked at their marks"),
    "survey_view": mark("Looked at a survey"),
    "other": mark("Something else"),
}
CONTACT_KINDS = {**choices.KINDS, "other": mark("Something else")}
LEARNER_OUTCOMES = {**choices.LEARNER_OUTCOMES, "transferred": mark("Went to another session")}
WRITERS = {**words.TOLD_BY, "staff": mark("The team")}
PRESENCE = {
    "present": mark("Present"),
    "late": mark("Came late"),
    "excused": mark("Absent, excused"),
    "absent": mark("Absent"),
}
QUESTIONS = {
    "nps": mark("Would you recommend the training?"),
    "satisfaction": mark("Satisfaction"),
    "confidence": mark("Confidence in succeeding"),
    "intention": mark("Means to go on"),
    "motivation": mark("Motivation"),
    "hours_available": mark("Hours available a week"),
    "prior_level": mark("Level before the training"),
}
"""Questions that Filrouge knows by code; an organisation's own ones stay as it wrote them."""
SCALES = {
    "nps": mark("from 0 to 10"),
    "likert5": mark("from 1 to 5"),
    "yes_no": mark("yes or no"),
    "intent": mark("stays, hesitates or leaves"),
    "number": mark("a number"),
    "choice": mark("number of the answer chosen"),
}
ANSWERS = {
    "yes_no": {1.0: mark("Yes"), 0.0: mark("No")},
    "intent": {1.0: mark("Stays"), 0.0: mark("Hesitates"), -1.0: mark("Leaves")},
}
"""What a figure means on a scale that is not one of figures."""
FEATURE_VALUES = {"flag": ANSWERS["yes_no"], "-1, 0 or 1": ANSWERS["intent"]}
"""What the figure of a feature means, by its unit."""
PERSON_SEX = {"F": mark("Woman"), "M": mark("Man")}
CLOSERS = {"person": mark("Somebody"), "system": mark("Filrouge, by itself")}
DECIDED = {
    "granted": mark("The learner agrees"),
    "withdrawn": mark("The learner takes their consent back"),
    "objected": mark("The learner objects"),
}
EVENTS = {
    **choices.EVENTS,
    **words.APPOINTMENT_STEPS,
    "complaint_recorded": mark("Complaint or difficulty written down"),
    "complaint_changed": mark("Complaint or difficulty changed"),
    "survey_chased": mark("Reminder of a survey"),
    "survey_chase_undone": mark("Reminder of a survey taken back"),
    "gap_explained": mark("Reason why a proof will not come"),
    "gap_asked_again": mark("Reason taken back, the proof is asked for again"),
    "contact_order_drawn": mark("Order of contact drawn by lot"),
}
"""The steps of the journal that tell of one learner."""
ANYWHERE: dict[str, Mapping[str, str]] = {
    "author_id": choices.ROLES, "created_by": choices.ROLES, "changed_by": choices.ROLES,
    "handled_by": choices.ROLES, "deputy_id": choices.ROLES, "mentor_id": choices.ROLES, "given_to": choices.ROLES,
    "channel": choices.CHANNELS, "result": choices.RESULTS, "next_step": choices.NEXT_STEPS, "event": EVENTS,
    "closed_by": CLOSERS, "gap": words.GAPS, "motives": choices.MOTIVES, "choice": DECIDED, "undone": EVENTS,
}  # fmt: skip
OF_TABLE: dict[tuple[str, str], Mapping[str, str]] = {
    ("enrolments", "outcome"): LEARNER_OUTCOMES,
    ("roster", "outcome"): LEARNER_OUTCOMES,
    ("activity", "kind"): ACTIVITY_KINDS,
    ("posts", "channel"): choices.CHANNEL_KINDS,
    ("posts", "author_role"): WRITERS,
    ("survey_answers", "question"): QUESTIONS,
    ("survey_answers", "scale"): SCALES,
    ("attendance", "status"): PRESENCE,
    ("learner_attributes", "gender"): PERSON_SEX,
    ("contacts", "kind"): CONTACT_KINDS,
    ("contacts", "outcome"): choices.RESULTS,
    ("alerts", "kind"): choices.ALERT_KINDS,
    ("alerts", "kinds"): choices.ALERT_KINDS,
    ("alerts", "state"): choices.STATES,
    ("alerts", "outcome"): choices.OUTCOMES,
    ("alerts", "reason"): choices.HOLDS,
    ("held_alerts", "kind"): choices.ALERT_KINDS,
    ("held_alerts", "reason"): choices.HOLDS,
    ("actions", "kind"): choices.KINDS,
    ("appointments", "kind"): words.APPOINTMENT_KINDS,
    ("appointments", "state"): words.APPOINTMENT_STATES,
    ("complaints", "kind"): words.COMPLAINT_KINDS,
    ("complaints", "subject"): words.COMPLAINT_SUBJECTS,
    ("complaints", "told_by"): words.TOLD_BY,
    ("complaints", "state"): words.COMPLAINT_STATES,
    ("complaints", "outcome"): words.COMPLAINT_OUTCOMES,
    ("survey_chases", "wave"): words.WAVES,
    ("received_batches", "kind"): {**ACTIVITY_KINDS, **CONTACT_KINDS},
    ("received_batches", "outcome"): {**LEARNER_OUTCOMES, **choices.RESULTS},
    ("received_batches", "channel"): choices.CHANNEL_KINDS,
    ("received_batches", "author_role"): WRITERS,
    ("received_batches", "question"): QUESTIONS,
    ("received_batches", "scale"): SCALES,
    ("received_batches", "status"): PRESENCE,
    ("received_batches", "gender"): PERSON_SEX,
    ("rights_requests", "kind"): requests.KINDS,
    ("rights_requests", "state"): requests.STATES,
}
STEPS_OF = {
    "alert": "alerts", "signals": "alerts", "action": "actions", "appointment": "appointments",
    "complaint": "complaints", "survey": "survey_chases", "gap": "justifications", "contact": "alert_draws",
}  # fmt: skip
"""The table that a step of the journal is about, by the first word of its code."""


def of(table: str, column: str) -> Mapping[str, str]:
    """Return the words of the codes of a column, in English; none where it holds no codes.

    >>> of("alerts", "state")["open"], of("alerts", "session_id")
    ('To be looked at', {})
    """
    return OF_TABLE.get((table, column)) or ANYWHERE.get(column, {})
