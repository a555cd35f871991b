"""When the server starts the day's run: at its hour, when it comes back, one at a time."""

import signal
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from serving.clock import Clock
from serving.daily import repository
from serving.daily.policy import STEPS
from serving.daily.schedule import Mornings
from serving.settings import SettingsError, read_settings
from serving.tables import DailyRun

PARIS = ZoneInfo("Europe/Paris")


def until(true, seconds):
    """Wait until something is true, and say whether it came to be."""
    for _ in range(int(seconds * 10)):
        if true():
            return True
        time.sleep(0.1)
    return False


class Child:
    """A run that lasts until it is told to end."""

    def __init__(self, _settings):
        self.code, self.asked = None, []

    def poll(self):
        return self.code

    def terminate(self):
        self.asked.append("terminate")
        self.code = -signal.SIGTERM

    def kill(self):
        self.asked.append("kill")

    def wait(self, _timeout=None):
        return self.code


@pytest.fixture
def mornings(site):
    """What starts runs, an hour into a working day; `.started` are the runs."""
    started = []

    def start(settings):
        started.append(Child(settings))
        return started[-1]

    now = datetime.now(PARIS)
    settings = site.settings.model_copy(update={"daily_at": "00:00", "working_days": "1234567", "today": now.date()})
    made = Mornings(settings, site.database, Clock(PARIS, now.date()), start=start)
    made.started = started
    yield made
    made.stop()


def test_one_run_at_a_time_until_the_day_is_done(mornings, site):
    assert [mornings.look(), mornings.look(), len(mornings.started)] == [True, False, 1]
    mornings.started[0].code = 1
    assert [mornings.look(), len(mornings.started)] == [True, 2]
    mornings.started[1].code = 0
    now, day = datetime.now(UTC), mornings._clock.today()
    with site.database.write() as session:
        for step in STEPS:
            session.add(DailyRun(day=day, step=step, state="done", attempts=1, started_at=now, finished_at=now))
    assert [mornings.look(), len(mornings.started)] == [False, 2]


def test_the_first_look_comes_at_once_and_the_run_is_asked_to_stop_with_the_server(mornings):
    mornings.start()
    assert until(lambda: mornings.started, 60)
    mornings.stop()
    assert mornings.started[0].asked == ["terminate"]


def test_a_database_away_for_a_moment_is_looked_at_again(mornings, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def away(*_):
        raise OperationalError("", {}, Exception())

    with monkeypatch.context() as broken:
        broken.setattr(repository, "of_day", away)
        assert mornings.look() is False
    assert mornings.look() is True


@pytest.mark.parametrize(("hour", "days"), [("", "12345"), ("06:30", "")])
def test_nothing_starts_without_an_hour_or_a_working_day(site, hour, days):
    settings = site.settings.model_copy(update={"daily_at": hour, "working_days": days})
    made = Mornings(settings, site.database, site.clock, start=Child)
    made.start()
    assert (made.look(), made._scheduler.running) == (False, False)
    made.stop()


def test_the_hour_of_the_wall_is_kept_when_the_season_changes(site):
    settings = site.settings.model_copy(update={"daily_at": "06:30", "working_days": "1234567"})
    made = Mornings(settings, site.database, Clock(PARIS), start=Child)
    trigger = made.morning()
    before = datetime(2026, 10, 24, 12, tzinfo=PARIS)
    after = trigger.get_next_fire_time(None, before)
    assert (after.hour, after.minute, after.utcoffset()) == (6, 30, timedelta(hours=1))
    weekdays = Mornings(settings.model_copy(update={"working_days": "135"}), site.database, Clock(PARIS), start=Child)
    assert weekdays.morning().get_next_fire_time(None, before).isoformat() == "2026-10-26T06:30:00+01:00"


@pytest.mark.parametrize("text", ["6:30", "24:00", "06:60", "matin", "06:30:00"])
def test_an_hour_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv("FILROUGE_DAILY_AT", text)
    with pytest.raises(SettingsError, match=r"FILROUGE_DAILY_AT.*an hour such as 06:30"):
        read_settings()
