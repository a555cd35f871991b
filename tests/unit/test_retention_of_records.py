"""Records, evidence and packs past their time: a dry run changes no byte, and what something rests on stays."""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data import expiry
from data.erasure import enrolments_of
from data.expiry import expire, past
from data.home import Home
from data.identities import Vault
from data.imports import import_folder
from data.privacy import Pseudonymiser, load_key
from data.store import RecordStore
from serving.database import Database
from serving.quality import journal
from serving.retention import policy, repository, service
from serving.tables import Account, Action, Alert, Appointment, JournalEntry, RetentionRun, ScoreRun
from tests.unit.small_sites import moodle_tables_small, write_moodle

EXPORTED = date(2026, 4, 10)
LATER = date(2032, 6, 15)
NOW = datetime(2032, 6, 15, 6, tzinfo=UTC)
OLD, NEW = NOW - timedelta(days=2500), NOW - timedelta(days=30)


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("retention")
    home = Home(folder / "home").prepare()
    export = write_moodle(folder / "export", moodle_tables_small())
    import_folder(home, "moodle", export, as_of=EXPORTED)
    return home, export


@pytest.fixture
def home(imported, tmp_path):
    shutil.copytree(imported[0].root, tmp_path / "home")
    return Home(tmp_path / "home")


def learner(home, source_id):
    return Pseudonymiser(load_key(home.keys), "moodle").one("learner", source_id)


def everything(home):
    return {path.relative_to(home.root): path.read_bytes() for path in home.root.rglob("*") if path.is_file()}


def enrolled(home):
    with RecordStore(home).connect() as records:
        return {row[0] for row in records.execute("SELECT enrolment_id FROM enrolments").fetchall()}


def test_a_dry_run_changes_no_byte(home):
    before = everything(home)
    assert past(home, LATER).enrolments
    assert everything(home) == before


@pytest.mark.parametrize("whose", ["10", "11"])
def test_enrolments_past_their_time_go_and_no_import_brings_them_back(home, imported, whose):
    """One of a learner who has another that stays, too: `10` has two."""
    all_of_them = enrolled(home)
    kept = enrolments_of(home, learner(home, whose))[0]
    ada = learner(home, "10")
    theirs = enrolments_of(home, ada)
    assert len(theirs) == 2
    found = expire(home, LATER, keep={kept}, at=NOW)
    assert set(found.enrolments) == all_of_them - {kept}
    assert enrolled(home) == {kept}
    assert (ada in found.learners) == (kept not in theirs)
    assert expire(home, LATER, keep={kept}, at=NOW).enrolments == {}
    again = write_moodle(imported[1].parent / "again", moodle_tables_small() | {"logstore_standard_log": []})
    import_folder(home, "moodle", again, as_of=EXPORTED + timedelta(days=1))
    assert enrolled(home) == {kept}
    back = expire(home, LATER, keep={kept}, at=NOW)
    assert back.enrolments == {}
    vault = Vault(home.identities_database)
    names = set(vault.find("learner"))
    vault.close()
    assert not names & set(found.learners), "a name that an import brought back goes again"


@pytest.mark.parametrize("stopped", ["remove_old_files", "_delete_tables", "expire"])
def test_what_was_stopped_on_the_way_is_finished_by_the_next(home, monkeypatch, stopped):
    """The records went; no old file, no figure and no line of the vault keeps them once it is asked again."""
    before = enrolled(home)
    table = pa.table({"enrolment_id": sorted(before)})
    pq.write_table(table, home.features / "training-x.parquet")

    def stop(*_given, **_named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Vault if stopped == "expire" else expiry, stopped, stop)
        with pytest.raises(KeyboardInterrupt):
            expire(home, LATER, at=NOW)
    assert enrolled(home) == set()
    expire(home, LATER, at=NOW)
    with closing(Vault(home.identities_database)) as vault:
        assert vault.find("enrolment") == vault.find("learner") == {}
    held = (pq.read_table(path, partitioning=None) for path in home.root.rglob("*.parquet"))
    kept = {number for one in held if "enrolment_id" in one.column_names for number in one["enrolment_id"].to_pylist()}
    assert not kept & before


def test_who_is_forgotten_leaves_no_byte_of_a_name(home):
    vault = Vault(home.identities_database)
    names = [one.email for one in vault.find("learner").values() if one.email]
    vault.close()
    assert names
    expire(home, LATER, at=NOW)
    content = home.identities_database.read_bytes()
    assert [name for name in names if name.encode() in content] == []


@pytest.mark.parametrize(
    ("closed", "acted", "met", "goes"),
    [(OLD, OLD, None, True), (OLD, None, None, True), (NEW, OLD, None, False), (None, OLD, None, False),
     (OLD, NEW, None, False), (OLD, OLD, OLD, True), (OLD, OLD, NEW, False)],
    ids=["old", "no action", "closed lately", "open", "acted lately", "met then", "met lately"],
)  # fmt: skip
def test_no_chain_of_evidence_is_cut_in_its_middle(tmp_path, closed, acted, met, goes):
    home = Home(tmp_path / "home").prepare()
    database = Database(f"sqlite:///{home.work_database}")
    database.upgrade()
    with database.write() as session:
        chain(session, closed, acted, met)
    service.run(database, home, policy.RULES, today=LATER, now=NOW, dry=False, author_id=None)
    with database.read() as session:
        left = [session.query(table).count() for table in (Alert, Action, Appointment)]
        assert left == ([0, 0, 0] if goes else [1, int(acted is not None), int(met is not None)])
        assert journal.verify(session).intact
        assert ("alert_expired" in {one.event for one in session.query(JournalEntry)}) is goes
    database.dispose()


@pytest.mark.parametrize(("met", "goes"), [(OLD, 4), (NEW, 0)], ids=["met then", "met lately"])
def test_what_goes_of_two_alerts_that_one_meeting_ties_is_what_was_told(tmp_path, met, goes):
    """The action is one alert's, the meeting that followed it another's."""
    home = Home(tmp_path / "home").prepare()
    database = Database(f"sqlite:///{home.work_database}")
    database.upgrade()
    with database.write() as session:
        chain(session, OLD, OLD, met)
        first = session.query(Alert).one()
        told = {column.name: getattr(first, column.name) for column in Alert.__table__.columns}
        second = Alert(**{**told, "id": first.id + 1, "enrolment_id": 2})
        session.add(second)
        session.flush()
        journal.append(session, "alert_opened", at=OLD, alert_id=second.id)
        session.query(Appointment).one().alert_id = second.id
    found = service.run(database, home, policy.RULES, today=LATER, now=NOW, dry=False, author_id=None)
    assert next(one.count for one in found if one.rule.code == "evidence") == goes
    with database.read() as session:
        assert sum(session.query(table).count() for table in (Alert, Action, Appointment)) == 4 - goes
        assert journal.verify(session).intact
    database.dispose()


def chain(session, closed, acted, met):
    account = Account(username="mia", display_name="Mia", role="quality", password_hash="", created_at=OLD)
    run = ScoreRun(key="k", as_of_on=LATER, created_at=OLD, model_name="m", model_version="1", level="rules", task="t",
                   horizon_days=28, table_versions={}, n_enrolments=1)  # fmt: skip
    session.add_all([account, run])
    session.flush()
    alert = Alert(run_id=run.id, enrolment_id=1, learner_id=1, session_id="S", opened_at=OLD, opened_on=OLD.date(),
                  rank=1, probability=0.5, reasons=[], state="open", state_at=OLD, closed_at=closed,
                  closed_on=closed.date() if closed else None)  # fmt: skip
    session.add(alert)
    session.flush()
    journal.append(session, "alert_opened", at=OLD, alert_id=alert.id)
    if acted is None:
        return
    action = Action(enrolment_id=1, alert_id=alert.id, author_id=account.id, kind="call", channel="phone", note="",
                    done_on=acted.date(), result="reached", next_step="none", recorded_at=acted)  # fmt: skip
    session.add(action)
    session.flush()
    told = {"kind": "call", "channel": "phone", "done_on": acted.date().isoformat(), "result": "reached",
            "next_step": "none", "next_step_on": None}  # fmt: skip
    journal.append(session, "action_recorded", at=acted, alert_id=alert.id, action_id=action.id, details=told)
    if met is not None:
        session.add(Appointment(enrolment_id=1, alert_id=None, kind="interview", channel="phone", at=met, state="kept",
                                state_at=met, action_id=action.id, created_by=account.id, created_at=met))  # fmt: skip


def test_a_pack_past_its_time_goes_and_a_younger_one_stays(tmp_path):
    home = Home(tmp_path / "home").prepare()
    database = Database(f"sqlite:///{home.work_database}")
    database.upgrade()
    for name, at in (("old", OLD), ("new", NEW)):
        (home.packs / name).mkdir(parents=True)
        os.utime(home.packs / name, (at.timestamp(), at.timestamp()))
    for dry, left in ((True, {"old", "new"}), (False, {"new"})):
        service.run(database, home, policy.RULES, today=LATER, now=NOW, dry=dry, author_id=None)
        assert {path.name for path in home.packs.iterdir()} == left
    with database.read() as session:
        assert [(one.dry, one.counts) for one in session.query(RetentionRun)] == [
            (True, {"packs": 1}), (False, {"packs": 1}),
        ]  # fmt: skip
    database.dispose()


def test_what_is_shown_of_an_enrolment_goes_with_its_records_and_who_is_busy_stays(home):
    database = Database(f"sqlite:///{home.work_database}")
    database.upgrade()
    busy = enrolments_of(home, learner(home, "10"))[0]
    with database.write() as session:
        chain(session, None, None, None)
        session.query(Alert).one().enrolment_id = busy
    with database.read() as session:
        assert repository.busy(session, LATER) == {busy}
    found = service.run(database, home, policy.RULES, today=LATER, now=NOW, dry=False, author_id=None)
    assert next(one.count for one in found if one.rule.code == "records") > 0
    assert enrolled(home) == {busy}
    with sqlite3.connect(home.work_database) as work:
        told = work.execute("SELECT details FROM journal WHERE event = 'retention_applied'").fetchall()
    work.close()
    assert len(told) == 1
    database.dispose()
