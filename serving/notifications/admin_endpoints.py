"""The team's channels, the programs told of events, and what could not be sent: for the administration."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from serving import pages
from serving.access import AsAdmin, Person, TheSite, Transaction
from serving.forms import Fields, FormRefusedError, accept, number
from serving.notifications import repository, service
from serving.notifications.endpoints import has_mail, shown
from serving.notifications.planning import EVENTS
from serving.notifications.schemas import NewChannel, NewWebhook
from serving.problems import ConflictError, Refusal, RefusedError
from serving.site import Site

page = APIRouter(include_in_schema=False)
HERE = "/admin/messages"


@page.get(HERE)
def messages_page(request: Request, session: Transaction, person: AsAdmin, site: TheSite) -> HTMLResponse:
    """Show the team's channels, the webhooks, what waits and what failed."""
    return _page(request, session, person, site)


def _page(
    request: Request,
    session: Transaction,
    person: Person,
    site: Site,
    *,
    errors: list[Refusal] | None = None,
    fresh: str = "",
) -> HTMLResponse:
    answer = pages.render(
        request,
        "messages.html",
        person=person,
        status=422 if errors else 200,
        channels=[shown(session, one, site) for one in repository.channels(session, None)],
        webhooks=[(hook, service.host_of(hook.url, site.settings)) for hook in repository.webhooks(session)],
        tally=repository.tally(session, site.clock.now()),
        failed=repository.given_up(session),
        mail=has_mail(site),
        wrong={error.where.split(".")[0]: error.what for error in errors or ()},
        fresh=fresh,
    )
    if fresh:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _refused(
    request: Request, session: Transaction, person: Person, site: Site, error: RefusedError | ConflictError
) -> HTMLResponse:
    own = [Refusal(where=error.where, what=error.what)]
    return _page(request, session, person, site, errors=error.refusals if isinstance(error, FormRefusedError) else own)


@page.post(HERE + "/channels")
def add_channel(request: Request, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite) -> Response:
    """Add a channel of the team."""
    try:
        new = accept(NewChannel, fields)
        now, settings = site.clock.now(), site.settings
        service.add_channel(session, new, None, settings=settings, now=now, author_id=person.account_id)
    except (RefusedError, ConflictError) as error:
        return _refused(request, session, person, site, error)
    return pages.go(request, HERE, flash="channel_added")


@page.post(HERE + "/channels/{channel_id}/trial")
def try_channel(
    request: Request,
    channel_id: str,
    session: Transaction,
    person: AsAdmin,  # noqa: ARG001
    site: TheSite,
) -> RedirectResponse:
    """Send a trial to a channel of the team."""
    channel = service.own_channel(session, number(channel_id), None)
    service.try_channel(session, channel.id, None, now=site.clock.now())
    return pages.go(request, HERE, flash="trial_written")


@page.post(HERE + "/channels/{channel_id}/remove")
def remove_channel(
    request: Request, channel_id: str, session: Transaction, person: AsAdmin, site: TheSite
) -> RedirectResponse:
    """Remove a channel of the team."""
    channel = service.own_channel(session, number(channel_id), None)
    service.remove_channel(session, channel, now=site.clock.now(), author_id=person.account_id)
    return pages.go(request, HERE, flash="channel_removed")


@page.post(HERE + "/webhooks")
def add_webhook(request: Request, fields: Fields, session: Transaction, person: AsAdmin, site: TheSite) -> HTMLResponse:
    """Add a program to tell of events, and show its secret once."""
    try:
        new = accept(NewWebhook, _read(fields))
        now, settings = site.clock.now(), site.settings
        _, secret = service.add_webhook(session, new, settings=settings, now=now, author_id=person.account_id)
    except RefusedError as error:
        return _refused(request, session, person, site, error)
    return _page(request, session, person, site, fresh=secret)


def _read(fields: dict[str, str]) -> dict[str, object]:
    """Return the form as the schema reads it: each event has its own box."""
    return {"url": fields.get("url", ""), "events": [event for event in EVENTS if fields.get(event)]}


@page.post(HERE + "/webhooks/{webhook_id}/rotate")
def rotate_webhook(
    request: Request, webhook_id: str, session: Transaction, person: AsAdmin, site: TheSite
) -> HTMLResponse:
    """Give a webhook another secret, and show it once."""
    hook = service.existing_webhook(session, number(webhook_id))
    now, settings = site.clock.now(), site.settings
    secret = service.rotate(session, hook, settings=settings, now=now, author_id=person.account_id)
    return _page(request, session, person, site, fresh=secret)


@page.post(HERE + "/webhooks/{webhook_id}/remove")
def remove_webhook(
    request: Request, webhook_id: str, session: Transaction, person: AsAdmin, site: TheSite
) -> RedirectResponse:
    """Remove a webhook."""
    hook = service.existing_webhook(session, number(webhook_id))
    service.remove_webhook(session, hook, now=site.clock.now(), author_id=person.account_id)
    return pages.go(request, HERE, flash="webhook_removed")
