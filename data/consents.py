"""Consent and objection, purpose by purpose: who decided what, and when; honoured each time the records are read.

The purposes, what they govern and their default bases are data (`PURPOSES`). Decisions are kept in the vault's
file and can only be added; the last one on each purpose counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.errors import StoreError
from data.home import Home, make_private

CHOICES = ("granted", "withdrawn", "objected")
BASES = ("consent", "contract", "legitimate_interest", "legal_obligation", "public_task", "none")
INVENTED = "invented_or_published"
"""The basis of sites whose learners do not exist, or whose records are a published data set."""
INVENTED_SITES = ("example", "oulad", "simulated")


@dataclass(frozen=True)
class Governed:
    """Rows that a purpose governs: of one table, all of them or those that meet a condition."""

    table: str
    only: str = ""


@dataclass(frozen=True)
class Purpose:
    """Why records are read: its names, what it governs, and the basis it has without anybody saying so (null: none)."""

    code: str
    label_fr: str
    label_en: str
    governs: tuple[Governed, ...]
    basis: str | None


PURPOSES: dict[str, Purpose] = {
    one.code: one
    for one in (
        Purpose("alerts", "repérer les décrochages et alerter un mentor", "see disengagement and alert a mentor",
                tuple(Governed(name) for name in ("enrolments", "activity", "posts", "quiz_results", "survey_answers",
                                                  "attendance", "learner_attributes", "contacts")),
                "legitimate_interest"),
        Purpose("community", "lire la vie de la communauté", "read the life of the community",
                (Governed("posts"), Governed("activity", "kind = 'forum_view'")), None),
        Purpose("surveys", "lire les réponses aux enquêtes", "read survey answers",
                (Governed("survey_answers"),), "legitimate_interest"),
        Purpose("attendance", "lire les présences", "read attendance", (Governed("attendance"),), "legal_obligation"),
        Purpose("fairness_audit", "vérifier l’équité des alertes", "audit the fairness of alerts",
                (Governed("learner_attributes"),), None),
    )
}  # fmt: skip

SCHEMA = """
CREATE TABLE IF NOT EXISTS consents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, learner_id INTEGER NOT NULL, purpose TEXT NOT NULL,
    choice TEXT NOT NULL, recorded_by TEXT NOT NULL, decided_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS bases (
    number INTEGER PRIMARY KEY AUTOINCREMENT, purpose TEXT NOT NULL, basis TEXT NOT NULL, reason TEXT NOT NULL,
    recorded_by TEXT NOT NULL, decided_at TEXT NOT NULL);
""" + "".join(
    f"CREATE TRIGGER IF NOT EXISTS {table}_{verb} BEFORE {verb} ON {table}"
    f" BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END;\n"
    for table in ("consents", "bases")
    for verb in ("UPDATE", "DELETE")
)


@dataclass(frozen=True)
class Decision:
    """One learner's decision on one purpose; `recorded_by` is the account or person who wrote it down."""

    learner_id: int
    purpose: str
    choice: str
    recorded_by: str
    decided_at: str


@dataclass(frozen=True)
class Basis:
    """Why the organisation may read for a purpose, and who says so; `none`: it may not, `consent`: it asks each one."""

    purpose: str
    basis: str
    reason: str
    recorded_by: str
    decided_at: str


@dataclass(frozen=True)
class Access:
    """Who may be read for one purpose: everybody but `learners`, or (`listed`) they alone; `basis` says why."""

    purpose: str
    basis: str | None
    listed: bool
    learners: tuple[int, ...]

    @property
    def full(self) -> bool:
        """Whether nobody is left out."""
        return not self.listed and not self.learners

    def reads(self, learner_id: int) -> bool:
        """Whether a learner may be read."""
        return (learner_id in self.learners) == self.listed


class Consents:
    """Decisions of one home, beside its identities.

    Reading never creates the file: without it, the default bases hold.
    """

    def __init__(self, home: Home) -> None:
        self._home, self._path, self._label = home, home.identities_database, home.label

    def record(self, learner_id: int, purpose: str, choice: str, *, by: str, at: datetime) -> Decision:
        """Add a learner's decision; it holds from the next reading on.

        Raises
        ------
        StoreError : no such purpose or choice, or nobody to answer for it.
        """
        decision = Decision(learner_id, _known(purpose), choice, _somebody(by), at.isoformat(timespec="seconds"))
        if choice not in CHOICES:
            raise StoreError("this decision is not known", accepted=", ".join(CHOICES))
        with self._open(create=True) as connection:
            values = (learner_id, purpose, choice, decision.recorded_by, decision.decided_at)
            names = "learner_id, purpose, choice, recorded_by, decided_at"
            connection.execute(f"INSERT INTO consents ({names}) VALUES (?, ?, ?, ?, ?)", values)
        self._drop_texts()
        return decision

    def record_basis(self, purpose: str, basis: str, *, reason: str, by: str, at: datetime) -> Basis:
        """Add the organisation's basis for a purpose; `none` takes an earlier one back.

        Raises
        ------
        StoreError : no such purpose or basis, no reason, or nobody to answer for it.
        """
        if basis not in BASES:
            raise StoreError("this basis is not known", accepted=", ".join(BASES))
        if not reason.strip():
            raise StoreError("a basis needs its reason", todo="say why in a few words")
        told = Basis(_known(purpose), basis, reason.strip(), _somebody(by), at.isoformat(timespec="seconds"))
        with self._open(create=True) as connection:
            values = (purpose, basis, told.reason, told.recorded_by, told.decided_at)
            names = "purpose, basis, reason, recorded_by, decided_at"
            connection.execute(f"INSERT INTO bases ({names}) VALUES (?, ?, ?, ?, ?)", values)
        self._drop_texts()
        return told

    def sequence(self) -> int:
        """Return how many decisions and bases were ever recorded: it grows with each."""
        return len(self._rows("bases", "1")) + len(self._rows("consents", "1"))

    def history(self, learner_id: int) -> list[Decision]:
        """Return a learner's decisions, oldest first."""
        return [one for one in self._decisions() if one.learner_id == learner_id]

    def bases(self) -> list[Basis]:
        """Return the organisation's bases, oldest first."""
        return [Basis(*row) for row in self._rows("bases", "purpose, basis, reason, recorded_by, decided_at")]

    def basis(self, purpose: str) -> str | None:
        """Return the basis of a purpose as it stands: the last recorded, else the site's or the purpose's own."""
        recorded = [one.basis for one in self.bases() if one.purpose == purpose]
        if recorded:
            return None if recorded[-1] == "none" else recorded[-1]
        site = self._label.read_text(encoding="utf-8").strip() if self._label.exists() else ""
        return INVENTED if site in INVENTED_SITES else PURPOSES[purpose].basis

    def access(self) -> dict[str, Access]:
        """Return who may be read, by purpose, as things stand now."""
        last = {(one.purpose, one.learner_id): one.choice for one in self._decisions()}
        return {code: _access(code, self.basis(code), last) for code in PURPOSES}

    def _drop_texts(self) -> None:
        """Delete the texts that may not be read any more."""
        from data.texts import Texts

        Texts(self._home).drop_unreadable()

    def _decisions(self) -> list[Decision]:
        names = "learner_id, purpose, choice, recorded_by, decided_at"
        return [Decision(*row) for row in self._rows("consents", names)]

    def _rows(self, table: str, names: str) -> list[tuple[Any, ...]]:
        if not self._path.exists():
            return []
        with self._open(create=False) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [table]).fetchone():
                return []
            return connection.execute(f"SELECT {names} FROM {table} ORDER BY number").fetchall()

    @contextmanager
    def _open(self, *, create: bool) -> Iterator[sqlite3.Connection]:
        """Yield a connection whose work is kept when the block ends well."""
        if create:
            make_private(self._path.parent)
            self._path.touch(mode=0o600)
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            with connection:
                if create:
                    connection.executescript(SCHEMA)
                yield connection
        finally:
            connection.close()


def record_basis(home: Home, purpose: str, basis: str, *, reason: str, by: str, at: datetime) -> Basis:
    """Add the organisation's basis for a purpose, in a home; see `Consents.record_basis`."""
    return Consents(home).record_basis(purpose, basis, reason=reason, by=by, at=at)


def _access(purpose: str, basis: str | None, last: dict[tuple[str, int], str]) -> Access:
    """Return who may be read: with a basis, all but those who refuse; without, or by consent, those who agreed."""
    listed = basis in (None, "consent")
    chosen = {
        learner for (code, learner), choice in last.items() if code == purpose and (choice == "granted") is listed
    }
    return Access(purpose, basis, listed, tuple(sorted(chosen)))


def _known(purpose: str) -> str:
    if purpose not in PURPOSES:
        raise StoreError("this purpose is not known", accepted=", ".join(PURPOSES))
    return purpose


def _somebody(by: str) -> str:
    if not by.strip():
        raise StoreError("nobody answers for this decision", todo="say who records it with --by")
    return by.strip()
