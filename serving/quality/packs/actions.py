"""The list of reminders and actions, as a sheet; a note of a mentor is never told."""

from __future__ import annotations

from collections.abc import Mapping

from serving import choices
from serving.accounts.repository import display_names
from serving.quality.packs import repository
from serving.quality.scope import Scope
from serving.quality.sheets import Cell, Sheet
from serving.tables import Action, Roster


def sheet(scope: Scope) -> Sheet:
    """Return every reminder and action done on a scope's days."""
    rows = repository.actions(scope.session, scope.from_on, scope.until_on, before=scope.over)
    names = scope.learners({who.learner_id for _, who in rows if who})
    authors, say = display_names(scope.session), scope.speech.say
    columns = (
        say("Done on"), say("Learner"), say("Session"), say("Alert"), say("Nature"), say("Channel"), say("Result"),
        say("Next step"), say("Due on"), say("Author"), say("Recorded on"),
    )  # fmt: skip
    lines = tuple(_line(scope, action, who, names, authors.get(action.author_id, "")) for action, who in rows)
    note = say("Calls, messages, interviews and other actions, by the day on which they were done.")
    return Sheet("actions", say("Reminders and actions"), columns, lines, note, by=say("Nature"))


def _line(scope: Scope, action: Action, who: Roster | None, names: Mapping[int, str], author: str) -> tuple[Cell, ...]:
    def word(words: Mapping[str, str], code: str) -> str:
        return scope.speech.say(words[code]) if code in words else code

    return (
        action.done_on,
        names[who.learner_id] if who else "",
        who.session_name if who else "",
        action.alert_id,
        word(choices.KINDS, action.kind),
        word(choices.CHANNELS, action.channel),
        word(choices.RESULTS, action.result),
        word(choices.NEXT_STEPS, action.next_step),
        action.next_step_on,
        author,
        action.recorded_at,
    )
