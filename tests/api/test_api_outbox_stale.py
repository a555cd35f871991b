"""What the outbox does not say: an alert dealt with since, a closing taken back, more to a host that says nothing."""

import threading
from datetime import timedelta

import pytest

from serving.accounts import repository as accounts
from serving.notifications import outbox, policy
from serving.notifications.delivery import Outcome
from serving.notifications.scheduler import Scheduler
from serving.tables import Alert
from tests.api import serving_seed as seed
from tests.api.test_api_outbox import MORNING, declare, hook, office, only_grave, rows, to  # noqa: F401

SINCE = {
    "closed": {"state": "resolved", "outcome": "plan_agreed", "closed_at": MORNING, "closed_on": seed.TODAY},
    "taken on": {"state": "acknowledged"},
    "given to another": {"mentor_id": seed.JOEL},
}


@pytest.fixture
def night(office):  # noqa: F811
    """A learner said in the evening that they would leave; the message waits for the morning."""
    only_grave(office)
    office.now.at = MORNING.replace(hour=20)
    declare(office, 0)
    assert outbox.run(office)["planned"] == 1
    office.now.at = MORNING.replace(day=16, hour=6, minute=1)
    return office


@pytest.mark.parametrize("since", SINCE)
def test_a_grave_message_whose_alert_was_dealt_with_meanwhile_is_not_sent(night, since):
    with night.database.write() as session:
        alert = session.query(Alert).filter_by(enrolment_id=seed.enrolment_id(0)).one()
        for name, value in SINCE[since].items():
            setattr(alert, name, value)
    night.now.at = MORNING.replace(day=16, hour=6)
    assert outbox.deliver(night) == {"sent": 0, "put_off": 0, "given_up": 0}
    (message,) = rows(night, kind="grave")
    assert (message.tries, message.body, message.sent_at) == (0, None, night.now.at)


def test_a_grave_message_whose_alert_still_waits_is_sent(night):
    assert outbox.deliver(night)["sent"] == 1
    assert to(night) == ["zina"]


def test_a_closing_taken_back_in_time_is_not_told_to_programs(office):  # noqa: F811
    hook(office, "alert.closed")
    for minutes, closed in ((1, True), (2, False), (20, False)):
        office.now.at = MORNING + timedelta(minutes=minutes)
        with office.database.write() as session:
            alert = session.query(Alert).filter_by(enrolment_id=seed.enrolment_id(0)).one()
            alert.state = "resolved" if closed else "open"
            alert.closed_at, alert.closed_on = (office.now.at, seed.TODAY) if closed else (None, None)
        outbox.run(office)
    assert office.sender.told == []


def test_a_host_that_says_nothing_twice_is_left_for_the_rest_of_the_pass(office):  # noqa: F811
    with office.database.write() as session:
        accounts.by_username(session, "qualite").email = "q@organisme.example.org"
        accounts.by_username(session, "dina").unassigned = True
    office.sender.answer = Outcome("timeout")
    done = outbox.run(office)
    tried, left = rows(office, failure="timeout"), rows(office, failure=None, sent_at=None)
    assert (len(office.sender.sent), done["put_off"], len(tried)) == (2, 2, 2)
    assert left
    assert {(one.tries, one.due_at) for one in left} == {(0, MORNING + policy.RETRIES[0])}
    office.sender.answer = Outcome()
    office.now.at += policy.RETRIES[0]
    assert outbox.deliver(office)["sent"] == len(tried) + len(left)


def test_a_scheduler_asked_to_stop_ends_after_the_message_under_way(office):  # noqa: F811
    stopping = threading.Event()
    scheduler = Scheduler(lambda: outbox.run(office, stopping=stopping.is_set), stopping=stopping)
    office.sender.during = stopping.set
    scheduler.loop()
    assert len(office.sender.sent) == 1
    assert len(rows(office, sent_at=None)) == 2
    assert {one.tries for one in rows(office, sent_at=None)} == {0}
