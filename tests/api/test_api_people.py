"""The administration's pages on the rights of persons: nothing is found without a trace, nothing goes by mistake."""

import io
import json
import zipfile
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.consents import Consents
from data.identities import Identity, Vault
from data.proof import Trace
from serving.problems import ConflictError, RefusedError
from serving.retention.policy import RULES
from serving.rights import service
from serving.rights.holdings import as_json, held
from serving.rights.requests import STEPS, due_on, step
from serving.tables import Backup, JournalEntry, RetentionRun, RightsRequest, Roster
from tests.api import serving_seed as seed

LEARNER = seed.learner_id(0)
HERE = f"/admin/people/{LEARNER}"
SURE = {"sure": "yes"}
NAME, MAIL = "Adalgisa Imaginaire", "adalgisa@example.org"


@pytest.fixture
def known(site, monkeypatch):
    """Put the first learner, and another, in the vault."""
    monkeypatch.setenv("FILROUGE_DATABASE_URL", site.database.engine.url.render_as_string(hide_password=False))
    vault = Vault(site.settings.folder.identities_database)
    vault.put([
        Identity("learner", LEARNER, "moodle", "10", NAME, MAIL),
        Identity("learner", seed.learner_id(1), "moodle", "11", "Bob Imaginaire", "bob@example.org"),
    ])  # fmt: skip
    vault.close()
    return site


def rows(site, table):
    with site.database.read() as session:
        return session.query(table).order_by(*table.__table__.primary_key).all()


def journal(site):
    return [(one.event, json.loads(one.details)) for one in rows(site, JournalEntry)]


def test_a_search_finds_and_is_written_down_without_what_was_looked_for(browser, send, known):
    admin = browser("admin")
    answer = send(admin, "/admin/people", {"text": "adalg"})
    assert NAME in answer.text
    assert "Bob" not in answer.text
    assert f'href="{HERE}"' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "Personne" in send(admin, "/admin/people", {"text": "nobody at all"}).text
    assert [one for one in journal(known) if one[0] == "people_searched"] == [
        ("people_searched", {"found": 1}), ("people_searched", {"found": 0}),
    ]  # fmt: skip
    assert "adalg" not in str(journal(known)).lower()
    assert send(admin, "/admin/people", {"text": "a"}).status_code == 422


def test_what_is_held_is_shown_told_and_given(browser, send, known):
    admin = browser("admin")
    page = admin.get(HERE).text
    assert NAME in page
    assert f'href="{HERE}/erase"' in page
    for place in ("access", "export"):
        unsure = send(admin, f"{HERE}/{place}")
        assert (unsure.status_code, "content-disposition" in unsure.headers) == (422, False)
    assert not {event for event, _ in journal(known)} & {"person_told", "person_exported"}
    text = send(admin, f"{HERE}/access", SURE)
    assert text.headers["content-disposition"].startswith("attachment")
    assert MAIL in text.text
    assert "Aucune sauvegarde" in text.text
    assert "filrouge person" not in text.text, "no command is told to a learner"
    with zipfile.ZipFile(io.BytesIO(send(admin, f"{HERE}/export", SURE).content)) as archive:
        told = json.loads(archive.read("data.json"))
    assert told["identity"]["identities"][0]["display_name"] == NAME
    assert "Bob" not in text.text + json.dumps(told)
    assert [event for event, _ in journal(known)][-2:] == ["person_told", "person_exported"]
    assert admin.get("/admin/people/4242").status_code == 404


def test_what_is_given_tells_mentors_by_their_role_in_the_journals_details_too(browser, send, known):
    zina = browser("zina")
    mine = next(one for one in zina.get("/api/v1/alerts").json()["alerts"]
                if one["enrolment_id"] == str(seed.enrolment_id(0)))  # fmt: skip
    given = {"to": "reassigned", "mentor_id": str(seed.JOEL)}
    assert send(zina, f"/alerts/{mine['id']}/transition", given).status_code == 303
    with known.database.read() as session:
        found = held(known.settings.folder, session, Trace((LEARNER, seed.enrolment_id(0))))
    told = json.loads(as_json(found))["work"]["journal"]
    given = next(json.loads(one["details"]) for one in told if one["event"] == "alert_reassigned")
    assert (given["given_to"], given["before.mentor_id"], given["state"]) == ("mentor", "mentor", "open")
    assert str(seed.JOEL) not in as_json(found)


def test_a_number_of_a_file_is_nobody(browser, known):
    """A 1 is in any table: without this, a number typed at hand is offered to be erased, and reports with it."""
    reports = known.settings.folder.reports
    reports.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"weeks": [1, 2]}), reports / "reference.parquet")
    admin = browser("admin")
    assert [admin.get(f"/admin/people/1{end}").status_code for end in ("", "/erase")] == [404, 404]


def test_a_name_is_corrected_and_an_import_does_not_undo_it(browser, send, known):
    admin = browser("admin")
    refused = send(admin, f"{HERE}/rectify", {"display_name": "Ada Imaginaire"})
    assert refused.status_code == 422
    sent = {"display_name": "Ada Imaginaire", "email": "", "reason": "misspelt"}
    assert send(admin, f"{HERE}/rectify", sent).status_code == 303
    vault = Vault(known.settings.folder.identities_database)
    vault.put([Identity("learner", LEARNER, "moodle", "10", NAME, MAIL)])
    (found,) = vault.names_of(LEARNER)
    vault.close()
    assert (found.display_name, found.email) == ("Ada Imaginaire", MAIL)
    assert journal(known)[-1] == ("person_rectified", {"attributes": ["display_name"], "request": 1})
    vault = Vault(known.settings.folder.identities_database)
    vault.forget({"learner": [LEARNER]})
    vault.close()
    assert b"Ada Imaginaire" not in known.settings.folder.identities_database.read_bytes()


def test_who_objects_to_alerts_leaves_the_pages_at_once_and_may_take_it_back(browser, send, known):
    admin, mentor, theirs = browser("admin"), browser("zina"), f"/enrolments/{seed.enrolment_id(0)}"
    assert mentor.get(theirs).status_code == 200
    assert send(admin, f"{HERE}/decide", {"purpose": "alerts", "choice": "objected"}).status_code == 303
    assert LEARNER not in {one.learner_id for one in rows(known, Roster)}
    assert seed.learner_id(1) in {one.learner_id for one in rows(known, Roster)}
    assert mentor.get(theirs).status_code == 404
    assert not Consents(known.settings.folder).access()["alerts"].reads(LEARNER)
    assert send(admin, f"{HERE}/decide", {"purpose": "alerts", "choice": "granted"}).status_code == 303
    assert Consents(known.settings.folder).access()["alerts"].reads(LEARNER)
    for wrong in ({"purpose": "alerts", "choice": "maybe"}, {"purpose": "sales", "choice": "objected"}):
        assert send(admin, f"{HERE}/decide", wrong).status_code == 404


def test_a_request_is_written_down_extended_done_and_opened_again(browser, send, known):
    admin = browser("admin")
    sent = {"kind": "erase", "received_on": seed.TODAY.isoformat()}
    assert send(admin, f"{HERE}/requests", sent).status_code == 303
    (asked,) = rows(known, RightsRequest)
    assert (asked.learner_id, asked.due_on) == (LEARNER, date(2026, 7, 15))
    for state, due, done in (("extended", date(2026, 9, 15), None), ("done", date(2026, 9, 15), seed.TODAY),
                             ("received", date(2026, 9, 15), None)):  # fmt: skip
        assert send(admin, f"/admin/people/requests/{asked.id}", {"state": state}).status_code == 303
        (asked,) = rows(known, RightsRequest)
        assert (asked.state, asked.due_on, asked.done_on) == (state, due, done)
    assert send(admin, f"/admin/people/requests/{asked.id}", {"state": "received"}).status_code == 409
    assert "Effacement" in admin.get("/admin/people").text
    tomorrow = (seed.TODAY + timedelta(days=2)).isoformat()
    for wrong in ({**sent, "received_on": tomorrow}, {**sent, "kind": "gossip"}, {"kind": "erase"}):
        assert send(admin, f"{HERE}/requests", wrong).status_code == 422


@pytest.mark.parametrize(
    ("received", "extended", "due"),
    [("2026-06-15", False, "2026-07-15"), ("2026-01-31", False, "2026-02-28"), ("2028-01-31", False, "2028-02-29"),
     ("2026-12-31", False, "2027-01-31"), ("2026-11-30", True, "2027-02-28"), ("2026-10-01", True, "2027-01-01")],
)  # fmt: skip
def test_when_a_request_is_due(received, extended, due):
    assert due_on(date.fromisoformat(received), extended=extended).isoformat() == due


@pytest.mark.parametrize("before", STEPS)
@pytest.mark.parametrize("after", [*STEPS, "lost"])
def test_which_step_of_a_request_follows_which(before, after):
    if after in STEPS[before]:
        assert step(before, after) is None
        return
    with pytest.raises(ConflictError):
        step(before, after)


@pytest.mark.parametrize(("day", "accepted"), [(15, True), (16, False)])
def test_a_request_of_today_is_accepted_after_midnight(site, day, accepted):
    """Half past midnight in Paris is the day before in UTC."""
    now = datetime(2026, 6, 14, 22, 30, tzinfo=UTC)
    asked = {"now": now, "today": date(2026, 6, 15), "author_id": None}
    refused = nullcontext() if accepted else pytest.raises(RefusedError)
    with refused, site.database.write() as session:
        service.receive(session, "access", None, date(2026, 6, day), **asked)


def test_backups_are_declared_told_with_what_is_held_and_ended(browser, send, known):
    admin = browser("admin")
    assert "Aucune sauvegarde" in admin.get(HERE).text
    assert send(admin, "/admin/people/backups", {"place": "NAS", "days": "30"}).status_code == 303
    assert "15 juillet 2026" in admin.get(HERE).text
    (made,) = rows(known, Backup)
    assert send(admin, f"/admin/people/backups/{made.id}/end").status_code == 303
    assert send(admin, f"/admin/people/backups/{made.id}/end").status_code == 404
    for wrong in ({"place": "", "days": "30"}, {"place": "NAS", "days": "0"}, {"place": "NAS", "days": "x"}):
        assert send(admin, "/admin/people/backups", wrong).status_code == 422


def test_retention_shows_what_would_go_and_removes_only_what_was_seen(browser, send, site):
    admin = browser("admin")
    page = admin.get("/admin/retention").text
    assert "Dossiers de preuve" in page
    nothing = ["0"] * len(RULES)
    others = [
        ",".join(["1", *nothing[1:]]),
        ",".join(nothing[1:]),
        "0",
        "",
    ]  # one of another class is not what was seen
    for sent in ({"seen": ",".join(nothing)}, *({"seen": seen, "sure": "yes"} for seen in others)):
        assert send(admin, "/admin/retention", sent).status_code == 422
    assert rows(site, RetentionRun) == []
    assert send(admin, "/admin/retention", {"seen": ",".join(nothing), "sure": "yes"}).status_code == 303
    assert [one.dry for one in rows(site, RetentionRun)] == [False]
