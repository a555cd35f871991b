"""Signatures of webhooks: vectors, the window, what is tampered with, a secret being replaced."""

import re
from pathlib import Path

import pytest

from serving.notifications import signing

BODY = b'{"event":"alert.opened"}'
AT = 1_750_000_000


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{}", "6d60e907da81f8b3b38a81f593eaa65ef9d573697eee74730489be7f01f0cb7a"),
        (BODY, "293f700e039db13b4a3b4d6e189fcae61fd04bb76e5e89f2c88200c762e65c39"),
    ],
)
def test_the_vectors_of_the_documentation_hold(body, expected):
    assert signing.digest("whsec_example", AT, body) == expected
    assert signing.header(["whsec_example"], AT, body) == f"t={AT},v1={expected}"


SIGNED = signing.header(["old", "new"], AT, BODY)


@pytest.mark.parametrize(
    ("why", "secret", "value", "body", "now", "good"),
    [
        ("the new secret", "new", SIGNED, BODY, AT, True),
        ("the one of before", "old", SIGNED, BODY, AT, True),
        ("another one", "other", SIGNED, BODY, AT, False),
        ("another body", "new", SIGNED, BODY + b" ", AT, False),
        ("five minutes later", "new", SIGNED, BODY, AT + 300, True),
        ("replayed later", "new", SIGNED, BODY, AT + 301, False),
        ("from the future", "new", SIGNED, BODY, AT - 301, False),
        ("another timestamp", "new", SIGNED.replace(str(AT), str(AT + 1)), BODY, AT, False),
        ("two timestamps", "new", f"t={AT + 200},{SIGNED}", BODY, AT, False),
        ("no signature", "new", f"t={AT}", BODY, AT, False),
        ("nothing", "new", "", BODY, AT, False),
        ("letters", "new", SIGNED.replace(str(AT), "soon"), BODY, AT, False),
        ("not ASCII", "new", f"t={AT},v1=é", BODY, AT, False),
    ],
)
def test_a_signature_holds_for_its_body_its_time_and_its_secret(why, secret, value, body, now, good):
    assert signing.verify(secret, value, body, now=now) == good, why


def test_a_secret_is_long_and_never_the_same():
    made = {signing.new_secret() for _ in range(20)}
    assert len(made) == 20
    assert all(one.startswith("whsec_") and len(one) == 49 for one in made)


def test_the_example_of_the_documentation_accepts_what_is_signed_and_its_vectors_are_these():
    page = (Path(__file__).parents[2] / "docs" / "notifications.md").read_text(encoding="utf-8")
    scope = {}
    exec(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1], scope)  # noqa: S102 - our own documentation
    assert scope["is_ours"]("new", SIGNED, BODY, AT)
    assert not scope["is_ours"]("new", SIGNED, BODY + b" ", AT)
    assert not scope["is_ours"]("new", SIGNED, BODY, AT + 301)
    for body, expected in re.findall(r"\| `(\{.*?\})` \| `([0-9a-f]{64})` \|", page):
        assert signing.digest("whsec_example", AT, body.encode()) == expected
