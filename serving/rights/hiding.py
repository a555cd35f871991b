"""Take a learner who refuses alerts off the pages at once; the next score leaves them out by itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from data.home import Home


def hide_at_once(home: Home, learner_id: int, at: datetime) -> int:
    """Take a learner's enrolments off the roster and their scores of the day away; return how many enrolments.

    Their alerts stay in the register as evidence; no page of a mentor shows one whose enrolment left the roster.
    """
    from serving.quality import journal
    from serving.rights import repository
    from serving.rights.erasing import opened

    with opened(home) as database:
        if database is None:
            return 0
        with database.write() as session:
            hidden = repository.hide(session, learner_id)
            if hidden:
                journal.append(session, "learner_hidden", at=at, details={"enrolments": hidden})
            return hidden
