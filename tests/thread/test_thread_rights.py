"""A learner who was everywhere is erased: then every byte of the home is read, by another reader than the eraser's."""

import json
import shutil
import sqlite3
import zipfile
from datetime import UTC, date, datetime

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from data.identities import Vault
from data.privacy import reference
from data.texts import SCHEMA
from serving import tables as t
from serving.database import Database
from serving.quality import journal
from serving.rights import repository
from tests.thread.conftest import filrouge
from tests.thread.everywhere import files, holding, numbered, values, written

pytestmark = pytest.mark.slow
NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
CALL = {"kind": "call", "channel": "phone", "done_on": "2026-06-15", "result": "reached", "next_step": "none"}
ASKED = ("--by", "DPO", "--reason", "asked by letter", "--yes", "--json")


class Person:
    """Somebody of the example with an alert and figures, and all by which they could be found."""

    def __init__(self, home):
        with sqlite3.connect(home / "work.db") as work:
            query = "SELECT learner_id FROM alerts JOIN roster USING (learner_id) WHERE closed_on IS NULL ORDER BY 1"
            figures = [pq.read_table(path, columns=["learner_id"]) for path in (home / "features").glob("*.parquet")]
            known = {number for table in figures for number in table["learner_id"].to_pylist()}
            self.learner = next(number for (number,) in work.execute(query) if number in known)
            found = work.execute("SELECT enrolment_id FROM roster WHERE learner_id = ?", [self.learner]).fetchall()
            (self.alert,) = work.execute("SELECT id FROM alerts WHERE learner_id = ?", [self.learner]).fetchone()
        work.close()
        self.enrolments = [number for (number,) in found]
        vault = Vault(home / "identities.db")
        self.names = vault.names_of(self.learner)
        vault.close()
        self.name, self.email, self.source_id = (
            self.names[0].display_name, self.names[0].email, self.names[0].source_id,
        )  # fmt: skip

    @property
    def texts(self):
        return [text for one in self.names for text in (one.display_name, one.email) if text]


@pytest.fixture(scope="module")
def lived(first, home, tmp_path_factory):
    """Return a copy of the example where a learner is in every table and every kind of file, and who they are."""
    here = tmp_path_factory.mktemp("rights") / "home"
    shutil.copytree(home, here)
    person = Person(here)
    database = Database(f"sqlite:///{here / 'work.db'}")
    database.upgrade()
    with database.write() as session:
        fill(session, person)
    database.dispose()
    keep_texts(here, person)
    for folder, told in (("with-names", person.name), ("by-reference", reference(person.learner)), ("kept", "nobody")):
        (here / "packs" / folder).mkdir(parents=True)
        with zipfile.ZipFile(here / "packs" / folder / "pack.xlsx", "w", zipfile.ZIP_DEFLATED) as pack:
            pack.writestr("register.csv", f"1;{told};\n")
    return here, person


def fill(session, person):
    """Write the learner in whatever the work database has that may hold one, as people and programs would."""
    account = session.scalars(select(t.Account)).first().id
    enrolment, name = person.enrolments[0], person.name
    alert = session.get(t.Alert, person.alert)
    mine = {"enrolment_id": enrolment, "alert_id": alert.id}
    action = t.Action(
        **mine, author_id=account, kind="call", channel="phone", done_on=date(2026, 6, 15), result="reached",
        next_step="none", note=f"{name} has no childcare on Fridays", recorded_at=NOW,
    )  # fmt: skip
    session.add(action)
    session.flush()
    journal.append(session, "action_recorded", at=NOW, action_id=action.id, details=CALL, **mine)
    other = session.scalars(select(t.Roster).where(t.Roster.learner_id != person.learner)).first()
    made = {"created_by": account, "created_at": NOW}
    key = t.IngestKey(name="lms", secret_hash="0", created_at=NOW)
    session.add(key)
    session.flush()
    told = {"actor": {"mbox": f"mailto:{person.email}"}, "verb": {"id": "read"}}
    batch = {"system": "moodle", "tables": {"activity": [{"person": person.source_id}, {"person": "somebody else"}]}}
    if session.get(t.LiveScore, enrolment) is None:
        session.add(
            t.LiveScore(enrolment_id=enrolment, run_id=alert.run_id, at=NOW, as_of_on=date(2026, 6, 16), model="rules",
                        probability=0.5, reasons=[], signals=[])
        )  # fmt: skip
    session.add_all(
        [
            t.Appointment(**mine, kind="interview", channel="phone", at=NOW, state_at=NOW, action_id=action.id, **made),
            t.SurveyChase(enrolment_id=enrolment, wave="immediate", chased_on=date(2026, 6, 15), channel="email",
                          author_id=account, recorded_at=NOW),
            complaint := t.Complaint(
                kind="complaint", subject="pace", told_by="learner", received_on=date(2026, 6, 1),
                channel="email", enrolment_id=enrolment, summary=f"{name} says the pace is too fast",
                answer=f"Dear {name}", state_at=NOW, **made),
            theirs := t.Action(
                enrolment_id=other.enrolment_id, author_id=account, kind="call", channel="phone",
                done_on=date(2026, 6, 15), result="reached", next_step="none", recorded_at=NOW,
                note=f"works with {name.upper()}, is fine"),
            line := t.Improvement(
                indicator="31", source="complaint", source_key="1", finding=f"what {name} said",
                decision="slower", owner="Mia", due_on=date(2026, 7, 1), state_at=NOW, **made),
            t.Message(key="grave:1", kind="alert.opened", subject="", created_at=NOW, due_at=NOW,
                      body=json.dumps({"alert": {"enrolment_id": str(enrolment)}, "who": name})),
            t.ReceivedStatement(id="s1", key_id=key.id, digest="d", stored_at=NOW, body=json.dumps(told)),
            t.ReceivedStatement(id="s2", key_id=key.id, digest="d", stored_at=NOW, body='{"actor": {"mbox": "x"}}'),
            t.ReceivedBatch(id="b1", key_id=key.id, digest="d", rows=2, stored_at=NOW, body=json.dumps(batch)),
            t.Answered(account_id=account, key="k", digest="d", status=200, body="sealed", at=NOW),
        ]
    )  # fmt: skip
    session.flush()
    write_down(session, complaint, line, theirs)
    session.merge(t.HeldAlert(run_id=alert.run_id, enrolment_id=enrolment, kind="low_nps", reason="closure"))


def write_down(session, complaint, line, action):
    """Have the journal tell of rows as it does when people write them, so that each stands where it left them."""
    for event, details in (
        ("complaint_recorded", {"complaint": complaint.id, "state": "received", "version": 1}),
        ("improvement_recorded", {"improvement": line.id, "state": "planned", "version": 1}),
    ):
        journal.append(session, event, at=NOW, details=details)
    about = {"action_id": action.id, "enrolment_id": action.enrolment_id}
    journal.append(session, "action_recorded", at=NOW, details=CALL, **about)


def keep_texts(home, person):
    """Keep the words of two posts: the learner's own, and another's that names them."""
    told = [(1, person.enrolments[0], person.learner, "I am lost"), (2, 7, 8, f"ask {person.name.lower()}")]
    with sqlite3.connect(home / "texts.db") as kept:
        kept.execute(SCHEMA)
        for number, enrolment, learner, words in told:
            row = (number, enrolment, learner, "2026-06-15", "2027-06-15", words)
            kept.execute("INSERT INTO texts VALUES (?, ?, ?, ?, ?, ?)", row)
    kept.close()


def test_a_corrected_name_leaves_the_former_one_in_no_byte(lived, tmp_path):
    """Whoever was everywhere by a wrong name is nowhere by it: no free page, no log, no archive keeps it."""
    shutil.copytree(lived[0], tmp_path / "home")
    person, here = lived[1], tmp_path / "home"
    asked = (
        "--name",
        "Wilhelmine Corrigée-Dès",
        "--email",
        "w.corrigee@example.org",
        "--by",
        "DPO",
        "--reason",
        "typo",
    )
    done = filrouge(here, "person", "rectify", person.learner, *asked, "--json", check=False)
    told = json.loads(done.stdout)
    assert (done.returncode, [one["still_in"] for one in told["done"]]) == (0, [[]]), done.stdout
    for text in (person.name, " ".join(reversed(person.name.split())), person.email):
        assert holding(here, written(text)) == [], "a name or an address"
    assert "packs/with-names" in told["done"][0]["deleted"]
    kept = files(here)
    assert {"packs/by-reference/pack.xlsx", "packs/kept/pack.xlsx"} <= set(kept), "who is not named there stays"
    notes = [value for table, name, value in values(here / "work.db") if (table, name) == ("actions", "note")]
    assert "Wilhelmine Corrigée-Dès has no childcare on Fridays" in notes
    assert "works with Wilhelmine Corrigée-Dès, is fine" in notes
    assert "intact" in filrouge(here, "quality", "verify").stdout


@pytest.fixture(scope="module")
def erased(lived, tmp_path_factory):
    here, person = lived
    after = tmp_path_factory.mktemp("rights") / "after"
    shutil.copytree(here, after)
    done = filrouge(after, "person", "erase", person.learner, *ASKED, check=False)
    return after, person, done


def test_the_learner_was_everywhere(lived):
    """Without this, the next tests would prove nothing."""
    here, person = lived
    named = holding(here, {form for text in person.texts for form in written(text)})
    assert {"identities.db", "work.db", "texts.db", "packs/with-names/pack.xlsx!register.csv"} <= set(named)
    places = {name.partition("/")[0] for name in holding(here, numbered(person.learner))}
    assert {"records", "features", "scored", "work.db", "packs"} <= places


def test_no_file_holds_a_name_an_address_or_a_pseudonym(erased):
    here, person, done = erased
    assert (done.returncode, json.loads(done.stdout)["still_in"]) == (0, []), done.stdout
    for text in person.texts:
        assert holding(here, written(text)) == [], "a name or an address"
    assert holding(here, numbered(person.learner)) == ["identities.db"]
    for number in person.enrolments:
        assert set(holding(here, numbered(number))) <= {"identities.db", "work.db"}


def test_what_stays_is_the_journal_and_the_list_of_the_erased(erased):
    here, person, _ = erased
    numbers = {person.learner, *person.enrolments}
    kept = {(table, name) for table, name, value in values(here / "identities.db") if value in numbers}
    assert {table for table, _ in kept} <= {"erased", "erasures", "erased_mails", "consents"}
    told = [(table, name, value) for table, name, value in values(here / "work.db") if value in numbers]
    assert {(table, name) for table, name, _ in told} == {("journal", "enrolment_id")}
    for number in person.enrolments:
        n = sum(value == number for *_, value in told)
        content = files(here)["work.db"]
        assert content.count(number.to_bytes(8, "big")) == 2 * n, "one in the table, one in its index, no free page"


def test_the_journal_is_whole_and_knows_what_went(erased):
    here, person, _ = erased
    assert "intact" in filrouge(here, "quality", "verify").stdout
    with sqlite3.connect(here / "work.db") as work:
        told = work.execute("SELECT event, alert_id, enrolment_id FROM journal WHERE event LIKE '%erased'").fetchall()
        (gone,) = work.execute("SELECT count(*) FROM alerts WHERE id = ?", [person.alert]).fetchone()
    work.close()
    assert ("alert_erased", person.alert, None) in told
    assert [one for one in told if one[0] == "person_erased"] == [("person_erased", None, None)]
    assert gone == 0


def test_everybody_else_stays(lived, erased):
    """Nobody else's row goes; their words lose a name, and no more."""
    counts = []
    for here in (lived[0], erased[0]):
        with sqlite3.connect(here / "work.db") as work:
            theirs = ",".join(map(str, [lived[1].learner, *lived[1].enrolments]))
            rows = {table.name: work.execute(
                f"SELECT count(*) FROM {table.name} WHERE {column} NOT IN ({theirs})").fetchone()
                for table, fate in repository.tables() if fate == "deleted"
                for column in ("enrolment_id",) if column in table.columns}  # fmt: skip
            note = work.execute("SELECT note FROM actions WHERE note LIKE 'works with%'").fetchall()
            bodies = work.execute("SELECT id, body FROM statements ORDER BY id").fetchall()
            batch = work.execute("SELECT body FROM received_batches").fetchone()
        work.close()
        counts.append(rows)
    assert counts[0] == counts[1]
    assert note == [("works with […], is fine",)]
    assert bodies == [("s1", None), ("s2", '{"actor": {"mbox": "x"}}')]
    assert json.loads(batch[0])["tables"]["activity"] == [{"person": "somebody else"}]


def test_asked_again_it_says_so_and_adds_nothing(erased):
    here, person, _ = erased
    again = json.loads(filrouge(here, "person", "erase", person.learner, *ASKED).stdout)
    assert again["still_in"] == []
    told = [value for table, name, value in values(here / "work.db") if (table, name) == ("journal", "event")]
    assert told.count("person_erased") == 1


def test_an_alert_put_back_is_seen(erased, tmp_path):
    """An erased alert is known as erased: one of that number again is a change that nobody wrote down."""
    shutil.copytree(erased[0], tmp_path / "home")
    with sqlite3.connect(tmp_path / "home" / "work.db") as work:
        names = [row[1] for row in work.execute("PRAGMA table_info(alerts)")]
        told = {"id": str(erased[1].alert), "enrolment_id": "-1"}
        copied = ", ".join(told.get(name, name) for name in names)
        work.execute(f"INSERT INTO alerts SELECT {copied} FROM alerts LIMIT 1")
    work.close()
    done = filrouge(tmp_path / "home", "quality", "verify", check=False)
    assert (done.returncode, f"alert {erased[1].alert}" in done.stdout) == (1, True)


def test_the_register_is_still_told(erased):
    out = erased[0].parent / "register.csv"
    filrouge(erased[0], "quality", "register", "--out", out)
    assert f";{erased[1].alert};;;" in out.read_text(encoding="utf-8-sig"), "their steps, of no session and nobody"
