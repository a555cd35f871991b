"""Erasing on the pages: nothing goes before it was read and typed, then a receipt that names nobody is given."""

import json
import re
from contextlib import contextmanager
from datetime import timedelta

import pytest

from data import erasure
from data.also import ALSO
from data.errors import StoreError
from data.identities import Identity, Vault
from serving.language import Speech
from serving.quality import journal
from serving.rights import forgetting, receipts, service
from serving.tables import Alert, JournalEntry, RightsRequest, Roster
from tests.api import serving_seed as seed

LEARNER = seed.learner_id(0)
HERE = f"/admin/people/{LEARNER}"
NAME, MAIL = "Adalgisa Imaginaire", "adalgisa@example.org"
ASKED = {"reason": "asked by letter", "typed": "ADALGISA  Imaginaire"}


@pytest.fixture
def known(site, monkeypatch):
    url = site.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("FILROUGE_DATABASE_URL", url)
    vault = Vault(site.settings.folder.identities_database)
    vault.put([Identity("learner", LEARNER, "moodle", "10", NAME, MAIL),
               Identity("enrolment", seed.enrolment_id(0), "moodle", "e1")])  # fmt: skip
    vault.close()
    (site.settings.folder.root / "taken-out.csv").write_text(f"name\n{NAME}\n")
    return site


def told(site):
    with site.database.read() as session:
        found = session.query(JournalEntry).filter(JournalEntry.event.like("%eras%")).order_by(JournalEntry.seq)
        return [(one.event, one.author_id, json.loads(one.details)) for one in found]


def seen(page):
    return re.search(r'name="seen" value="([^"]*)"', page)[1]


@pytest.mark.parametrize(
    ("sent", "marked"),
    [({"seen": "1"}, "seen"), ({"reason": ""}, "reason"), ({"reason": "x" * 201}, "reason"), ({"typed": ""}, "typed"),
     ({"typed": "Adalgisa"}, "typed")],
)  # fmt: skip
def test_nothing_goes_before_it_was_read_and_typed(browser, send, known, sent, marked):
    admin = browser("admin")
    page = admin.get(HERE + "/erase")
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert NAME in page.text
    answer = send(admin, HERE + "/erase", {"seen": seen(page.text)} | ASKED | sent)
    assert answer.status_code == 422
    assert re.search(r'class="wrong" (?:role|id)', answer.text), marked
    vault = Vault(known.settings.folder.identities_database)
    assert vault.erasures() == []
    vault.close()


def test_a_learner_is_erased_proven_and_a_receipt_given(browser, send, known):
    admin, home = browser("admin"), known.settings.folder
    page = admin.get(HERE + "/erase").text
    answer = send(admin, HERE + "/erase", ASKED | {"seen": seen(page)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/people/erasures/1")
    shown = admin.get("/admin/people/erasures/1").text
    assert "Effacement fait et prouvé" in shown
    assert NAME not in shown
    assert 'href="/admin/people/erasures/1"' in admin.get("/admin/people").text
    assert admin.get(HERE).status_code == admin.get(HERE + "/erase").status_code == 404
    with known.database.read() as session:
        assert LEARNER not in {one.learner_id for table in (Roster, Alert) for one in session.query(table)}
        assert journal.verify(session).intact
    asked, gone, proven = told(known)[0], *[one for one in told(known) if one[0] in ("person_erased", "erasure_proven")]
    assert asked[0] == "erasure_asked"
    assert asked[1] is not None, "who asked"
    assert (gone[2]["request"], proven[2]["request"], proven[2]["held"], proven[2]["deleted"]) == (1, 1, 0, 1)
    assert not (home.root / "taken-out.csv").exists()
    receipt = send(admin, "/admin/people/erasures/1/receipt")
    assert receipt.headers["content-disposition"].startswith("attachment")
    assert "sans retour" in receipt.text
    for name in (NAME, MAIL, str(LEARNER)):
        assert name not in receipt.text
    for file in (path for path in home.root.rglob("*") if path.is_file()):
        for name in (NAME, MAIL):
            assert name.encode() not in file.read_bytes(), file.name


def test_the_erasure_marks_their_request_of_it_done_once_it_is_proven(browser, send, known, monkeypatch):
    admin = browser("admin")
    with known.database.write() as session:
        now, before = known.clock.now(), {"author_id": None}
        mine = {kind: service.receive(session, kind, LEARNER, seed.TODAY, now=now, today=seed.TODAY, **before).id
                for kind in ("erase", "access")}  # fmt: skip
        refused = service.receive(session, "erase", LEARNER, seed.TODAY, now=now, today=seed.TODAY, **before).id
        service.settle(session, refused, "refused", now=now, today=seed.TODAY, **before)
        other = service.receive(
            session, "erase", seed.learner_id(1), seed.TODAY, now=now, today=seed.TODAY, **before
        ).id
    held = known.settings.folder.root / "keys" / "a-copy.txt"
    held.parent.mkdir(exist_ok=True)
    held.write_text(NAME)
    monkeypatch.setattr(erasure, "delete_derived", lambda *_: [])
    page = admin.get(HERE + "/erase").text
    send(admin, HERE + "/erase", ASKED | {"seen": seen(page)})

    def states():
        with known.database.read() as session:
            return {one.id: (one.state, one.learner_id) for one in session.query(RightsRequest)}

    assert states()[mine["erase"]] == ("received", None), "a file still holds them: it is not done"
    held.unlink()
    (known.settings.folder.root / "taken-out.csv").unlink()
    assert send(admin, "/admin/people/erasures/1").status_code == 303
    assert states() == {mine["erase"]: ("done", None), mine["access"]: ("received", None), refused: ("refused", None),
                        other: ("received", seed.learner_id(1))}  # fmt: skip
    with known.database.read() as session:
        done = session.query(RightsRequest).filter_by(id=mine["erase"]).one()
        asked = session.query(JournalEntry).filter_by(event="erasure_asked").one()
        *_, settled = session.query(JournalEntry).filter_by(event="request_settled").order_by(JournalEntry.seq)
        assert (done.done_on, done.handled_by) == (known.clock.today(), asked.author_id)
        assert json.loads(settled.details) == {"request": done.id, "kind": "erase", "state": "done"}
        assert journal.verify(session).intact
    assert send(admin, "/admin/people/erasures/1/receipt").status_code == 200
    send(admin, "/admin/people/erasures/1")
    with known.database.read() as session:
        assert session.query(JournalEntry).filter_by(event="request_settled").count() == 2, "once"


def test_what_was_cut_short_is_gone_on_with(browser, send, known, monkeypatch):
    admin = browser("admin")

    def stopped(*_given, **_named):
        raise StoreError("another import is running")

    page = admin.get(HERE + "/erase").text
    with monkeypatch.context() as patch:
        patch.setattr(erasure, "finish", stopped)
        assert send(admin, HERE + "/erase", ASKED | {"seen": seen(page)}).status_code == 303
    assert "Interrompu" in admin.get("/admin/people/erasures/1").text
    assert send(admin, "/admin/people/erasures/1/receipt").status_code == 409
    with being_done(known):
        assert "Regarder à nouveau" in admin.get("/admin/people/erasures/1").text
        assert send(admin, "/admin/people/erasures/1").status_code == 409
    assert send(admin, "/admin/people/erasures/1").status_code == 303
    assert "prouvé" in admin.get("/admin/people/erasures/1").text
    assert admin.get("/admin/people/erasures/2").status_code == 404
    assert ALSO, "the server hung what the work database does"


def test_gone_on_with_the_receipt_still_says_all_that_went_and_who_else_is_called_so(browser, send, known):
    """Each reading adds an entry: what an earlier one deleted is told too, and the rows whenever they went."""
    admin, home = browser("admin"), known.settings.folder
    vault = Vault(home.identities_database)
    vault.put([Identity("learner", 77, "lms", "x", NAME, "other@example.org")])
    vault.close()
    page = admin.get(HERE + "/erase").text
    assert send(admin, HERE + "/erase", ASKED | {"seen": seen(page)}).status_code == 303
    first = send(admin, "/admin/people/erasures/1/receipt").text
    assert "le même nom" in first
    send(admin, "/admin/people/erasures/1")
    again = send(admin, "/admin/people/erasures/1/receipt").text
    lines = [
        [line for line in text.splitlines() if not re.search(r"terminé|prouvé|sceau", line)] for text in (first, again)
    ]
    assert lines[0] == lines[1]
    assert [one[2]["deleted"] for one in told(known) if one[0] == "erasure_proven"] == [1, 0]


def test_a_backup_made_before_it_was_over_is_told_until_it_is_gone(browser, send, known):
    """Asked on one day, cut short and gone on with on another: what was copied in between holds the learner."""
    admin, now = browser("admin"), known.clock.now()
    with known.database.write() as session:
        service.declare_backup(session, "NAS", 30, by="Mia", now=now)
    number = erasure.ask(known.settings.folder, LEARNER, by="Mia", at=now - timedelta(days=9), reason="letter")
    send(admin, f"/admin/people/erasures/{number}")
    day = known.clock.today() + timedelta(days=30)
    assert Speech("fr", known.clock.zone).day(day) in send(admin, f"/admin/people/erasures/{number}/receipt").text


@contextmanager
def being_done(site):
    forgetting.erasures.begin(site.settings.folder, 1)
    yield
    forgetting.erasures.end(site.settings.folder, 1)


def test_asked_twice_it_is_done_by_who_began(browser, send, known):
    """A second click while it is being done neither does it nor says that it is over."""
    admin, home = browser("admin"), known.settings.folder
    page = admin.get(HERE + "/erase").text
    with being_done(known):
        assert send(admin, HERE + "/erase", ASKED | {"seen": seen(page)}).status_code == 303
        assert not forgetting.erasures.begin(home, 1)
        assert "Regarder à nouveau" in admin.get("/admin/people/erasures/1").text
        assert [one[0] for one in told(known)] == ["erasure_asked"]
    assert forgetting.erasures.begin(home, 1)
    forgetting.erasures.end(home, 1)


def test_while_an_import_runs_nothing_is_asked(browser, send, known, monkeypatch):
    admin = browser("admin")
    page = admin.get(HERE + "/erase").text

    def busy(*_given, **_named):
        raise StoreError("another import is running")

    monkeypatch.setattr(erasure, "ask", busy)
    assert send(admin, HERE + "/erase", ASKED | {"seen": seen(page)}).status_code == 409
    assert told(known) == []


@pytest.mark.parametrize(
    ("finished", "running", "held", "state"),
    [(False, True, None, "under_way"), (True, True, 0, "under_way"), (False, False, None, "cut_short"),
     (True, False, None, "unproven"), (True, False, 2, "held"), (True, False, 0, "proven")],
)  # fmt: skip
def test_where_an_erasure_stands(finished, running, held, state):
    assert receipts.state(finished=finished, running=running, held=held) == state
    assert state in receipts.STATES
