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
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from serving.settings import Settings
    from serving.tables import Account, Alert

EXAMPLES = Path(__file__).parent / "examples"
FOLDER = EXAMPLES / "pack"
SEED = 7
BETWEEN = timedelta(seconds=10)
Word = dict[str, object]
CALLED: Word = {"kind": "call", "channel": "phone", "result": "reached", "next_step": "interview"}
WROTE: Word = {"kind": "message", "channel": "email", "result": "left_message", "next_step": "call_again"}
ADAPTED: Word = {"kind": "adaptation", "channel": "video", "result": "agreed", "next_step": "none"}
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
    from serving.commands import work
    from serving.quality.repository import entries
    from serving.tables import Alert

    with work(write=True) as (session, settings):
        mentor = by_username(session, "demo-mentor")
        if mentor is None:
            raise SystemExit("the example has no demonstration mentor")
        last = datetime.fromisoformat(entries(session)[-1].at)
        alerts = session.query(Alert).order_by(Alert.id).all()
        times = (last + BETWEEN * n for n in range(1, 1000))
        for alert, (actions, end) in zip(alerts, cycle(WORK), strict=False):
            _do(session, settings, mentor, alert, actions, end, lambda: next(times))


def _do(
    session: Session, settings: Settings, mentor: Account, alert: Alert, actions: tuple[Word, ...],
    end: tuple[str, str] | None, now: Callable[[], datetime],
) -> None:  # fmt: skip
    from serving import keys
    from serving.access import Person
    from serving.actions import service as doing
    from serving.actions.schemas import NewAction
    from serving.alerts import service as moving

    carried = frozenset() if alert.mentor_id is None else frozenset({alert.mentor_id})
    person = Person(mentor.id, mentor.username, mentor.display_name, mentor.role, alert.mentor_id,
                    alert.mentor_id is None, None, "", carried)  # fmt: skip
    key, today = keys.read_or_create(settings.folder.keys / "journal.key"), settings.today or alert.opened_on
    for word in actions:
        due = None if word["next_step"] == "none" else today + timedelta(days=4)
        new = NewAction.model_validate({**word, "done_on": today, "next_step_on": due})
        doing.record(session, person, alert.enrolment_id, new, key=key, now=now(), today=today)
    if end:
        wanted = moving.Wanted(end[0], end[1], motives=("personal",) if end[1] == "abandoned" else ())
        moving.move(session, person, alert.id, wanted, now=now(), today=today, settings=settings)


if __name__ == "__main__":
    main()
