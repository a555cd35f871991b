"""Make the pack of the example site again, in docs/examples/pack (`make example-pack`).

The example is run in a folder of its own, its mentors do an invented day, and the pack is made of it: learners by
reference, no name. `EXAMPLE_HOME` names a home where the example was run already, to run it only once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from serving.clock import Clock

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from serving.access import Person
    from serving.settings import Settings
    from serving.site import Site
    from serving.tables import Account, Alert

EXAMPLES = Path(__file__).parent / "examples"
FOLDER = EXAMPLES / "pack"
SEED = 7
BETWEEN = timedelta(seconds=10)
Word = dict[str, object]
CALLED: Word = {"kind": "call", "channel": "phone", "result": "reached", "next_step": "interview"}
WROTE: Word = {"kind": "message", "channel": "email", "result": "left_message", "next_step": "call_again"}
ADAPTED: Word = {"kind": "adaptation", "channel": "video", "result": "agreed", "next_step": "none"}
MEETING: Word = {"kind": "interview", "channel": "video", "hour": "16:00"}
COMPLAINT: Word = {"kind": "complaint", "subject": "organisation", "told_by": "learner", "channel": "email",
                   "summary": "Les devoirs de deux modules tombent la même semaine."}  # fmt: skip
IMPROVEMENT: Word = {"indicator": "12", "source": "complaint", "owner": "Responsable de parcours",
                     "finding": "Deux devoirs rendus la même semaine, des abandons dans la suivante.",
                     "decision": "Étaler les échéances dès la prochaine session."}  # fmt: skip
WORK: tuple[tuple[tuple[Word, ...], tuple[str, str] | None], ...] = (
    ((CALLED, ADAPTED), ("resolved", "plan_agreed")),
    ((WROTE,), None),
    ((CALLED,), ("resolved", "back_on_track")),
    ((), ("dismissed", "already_known")),
    ((WROTE, CALLED), ("resolved", "abandoned")),
    ((), ("dismissed", "false_alarm")),
    ((CALLED,), None),
)
"""What is done for each alert of the example in turn, over and over, then how it ends, if it does."""


class Evening(Clock):
    """Says that it is five o'clock: what follows the appointment of the afternoon is done then."""

    def now(self) -> datetime:
        """Return five o'clock of the day."""
        return super().now().astimezone(self.zone).replace(hour=17, minute=0, second=0, microsecond=0).astimezone(UTC)


def main() -> None:
    """Run the example, play the day, make the pack, put it in docs/examples."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(os.environ.get("EXAMPLE_HOME") or folder)
        if not (home / "work.db").exists():
            _filrouge(home, "run", "--no-serve", "--quiet")
        os.environ.update(FILROUGE_HOME=str(home), FILROUGE_TODAY="2026-06-15", FILROUGE_ORGANISATION="Site d’exemple")
        play()
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.parent.mkdir(exist_ok=True)
        _filrouge(home, "quality", "pack", "--seed", str(SEED), "--alerted", "--draw", "8", "--out", str(FOLDER))
    for path in sorted(FOLDER.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    FOLDER.chmod(0o755)


def _filrouge(home: Path, *words: str) -> None:
    environment = {**os.environ, "FILROUGE_HOME": str(home)}
    subprocess.run([sys.executable, "-m", "filrouge", *words], env=environment, check=True)  # noqa: S603


def play() -> None:
    """Do an invented day on the alerts of the home of the environment: each step a while after the one before."""
    from serving.accounts.repository import by_username
    from serving.app import make_site
    from serving.quality.repository import entries
    from serving.settings import read_settings
    from serving.tables import Alert

    settings = read_settings()
    site = make_site(settings)
    with site.database.write() as session:
        mentor, quality = (by_username(session, name) for name in ("demo-mentor", "demo-qualite"))
        if mentor is None or quality is None:
            raise SystemExit("the example has no demonstration accounts")
        _plan(session, site, mentor, quality)
        last = datetime.fromisoformat(entries(session)[-1].at)
        alerts = session.query(Alert).order_by(Alert.id).all()
        times = (last + BETWEEN * n for n in range(1, 1000))
        for alert, (actions, end) in zip(alerts, cycle(WORK), strict=False):
            _do(session, settings, mentor, alert, actions, end, lambda: next(times))


def _plan(session: Session, site: Site, mentor: Account, quality: Account) -> None:
    """Keep a procedure, agree on meetings, register a complaint, and decide what is done of it."""
    from serving.quality.appointments import service as meeting
    from serving.quality.appointments.schemas import NewAppointment
    from serving.quality.complaints import service as complaining
    from serving.quality.complaints.schemas import NewComplaint
    from serving.quality.improvements import service as improving
    from serving.quality.improvements.schemas import Line
    from serving.quality.procedure import service as procedure
    from serving.quality.procedure.policy import Procedure
    from serving.tables import Alert, Roster

    today, now = site.clock.today(), site.clock.now()
    adopted = Procedure(disability_contact="le référent handicap, poste 12", complaints_contact="qualite@example.org")
    procedure.keep(session, adopted, from_on=today, reason="procédure adoptée", author_id=quality.id, now=now)
    alerts = session.query(Alert).order_by(Alert.id).limit(3).all()
    for days, alert in zip((0, 2, 2), alerts, strict=True):
        enrolment = session.get_one(Roster, alert.enrolment_id)
        wanted = NewAppointment.model_validate(MEETING | {"on": today + timedelta(days=days)})
        meeting.plan(session, site, enrolment, wanted, author_id=mentor.id)
    told = NewComplaint.model_validate(COMPLAINT | {"received_on": today - timedelta(days=3)})
    heard = complaining.record(session, site, told, author_id=quality.id)
    line = {**IMPROVEMENT, "source_key": str(heard.id), "due_on": today + timedelta(days=30)}
    improving.record(session, site, Line.model_validate(line), author_id=quality.id)
    later = replace(site, clock=Evening(site.clock.zone, site.clock.pretended))
    meeting.move(session, later, _person(mentor, alerts[0]), 1, "kept")


def _do(
    session: Session, settings: Settings, mentor: Account, alert: Alert, actions: tuple[Word, ...],
    end: tuple[str, str] | None, now: Callable[[], datetime],
) -> None:  # fmt: skip
    from serving import keys
    from serving.actions import service as doing
    from serving.actions.schemas import NewAction
    from serving.alerts import service as moving

    person = _person(mentor, alert)
    key, today = keys.read_or_create(settings.folder.keys / "journal.key"), settings.today or alert.opened_on
    for word in actions:
        due = None if word["next_step"] == "none" else today + timedelta(days=4)
        new = NewAction.model_validate({**word, "done_on": today, "next_step_on": due})
        doing.record(session, person, alert.enrolment_id, new, key=key, now=now(), today=today)
    if end:
        wanted = moving.Wanted(end[0], end[1], motives=("personal",) if end[1] == "abandoned" else ())
        moving.move(session, person, alert.id, wanted, now=now(), today=today, settings=settings)


def _person(mentor: Account, alert: Alert) -> Person:
    """Return the mentor of an alert."""
    from serving.access import Person

    carried = frozenset() if alert.mentor_id is None else frozenset({alert.mentor_id})
    return Person(mentor.id, mentor.username, mentor.display_name, mentor.role, alert.mentor_id,
                  alert.mentor_id is None, None, "", carried)  # fmt: skip


if __name__ == "__main__":
    main()
