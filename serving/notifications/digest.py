"""Says what waits, in counts and links: no name, no score, no reason about a person, in any channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from serving.language import Speech, mark
from serving.pages import environment
from serving.quality.words import GAPS

MINE, QUALITY_HOME = "/missing", "/quality"
"""Where the proofs asked of whoever follows learners are, and those asked of everybody."""
LINES: dict[str, tuple[str, str]] = {
    "urgent": (mark("Alerts to look at without waiting"), "/today"),
    "escalated": (mark("Alerts handed on because nobody looked at them"), "/today"),
    "late": (mark("Alerts whose first contact is late, by the procedure"), "/today"),
    "new": (mark("New alerts"), "/today"),
    "waiting": (mark("Alerts to look at"), "/today"),
    "follow_ups": (mark("Follow-ups planned for today or before"), "/today"),
    "signals": (mark("Sessions that sink together"), "/sessions"),
    "to_call": (mark("Alerts on which nothing was done, yours by the procedure"), MINE),
    "to_remind": (mark("Reminders to send, by the procedure"), MINE),
    "to_decide": (mark("Abandonments to declare, or not"), MINE),
    "to_tell": (mark("Abandonments to tell in writing: the delay is over"), MINE),
    **{kind: (words, f"{QUALITY_HOME}?kind={kind}") for kind, words in GAPS.items()},
}
"""Each count, its words and the page that shows it; in the order in which they are told."""
SUBJECTS = {
    "digest": mark("Filrouge: your round-up of %(day)s"),
    "grave": mark("Filrouge: something to look at without waiting"),
    "trial": mark("Filrouge: a trial message"),
    "challenger": mark("Filrouge: a model waits for your decision"),
    "proofs": mark("Filrouge: the proofs that are missing"),
    "clock": mark("Filrouge: a delay in hours is running"),
}
TRIAL = mark("This message is a trial: this channel works.")
CHALLENGER = mark("A model trained on newer records was scored in the shadow: decide whether it serves.")
HOMES = {"trial": ("/preferences", TRIAL), "challenger": ("/model", CHALLENGER)}
"""The page that a message leads to and its one line, where it does not tell counts."""
OPEN = mark("Open Filrouge")
NOBODY = mark("No name is written here: they are on the pages, once signed in.")


@dataclass(frozen=True)
class Words:
    """A message in one language: `lines` are sentences with their pages.

    `preferences` is the page where fewer are asked for, or the one that ends the matter; empty where nobody may choose
    not to be told.
    """

    subject: str
    lines: tuple[tuple[str, str], ...]
    home: str
    preferences: str
    speech: Speech

    def plain(self) -> str:
        """Return the message as plain text, for chats."""
        say = self.speech.say
        told = [text for text, _ in self.lines]
        return "\n".join([*told, say(mark("Open Filrouge: %(address)s"), address=self.home), say(NOBODY)])

    def markdown(self) -> str:
        """Return the message for a chat that reads Markdown."""
        say = self.speech.say
        told = [f"- {text}" for text, _ in self.lines]
        return "\n".join([*told, "", f"[{say(OPEN)}]({self.home})", "", say(NOBODY)])

    def html(self) -> str:
        """Return the message as a small page, for e-mails; it loads nothing."""
        page = environment(self.speech.language).get_template("message.html")
        return page.render(words=self, speech=self.speech, nobody=NOBODY)


def counts_of(kind: str, told: Mapping[str, int]) -> dict[str, int]:
    """Return the counts worth telling, in their order: those of `LINES` that are not zero."""
    return {name: told[name] for name in LINES if told.get(name)} if kind not in HOMES else {}


def compose(
    kind: str, told: Mapping[str, int], speech: Speech, *, day: date, public_url: str, home: str = "/today"
) -> Words:
    """Return a message's words.

    Parameters
    ----------
    kind : `digest`, `grave`, `proofs`, `clock`, `trial` or `challenger`.
    home : the first page of whom it is for; a line that leads to the quality team's pages leads others to their own.
    told : how many of each thing of `LINES`; what is zero is not said.
    """
    rows = [(speech.say(LINES[name][0]), _page_of(name, home), n) for name, n in counts_of(kind, told).items()]
    lines = [
        (speech.say(mark("%(what)s: %(n)s"), what=what, n=speech.number(n)), public_url + to) for what, to, n in rows
    ]
    if kind in HOMES:
        lines = [(speech.say(HOMES[kind][1]), public_url + HOMES[kind][0])]
    return Words(
        subject=speech.say(SUBJECTS[kind], day=speech.weekday(day)) if kind == "digest" else speech.say(SUBJECTS[kind]),
        lines=tuple(lines),
        home=public_url + HOMES.get(kind, (home,))[0],
        preferences=public_url + HOMES.get(kind, ("/preferences",))[0],
        speech=speech,
    )


def _page_of(name: str, home: str) -> str:
    page = LINES[name][1]
    return MINE if page.startswith(QUALITY_HOME) and home != QUALITY_HOME else page
