"""Says what was measured of prevention to people who read no statistics. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from serving.effects.schemas import Told
from serving.language import Speech, mark

ESTIMATED, NO_OVERLAP = "estimated", "no_overlap"
DRAWN, CHOSEN = "intention_to_treat", "doubly_robust"
LIMITS = (
    mark(
        "It compares a contact now with none now: those not contacted then may have been later, so that "
        "what contacts are worth in all may be larger."
    ),
    mark("An exit that was never recorded counts as no abandonment, on both sides."),
    mark(
        "Learners are taken as independent of one another: where a whole session goes wrong, the difference is less "
        "certain than it is said."
    ),
    mark("It speaks of your learners up to that day, never of one of them, and is no judgement of a mentor."),
)
OF_CHOSEN = mark(
    "People chose whom to contact: what they knew and wrote nowhere is not in these figures. A share"
    " of the alerts in random order would settle it."
)
OF_WINDOW = mark(
    "A contact counts when it began within %(window)s days of the alert; those who left during them "
    "count on neither side, so that nobody had to stay to count as contacted."
)


def tell(measured: Mapping[str, Any], speech: Speech) -> Told:
    """Return what was measured in words, in the reader's language."""
    design = measured["designs"][measured["first"]]
    said = design["verdict"] == ESTIMATED
    chosen = design["method"] == CHOSEN
    limits = [speech.say(one) for one in LIMITS]
    if chosen:
        limits = [speech.say(OF_CHOSEN), speech.say(OF_WINDOW, window=measured["window"]), *limits]
    return Told(
        date.fromisoformat(measured["as_of"]),
        _headline(design, measured, speech),
        tuple(_grounds(design, speech) if said else [_lacking(design, speech)]),
        tuple(_misleading(design, measured, speech)),
        tuple(limits),
        tuple(_figures(design, speech)),
    )


def _headline(design: Mapping[str, Any], measured: Mapping[str, Any], speech: Speech) -> str:
    if design["verdict"] == NO_OVERLAP:
        return speech.say(mark("Those contacted and the others are too unlike to be compared."))
    if design["verdict"] != ESTIMATED:
        return speech.say(mark("Not enough data to say whether contacts change anything."))
    days, points = measured["horizon"], _points(abs(design["difference"]), speech)
    if design["high"] < 0:
        text = mark("Contacts help: %(points)s points fewer abandonments within %(days)s days.")
        return speech.say(text, points=points, days=days)
    if design["low"] > 0:
        text = mark(
            "Contacted learners abandon more, by %(points)s points within %(days)s days: look at who is "
            "contacted, and why."
        )
        return speech.say(text, points=points, days=days)
    return speech.say(mark("Nothing is proven: contacts may help, or change nothing."))


def _grounds(design: Mapping[str, Any], speech: Speech) -> list[str]:
    low, high = (_signed(design[end], speech) for end in ("low", "high"))
    between = mark(
        "The difference, with a contact less without, is %(value)s points; it lies between %(low)s and "
        "%(high)s, 19 times out of 20."
    )
    lines = [speech.say(between, value=_signed(design["difference"], speech), low=low, high=high)]
    if design["method"] == DRAWN:
        text = mark(
            "Who came first was drawn at random: the two sides were alike but for that, and this difference "
            "supposes nothing else."
        )
        return [*lines, speech.say(text)]
    share = speech.percent(design["share_compared"])
    text = mark(
        "Learners as alike as what was known allows are compared: %(share)s of the alerts had their like"
        " on the other side."
    )
    return [*lines, speech.say(text, share=share), _strength(design, speech)]


def _strength(design: Mapping[str, Any], speech: Speech) -> str:
    """Return the E-value in words."""
    if design["e_value_limit"] <= 1:
        return speech.say(mark("The interval already holds zero: chance alone may explain the difference."))
    text = mark(
        "To explain the difference away, something that nobody wrote down would have to make both a "
        "contact and an abandonment at least %(value)s times as likely; %(limit)s times, to bring the "
        "interval to zero."
    )
    value, limit = (speech.number(round(design[name], 1)) for name in ("e_value", "e_value_limit"))
    return speech.say(text, value=value, limit=limit)


def _lacking(design: Mapping[str, Any], speech: Speech) -> str:
    if design["verdict"] == NO_OVERLAP:
        text = mark(
            "Only %(share)s of the alerts have their like on the other side: mentors contact nearly all of "
            "some learners, and nearly none of others."
        )
        return speech.say(text, share=speech.percent(design["share_compared"] or 0))
    text = mark(
        "What is missing: %(learners)s more learners on the smaller side (contacted or not), and "
        "%(events)s more abandonments in all, among alerts whose time is over."
    )
    return speech.say(text, learners=design["missing_learners"], events=design["missing_events"])


def _misleading(design: Mapping[str, Any], measured: Mapping[str, Any], speech: Speech) -> list[tuple[str, str]]:
    told = []
    if design["naive"] is not None:
        text = mark("Those contacted against the others: %(value)s points.")
        why = (
            mark("Misleading: mentors call first those who were about to leave, which makes contacts look harmful.")
            if design["method"] == CHOSEN
            else mark("Here it is the very comparison that was drawn at random; it would mislead anywhere else.")
        )
        told.append((speech.say(text, value=_signed(design["naive"], speech)), speech.say(why)))
    if measured["before_after"] is not None:
        text = mark("All learners, since the first contact against before: %(value)s points.")
        why = mark("Misleading: the learners, the courses and the time of the year changed too.")
        told.append((speech.say(text, value=_signed(measured["before_after"], speech)), speech.say(why)))
    return told


def _figures(design: Mapping[str, Any], speech: Speech) -> list[tuple[str, str]]:
    counts = (
        (mark("Alerts counted"), design["n"]),
        (mark("Learners"), design["n_learners"]),
        (mark("Contacted, or put first"), design["n_contacted"]),
        (mark("Abandonments"), design["n_abandoned"]),
    )
    told = [(speech.say(words), speech.number(value)) for words, value in counts]
    risks = (
        (mark("Abandon with a contact"), design["with_contact"]),
        (mark("Abandon without"), design["without_contact"]),
    )
    return told + [(speech.say(words), _share(value, speech)) for words, value in risks if value is not None]


def _points(share: float, speech: Speech) -> str:
    return speech.number(round(100 * share, 1))


def _share(share: float, speech: Speech) -> str:
    return f"{_points(share, speech)}\u00a0%"


def _signed(share: float, speech: Speech) -> str:
    sign = "+" if share > 0 else "−" if share < 0 else ""
    return f"{sign}{_points(abs(share), speech)}"
