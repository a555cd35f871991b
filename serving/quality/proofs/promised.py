"""Proofs of what the organisation's own procedure promises, asked for only once it has set one; and of one law. Pure.

What was due before the procedure began is not asked for: nobody had promised it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from serving.actions.policy import IN_TOUCH
from serving.quality.delays import Delays
from serving.quality.proofs.facts import (
    ABANDONED,
    COURSE_LEAD,
    MENTOR,
    QUALITY,
    AbsentSeen,
    AlertSeen,
    Facts,
    Gap,
    after,
)

WRITTEN = ("email", "sms", "letter", "community")
"""Channels of a written reminder."""
IN_WRITING = ("email", "letter")
"""Channels by which an abandonment is told in writing."""
CLOCKED = ("abandonment_untold", "breach_untold")
"""Kinds whose delay is told in hours: what is due is shown, and told, before it is late."""


def absence_not_reminded(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Learners absent as many times in a row as call for a written reminder, and none was written since."""
    for one in facts.absent if delays.promised_on else ():
        since = _reached_on(one, delays.absences)
        if since is None or _did(facts, one.enrolment_id, since, WRITTEN):
            continue
        until = after(_promised(since, delays), delays.first_action)
        yield _of_learner("absence_not_reminded", one.enrolment_id, since, until)


def _reached_on(one: AbsentSeen, absences: int) -> date | None:
    """Return since when a learner has been absent that many times in a row; None: not today."""
    since = None
    for day, counted in one.counted:
        if counted < absences:
            break
        since = day
    return since


def silence_not_reminded(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Learners of whom nothing was seen for the delay, whom nobody contacted since; an open alert asks by itself."""
    followed = {one.enrolment_id for one in facts.alerts if one.closed_on is None}
    for one in facts.silent if delays.promised_on else ():
        if one.days < delays.silence or one.enrolment_id in followed or _did(facts, one.enrolment_id, one.since_on):
            continue
        until = _promised(one.reached_on(delays.silence), delays)
        yield _of_learner("silence_not_reminded", one.enrolment_id, one.since_on, until)


def abandonment_undecided(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Alerts still open after the delay, whose learner gave no news despite what was tried: abandoned, or not?"""
    for one in facts.alerts if delays.promised_on else ():
        tried = [act for act in facts.actions.get(one.enrolment_id, ()) if act.done_on >= one.began_on]
        if one.closed_on is not None or not tried or any(act.result in IN_TOUCH for act in tried):
            continue
        until = after(_promised(one.began_on, delays), delays.decide)
        until = max(until, one.snoozed_until or until)
        subject = f"{one.alert_id}:{one.began_on.isoformat()}"
        yield Gap("abandonment_undecided", subject, COURSE_LEAD, one.began_on, until, one.alert_id, one.enrolment_id)


def abandonment_untold(facts: Facts, delays: Delays) -> Iterable[Gap]:
    """Abandonments, by the records or by an alert's outcome, without an e-mail or a letter recorded since."""
    if delays.promised_on is None:
        return
    for enrolment_id, since in sorted(_abandoned(facts).items()):
        if since >= delays.promised_on and not _did(facts, enrolment_id, since, IN_WRITING):
            until = after(since, -(-delays.tell_hours // 24))
            yield _of_learner("abandonment_untold", enrolment_id, since, until, COURSE_LEAD)


def _abandoned(facts: Facts) -> dict[int, date]:
    """Return since when each enrolment is abandoned: the day it was declared here, else the day the records say."""
    by_records = {one.enrolment_id: one.ended_on for one in facts.left}
    declared = {one.enrolment_id: one.closed_on for one in facts.alerts if _declared(one) and one.closed_on}
    return by_records | declared


def _declared(alert: AlertSeen) -> bool:
    return alert.closed_on is not None and alert.outcome == ABANDONED


def breach_untold(facts: Facts, _delays: Delays) -> Iterable[Gap]:
    """Personal-data breaches of which the authority was not told (RGPD, article 33): promised or not, it is the law."""
    for one in facts.complaints:
        if one.breach_until is not None and one.authority_told_on is None:
            until, number = one.breach_until.date(), one.complaint_id
            yield Gap("breach_untold", str(number), QUALITY, one.received_on, until, number,
                      one.enrolment_id, one.session_id)  # fmt: skip


def _promised(day: date, delays: Delays) -> date:
    """Return the day from which something counts: its own, or the procedure's first when that is later."""
    return max(day, delays.promised_on or day)


def _did(facts: Facts, enrolment_id: int, since: date, channels: tuple[str, ...] = ()) -> bool:
    """Whether an action was done since a day, by one of some channels where they are named."""
    acts = (act for act in facts.actions.get(enrolment_id, ()) if act.done_on >= since)
    return any(not channels or act.channel in channels for act in acts)


def _of_learner(kind: str, enrolment_id: int, since: date, until: date, turn: str = MENTOR) -> Gap:
    return Gap(kind, f"{enrolment_id}:{since.isoformat()}", turn, since, until, enrolment_id, enrolment_id)


RULES = (absence_not_reminded, silence_not_reminded, abandonment_undecided, abandonment_untold, breach_untold)
"""The rules, each named after the gap it finds."""
