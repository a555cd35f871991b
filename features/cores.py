"""What a machine is good at: work on several things at once, in order; memory used again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

import numpy as np

THREADS = 2
"""Things worked on at once: the cores of the smallest machine; each holds its own arrays in memory."""
AHEAD = 2 * THREADS
"""Things taken before the first of them is done: no more, so that memory does not follow their number."""

KEPT = 31 << 20
"""Bytes of the largest block from which the C library learns how much freed memory to keep: 32 MiB at most."""

Thing = TypeVar("Thing")
Made = TypeVar("Made")


def each(work: Callable[[Thing], Made], things: Iterable[Thing]) -> Iterator[Made]:
    """Yield what `work` makes of each thing, in order; a lone one is done here: a thread costs more than it."""
    left = iter(things)
    first = list(islice(left, 2))
    if len(first) < 2 or THREADS < 2:
        yield from map(work, chain(first, left))
        return
    with ThreadPoolExecutor(THREADS) as pool:
        begun: deque[Future[Made]] = deque()
        for thing in chain(first, left):
            begun.append(pool.submit(work, thing))
            if len(begun) > AHEAD:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def keep_freed_memory() -> None:
    """Have the memory that one chunk lets go of kept for the next one, rather than handed back to the system.

    The GNU C library hands back freed memory beyond twice the largest block it has mapped and freed so far; memory
    that is asked for anew is cleared by the system page by page, a third of the time of a chunk. Freeing a large block,
    which is never written to, raises that. Other libraries take no notice.
    """
    np.empty(KEPT, np.uint8)
