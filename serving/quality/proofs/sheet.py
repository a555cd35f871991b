"""Missing proofs as a sheet of evidence: those explained too, each with its reason."""

from __future__ import annotations

from serving.accounts.repository import display_names
from serving.language import mark
from serving.quality import words
from serving.quality.proofs import service
from serving.quality.scope import Scope
from serving.quality.sheets import Sheet

COLUMNS = (
    mark("What is missing"), mark("Learner"), mark("Session"), mark("Whose turn"), mark("Since"), mark("Due by"),
    mark("Number"), mark("Explained by"), mark("Explained on"), mark("Reason"),
)  # fmt: skip
NOTE = mark("Proofs due between these days and missing on the day of this sheet; reasons are told only with names.")


def sheet(scope: Scope) -> Sheet:
    """Return the gaps due between two days, the one due first at the head."""
    say, zone = scope.speech.say, scope.speech.zone
    lines = service.inbox(scope.session, scope.records, zone, today=scope.today)
    lines = [one for one in lines if scope.from_on <= one.gap.until_on <= scope.until_on]
    authors = display_names(scope.session)
    names = scope.learners({one.enrolment.learner_id for one in lines if one.enrolment})
    rows = tuple(
        (
            say(words.GAPS[one.gap.kind]),
            names[one.enrolment.learner_id] if one.enrolment else None,
            one.session or None,
            say(words.TURNS[one.gap.turn]),
            one.gap.since_on,
            one.gap.until_on,
            one.gap.number if one.gap.enrolment_id != one.gap.number else None,
            authors.get(one.explained_by) if one.explained_by is not None else None,
            one.explained_at.astimezone(zone).date() if one.explained_at else None,
            one.reason or None if scope.directory else None,
        )
        for one in lines
    )
    return Sheet("missing-proofs", say(mark("Missing proofs")), tuple(say(c) for c in COLUMNS), rows, say(NOTE))
