"""The canonical tables: one frozen spec each (columns, type, unit, null rule), grain and key.

Every source is turned into these tables and nothing else is read afterwards. Two clocks
are kept: `occurred_*` (when it happened) and `known_*` (when the organisation could first
know it). `*_on` columns are calendar days in the organisation's time zone; `*_at` columns
are instants in UTC. A feature as of a day uses only records whose `known_on` is before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

INT, SMALL, FLOAT, TEXT, FLAG = pa.int64(), pa.int32(), pa.float64(), pa.string(), pa.bool_()
DAY, INSTANT, TEXTS = pa.date32(), pa.timestamp("us", tz="UTC"), pa.list_(pa.string())


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, and whether (and why) it may be null."""

    name: str
    type: pa.DataType
    meaning: str
    unit: str = ""
    null_means: str = ""
    accepted: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    @property
    def nullable(self) -> bool:
        """Whether null is accepted: only where its meaning is written down."""
        return bool(self.null_means)


@dataclass(frozen=True)
class TableSpec:
    """One canonical table."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    by_month: bool = False

    @cached_property
    def schema(self) -> pa.Schema:
        """The Arrow schema, in column order."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.nullable) for c in self.columns])

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)


ENROLMENT = Column("enrolment_id", INT, "keyed pseudonym of one learner in one session")
SESSION = Column("session_id", TEXT, "the dated run of a course; the source's own code")
COURSE = Column("course_id", TEXT, "what is taught; the source's own code")
KNOWN_AT = Column("known_at", INSTANT, "when the organisation could first know the record")
KNOWN_ON = Column("known_on", DAY, "calendar day of known_at in the organisation's time zone")
RECORD = Column("record_id", INT, "stable number of the record, made from pseudonyms only")

OUTCOMES = ("ongoing", "completed", "abandoned", "neutral_exit", "transferred")
ACTIVITY_KINDS = (
    "login", "view", "resource", "video", "forum_view", "quiz_view", "assignment_view",
    "grade_view", "survey_view", "other",
)  # fmt: skip
CONTACT_KINDS = ("call", "message", "interview", "adaptation", "mediation", "referral", "other")
CONTACT_OUTCOMES = ("reached", "left_message", "no_answer", "agreed", "declined")
SCALES = ("nps", "likert5", "yes_no", "intent", "number", "choice")

SESSIONS = TableSpec(
    "sessions", "one per session", ("session_id",),
    (
        SESSION, COURSE,
        Column("name", TEXT, "the session's title"),
        Column("starts_on", DAY, "first day"),
        Column("ends_on", DAY, "last planned day"),
        Column("duration_hours", FLOAT, "planned hours", unit="h", null_means="not said by the source", minimum=0),
        Column("action_type", TEXT, "training action, skills assessment, VAE, apprenticeship",
               null_means="not said by the source"),
    ),
)  # fmt: skip

CALENDAR = TableSpec(
    "calendar", "one per closure", ("session_id", "from_on", "kind"),
    (
        Column("session_id", TEXT, "session concerned; empty text: all of them"),
        Column("from_on", DAY, "first day closed"),
        Column("to_on", DAY, "last day closed"),
        Column("kind", TEXT, "why", accepted=("closure", "public_holiday", "in_company")),
    ),
)  # fmt: skip

ENROLMENTS = TableSpec(
    "enrolments", "one per learner and session", ("enrolment_id",),
    (
        ENROLMENT,
        Column("learner_id", INT, "keyed pseudonym of the learner"),
        COURSE, SESSION,
        Column("mentor_id", INT, "keyed pseudonym of the mentor", null_means="no mentor named by the source"),
        Column("registered_on", DAY, "day the enrolment became known"),
        Column("started_on", DAY, "first day the learner is expected"),
        Column("planned_end_on", DAY, "last day the learner is expected"),
        Column("ended_on", DAY, "day the enrolment ended", null_means="not ended, or undated by the source"),
        Column("outcome", TEXT, "how it ended", accepted=OUTCOMES),
        Column("outcome_known_on", DAY, "day the outcome became known", null_means="ongoing, or undated"),
        Column("passed", FLAG, "the course's own result", null_means="no result known"),
        Column("result_known_on", DAY, "day the result became known", null_means="no result known"),
        Column("motives", TEXTS, "motives of the exit (DARES)", null_means="none recorded"),
        Column("funding", TEXT, "who pays", null_means="not said by the source"),
        Column("modality", TEXT, "remote, on site, blended", null_means="not said by the source"),
        Column("prior_attempts", SMALL, "earlier enrolments in the same course",
               null_means="not said by the source", minimum=0),
        Column("credits", FLOAT, "load studied at once", unit="credits",
               null_means="not said by the source", minimum=0),
    ),
)  # fmt: skip

ACTIVITY = TableSpec(
    "activity", "one per action, or per counted window", ("record_id",),
    (
        RECORD, ENROLMENT,
        Column("kind", TEXT, "what was done", accepted=ACTIVITY_KINDS),
        Column("resource_id", INT, "number of the resource opened", null_means="no resource (a login)"),
        Column("occurred_from", INSTANT, "start of the action or window"),
        Column("occurred_to", INSTANT, "end of the action or window"),
        Column("count", SMALL, "actions in the window", unit="actions", minimum=1),
        KNOWN_AT, KNOWN_ON,
    ),
    by_month=True,
)  # fmt: skip

POSTS = TableSpec(
    "posts", "one per post", ("record_id",),
    (
        RECORD, SESSION,
        Column("thread_id", INT, "number of the thread"),
        Column("parent_id", INT, "record_id of the post answered", null_means="opens the thread"),
        Column("enrolment_id", INT, "author's enrolment", null_means="the author is staff"),
        Column("author_role", TEXT, "who wrote", accepted=("learner", "mentor", "trainer", "staff")),
        Column("channel", TEXT, "forum or channel kind"),
        Column("is_question", FLAG, "asks something"),
        Column("n_words", SMALL, "length", unit="words", minimum=0),
        Column("tone", FLOAT, "tonalité of the text", null_means="too short to tell", minimum=-1, maximum=1),
        Column("intent_to_leave", FLAG, "says they may stop"),
        Column("distress", FLAG, "says they are in difficulty"),
        Column("technical_trouble", FLAG, "says a tool does not work"),
        Column("thanks", FLAG, "thanks somebody"),
        Column("polite", FLAG, "greets, says please, apologises or takes leave"),
        Column("reactions", SMALL, "reactions received", minimum=0),
        Column("occurred_at", INSTANT, "when it was posted"),
        KNOWN_AT, KNOWN_ON,
    ),
    by_month=True,
)  # fmt: skip

ASSESSMENTS = TableSpec(
    "assessments", "one per assessment", ("assessment_id",),
    (
        Column("assessment_id", INT, "number of the assessment"), SESSION,
        Column("kind", TEXT, "kind", accepted=("quiz", "assignment", "exam")),
        Column("name", TEXT, "title"),
        Column("opens_on", DAY, "first day it can be taken", null_means="open from the start"),
        Column("due_on", DAY, "last day it can be taken", null_means="no deadline"),
        Column("weight", FLOAT, "share of the course's mark", unit="%", minimum=0),
        Column("known_on", DAY, "day the assessment was announced"),
    ),
)  # fmt: skip

QUIZ_RESULTS = TableSpec(
    "quiz_results", "one per attempt or submission", ("record_id",),
    (
        RECORD, ENROLMENT,
        Column("assessment_id", INT, "number of the assessment"),
        Column("attempt", SMALL, "1 for the first", minimum=1),
        Column("submitted_at", INSTANT, "when it was handed in"),
        Column("submitted_on", DAY, "calendar day of submitted_at in the organisation's time zone"),
        Column("auto_submitted", FLAG, "closed by the system, not by the learner"),
        Column("banked", FLAG, "carried over from an earlier session"),
        Column("score", FLOAT, "mark", unit="share of the maximum", null_means="not marked yet",
               minimum=0, maximum=1),
        Column("score_known_on", DAY, "day the mark was released", null_means="not marked yet"),
        KNOWN_AT, KNOWN_ON,
    ),
    by_month=True,
)  # fmt: skip

SURVEYS = TableSpec(
    "surveys", "one per survey", ("survey_id",),
    (
        Column("survey_id", INT, "number of the survey"), SESSION,
        Column("name", TEXT, "title"),
        Column("kind", TEXT, "moment", accepted=("positioning", "pulse", "immediate", "delayed")),
        Column("opens_on", DAY, "day it is sent"),
        Column("closes_on", DAY, "last day to answer", null_means="no deadline"),
    ),
)  # fmt: skip

SURVEY_ANSWERS = TableSpec(
    "survey_answers", "one per question asked of an enrolment", ("record_id",),
    (
        RECORD, ENROLMENT,
        Column("survey_id", INT, "number of the survey"),
        Column("question", TEXT, "short code of the question (nps, satisfaction, confidence, intention, …)"),
        Column("scale", TEXT, "how the value reads", accepted=SCALES),
        Column("sent_on", DAY, "day the question was asked"),
        Column("answered_on", DAY, "day it was answered", null_means="not answered: silence is a signal"),
        Column("value", FLOAT, "nps 0..10; likert5 1..5; yes_no 0, 1; intent 1 stays, 0 unsure, -1 leaves",
               null_means="not answered"),
        Column("known_on", DAY, "day the question was known to be asked; the answer is known from answered_on"),
    ),
    by_month=True,
)  # fmt: skip

ATTENDANCE = TableSpec(
    "attendance", "one per enrolment and slot", ("record_id",),
    (
        RECORD, ENROLMENT,
        Column("slot_id", INT, "number of the slot"),
        Column("starts_at", INSTANT, "start of the slot"),
        Column("status", TEXT, "presence", accepted=("present", "late", "excused", "absent")),
        Column("minutes", FLOAT, "length of the slot", unit="min", null_means="not said by the source", minimum=0),
        KNOWN_AT, KNOWN_ON,
    ),
    by_month=True,
)  # fmt: skip

LEARNER_ATTRIBUTES = TableSpec(
    "learner_attributes", "one per learner; for fairness audits only, never features", ("learner_id",),
    (
        Column("learner_id", INT, "keyed pseudonym of the learner"),
        Column("age_band", TEXT, "age band", null_means="not said"),
        Column("gender", TEXT, "gender", null_means="not said"),
        Column("disability", FLAG, "declared disability", null_means="not said"),
    ),
)  # fmt: skip

CONTACTS = TableSpec(
    "contacts", "one per action of prevention; read by training to mark who was helped, never by features",
    ("record_id",),
    (
        RECORD, ENROLMENT,
        Column("contacted_on", DAY, "day of the action"),
        Column("kind", TEXT, "what was done", accepted=CONTACT_KINDS),
        Column("outcome", TEXT, "what came of it at once", null_means="not said by the source",
               accepted=CONTACT_OUTCOMES),
        Column("known_on", DAY, "day the action was recorded, never before contacted_on"),
    ),
)  # fmt: skip

TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        SESSIONS, CALENDAR, ENROLMENTS, ACTIVITY, POSTS, ASSESSMENTS, QUIZ_RESULTS,
        SURVEYS, SURVEY_ANSWERS, ATTENDANCE, LEARNER_ATTRIBUTES, CONTACTS,
    )
}  # fmt: skip
