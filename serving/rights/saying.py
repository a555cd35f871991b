"""One value of what is held, in words: codes, days, reasons, and what an entry of the journal tells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from data.consents import PURPOSES
from data.errors import FilrougeError
from serving import choices
from serving.language import Speech, mark
from serving.rights import codes, columns
from serving.rights.holdings import MENTORS
from serving.site import Words

YES, NO = mark("Yes"), mark("No")
MENTOR = choices.ROLES["mentor"]
SINCE, GRAVE = mark("seen since %(day)s"), mark("told without waiting")
SAID_BY = {"known_on": "known_at", "submitted_on": "submitted_at", "occurred_to": "occurred_from"}
"""A day or an end that another column of the row tells: it is told when it differs alone."""
DATED = ("at", "on", "as_of")
"""Names, or ends of names, of what tells a day or an instant, kept as text (ISO 8601) by some tables."""


def pair(name: str, value: str, speech: Speech) -> str:
    """Return a name and its value as the language writes them."""
    return f"{name}\u00a0: {value}" if speech.language == "fr" else f"{name}: {value}"


def cells(table: str, row: Mapping[str, Any], speech: Speech, words: Words) -> Iterator[tuple[str, str]]:
    """Yield the words of each column of a row with those of its value: numbers come last.

    What is empty or said by another column of the row is left out. A column or a code that has no words stays as it is.
    """
    for column in sorted(row, key=columns.comes_last):
        if (table, column) == ("journal", "details"):
            yield from _details(row, speech, words)
        elif _is_said(row[column]) and not _is_said_twice(row, column, speech):
            yield named(table, column, speech), cell(table, row, column, speech, words)


def named(table: str, column: str, speech: Speech) -> str:
    """Return the words of a column, the column itself where it has none."""
    said = columns.name(table, column)
    return speech.say(said) if said else column


def label(words: Words, name: str, speech: Speech) -> str:
    """Return a feature's name; of what stands beside the features (a place, a bound), the words of the column."""
    try:
        return words.label(name, lang=speech.language)
    except FilrougeError:
        return named("features", name, speech)


def figure(name: str, value: Any, speech: Speech) -> str:
    """Return the value of a feature: yes or no, or an answer, where its figure stands for one."""
    from features import catalog

    told = catalog.catalog()[name].unit if name in catalog.catalog() else ""
    known = codes.FEATURE_VALUES.get(told, {})
    return speech.say(known[value]) if value in known else plain(value, speech)


def plain(value: Any, speech: Speech) -> str:
    """Return what is no code: yes or no, a day, an instant, a figure; anything else as it is.

    >>> from zoneinfo import ZoneInfo
    >>> [plain(value, Speech("en", ZoneInfo("Europe/Paris"))) for value in (True, date(2026, 6, 15), 0.25, 3, "B1")]
    ['Yes', 'June 15, 2026', '0.25', '3', 'B1']
    """
    if isinstance(value, bool):
        return speech.say(YES if value else NO)
    if isinstance(value, datetime):
        return speech.instant(value)
    if isinstance(value, date):
        return speech.day(value)
    if isinstance(value, float):
        return speech.number(round(value, 3))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def cell(table: str, row: Mapping[str, Any], column: str, speech: Speech, words: Words) -> str:
    """Return the value of a column in words; a code that has none stays as it is."""
    value, scale = row[column], row.get("scale")
    if column in MENTORS:
        return speech.say(MENTOR)
    if isinstance(value, datetime) and column.endswith("_on"):
        return speech.day(value.date())
    if isinstance(value, list):
        return ", ".join(_item(table, column, one, speech, words) for one in value)
    if column == "value" and isinstance(value, int | float) and isinstance(scale, str):
        known = codes.ANSWERS.get(scale, {})
        return speech.say(known[value]) if value in known else plain(value, speech)
    if column == "purpose" and value in PURPOSES:
        return PURPOSES[value].label_fr if speech.language == "fr" else PURPOSES[value].label_en
    return _text(table, column, value, speech) if isinstance(value, str) else plain(value, speech)


def _text(table: str, column: str, value: str, speech: Speech) -> str:
    known = codes.of(table, column)
    if value in known:
        return speech.say(known[value])
    if column in DATED or column.endswith(("_at", "_on", "_until")):
        return plain(_dated(value), speech)
    return value


def _dated(value: str) -> date | str:
    try:
        if len(value) == len("2026-06-15"):
            return date.fromisoformat(value)
        instant = datetime.fromisoformat(value)
    except ValueError:
        return value
    return instant if instant.tzinfo else value


def _item(table: str, column: str, one: Any, speech: Speech, words: Words) -> str:
    if column == "reasons":
        return _reason(one, speech, words)
    if column in ("kinds", "signals"):
        return _signal(one, speech, words, why=column == "signals")
    if isinstance(one, dict):
        inner = (pair(*told, speech) for told in cells(table, one, speech, words))
        return f"({', '.join(inner)})"
    return _text(table, column, one, speech) if isinstance(one, str) else plain(one, speech)


def _reason(one: Any, speech: Speech, words: Words) -> str:
    """Return the fact that a reason tells; of a feature that is not known any more, its name and its value."""
    if not isinstance(one, dict) or "feature" not in one:
        return label(words, one, speech) if isinstance(one, str) else plain(one, speech)
    try:
        return words.sentence(one["feature"], one.get("value"), one.get("previous"), lang=speech.language)
    except FilrougeError:
        return pair(label(words, one["feature"], speech), plain(one.get("value"), speech), speech)


def _signal(one: Any, speech: Speech, words: Words, *, why: bool) -> str:
    told = one if isinstance(one, dict) else {"kind": one}
    kind = str(told.get("kind", ""))
    parts = [speech.say(SINCE, day=plain(_dated(told["since"]), speech))] if "since" in told else []
    parts += [speech.say(GRAVE)] if told.get("grave") else []
    parts += [_reason(reason, speech, words) for reason in told.get("reasons", ()) if why]
    said = speech.say(choices.ALERT_KINDS[kind]) if kind in choices.ALERT_KINDS else kind
    return f"{said} ({', '.join(parts)})" if parts else said


def _details(row: Mapping[str, Any], speech: Speech, words: Words) -> Iterator[tuple[str, str]]:
    """Yield what an entry of the journal tells beside its columns, in the words of the table that it is about."""
    table = codes.STEPS_OF.get(row.get("event", "").partition("_")[0], "")
    for key, value in json.loads(row["details"] or "{}").items():
        if _is_said(value):
            column = key.removeprefix("before.").removesuffix("_digest")
            yield _detail(table, key, column, speech), cell(table, {column: value}, column, speech, words)


def _detail(table: str, key: str, column: str, speech: Speech) -> str:
    said = columns.DETAILS.get(column)
    name = speech.say(said) if said else named(table, column, speech)
    if key.startswith("before."):
        return speech.say(columns.BEFORE, what=name)
    return speech.say(columns.DIGEST, what=name) if key.endswith("_digest") else name


def _is_said(value: Any) -> bool:
    return value is not None and value != "" and value != []


def _is_said_twice(row: Mapping[str, Any], column: str, speech: Speech) -> bool:
    other, value = row.get(SAID_BY.get(column, "")), row[column]
    if isinstance(value, date) and not isinstance(value, datetime) and isinstance(other, datetime):
        return other.astimezone(speech.zone).date() == value
    return other is not None and other == value
