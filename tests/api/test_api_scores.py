"""Rows of features scored for a program: the champion's own numbers, its names checked, its token looked up once."""

import json
import os
import time
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import event, update

from data.errors import ModelError
from serving.accounts import repository as accounts
from serving.clock import Clock
from serving.scoring.guard import PACE
from serving.scoring.kept import KeptScorer
from serving.scoring.service import reasons_of
from serving.tables import Account, ApiToken
from serving.tokens import service
from serving.tokens.known import KNOWN, REMEMBERED
from tests.api.small_champion import FEATURES, ROWS, SIGNATURE, Earlier, champion

PLACE = "/api/v1/scores"


@pytest.fixture(autouse=True)
def unhurried():
    PACE._asked.clear()
    KNOWN.forget()


@pytest.fixture
def program(browser, site):
    """Return a function that gives a client with a token for scores."""

    def make(username="data", scopes=("scores:write",), **changed):
        now = Clock(site.clock.zone).now()
        with site.database.write() as session:
            account = accounts.by_username(session, username)
            token, secret = service.create(session, account, "for a test", scopes, days=90, now=now)
            session.execute(update(ApiToken).where(ApiToken.id == token.id).values(**changed or {"active": True}))
        client = browser()
        client.headers["authorization"] = f"Bearer {secret}"
        return client

    return make


@pytest.fixture
def asked(site):
    """Count the queries that a block makes."""
    told = []
    event.listen(site.database.engine, "before_cursor_execute", lambda *given: told.append(given[2]))
    return told


def table(rows):
    kinds = {name: object if kind == "string" else float for name, kind in SIGNATURE.items()}
    return pd.DataFrame({n: np.array([row[n] for row in rows], dtype=kinds[n]) for n in SIGNATURE})


@pytest.mark.parametrize("served", [None, Earlier], ids=["served now", "registered by an earlier version"])
def test_scores_and_reasons_are_those_of_a_list_to_the_last_bit(app, site, program, tmp_path, served):
    one = champion(tmp_path, **({"served": served} if served else {}))
    app.state.scorer = KeptScorer(site.settings.folder, lambda _: one)
    frame = table(ROWS).assign(enrolment_id=range(len(ROWS)))
    predicted = one.predict(frame)
    told = program().post(PLACE, json={"rows": ROWS, "reasons": True}).json()
    assert (told["model"], told["level"], told["horizon_days"]) == ("filrouge 3", "logistic", 28)
    assert [row["probability"] for row in told["scores"]] == predicted["probability"].tolist()
    reasons = reasons_of(frame, frame.head(0), predicted, one)
    given = [[(r["feature"], r["value"], r["contribution"]) for r in row["reasons"]] for row in told["scores"]]
    assert given == [[(r.feature, r.value, r.contribution) for r in row] for row in reasons]
    assert given[0]
    assert told["scores"][0]["reasons"][0]["sentence"] == "aucune activité depuis 9 jours (hors fermetures)"
    alone = [program().post(PLACE, json={"rows": [row]}).json()["scores"][0] for row in ROWS]
    assert alone == [{"probability": p, "reasons": None} for p in predicted["probability"]]


def test_reasons_speak_the_language_of_the_account(program, site):
    with site.database.write() as session:
        accounts.by_username(session, "data").language = "en"
    told = program().post(PLACE, json={"rows": ROWS[:1], "reasons": True}).json()
    assert told["scores"][0]["reasons"][0]["sentence"] == "no activity for 9 days (closures not counted)"


def test_many_rows_are_scored_in_their_order(program):
    many = [ROWS[n % 3] for n in range(40)]
    told = [row["probability"] for row in program().post(PLACE, json={"rows": many}).json()["scores"]]
    assert told == (told[:3] * 14)[:40]
    assert len(set(told)) == 3


REFUSED = [
    ({"posts_30d": "secret"}, "rows.0.posts_30d", "a finite number, or null"),
    ({"posts_30d": True}, "rows.0.posts_30d", "a finite number, or null"),
    ({"posts_30d": [31415926]}, "rows.0.posts_30d", "a finite number, or null"),
    ({"posts_30d": 10**400}, "rows.0.posts_30d", "a finite number, or null"),
    ({"posts_30d": float("nan")}, "rows.0.posts_30d", "a finite number, or null"),
    ({"posts_30d": float("-inf")}, "rows.0.posts_30d", "a finite number, or null"),
    ({"course_id": 31415926}, "rows.0.course_id", "a text, or null"),
    ({"posts_7d": 31415926}, "rows.0.posts_7d", "not an input; accepted: the 4 of the model"),
    ({"Secret Person": 31415926}, "rows.0", "not an input; accepted: the 4 of the model"),
]


@pytest.mark.parametrize(("changed", "where", "what"), REFUSED)
def test_what_the_model_does_not_read_is_refused_by_its_name_and_without_its_value(program, changed, where, what):
    body = json.dumps({"rows": [ROWS[0] | changed, ROWS[1]]})
    answer = program().post(PLACE, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    (refused,) = answer.json()["errors"]
    assert refused["where"] == where
    assert what in refused["what"]
    assert "ecret" not in answer.text
    assert "31415926" not in answer.text


def test_each_missing_input_is_named(program):
    answer = program().post(PLACE, json={"rows": [ROWS[0], {}]})
    assert [one["where"] for one in answer.json()["errors"]] == [f"rows.1.{name}" for name in SIGNATURE]
    assert all(one["what"].startswith("missing; accepted: ") for one in answer.json()["errors"])


@pytest.mark.parametrize(
    "body", [{}, {"rows": []}, {"rows": {}}, {"rows": [1]}, {"rows": ROWS, "more": 1}, {"rows": ROWS * 400}, []]
)
def test_a_body_of_another_shape_is_refused(program, body):
    assert program().post(PLACE, json=body).status_code == 422


def test_without_a_model_the_server_is_not_ready(app, site, program):
    def none(_):
        raise ModelError("no model serves")

    app.state.scorer = KeptScorer(site.settings.folder, none)
    answer = program().post(PLACE, json={"rows": ROWS})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:filrouge:problem:not-ready")


def test_another_model_answers_once_it_is_promoted(app, site, program, tmp_path):
    now = {"version": "3"}
    app.state.scorer = KeptScorer(site.settings.folder, lambda _: champion(tmp_path, **now))
    client, registry = program(), site.settings.folder.models / "mlflow.db"
    registry.parent.mkdir(parents=True, exist_ok=True)
    assert client.post(PLACE, json={"rows": ROWS}).json()["model"] == "filrouge 3"
    now["version"] = "4"
    assert client.post(PLACE, json={"rows": ROWS}).json()["model"] == "filrouge 3", "the registry did not change"
    registry.write_bytes(b"")
    os.utime(registry, ns=(1, 1))
    until = time.monotonic() + 20
    while (told := client.post(PLACE, json={"rows": ROWS}).json()["model"]) == "filrouge 3":
        assert time.monotonic() < until
    assert told == "filrouge 4"


def test_a_registry_that_cannot_be_read_leaves_the_model_that_serves(site, tmp_path):
    told = [champion(tmp_path)]
    kept = KeptScorer(site.settings.folder, lambda _: told.pop())
    first = kept.load()
    (site.settings.folder.models / "mlflow.db").write_bytes(b"")
    kept._again()
    assert kept._kept is first
    assert not kept._under_way


def test_a_token_is_looked_up_once_in_a_few_seconds(program, asked):
    client = program()
    assert client.post(PLACE, json={"rows": ROWS}).status_code == 200
    asked.clear()
    assert [client.post(PLACE, json={"rows": ROWS}).status_code for _ in range(3)] == [200, 200, 200]
    assert asked == [], "no query at all"


def test_a_token_revoked_here_opens_nothing_from_the_next_request(browser, send, site, program):
    client = program()
    assert client.post(PLACE, json={"rows": ROWS}).status_code == 200
    with site.database.read() as session:
        number = session.query(ApiToken.id).scalar()
    assert send(browser("data"), f"/account/tokens/{number}/revoke").status_code == 303
    assert client.post(PLACE, json={"rows": ROWS}).status_code == 401


@pytest.mark.parametrize("place", ["/admin/accounts/{}/password", "/admin/accounts/{}/state"])
def test_a_new_password_or_a_closed_account_ends_it_too(browser, send, site, program, place):
    client = program()
    assert client.post(PLACE, json={"rows": ROWS}).status_code == 200
    with site.database.read() as session:
        number = accounts.by_username(session, "data").id
    assert send(browser("admin"), place.format(number), {"active": "no"}).status_code in (200, 303)
    assert client.post(PLACE, json={"rows": ROWS}).status_code == 401


@pytest.mark.parametrize(("table_", "values"), [(ApiToken, {"active": False}), (Account, {"active": False})])
def test_a_token_revoked_by_another_process_opens_nothing_once_it_is_looked_up_again(
    site, program, monkeypatch, table_, values
):
    client = program()
    assert client.post(PLACE, json={"rows": ROWS}).status_code == 200
    with site.database.write() as session:
        session.execute(update(table_).values(values))
    monkeypatch.setattr("serving.tokens.known.REMEMBERED", timedelta(0))
    assert client.post(PLACE, json={"rows": ROWS}).status_code == 401
    assert timedelta(seconds=5) >= REMEMBERED


def test_a_token_is_never_remembered_past_its_end(site, program, monkeypatch):
    monkeypatch.setattr("serving.tokens.known.REMEMBERED", timedelta(hours=1))
    end = Clock(site.clock.zone).now() + timedelta(minutes=1)
    client = program(expires_at=end)
    assert client.post(PLACE, json={"rows": ROWS}).status_code == 200
    secret = client.headers["authorization"].removeprefix("Bearer ")
    assert KNOWN.holder(site.database, secret, end - timedelta(seconds=1)) is not None
    assert KNOWN.holder(site.database, secret, end) is None


def test_what_was_revoked_while_it_was_looked_up_is_not_remembered(site, program):
    client = program()
    client.post(PLACE, json={"rows": ROWS})
    secret, now = client.headers["authorization"].removeprefix("Bearer "), Clock(site.clock.zone).now()
    holder, turn = KNOWN.holder(site.database, secret, now), KNOWN.turn
    KNOWN.forget()
    KNOWN.remember(site.database, secret, holder, now=now, turn=turn)
    assert KNOWN.holder(site.database, secret, now) is None


def test_a_revocation_taken_back_forgets_nothing(site, program):
    program().post(PLACE, json={"rows": ROWS})
    turn = KNOWN.turn
    with site.database.read() as session:
        service.revoke(session, accounts.by_username(session, "data").id, session.query(ApiToken.id).scalar(),
                       now=Clock(site.clock.zone).now())  # fmt: skip
    assert turn == KNOWN.turn


@pytest.mark.parametrize(("username", "scopes"), [("data", ("scores:read",)), ("zina", ("scores:read",))])
def test_a_token_without_the_scope_is_refused(program, username, scopes):
    client = program(username, scopes)
    for _ in range(2):
        answer = client.post(PLACE, json={"rows": ROWS})
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:filrouge:problem:scope-missing")


def test_scores_have_a_pace_of_their_own(app, site, program, monkeypatch):
    slow = site.settings.model_copy(update={"scores_per_minute": 2})
    monkeypatch.setattr(app.state, "site", type(site)(**{**vars(site), "settings": slow}))
    client = program()
    answers = [client.post(PLACE, json={"rows": ROWS}) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "60"


def test_a_person_signed_in_sends_the_form_token(browser):
    client = browser("data")
    assert client.post(PLACE, json={"rows": ROWS}).status_code == 403
    answer = client.post(PLACE, json={"rows": ROWS}, headers={"x-csrf-token": client.csrf})
    assert answer.status_code == 200
    assert FEATURES[0] not in answer.text, "no reasons unless they are asked for"
