"""One small way to report progress, so that the core stays free of any terminal library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[str, int, int], None]
"""Called with (label, done, total); total is 0 when it is not known. In "label: detail" the detail may change."""


def silent(label: str, done: int, total: int) -> None:
    """Report nothing."""


@contextmanager
def bar(*, quiet: bool = False) -> Iterator[Report]:
    """Yield a reporter that draws one bar a label on standard error.

    Silent when asked to be, and when standard error is not a terminal.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield silent
        return
    tasks: dict[str, TaskID] = {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as display:

        def report(label: str, done: int, total: int) -> None:
            name = label.partition(": ")[0]
            if name not in tasks:
                tasks[name] = display.add_task(label, total=total or None)
            display.update(tasks[name], description=label, completed=done, total=total or None)

        yield report
