"""`/api/v1/records`: who may post, what is refused and how it is told, that the same batch is the same."""

import base64
import json

import pytest

from serving.ingestion import batches, endpoints, policy, records, service
from serving.shield import LARGEST_PUSH
from serving.tables import ReceivedBatch

PLACE = "/api/v1/records"
ROW = {"person": "42", "kind": "login", "occurred_at": "2026-06-15T09:00:00+02:00"}
BATCH = {"batch_id": "b-1", "tables": {"activity": [ROW]}}


@pytest.fixture(autouse=True)
def fresh_pace(monkeypatch):
    monkeypatch.setattr(endpoints, "PACE", policy.Pace())


def basic(name, secret):
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


@pytest.fixture
def program(browser, site):
    def of(name="moodle"):
        with site.database.write() as session:
            _, secret = service.create_key(session, name, now=site.clock.now())
        client = browser()
        client.headers.update({"authorization": basic(name, secret)})
        return client

    return of


def held(site):
    with site.database.read() as session:
        return [(one.id, one.rows, one.body is None) for one in session.query(ReceivedBatch)]


@pytest.mark.parametrize("header", ["", "Basic", "Bearer x", basic("moodle", "x"), basic("other", "")])
def test_without_a_right_key_nothing_is_read(browser, program, site, header):
    program()
    for client in (browser(), browser("zina"), browser("admin")):
        for answer in (client.post(PLACE, content=b"{", headers={"authorization": header} if header else {}),
                       client.get(f"{PLACE}/b-1", headers={"authorization": header} if header else {})):  # fmt: skip
            assert answer.status_code in (401, 429)
            assert answer.headers["content-type"] == "application/problem+json"
    assert held(site) == []


def test_a_batch_is_kept_and_the_same_again_is_the_same(program, site):
    client = program()
    answers = [client.post(PLACE, json=BATCH), client.post(PLACE, json=BATCH),
               client.post(PLACE, json={"tables": BATCH["tables"]}, headers={"idempotency-key": "b-1"})]  # fmt: skip
    assert [answer.status_code for answer in answers] == [202] * 3
    assert {answer.text for answer in answers} == {'{"batch_id":"b-1","rows":1}'}
    assert [rows for _, rows, _ in held(site)] == [1]
    told = client.get(f"{PLACE}/b-1").json()
    assert (told["batch_id"], told["rows"], told["state"], told["imported_at"]) == ("b-1", 1, "waiting", None)


def test_another_body_under_one_id_is_refused_and_two_programs_never_share_one(program, site):
    first, other = program(), program("lms")
    assert first.post(PLACE, json=BATCH).status_code == 202
    changed = {**BATCH, "tables": {"activity": [{**ROW, "kind": "view"}]}}
    answer = first.post(PLACE, json=changed)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:filrouge:problem:conflict"
    assert other.get(f"{PLACE}/b-1").status_code == 404
    assert other.post(PLACE, json=changed).status_code == 202
    assert len(held(site)) == 2


WRONG = [
    ([], "not a batch"),
    ({**BATCH, "more": 1}, "not a batch"),
    ({"tables": BATCH["tables"]}, "id"),
    ({**BATCH, "batch_id": "é"}, "id"),
    ({**BATCH, "batch_id": 7}, "id"),
    ({**BATCH, "system": "../x"}, "system"),
    ({"batch_id": "b"}, "rows by table"),
    ({**BATCH, "tables": {}}, "no rows"),
    ({**BATCH, "tables": {"activity": {}}}, "rows by table"),
    ({**BATCH, "tables": {"mot-rare-42": []}}, "table is not known"),
    ({**BATCH, "tables": {"activity": ["mot-rare-42"]}}, "no object"),
    ({**BATCH, "tables": {"activity": [{**ROW, "mot-rare-42": 1}]}}, "column is not known"),
    ({**BATCH, "tables": {"activity": [{"person": "mot-rare-42", "kind": "view"}]}}, "tables.activity[0].occurred_at"),
    ({**BATCH, "tables": {"activity": [{**ROW, "person": ""}]}}, "tables.activity[0].person"),
    ({**BATCH, "tables": {"activity": [{**ROW, "person": ["mot-rare-42"]}]}}, "value is not accepted"),
    ({**BATCH, "tables": {"activity": [{**ROW, "person": "x" * 20_001}]}}, "value is not accepted"),
    ({**BATCH, "tables": {"posts": [{"post": "1", "person": "1", "occurred_at": "x", "tone": 1}]}}, "not known"),
]


@pytest.mark.parametrize(("body", "told"), WRONG)
def test_what_is_no_batch_is_refused_by_its_place_and_never_repeated(program, site, body, told):
    answer = program().post(PLACE, json=body)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    assert "mot-rare-42" not in answer.text
    assert held(site) == []


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000])
def test_what_is_no_json_is_refused(program, site, content):
    answer = program().post(PLACE, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert program().post(PLACE, content=b"{}", headers={"content-type": "text/plain"}).status_code == 400
    assert held(site) == []


def test_too_many_rows_a_body_too_large_and_too_many_requests_are_refused(program, site, monkeypatch):
    client = program()
    many = {**BATCH, "tables": {"activity": [ROW] * (records.MOST_ROWS + 1)}}
    assert client.post(PLACE, json=many).status_code == 422
    assert client.post(PLACE, content=b" " * (LARGEST_PUSH + 1)).status_code == 413
    assert client.post(PLACE, json={**BATCH, "tables": {"activity": [ROW] * 3000}}).status_code == 202
    monkeypatch.setattr(endpoints, "PACE", policy.Pace(1))
    answers = [client.get(f"{PLACE}/b-1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].headers["retry-after"] == "60"
    assert len(held(site)) == 1


def test_a_text_that_no_encoding_holds_is_kept_all_the_same(program, site):
    post = {"post": "1", "person": "42", "text": "\ud800 et \0", "occurred_at": ROW["occurred_at"]}
    body = json.dumps({**BATCH, "tables": {"posts": [post]}}).encode()
    assert program().post(PLACE, content=body, headers={"content-type": "application/json"}).status_code == 202
    assert len(held(site)) == 1


def test_the_description_has_every_table_its_columns_and_the_example_is_accepted(browser, program):
    described = browser().get("/openapi.json").json()["paths"][PLACE]["post"]["requestBody"]["content"]
    tables = described["application/json"]["schema"]["properties"]["tables"]["properties"]
    assert set(tables) == set(records.TABLES)
    assert "text" in tables["posts"]["items"]["properties"]
    assert "tone" not in tables["posts"]["items"]["properties"]
    answer = program().post(PLACE, json=described["application/json"]["example"])
    assert answer.json() == {"batch_id": records.EXAMPLE["batch_id"], "rows": 2}
    assert batches.api.prefix == PLACE
