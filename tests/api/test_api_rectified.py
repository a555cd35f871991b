"""A name and an e-mail corrected on the page: what was wrong stays in no byte; others' words stay."""

import json
import sqlite3
from dataclasses import replace

import pytest

from data import correcting
from data.errors import StoreError
from data.home import Home
from data.identities import Identity, Vault
from data.texts import SCHEMA
from serving.quality import histories, journal
from serving.quality.complaints import service as complaints
from serving.sources import VaultDirectory
from serving.tables import (
    Account,
    Action,
    Answered,
    Complaint,
    Improvement,
    IngestKey,
    JournalEntry,
    Message,
    Pack,
    ReceivedBatch,
    ReceivedStatement,
)
from tests.api import quality_seed
from tests.api import serving_seed as seed
from tests.api.test_api_sealing import NOW
from tests.thread.everywhere import files, holding, written

LEARNER, NAMESAKE = seed.learner_id(0), seed.learner_id(1)
HERE = f"/admin/people/{LEARNER}"
OLD, OLD_MAIL = "Adalgisa Imaginaire", "adalgisa.i@example.org"
NEW, NEW_MAIL = "Hadelgise Imaginaire-Roux", "h.roux@example.org"
OTHER = "Adalgisa Chimère"
SENT = {"display_name": NEW, "email": NEW_MAIL, "reason": f"she was called {OLD}"}
CALL = {"kind": "call", "channel": "phone", "done_on": "2026-06-15", "result": "reached"}
COMPLAINT = {"kind": "complaint", "subject": "organisation", "told_by": "learner", "received_on": "2026-06-01",
             "channel": "email", "session_id": ""}  # fmt: skip
DAYS = {"from_on": "2026-05-01", "until_on": "2026-06-15", "drawn": "5", "seed": "7", "names": "yes"}


@pytest.fixture
def known(app, site, monkeypatch):
    """Put every learner in the vault, two of one first name, and have pages read it."""
    url = site.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("FILROUGE_DATABASE_URL", url)
    told = {0: (OLD, OLD_MAIL), 1: (OTHER, "adalgisa.c@example.org")}
    vault = Vault(site.settings.folder.identities_database)
    vault.put(Identity("learner", seed.learner_id(n), "moodle", str(n), *told.get(n, (f"Nobody {n}", None)))
              for n in range(22))  # fmt: skip
    vault.put(Identity("mentor", number, "moodle", str(number), name)
              for number, name in seed.SmallDirectory().mentors().items())  # fmt: skip
    vault.close()
    app.state.site = replace(site, directory=VaultDirectory(site.settings.folder))
    return app.state.site


def rows(site, table):
    with site.database.read() as session:
        return session.query(table).order_by(*table.__table__.primary_key.columns).all()


def noted(send, client, number, note):
    assert send(client, f"/enrolments/{seed.enrolment_id(number)}/actions", CALL | {"note": note}).status_code == 303


def plant(browser, send, site):
    """Write the name and the e-mail wherever the product lets them be written, then where a program may have."""
    mentor, quality, home = browser("zina"), browser("qualite"), site.settings.folder
    noted(send, mentor, 0, f"{OLD} ({OLD_MAIL}) est malade. Adalgisa reprend lundi; Imaginaire le sait.")
    noted(send, mentor, 1, f"Adalgisa travaille avec IMAGINAIRE Adalgisa, écrire à {OLD_MAIL.upper()}")
    about = {**COMPLAINT, "learner": OLD, "summary": f"{OLD} dit : Adalgisa attend toujours"}
    assert send(quality, "/quality/complaints", about).status_code == 303
    other = {**COMPLAINT, "learner": OTHER, "summary": "Adalgisa attend toujours"}
    assert send(quality, "/quality/complaints", other).status_code == 303
    line = {**quality_seed.LINE, "source": "complaint", "source_key": "1", "finding": f"ce que {OLD} attend"}
    assert send(quality, "/quality/improvements", line).status_code == 303
    packed = send(quality, "/quality/packs", DAYS)
    assert packed.status_code == 303, packed.text
    with site.database.write() as session:
        program(session)
    (home.root / "taken-out.csv").write_text(f"nom\n{OLD.upper()}\n")
    (home.root / "reports").mkdir(exist_ok=True)
    (home.root / "reports" / "list.json").write_text(json.dumps({"mail": OLD_MAIL}))
    with sqlite3.connect(home.root / "texts.db") as kept:
        kept.execute(SCHEMA)
        told = (1, 7, 8, "2026-06-15", "2027-06-15", f"merci {OLD.lower()}, Adalgisa")
        kept.execute("INSERT INTO texts VALUES (?, ?, ?, ?, ?, ?)", told)
    kept.close()


def program(session):
    """Write what waits to be sent, what programs pushed, and an answer kept to be given again."""
    account, key = session.query(Account).first().id, IngestKey(name="lms", secret_hash="0", created_at=NOW)
    session.add(key)
    session.flush()
    pushed = {"key_id": key.id, "digest": "d", "stored_at": NOW}
    batch = {"system": "moodle", "tables": {"posts": [{"person": "0", "text": f"je suis {OLD}"}]}}
    session.add_all([
        Message(key="m", kind="alert.opened", subject=OLD, created_at=NOW, due_at=NOW,
                body=json.dumps({"who": OLD, "to": OLD_MAIL})),
        ReceivedStatement(id="s", body=json.dumps({"actor": {"account": {"name": "0"}, "name": OLD}}), **pushed),
        ReceivedBatch(id="b", rows=1, body=json.dumps(batch), **pushed),
        Answered(account_id=account, key="k", digest="d", status=200, body=OLD, at=NOW),
    ])  # fmt: skip


def everywhere(home, *texts):
    files.cache_clear()
    return holding(home, {form for text in texts for form in written(text)})


def test_what_was_wrong_stays_in_no_byte_of_the_home(browser, send, known):
    home, admin, mentor = known.settings.folder.root, browser("admin"), browser("zina")
    plant(browser, send, known)
    (pack,) = rows(known, Pack)
    before = everywhere(home, OLD, OLD_MAIL)
    assert {"identities.db", "texts.db", "taken-out.csv", "reports/list.json"} <= set(before)
    assert any(name.startswith(f"packs/{pack.key}") for name in before)
    assert send(admin, f"{HERE}/rectify", SENT).status_code == 303
    assert everywhere(home, OLD, " ".join(reversed(OLD.split())), OLD_MAIL) == []
    assert not (home / "packs" / pack.key).exists()
    note, others = (one.note for one in rows(known, Action)[-2:])
    assert note == f"{NEW} ({NEW_MAIL}) est malade. Hadelgise reprend lundi; Imaginaire-Roux le sait."
    assert others == f"Adalgisa travaille avec {NEW}, écrire à {NEW_MAIL}", "a first name in a text about another stays"
    assert [one.summary for one in rows(known, Complaint)] == [
        f"{NEW} dit : Hadelgise attend toujours", "Adalgisa attend toujours",
    ]  # fmt: skip
    assert [one.finding for one in rows(known, Improvement)] == [f"ce que {NEW} attend"]
    (message,) = [one for one in rows(known, Message) if one.key == "m"]
    assert (message.subject, json.loads(message.body)) == (NEW, {"who": NEW, "to": NEW_MAIL})
    assert json.loads(rows(known, ReceivedStatement)[0].body) == {"actor": {"account": {"name": "0"}, "name": NEW}}
    assert rows(known, Answered) == []
    for client, place in ((admin, HERE), (mentor, f"/enrolments/{seed.enrolment_id(0)}")):
        page = client.get(place).text
        assert NEW in page
        assert OLD not in page


def test_the_journal_keeps_the_fact_by_counts_and_every_row_stands_as_it_was_written(browser, send, known):
    plant(browser, send, known)
    assert send(browser("admin"), f"{HERE}/rectify", SENT).status_code == 303
    told = [(one.author_id, json.loads(one.details)) for one in rows(known, JournalEntry)
            if one.event == "person_rectified"]  # fmt: skip
    ((author, details),) = told
    assert author is not None
    assert details == {"request": 1, "attributes": ["display_name", "email"], "texts": 1, "files": 3, "actions": 2,
                       "complaints": 1, "improvements": 1, "outbox": 1, "pushed": 2, "answered": 1}  # fmt: skip
    with known.database.read() as session:
        assert journal.verify(session).intact
        for row in session.query(Complaint):
            assert complaints.history(session, known, row)[1] == histories.AS_WRITTEN
            assert row.version == (3 if row.id == 1 else 1), "one more than when it was tied to its improvement"


def test_a_second_thought_puts_the_first_name_back(browser, send, known):
    plant(browser, send, known)
    admin, home = browser("admin"), known.settings.folder
    back = {"display_name": OLD, "email": OLD_MAIL, "reason": "it was right"}
    for sent in (SENT, back):
        assert send(admin, f"{HERE}/rectify", sent).status_code == 303
    assert everywhere(home.root, NEW, NEW_MAIL) == []
    assert rows(known, Action)[-2].note == f"{OLD} ({OLD_MAIL}) est malade. Adalgisa reprend lundi; Imaginaire le sait."
    vault = Vault(home.identities_database)
    vault.put([Identity("learner", LEARNER, "moodle", "0", NEW, NEW_MAIL)])
    vault.close()
    assert everywhere(home.root, NEW, NEW_MAIL) == [], "an import does not write what was corrected"


def test_while_an_import_runs_it_waits_and_the_next_import_does_it(browser, send, known, monkeypatch):
    plant(browser, send, known)
    admin, home = browser("admin"), known.settings.folder

    def busy(*_given, **_named):
        raise StoreError("another import is running")

    with monkeypatch.context() as patch:
        patch.setattr("serving.rights.endpoints.finish", busy)
        assert send(admin, f"{HERE}/rectify", SENT).status_code == 303
    page = admin.get(HERE).text
    assert NEW in page
    assert "n’a pas encore été retiré" in page
    assert everywhere(home.root, OLD) != []
    (done,) = correcting.finish(home, at=NOW)
    assert (done.still_in, everywhere(home.root, OLD)) == ((), [])
    assert "n’a pas encore été retiré" not in admin.get(HERE).text


@pytest.mark.parametrize(("kind", "name"), [("learner", OLD.upper()), ("mentor", "Adalgisa  Imaginaire"), ("", OLD)])
def test_a_name_that_somebody_else_has_is_changed_in_words_about_the_learner_alone(browser, send, known, kind, name):
    plant(browser, send, known)
    if kind:
        vault = Vault(known.settings.folder.identities_database)
        vault.put([Identity(kind, 42, "moodle", "42", name)])
        vault.close()
    else:
        with known.database.write() as session:
            session.query(Account).filter_by(username="dina").one().display_name = name
    sent = {"display_name": NEW, "reason": "misspelt"}
    assert send(browser("admin"), f"{HERE}/rectify", sent).status_code == 303
    note, others = (one.note for one in rows(known, Action)[-2:])
    assert note.startswith(f"{NEW} (")
    assert "IMAGINAIRE Adalgisa" in others
    assert (known.settings.folder.root / "taken-out.csv").exists()


def test_without_a_work_database_the_vault_and_the_files_are_corrected(tmp_path, monkeypatch):
    monkeypatch.delenv("FILROUGE_DATABASE_URL", raising=False)
    home = Home(tmp_path / "home").prepare()
    vault = Vault(home.identities_database)
    vault.put([Identity("learner", 1 << 60, "canvas", OLD_MAIL, "Li Wu", OLD_MAIL)])
    vault.close()
    (home.root / "list.csv").write_text("Li Wu\n")
    correcting.correct(home, 1 << 60, {"display_name": "Lia Wu", "email": NEW_MAIL}, by="Mia", reason="r", at=NOW)
    (done,) = correcting.finish(home, at=NOW)
    assert (done.deleted, done.still_in, done.kept_as_identifier) == (("list.csv",), (), True)
    assert not home.work_database.exists()
    assert correcting.finish(home, at=NOW) == []
