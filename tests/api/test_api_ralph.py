"""Our `/xAPI/statements` beside a real store's: the same requests, the same answers."""

import httpx
import pytest

from serving.ingestion import endpoints, policy, service
from tests.unit.recorded_statements import ID, VIEW
from tests.unit.served_ralph import PASSWORD, USER, Ralph, command

RALPH = command()
pytestmark = pytest.mark.skipif(RALPH is None, reason="Ralph is not installed: see CONTRIBUTING.md")
VERSION = {"X-Experience-API-Version": "1.0.3"}
FIRST, SECOND, THIRD = ({k: v for k, v in VIEW.items() if k != "stored"} | {"id": ID.format(n)} for n in (1, 2, 3))
OTHER = {"timestamp": "2026-02-02T10:00:00+00:00"}
REQUESTS = [
    ("a new one is posted", "POST", {}, FIRST, {200}),
    ("the same again", "POST", {}, FIRST, {200, 204}),
    ("the same id, another content", "POST", {}, {**FIRST, **OTHER}, {409}),
    ("several are posted", "POST", {}, [SECOND, FIRST], {200}),
    ("two with one id", "POST", {}, [THIRD, THIRD], {400}),
    ("a new one is put", "PUT", {"statementId": THIRD["id"]}, THIRD, {204}),
    ("it is put again", "PUT", {"statementId": THIRD["id"]}, THIRD, {204}),
    ("it is put with another content", "PUT", {"statementId": THIRD["id"]}, {**THIRD, **OTHER}, {409}),
    ("its id is not the address's", "PUT", {"statementId": SECOND["id"]}, THIRD, {400}),
    ("one is read", "GET", {"statementId": SECOND["id"]}, None, {200}),
    ("an id is not alone", "GET", {"statementId": SECOND["id"], "since": "2026-01-01T00:00:00Z"}, None, {400}),
    ("an unknown question", "GET", {"colour": "red"}, None, {400}),
    ("all are read", "GET", {"ascending": "true"}, None, {200}),
]


def ask(client, place):
    answers = {}
    for name, method, params, body, _ in REQUESTS:
        answers[name] = client.request(
            method, place, params=params, headers=VERSION, **({"json": body} if body else {})
        )
    return answers


def ids(answer):
    return sorted(one["id"] for one in answer.json()["statements"])


@pytest.fixture
def ours(browser, site, monkeypatch):
    monkeypatch.setattr(endpoints, "PACE", policy.Pace())
    with site.database.write() as session:
        _, secret = service.create_key(session, "moodle", now=site.clock.now())
    client = browser()
    client.auth = httpx.BasicAuth("moodle", secret)
    return client


def test_the_same_requests_have_the_same_answers(ours, tmp_path):
    with Ralph(RALPH, tmp_path) as store, httpx.Client(auth=(USER, PASSWORD)) as http:
        theirs = ask(http, f"{store.address}/statements")
    mine = ask(ours, "/xAPI/statements")
    for name, *_, accepted in REQUESTS:
        assert theirs[name].status_code in accepted, name
        assert mine[name].status_code in accepted, name
    assert ids(theirs["all are read"]) == ids(mine["all are read"]) == [ID.format(n) for n in (1, 2, 3)]
    assert mine["one is read"].json()["id"] == SECOND["id"], "the statement itself, as the standard says"
    assert ids(theirs["one is read"]) == [SECOND["id"]], "Ralph gives a list of one"
