"""The page that lists every address of the server, made from the routes themselves: `docs/api.md`."""

from __future__ import annotations

from fastapi.routing import APIRoute

from serving.access import Guard
from serving.app import ROUTERS, guard_of
from serving.tokens.policy import ANY, NEVER, scope_of

HEAD = """# Every address of the server

Made from the routes themselves; a test says so. `/openapi.json` describes the API (OpenAPI 3.1) in full.

Programs send `Authorization: Bearer` with an API token, within its scopes (last column), or sign in with
`POST /api/v1/sign-in` (the session is a cookie) and send the `csrf_token` it gives back in the header `X-CSRF-Token` of
every change. Ids are decimal strings. Every error is an RFC 9457 problem ([problems.md](problems.md)). A mentor reaches
their own learners only: those of others are not there (404). Tokens, idempotency keys, cursors and the event stream are
told in [accounts.md](accounts.md).
"""


def page() -> str:
    """Return the page."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    api = [route for route in routes if route.include_in_schema]
    pages = [route for route in routes if not route.include_in_schema]
    return "\n".join(
        [HEAD, "## For programs", "", *_table(api, scoped=True), "", "## For people", "", *_table(pages), ""]
    )


def _table(routes: list[APIRoute], *, scoped: bool = False) -> list[str]:
    rows = [
        f"| `{method} {route.path}` | {_who(route)} | {_what(route)} |{_scope(method, route) if scoped else ''}"
        for route in sorted(routes, key=lambda route: route.path)
        for method in sorted(route.methods or ())
    ]
    more = (" scope |", "---|") if scoped else ("", "")
    return [f"| address | who | what |{more[0]}", f"|---|---|---|{more[1]}", *rows]


def _scope(method: str, route: APIRoute) -> str:
    wanted = scope_of(method, route.path) if isinstance(guard_of(route), Guard) else NEVER
    return " |" if wanted == NEVER else f" {'any' if wanted == ANY else f'`{wanted}`'} |"


def _who(route: APIRoute) -> str:
    guard = guard_of(route)
    if isinstance(guard, Guard):
        return ", ".join(role.replace("_", " ") for role in guard.roles)
    return guard.who if guard else ""


def _what(route: APIRoute) -> str:
    return (route.description or "").strip().splitlines()[0]
