"""An option of a source as one types it after `filrouge import SOURCE`."""

from __future__ import annotations

from collections.abc import Iterable

from data.errors import SourceError

COMMUNITY = "community"
FLAGS = {
    "canvas": ("courses",),
    COMMUNITY: ("people", "sessions"),
    "moodle-csv": ("session",),
    "moodle-db": ("overlap_days", "prefix"),
    "moodle-ws": ("courses",),
    "table": ("mapping", "preset"),
    "xapi": ("overlap_hours", "sessions"),
}
"""Options that have a flag of their own, by source; Discourse, Slack and Discord have the same. Others go by --set."""


def typed(source: str, name: str, value: str = "") -> str:
    """Return an option as it is typed, with a value when there is one to show.

    >>> typed("moodle-db", "overlap_days", "3"), typed("canvas", "overlap_days", "3"), typed("canvas", "concluded")
    ('--overlap-days 3', '--set overlap_days=3', '--set concluded')
    """
    if name in FLAGS[source]:
        return f"--{name.replace('_', '-')} {value}".rstrip()
    return f"--set {name}={value}" if value else f"--set {name}"


def refuse_unknown(source: str, given: Iterable[str], known: Iterable[str], where: str = "") -> None:
    """Refuse options that a source does not know.

    Raises
    ------
    SourceError : there is one.
    """
    accepted = sorted(known)
    unknown = ", ".join(typed(source, name[:40]) for name in sorted(set(given) - set(accepted)))
    if unknown:
        told = ", ".join(sorted(typed(source, name) for name in accepted))
        raise SourceError(f"unknown option {unknown}", where=where, accepted=told)
