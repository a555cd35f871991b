"""Tells of the missing proofs: each week to the quality team, each day to whom the procedure names, at once by clocks.

Counts and links only: who they are about stays on the pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from serving.notifications import policy, repository
from serving.notifications.digest import counts_of
from serving.notifications.policy import CLOCK, PROOFS, Proof
from serving.notifications.repository import Reached
from serving.notifications.written import row_of, write_new
from serving.quality.procedure.service import adopted_on, procedure_on
from serving.quality.proofs import service
from serving.quality.proofs.facts import QUALITY
from serving.quality.proofs.service import Line

if TYPE_CHECKING:
    from serving.site import Records

TOLD_AS = {
    "open_without_action": "to_call",
    "absence_not_reminded": "to_remind",
    "silence_not_reminded": "to_remind",
    "abandonment_undecided": "to_decide",
    "abandonment_untold": "to_tell",
}
"""The line of the daily round-up that counts each kind of proof which the procedure promises."""
LAST_DAY = timedelta(days=1)
"""A clock is told when it begins, and again when no more than this is left."""


class Asked:
    """What is asked of everybody on a day, looked for when it is first needed.

    Parameters
    ----------
    people : every open account that follows learners or is of the quality team.
    """

    def __init__(
        self, session: Session, records: Records | None, zone: ZoneInfo, people: Sequence[Reached], today: date
    ) -> None:
        self._session, self._records, self._zone, self._today = session, records, zone, today
        self._people = {one.account.id: one for one in people}
        self._known: dict[str, int | None] = {}

    @cached_property
    def proofs(self) -> list[Proof]:
        """The proofs that are missing, those explained apart."""
        if self._records is None:
            return []
        lines = service.inbox(self._session, self._records, self._zone, today=self._today)
        return [self._proof(one) for one in service.open_lines(lines)]

    @cached_property
    def clocks(self) -> list[Proof]:
        """What a delay in hours bounds and leaves time for."""
        lines = service.clocks(self._session, self._zone, today=self._today)
        return [self._proof(one) for one in service.running(lines, self._today)]

    def _proof(self, line: Line) -> Proof:
        course = line.enrolment.course_id if line.enrolment else ""
        return Proof(line.gap.kind, line.gap.subject, line.gap.turn, self._named(line.actor), line.mentor_id, course,
                     line.gap.until_on)  # fmt: skip

    def _named(self, said: str) -> int | None:
        if said not in self._known:
            self._known[said] = repository.named(self._session, said)
        return self._known[said]

    def owners(self, proof: Proof) -> list[Reached]:
        """Return who is to mend a proof."""
        found = policy.owners(proof, [one.follower for one in self._people.values()])
        return [self._people[account_id] for account_id in found]

    def of_follower(self, account_id: int) -> Mapping[str, int]:
        """Return what the daily round-up of an account counts: what the procedure promises; nothing where none is set.

        An alert on which nothing was done is in it already, for whoever follows the learner.
        """
        if adopted_on(self._session, self._today) is None:
            return {}
        mine = [one for one in self.proofs if one.kind in TOLD_AS and self._is_of(one, account_id)]
        return Counter(TOLD_AS[one.kind] for one in mine if TOLD_AS[one.kind] != "to_call" or one.named == account_id)

    def of_quality(self, account_id: int) -> Mapping[str, int]:
        """Return what the weekly count tells an account of the quality team: but what another is to mend."""
        return Counter(one.kind for one in self.proofs if one.turn != QUALITY or self._is_of(one, account_id))

    def _is_of(self, proof: Proof, account_id: int) -> bool:
        return any(one.account.id == account_id for one in self.owners(proof))

    @cached_property
    def weekday(self) -> int:
        """The day of the week, 1 for Monday, from which the quality team is told."""
        return procedure_on(self._session, self._today).proofs_weekday


def weekly(session: Session, people: Iterable[Reached], asked: Asked, local: datetime) -> int:
    """Write the weekly count of missing proofs of each account of the quality team; return how many were written.

    One that says nothing is kept as already sent, so that the week is not asked about again.
    """
    rows = []
    for one in people:
        period = policy.proofs_period(local, one.wishes, asked.weekday)
        keys = {f"{PROOFS}:{one.account.id}:{place or 'email'}:{period}": place for place in one.channels if period}
        for key in sorted(keys.keys() - repository.known_keys(session, keys)):
            told = counts_of(PROOFS, asked.of_quality(one.account.id))
            row = row_of(key, PROOFS, local, local, told, account_id=one.account.id, channel_id=keys[key])
            rows.append(row if told else {**row, "sent_at": local, "body": None})
    return repository.write(session, rows)


def clocks(session: Session, asked: Asked, local: datetime) -> int:
    """Write what a delay in hours is to be told, once when it begins and once when it ends; return how many."""
    rows = []
    for proof in asked.clocks:
        stage = "last" if proof.until_on - local.date() <= LAST_DAY else "begun"
        for one in asked.owners(proof):
            due = policy.clock_due(local, one.wishes)
            told = {"kind": proof.kind, "subject": proof.subject}
            for place in one.channels if due else ():
                key = f"{CLOCK}:{proof.kind}:{proof.subject}:{stage}:{one.account.id}:{place or 'email'}"
                rows.append(row_of(key, CLOCK, local, due or local, told, account_id=one.account.id, channel_id=place))
    return write_new(session, rows)
