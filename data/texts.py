"""The texts of learners' posts, kept for some days where the organisation decided so; nowhere otherwise.

They are in one private SQLite file, `texts.db`, by the pseudonym of the post. The posts of the staff are not kept: the
reason to keep a text is to let a mentor read what an alert about a learner rests on. A text goes on its day, with its
learner, with the right to read it, or when the organisation stops.
"""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from data.consents import Consents
from data.errors import StoreError
from data.home import Home, make_private
from data.privacy import Pseudonymiser
from data.sources.authored import from_html
from data.store import RecordStore
from data.wording import Words

FILE = "texts.db"
AT_ONCE = 1_000
"""Posts whose text is held at once."""
LONGEST_DAYS = 366
SCHEMA = """
CREATE TABLE IF NOT EXISTS texts (
    record_id INTEGER PRIMARY KEY, enrolment_id INTEGER NOT NULL, learner_id INTEGER NOT NULL, known_on TEXT NOT NULL,
    kept_until TEXT NOT NULL, text TEXT NOT NULL)
"""
DECISIONS = """
CREATE TABLE IF NOT EXISTS text_keeping (
    number INTEGER PRIMARY KEY AUTOINCREMENT, days INTEGER NOT NULL, reason TEXT NOT NULL, recorded_by TEXT NOT NULL,
    decided_at TEXT NOT NULL);
""" + "".join(
    f"CREATE TRIGGER IF NOT EXISTS text_keeping_{verb} BEFORE {verb} ON text_keeping"
    " BEGIN SELECT RAISE(ABORT, 'text_keeping is append-only'); END;\n"
    for verb in ("UPDATE", "DELETE")
)
READABLE = """
CREATE TABLE kept AS
SELECT p.record_id, p.enrolment_id, e.learner_id, p.known_on, p.known_on + CAST($days AS INTEGER) AS kept_until
FROM posts p JOIN enrolments e USING (enrolment_id)
WHERE p.author_role = 'learner' AND p.known_on + CAST($days AS INTEGER) > $today
"""
PURPOSES = ("alerts", "community")
"""What must be allowed for a post to be read."""


@dataclass(frozen=True)
class Keeping:
    """One decision: for how many days texts are kept from the day they were known (0: no more), why, by whom, when."""

    days: int
    reason: str
    recorded_by: str
    decided_at: str


class Texts:
    """The texts of one home. Reading never creates a file: without a decision, nothing is kept."""

    def __init__(self, home: Home) -> None:
        self._home, self.path = home, home.root / FILE

    def decide(self, days: int, *, reason: str, by: str, at: datetime) -> Keeping:
        """Add a decision. A shorter time holds for the texts that are there too; 0 days deletes them all.

        Raises
        ------
        StoreError : not a number of days, no reason, nobody to answer for it; or an import is running.
        """
        if not 0 <= days <= LONGEST_DAYS:
            raise StoreError("not a number of days", accepted=f"1 to {LONGEST_DAYS}")
        if not reason.strip() or not by.strip():
            raise StoreError("a decision needs its reason and who answers for it", todo="give --reason and --by")
        told = Keeping(days, reason.strip(), by.strip(), at.isoformat(timespec="seconds"))
        with RecordStore(self._home).locked():
            with _open(self._home.identities_database, DECISIONS) as connection:
                values = (told.days, told.reason, told.recorded_by, told.decided_at)
                names = "days, reason, recorded_by, decided_at"
                connection.execute(f"INSERT INTO text_keeping ({names}) VALUES (?, ?, ?, ?)", values)
            self._shorten(days)
        return told

    def decisions(self) -> list[Keeping]:
        """Return what was decided, oldest first."""
        if not self._home.identities_database.exists():
            return []
        with _open(self._home.identities_database) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'text_keeping'").fetchone():
                return []
            query = "SELECT days, reason, recorded_by, decided_at FROM text_keeping ORDER BY number"
            return [Keeping(*row) for row in connection.execute(query)]

    @property
    def days(self) -> int:
        """For how many days texts are kept; 0 when they are not."""
        decisions = self.decisions()
        return decisions[-1].days if decisions else 0

    def count(self) -> int:
        """Return how many texts are there."""
        if not self.path.exists():
            return 0
        with _open(self.path) as connection:
            return int(connection.execute("SELECT count(*) FROM texts").fetchone()[0])

    def keep(self, told: pa.RecordBatchReader, pseudonymiser: Pseudonymiser, *, today: date) -> None:
        """Keep the texts of posts that the store holds, are a learner's, may be read, and whose day has not come.

        Parameters
        ----------
        told : `post`, the source's own identifier, and `text`.
        """
        with RecordStore(self._home).connect() as records, _open(self.path, SCHEMA) as connection:
            records.execute(READABLE, {"days": self.days, "today": today})
            for batch in told:
                texts = {pseudonymiser.one("post", row["post"]): row["text"] for row in batch.to_pylist()}
                query = "SELECT * FROM kept WHERE record_id IN (SELECT unnest(?::BIGINT[]))"
                rows = [
                    (number, enrolment, learner, known.isoformat(), until.isoformat(), _words(texts[number]))
                    for number, enrolment, learner, known, until in records.execute(query, [list(texts)]).fetchall()
                ]
                connection.executemany("INSERT OR REPLACE INTO texts VALUES (?, ?, ?, ?, ?, ?)", rows)
                connection.commit()  # a few at a time: nobody who reads or objects meanwhile waits long
        self.drop_unreadable()

    def text_of(self, record_ids: Collection[int], *, today: date) -> dict[int, str]:
        """Return the texts of posts, by pseudonym: those kept, not past their day, and that may be read now."""
        if not self.path.exists() or not self.days:
            return {}
        numbers = [int(number) for number in record_ids]
        with RecordStore(self._home).connect() as records:
            query = "SELECT record_id FROM posts WHERE record_id IN (SELECT unnest(?::BIGINT[]))"
            readable = [number for (number,) in records.execute(query, [numbers]).fetchall()]
        with _open(self.path) as connection:
            chosen = "SELECT text FROM texts WHERE record_id = ? AND kept_until > ?"
            found = {n: connection.execute(chosen, (n, today.isoformat())).fetchone() for n in readable}
        return {number: row[0] for number, row in found.items() if row}

    def held_of(self, learner_id: int) -> list[tuple[str, str, str]]:
        """Return all that is kept of a learner, read or not: day known, last day, text; for their right of access."""
        if not self.path.exists():
            return []
        with _open(self.path) as connection:
            query = "SELECT known_on, kept_until, text FROM texts WHERE learner_id = ? ORDER BY known_on, record_id"
            return list(connection.execute(query, [learner_id]))

    def purge(self, *, today: date) -> int:
        """Delete the texts whose day has come, and finish a decision that was cut short; return how many went."""
        days, held = self.days, self.count()
        self._shorten(days)
        return held if not days else self._delete("kept_until <= ?", [today.isoformat()])

    def drop_unreadable(self) -> int:
        """Delete the texts of learners whose posts may not be read any more; return how many."""
        if not self.path.exists():
            return 0
        access = Consents(self._home).access()
        return sum(
            self._delete(
                f"learner_id {'NOT IN' if access[code].listed else 'IN'} (SELECT value FROM json_each(?))",
                [str(list(access[code].learners))],
            )
            for code in PURPOSES
        )

    def forget(self, learner_id: int, names: re.Pattern[str] | None = None) -> int:
        """Delete the texts of a learner, and others that hold one of their names; return how many."""
        gone = self._delete("learner_id = ?", [learner_id])
        if names is None or not self.path.exists():
            return gone
        with _open(self.path) as connection:
            told = connection.execute("SELECT record_id, text FROM texts").fetchall()
        naming = [number for number, text in told if names.search(text)]
        return gone + self._delete("record_id IN (SELECT value FROM json_each(?))", [str(naming)])

    def reword(self, words: Words) -> int:
        """Say a learner's corrected name in the texts that hold the former one; return how many."""
        if not self.path.exists():
            return 0
        with _open(self.path) as connection:
            told = connection.execute("SELECT record_id, text FROM texts").fetchall()
            said = [(words.say(text, theirs=False), number, text) for number, text in told]
            changed = [(new, number) for new, number, text in said if new != text]
            connection.executemany("UPDATE texts SET text = ? WHERE record_id = ?", changed)
        if changed:
            with _open(self.path) as connection:
                connection.execute("VACUUM")
        return len(changed)

    def _shorten(self, days: int) -> None:
        """Bring the day of the texts that are there forward; delete the file when none is kept any more."""
        if not days:
            for more in ("-journal", ""):  # a kill may have left a journal, which holds texts too
                self.path.with_name(self.path.name + more).unlink(missing_ok=True)
        elif self.path.exists():
            with _open(self.path) as connection:
                sooner, values = "date(known_on, ?)", [f"+{days} days"] * 2
                connection.execute(f"UPDATE texts SET kept_until = {sooner} WHERE kept_until > {sooner}", values)

    def _delete(self, where: str, values: list[object]) -> int:
        """Delete texts, and leave none of their bytes in the file."""
        if not self.path.exists():
            return 0
        with _open(self.path) as connection:
            gone = connection.execute(f"DELETE FROM texts WHERE {where}", values).rowcount
        if gone:
            with _open(self.path) as connection:
                connection.execute("VACUUM")
        return gone


def _words(text: str) -> str:
    """Return the author's own sentences, without markup: safe to show as text."""
    return html.unescape(from_html(text))


@contextmanager
def _open(path: Path, schema: str = "") -> Iterator[sqlite3.Connection]:
    """Yield a connection whose work is kept when the block ends well; a file is made, its owner's only, by a schema."""
    if schema:
        make_private(path.parent)
        path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=60)
    try:
        connection.execute("PRAGMA secure_delete = ON")
        with connection:
            if schema:
                connection.executescript(schema)
            yield connection
    finally:
        connection.close()
