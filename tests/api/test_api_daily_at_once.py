"""The daily run by several machines at once, killed at any step, failing here and there: on SQLite and PostgreSQL."""

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from data.errors import ModelError, SourceError
from serving.daily import policy, repository, service
from serving.daily.policy import STEPS
from serving.daily.service import Context, Office, Outcome
from serving.database import Database
from serving.problems import ConflictError, RefusedError
from serving.tables import DailyRun
from tests.unit import database_servers

ROOT = Path(__file__).parents[2]
DAY = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 5, tzinfo=UTC)
TOGETHER = 6


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request, tmp_path_factory):
    """The address of a work database, on each kind of server that this machine has."""
    with ExitStack() as stack:
        address = f"sqlite:///{tmp_path_factory.mktemp('work') / 'work.db'}"
        if request.param == "postgresql":
            try:
                server = stack.enter_context(database_servers.postgresql())
            except database_servers.MissingServerError as missing:
                pytest.skip(str(missing))
            address = server.url(server.main)
        yield address


@pytest.fixture
def database(url):
    made = Database(url)
    made.upgrade()
    yield made
    with made.write() as session:
        session.query(DailyRun).delete()
    made.dispose()


class Now:
    """A clock that moves when told; each look at it takes a millisecond."""

    def __init__(self):
        self.at = NOW

    def __call__(self):
        self.at += timedelta(milliseconds=1)
        return self.at


class Work:
    """Steps that count how often they were done, and do what they are told."""

    def __init__(self):
        self.done, self.lock, self.does = Counter(), threading.Lock(), {}

    def of(self, step):
        def do(context: Context) -> Outcome:
            with self.lock:
                self.done[step] += 1
            told = self.does.get(step)
            return told(context) if told else Outcome({"n": self.done[step]}, news=step == "import")

        return do

    def office(self, database, now=None):
        return Office(database, now or Now(), {step: self.of(step) for step in STEPS})


def states(ended):
    return {one.step: one.state for one in ended.steps}


def raising(error):
    def do(_):
        raise error

    return do


def test_a_day_is_done_once_and_typed_again_repeats_nothing(database):
    work, told = Work(), []
    office = work.office(database)
    first = service.run(office, DAY, announce=told.append)
    again = service.run(office, DAY, announce=told.append)
    assert [one.step for one in told] == list(STEPS)
    assert states(first) == states(again) == dict.fromkeys(STEPS, "done")
    assert work.done == dict.fromkeys(STEPS, 1)
    assert [all(one.here for one in ended.steps) for ended in (first, again)] == [True, False]
    assert not any((first.failed, again.failed, first.busy, again.busy))
    service.run(office, DAY + timedelta(days=1))
    assert work.done == dict.fromkeys(STEPS, 2)


def test_processes_that_start_together_do_each_step_once(database):
    work, start = Work(), threading.Barrier(TOGETHER)
    for step in STEPS:
        work.does[step] = lambda _: time.sleep(0.02) or Outcome({}, news=True)

    def run(_):
        office = work.office(database, lambda: datetime.now(UTC))
        start.wait()
        return service.run(office, DAY)

    with ThreadPoolExecutor(TOGETHER) as pool:
        ended = list(pool.map(run, range(TOGETHER)))
    assert work.done == dict.fromkeys(STEPS, 1)
    by_each = [[one.step for one in each.steps if one.here] for each in ended]
    assert sorted(step for steps in by_each for step in steps) == sorted(STEPS)
    assert all(each.busy or len(steps) for each, steps in zip(ended, by_each, strict=True))


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_in_any_step_is_finished_by_the_next_run(database, step):
    work, now = Work(), Now()
    work.does[step] = raising(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        service.run(work.office(database, now), DAY)
    before = STEPS.index(step)
    assert work.done == dict.fromkeys(STEPS[: before + 1], 1)
    (told,) = [one for one in service.view(work.office(database, now), DAY) if one.step == step]
    assert (told.state, told.failure) == ("waiting", "interrupted")
    del work.does[step]
    assert states(service.run(work.office(database, now), DAY)) == dict.fromkeys(STEPS, "done")
    assert work.done == dict.fromkeys(STEPS, 1) | {step: 2}


@pytest.mark.parametrize("step", ["import", "score", "tidy"])
def test_a_killed_process_leaves_its_step_to_another_when_its_lease_is_over(database, step):
    work, now = Work(), Now()
    office = work.office(database, now)
    for earlier in STEPS[: STEPS.index(step)]:
        with database.write() as session:
            repository.take(session, DAY, policy.Seen(earlier), owner="dead", now=now())
            repository.settle(session, DAY, earlier, owner="dead", state="done", finished_at=now())
    with database.write() as session:
        assert repository.take(session, DAY, policy.Seen(step), owner="dead", now=now())
    early = service.run(office, DAY)
    assert (early.busy, work.done, early.failed) == (step, Counter(), False)
    now.at += policy.LEASE
    (dead,) = [one for one in service.view(office, DAY) if one.step == step]
    assert (dead.state, dead.failure) == ("running", "died")
    assert states(service.run(office, DAY)) == dict.fromkeys(STEPS, "done")
    assert work.done == dict.fromkeys(STEPS[STEPS.index(step) :], 1)
    with database.write() as session:
        assert not repository.settle(session, DAY, step, owner="dead", state="failed", finished_at=now())
        assert not repository.beat(session, DAY, step, owner="dead", now=now())
        assert {row.state for row in repository.of_day(session, DAY)} == {"done"}


def test_a_step_that_lasts_longer_than_its_lease_stays_with_the_process_that_is_alive(database, monkeypatch):
    monkeypatch.setattr(policy, "BEAT", timedelta(milliseconds=10))
    work, now, others = Work(), Now(), []

    def heard_of():
        with database.read() as session:
            return repository.of_day(session, DAY)[0].lease_until > now.at + policy.LEASE * 0.5

    def long(_):
        for _ in range(3):
            now.at += policy.LEASE * 0.9
            while not heard_of():
                time.sleep(0.01)
        others.append(service.run(Work().office(database, now), DAY).busy)
        return Outcome({})

    work.does["import"] = long
    assert states(service.run(work.office(database, now), DAY)) == dict.fromkeys(STEPS, "done")
    assert others == ["import"]


def test_another_day_waits_for_the_one_under_way(database):
    office = Work().office(database)
    with database.write() as session:
        repository.take(session, DAY - timedelta(days=1), policy.Seen("import"), owner="long", now=office.now())
    assert service.run(office, DAY).busy == "import"


def test_a_step_that_fails_does_not_stop_those_that_can_do_without_it(database):
    work = Work()
    office = work.office(database)
    lines = [{"name": "moodle", "failure": "source", "told": "it does not answer"}]
    work.does["import"] = lambda _: Outcome({"sources": lines}, news=True, failure="sources", told="moodle")
    work.does["score"] = raising(ModelError("there is no model", todo="filrouge train"))
    ended = service.run(office, DAY)
    assert ended.failed
    assert states(ended) == dict.fromkeys(STEPS, "done") | {
        "import": "failed", "score": "failed", "alerts": "left", "monitor": "left", "challenge": "left"
    }  # fmt: skip
    score = next(one for one in ended.steps if one.step == "score")
    assert (score.failure, score.told) == ("model", "there is no model; filrouge train")
    work.does.clear()
    assert states(service.run(office, DAY)) == dict.fromkeys(STEPS, "done")
    assert work.done == dict.fromkeys(STEPS, 1) | {"import": 2, "score": 2}


def test_a_source_that_comes_back_has_the_rest_done_again_only_when_it_brought_something(database):
    work = Work()
    office = work.office(database)
    work.does["import"] = lambda _: Outcome({}, failure="sources")
    work.does["score"] = lambda context: Outcome({"run": 1}, news=context.results["import"] != {})
    service.run(office, DAY)
    service.run(office, DAY)
    assert (work.done["import"], work.done["score"]) == (2, 1)
    work.does["import"] = lambda _: Outcome({"rows": 3}, news=True)
    service.run(office, DAY)
    assert work.done == dict.fromkeys(STEPS, 2) | {"import": 3, "actions": 1, "notify": 1, "tidy": 1}


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (SourceError("it does not answer", where="https://m.example.org"), "source", "it does not answer (https://m.e"),
        (ZeroDivisionError("Ada Lovelace"), "unexpected", "ZeroDivisionError (test_api_daily_at_once.py, line "),
        (MemoryError(), "memory", "MemoryError"),
        (FileNotFoundError("Ada Lovelace"), "machine", "FileNotFoundError (test_api"),
    ],
)
def test_a_failure_is_told_by_a_code_and_a_line_that_holds_no_value(database, error, code, told):
    work = Work()
    work.does["tidy"] = raising(error)
    last = service.run(work.office(database), DAY).steps[-1]
    assert (last.state, last.failure) == ("failed", code)
    assert last.told.startswith(told)
    assert "Ada" not in last.told


def test_a_day_is_done_again_from_a_step(database):
    work = Work()
    office = work.office(database)
    service.run(office, DAY)
    service.again(office, DAY, "alerts")
    service.run(office, DAY)
    assert work.done == dict.fromkeys(STEPS, 1) | dict.fromkeys(policy.from_step("alerts"), 2)
    with pytest.raises(RefusedError, match="import, actions, score"):
        service.again(office, DAY, "breakfast")
    service.again(office, DAY, "tidy")
    with database.write() as session:
        repository.take(session, DAY, policy.Seen("tidy", attempts=0), owner="alive", now=office.now())
    with pytest.raises(ConflictError, match="at work"):
        service.again(office, DAY, "import")


SCRIPT = """
import sys, time
from datetime import UTC, date, datetime
from pathlib import Path
from serving.daily import commands
from serving.daily.policy import STEPS
from serving.daily.service import Office, Outcome
from serving.database import Database

url, folder, stops_at = sys.argv[1], Path(sys.argv[2]), sys.argv[3]

def of(step):
    def do(context):
        with (folder / step).open("a") as file:
            file.write("x")
        if step == stops_at:
            time.sleep(300)
        return Outcome({})
    return do

office = Office(Database(url), lambda: datetime.now(UTC), {step: of(step) for step in STEPS})
ended = commands._run(office, date(2026, 6, 15), "", tell=False)
print(ended.busy or ",".join(one.state for one in ended.steps))
"""


def start(url, folder, stops_at="nowhere"):
    words = [sys.executable, "-c", SCRIPT, url, str(folder), stops_at]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def stopped(url, folder, by):
    """Start a process, and stop it by a signal in the middle of its scores; return its exit code."""
    process = start(url, folder, stops_at="score")
    for _ in range(1800):
        if (folder / "score").exists():
            break
        time.sleep(0.05)
    process.send_signal(by)
    code = process.wait(90)
    process.stdout.close()
    return code


def test_a_process_killed_in_the_middle_of_a_step_is_taken_over_by_others(url, database, tmp_path):
    assert stopped(url, tmp_path, signal.SIGKILL) == -signal.SIGKILL
    with database.write() as session:
        (row,) = [row for row in repository.of_day(session, DAY) if row.step == "score"]
        assert row.state == "running"
        row.lease_until = datetime.now(UTC) - timedelta(seconds=1)  # two minutes later
    others = [start(url, tmp_path) for _ in range(2)]
    told = [other.communicate(timeout=180)[0].strip() for other in others]
    assert [other.returncode for other in others] == [0, 0]
    assert ",".join(["done"] * len(STEPS)) in told
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(STEPS, "x") | {"score": "xx"}


def test_a_process_asked_to_end_frees_its_step_at_once(url, database, tmp_path):
    assert stopped(url, tmp_path, signal.SIGTERM) == 128 + signal.SIGTERM
    work = Work()
    assert states(service.run(work.office(database), DAY)) == dict.fromkeys(STEPS, "done")
    assert work.done == dict.fromkeys(policy.from_step("score"), 1)
