"""Rectification (GDPR art. 16): a name or an e-mail put right, kept over what the sources go on saying.

What is wrong is then taken out of whatever holds it: words that people wrote say what is right, and files that were
derived go, to be made again. It is written down first, so that a kill at any moment is finished by the next import or
correction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime

from data.also import REWORDERS
from data.erasure import delete_derived, enrolments_of, is_said_of, said_of_others
from data.errors import StoreError
from data.home import Home
from data.identities import Identity, Rewording, Vault
from data.proof import Trace, prove
from data.store import RecordStore
from data.texts import Texts
from data.wording import Change, Words, bare

ATTRIBUTES = ("display_name", "email")
LONGEST = 200
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class Rectification:
    """What taking a former name or e-mail out did.

    Attributes
    ----------
    rows : rows of words that say what is right now, by table.
    deleted : derived files that held it, to be made again.
    still_in : files that hold it all the same.
    kept_as_identifier : it is also what a source knows them by: the vault keeps it, or they would be somebody else.
    shared : attributes that somebody else has too: only words about the learner were changed.
    """

    number: int
    attributes: tuple[str, ...]
    rows: Mapping[str, int]
    deleted: tuple[str, ...]
    still_in: tuple[str, ...]
    kept_as_identifier: bool
    shared: tuple[str, ...]


def correct(
    home: Home, learner_id: int, values: Mapping[str, str], *, by: str, reason: str, at: datetime,
    account_id: int | None = None,
) -> list[str]:  # fmt: skip
    """Correct what the vault says of a learner; return the attributes that were, in order.

    The correction is kept beside the identities and said again after each import. It goes with its learner. From here
    on what was wrong is to be taken out elsewhere (`finish`).

    Raises
    ------
    StoreError : nothing to correct, no such attribute, no value, no reason, nobody to answer for it, or nobody so
        named.
    """
    told = {name: " ".join(value.split()) for name, value in values.items()}
    if not told or not {*told} <= {*ATTRIBUTES} or not all(0 < len(value) <= LONGEST for value in told.values()):
        raise StoreError("nothing to correct", accepted="a name or an e-mail", todo="dates: correct them at the source")
    if "email" in told and not ADDRESS.fullmatch(told["email"]):
        raise StoreError("this is no e-mail address", accepted="name@organisation")
    if not by.strip() or not reason.strip():
        raise StoreError("a correction needs its reason and who answers for it", todo="give --reason and --by")
    with closing(Vault(home.identities_database)) as vault:
        found = vault.find("learner", [learner_id])
        if not found:
            raise StoreError("nobody has this number", accepted="a learner's pseudonym", todo="filrouge person find")
        words = Words(tuple(_change(found[learner_id], name, value) for name, value in told.items()))
        said = words.say(reason.strip(), theirs=True)
        vault.correct(learner_id, told, reason=said, by=by.strip(), at=at, account_id=account_id)
    return sorted(told)


def _change(one: Identity, attribute: str, value: str) -> Change:
    return Change(attribute, getattr(one, attribute) or "", value)


def finish(home: Home, *, at: datetime) -> list[Rectification]:
    """Take what was corrected out of whatever still holds it, then read every file of the home to prove it.

    Raises
    ------
    StoreError : an import is running; the next one does it.
    """
    store = RecordStore(home)
    with store.locked():
        return [_proven(home, done, texts) for done, texts in _finish(home, at)]


def finish_corrections(store: RecordStore, *, at: datetime) -> None:
    """Finish what was corrected and not taken out elsewhere; the caller holds the store's lock."""
    _finish(store.home, at)


def _finish(home: Home, at: datetime) -> list[tuple[Rectification, tuple[str, ...]]]:
    with closing(Vault(home.identities_database)) as vault:
        return [_take_out(home, vault, one, at) for one in vault.rewordings()]


def _take_out(home: Home, vault: Vault, asked: Rewording, at: datetime) -> tuple[Rectification, tuple[str, ...]]:
    """Take one former name or e-mail out; return what was done, and the texts to look for in every file."""
    words = _words(home, vault, asked)
    rows = {"texts": Texts(home).reword(words)}
    deleted = delete_derived(home, Trace((), words.findable, exact=True)) if words.findable else []
    trace = Trace((asked.learner_id, *enrolments_of(home, asked.learner_id)))
    told = {"texts": rows["texts"], "files": len(deleted)}
    for reworder in REWORDERS:
        rows |= reworder(home, trace, asked, words, at, told)
    vault.end_rewording(asked.number)  # last: it knows what they were called
    done = Rectification(
        asked.number, tuple(sorted(name for name, *_ in asked.changes)), {name: n for name, n in rows.items() if n},
        tuple(deleted), (), words.identifier,
        tuple(one.attribute for one in words.changes if one.shared),
    )  # fmt: skip
    return done, words.findable


def _words(home: Home, vault: Vault, asked: Rewording) -> Words:
    """Return what changes; a name or an e-mail that somebody else has is not theirs to change."""
    others = said_of_others(home, vault, asked.learner_id)
    changes = tuple(
        Change(name, before, after, is_said_of(before, others))
        for name, before, after in asked.changes if before and before != after
    )  # fmt: skip
    known_by = {_folded(one.source_id) for one in vault.names_of(asked.learner_id)}
    return Words(changes, any(_folded(one.before) in known_by for one in changes))


def _folded(text: str | None) -> str:
    return " ".join(bare(text or "").casefold().split())


def _proven(home: Home, done: Rectification, texts: tuple[str, ...]) -> Rectification:
    """Read every file; the vault is not counted where it keeps an identifier that a source gave."""
    found = prove(home, Trace((), texts, exact=True)) if texts else []
    vault = home.identities_database.name
    held = [name for name in found if not (name == vault and done.kept_as_identifier)]
    return replace(done, still_in=tuple(held))
