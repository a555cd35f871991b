"""Several schedulers at the same moment, on SQLite and on PostgreSQL: each message leaves once."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from serving.notifications import outbox, policy, repository
from serving.notifications.delivery import Outcome
from serving.notifications.outbox import Office
from serving.notifications.written import row_of
from serving.tables import Account, Alert, Channel, Message, Roster, ScoreRun
from tests.api import serving_seed as seed

NOW = datetime(2026, 6, 15, 8, tzinfo=UTC)
SCHEDULERS, PEOPLE = 4, 12


class Together:
    """A sender that writes down to whom; threads share it."""

    def __init__(self):
        self.to, self.lock = Counter(), threading.Lock()

    def send(self, place, words):  # noqa: ARG002
        with self.lock:
            self.to[place.address] += 1
        return Outcome()

    def tell(self, url, event):  # noqa: ARG002
        raise AssertionError("no program is told here")


@pytest.fixture(scope="module")
def any_database(empty_database):
    """A work database with people to write to, three grave alerts each, of a month before: no pass writes of them."""
    with empty_database.write() as session:
        run = ScoreRun(key="k", as_of_on=NOW.date(), created_at=NOW, model_name="m", model_version="1", level="rules",
                       task="t", horizon_days=28, table_versions={}, n_enrolments=0)  # fmt: skip
        session.add(run)
        session.flush()
        for n in range(3 * PEOPLE):
            session.add(a_grave_alert(run.id, n))
            session.add(Roster(enrolment_id=n, learner_id=n, mentor_id=n // 3 + 1, session_id="S", session_name="S",
                               course_id="C", started_on=NOW.date(), planned_end_on=NOW.date(),
                               outcome="ongoing"))  # fmt: skip
        for n in range(PEOPLE):
            session.add(
                Account(username=f"m{n}", display_name="M", role="mentor", mentor_id=n + 1, password_hash="",
                        email=f"m{n}@organisme.fr", created_at=NOW)
            )  # fmt: skip
        session.add(Channel(account_id=None, kind="email", address="team@organisme.fr", created_at=NOW))
    return empty_database


def a_grave_alert(run_id, n):
    told = [{"kind": policy.DECLARED, "since": "2026-05-01", "reasons": []}]
    return Alert(run_id=run_id, enrolment_id=n, learner_id=n, mentor_id=n // 3 + 1, session_id="S", opened_at=NOW,
                 opened_on=date(2026, 5, 1), rank=1, probability=0.5, reasons=[], state="open", state_at=NOW,
                 kind=policy.DECLARED, kinds=told)  # fmt: skip


def at_once(function):
    start = threading.Barrier(SCHEDULERS)

    def run(_):
        start.wait()
        return function()

    with ThreadPoolExecutor(SCHEDULERS) as pool:
        return list(pool.map(run, range(SCHEDULERS)))


def test_schedulers_that_start_together_write_and_send_each_message_once(any_database, tmp_path):
    sender = Together()
    office = Office(any_database, seed.settings_of(tmp_path), sender, lambda: NOW)
    with any_database.write() as session:
        ids = [row.id for row in session.query(Account).order_by(Account.id)]
        alerts = [row.id for row in session.query(Alert).order_by(Alert.id)]
    rows = [
        row_of(f"grave:{n}:{account}", "grave", NOW, NOW, {"alert": n, "code": policy.DECLARED},
                      account_id=account, channel_id=None)
        for place, account in enumerate(ids)
        for n in alerts[3 * place : 3 * place + 3]
    ]  # fmt: skip

    def write_and_run():
        with any_database.write() as session:
            written = repository.write(session, rows)
        return written, outbox.run(office)

    done = at_once(write_and_run)
    assert sum(written for written, _ in done) == len(rows)
    assert sum(result["sent"] for _, result in done) == sum(sender.to.values())
    with any_database.read() as session:
        assert session.query(Message).filter(Message.sent_at.is_(None)).count() == 0
        assert all(row.tries == 1 for row in session.query(Message).filter_by(kind="grave"))
    assert len(sender.to) == PEOPLE + 1, "the team has its digest"
    again = Office(any_database, office.settings, sender, lambda: NOW + timedelta(hours=1))
    assert outbox.run(again) == {"planned": 0, "sent": 0, "put_off": 0, "given_up": 0}
