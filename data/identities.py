"""The vault: the one place that links a pseudonym to a name or to a source's identifier.

A learner whom two systems brought has one pseudonym and a line in the table of links: the other system's identifier. It
also remembers, by pseudonym alone, who was erased, so that the next import does not bring them back.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    case,
    create_engine,
    delete,
    event,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from data.home import make_private

KINDS = ("learner", "mentor", "session", "enrolment")
PAST = "past"
"""On the list of the erased, learners whose every enrolment was past its time: they may come back."""

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
_links = Table(
    "links",
    _metadata,
    Column("source", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("learner_id", BigInteger, nullable=False, index=True),
)
_erased = Table(
    "erased", _metadata, Column("kind", Text, primary_key=True), Column("pseudonym", BigInteger, primary_key=True)
)
_erased_mails = Table(
    "erased_mails",
    _metadata,
    Column("mark", BigInteger, primary_key=True),
    Column("learner_id", BigInteger, nullable=False),
)
_erasures = Table(
    "erasures",
    _metadata,
    Column("number", Integer, primary_key=True),
    Column("learner_id", BigInteger, nullable=False),
    Column("enrolments", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Text, nullable=False),
    Column("finished_at", Text),
)
_corrections = Table(
    "corrections",
    _metadata,
    Column("learner_id", BigInteger, primary_key=True),
    Column("attribute", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("corrected_by", Text, nullable=False),
    Column("corrected_at", Text, nullable=False),
)
_rewordings = Table(
    "rewordings",
    _metadata,
    Column("number", Integer, primary_key=True),
    Column("learner_id", BigInteger, nullable=False),
    Column("changes", Text, nullable=False),
    Column("account_id", Integer),
    Column("asked_at", Text, nullable=False),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True)
class ErasureRequest:
    """A learner to forget, with their enrolments; not done yet while `finished_at` is null."""

    number: int
    learner_id: int
    enrolments: tuple[int, ...]
    reason: str
    asked_by: str
    asked_at: str
    finished_at: str | None


@dataclass(frozen=True)
class Rewording:
    """A learner whose former name or e-mail is to be taken out: what each attribute was, and is; gone once done."""

    number: int
    learner_id: int
    changes: tuple[tuple[str, str, str], ...]
    account_id: int | None
    asked_at: str

    @property
    def former(self) -> tuple[str, ...]:
        """Return what they were called."""
        return tuple(before for _, before, _ in self.changes if before)


@dataclass(frozen=True)
class Identity:
    """Who or what a pseudonym stands for."""

    kind: str
    pseudonym: int
    source: str
    source_id: str
    display_name: str | None = None
    email: str | None = None

    @property
    def told(self) -> str:
        """Return the name and the e-mail, a line each."""
        return f"{self.display_name or ''}\n{self.email or ''}"


class Vault:
    """The SQLite file of identities, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine: Engine | None = None

    def put(self, identities: Iterable[Identity]) -> int:
        """Insert or update identities in one transaction, those of erased people apart; return how many were kept.

        A name or an e-mail that a source does not give leaves the one that another gave. A learner keeps the
        identifier of the system that came first; that of another is kept beside it (`links`).
        """
        erased = self.erased()
        rows = [asdict(one) for one in identities if one.pseudonym not in erased.get(one.kind, ())]
        if rows:
            with self._connected().begin() as connection:
                _upsert(connection, _corrected(connection, rows))
                _link(connection, [row for row in rows if row["kind"] == "learner"])
        return len(rows)

    def links(self) -> dict[tuple[str, str], int]:
        """Return learners by the source and identifier of each further system that brought them."""
        if not self.path.exists():
            return {}
        with self._connected().connect() as connection:
            return {(row.source, row.source_id): row.learner_id for row in connection.execute(select(_links))}

    def names_of(self, learner_id: int) -> list[Identity]:
        """Return who a learner is in each system that brought them, the first one first."""
        first = self.find("learner", [learner_id]).values()
        pairs = sorted(pair for pair, number in self.links().items() if number == learner_id)
        others = [replace(one, source=source, source_id=told) for one in first for source, told in pairs]
        return [*first, *others]

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

    def look_for(self, text: str) -> list[Identity]:
        """Return the identities whose name, e-mail or source identifier contains a text, whatever its case."""
        if not self.path.exists():
            return []
        query = select(_identities).order_by("kind", "pseudonym")
        with self._connected().connect() as connection:
            people = [Identity(**row._asdict()) for row in connection.execute(query)]
        learners = {one.pseudonym: one for one in people if one.kind == "learner"}
        people += [
            replace(learners[number], source=source, source_id=told)
            for (source, told), number in sorted(self.links().items())
            if number in learners
        ]
        return [one for one in people if one.source_id == text or text.casefold() in one.told.casefold()]

    def correct(
        self, learner_id: int, values: Mapping[str, str], *, reason: str, by: str, at: datetime,
        account_id: int | None = None,
    ) -> int:  # fmt: skip
        """Put right what a learner is called or where they are written to; it holds over whatever is imported later.

        What they were called before is kept as work to do (`rewordings`), whose number is returned.
        """
        told = {"reason": reason, "corrected_by": by, "corrected_at": at.isoformat(timespec="seconds")}
        mine = (_identities.c.kind == "learner") & (_identities.c.pseudonym == learner_id)
        with self._connected().begin() as connection:
            row = connection.execute(select(_identities).where(mine)).one()
            changes = [(name, getattr(row, name) or "", value) for name, value in values.items()]
            for attribute, value in values.items():
                kept = {"learner_id": learner_id, "attribute": attribute, "value": value, **told}
                keys, again = ["learner_id", "attribute"], {**told, "value": value}
                statement = insert(_corrections).values(kept)
                connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=again))
            connection.execute(update(_identities).where(mine).values(dict(values)))
            asked = {"learner_id": learner_id, "changes": json.dumps(changes), "account_id": account_id,
                     "asked_at": told["corrected_at"]}  # fmt: skip
            number = connection.execute(insert(_rewordings).values(asked).returning(_rewordings.c.number))
            return int(number.scalar_one())

    def rewordings(self) -> list[Rewording]:
        """Return the corrections whose former values are not taken out yet, oldest first."""
        if not self.path.exists():
            return []
        with self._connected().connect() as connection:
            rows = connection.execute(select(_rewordings).order_by("number")).all()
        return [Rewording(**{**row._asdict(), "changes": tuple(map(tuple, json.loads(row.changes)))}) for row in rows]

    def end_rewording(self, number: int) -> None:
        """Forget what somebody was called, and leave none of its bytes in the file."""
        with self._connected().begin() as connection:
            connection.execute(delete(_rewordings).where(_rewordings.c.number == number))
        self._rewrite()

    def erased(self) -> dict[str, set[int]]:
        """Return the pseudonyms of erased people, by kind."""
        found: dict[str, set[int]] = {}
        if self.path.exists():
            with self._connected().connect() as connection:
                for kind, pseudonym in connection.execute(select(_erased)):
                    found.setdefault(kind, set()).add(pseudonym)
        return found

    def erased_mails(self) -> dict[int, int]:
        """Return erased learners by the keyed mark of their e-mail (`privacy.mail_mark`)."""
        if not self.path.exists():
            return {}
        with self._connected().connect() as connection:
            return {mark: learner_id for mark, learner_id in connection.execute(select(_erased_mails))}  # noqa: C416

    def ask_erasure(
        self, learner_id: int, enrolments: Sequence[int], *, by: str, at: datetime, reason: str,
        mails: Collection[int] = (), also: Collection[int] = (),
    ) -> None:  # fmt: skip
        """Write down that a learner is to be forgotten: from here on their rows do not come in.

        `mails` are the marks of their e-mails: by them another system's rows are known to be theirs. `also` are the
        pseudonyms that the systems that brought them would give them if they were met for the first time.
        """
        row = {"learner_id": learner_id, "enrolments": json.dumps(sorted(enrolments)), "reason": reason,
               "asked_by": by, "asked_at": at.isoformat(timespec="seconds")}  # fmt: skip
        with self._connected().begin() as connection:
            connection.execute(insert(_erasures), [row])
            for mark in mails:
                told = insert(_erased_mails).values(mark=mark, learner_id=learner_id)
                connection.execute(told.on_conflict_do_nothing())
            _keep_out(connection, {"learner": [learner_id, *also], "enrolment": enrolments})

    def erasures(self) -> list[ErasureRequest]:
        """Return the erasures asked for, oldest first."""
        if not self.path.exists():
            return []
        with self._connected().connect() as connection:
            rows = connection.execute(select(_erasures).order_by("number")).all()
        return [ErasureRequest(**{**row._asdict(), "enrolments": tuple(json.loads(row.enrolments))}) for row in rows]

    def end_erasure(self, number: int, *, at: datetime) -> None:
        """Write down that an erasure is done."""
        done = update(_erasures).where(_erasures.c.number == number)
        with self._connected().begin() as connection:
            connection.execute(done.values(finished_at=at.isoformat(timespec="seconds")))

    def forget(self, people: Mapping[str, Collection[int]]) -> None:
        """Delete identities by kind, keep them out from now on, and leave none of their bytes in the file."""
        with self._connected().begin() as connection:
            for kind, pseudonyms in people.items():
                for number in pseudonyms:
                    named = (_identities.c.kind == kind) & (_identities.c.pseudonym == number)
                    connection.execute(delete(_identities).where(named))
                    if kind == "learner":
                        connection.execute(delete(_links).where(_links.c.learner_id == number))
                        _forget_corrections(connection, number)
            _keep_out(connection, people)
        self._rewrite()

    def keep_out(self, people: Mapping[str, Collection[int]]) -> None:
        """Keep rows of some people out from now on, by kind."""
        with self._connected().begin() as connection:
            _keep_out(connection, people)

    def expire(self, enrolments: Collection[int], learners: Collection[int]) -> None:
        """Forget who enrolments past their time were, and learners who have no other; `keep_out` comes before."""
        with self._connected().begin() as connection:
            for kind, numbers in (("enrolment", enrolments), ("learner", learners)):
                for number in numbers:
                    named = (_identities.c.kind == kind) & (_identities.c.pseudonym == number)
                    connection.execute(delete(_identities).where(named))
            for number in learners:
                connection.execute(delete(_links).where(_links.c.learner_id == number))
                _forget_corrections(connection, number)
        self._rewrite()

    def _rewrite(self) -> None:
        with self._connected().connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM")

    def close(self) -> None:
        """Close the file."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _connected(self) -> Engine:
        if self._engine is None:
            make_private(self.path.parent)
            self.path.touch(mode=0o600)
            self.path.chmod(0o600)
            self._engine = create_engine(f"sqlite:///{self.path}")
            event.listen(self._engine, "connect", _wait_for_others)
            _metadata.create_all(self._engine)
        return self._engine


def _wait_for_others(connection: object, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout = 10000")  # type: ignore[attr-defined]
    connection.execute("PRAGMA secure_delete = ON")  # type: ignore[attr-defined]


def _keep_out(connection: Connection, people: Mapping[str, Collection[int]]) -> None:
    rows = [{"kind": kind, "pseudonym": number} for kind, numbers in people.items() for number in numbers]
    if rows:
        connection.execute(insert(_erased).on_conflict_do_nothing(), rows)


def _upsert(connection: Connection, rows: list[dict[str, object]]) -> None:
    statement = insert(_identities)
    learner = _identities.c.kind == "learner"
    given = {name: func.nullif(statement.excluded[name], "") for name in ("display_name", "email")}
    changed: dict[str, ColumnElement[str]] = {
        name: case((learner, _identities.c[name]), else_=statement.excluded[name]) for name in ("source", "source_id")
    }
    changed |= {name: func.coalesce(value, _identities.c[name]) for name, value in given.items()}
    connection.execute(statement.on_conflict_do_update(index_elements=["kind", "pseudonym"], set_=changed), rows)


def _forget_corrections(connection: Connection, learner_id: int) -> None:
    for table in (_corrections, _rewordings):
        connection.execute(delete(table).where(table.c.learner_id == learner_id))


def _corrected(connection: Connection, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return what sources have just said as it was corrected: what was wrong is not even written."""
    query = select(_corrections.c.learner_id, _corrections.c.attribute, _corrections.c.value)
    right: dict[object, dict[str, object]] = {}
    for learner_id, attribute, value in connection.execute(query):
        right.setdefault(learner_id, {})[attribute] = value
    return [{**row, **right.get(row["pseudonym"], {})} if row["kind"] == "learner" else row for row in rows]


def _link(connection: Connection, learners: list[dict[str, object]]) -> None:
    """Keep the identifier of a learner that is not the one their line has."""
    names = ("source", "source_id", "pseudonym")
    given: dict[str, BindParameter[str]] = {name: bindparam(f"given_{name}") for name in names}
    told = select(*given.values()).where(
        ~exists().where(_identities.c.kind == "learner", *(_identities.c[name] == one for name, one in given.items()))
    )
    if learners:
        rows = [{f"given_{name}": row[name] for name in given} for row in learners]
        statement = insert(_links).from_select(["source", "source_id", "learner_id"], told)
        connection.execute(statement.on_conflict_do_nothing(), rows)
