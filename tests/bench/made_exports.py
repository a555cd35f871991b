"""Made-up exports of any size for the bench: what the example's learners would have done elsewhere."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from tests.bench.made_files import addresses, write

STAMP = "strftime(moment, '%Y-%m-%dT%H:%M:%SZ')"
JSON_LINES = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\t'"
SAID = (
    "Bonjour, quelqu'un sait comment rendre le devoir de la semaine ?", "Merci beaucoup, c'est très clair maintenant.",
    "Je suis perdue depuis le module 3, je pense arrêter.", "La vidéo ne se lance pas, page blanche.",
    "On se retrouve jeudi pour réviser ensemble ?",
)  # fmt: skip
FIRST = datetime(2026, 5, 12, 8, tzinfo=UTC)
CHANNEL = 1_000_000
A_DAY = 5000
"""Messages of a Discord channel at most, of one Slack day's file."""


def statements(folder: Path, rows: int) -> Path:
    """Write xAPI statements as JSON lines."""
    query = f"""
SELECT to_json({{'id': uuid()::VARCHAR, 'actor': {{'mbox': 'mailto:' || email}},
    'verb': {{'id': 'http://id.tincanapi.com/verb/viewed'}}, 'object': {{'id': 'https://example.org/page/' || (n % 500),
        'definition': {{'type': 'http://activitystrea.ms/schema/1.0/page'}}}},
    'timestamp': {STAMP}, 'stored': {STAMP}}}) FROM acts"""
    return write(query, folder / "statements.jsonl", JSON_LINES, rows)


def presences(folder: Path, rows: int) -> Path:
    """Write an attendance sheet, a line a slot."""
    query = """
SELECT email AS "E-mail", session AS "Session", strftime(moment, '%d/%m/%Y') AS "Date",
    strftime(moment, '%H:%M') AS "Heure", CASE n % 9 WHEN 0 THEN 'Absent' WHEN 1 THEN 'En retard' ELSE 'Présent' END
        AS "Présence" FROM acts"""
    return write(query, folder / "emargement.csv", "HEADER, DELIMITER ';'", rows)


def connections(folder: Path, rows: int) -> Path:
    """Write a Parquet file of connections."""
    query = """SELECT email AS "E-mail", moment AS "Date et heure", n % 500 AS "Ressource" FROM acts"""
    return write(query, folder / "connexions.parquet", "FORMAT parquet", rows)


def logs(folder: Path, rows: int) -> Path:
    """Write a teacher's Logs report, newest first as Moodle does."""
    query = """
SELECT strftime(moment, '%d/%m/%y, %H:%M:%S') AS "Heure", 'A B' AS "Nom complet de l’utilisateur",
    '-' AS "Utilisateur concerné", 'Page: P' AS "Contexte de l’événement", 'Page' AS "Composant",
    'Module de cours consulté' AS "Nom de l’événement", 'The user with id ''' || account || ''' viewed the ''page'''
        || ' activity with course module id ''' || (300 + n % 97) || '''.' AS "Description", 'web' AS "Origine",
    '203.0.113.1' AS "Adresse IP" FROM acts WHERE session = 'DWEB-2601' ORDER BY moment DESC"""
    return write(query, folder / "logs-DWEB-2601.csv", "HEADER", rows * 11)


def slack(folder: Path, rows: int) -> Path:
    """Write a Slack export: one public channel, a file a day."""
    place = folder / "slack"
    (place / "general").mkdir(parents=True)
    users = [{"id": f"U{n}", "name": f"u{n}", "profile": {"email": email}} for n, email in enumerate(addresses())]
    (place / "users.json").write_text(json.dumps(users))
    (place / "channels.json").write_text(json.dumps([{"id": "C1", "name": "general", "is_archived": False}]))
    days = (rows + A_DAY - 1) // A_DAY
    for day in range(days):
        told = [_message(n, len(users)) for n in range(day * A_DAY, min(rows, (day + 1) * A_DAY))]
        (place / "general" / f"{(FIRST + timedelta(days=day)).date()}.json").write_text(json.dumps(told))
    return place


def _message(n: int, people: int) -> dict[str, Any]:
    seconds = FIRST.timestamp() + (n * 7919) % 2_600_000
    return {
        "type": "message",
        "user": f"U{n % people}",
        "text": SAID[n % len(SAID)],
        "ts": f"{seconds:.0f}.{n % 1_000_000:06d}",
    }


def discord(folder: Path, rows: int) -> Path:
    """Write a Discord export, a file a channel of a million messages at most, and who its accounts are."""
    emails = addresses()
    with (folder / "people.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("person", "email", "role"), *((str(n), e, "") for n, e in enumerate(emails))])
    place = folder / "export"
    place.mkdir()
    messages = _discord_messages(rows, len(emails))
    for number in range(-(-rows // CHANNEL)):
        _discord_channel(place / f"channel-{number}.json", str(2 + number), islice(messages, CHANNEL))
    return place


def _discord_channel(place: Path, number: str, messages: Iterable[dict[str, Any]]) -> None:
    channel = {"id": number, "type": "GuildTextChat", "name": f"aide-{number}"}
    head = json.dumps({"guild": {"id": "1", "name": "G"}, "channel": channel})
    with place.open("w") as file:
        file.write(head[:-1] + ', "messages": [')
        for n, told in enumerate(messages):
            file.write(("," if n else "") + json.dumps(told))
        file.write("]}")


def _discord_messages(rows: int, people: int) -> Iterator[dict[str, Any]]:
    for n in range(rows):
        at = FIRST + timedelta(seconds=(n * 7919) % 2_600_000)
        author = {"id": str(n % people), "name": f"u{n % people}", "isBot": False, "roles": []}
        yield {"id": str(10**6 + n), "type": "Default", "timestamp": at.isoformat(), "content": SAID[n % len(SAID)],
               "author": author, "reactions": []}  # fmt: skip
