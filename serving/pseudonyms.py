"""How a learner without a name is called: the same on the pages and in the register."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 13


def reference(learner_id: int) -> str:
    """Return the whole pseudonym in base 32 (no I, L, O nor U): two learners never share one."""
    return "A-" + "".join(ALPHABET[learner_id >> 5 * place & 31] for place in reversed(range(LENGTH)))
