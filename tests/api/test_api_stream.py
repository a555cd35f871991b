"""New alerts as they come, by a real server on this machine's own address."""

import json
import threading
import time
from collections import namedtuple
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
import uvicorn

from serving import access
from serving.accounts import repository as accounts
from serving.clock import Clock
from serving.server import EndingServer, listen
from serving.stream import endpoints
from serving.stream.policy import LOOK_BACK, Seen, Streams
from serving.tables import Alert
from serving.tokens import repository as tokens
from serving.tokens import service
from tests.api import serving_seed as seed

PLACE = "/api/v1/alerts/stream"
One = namedtuple("One", "id")


@pytest.fixture
def running(app, monkeypatch):
    monkeypatch.setattr(endpoints, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(endpoints, "HEARTBEAT_SECONDS", 0.2)
    opened = listen("127.0.0.1", 0)
    server = EndingServer(uvicorn.Config(app, log_level="warning", lifespan="off"), app.state.streams)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
    thread.start()
    server.address = f"http://127.0.0.1:{opened.getsockname()[1]}"
    server.thread = thread
    yield server
    server.should_exit = True
    thread.join(60)
    opened.close()
    assert not thread.is_alive()


@pytest.fixture
def secrets(site):
    """A token of each mentor."""
    now, made = Clock(site.clock.zone).now(), {}
    with site.database.write() as session:
        for name in ("zina", "joel"):
            account = accounts.by_username(session, name)
            made[name] = service.create(session, account, "stream", ["alerts:read"], days=30, now=now)[1]
    return made


@contextmanager
def stream(running, secret, **headers):
    sent = {"authorization": f"Bearer {secret}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    with httpx.stream("GET", running.address + PLACE, headers=sent, timeout=60) as answer:
        lines = answer.iter_lines()
        if answer.status_code == 200:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert next(lines) == "retry: 5000"
        yield answer, lines


def next_event(lines):
    kept = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name in {"id", "event", "data"}:
            kept[name] = value
        if not line and kept:
            return kept
    return kept


def open_alert(site, n, number):
    with site.database.write() as session:
        session.add(Alert(id=number, run_id=1, enrolment_id=seed.enrolment_id(n), learner_id=seed.learner_id(n),
                          mentor_id=seed.mentor_of(n), session_id="SECO-2606", opened_at=seed.NOW,
                          opened_on=seed.TODAY, rank=9, probability=0.5, reasons=[], state="open", state_at=seed.NOW,
                          kind="sudden_silence"))  # fmt: skip


def test_a_new_alert_is_told_to_who_reaches_it_by_ids_alone(running, site, secrets):
    with stream(running, secrets["zina"]) as (_, zinas), stream(running, secrets["joel"]) as (_, joels):
        open_alert(site, 19, 90)
        open_alert(site, 11, 91)
        told = next_event(zinas)
        assert (told["id"], told["event"]) == ("91", "alert")
        assert json.loads(told["data"]) == {"alert_id": "91", "enrolment_id": str(seed.enrolment_id(11)),
                                            "kind": "sudden_silence", "opened_on": "2026-06-15"}  # fmt: skip
        assert next_event(joels)["id"] == "90"


def test_who_comes_back_misses_nothing_and_gets_nothing_twice(running, site, secrets):
    open_alert(site, 10, 90)
    open_alert(site, 11, 91)
    with stream(running, secrets["zina"], last_event_id="90") as (_, lines):
        assert next_event(lines)["id"] == "91"
        open_alert(site, 9, 92)
        assert next_event(lines)["id"] == "92"
    with stream(running, secrets["zina"]) as (_, lines):
        open_alert(site, 8, 93)
        assert next_event(lines)["id"] == "93", "what was there before is not new"


def test_a_quiet_stream_says_that_it_is_there_and_ends_with_its_token(running, site, secrets):
    with stream(running, secrets["zina"]) as (_, lines):
        assert next(line for line in lines if line.startswith(":")) == ": still here"
        with site.database.write() as session:
            tokens.revoke_all(session, accounts.by_username(session, "zina").id)
        assert not [line for line in lines if line.startswith("data")], "and it ended"


def test_a_stream_ends_when_its_session_does(running, app, site):
    now = Clock(site.clock.zone).now()
    with site.database.write() as session:
        number = accounts.by_username(session, "zina").id
        accounts.sign_in(session, number, "a session", now=now, until=now + timedelta(hours=1))
    cookies = {"cookie": f'{access.SESSION_COOKIE}="a session"'}
    with httpx.stream("GET", running.address + PLACE, headers=cookies, timeout=60) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 5000"
        with site.database.write() as session:
            accounts.sign_out_everywhere(session, number)
        assert not [line for line in lines if line.startswith("data")]
    assert answer.is_closed


def test_one_person_keeps_a_few_streams_and_a_place_is_given_back(running, app, secrets):
    with (
        stream(running, secrets["zina"]),
        stream(running, secrets["zina"]),
        stream(running, secrets["zina"]) as _,
        stream(running, secrets["joel"]),
        stream(running, secrets["zina"]) as (refused, _),
    ):
        assert refused.status_code == 429
        assert json.loads(refused.read())["type"] == "urn:filrouge:problem:too-many-requests"
    for _ in range(600):
        if not any(app.state.streams._open.values()):
            break
        time.sleep(0.05)
    with stream(running, secrets["zina"]) as (answer, _):
        assert answer.status_code == 200


def test_the_server_stops_at_once_though_a_stream_is_open(running, secrets):
    with stream(running, secrets["zina"]) as (_, lines):
        running.should_exit = True
        assert not [line for line in lines if line.startswith("data")], "it ended by itself"
    running.thread.join(60)
    assert not running.thread.is_alive()


def test_an_alert_committed_late_with_a_smaller_id_is_told_once():
    seen = Seen.of("", [10])
    assert [one.id for one in seen.new([One(10), One(12)])] == [12]
    assert [one.id for one in seen.new([One(10), One(11), One(12)])] == [11]
    assert seen.new([One(10), One(11), One(12)]) == []
    assert seen.after == 0
    assert [one.id for one in seen.new([One(12 + LOOK_BACK * 2)])] == [12 + LOOK_BACK * 2]
    assert seen.after == 12 + LOOK_BACK


@pytest.mark.parametrize(("told", "after"), [("7", 7), ("", 90), ("x", 90), ("²", 90), ("9" * 30, 90)])
def test_where_a_stream_begins(told, after):
    assert Seen.of(told, [90, 89]).last == after


def test_a_stream_that_closes_lets_nobody_in():
    streams = Streams(most=1)
    assert (streams.enter(1), streams.enter(1), streams.enter(2)) == (True, False, True)
    streams.leave(1)
    assert streams.enter(1)
    streams.leave(2)
    streams.close()
    assert not streams.enter(2)
