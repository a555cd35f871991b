"""Take the register out, and write down that it was."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from serving.language import Speech
from serving.quality import journal
from serving.quality.register import Labels, Names, Register, as_csv, sealed_line


def export(
    session: Session, speech: Speech, labels: Labels, directory: Names | None, *, now: datetime, author_id: int | None
) -> tuple[str, int]:
    """Return the register as CSV and its number of steps; the journal keeps the fact of the export.

    The last line is the journal's head, the export itself: its number and its whole hash.

    Parameters
    ----------
    directory : where names are read; None: learners are called by their reference.
    """
    steps = Register(speech, labels, directory).steps(session)
    details: dict[str, journal.Scalar] = {"names": directory is not None, "lines": len(steps)}
    head = journal.append(session, "register_exported", at=now, author_id=author_id, details=details)
    return "".join((*as_csv(steps, speech), sealed_line(head, speech))), len(steps)
