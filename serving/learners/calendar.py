"""A follow-up as a calendar event (RFC 5545): a day, a link, and nobody's name. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NINE = time(9)
QUARTER = timedelta(minutes=15)
USUAL = timedelta(days=7)
FOLD = 74


@dataclass(frozen=True)
class FollowUp:
    """An event: its words, where it leads, and when it starts."""

    title: str
    link: str
    on: date


@dataclass(frozen=True)
class Meeting:
    """An appointment: its words, where it leads, when it starts (aware) and for how many minutes."""

    title: str
    link: str
    at: datetime
    minutes: int
    cancelled: bool = False


def day_of(promised: date | None, today: date) -> date:
    """Return the day of a follow-up: the one promised if it is still to come, a week from now otherwise, no weekend."""
    day = promised if promised is not None and promised >= today else today + USUAL
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def write(event: FollowUp, *, uid: str, now: datetime, zone: ZoneInfo) -> str:
    """Return the event as a calendar file, at nine in the organisation's morning, for a quarter of an hour."""
    starts = datetime.combine(event.on, NINE, zone)
    return _file(event.title, event.link, starts, starts + QUARTER, uid=uid, now=now)


def write_meeting(event: Meeting, *, uid: str, now: datetime) -> str:
    """Return an appointment as a calendar file; one that was cancelled says so to a calendar that has it."""
    ends = event.at + timedelta(minutes=event.minutes)
    more = ["STATUS:CANCELLED"] if event.cancelled else ["STATUS:CONFIRMED"]
    return _file(event.title, event.link, event.at, ends, uid=uid, now=now, more=more)


def _file(
    title: str, link: str, starts: datetime, ends: datetime, *, uid: str, now: datetime, more: Sequence[str] = ()
) -> str:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Filrouge//FR",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{uid}@filrouge",
        f"DTSTAMP:{_instant(now)}",
        f"DTSTART:{_instant(starts)}",
        f"DTEND:{_instant(ends)}",
        f"SUMMARY:{_text(title)}",
        f"DESCRIPTION:{_text(link)}",
        f"URL:{link}",
        *more,
        "CLASS:PRIVATE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Cut a line at 74 octets, never inside a letter."""
    parts, size = [""], 0
    for letter in line:
        width = len(letter.encode())
        if size + width > FOLD:
            parts.append(" ")
            size = 1
        parts[-1] += letter
        size += width
    return "\r\n".join(parts)
