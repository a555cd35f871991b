"""The figures as tables of evidence: always suppressed, since a sheet leaves the organisation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from serving.language import Speech, mark
from serving.quality.figures import service
from serving.quality.figures.catalog import BY_CODE, FIGURES, PUBLISHED, SHARE, UNITS, Figure
from serving.quality.figures.inputs import Value
from serving.quality.figures.service import ORGANISATION, Row, Table
from serving.quality.scope import Scope
from serving.quality.sheets import Cell, Sheet

SMALL = mark("not published")
NOTHING = "–"
"""Told where there is nothing to count."""
PERCENT = "%"
HEADS = (
    mark("Figure"), mark("Course"), mark("Session"), mark("Value"), mark("Unit"), mark("Numerator"),
    mark("Denominator"), mark("Formula"), mark("Window"), mark("Left out"), mark("First day"), mark("Last day"),
    mark("Known before"),
)  # fmt: skip
ALL = mark("all")
NOTE = mark(
    "A figure that concerns fewer than five people, or tells apart fewer than five of them, is not published; nor are "
    "others from which it could be worked out."
)


def sheets(scope: Scope) -> tuple[Sheet, ...]:
    """Return the published rates (indicator 2), every figure by course then by session, and what each of them says."""
    found, speech = table_of(scope), scope.speech
    by_course, by_session = (
        [row for row in found.rows if bool(row.place[1]) is of_session] for of_session in (False, True)
    )
    return (
        published(found, speech),
        Sheet(
            "figures",
            speech.say(mark("Key figures")),
            *_short(found, by_course, speech),
            speech.say(NOTE),
            once=(speech.say(HEADS[2]),),
        ),
        Sheet(
            "figures_by_session",
            speech.say(mark("Key figures by session")),
            *_short(found, by_session, speech),
            speech.say(NOTE),
        ),
        defined(speech),
    )


def defined(speech: Speech) -> Sheet:
    """Return the formula of each figure, its window, and who is left out."""
    heads = (HEADS[0], *HEADS[7:10], HEADS[4])
    rows = tuple(
        (*(speech.say(words) for words in (one.name, one.formula, one.window, one.left_out)), unit(one, speech))
        for one in FIGURES
    )
    title = speech.say(mark("What each figure says"))
    return Sheet("definitions", title, tuple(speech.say(head) for head in heads), rows)


def sheet(scope: Scope) -> Sheet:
    """Return every figure of the organisation, its courses and sessions."""
    return figures(table_of(scope), scope.speech)


def table_of(scope: Scope) -> Table:
    """Return the figures that a scope asks for."""
    until, zone = min(scope.until_on, scope.today), scope.speech.zone
    return service.table(scope.session, scope.records, since=scope.from_on, until=until, today=scope.today, zone=zone)


def figures(table: Table, speech: Speech) -> Sheet:
    """Return every figure, scope by scope."""
    lines = _lines(table, FIGURES, table.rows, speech)
    return Sheet("figures", speech.say(mark("Key figures")), _heads(speech), lines, speech.say(NOTE))


def published(table: Table, speech: Speech) -> Sheet:
    """Return the rates that indicator 2 asks to publish, for the organisation and each course."""
    rows = [row for row in table.rows if not row.place[1]]
    lines = _lines(table, [BY_CODE[code] for code in PUBLISHED], rows, speech)
    heads = _heads(speech)
    title = speech.say(mark("Published rates"))
    return Sheet("published_rates", title, heads, lines, speech.say(NOTE), once=(heads[2], *heads[7:]))


def _short(table: Table, rows: Sequence[Row], speech: Speech) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    """Return the heads and the lines of some places, without what is the same on each line."""
    return _heads(speech)[:7], tuple(line[:7] for line in _lines(table, FIGURES, rows, speech))


def _heads(speech: Speech) -> tuple[str, ...]:
    return tuple(speech.say(head) for head in HEADS)


def _lines(table: Table, wanted: Iterable[Figure], rows: Sequence[Row], speech: Speech) -> tuple[tuple[Cell, ...], ...]:
    return tuple(_line(table, figure, row, speech) for figure in wanted for row in rows)


def _line(table: Table, figure: Figure, row: Row, speech: Speech) -> tuple[Cell, ...]:
    say, value = speech.say, service.shown_outside(row, figure.code)
    told: tuple[Cell, ...] = (say(SMALL), unit(figure, speech), None, None)
    if value is not None:
        told = (_written(value, figure), unit(figure, speech), _whole(value.numerator), value.denominator)
    course = say(ALL) if row.place == ORGANISATION else row.place[0]
    words = (say(figure.formula), say(figure.window), say(figure.left_out))
    window = table.window
    return (say(figure.name), course, row.place[1] or say(ALL), *told, *words, window.since, window.until, window.today)


def unit(figure: Figure, speech: Speech) -> str:
    """Return a figure's unit in words; a share is told in hundredths."""
    return PERCENT if figure.unit == SHARE else speech.say(UNITS[figure.unit])


def rounded(value: Value, figure: Figure) -> float | None:
    """Return a figure as it is written: a share to three decimals, the others to one."""
    return None if value.value is None else round(value.value, 3 if figure.unit == SHARE else 1)


def _written(value: Value, figure: Figure) -> float | str:
    """Return a figure as a sheet tells it: a share in hundredths; a dash where nothing is counted."""
    told = rounded(value, figure)
    if told is None:
        return NOTHING
    return round(100 * told, 1) if figure.unit == SHARE else told


def _whole(number: float) -> Cell:
    return int(number) if number == int(number) else number
