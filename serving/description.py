"""The OpenAPI description: what the routes say, an example for each, the two ways in, idempotency keys."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from serving.access import SESSION_COOKIE, Guard, Open
from serving.answers.service import OnceRoute
from serving.examples import EXAMPLES

WAYS_IN = {
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE,
                "description": "from `POST /api/v1/sign-in`; each change needs the header `X-CSRF-Token` too"},
    "token": {"type": "http", "scheme": "bearer", "description": "an API token, within its scopes"},
    "key": {"type": "http", "scheme": "basic", "description": "a program's key, to push records and nothing else"},
}  # fmt: skip
KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "the same key and request within 24 hours get the same answer, and the work is done once",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "example": "5f0c2b1e-8d0f-4f57-9a53-0f6d1f6a9d11",
}


def describe(app: FastAPI, routes: list[APIRoute]) -> dict[str, Any]:
    """Return the description of the API (OpenAPI 3.1)."""
    described = app.openapi()
    described.setdefault("components", {})["securitySchemes"] = WAYS_IN
    for route in routes:
        for method in sorted(route.methods or ()):
            operation = described["paths"].get(route.path, {}).get(method.lower())
            if operation is not None:
                _complete(operation, route, EXAMPLES.get(f"{method} {route.path}", {}))
    return described


def _keyed(route: APIRoute) -> bool:
    return any(isinstance(one.call, Open) and one.call.who != "anybody" for one in route.dependant.dependencies)


def _complete(operation: dict[str, Any], route: APIRoute, example: dict[str, Any]) -> None:
    guarded = any(isinstance(one.call, Guard) for one in route.dependant.dependencies)
    operation["security"] = [{"session": []}, {"token": []}] if guarded else [{"key": []}] if _keyed(route) else []
    if isinstance(route, OnceRoute):
        kept = [one for one in operation.get("parameters", []) if one["name"] != KEY["name"]]
        operation["parameters"] = [*kept, KEY]
    if "sent" in example and "requestBody" in operation:
        operation["requestBody"]["content"]["application/json"]["example"] = example["sent"]
    for status, answer in operation["responses"].items():
        if status.startswith("2") and "given" in example:
            for content in answer.get("content", {}).values():
                content["example"] = example["given"]
