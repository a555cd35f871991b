"""Starts the daily run from `filrouge serve`, at its hour, in a process of its own so that the pages stay fast."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import SQLAlchemyError

from serving.clock import Clock
from serving.daily import policy, repository
from serving.database import Database
from serving.settings import Settings
from serving.site import Site
from serving.watch.outages.service import away as sources_away

LOG = logging.getLogger("filrouge.daily")
LOOK_MINUTES = 5
"""Minutes between two looks at what is left: what failed, or was cut short, or should have begun while we were away."""
GRACE_SECONDS = 10.0
GENTLE = 5
"""How much the run gives way to the pages (`nice`)."""


class Child(Protocol):
    """The process of a run."""

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""

    def terminate(self) -> None:
        """Ask it to stop."""

    def kill(self) -> None:
        """Stop it."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""


def launch(settings: Settings) -> Child:
    """Start `filrouge daily` on the home of these settings; its failures are told on our standard error."""
    environment = {**os.environ, "FILROUGE_HOME": str(settings.folder.root)}
    if settings.today:
        environment["FILROUGE_TODAY"] = settings.today.isoformat()
    child = subprocess.Popen(
        [sys.executable, "-m", "filrouge", "daily", "--quiet"],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    os.setpriority(os.PRIO_PROCESS, child.pid, GENTLE)
    return child


class Mornings:
    """Looks, at the hour of the run and every five minutes, whether a run is due, and starts it.

    Parameters
    ----------
    clock : the server's: the day may be pretended, the hour is real.
    start : starts the run; the tests have one that only counts.
    """

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, *, start: Callable[[Settings], Child] = launch
    ) -> None:
        self._settings, self._database, self._clock, self._launch = settings, database, clock, start
        self._child: Child | None = None
        self._scheduler = BackgroundScheduler(
            timezone=clock.zone, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600}
        )

    def start(self) -> None:
        """Begin; the first look comes at once."""
        at = self.morning()
        if at is None:
            return
        self._scheduler.add_job(self.look, at)
        every = IntervalTrigger(minutes=LOOK_MINUTES, timezone=self._clock.zone)
        self._scheduler.add_job(self.look, every, next_run_time=datetime.now(self._clock.zone))
        self._scheduler.start()

    def morning(self) -> CronTrigger | None:
        """Return when a run starts, in the organisation's time zone; None: never."""
        hour, days = self._settings.daily_hour, self._settings.working_days
        if hour is None or not days:
            return None
        weekdays = ",".join(str(int(day) - 1) for day in days)
        return CronTrigger(day_of_week=weekdays, hour=hour.hour, minute=hour.minute, timezone=self._clock.zone)

    def look(self) -> bool:
        """Start a run when one is due and none of ours is under way; say whether it was."""
        hour = self._settings.daily_hour
        if hour is None or (self._child is not None and self._child.poll() is None):
            return False
        now = self._clock.now().astimezone(self._clock.zone)
        try:
            with self._database.read() as session:
                away = sources_away(session, now.date(), home=self._settings.folder)
                seen = repository.as_seen(repository.of_day(session, now.date()))
        except SQLAlchemyError as error:
            LOG.error('{"event": "daily_look_failed", "error": "%s"}', type(error).__name__)
            return False
        if away.quiet:
            seen = policy.while_quiet(seen, now, unread=away.unread, again=False)
        due = policy.due(seen, now, hour, self._settings.working_days)
        if due:
            LOG.info('{"event": "daily_started", "day": "%s"}', now.date())
            self._child = self._launch(self._settings)
        return due

    def stop(self) -> None:
        """Look no more; the run under way is asked to stop: the next one goes on from there."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._child is None or self._child.poll() is not None:
            return
        self._child.terminate()
        try:
            self._child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def begin(site: Site) -> Mornings:
    """Have the daily run started at its hour."""
    made = Mornings(site.settings, Database(site.settings.database), site.clock)
    made.start()
    return made
