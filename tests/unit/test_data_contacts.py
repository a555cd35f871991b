"""What mentors did becomes records: once, under pseudonyms, and gone with the learner; never read by a feature."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from data.consents import Consents
from data.contacts import Contact, keep_contacts
from data.contracts import CONTACTS
from data.erasure import erase
from data.home import Home
from data.privacy import Pseudonymiser, load_key
from data.simulator import Plan, keep, simulate
from data.store import RecordStore
from tests.unit.small_records import TWO_LEARNERS, batch

AT = datetime(2026, 4, 11, tzinfo=UTC)
DONE = Contact(1, 11, date(2026, 3, 2), "call", "reached", date(2026, 3, 3))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home").prepare()
    made.name_site("simulated")
    mark = Pseudonymiser(load_key(made.keys), "x").fingerprint
    records = {name: table for name, table in TWO_LEARNERS.items() if name != "contacts"}
    RecordStore(made).write_batch(replace(batch(1, **records), key_fingerprint=mark))
    return made


def kept(home: Home, **asked: Any) -> list[tuple[Any, ...]]:
    with RecordStore(home).connect(**asked) as con:
        return con.execute(
            "SELECT enrolment_id, contacted_on, kind, outcome, known_on FROM contacts ORDER BY 1"
        ).fetchall()


def test_the_same_actions_twice_change_nothing(home: Home) -> None:
    other = Contact(2, 22, date(2026, 3, 5), "message", None, date(2026, 3, 4))
    assert keep_contacts(home, [], at=AT) is None
    first = keep_contacts(home, [DONE], at=AT)
    assert first is not None
    assert (first.source, first.tables["contacts"].new) == ("filrouge", 1)
    again = keep_contacts(home, [DONE], at=AT)
    assert again is not None
    assert again.already
    more = keep_contacts(home, [other, DONE], at=AT)
    assert more is not None
    assert (more.tables["contacts"].new, more.tables["contacts"].changed) == (1, 0)
    assert kept(home) == [
        (11, date(2026, 3, 2), "call", "reached", date(2026, 3, 3)),
        (22, date(2026, 3, 5), "message", None, date(2026, 3, 5)),
    ]
    assert more.last_known_on is None  # what mentors do says nothing of the last day of the records
    assert [row[0] for row in kept(home, as_of=date(2026, 3, 4))] == [11]


def test_an_action_of_an_unknown_enrolment_is_refused_and_counted(home: Home) -> None:
    manifest = keep_contacts(home, [DONE, replace(DONE, number=3, enrolment_id=99)], at=AT)
    assert manifest is not None
    assert manifest.refused == {"enrolment_id: unknown enrolment": 1}
    assert len(kept(home)) == 1


def test_contacts_go_with_the_learner_and_do_not_come_back(home: Home) -> None:
    keep_contacts(home, [DONE, replace(DONE, number=2, enrolment_id=22)], at=AT)
    done = erase(home, 1, by="DPO", at=AT, reason="asked")
    assert done.rows["contacts"] == 1
    manifest = keep_contacts(home, [DONE, replace(DONE, number=2, enrolment_id=22)], at=AT)
    later = keep_contacts(home, [DONE, replace(DONE, number=5, enrolment_id=22)], at=AT)
    assert manifest is not None
    assert later is not None
    assert later.erased == 1
    assert {row[0] for row in kept(home)} == {22}


def test_an_objection_to_alerts_hides_them(home: Home) -> None:
    keep_contacts(home, [DONE, replace(DONE, number=2, enrolment_id=22)], at=AT)
    Consents(home).record(1, "alerts", "objected", by="DPO", at=AT)
    assert [row[0] for row in kept(home)] == [22]


def test_simulated_contacts_are_records_that_were_known(tmp_path: Path) -> None:
    plan = Plan(sessions=1, learners=200, weeks=12, actions="random", contact_rate=0.2, until=date(2024, 11, 4))
    made = simulate(plan, Pseudonymiser(b"k" * 32, "simulator"))
    contacts = made.tables["contacts"]
    decided = made.actions.to_pandas()
    assert contacts.schema.names == list(CONTACTS.names)
    assert contacts.num_rows == int(decided["contacted"].sum()) > 20
    pairs = set(decided.loc[decided["contacted"], ["enrolment_id", "contacted_on"]].itertuples(index=False, name=None))
    told = contacts.to_pandas()[["enrolment_id", "contacted_on"]]
    assert set(told.itertuples(index=False, name=None)) == pairs
    assert "contacts" not in simulate(replace(plan, actions="none"), Pseudonymiser(b"k" * 32, "simulator")).tables
    home = Home(tmp_path / "home").prepare()
    assert keep(home, plan, at=AT).tables["contacts"].new == contacts.num_rows
