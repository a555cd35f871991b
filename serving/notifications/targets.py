"""Where a message may go: kinds of channel, the shape of their addresses, hosts that are refused.

An address may hold a secret: it is never in an error, a log or a page. What is checked when it is given is checked
again when a message leaves, since a name may lead elsewhere by then.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from data.errors import FilrougeError
from serving.language import mark
from serving.problems import RefusedError

EMAIL, SLACK, MATTERMOST, TEAMS, DISCORD, WEBHOOK = KINDS = (
    "email", "slack", "mattermost", "teams", "discord", "webhook",
)  # fmt: skip
PLACES: dict[str, tuple[str, str]] = {
    SLACK: (r"hooks\.slack\.com", r"/services/[A-Z0-9]+/[A-Z0-9]+/[A-Za-z0-9]+"),
    MATTERMOST: (r".+", r"(/.+)?/hooks/[a-z0-9]+"),
    TEAMS: (
        r".+\.(logic\.azure\.com|environment\.api\.powerplatform\.com)",
        r"(/powerautomate/automations/direct(/cu/\w+)?)?/workflows/[A-Za-z0-9_-]+/triggers/manual/paths/invoke",
    ),
    DISCORD: (r"(discord|discordapp)\.com", r"/api/webhooks/[0-9]+/[A-Za-z0-9_-]+"),
    WEBHOOK: (r".+", r".*"),
}
"""Host and path of each chat's own addresses."""
MAILBOX = re.compile(r"[^@\s<>,;:\"\\]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
LONGEST = 1000
Resolve = Callable[[str], list[str]]


class TargetError(FilrougeError):
    """A message may not go there; `code` says why without naming the place."""

    http_status = 422

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__("a message may not go to this address", accepted=code)


def check(kind: str, address: str, *, private: bool, where: str = "address") -> None:
    """Accept the address of a channel by its shape; nothing is looked up.

    Raises
    ------
    RefusedError : it is not one of this kind, or not one a message may go to.
    """
    good = MAILBOX.fullmatch(address) if kind == EMAIL else _is_place(kind, address, private=private)
    if not good or len(address) > LONGEST:
        raise RefusedError(mark("this address is not one of this kind of channel"), where=where)


def _is_place(kind: str, address: str, *, private: bool) -> bool:
    found = _split(address)
    if found is None or kind not in PLACES or found.username or found.password or found.fragment:
        return False
    if found.scheme != "https" and not (private and found.scheme == "http"):
        return False
    host, path = PLACES[kind]
    if not re.fullmatch(host, found.hostname or "") or not re.fullmatch(path, found.path):
        return False
    return private or not _is_refused(found.hostname or "")


def _split(address: str) -> SplitResult | None:
    try:
        found = urlsplit(address)
        _ = found.port
    except ValueError:
        return None
    plain = address.isascii() and address.isprintable() and " " not in address and "\\" not in address
    return found if plain and found.hostname else None


def _is_refused(host: str) -> bool:
    """Whether a host is said to be this machine or this network: by its name, or by its number."""
    if host in ("localhost", "localhost.localdomain") or host.endswith((".localhost", ".local", ".internal", ".")):
        return True
    try:
        return not is_public(host)
    except ValueError:
        return "." not in host


def is_public(number: str) -> bool:
    """Whether an IP address is one of the public network.

    Raises
    ------
    ValueError : it is no IP address.
    """
    found = ipaddress.ip_address(number.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return (mapped or found).is_global and not found.is_multicast


def resolve(host: str) -> list[str]:
    """Return the IP addresses of a host.

    Raises
    ------
    TargetError : it has none.
    """
    try:
        return sorted({str(row[4][0]) for row in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError):
        raise TargetError("unknown_host") from None


def check_leads_outside(address: str, *, private: bool, look_up: Resolve = resolve) -> str:
    """Return one IP address of an address's host, once all of them are known to be public.

    Raises
    ------
    TargetError : one of them is not, or there is none.
    """
    found = _split(address)
    if found is None or found.scheme not in ("http", "https"):
        raise TargetError("refused_address")
    numbers = look_up(found.hostname or "")
    if not numbers or (not private and (found.scheme != "https" or not all(is_public(one) for one in numbers))):
        raise TargetError("refused_address")
    return numbers[0]
