"""What the work database does when the records erase somebody: hung by the front door, and by the server's own page."""

from __future__ import annotations

from data.also import ALSO, HIDERS, NAMERS, REWORDERS, TELLERS, WITNESSES


def hang() -> None:
    """Have an erasure, a correction or an objection reach the work database too; asked again, it changes nothing."""
    from serving.rights.erasing import copies_left, erase_work, write_proof
    from serving.rights.hiding import hide_at_once
    from serving.rights.rewording import reword_work, staff

    ALSO[:], HIDERS[:], TELLERS[:], WITNESSES[:] = [erase_work], [hide_at_once], [copies_left], [write_proof]
    NAMERS[:], REWORDERS[:] = [staff], [reword_work]
