"""What may leave the organisation: small figures are hidden, and enough others that none can be worked out. Pure.

A table of counts over a tree (organisation, courses, sessions), each node the sum of those below it. Whatever the
shown nodes say comes down to *blocks*: the sessions of a shown node that no shown node below it holds; the sum of a
block is known to the reader, and nothing finer. So what is published is safe when

- each block is itself publishable, holds two sessions at least, and leaves open how each count is shared among them;
- no hidden node is made of whole blocks. This follows: such a node would be the sum of what is publishable, so it was
  not hidden for being small; and one hidden so that a block grows has sessions of its own in that block, beside others.

Over time, a table leaves only for a whole calendar period that is over (`periods.py`). A scope is told for a longer
one only where it is told for each of the shorter ones inside it (`told_over`): what is shown of a year then is the sum
of what is shown of its quarters, and tells nothing more; two periods of one length have no day in common.

Not covered: a period told again on a later day, once more is known; what the reader knows from elsewhere; and, for
counts that do not sum over time (who is in training), what their being larger or smaller says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEAST = 5
"""Fewest people, in a figure and in each of the parts that it tells apart."""
Counts = tuple[tuple[int, ...], ...]
"""Counts of the figures that are hidden together: for each, the people of each part."""


@dataclass(frozen=True)
class Node:
    """A scope of the table, the one it belongs to, its counts."""

    key: str
    parent: str | None
    counts: Counts


def is_small(counts: Counts) -> bool:
    """Whether some count may not be told: somebody, and fewer than five, in a figure or in one of its parts."""
    return any(0 < n < LEAST for parts in counts for n in (*parts, sum(parts)))


def hidden(nodes: Sequence[Node]) -> frozenset[str]:
    """Return the nodes to hide: the small ones, then as few as may be so that none of them can be worked out.

    Where a shown total has nobody in a part, nobody is in that part of what it holds: that is told, hidden or not.

    Raises
    ------
    ValueError : a node is not the sum of those below it, or its parent is unknown.
    """
    tree = _Tree(nodes)
    while (more := _next(tree)) is not None:
        tree.hide(more)
    return frozenset(tree.hidden)


def told_over(own: frozenset[str], inside: Iterable[frozenset[str]]) -> frozenset[str]:
    """Return what to hide of a longer period: what is hidden of its own, and what any period inside it hides."""
    return own.union(*inside)


def _next(tree: _Tree) -> str | None:
    """Return one more node to hide, None when the rest may be shown."""
    blocks = tree.blocks()
    for owner in sorted(blocks, key=lambda key: (-tree.depth(key), key)):
        if not _safe(tree, owner, blocks[owner]):
            return tree.nearby(owner)
    return None


def _safe(tree: _Tree, owner: str, block: Sequence[str]) -> bool:
    """Whether the sum of a block may be worked out: publishable, of two at least, and nothing pinned in it."""
    union, whole = total(tree.counts(key) for key in block), tree.counts(owner)
    pinned = any(
        not n and of for parts, wholes in zip(union, whole, strict=True) for n, of in zip(parts, wholes, strict=True)
    )
    return len(block) > 1 and not is_small(union) and not pinned


def total(counts: Iterable[Counts]) -> Counts:
    """Return the sum of counts, place by place; empty for none."""
    return tuple(tuple(map(sum, zip(*parts, strict=True))) for parts in zip(*counts, strict=True))


class _Tree:
    """The nodes, those hidden so far, and who holds what."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = {one.key: one for one in nodes}
        self._below: dict[str, list[str]] = {}
        for one in nodes:
            if one.parent is not None and one.parent not in self._nodes:
                raise ValueError(f"{one.key} belongs to nothing known")
            if one.parent is not None:
                self._below.setdefault(one.parent, []).append(one.key)
        self._check()
        self.hidden = {one.key for one in nodes if is_small(one.counts)}

    def _check(self) -> None:
        for key, below in self._below.items():
            if total(self._nodes[one].counts for one in below) != self._nodes[key].counts:
                raise ValueError(f"{key} is not the sum of what it holds")

    def hide(self, key: str) -> None:
        """Hide one more node."""
        self.hidden.add(key)

    def counts(self, key: str) -> Counts:
        """Return a node's counts."""
        return self._nodes[key].counts

    def depth(self, key: str) -> int:
        """Return how many nodes hold this one."""
        parent = self._nodes[key].parent
        return 0 if parent is None else 1 + self.depth(parent)

    def owner(self, key: str) -> str | None:
        """Return the nearest shown node that holds this one, itself included; None: nothing shown does."""
        here: str | None = key
        while here is not None and here in self.hidden:
            here = self._nodes[here].parent
        return here

    def blocks(self) -> dict[str, list[str]]:
        """Return, for each shown node that holds some, the last nodes that no shown node below it holds."""
        found: dict[str, list[str]] = {}
        for key in self._nodes:
            if key not in self._below and key in self.hidden and (owner := self.owner(key)) is not None:
                found.setdefault(owner, []).append(key)
        return found

    def nearby(self, owner: str) -> str:
        """Return what to hide so that a block grows: the smallest shown node next to it, else its owner."""
        shown = [
            key for key in self._nodes if key not in self.hidden and key != owner and self._nearest_above(key) == owner
        ]
        return min(shown, key=self.order, default=owner)

    def _nearest_above(self, key: str) -> str | None:
        parent = self._nodes[key].parent
        return None if parent is None else self.owner(parent)

    def order(self, key: str) -> tuple[bool, bool, int, str]:
        """Return where a node comes among those that may be hidden: somebody in it, the last ones, the smallest."""
        n = sum(map(sum, self.counts(key)))
        return n == 0, key in self._below, n, key
