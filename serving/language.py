"""French first, English second: messages are English in the code, French in `locales/`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations
from starlette.requests import Request

LANGUAGES = ("fr", "en")
COOKIE = "filrouge_lang"
FIRST_OF_MONTH = re.compile(r"(?<!\d)1 (?=[^\W\d])")
LOCALES = Path(__file__).parent / "locales"


def mark(message: str) -> str:
    """Mark a message for translation where it is only named; it is translated where it is shown."""
    return message


@cache
def translations(language: str) -> NullTranslations:
    """Return the messages of a language, compiled in memory."""
    source = LOCALES / language / "LC_MESSAGES" / "filrouge.po"
    if not source.exists():
        return NullTranslations()
    with source.open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


@dataclass(frozen=True)
class Speech:
    """Says messages, dates and figures in one language."""

    language: str
    zone: ZoneInfo

    def say(self, message: str, **values: object) -> str:
        """Return a message translated, its `%(name)s` filled in."""
        text: str = translations(self.language).ugettext(message)
        return text % values if values else text

    def day(self, day: date, pattern: str = "long") -> str:
        """Return a day in words, « 15 juin 2026 »."""
        return self._first(format_date(day, pattern, locale=self.language))

    def short_day(self, day: date) -> str:
        """Return a day without its year, « lun. 15 juin »."""
        return self.day(day, "EEE d MMM")

    def weekday(self, day: date) -> str:
        """Return a day with its name and without its year, « lundi 15 juin »."""
        return self.day(day, "EEEE d MMMM")

    def from_code(self, day: str) -> str:
        """Return a day kept as text (ISO 8601) with its name and without its year."""
        return self.weekday(date.fromisoformat(day))

    def after(self, day: date, days: int) -> str:
        """Return the day some days later, as a form sends it back."""
        return (day + timedelta(days=days)).isoformat()

    def _first(self, text: str) -> str:
        """In French, write « 1er juin »."""
        return FIRST_OF_MONTH.sub("1er ", text) if self.language == "fr" else text

    def instant(self, instant: datetime) -> str:
        """Return an instant to the minute, in the organisation's time zone."""
        return self._first(format_datetime(instant, "d MMM y, HH:mm", tzinfo=self.zone, locale=self.language))

    def number(self, value: float) -> str:
        """Return a number with the language's separators."""
        return format_decimal(value, locale=self.language)

    def figure(self, value: float) -> str:
        """Return a figure to three decimals."""
        return format_decimal(value, "0.000", locale=self.language)

    def percent(self, share: float) -> str:
        """Return a share as a whole percentage."""
        return format_percent(share, locale=self.language)


@dataclass(frozen=True)
class Languages:
    """Chooses a person's language.

    Parameters
    ----------
    default : language when nothing says otherwise.
    zone : the organisation's time zone.
    """

    default: str
    zone: ZoneInfo

    def speech(self, request: Request, preferred: str | None = None) -> Speech:
        """Return the speech of a request: `?lang=`, the cookie, the account, the browser, the default."""
        return Speech(
            choose(request.query_params, request.cookies, preferred, request.headers, self.default), self.zone
        )


def choose(
    query: Mapping[str, str],
    cookies: Mapping[str, str],
    preferred: str | None,
    headers: Mapping[str, str],
    default: str,
) -> str:
    """Return the first language spoken among the wishes, in their order."""
    browser = [part.split(";")[0].strip()[:2].lower() for part in headers.get("accept-language", "").split(",")]
    for wish in (query.get("lang"), cookies.get(COOKIE), preferred, *browser):
        if wish in LANGUAGES:
            return wish
    return default
