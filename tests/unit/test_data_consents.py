"""Who may be read, purpose by purpose: default bases, recorded bases, consent, objection; always as of now."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from data.consents import PURPOSES, Consents, record_basis
from data.contracts import TABLES
from data.errors import StoreError
from data.home import Home
from data.store import RecordStore
from tests.unit.small_records import DAY, NOW, TWO_LEARNERS, batch

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
BEFORE: dict[str, list[int]] = {"alerts": [1, 2], "community": [], "surveys": [1, 2], "attendance": [1, 2],
                                "fairness_audit": []}  # fmt: skip


def own_home(path: Path, site: str = "own") -> Home:
    home = Home(path / "home").prepare()
    home.name_site(site)
    RecordStore(home).write_batch(batch(1, **TWO_LEARNERS))
    return home


def shown(store: RecordStore, query: str, **asked: Any) -> list[Any]:
    with store.connect(**asked) as con:
        return [row[0] for row in con.execute(query).fetchall()]


def read(home: Home) -> dict[str, list[int]]:
    """Return whose records are read, by purpose (learner 1 has enrolment 11, learner 2 has 22)."""
    store = RecordStore(home)
    enrolments = "SELECT DISTINCT enrolment_id // 10 FROM {} WHERE enrolment_id IS NOT NULL ORDER BY 1"
    return {
        "alerts": shown(store, "SELECT learner_id FROM enrolments ORDER BY 1"),
        "community": shown(store, enrolments.format("posts")),
        "surveys": shown(store, enrolments.format("survey_answers")),
        "attendance": shown(store, enrolments.format("attendance")),
        "fairness_audit": shown(store, "SELECT learner_id FROM learner_attributes ORDER BY 1"),
    }


def test_an_organisation_s_community_and_audit_data_are_off_by_default(tmp_path: Path) -> None:
    home = own_home(tmp_path)
    assert read(home) == BEFORE
    kinds = shown(RecordStore(home), "SELECT DISTINCT kind FROM activity")
    assert kinds == ["login"]  # forum views are community data
    assert "consents" not in RecordStore(home).versions()


@pytest.mark.parametrize("site", ["example", "oulad", "simulated"])
def test_invented_or_published_learners_need_no_basis(tmp_path: Path, site: str) -> None:
    home = own_home(tmp_path, site)
    assert read(home) == {purpose: [1, 2] for purpose in PURPOSES}
    assert RecordStore(home).hidden() == {}


@pytest.mark.parametrize(
    ("purpose", "decisions", "expected"),
    [
        ("community", [(1, "granted")], [1]),
        ("community", [(1, "granted"), (1, "withdrawn")], []),
        ("community", [(1, "objected"), (1, "granted")], [1]),
        ("community", ["public_task"], [1, 2]),
        ("community", ["public_task", (2, "objected")], [1]),
        ("community", ["public_task", "none"], []),
        ("community", ["consent", (2, "granted")], [2]),
        ("fairness_audit", ["public_task"], [1, 2]),
        ("fairness_audit", [(2, "granted")], [2]),
        ("surveys", [(1, "objected")], [2]),
        ("surveys", [(1, "withdrawn"), (1, "granted")], [1, 2]),
        ("surveys", ["consent"], []),
        ("attendance", [(2, "objected")], [1]),
        ("alerts", [(2, "objected")], [1]),
        ("alerts", ["none"], []),
    ],
)
def test_the_last_decision_counts(tmp_path: Path, purpose: str, decisions: list[Any], expected: list[int]) -> None:
    home = own_home(tmp_path)
    consents = Consents(home)
    for one in decisions:
        if isinstance(one, str):
            record_basis(home, purpose, one, reason="decided by the board", by="DPO", at=AT)
        else:
            consents.record(one[0], purpose, one[1], by="A. Mentor", at=AT)
    found = read(home)
    assert found[purpose] == expected
    if purpose != "alerts":
        assert found == {**BEFORE, purpose: expected}
    assert RecordStore(home).versions()["consents"] == len(decisions)


def test_who_objects_to_alerts_is_read_nowhere(tmp_path: Path) -> None:
    """For old versions too: a decision is not something that time travel undoes."""
    home = own_home(tmp_path)
    store = RecordStore(home)
    for purpose in ("community", "fairness_audit"):
        record_basis(home, purpose, "public_task", reason="mission", by="DPO", at=AT)
    old = store.versions()
    Consents(home).record(2, "alerts", "objected", by="A. Mentor", at=AT)
    assert store.versions() != old
    for asked in ({}, {"versions": old}, {"as_of": date(2027, 1, 1)}):
        with store.connect(**asked) as con:
            for name, spec in TABLES.items():
                for column in ("learner_id", "enrolment_id"):
                    if column in spec.names:
                        found = con.execute(f"SELECT DISTINCT {column} FROM {name} ORDER BY 1").fetchall()
                        assert {number for (number,) in found} <= {1, 11, None}, name
            assert con.execute("SELECT count(*) FROM posts").fetchall() == [(2,)]  # theirs, and a trainer's


def test_a_trainer_s_post_goes_with_the_community(tmp_path: Path) -> None:
    home = own_home(tmp_path)
    assert shown(RecordStore(home), "SELECT count(*) FROM posts") == [0]
    Consents(home).record(1, "community", "granted", by="A. Mentor", at=AT)
    assert shown(RecordStore(home), "SELECT author_role FROM posts ORDER BY 1") == ["learner", "trainer"]


def test_what_is_not_read_is_said(tmp_path: Path) -> None:
    home = own_home(tmp_path)
    Consents(home).record(1, "surveys", "objected", by="A. Mentor", at=AT)
    record_basis(home, "fairness_audit", "consent", reason="asked on the form", by="DPO", at=AT)
    told = [one.line() for one in RecordStore(home).hidden().values()]
    assert told == [
        "community: 5 records of 2 learners not read (no basis is recorded)",
        "surveys: 1 record of 1 learner not read (their learners object)",
        "fairness_audit: 2 records of 2 learners not read (their learners have not agreed)",
    ]


def decide(home: Home, *, purpose: str, choice: str, by: str, reason: str, basis: str | None = None) -> None:
    if basis is None:
        Consents(home).record(1, purpose, choice, by=by, at=AT)
    else:
        record_basis(home, purpose, basis, reason=reason, by=by, at=AT)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"purpose": "marketing"}, "this purpose is not known; accepted: alerts, community"),
        ({"choice": "maybe"}, "this decision is not known; accepted: granted, withdrawn, objected"),
        ({"by": " "}, "nobody answers for this decision"),
        ({"basis": "because"}, "this basis is not known; accepted: consent, contract"),
        ({"basis": "contract", "reason": ""}, "a basis needs its reason"),
    ],
)
def test_a_decision_that_is_not_one(tmp_path: Path, asked: dict[str, str], said: str) -> None:
    home = Home(tmp_path / "home").prepare()
    told = {"purpose": "community", "choice": "granted", "by": "DPO", "reason": "x", **asked}
    with pytest.raises(StoreError, match=said):
        decide(home, **told)
    assert Consents(home).sequence() == 0


def test_decisions_can_only_be_added(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    consents = Consents(home)
    consents.record(1, "alerts", "objected", by="A. Mentor", at=AT)
    record_basis(home, "community", "contract", reason="charter", by="DPO", at=AT)
    with sqlite3.connect(home.identities_database) as raw:
        for verb in ("DELETE FROM consents", "UPDATE bases SET basis = 'none'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                raw.execute(verb)
    raw.close()
    assert [(one.choice, one.recorded_by, one.decided_at) for one in consents.history(1)] == [
        ("objected", "A. Mentor", "2026-03-01T09:00:00+00:00")
    ]
    assert [(one.basis, one.reason) for one in consents.bases()] == [("contract", "charter")]
    assert home.identities_database.stat().st_mode & 0o077 == 0


def test_every_purpose_governs_tables_that_exist() -> None:
    for purpose in PURPOSES.values():
        assert purpose.label_fr != purpose.label_en
        for governed in purpose.governs:
            assert {"enrolment_id", "learner_id"} & set(TABLES[governed.table].names)
    named = {name for name, spec in TABLES.items() if {"enrolment_id", "learner_id"} & set(spec.names)}
    assert {governed.table for governed in PURPOSES["alerts"].governs} == named


def test_reading_needs_no_vault(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    RecordStore(home).write_batch(batch(1, sessions=TWO_LEARNERS["sessions"]))
    assert shown(RecordStore(home), "SELECT session_id FROM sessions") == ["S"]
    assert not home.identities_database.exists()
    assert (DAY, NOW.tzinfo) == (date(2026, 1, 1), UTC)
