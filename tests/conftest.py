"""What holds for every test: learners are invented, so a home that nobody named needs no recorded basis."""

from collections.abc import Iterator

import pytest

from data import also, consents


@pytest.fixture(scope="session", autouse=True)
def learners_are_invented() -> Iterator[None]:
    """Let homes made by tests be read whole; those named `own` follow the rule of an organisation's own records."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consents, "INVENTED_SITES", (*consents.INVENTED_SITES, ""))
        yield


@pytest.fixture(autouse=True)
def nothing_stays_hooked() -> Iterator[None]:
    """Take off what a whole command line hooked to erasures, so that the next test finds what it would find alone."""
    yield
    for hooks in (also.ALSO, also.HIDERS, also.NAMERS, also.REWORDERS, also.TELLERS, also.WITNESSES):
        hooks.clear()
