"""The appointments of a chain: which alert each follows, what became of it, and every step that the journal wrote."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from serving import choices
from serving.accounts.repository import display_names
from serving.language import Speech
from serving.pages import within_a_sentence
from serving.quality import words
from serving.quality.appointments import service
from serving.quality.register import Step
from serving.quality.sample import repository
from serving.quality.scope import Scope
from serving.tables import Alert, Appointment, JournalEntry


@dataclass(frozen=True)
class Meeting:
    """An appointment in words; `alert`: the number of the alert that it follows, None when it follows none."""

    at: datetime
    kind: str
    channel: str
    state: str
    alert: int | None = None

    def told(self, speech: Speech) -> str:
        """Return it in one line."""
        what = f"{speech.instant(self.at)} · {self.kind} ({within_a_sentence(self.channel)}) · {self.state}"
        after = speech.say("alert no. %(n)s", n=self.alert)
        return f"{what} · {after}" if self.alert else what


@dataclass(frozen=True)
class Meetings:
    """The appointments of several enrolments.

    Attributes
    ----------
    states : what became of each by the end of the days told.
    follows : the alert that each follows, by its number.
    by_alert : the steps of those that follow an alert.
    """

    rows: Sequence[Appointment]
    states: Mapping[int, str]
    follows: Mapping[int, int]
    by_alert: Mapping[int, Sequence[Step]]

    def told(self, one: Appointment, speech: Speech) -> Meeting:
        """Return an appointment in words."""
        say, state = speech.say, self.states.get(one.id, one.state)
        return Meeting(
            one.at,
            _word(words.APPOINTMENT_KINDS, one.kind, speech),
            _word(choices.CHANNELS, one.channel, speech),
            say(words.APPOINTMENT_STATES[state]) if state in words.APPOINTMENT_STATES else state,
            self.follows.get(one.id),
        )

    def steps(self, alert: int) -> Sequence[Step]:
        """Return the steps of the appointments that follow an alert."""
        return self.by_alert.get(alert, ())


def read_meetings(scope: Scope, ids: Collection[int]) -> Meetings:
    """Return the appointments of enrolments written down by the end of a scope's days, as they stood then."""
    before = scope.instants()[1]
    rows = repository.appointments(scope.session, ids, before=before)
    follows = _followed(rows, repository.alerts(scope.session, ids, before=before))
    states = {number: state for number, (state, _) in service.as_of(scope.session, before).items()}
    authors = display_names(scope.session)
    by_alert: dict[int, list[Step]] = {}
    for entry in repository.meetings(scope.session, ids):
        alert = follows.get(json.loads(entry.details)["appointment"])
        if alert is not None and datetime.fromisoformat(entry.at) < before:
            by_alert.setdefault(alert, []).append(_step(entry, alert, authors, scope.speech))
    return Meetings(rows, states, follows, by_alert)


def _followed(rows: Sequence[Appointment], alerts: Sequence[Alert]) -> dict[int, int]:
    """Return the alert that each appointment follows: its own, else the latest opened before it was agreed on."""
    found = {}
    for row in rows:
        opened = [one for one in alerts if one.enrolment_id == row.enrolment_id and one.opened_at <= row.created_at]
        if row.alert_id is not None or opened:
            found[row.id] = row.alert_id or max(opened, key=lambda one: (one.opened_at, one.id)).id
    return found


def _step(entry: JournalEntry, alert: int, authors: Mapping[int, str], speech: Speech) -> Step:
    told = json.loads(entry.details)
    kind, channel = (
        _word(words.APPOINTMENT_KINDS, told["kind"], speech),
        _word(choices.CHANNELS, told["channel"], speech),
    )
    at = speech.instant(datetime.fromisoformat(told["at"]))
    about = speech.say("%(kind)s (%(channel)s) of %(at)s.", kind=kind, channel=within_a_sentence(channel), at=at)
    return Step(
        number=entry.seq, at=datetime.fromisoformat(entry.at), alert_id=alert, session="", learner="",
        event=_word(words.APPOINTMENT_STEPS, entry.event, speech), author=authors.get(entry.author_id or 0, ""),
        grounds="", kind="", channel="", done_on=None, result="", next_step="", next_step_on=None, outcome="",
        seal=entry.hash[:16], enrolment_id=entry.enrolment_id, about=about,
    )  # fmt: skip


def _word(known: Mapping[str, str], code: str, speech: Speech) -> str:
    return speech.say(known[code]) if code in known else code
