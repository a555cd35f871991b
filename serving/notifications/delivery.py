"""Sends one message to one place: e-mails and chats by Apprise, programs by a signed request.

A failure is told by a code, never by what the other side answered: that could hold an address, or a secret.
"""

from __future__ import annotations

import logging
import re
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import formataddr
from functools import cache
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import httpx

from serving.notifications import signing, targets
from serving.notifications.digest import Words
from serving.notifications.targets import TargetError
from serving.problems import RefusedError
from serving.settings import Settings, SettingsError

TIMEOUT_SECONDS = 10.0
TIMEOUT = "timeout"
"""The failure of a host that said nothing in time."""
SECURE_MODES = {"smtp": "insecure", "smtp+starttls": "starttls", "smtps": "ssl"}
STATUS = re.compile(r"\berror=(\d{3})\b")


@dataclass(frozen=True)
class Outcome:
    """What became of a try: `failure` is a code, empty when it was sent; `final`: trying again is of no use."""

    failure: str = ""
    retry_after: timedelta | None = None
    final: bool = False


@dataclass(frozen=True)
class Place:
    """Where a message goes; `repr` never shows the address."""

    kind: str
    address: str

    @property
    def host(self) -> str:
        """Who is spoken to: the mail server for every e-mail, else the host of the address."""
        return targets.EMAIL if self.kind == targets.EMAIL else urlsplit(self.address).hostname or ""

    def __repr__(self) -> str:
        """Hide the address: it may hold a secret."""
        return f"Place({self.kind!r})"


@dataclass(frozen=True)
class Event:
    """What a program is told: a JSON body, signed with the secrets that hold."""

    name: str
    delivery: str
    body: bytes
    timestamp: int
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        """Hide the secrets."""
        return f"Event({self.name!r}, {self.delivery!r})"


class Sender(Protocol):
    """Sends; the tests have one that only writes down what it was given."""

    def send(self, place: Place, words: Words) -> Outcome:
        """Send words to a person or a team."""

    def tell(self, url: str, event: Event) -> Outcome:
        """Tell a program of an event."""


class NetworkSender:
    """The sender that goes through the network.

    Parameters
    ----------
    settings : the mail server, who writes, and whether the organisation's own network may be reached.
    """

    def __init__(self, settings: Settings, *, look_up: targets.Resolve = targets.resolve) -> None:
        self._settings = settings
        self._look_up = look_up

    def send(self, place: Place, words: Words) -> Outcome:
        """Send words by Apprise; nothing is raised."""
        try:
            if place.kind == targets.EMAIL:
                return self._apprise(mail(self._settings, place.address, words), words.html(), words, "html")
            targets.check(place.kind, place.address, private=self._settings.allow_private_targets)
            self._outside(place.address)
            if place.kind == targets.TEAMS:
                return self._apprise(chat(place), words.markdown(), words, "markdown")
            return self._apprise(chat(place), words.plain(), words, "text")
        except SettingsError:
            return Outcome("no_mail_server")
        except TargetError as error:
            return Outcome(error.code, final=error.code == "refused_address")
        except RefusedError:
            return Outcome("refused_address", final=True)

    def _outside(self, address: str) -> str:
        return targets.check_leads_outside(address, private=self._settings.allow_private_targets, look_up=self._look_up)

    def _apprise(self, how: str | dict[str, Any], body: str, words: Words, form: str) -> Outcome:
        apprise = _library()
        asset = apprise.AppriseAsset(app_id="Filrouge", http_redirects=False, storage_mode="memory")
        if isinstance(how, dict):
            how = {**how, "asset": asset}
        target = apprise.Apprise.instantiate(how, asset=asset, suppress_exceptions=True)
        if target is None:
            return Outcome("refused_address", final=True)
        target.socket_read_timeout = target.socket_connect_timeout = TIMEOUT_SECONDS
        sending = apprise.Apprise(asset=asset)
        sending.add(target)
        start = time.monotonic()
        result = sending.notify(body=body, title=words.subject, body_format=form)
        if result:
            return Outcome()
        told = STATUS.search(" ".join(entry.message for entry in result.logs()))
        if told:
            return refused_with(int(told[1]))
        return Outcome(TIMEOUT if time.monotonic() - start >= TIMEOUT_SECONDS else "unreachable")

    def tell(self, url: str, event: Event) -> Outcome:
        """Post a signed event to the very IP address that was checked; nothing is raised, nothing is followed."""
        try:
            return self._post(url, event)
        except TargetError as error:
            return Outcome(error.code, final=error.code == "refused_address")
        except httpx.TimeoutException:
            return Outcome(TIMEOUT)
        except (httpx.HTTPError, httpx.InvalidURL):
            return Outcome("unreachable")

    def _post(self, url: str, event: Event) -> Outcome:
        number, asked = self._outside(url), httpx.URL(url)
        headers = {
            "Host": asked.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "Filrouge",
            signing.EVENT_HEADER: event.name,
            signing.DELIVERY_HEADER: event.delivery,
            signing.HEADER: signing.header(event.secrets, event.timestamp, event.body),
        }
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:
            request = client.build_request("POST", asked.copy_with(host=number), content=event.body, headers=headers)
            request.extensions["sni_hostname"] = asked.host
            answer = client.send(request, stream=True)
            answer.close()
        return Outcome() if answer.is_success else refused_with(answer.status_code, answer.headers)


def refused_with(status: int, headers: Mapping[str, str] | None = None) -> Outcome:
    """Return the outcome of an HTTP status that is no success; 410 means never again."""
    return Outcome(f"http_{status}", retry_after=_wait((headers or {}).get("retry-after", "")), final=status == 410)


def _wait(said: str) -> timedelta | None:
    """Return a Retry-After given in seconds; given as a date, or not at all, the usual wait holds."""
    return timedelta(seconds=min(int(said), 86_400)) if said.isascii() and said.isdigit() else None


def mail_server(settings: Settings) -> str:
    """Return the address of the mail server, from its setting or its file; empty when there is none.

    Raises
    ------
    SettingsError : its file cannot be read.
    """
    if settings.smtp_url_file is None:
        return settings.smtp_url.get_secret_value()
    try:
        return settings.smtp_url_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError("the file of the mail server cannot be read", where="FILROUGE_SMTP_URL_FILE") from None


def mail(settings: Settings, to: str, words: Words) -> dict[str, Any]:
    """Return what Apprise needs to write an e-mail.

    Raises
    ------
    SettingsError : no mail server is set, or its address is not one.
    """
    try:
        server = urlsplit(mail_server(settings))
        host, port = server.hostname, server.port
    except ValueError:
        host, port = None, None
        server = urlsplit("")
    user = unquote(server.username or "")
    sender = settings.mail_from or user
    if not host or server.scheme not in SECURE_MODES or not targets.MAILBOX.fullmatch(sender):
        raise SettingsError(
            "the mail server is not set, or nobody writes",
            where="FILROUGE_SMTP_URL, FILROUGE_MAIL_FROM",
            accepted="smtp+starttls://user:password@host:587 and an e-mail address",
        )
    return {
        "schema": "mailtos" if server.scheme == "smtps" else "mailto",
        "host": host,
        "port": port,
        "smtp_host": host,
        "user": user or None,
        "password": unquote(server.password or "") or None,
        "secure_mode": SECURE_MODES[server.scheme],
        "from_addr": formataddr(("Filrouge", sender)),
        "targets": [to],
        "headers": {
            **({"List-Unsubscribe": f"<{words.preferences}>"} if words.preferences else {}),
            "Auto-Submitted": "auto-generated",
        },
    }


def chat(place: Place) -> str | dict[str, Any]:
    """Return what Apprise needs to write to a chat."""
    found = urlsplit(place.address)
    secure = "s" if found.scheme == "https" else ""
    if place.kind == targets.MATTERMOST:
        path, _, token = found.path.rpartition("/hooks/")
        return {
            "schema": f"mmost{secure}", "host": found.hostname, "port": found.port, "token": token,
            "fullpath": path or None, "include_image": False,
        }  # fmt: skip
    if place.kind == targets.WEBHOOK:
        asked = {"params": dict(part.split("=", 1) for part in found.query.split("&") if "=" in part)}
        return {"schema": f"json{secure}", "host": found.hostname, "port": found.port, "fullpath": found.path, **asked}
    options = {targets.SLACK: "image=no&footer=no", targets.DISCORD: "image=no&avatar=no"}.get(place.kind, "image=no")
    return f"{place.address}{'&' if found.query else '?'}{options}"


@cache
def _library() -> Any:
    """Return Apprise with its plug-ins loaded; where it sends is in what it logs, and that reaches no log of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of its plug-ins, none of those used here, import what Python drops
        import apprise

        apprise.Apprise.instantiate("json://localhost")
    for name in ("apprise", "urllib3.connectionpool"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return apprise
