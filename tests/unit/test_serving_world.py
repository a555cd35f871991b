"""Which kinds of record are mute for everybody, as the alerts that rest on them are held."""

from datetime import UTC, date, datetime, timedelta

import pytest

from serving.alerts.world import see
from tests.api.serving_seed import filled_records

DAY = date(2026, 6, 15)


def post(n, day):
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return {"record_id": n, "session_id": "S", "author_role": "learner", "occurred_at": at, "known_at": at,
            "known_on": day}  # fmt: skip


@pytest.mark.parametrize(
    ("stopped", "closed", "mute"),
    [(1, False, set()), (3, False, set()), (12, False, {"posts"}), (12, True, set()), (114, False, set())],
)
def test_a_community_that_stopped_writing_is_mute_unless_the_house_is_closed(stopped, closed, mute):
    days = [DAY - timedelta(days=n) for n in range(stopped, 118) if n % 3 or n < 9]
    closing = [{"session_id": "", "kind": "closure", "from_on": DAY - timedelta(days=stopped), "to_on": DAY}]
    rows = {"posts": list(map(post, range(999), days)), "calendar": closing if closed else []}
    assert see(filled_records(rows), DAY).mute == mute
