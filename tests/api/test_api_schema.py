"""The API against its own description: OpenAPI 3.1, fuzzed in this process by each role."""

from contextlib import suppress
from datetime import timedelta

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from data.errors import FilrougeError
from serving import access
from serving.access import csrf_token
from serving.accounts import repository as accounts
from serving.clock import Clock
from serving.examples import EXAMPLES
from serving.paging import cursor, position
from serving.problems import TITLES, TYPES, URI, RefusedError, problem

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
ROLES = {"mentor": "zina", "data_scientist": "data", "quality": "qualite", "admin": "admin"}


def test_the_description_is_openapi_3_1_with_problems_and_no_page(browser):
    described = browser().get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert all(
        path.startswith("/api/v1/") or path in {"/healthz", "/readyz", "/metrics"} for path in described["paths"]
    )
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert operation.get("description") or operation.get("summary"), path
            if path.startswith("/api/"):
                assert "application/problem+json" in operation["responses"]["401"]["content"]


@pytest.mark.parametrize("role", ROLES)
def test_whatever_is_sent_the_answer_is_the_one_described(app, site, role):
    token, now = f"fuzzing {role}", Clock(site.clock.zone).now()
    with site.database.write() as session:
        account = accounts.by_username(session, ROLES[role])
        accounts.sign_in(session, account.id, token, now=now, until=now + timedelta(hours=1))
    headers = {"x-csrf-token": csrf_token(site.cookie_key, token), "cookie": f'{access.SESSION_COOKIE}="{token}"'}
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path.endswith(("sign-out", "/stream")):
            continue  # the one ends the session, the other has no end

        @settings(max_examples=8, deadline=None, database=None, phases=[Phase.generate], derandomize=True,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        def fuzz(case):
            case.call_and_validate(headers=headers, checks=CHECKS, base_url="http://127.0.0.1")

        given(case=operation.as_strategy())(fuzz)()


def resolved(described, node):
    """Return a schema that stands alone: what it refers to is beside it."""
    return {"components": described["components"], **node}


def test_every_operation_has_examples_that_fit_its_own_schema(browser):
    described, checked = browser().get("/openapi.json").json(), 0
    assert {f"{m.upper()} {p}" for p, operations in described["paths"].items() for m in operations} == set(EXAMPLES)
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            contents = [("sent", operation.get("requestBody", {}).get("content", {}))]
            contents += [(s, a.get("content", {})) for s, a in operation["responses"].items() if s.startswith("2")]
            for what, content in contents:
                for kind, told in content.items():
                    assert "example" in told, (method, path, what)
                    if kind == "application/json":
                        jsonschema.validate(told["example"], resolved(described, told["schema"]))
                    checked += 1
    assert checked > 18


def test_the_two_ways_in_and_the_idempotency_key_are_described(browser):
    described = browser().get("/openapi.json").json()
    assert set(described["components"]["securitySchemes"]) == {"session", "token", "key"}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            closed = path.startswith("/api/") and not path.endswith("sign-in")
            assert bool(operation["security"]) == closed, path
            keyed = "idempotency-key" in {one["name"].lower() for one in operation.get("parameters", [])}
            assert keyed == (closed and method == "post" and path != "/api/v1/scores"), path  # which changes nothing


@pytest.mark.parametrize(
    ("username", "place", "rows"), [("qualite", "/api/v1/register", "steps"), ("zina", "/api/v1/scores", "scores")]
)
def test_a_list_is_read_whole_by_following_its_links(browser, username, place, rows):
    client = browser(username)
    whole, found, address = client.get(place).json()[rows], [], f"{place}?limit=2"
    while address:
        answer = client.get(address)
        found += answer.json()[rows]
        address = answer.links["next"]["url"] if "next" in answer.links else None
        assert (address is None) == (answer.json()["next"] is None)
        assert address is None or f"after={answer.json()['next']}" in address
    assert found == whole
    assert client.get(place, params={"after": "2"}).json()["type"] == "urn:filrouge:problem:value-not-accepted"


@given(st.integers(0, 2**63 - 1))
@settings(max_examples=50, deadline=None, database=None)
def test_a_cursor_leads_back_to_where_it_was_made(after):
    assert position(cursor(after)) == after


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None, database=None)
def test_whatever_else_is_no_cursor(text):
    with suppress(RefusedError):
        assert cursor(position(text)) == text or not text


def test_every_problem_has_its_name_and_every_name_its_line():
    found, queue = set(), [FilrougeError]
    while queue:
        kind = queue.pop()
        queue += kind.__subclasses__()
        if kind.__module__.startswith("serving."):
            found.add(
                (problem(kind.http_status, slug=getattr(kind, "slug", "")).type.removeprefix(URI), kind.http_status)
            )
    assert {(name, TYPES[name][0]) for name, _ in found} == found
    assert {problem(status).type.removeprefix(URI) for status in TITLES} <= set(TYPES)
