"""The systems that can be read, by the name they have on the command line; each is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module

from data.errors import SourceError
from data.sources.base import Source
from data.sources.plain_source import PlainSource

WHOLE = {
    "moodle": "data.sources.moodle:Moodle",
    "moodle-db": "data.sources.moodle_database:MoodleDatabase",
    "moodle-ws": "data.sources.moodle_services:MoodleServices",
    "oulad": "data.sources.oulad:Oulad",
}
"""Sources that make canonical tables of their own raw ones."""
PLAIN = {
    "moodle-csv": "data.sources.moodle_reports:MoodleReports",
    "records": "data.sources.records:Records",
    "xapi": "data.sources.xapi:Xapi",
    "table": "data.sources.table:AnyTable",
    "discourse": "data.sources.discourse:Discourse",
    "slack": "data.sources.slack:Slack",
    "discord": "data.sources.discord:Discord",
    "canvas": "data.sources.canvas:Canvas",
}
"""Sources whose reader fills plain tables."""


def open_source(name: str) -> Source:
    """Return a source by its name; `records@moodle` are canonical records in Moodle's own identifiers.

    Raises
    ------
    SourceError : there is no such source.
    """
    name, _, system = name.partition("@")
    place = WHOLE.get(name) or PLAIN.get(name)
    if place is None or (system and name != "records"):
        raise SourceError("unknown source", accepted=", ".join(sorted({**WHOLE, **PLAIN})))
    module, _, kind = place.partition(":")
    made = getattr(import_module(module), kind)(*([system] if system else []))
    source: Source = made if name in WHOLE else PlainSource(made)
    return source
