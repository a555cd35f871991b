"""The same request sent twice does its work once, on SQLite and on PostgreSQL."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from serving.answers import policy
from serving.problems import KeyInUseError, KeyReusedError, RefusedError
from serving.tables import Account, Action, Answered
from tests.api import serving_seed as seed

CALL = {
    "kind": "call",
    "channel": "phone",
    "done_on": "2026-06-15",
    "result": "reached",
    "note": "a word in confidence",
}
PLACE = f"/api/v1/enrolments/{seed.enrolment_id(0)}/actions"
NEW = {"username": "new.person", "display_name": "Nova Fableville", "role": "quality"}


def post(client, place, body, key=None):
    headers = {"x-csrf-token": client.csrf} | ({"idempotency-key": key} if key is not None else {})
    return client.post(place, json=body, headers=headers)


def count(site, table):
    with site.database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_the_same_request_is_answered_the_same_and_done_once(browser, site):
    client = browser("zina")
    first, second = post(client, PLACE, CALL, "k-1"), post(client, PLACE, CALL, "k-1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert ("idempotency-replayed" in first.headers, second.headers["idempotency-replayed"]) == (False, "true")
    assert second.headers["content-type"] == first.headers["content-type"]
    assert count(site, Action) == 1
    assert post(client, PLACE, CALL).status_code == 201, "without a key, it is another action"
    assert count(site, Action) == 2


@pytest.mark.parametrize(
    ("place", "body"), [(PLACE, CALL | {"result": "no_answer"}), ("/api/v1/alerts/1/transitions", CALL)]
)
def test_the_same_key_with_another_request_is_refused(browser, site, place, body):
    client = browser("zina")
    post(client, PLACE, CALL, "k-1")
    refused = post(client, place, body, "k-1")
    if refused.json().get("errors"):
        assert refused.status_code == 422, "the body itself is refused first"
    else:
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:filrouge:problem:idempotency-key-reused")
    assert count(site, Action) == 1


def test_a_key_is_of_one_account(browser, site):
    lea = browser("lea")
    assert post(browser("zina"), PLACE, CALL, "k-1").status_code == 201
    answer = post(lea, PLACE, CALL, "k-1")
    assert (answer.status_code, "idempotency-replayed" in answer.headers) == (201, False)
    assert count(site, Action) == 2


def test_a_request_refused_leaves_its_key_free(browser, site):
    client = browser("zina")
    assert post(client, PLACE, CALL | {"done_on": "2026-06-20"}, "k-1").status_code == 422
    assert post(client, PLACE, CALL, "k-1").status_code == 201
    assert count(site, Answered) == 1


def test_an_answer_is_kept_a_day_and_then_forgotten(browser, site):
    client = browser("zina")
    post(client, PLACE, CALL, "old")
    with site.database.write() as session:
        session.scalar(select(Answered)).at -= timedelta(hours=24, seconds=1)
    assert "idempotency-replayed" not in post(client, PLACE, CALL, "old").headers
    post(client, PLACE, CALL, "new")
    with site.database.write() as session:
        session.get(
            Answered, (session.scalar(select(Account.id).where(Account.username == "zina")), "old")
        ).at -= timedelta(days=2)
    post(client, PLACE, CALL, "newer")
    with site.database.read() as session:
        assert sorted(session.scalars(select(Answered.key))) == ["new", "newer"]


def test_what_is_kept_is_sealed_even_a_first_password(browser, site):
    client = browser("admin")
    made = post(client, "/api/v1/accounts", NEW, "k-1")
    with site.database.read() as session:
        kept = session.scalar(select(Answered))
        assert made.json()["password"] not in kept.body
        assert "new.person" not in kept.body + kept.digest
    assert post(client, "/api/v1/accounts", NEW, "k-1").json() == made.json()


@pytest.mark.parametrize("key", ["", "x" * 201, "with space", b"\xe9"])
def test_a_key_that_is_none_is_refused(browser, site, key):
    assert post(browser("zina"), PLACE, CALL, key).status_code == 422
    assert count(site, Action) == 0


@pytest.mark.parametrize(
    ("hours", "same", "finished", "expected"),
    [
        (None, False, False, "new"),
        (24, False, True, "new"),
        (23, True, True, "replay"),
        (23, False, True, KeyReusedError),
        (23, False, False, KeyReusedError),
        (1, True, False, KeyInUseError),
    ],
)
def test_what_a_key_gets(hours, same, finished, expected):
    at = None if hours is None else seed.NOW - timedelta(hours=hours)
    asked = {"at": at, "same": same, "finished": finished, "now": seed.NOW}
    if isinstance(expected, str):
        assert policy.judge(**asked) == expected
    else:
        with pytest.raises(expected):
            policy.judge(**asked)


def test_a_key_is_visible_ascii():
    assert policy.check_key("9f0c-1") == "9f0c-1"
    with pytest.raises(RefusedError):
        policy.check_key("é")


def test_many_at_once_with_one_key_do_the_work_once(browser, site):
    """Six at the same moment: each is answered, told to come back in a moment, and never twice done."""
    client, start = browser("zina"), threading.Barrier(6)

    def one(_):
        start.wait()
        return post(client, PLACE, CALL, "k-1")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(one, range(6)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    busy = [answer for answer in answers if answer.status_code == 409]
    assert {answer.json()["type"] for answer in busy} <= {"urn:filrouge:problem:idempotency-key-in-use"}
    assert {answer.headers["retry-after"] for answer in busy} <= {"1"}
    assert count(site, Action) == 1
    assert post(client, PLACE, CALL, "k-1").headers["idempotency-replayed"] == "true"
