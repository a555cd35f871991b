"""What holds for every test: learners are invented, so a home that nobody named needs no recorded basis."""

from collections.abc import Iterator

import pytest

from data import consents


@pytest.fixture(scope="session", autouse=True)
def learners_are_invented() -> Iterator[None]:
    """Let homes made by tests be read whole; those named `own` follow the rule of an organisation's own records."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consents, "INVENTED_SITES", (*consents.INVENTED_SITES, ""))
        yield
