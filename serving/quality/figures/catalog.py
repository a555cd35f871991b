"""Each key figure: its code, its formula in words, its window, who is left out, its unit."""

from __future__ import annotations

from dataclasses import dataclass

from serving.language import mark

SHARE, SCORE, HOURS, WORKING_HOURS, PER_MEMBER = "share", "score", "hours", "working_hours", "per_member"
UNITS = {
    SHARE: mark("share"),
    SCORE: mark("from −100 to +100"),
    HOURS: mark("hours, median"),
    WORKING_HOURS: mark("working hours, median"),
    PER_MEMBER: mark("points per member"),
}
LONG_REPLY_WORDS = 40
"""From how many words a reply is long, and counts twice."""
REPLY_WITHIN_DAYS = 2
"""Within how many days a question is to be answered: that of the mentors' page of the community."""
FEWEST_POSTS = 1
"""How many contributions make a participant."""


@dataclass(frozen=True)
class Figure:
    """One key figure.

    Figures of one `family` have a count in common, exactly: where one is suppressed, all of them are. Those abandoned
    at D+k are no more than bounded by those abandoned at all, so a retention is a family of its own.
    """

    code: str
    theme: str
    family: str
    name: str
    formula: str
    window: str
    left_out: str
    unit: str = SHARE


TRAINING, SURVEYS, COMMUNITY, PREVENTION = "training", "surveys", "community", "prevention"
THEMES = {
    TRAINING: mark("Training"),
    SURVEYS: mark("Surveys"),
    COMMUNITY: mark("Community"),
    PREVENTION: mark("Prevention"),
}
STARTED = mark("enrolments started in the period")
ASKED = mark("surveys sent in the period")
ANSWERED = mark("answers given in the period")
WRITTEN = mark("posts written in the period; learners in training in the period, in sessions that have a community")
OPENED = mark("alerts opened in the period")
CLOSED = mark("alerts closed in the period")
NEUTRAL = mark("neutral exits (left for a job) and moves to another session")
UNREAD = mark("learners whose posts may not be read")


def _retention(days: int, formula: str, left_out: str, name: str) -> Figure:
    return Figure(f"retention_{days}", TRAINING, f"retention_{days}", name, formula, STARTED, left_out)


FIGURES: tuple[Figure, ...] = (
    Figure("abandonment", TRAINING, "outcomes", mark("Abandonment rate"),
           mark("enrolments abandoned ÷ enrolments started, neutral exits apart"), STARTED, NEUTRAL),
    _retention(30, mark("enrolments not abandoned 30 days after their start ÷ enrolments started"),
               mark("neutral exits, moves, those whose 30 days are not over, courses shorter than 30 days, undated "
                    "abandonments"), mark("Retention at 30 days")),
    _retention(60, mark("enrolments not abandoned 60 days after their start ÷ enrolments started"),
               mark("neutral exits, moves, those whose 60 days are not over, courses shorter than 60 days, undated "
                    "abandonments"), mark("Retention at 60 days")),
    _retention(90, mark("enrolments not abandoned 90 days after their start ÷ enrolments started"),
               mark("neutral exits, moves, those whose 90 days are not over, courses shorter than 90 days, undated "
                    "abandonments"), mark("Retention at 90 days")),
    Figure("completion", TRAINING, "outcomes", mark("Completion rate"),
           mark("enrolments completed ÷ enrolments completed or abandoned"), STARTED,
           mark("neutral exits, moves, enrolments whose outcome is not known")),
    Figure("success", TRAINING, "success", mark("Success rate"),
           mark("enrolments that passed ÷ enrolments with a known result"), STARTED,
           mark("enrolments without a known result")),
    Figure("survey_return", SURVEYS, "survey_return", mark("Survey return rate"),
           mark("surveys answered ÷ surveys sent"), ASKED, mark("surveys that can still be answered")),
    Figure("nps", SURVEYS, "nps", mark("Net promoter score (NPS)"),
           mark("share of marks 9 and 10 − share of marks 0 to 6, in points"), ANSWERED,
           mark("learners who did not answer"), SCORE),
    Figure("lsat", SURVEYS, "lsat", mark("Satisfaction (LSAT)"),
           mark("answers 4 and 5 out of 5 ÷ answers to the question on satisfaction"), ANSWERED,
           mark("learners who did not answer")),
    Figure("adhesion", COMMUNITY, "members", mark("Adhesion rate"),
           mark("learners who opened the community or wrote in it ÷ learners invited: in training, where there is one"),
           WRITTEN, UNREAD),
    Figure("participation", COMMUNITY, "members", mark("Participation rate of members"),
           mark("members who wrote at least once in the period ÷ members (who have joined the community)"),
           WRITTEN, UNREAD),
    Figure("engagement", COMMUNITY, "members", mark("Engagement rate"),
           mark("points of learners’ posts (new thread 3, reply of 40 words or more 2, shorter reply 1, reaction "
                "received 0.5) ÷ members"), WRITTEN, UNREAD, PER_MEMBER),
    Figure("response", COMMUNITY, "questions", mark("Response rate"),
           mark("questions with a reply by somebody else within two days ÷ learners’ questions that open a thread"),
           WRITTEN, mark("questions younger than two days without a reply")),
    Figure("first_reply", COMMUNITY, "questions", mark("First reply delay"),
           mark("median of first reply − question"), WRITTEN, mark("questions without a reply, counted apart"), HOURS),
    Figure("learner_content", COMMUNITY, "learner_content", mark("Learners’ share of posts"),
           mark("posts by learners ÷ all posts"), WRITTEN, UNREAD),
    Figure("connections", COMMUNITY, "members", mark("Density of connections"),
           mark("pairs of members of whom one replied to the other ÷ possible pairs within each session: 2E ÷ N(N−1)"),
           WRITTEN, UNREAD),
    Figure("isolates", COMMUNITY, "members", mark("Isolated members"),
           mark("members without a reply given to, or received from, another learner ÷ members"), WRITTEN, UNREAD),
    Figure("contact_delay", PREVENTION, "contact_delay", mark("Delay before contact"),
           mark("median of first contact with the learner − alert opened, from 9:00 to 17:00 on working days"), OPENED,
           mark("alerts without a contact, counted apart"), WORKING_HOURS),
    Figure("alert_precision", PREVENTION, "alert_precision", mark("Precision of alerts"),
           mark("alerts whose learner abandoned within the horizon, or that the mentor called useful ÷ alerts closed "
                "by a person"), CLOSED, mark("alerts that closed by themselves, alerts whose horizon is not over")),
)  # fmt: skip
BY_CODE = {one.code: one for one in FIGURES}
PUBLISHED = ("lsat", "success", "abandonment")
"""Rates that indicator 2 asks to publish: satisfaction, success, abandonment."""
LEFT_OUT = {
    "neutral": mark("neutral exits"),
    "moved": mark("moves to another session"),
    "not_yet": mark("not over yet"),
    "shorter": mark("in a shorter course"),
    "undated": mark("undated abandonments"),
    "unknown": mark("with an outcome not known"),
    "no_result": mark("without a known result"),
    "still_open": mark("can still be answered"),
    "silent": mark("did not answer"),
    "unread": mark("may not be read"),
    "too_young": mark("younger than two days"),
    "unanswered": mark("without a reply"),
    "no_contact": mark("without a contact"),
    "by_itself": mark("closed by themselves"),
}
"""Who is left out, in a few words, beside their number."""
