"""Rectification (GDPR art. 16): a name or an e-mail put right, kept over what the sources go on saying."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime

from data.errors import StoreError
from data.home import Home
from data.identities import Vault

ATTRIBUTES = ("display_name", "email")
LONGEST = 200


def correct(home: Home, learner_id: int, values: Mapping[str, str], *, by: str, reason: str, at: datetime) -> list[str]:
    """Correct what the vault says of a learner; return the attributes that were, in order.

    The correction is kept beside the identities and said again after each import. It goes with its learner.

    Raises
    ------
    StoreError : nothing to correct, no such attribute, no value, no reason, nobody to answer for it, or nobody so
        named.
    """
    told = {name: value.strip() for name, value in values.items()}
    if not told or not {*told} <= {*ATTRIBUTES} or not all(0 < len(value) <= LONGEST for value in told.values()):
        raise StoreError("nothing to correct", accepted="a name or an e-mail", todo="dates: correct them at the source")
    if not told.get("email", "@").count("@") == 1:
        raise StoreError("this is no e-mail address", accepted="name@organisation")
    if not by.strip() or not reason.strip():
        raise StoreError("a correction needs its reason and who answers for it", todo="give --reason and --by")
    with closing(Vault(home.identities_database)) as vault:
        if not vault.find("learner", [learner_id]):
            raise StoreError("nobody has this number", accepted="a learner's pseudonym", todo="filrouge person find")
        vault.correct(learner_id, told, reason=reason.strip(), by=by.strip(), at=at)
    return sorted(told)
