"""Dates as Moodle's reports write them, in French and in English, and the order of day and month settled by evidence.

`05/06/26` is a day of June or of May: the whole file decides, never one row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from data.errors import SourceError

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
UNREADABLE, NO_YEAR, NO_HOUR = "unreadable date", "date without a year", "hour that does not exist (clock change)"

_MONTHS = (
    ("janvier", "janv", "january", "jan"), ("février", "févr", "fevrier", "fevr", "february", "feb"),
    ("mars", "march", "mar"), ("avril", "avr", "april", "apr"), ("mai", "may"), ("juin", "june", "jun"),
    ("juillet", "juil", "july", "jul"), ("août", "aout", "august", "aug"),
    ("septembre", "sept", "september", "sep"), ("octobre", "oct", "october"),
    ("novembre", "nov", "november"), ("décembre", "déc", "decembre", "dec", "december"),
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_WORD = "|".join(sorted(MONTHS, key=len, reverse=True))
_TIME = r"(?P<hour>\d{1,2})\s*[:h]\s*(?P<minute>\d{2})(?::(?P<second>\d{2}))?\s*(?P<half>[ap]\.?m\.?)?"
_WEEKDAY = r"(?:[^\W\d]+\.?,?\s+)?"
_GAP = r",?\s*(?:à\s+|at\s+)?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_NUMBERS = re.compile(rf"(?P<one>\d{{1,2}})[/.-](?P<two>\d{{1,2}})[/.-]{_YEAR}(?!\d){_GAP}{_TIME}", re.I)
_ISO = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d{{2}})-(?P<day>\d{{2}})(?:T|\s|,)\s*{_TIME}", re.I)
_DAY_WORD = re.compile(
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:er|st|nd|rd|th)?\s+(?P<word>{_WORD})\.?,?\s+{_YEAR}{_GAP}{_TIME}", re.I
)
_WORD_DAY = re.compile(
    rf"{_WEEKDAY}(?P<word>{_WORD})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}{_GAP}{_TIME}", re.I
)
_YEARLESS = re.compile(
    rf"{_WEEKDAY}(?:\d{{1,2}}[/.-]\d{{1,2}}|\d{{1,2}}(?:er)?\s+(?:{_WORD})\.?|(?:{_WORD})\.?\s+\d{{1,2}}){_GAP}{_TIME}",
    re.I,
)


@dataclass
class Evidence:
    """What the dates of a file tell of the order of their numbers, one pass, whatever their number.

    A number above 12 is a day. Moodle writes a log newest first: of two orders, the one in which the file is sorted
    is its own.
    """

    numbers: int = 0
    first_is_day: bool = False
    second_is_day: bool = False
    _last: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _ways: dict[str, set[str]] = field(default_factory=lambda: {DAY_FIRST: set(), MONTH_FIRST: set()})

    def see(self, text: str) -> None:
        """Take one date into account.

        Raises
        ------
        ValueError : it has no year.
        """
        found = _NUMBERS.fullmatch(text.strip())
        if not found:
            if _YEARLESS.fullmatch(text.strip()):
                raise ValueError(NO_YEAR)
            return
        one, two = int(found["one"]), int(found["two"])
        self.numbers += 1
        self.first_is_day |= one > 12
        self.second_is_day |= two > 12
        rest = _clock(found)
        for order, day, month in ((DAY_FIRST, one, two), (MONTH_FIRST, two, one)):
            now = (_year(found["year"]), month, day, *rest)
            last = self._last.get(order, now)
            if now != last:
                self._ways[order].add("later" if now > last else "earlier")
            self._last[order] = now

    def order(self, *, french: bool, file: str, asked: str = "") -> str:
        """Return the order of day and month.

        Raises
        ------
        SourceError : the file has both orders, or nothing tells.
        """
        if asked or not self.numbers:
            return asked or DAY_FIRST
        if self.first_is_day and self.second_is_day:
            raise SourceError("the file has dates of two orders", where=file, todo="export it again, from one language")
        if self.first_is_day != self.second_is_day:
            return DAY_FIRST if self.first_is_day else MONTH_FIRST
        sorted_in = [order for order, ways in self._ways.items() if len(ways) <= 1]
        if len(sorted_in) == 1:
            return sorted_in[0]
        if french:
            return DAY_FIRST
        raise SourceError(
            "nothing tells whether the day or the month comes first", where=file,
            accepted=f"{DAY_FIRST}, {MONTH_FIRST}", todo="say it: --set dates=…",
        )  # fmt: skip


def instant(text: str, zone: ZoneInfo, order: str = DAY_FIRST) -> datetime | str:
    """Return the instant of a date written in a time zone, or the reason why it cannot be read.

    An hour that comes twice, when clocks go back, is the first of the two; one that clocks jump over is no hour.
    """
    told = text.strip()
    found = next((match for shape in (_ISO, _NUMBERS, _DAY_WORD, _WORD_DAY) if (match := shape.fullmatch(told))), None)
    if found is None:
        return NO_YEAR if _YEARLESS.fullmatch(told) else UNREADABLE
    given = found.groupdict()
    one, two = int(given.get("one") or 0), int(given.get("two") or 0)
    day = int(given.get("day") or (one if order == DAY_FIRST else two))
    month = int(given.get("month") or 0) or MONTHS.get((given.get("word") or "").lower()) or 0
    month = month or (two if order == DAY_FIRST else one)
    try:
        local = datetime(_year(given["year"]), month, day, *_clock(found), tzinfo=zone)
    except ValueError:
        return UNREADABLE
    if not _clocks_change(local.date(), zone):
        return local
    back = local.astimezone(UTC).astimezone(zone)
    return local if back.replace(tzinfo=None) == local.replace(tzinfo=None) else NO_HOUR


@lru_cache(maxsize=4096)
def _clocks_change(day: date, zone: ZoneInfo) -> bool:
    """Tell whether clocks change on a day, or may."""
    if date.max - day < timedelta(days=2):
        return True
    midnight = datetime.combine(day, time(), zone)
    return midnight.utcoffset() != (midnight + timedelta(days=1)).utcoffset()


def _clock(found: re.Match[str]) -> tuple[int, int, int]:
    """Return hour, minute and second of a time, of 12 or 24 hours."""
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return hour, int(found["minute"]), int(found["second"] or 0)


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)
