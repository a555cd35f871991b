"""The organisation's sign-in, as far as no provider is needed: its name, its keys, and its silence."""

import time
from datetime import UTC, datetime

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from serving.openid import service
from serving.openid.service import Provider, new_trip
from serving.problems import ForbiddenError, NotReadyError

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
ISSUER = "https://sso.example.org"


@pytest.fixture(scope="module")
def pair():
    """Two keys: the one known, and the one that follows it."""
    return [RSAKey.generate_key(2048, {"kid": kid}) for kid in ("old", "new")]


def told_by(provider, key, *, issuer, age):
    """Let a provider be known for some seconds, with one key."""
    published = {"issuer": issuer, "jwks_uri": f"{ISSUER}/keys"}
    provider._known = (time.monotonic() - age, published, KeySet([key]))


def signed(key, trip, issuer):
    seconds = int(NOW.timestamp())
    claims = {"iss": issuer, "aud": "filrouge", "sub": "7", "nonce": trip.nonce, "exp": seconds + 60}
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


@pytest.mark.parametrize("issuer", [ISSUER, ISSUER + "/"])
def test_an_issuer_is_itself_with_or_without_a_slash_at_its_end(pair, issuer):
    provider, trip = Provider(issuer, "filrouge"), new_trip("/")
    told_by(provider, pair[0], issuer=issuer, age=1)
    assert provider._checked(signed(pair[0], trip, issuer), trip, now=NOW)["sub"] == "7"
    with pytest.raises(ForbiddenError):
        provider._checked(signed(pair[0], trip, "https://elsewhere.example.org/"), trip, now=NOW)


@pytest.mark.parametrize(("age", "enters"), [(service.KEYS_SECONDS + 1, True), (1, False)])
def test_keys_that_changed_are_read_again_unless_they_were_just_read(pair, monkeypatch, age, enters):
    provider, trip, asked = Provider(ISSUER, "filrouge"), new_trip("/"), []
    told_by(provider, pair[0], issuer=ISSUER, age=age)
    answers = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys", "keys": [pair[1].as_dict(private=False)]}
    monkeypatch.setattr(service, "_json", lambda address: asked.append(address) or answers)
    token = signed(pair[1], trip, ISSUER)
    if enters:
        assert provider._checked(token, trip, now=NOW)["sub"] == "7"
        assert len(asked) == 2
    else:
        with pytest.raises(ForbiddenError):
            provider._checked(token, trip, now=NOW)
        assert not asked


def test_a_provider_that_is_silent_is_not_asked_again_at_once(monkeypatch):
    provider, asked = Provider(ISSUER, "filrouge"), []

    def silent(address):
        asked.append(address)
        raise httpx.ConnectError("nobody there")

    monkeypatch.setattr(service, "_json", silent)
    for _ in range(3):
        with pytest.raises(NotReadyError):
            provider.published()
    assert len(asked) == 1
    provider._silent_since -= service.SILENT_SECONDS
    with pytest.raises(NotReadyError):
        provider.published()
    assert len(asked) == 2
