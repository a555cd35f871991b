"""How a learner without a name is called: the same on the pages and in the register."""

from __future__ import annotations

from data.privacy import reference

__all__ = ["reference"]
