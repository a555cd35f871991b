"""Errors a person can act upon: what failed, where, what is accepted, what to do."""

from __future__ import annotations


class FilrougeError(Exception):
    """Base of every error meant for a person; printed on one line, without a traceback.

    Parameters
    ----------
    what : what failed, in a few words; never a learner's value.
    where : file, row, column, setting or address.
    accepted : what would have been accepted.
    todo : the next step.
    """

    exit_code = 1
    http_status = 400

    def __init__(self, what: str, *, where: str = "", accepted: str = "", todo: str = "") -> None:
        self.what, self.where, self.accepted, self.todo = what, where, accepted, todo
        super().__init__(self.line())

    def line(self) -> str:
        """Return the whole message on one line."""
        parts = [self.what + (f" ({self.where})" if self.where else "")]
        if self.accepted:
            parts.append(f"accepted: {self.accepted}")
        if self.todo:
            parts.append(self.todo)
        return "; ".join(" ".join(part.split()) for part in parts)


class HomeError(FilrougeError):
    """The working folder cannot be used."""

    exit_code = 2


class SourceError(FilrougeError):
    """A source cannot be read at all (a missing table, an unknown layout)."""

    exit_code = 3


class StoreError(FilrougeError):
    """The learner-record store is absent, empty or damaged."""

    exit_code = 4


class ModelError(FilrougeError):
    """No model can be trained or loaded."""

    exit_code = 5
