"""Seals of the journal told outside its table: by the packs that are kept, by the foot of a register put aside.

Whoever rewrites the table whole, or cuts its tail and moves its head, does not reach them.
"""

from __future__ import annotations

import re

from data.home import Home
from serving.problems import RefusedError
from serving.quality.journal import Anchor
from serving.quality.packs import folder, manifest

WRITTEN = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


def of_packs(home: Home) -> tuple[Anchor, ...]:
    """Return the seals that the packs kept under a home rest on; one whose manifest cannot be read tells none."""
    found = []
    for path in sorted((home.root / folder.ROOT).glob(f"*/{manifest.MANIFEST}")):
        told = manifest.checked({manifest.MANIFEST: path.read_bytes()})
        if told.seal:
            found.append(Anchor(told.entry, told.seal, f"pack {path.parent.name}"))
    return tuple(found)


def read(text: str) -> Anchor:
    """Return the seal written at the foot of a register: its number, a colon, its 64 hexadecimal digits.

    Raises
    ------
    RefusedError : it is not one.
    """
    found = WRITTEN.fullmatch(text.strip().lower())
    if found is None:
        raise RefusedError("this is not the seal of an entry", where="--seal", accepted="number:64 hexadecimal digits")
    return Anchor(int(found[1]), found[2], "the seal given")
