"""Changes to preferences, channels and webhooks; each change of a place is in the journal, by codes."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from serving.database import Database
from serving.language import mark
from serving.notifications import repository, signing, targets
from serving.notifications.schemas import NewChannel, NewWebhook
from serving.problems import ConflictError, NotFoundError, RefusedError
from serving.quality import journal
from serving.sealing import SealedError, seal_of
from serving.settings import Settings
from serving.tables import Account, Channel, Webhook

AT_MOST = 10
"""Channels of one account, and of the team."""
BOTH_SIGN = timedelta(days=1)
"""A secret that was replaced signs too for this long."""


def add_channel(
    session: Session, new: NewChannel, account_id: int | None, *, settings: Settings, now: datetime, author_id: int
) -> Channel:
    """Add a place where an account is reached, or the whole team for None.

    Raises
    ------
    RefusedError : the address is not one of this kind, or not one a message may go to.
    ConflictError : there are too many already.
    """
    address = new.address.strip()
    targets.check(new.kind, address, private=settings.allow_private_targets)
    if len(repository.channels(session, account_id)) >= AT_MOST:
        raise ConflictError(mark("there are ten channels already: remove one first"), where="address")
    sealed = seal_of(settings.folder).close(address)
    channel = Channel(account_id=account_id, kind=new.kind, address=sealed, active=True, created_at=now)
    repository.add(session, channel)
    _tell(session, "channel_added", channel, now=now, author_id=author_id)
    return channel


def _tell(session: Session, event: str, channel: Channel, *, now: datetime, author_id: int) -> None:
    details: dict[str, journal.Scalar | list[str]] = {
        "channel": channel.id,
        "kind": channel.kind,
        "account": channel.account_id,
    }
    journal.append(session, event, at=now, author_id=author_id, details=details)


def own_channel(session: Session, channel_id: int, account_id: int | None) -> Channel:
    """Return an open channel of an account, or of the team for None.

    Raises
    ------
    NotFoundError : it is not there, or is somebody else's.
    """
    channel = repository.channel(session, channel_id)
    if channel is None or not channel.active or channel.account_id != account_id:
        raise NotFoundError("there is no such channel")
    return channel


def remove_channel(session: Session, channel: Channel, *, now: datetime, author_id: int) -> None:
    """Close a channel: its address is wiped, and what waited for it is dropped."""
    channel.active, channel.address = False, ""
    repository.drop_waiting(session, channel_id=channel.id)
    _tell(session, "channel_removed", channel, now=now, author_id=author_id)


def try_channel(session: Session, channel_id: int | None, account_id: int | None, *, now: datetime) -> str:
    """Write a trial message for one channel, or for the account's e-mail (None); return its key."""
    key = f"trial:{account_id or 'team'}:{channel_id or 'email'}:{now.isoformat()}"
    row = {
        "key": key, "kind": "trial", "account_id": account_id, "channel_id": channel_id, "subject": "", "body": "{}",
        "created_at": now, "due_at": now, "tries": 0,
    }  # fmt: skip
    repository.write(session, [row])
    return key


def try_account(session: Session, account: Account, *, now: datetime) -> list[str]:
    """Write a trial message for each place where an account is reached; return their keys.

    Raises
    ------
    RefusedError : it is reached nowhere.
    """
    places = repository.channels_for(session, account)
    if not places:
        raise RefusedError(
            "this account is reached nowhere", where="--to", todo="give it an e-mail, or a channel on /preferences"
        )
    return [try_channel(session, place, account.id, now=now) for place in places]


def add_webhook(
    session: Session, new: NewWebhook, *, settings: Settings, now: datetime, author_id: int
) -> tuple[Webhook, str]:
    """Add a program to tell of events; return it with its secret, made at random and shown once.

    Raises
    ------
    RefusedError : a message may not go to this address.
    """
    url = new.url.strip()
    targets.check(targets.WEBHOOK, url, private=settings.allow_private_targets, where="url")
    seal, secret = seal_of(settings.folder), signing.new_secret()
    hook = Webhook(url=seal.close(url), secret=seal.close(secret), events=new.events, active=True, created_at=now)
    repository.add(session, hook)
    details: dict[str, journal.Scalar | list[str]] = {"webhook": hook.id, "events": new.events}
    journal.append(session, "webhook_added", at=now, author_id=author_id, details=details)
    return hook, secret


def existing_webhook(session: Session, webhook_id: int) -> Webhook:
    """Return a program that is told of events.

    Raises
    ------
    NotFoundError : there is none, or it was removed.
    """
    hook = repository.webhook(session, webhook_id)
    if hook is None or not hook.active:
        raise NotFoundError("there is no such webhook")
    return hook


def rotate(session: Session, hook: Webhook, *, settings: Settings, now: datetime, author_id: int) -> str:
    """Give a webhook another secret and return it; the one of before signs too for a day."""
    hook.previous_secret, hook.previous_until = hook.secret, now + BOTH_SIGN
    secret = signing.new_secret()
    hook.secret = seal_of(settings.folder).close(secret)
    journal.append(session, "webhook_rotated", at=now, author_id=author_id, details={"webhook": hook.id})
    return secret


def remove_webhook(session: Session, hook: Webhook, *, now: datetime, author_id: int) -> None:
    """Close a webhook: its address and secrets are wiped, and what waited for it is dropped."""
    hook.active, hook.url, hook.secret, hook.previous_secret = False, "", "", None
    repository.drop_waiting(session, webhook_id=hook.id)
    journal.append(session, "webhook_removed", at=now, author_id=author_id, details={"webhook": hook.id})


def seal_old(database: Database, settings: Settings) -> int:
    """Seal the addresses and secrets that were written in clear before they were sealed; return how many rows.

    The file is then written anew, so that no free page keeps one.
    """
    seal = seal_of(settings.folder)
    with database.write() as session:
        clear = repository.in_clear(session)
        for channel in clear.channels:
            channel.address = seal.close(channel.address)
        for hook in clear.webhooks:
            hook.url, hook.secret = seal.close(hook.url), seal.close(hook.secret)
            hook.previous_secret = seal.close(hook.previous_secret) if hook.previous_secret else None
        found = len(clear.channels) + len(clear.webhooks)
    if found:
        database.rewrite(["channels", "webhooks"])
    return found


def host_of(kept: str, settings: Settings) -> str:
    """Return what may be shown of an address as it is kept; nothing when its key is lost."""
    try:
        return kept_host(seal_of(settings.folder).open(kept))
    except SealedError:
        return ""


def kept_host(address: str) -> str:
    """Return what may be shown of an address: for an e-mail its domain, for the rest its host."""
    return address.rpartition("@")[2] if "://" not in address else address.split("/")[2].rpartition("@")[2]
