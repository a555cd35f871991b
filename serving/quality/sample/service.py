"""Draw the auditor's sample, write down that it was drawn, and tell it as sheets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from serving.pages import within_a_sentence
from serving.quality import journal
from serving.quality import repository as evidence
from serving.quality.procedure import service as procedure
from serving.quality.sample import policy, repository
from serving.quality.sample.chains import Chain, chains, told
from serving.quality.scope import Scope
from serving.quality.sheets import Cell, Sheet
from serving.site import Records
from serving.tables import JournalEntry

DRAWN = "sample_drawn"


@dataclass(frozen=True)
class Draw:
    """A draw and what it was made among.

    Attributes
    ----------
    frame : how many enrolments it was made among; `digest` tells which.
    exempt : courses left out, because indicator 12 does not apply to them.
    drawn : the enrolments drawn, in the order of the draw.
    """

    wish: policy.Wish
    frame: int
    digest: str
    exempt: tuple[str, ...]
    drawn: tuple[int, ...]


def draw(session: Session, records: Records, wish: policy.Wish) -> Draw:
    """Draw enrolments among those that were there on a wish's days, in courses to which indicator 12 applies."""
    exempt = procedure.exempt(session, records, today=wish.until_on)
    marked = repository.alerted(session, wish.from_on, wish.until_on) if wish.alerted else None
    there = [
        row
        for row in repository.stays(session, until=wish.until_on)
        if policy.active(policy.Stay(*row[2:]), wish.from_on, wish.until_on)
    ]
    frame = [
        row.enrolment_id
        for row in there
        if row.course_id not in exempt and (marked is None or row.enrolment_id in marked)
    ]
    left_out = tuple(sorted({row.course_id for row in there} & exempt))
    return Draw(wish, len(frame), policy.digest_of(frame), left_out, policy.draw(frame, seed=wish.seed, n=wish.n))


def write_down(session: Session, drawn: Draw, *, now: datetime, author_id: int | None) -> JournalEntry:
    """Write in the journal that a sample was drawn: by which seed, among how many, and which enrolments."""
    return journal.append(session, DRAWN, at=now, author_id=author_id, details=_details(drawn))


def written(session: Session, drawn: Draw) -> JournalEntry | None:
    """Return the latest entry that says the very same draw, None when the journal has none."""
    wanted = _details(drawn)
    return next((one for one in evidence.events(session, DRAWN) if json.loads(one.details) == wanted), None)


def _details(drawn: Draw) -> dict[str, journal.Scalar | list[str]]:
    return {
        "seed": drawn.wish.seed,
        "n": drawn.wish.n,
        "from": drawn.wish.from_on.isoformat(),
        "until": drawn.wish.until_on.isoformat(),
        "alerted": drawn.wish.alerted,
        "frame": drawn.frame,
        "frame_digest": drawn.digest,
        "drawn": [str(one) for one in drawn.drawn],
    }


def frame_sentences(drawn: Draw, scope: Scope) -> tuple[str, ...]:
    """Return in words what a draw was made among, and how anybody finds the same enrolments."""
    say, wish, day = scope.speech.say, drawn.wish, scope.speech.day
    number = scope.speech.number
    among = (
        say("Frame: the %(n)s enrolments there between %(from_on)s and %(until_on)s with an alert opened on one of "
            "these days.", n=number(drawn.frame), from_on=day(wish.from_on), until_on=day(wish.until_on))
        if wish.alerted else
        say("Frame: the %(n)s enrolments there between %(from_on)s and %(until_on)s.", n=number(drawn.frame),
            from_on=day(wish.from_on), until_on=day(wish.until_on))
    )  # fmt: skip
    exempt = say("Courses left out, to which indicator 12 does not apply: %(courses)s.",
                 courses=", ".join(drawn.exempt))  # fmt: skip
    how = say("Draw: the enrolments are put in the order of the SHA-256 of “seed|enrolment number”; the first "
              "%(n)s are drawn. Seed: %(seed)s.", n=len(drawn.drawn), seed=wish.seed)  # fmt: skip
    return (among, *([exempt] if drawn.exempt else ()), how)


def sheets(scope: Scope, drawn: Draw, found: Sequence[Chain] | None = None) -> tuple[Sheet, Sheet]:
    """Return a draw as two sheets: who was drawn, then every step of their chains."""
    told_chains = chains(scope, drawn.drawn) if found is None else found
    return _sample(scope, drawn, told_chains), _chains(scope, told_chains)


def _sample(scope: Scope, drawn: Draw, found: Sequence[Chain]) -> Sheet:
    say = scope.speech.say
    columns = (
        say("Order"), say("Learner"), say("Enrolment number"), say("Session"), say("Started on"), say("Planned end"),
        say("Ended on (enrolment)"), say("Where they stand"), say("Alerts"), say("Actions"), say("Mark of the draw"),
    )  # fmt: skip
    rows = tuple(
        (number, one.learner, str(one.enrolment_id), one.session, one.started_on, one.planned_end_on, one.ended_on,
         one.outcome, len(one.alerts), one.n_actions, policy.mark_of(drawn.wish.seed, one.enrolment_id)[:16])
        for number, one in enumerate(found, 1)
    )  # fmt: skip
    return Sheet("sample", say("Auditor’s sample"), columns, rows, " ".join(frame_sentences(drawn, scope)))


def _chains(scope: Scope, found: Sequence[Chain]) -> Sheet:
    say = scope.speech.say
    columns = (
        say("Order"), say("Learner"), say("Session"), say("Alert"), say("Date"), say("Step"), say("Author"),
        say("What was done"), say("Entry of the journal"), say("Seal"),
    )  # fmt: skip
    rows = [row for number, one in enumerate(found, 1) for row in _lines(scope, number, one)]
    note = say("One line a step; where nothing was done, the line says so.")
    return Sheet("chains", say("Chains of the sample"), columns, tuple(rows), note)


def _lines(scope: Scope, number: int, chain: Chain) -> list[tuple[Cell, ...]]:
    who = (number, chain.learner, chain.session)
    lines: list[tuple[Cell, ...]] = [(*who, None, None, "", "", chain.said, None, "")] if chain.said else []
    for alert in chain.alerts:
        for step in alert.steps:
            what = told(step, scope.speech)
            lines.append((*who, alert.number, step.at, step.event, step.author, what, step.number, step.seal))
        if alert.said:
            lines.append((*who, alert.number, None, "", "", alert.said, None, ""))
    for step in chain.apart:
        what = told(step, scope.speech)
        lines.append((*who, None, step.at, step.event, step.author, what, step.number, step.seal))
    title = scope.speech.say("Appointment")
    for one in chain.appointments:
        head = f"{one.kind} ({within_a_sentence(one.channel)})"
        what = scope.speech.say("%(head)s: %(value)s", head=head, value=within_a_sentence(one.state))
        lines.append((*who, one.alert, one.at, title, "", what, None, ""))
    return lines
