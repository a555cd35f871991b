"""The API against its own description: OpenAPI 3.1, fuzzed in this process by each role."""

from datetime import timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from serving import access
from serving.access import csrf_token
from serving.accounts import repository as accounts
from serving.clock import Clock

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
        if operation.path.endswith("sign-out"):
            continue

        @settings(max_examples=8, deadline=None, database=None, phases=[Phase.generate], derandomize=True,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        def fuzz(case):
            case.call_and_validate(headers=headers, checks=CHECKS, base_url="http://127.0.0.1")

        given(case=operation.as_strategy())(fuzz)()
