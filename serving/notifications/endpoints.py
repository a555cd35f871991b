"""How each follower wants to be reached: the page, and its two addresses for programs."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from serving import choices, pages
from serving.access import QUALITY, AsReached, Person, TheSite, Transaction
from serving.accounts import repository as accounts
from serving.forms import Fields, FormRefusedError, accept, number
from serving.language import mark
from serving.notifications import delivery, repository, service
from serving.notifications.policy import DAILY, WEEKLY, Wishes
from serving.notifications.schemas import NewChannel, PreferencesView
from serving.problems import DOCUMENTED, ConflictError, NotFoundError, Refusal, RefusedError
from serving.settings import SettingsError
from serving.site import Site
from serving.tables import Channel

page = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/preferences", tags=["preferences"], responses=DOCUMENTED)
HERE = "/preferences"
HOURS = ("hour", "quiet_from", "quiet_until")
CLOCK = {str(hour) for hour in range(24)}


@page.get(HERE)
def preferences_page(request: Request, session: Transaction, person: AsReached, site: TheSite) -> HTMLResponse:
    """Show how the person is reached, and when."""
    return _page(request, session, person, site)


def _page(
    request: Request,
    session: Transaction,
    person: Person,
    site: Site,
    errors: list[Refusal] | None = None,
    *,
    typed: Wishes | None = None,
) -> HTMLResponse:
    account = accounts.by_id(session, person.account_id)
    return pages.render(
        request,
        "preferences.html",
        person=person,
        status=422 if errors else 200,
        wishes=_read_by(person, typed or repository.wishes_of(session, person.account_id)),
        digests=_digests(person),
        email=account.email if account else None,
        mail=has_mail(site),
        channels=[shown(session, one, site) for one in repository.channels(session, person.account_id)],
        wrong={error.where: error.what for error in errors or ()},
    )


def _digests(person: Person) -> dict[str, str]:
    """Return how often a round-up may come: the quality team's count of missing proofs comes once a week."""
    return {code: word for code, word in choices.DIGESTS.items() if person.role != QUALITY or code != DAILY}


def _read_by(person: Person, wishes: Wishes) -> Wishes:
    return replace(wishes, digest=WEEKLY) if person.role == QUALITY and wishes.digest == DAILY else wishes


def has_mail(site: Site) -> bool:
    """Whether the organisation has set a mail server."""
    try:
        return bool(delivery.mail_server(site.settings))
    except SettingsError:
        return False


def shown(session: Transaction, channel: Channel, site: Site) -> dict[str, object]:
    """Return what may be shown of a channel: its host, never its address, and what became of its last message."""
    return {
        "id": channel.id,
        "kind": channel.kind,
        "host": service.host_of(channel.address, site.settings),
        "latest": repository.latest_of(session, channel.id),
    }


@page.post(HERE)
def keep_on_page(request: Request, fields: Fields, session: Transaction, person: AsReached, site: TheSite) -> Response:
    """Keep when the person wants to be reached."""
    try:
        view = accept(PreferencesView, _read(fields))
    except FormRefusedError as error:
        return _page(request, session, person, site, _explained(error.refusals), typed=_typed(_read(fields)))
    repository.keep_wishes(session, person.account_id, view.wishes())
    return pages.go(request, HERE, flash="preferences_kept")


def _read(fields: dict[str, str]) -> dict[str, str]:
    """Return the form as the schema reads it: each day has its own box."""
    days = "".join(day for day in "1234567" if fields.get(f"day{day}"))
    plain = {name: fields[name] for name in ("digest", *HOURS) if name in fields}
    return {**plain, "days": days, "immediate": "true" if fields.get("immediate") else "false"}


def _typed(read: dict[str, str]) -> Wishes:
    """Return what was typed, to show it again; an hour that is none is the usual one."""
    hours = {name: int(read[name]) for name in HOURS if read.get(name, "") in CLOCK}
    return Wishes(digest=read.get("digest", ""), days=read["days"], immediate=read["immediate"] == "true", **hours)


def _explained(refusals: list[Refusal]) -> list[Refusal]:
    words = {
        "days": mark("choose one day at least"),
        "": mark("the hour of the round-up is one of silence: change one or the other"),
    }
    return [Refusal(where=one.where or "hour", what=words.get(one.where, one.what)) for one in refusals]


@page.post(HERE + "/channels")
def add_on_page(request: Request, fields: Fields, session: Transaction, person: AsReached, site: TheSite) -> Response:
    """Add a channel of the person's own."""
    try:
        new = accept(NewChannel, fields)
        now, settings, own = site.clock.now(), site.settings, person.account_id
        service.add_channel(session, new, own, settings=settings, now=now, author_id=own)
    except FormRefusedError as error:
        return _page(request, session, person, site, error.refusals)
    except (RefusedError, ConflictError) as error:
        return _page(request, session, person, site, [Refusal(where=error.where, what=error.what)])
    return pages.go(request, HERE, flash="channel_added")


@page.post(HERE + "/channels/{channel_id}/trial")
def try_on_page(
    request: Request, channel_id: str, session: Transaction, person: AsReached, site: TheSite
) -> RedirectResponse:
    """Send a trial to a channel of the person's own."""
    channel = service.own_channel(session, number(channel_id), person.account_id)
    service.try_channel(session, channel.id, person.account_id, now=site.clock.now())
    return pages.go(request, HERE, flash="trial_written")


@page.post(HERE + "/channels/{channel_id}/remove")
def remove_on_page(
    request: Request, channel_id: str, session: Transaction, person: AsReached, site: TheSite
) -> RedirectResponse:
    """Remove a channel of the person's own."""
    channel = service.own_channel(session, number(channel_id), person.account_id)
    service.remove_channel(session, channel, now=site.clock.now(), author_id=person.account_id)
    return pages.go(request, HERE, flash="channel_removed")


@page.post(HERE + "/email/trial")
def try_email_on_page(request: Request, session: Transaction, person: AsReached, site: TheSite) -> RedirectResponse:
    """Send a trial to the e-mail of the person's account."""
    account = accounts.by_id(session, person.account_id)
    if account is None or not account.email:
        raise NotFoundError("this account has no e-mail")
    service.try_channel(session, None, person.account_id, now=site.clock.now())
    return pages.go(request, HERE, flash="trial_written")


@api.get("")
def read_preferences(session: Transaction, person: AsReached) -> PreferencesView:
    """Return when the account wants to be reached."""
    return PreferencesView(**vars(repository.wishes_of(session, person.account_id)))


@api.post("")
def keep_preferences(wanted: PreferencesView, session: Transaction, person: AsReached) -> PreferencesView:
    """Keep when the account wants to be reached."""
    repository.keep_wishes(session, person.account_id, wanted.wishes())
    return wanted
