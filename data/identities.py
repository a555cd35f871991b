"""The vault: the one place that links a pseudonym to a name or to a source's identifier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import BigInteger, Column, Connection, Engine, MetaData, Table, Text, create_engine, event, select
from sqlalchemy.dialects.sqlite import insert

KINDS = ("learner", "mentor", "session", "enrolment")

_metadata = MetaData()
_identities = Table(
    "identities",
    _metadata,
    Column("kind", Text, primary_key=True),
    Column("pseudonym", BigInteger, primary_key=True),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False, index=True),
    Column("display_name", Text),
    Column("email", Text),
)


@dataclass(frozen=True)
class Identity:
    """Who or what a pseudonym stands for."""

    kind: str
    pseudonym: int
    source: str
    source_id: str
    display_name: str | None = None
    email: str | None = None


class Vault:
    """The SQLite file of identities, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine: Engine | None = None

    def put(self, identities: Iterable[Identity]) -> int:
        """Insert or update identities in one transaction; return how many were given."""
        rows = [asdict(identity) for identity in identities]
        if rows:
            with self._connected().begin() as connection:
                _upsert(connection, rows)
        return len(rows)

    def find(self, kind: str, pseudonyms: Sequence[int] | None = None) -> dict[int, Identity]:
        """Return identities of one kind by pseudonym; all of them when none is named.

        A pseudonym the vault does not hold is absent from the answer.
        """
        query = select(_identities).where(_identities.c.kind == kind)
        with self._connected().connect() as connection:
            found = {row.pseudonym: Identity(**row._asdict()) for row in connection.execute(query)}
        if pseudonyms is None:
            return found
        return {number: found[number] for number in pseudonyms if number in found}

    def close(self) -> None:
        """Close the file."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _connected(self) -> Engine:
        if self._engine is None:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.touch(mode=0o600)
            self.path.chmod(0o600)
            self._engine = create_engine(f"sqlite:///{self.path}")
            event.listen(self._engine, "connect", _wait_for_others)
            _metadata.create_all(self._engine)
        return self._engine


def _wait_for_others(connection: object, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout = 10000")  # type: ignore[attr-defined]


def _upsert(connection: Connection, rows: list[dict[str, object]]) -> None:
    statement = insert(_identities)
    changed = {name: statement.excluded[name] for name in ("source", "source_id", "display_name", "email")}
    connection.execute(statement.on_conflict_do_update(index_elements=["kind", "pseudonym"], set_=changed), rows)
