"""Complaints, difficulties and incidents as a sheet of evidence."""

from __future__ import annotations

from serving import choices
from serving.language import mark
from serving.quality import words
from serving.quality.complaints import policy, repository, service
from serving.quality.delays import promises
from serving.quality.scope import Scope
from serving.quality.sheets import Sheet

COLUMNS = (
    mark("No."), mark("Nature"), mark("Subject"), mark("Told by"), mark("Received on"), mark("Channel"),
    mark("Session"), mark("Learner"), mark("State"), mark("Acknowledged on"), mark("Answered on"), mark("Closed on"),
    mark("Outcome"), mark("Authority told on"), mark("Improvement"), mark("Late"), mark("Summary"), mark("Answer"),
)  # fmt: skip
TEXTS = ("summary", "answer")
NO_TEXTS = (None, None)
NOTE = mark(
    "Complaints, difficulties and incidents received between these days; "
    "an acknowledgement is due within %(acknowledge)s days, an answer within %(answer)s. "
    "Each stands as it did at the end of the day of this sheet."
)


def sheet(scope: Scope) -> Sheet:
    """Return what was received between two days, by number; free text is told only with names."""
    say, held = scope.speech.say, promises(scope.session, scope.today)
    told = service.as_of(scope.session, scope.over)
    reworded = {one.id: texts for one, texts in told}
    found = [one for one, _ in told if scope.from_on <= one.received_on <= scope.until_on]
    people = repository.learners(scope.session, [one.enrolment_id for one in found if one.enrolment_id])
    names, sessions = scope.learners(set(people.values())), repository.sessions(scope.session)
    rows = []
    for one in found:
        who = people.get(one.enrolment_id) if one.enrolment_id else None
        late = policy.is_late(one.state, one.received_on, held.on(one.received_on), scope.today)
        rows.append((
            one.id, say(words.COMPLAINT_KINDS[one.kind]), say(words.COMPLAINT_SUBJECTS[one.subject]),
            say(words.TOLD_BY[one.told_by]), one.received_on, say(choices.CHANNELS[one.channel]),
            sessions.get(one.session_id, one.session_id) if one.session_id else None,
            names[who] if who is not None else None, say(words.COMPLAINT_STATES[one.state]), one.acknowledged_on,
            one.answered_on, one.closed_on, say(words.COMPLAINT_OUTCOMES[one.outcome]) if one.outcome else None,
            one.authority_told_on, one.improvement_id, say(mark("Yes")) if late else None,
            *((words.text(getattr(one, name), name in reworded[one.id], scope.speech) for name in TEXTS)
              if scope.directory else NO_TEXTS),
        ))  # fmt: skip
    now = held.on(scope.today)
    note = say(NOTE, acknowledge=now.acknowledge, answer=now.answer)
    title = say(mark("Complaints, difficulties and incidents"))
    return Sheet("complaints", title, tuple(say(c) for c in COLUMNS), tuple(rows), note)
