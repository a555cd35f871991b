"""The register of prevention: the journal's steps in words, for a page or a CSV that Excel opens."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from serving import choices
from serving.accounts.repository import display_names
from serving.language import Speech, mark
from serving.pseudonyms import reference
from serving.quality import repository
from serving.quality.scope import Scope
from serving.quality.sheets import Cell, Sheet, csv_line, written
from serving.tables import Alert, JournalEntry, Roster

COLUMNS = (
    mark("No."),
    mark("Date"),
    mark("Time"),
    mark("Alert"),
    mark("Session"),
    mark("Learner"),
    mark("Step"),
    mark("Author"),
    mark("Grounds"),
    mark("Nature"),
    mark("Channel"),
    mark("Done on"),
    mark("Result"),
    mark("Next step"),
    mark("Due on"),
    mark("Outcome"),
    mark("Motives for leaving"),
    mark("Put off until"),
    mark("Given to"),
    mark("Sent to the course lead on"),
    mark("Seal"),
)


class Labels(Protocol):
    """Names a feature in a few words."""

    def label(self, name: str, lang: str = "fr") -> str:
        """Return the feature's short name."""


class Names(Protocol):
    """Who stands behind a pseudonym."""

    def names(self, ids: Collection[int]) -> dict[int, str]:
        """Return the names known."""


@dataclass(frozen=True)
class Step:
    """One step of prevention in words; empty text where it does not apply.

    `about`: a sentence of what it is about, where the fields do not say it.
    """

    number: int
    at: datetime
    alert_id: int | None
    session: str
    learner: str
    event: str
    author: str
    grounds: str
    kind: str
    channel: str
    done_on: date | None
    result: str
    next_step: str
    next_step_on: date | None
    outcome: str
    seal: str
    motives: str = ""
    put_off_until: date | None = None
    given_to: str = ""
    sent_to_lead_on: date | None = None
    enrolment_id: int | None = None
    about: str = ""


@dataclass(frozen=True)
class Register:
    """Tells steps in words, in one language; learners by name only when a directory is given."""

    speech: Speech
    labels: Labels
    directory: Names | None = None

    def steps(self, session: Session, among: repository.Among = repository.EVERY) -> list[Step]:
        """Return the steps of prevention in order."""
        rows = repository.register(session, among=among)
        authors = display_names(session)
        about = [row.Roster or row.Alert for row in rows]
        given = {mentor for row in rows if (mentor := _given(row.JournalEntry))}
        wanted = {one.learner_id for one in about if one} | given
        known = self.directory.names(wanted) if self.directory else {}
        return [self._step(row.JournalEntry, one, authors, known) for row, one in zip(rows, about, strict=True)]

    def _step(
        self, entry: JournalEntry, about: Roster | Alert | None, authors: Mapping[int, str], known: Mapping[int, str]
    ) -> Step:
        details: dict[str, Any] = json.loads(entry.details)
        learner, given = about.learner_id if about else None, _given(entry)
        at = datetime.fromisoformat(entry.at)
        return Step(
            number=entry.seq,
            at=at,
            alert_id=entry.alert_id,
            enrolment_id=entry.enrolment_id,
            session=getattr(about, "session_name", "") or (about.session_id if about else ""),
            learner=known.get(learner, reference(learner)) if learner else "",
            event=self._word(choices.EVENTS, entry.event),
            author=authors.get(entry.author_id, "") if entry.author_id else self.speech.say("Filrouge"),
            grounds=self._grounds(details),
            kind=self._word(choices.KINDS, details.get("kind")),
            channel=self._word(choices.CHANNELS, details.get("channel")),
            done_on=_day(details.get("done_on")),
            result=self._word(choices.RESULTS, details.get("result")),
            next_step=self._word(choices.NEXT_STEPS, details.get("next_step")),
            next_step_on=_day(details.get("next_step_on")),
            outcome=self._word(choices.OUTCOMES, details.get("outcome")),
            seal=entry.hash[:16],
            motives=" ; ".join(self._word(choices.MOTIVES, code) for code in details.get("motives", ())),
            put_off_until=_day(details.get("snoozed_until")) if entry.event == "alert_snoozed" else None,
            given_to=known.get(given, reference(given)) if given else "",
            sent_to_lead_on=at.astimezone(self.speech.zone).date() if entry.event == "alert_escalated" else None,
        )

    def _grounds(self, details: Mapping[str, Any]) -> str:
        """Return what a step rests on: the features that spoke, or why Filrouge itself closed the alert."""
        names = [self.labels.label(name, lang=self.speech.language) for name in details.get("reasons", ())]
        return " ; ".join(names) or self._word(choices.HOLDS, details.get("reason"))

    def _word(self, words: Mapping[str, str], code: str | None) -> str:
        return self.speech.say(words[code]) if code and code in words else code or ""


def _given(entry: JournalEntry) -> int | None:
    """Return to whom a step gives an alert; not told by journals of before."""
    told = json.loads(entry.details).get("given_to") if entry.event == "alert_reassigned" else None
    return int(told) if told else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def sheet(scope: Scope) -> Sheet:
    """Return the register of a scope's days, as a sheet."""
    since, before = scope.instants()
    steps = Register(scope.speech, scope.words, scope.directory).steps(
        scope.session, repository.Among(since=since, before=before)
    )
    say = scope.speech.say
    return Sheet(
        "register",
        say("Register of prevention"),
        tuple(say(column) for column in COLUMNS),
        tuple(_row(step, scope.speech) for step in steps),
        say("Each step as the journal wrote it, at once and for ever; “Seal” is the start of its seal."),
        by=say("Step"),
    )


def as_csv(steps: Iterable[Step], speech: Speech) -> Iterator[str]:
    """Yield the register line by line: `;`, CRLF, a byte order mark first so that Excel reads UTF-8."""
    yield "\ufeff" + csv_line([speech.say(column) for column in COLUMNS])
    for step in steps:
        yield csv_line(_cells(step, speech))


def sealed_line(head: JournalEntry, speech: Speech) -> str:
    """Return the register's last line: the head of the journal, its number and its whole hash.

    Keep it apart: `journal.verify` finds any change but that of somebody who rewrites everything after it.
    """
    at = datetime.fromisoformat(head.at).astimezone(speech.zone)
    cells = [str(head.seq), at.strftime("%d/%m/%Y"), at.strftime("%H:%M"), "", "", "", speech.say("End of the journal")]
    return csv_line([*cells, *[""] * (len(COLUMNS) - len(cells) - 1), head.hash])


def _cells(step: Step, speech: Speech) -> Sequence[str]:
    return [written(cell, speech.zone) for cell in _row(step, speech)]


def _row(step: Step, speech: Speech) -> tuple[Cell, ...]:
    at = step.at.astimezone(speech.zone)
    return (
        step.number, at.date(), at.strftime("%H:%M"), step.alert_id, step.session, step.learner, step.event,
        step.author, step.grounds, step.kind, step.channel, step.done_on, step.result, step.next_step,
        step.next_step_on, step.outcome, step.motives, step.put_off_until, step.given_to, step.sent_to_lead_on,
        step.seal,
    )  # fmt: skip
