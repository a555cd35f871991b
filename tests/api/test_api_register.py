"""The register and its journal: complete, exportable, and any change found with its line."""

import csv
import io
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from serving.pseudonyms import reference
from serving.quality import journal
from serving.quality.register import COLUMNS
from serving.quality.repository import entries
from serving.quality.sheets import harmless
from serving.tables import Alert, JournalEntry
from tests.api import serving_seed as seed

MINE = seed.enrolment_id(0)
DIGITS = str.maketrans("ABCDEFGHJKMNPQRSTVWXYZ", "ABCDEFGHIJKLMNOPQRSTUV")
CALL = {"kind": "call", "channel": "phone", "done_on": "2026-06-15", "result": "reached"}


GUARDS = {
    "sqlite": ("DROP TRIGGER journal_refuses_update", "DROP TRIGGER journal_refuses_delete"),
    "postgresql": (
        "DROP TRIGGER journal_refuses_change ON journal",
        "DROP TRIGGER journal_refuses_truncate ON journal",
    ),
}


def behind(site, statement, *, guarded=True):
    """Execute a statement behind the server's back and return the rows touched; `guarded`: the triggers stay."""
    with site.database.engine.begin() as raw:
        for drop in () if guarded else GUARDS[raw.dialect.name]:
            raw.exec_driver_sql(drop)
        return raw.exec_driver_sql(statement).rowcount


class Nobody(seed.SmallDirectory):
    """A vault that knows no name."""

    def names(self, ids):  # noqa: ARG002
        return {}


def verdict(site):
    with site.database.read() as session:
        return journal.verify(session)


@pytest.fixture
def lived(browser, send, site):
    """One alert taken to its end."""
    client = browser("zina")
    send(client, f"/enrolments/{MINE}/actions", CALL | {"note": "=SECRET()"})
    alert = next(a for a in client.get("/api/v1/alerts").json()["alerts"] if a["enrolment_id"] == str(MINE))
    send(client, f"/alerts/{alert['id']}/transition", {"to": "resolved", "outcome": "back_on_track"})
    return alert["id"]


def download(browser, send, **fields):
    answer = send(browser("qualite"), "/register/csv", fields)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert lines[-1]["Étape"] == "Fin du journal"
    return lines[:-1]


def test_each_step_is_a_line_in_french(lived, browser, send):
    lines = [line for line in download(browser, send) if line["Alerte"] == lived]
    assert [line["Étape"] for line in lines] == ["Alerte ouverte", "Action", "Apprenant en contact", "Alerte résolue"]
    opened, action, _, closed = lines
    assert opened["Auteur"] == "Filrouge"
    assert opened["Motifs"].startswith("Jours sans activité")
    assert (action["Nature"], action["Canal"], action["Fait le"]) == ("Appel", "Téléphone", "15/06/2026")
    assert (closed["Issue"], closed["Auteur"]) == ("De retour dans le parcours", "Zina Mirageville")
    assert not any("SECRET" in cell for line in lines for cell in line.values())


def test_where_an_alert_went_and_why_somebody_left_are_columns(browser, send, site):
    client = browser("zina")
    alert = client.get("/api/v1/alerts").json()["alerts"][0]["id"]
    for fields in (
        {"to": "snoozed", "until": "2026-06-18"},
        {"to": "escalated"},
        {"to": "reassigned", "mentor_id": str(seed.JOEL)},
    ):
        assert send(client, f"/alerts/{alert}/transition", fields).status_code == 303
    fields = {"to": "resolved", "outcome": "abandoned", "motives": ["money", "distance"]}
    assert send(browser("joel"), f"/alerts/{alert}/transition", fields).status_code == 303
    lines = [line for line in download(browser, send, names="yes") if line["Alerte"] == alert][1:]
    columns = ("Reportée au", "Transmise au responsable le", "Confiée à", "Motifs du départ")
    assert [[line[name] for name in columns] for line in lines] == [
        ["18/06/2026", "", "", ""], ["", "15/06/2026", "", ""], ["", "", "Joël Irréellande", ""],
        ["", "", "", "Argent ; Distance"],
    ]  # fmt: skip
    assert verdict(site).intact


def test_names_go_out_only_when_asked_for_and_each_export_is_written_down(lived, browser, send, site):
    plain, named = download(browser, send), download(browser, send, names="yes")
    assert {line["Apprenant"] for line in plain if line["Alerte"] == lived} == {reference(seed.learner_id(0))}
    assert {line["Apprenant"] for line in named if line["Alerte"] == lived} == {seed.name_of(0)}
    with site.database.read() as session:
        exports = [entry.details for entry in entries(session) if entry.event == "register_exported"]
    assert exports == [f'{{"lines":{len(plain)},"names":false}}', f'{{"lines":{len(named)},"names":true}}']


def test_the_page_and_the_chain_tell_it_to_the_quality_team(lived, browser):
    client = browser("qualite")
    page = client.get("/register").text
    assert "Le journal est intact." in page
    assert seed.name_of(0) in page
    chain = client.get(f"/register/alerts/{lived}").text
    assert chain.index("Alerte ouverte") < chain.index("Action") < chain.index("Alerte résolue")
    assert client.get("/register/alerts/999").status_code == 404


def test_an_enrolment_that_left_the_roster_stays_in_the_register(lived, browser, send, site):
    assert behind(site, f"DELETE FROM roster WHERE enrolment_id = {MINE}") == 1
    client = browser("qualite")
    for page in ("/register", f"/register/alerts/{lived}"):
        text = client.get(page).text
        assert seed.name_of(0) in text
        assert "SECO-2606" in text
    lines = [line for line in download(browser, send) if line["Alerte"] == lived]
    assert {(line["Apprenant"], line["Session"]) for line in lines} == {(reference(seed.learner_id(0)), "SECO-2606")}
    steps = [one for one in client.get("/api/v1/register").json()["steps"] if one["alert_id"] == lived]
    assert {one["session_id"] for one in steps} == {"SECO-2606"}


def test_a_learner_without_a_name_is_called_the_same_on_the_pages_and_in_the_file(browser, send, app, site):
    app.state.site = replace(site, directory=Nobody())
    called = reference(seed.learner_id(0))
    assert called in browser("zina").get("/today").text
    assert called in browser("qualite").get("/register").text
    assert called in {line["Apprenant"] for line in download(browser, send)}


def test_two_learners_never_share_a_reference():
    numbers = [0, 1, 31, 32, 10**6, 2**62, 2**62 + 10**6, 2**63 - 1]
    assert len({reference(one) for one in numbers}) == len(numbers)
    assert {len(reference(one)) for one in numbers} == {15}
    assert int(reference(2**62 + 7)[2:].translate(DIGITS), 32) == 2**62 + 7


def test_the_api_gives_the_register_without_a_name(lived, browser):
    client = browser("qualite")
    answer = client.get("/api/v1/register")
    steps = answer.json()["steps"]
    assert [s["event"] for s in steps if s["alert_id"] == lived][-1] == "alert_resolved"
    assert seed.name_of(0).split()[0] not in answer.text
    first = client.get("/api/v1/register", params={"limit": 2}).json()
    rest = client.get("/api/v1/register", params={"after": first["next"]}).json()
    assert first["steps"] + rest["steps"] == steps
    assert client.get("/api/v1/register/verification").json()["intact"] is True


TAMPERINGS = {
    "a word changed": ("UPDATE journal SET details = replace(details, 'back_on_track', 'abandoned') WHERE seq = 7", 7),
    "an author changed": ("UPDATE journal SET author_id = 3 WHERE seq = 5", 5),
    "an hour changed": ("UPDATE journal SET at = replace(at, '2026', '2025') WHERE seq = 2", 2),
    "a line taken out": ("DELETE FROM journal WHERE seq = 3", 3),
    "the first line taken out": ("DELETE FROM journal WHERE seq = 1", 1),
    "the tail cut": ("DELETE FROM journal WHERE seq >= 7", 7),
    "everything taken out": ("DELETE FROM journal", 1),
    "a hash changed": ("UPDATE journal SET hash = previous_hash WHERE seq = 4", 4),
    "a line put in": (
        "INSERT INTO journal SELECT seq + 1, at, event, author_id, alert_id, action_id, enrolment_id, details, hash, "
        "hash FROM journal ORDER BY seq DESC LIMIT 1",
        8,
    ),
    "the head moved": ("UPDATE journal_head SET seq = seq + 1", 8),
    "the head taken out": ("DELETE FROM journal_head", 8),
    "the head rewritten": ("UPDATE journal_head SET hash = (SELECT previous_hash FROM journal WHERE seq = 7)", 8),
    "the tail cut and the head moved": ("DELETE FROM journal WHERE seq = 7", 7),
    "two lines put together": ("UPDATE journal SET seq = 9 WHERE seq = 4", 4),
    **{
        f"one byte of {column}": (f"UPDATE journal SET {column} = {changed} WHERE seq = 5", 5)
        for column, changed in {
            "at": "replace(at, '+00:00', '+00:01')",
            "event": "event || ' '",
            "author_id": "author_id + 1",
            "alert_id": "alert_id + 1",
            "action_id": "coalesce(action_id, 0) + 1",
            "enrolment_id": "enrolment_id + 1",
            "details": "details || ' '",
            "previous_hash": "substr(previous_hash, 1, 63) || 'g'",
            "hash": "substr(hash, 1, 63) || 'g'",
        }.items()
    },
    **{
        f"{column} of a step forgotten": (f"UPDATE journal SET {column} = NULL WHERE seq = 5", 5)
        for column in ("author_id", "alert_id", "enrolment_id")
    },
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_any_change_is_found_with_its_line_even_without_the_triggers(lived, site, name):
    assert verdict(site) == journal.Verdict(True, 7)
    statement, line = TAMPERINGS[name]
    assert behind(site, statement, guarded=False)
    found = verdict(site)
    assert (found.intact, found.first_broken) == (False, line)
    assert found.reason


def test_every_column_of_the_journal_is_tampered_with():
    tried = {name.removeprefix("one byte of ") for name in TAMPERINGS if name.startswith("one byte of ")}
    assert tried | {"seq"} == {column.name for column in JournalEntry.__table__.columns}


ALTERATIONS = {
    "an outcome changed": "UPDATE alerts SET outcome = 'abandoned' WHERE id = {mine}",
    "an outcome taken out": "UPDATE alerts SET outcome = NULL WHERE id = {mine}",
    "a closed alert opened": "UPDATE alerts SET state = 'in_contact', closed_at = NULL WHERE id = {mine}",
    "an alert taken out": "DELETE FROM alerts WHERE id = {other}",
    "an action taken out": "DELETE FROM actions WHERE alert_id = {mine}",
    "an action given to another": "UPDATE actions SET alert_id = {other} WHERE alert_id = {mine}",
    "an alert put in": (
        "INSERT INTO alerts (id, run_id, enrolment_id, learner_id, mentor_id, session_id, opened_at, opened_on, rank, "
        "probability, reasons, state, state_at, outcome, closed_at, closed_on) SELECT 99, run_id, enrolment_id + 1000, "
        "learner_id, mentor_id, session_id, opened_at, opened_on, rank, probability, reasons, state, state_at, "
        "outcome, closed_at, closed_on FROM alerts WHERE id = {mine}"
    ),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_an_alert_that_is_not_where_the_journal_left_it_is_found(lived, browser, site, name):
    with site.database.read() as session:
        other = session.scalar(select(func.max(Alert.id)))
    assert other > int(lived)
    assert behind(site, ALTERATIONS[name].format(mine=lived, other=other)) == 1
    number = {"an alert put in": 99, "an alert taken out": other}.get(name, int(lived))
    found = verdict(site)
    assert (found.intact, found.differs, found.first_broken) == (False, number, None)
    client = browser("qualite")
    assert f"L’alerte n°\xa0{number} n’est pas là où le journal l’a laissée." in client.get("/register").text
    assert client.get("/api/v1/register/verification").json()["differs"] == number


def test_the_register_ends_with_the_whole_seal_of_the_journal(lived, browser, send, site):
    answer = send(browser("qualite"), "/register/csv")
    last = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))[-1]
    with site.database.read() as session:
        head = entries(session)[-1]
        assert (last["N°"], last["Empreinte"]) == (str(head.seq), head.hash)
    assert len(last["Empreinte"]) == 64


def test_the_page_says_that_the_journal_was_altered(lived, browser, site):
    assert behind(site, "UPDATE journal SET event = 'alert_dismissed' WHERE seq = 7", guarded=False)
    assert "Le journal a été altéré à la ligne 7." in browser("qualite").get("/register").text


@pytest.mark.parametrize(
    "statement", ["UPDATE journal SET event = 'x'", "DELETE FROM journal", "DELETE FROM journal WHERE seq = 1"]
)
def test_the_database_itself_refuses_to_change_the_journal(site, statement):
    with pytest.raises(DBAPIError, match="append-only"):
        behind(site, statement)


@pytest.mark.parametrize("cell", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_text(cell):
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "Appel", "A-123", "12/06/2026", "a=b"])
def test_another_cell_is_left_as_it_is(cell):
    assert harmless(cell) == cell


def test_an_empty_register_is_a_page_and_a_file_with_its_headers(tmp_path, browser, send, app):
    from serving.accounts import repository, service
    from serving.accounts.schemas import NewAccount

    bare = seed.small_site(tmp_path / "bare")
    with bare.database.write() as session:
        new = NewAccount(username="qualite", display_name="Paul", role="quality")
        service.create(session, new, now=bare.clock.now(), password=seed.PASSWORD)
        assert repository.by_username(session, "qualite")
    app.state.site = bare
    client = browser()
    me = client.post("/api/v1/sign-in", json={"username": "qualite", "password": seed.PASSWORD}).json()
    assert "Le registre est vide" in client.get("/register").text
    answer = client.post("/register/csv", data={"csrf": me["csrf_token"]})
    assert answer.content.decode("utf-8-sig").count("\r\n") == 2
    assert {len(line.split(";")) for line in answer.text.splitlines()} == {len(COLUMNS)}
    bare.database.dispose()
