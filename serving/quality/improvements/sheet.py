"""The improvement plan as a sheet of evidence."""

from __future__ import annotations

from serving.language import mark
from serving.quality import words
from serving.quality.complaints import service as complaints
from serving.quality.improvements import policy, service
from serving.quality.scope import Scope
from serving.quality.sheets import Sheet

COLUMNS = (
    mark("No."), mark("Indicator"), mark("Where from"), mark("Finding"), mark("Decision"), mark("Owner"),
    mark("Deadline"), mark("State"), mark("Done on"), mark("Effect seen"), mark("Effective"), mark("Checked on"),
    mark("Late"), mark("Complaints"),
)  # fmt: skip
NOTE = mark(
    "Lines written down between these days, and older ones that were not over on the first of them; "
    "each as it stood at the end of the day of this sheet."
)


def sheet(scope: Scope) -> Sheet:
    """Return the lines of the plan that a period knew, by number; owners are told only with names."""
    say = scope.speech.say
    rows, told = [], service.as_of(scope.session, scope.over)
    ties = _ties(scope)
    for one, reworded in told:
        written_on = one.created_at.astimezone(scope.speech.zone).date()
        over_on = one.checked_on or (
            one.state_at.astimezone(scope.speech.zone).date() if one.state == "dropped" else None
        )
        if written_on > scope.until_on or (over_on is not None and over_on < scope.from_on):
            continue
        told_by = ", ".join(str(number) for number in ties.get(one.id, ()))
        finding, decision, owner, effect = (
            words.text(getattr(one, name), name in reworded, scope.speech) for name in TEXTS
        )
        late = policy.is_late(one.state, one.due_on, scope.until_on)
        rows.append((
            one.id, one.indicator or None, say(words.IMPROVEMENT_SOURCES[one.source]), finding, decision,
            owner if scope.directory else None, one.due_on, say(words.IMPROVEMENT_STATES[one.state]), one.done_on,
            effect, None if one.effective is None else say(YES[one.effective]), one.checked_on,
            say(YES[True]) if late else None, told_by or None,
        ))  # fmt: skip
    return Sheet("improvements", say(mark("Improvement plan")), tuple(say(c) for c in COLUMNS), tuple(rows), say(NOTE))


def _ties(scope: Scope) -> dict[int, list[int]]:
    """Return the numbers of the complaints that each line answered, as the journal left them."""
    found: dict[int, list[int]] = {}
    for one, _ in complaints.as_of(scope.session, scope.over):
        if one.improvement_id is not None:
            found.setdefault(one.improvement_id, []).append(one.id)
    return found


TEXTS = ("finding", "decision", "owner", "effect")
YES = {True: mark("Yes"), False: mark("No")}
