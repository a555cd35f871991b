"""What holds people beside the records: the front door adds who erases there, so that data imports nothing of ours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from data.erasure import Erasure
    from data.home import Home
    from data.identities import ErasureRequest, Rewording
    from data.proof import Trace
    from data.wording import Words

Eraser = Callable[["Home", "Trace", "ErasureRequest", "datetime"], Sequence[str]]
"""Erases a person elsewhere and tells where it still finds them; called again, it changes nothing.

It is given all by which they could be found, while the vault still knows it.
"""
ALSO: list[Eraser] = []
"""Each is called once the records are done, before the vault forgets the person; a kill is finished by the next."""

Hider = Callable[["Home", int, "datetime"], object]
HIDERS: list[Hider] = []
"""Each takes a learner who objects to alerts off what is shown, at once; the next reading leaves them out anyway."""

Teller = Callable[["Home", "datetime"], Sequence[str]]
TELLERS: list[Teller] = []
"""Each says where copies of somebody who was just erased may still be, and until when."""

Witness = Callable[["Home", "Erasure", "datetime"], object]
WITNESSES: list[Witness] = []
"""Each writes down what the reading of every file found, by counts and codes."""

Reworder = Callable[["Home", "Trace", "Rewording", "Words", "datetime", Mapping[str, int]], Mapping[str, int]]
REWORDERS: list[Reworder] = []
"""Each says a learner's corrected name elsewhere and returns in how many rows; called again, it changes nothing.

It is given what was done before it, by counts.
"""

Namer = Callable[["Home"], Collection[str]]
NAMERS: list[Namer] = []
"""Each tells the names of people whom the vault does not know: one that they have is not only a learner's."""
