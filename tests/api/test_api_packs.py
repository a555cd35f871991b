"""The auditor's sample and the pack: drawn, made, taken out, checked; each in the journal; the same to the byte."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pypdf
import pytest

from serving.language import Speech
from serving.pseudonyms import reference
from serving.quality import journal
from serving.quality.packs import compose, folder, repository, service
from serving.quality.packs.compose import Order
from serving.quality.packs.contents import EVIDENCE
from serving.quality.packs.press import PackError
from serving.quality.repository import entries
from serving.quality.sample.chains import chains
from serving.quality.scope import Scope, scope_of
from serving.quality.sheets import Sheet
from serving.tables import Appointment, CourseSetting
from tests.api import serving_seed as seed

ROOT = Path(__file__).parents[2]
MINE = seed.enrolment_id(0)
DAYS = {"from_on": "2026-05-01", "until_on": "2026-06-15"}
CALL = {"kind": "call", "channel": "phone", "done_on": "2026-06-15", "result": "reached", "note": "SECRET"}


def scope(session, site, *, named=False):
    directory = site.directory if named else None
    return Scope(session, Speech("fr", site.clock.zone), site.words, site.records, directory, date(2026, 5, 1),
                 seed.TODAY, seed.TODAY)  # fmt: skip


def made(site, **more):
    """Return a pack's files, made in a transaction of its own."""
    with site.database.write() as session:
        one = service.make(scope(session, site, **more), Order("Maison", 7, 22), site.settings.folder,
                           now=site.clock.now(), author_id=None)  # fmt: skip
        return one.id, one.key, service.files_of(site.settings.folder, one)


def events(site):
    with site.database.read() as session:
        return [(one.event, json.loads(one.details)) for one in entries(session)]


@pytest.fixture
def lived(browser, send):
    """One learner called, their alert closed."""
    client = browser("zina")
    send(client, f"/enrolments/{MINE}/actions", CALL)
    alert = next(a for a in client.get("/api/v1/alerts").json()["alerts"] if a["enrolment_id"] == str(MINE))
    send(client, f"/alerts/{alert['id']}/transition", {"to": "resolved", "outcome": "back_on_track"})
    return alert["id"]


def text_of(body):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)


def test_a_draw_is_in_its_address_and_in_the_journal(browser, send, site):
    client = browser("qualite")
    asked = {"n": "5", "seed": "7", **DAYS}
    answer = send(client, "/quality/sample", asked)
    assert answer.status_code == 303
    place = answer.headers["location"]
    assert place == "/quality/sample?n=5&seed=7&from_on=2026-05-01&until_on=2026-06-15"
    page = client.get(place).text
    assert "Ce tirage est au journal" in page
    drawn = re.findall(r"/quality/sample/(\d+)", page)
    event, details = events(site)[-1]
    assert (event, details["drawn"], details["frame"], details["seed"]) == ("sample_drawn", drawn, 22, 7)
    assert len(drawn) == 5
    assert not [n for n in range(22) if seed.name_of(n) in page]
    other = client.get(place.replace("seed=7", "seed=8")).text
    assert "Ce tirage n’est pas au journal" in other
    assert re.findall(r"/quality/sample/(\d+)", other) != drawn


def test_names_are_shown_when_they_are_asked_for(browser):
    client = browser("qualite")
    page = client.get("/quality/sample", params={"n": "22", "seed": "7", **DAYS, "names": "yes"}).text
    assert all(seed.name_of(n) in page for n in range(22))
    assert f"/quality/sample/{MINE}?n=22&amp;seed=7" in page
    chain = client.get(f"/quality/sample/{MINE}?names=yes").text
    assert seed.name_of(0) in chain
    assert reference(seed.learner_id(0)) in client.get(f"/quality/sample/{MINE}").text


def test_the_frame_leaves_out_exempt_courses_and_those_without_an_alert(browser, site):
    client, asked = browser("qualite"), {"n": "22", "seed": "7", **DAYS}
    alerted = client.get("/quality/sample", params={**asked, "alerted": "yes"}).text
    with site.database.write() as session:
        wanted = len({one.enrolment_id for one in entries(session) if one.event == "alert_opened"})
        session.add(CourseSetting(course_id="SECO", applies=False, reason="courte", changed_by=1, changed_at=seed.NOW))
    assert len(re.findall(r"/quality/sample/\d", alerted)) == wanted < 22
    page = client.get("/quality/sample", params=asked).text
    assert "SECO" in page
    assert len(re.findall(r"/quality/sample/\d", page)) == sum(1 for n in range(22) if n % 3)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n": "0"}, "n-error"),
        ({"n": "201"}, "n-error"),
        ({"seed": "-1"}, "seed-error"),
        ({"seed": "x"}, "seed-error"),
        ({"from_on": "2026-06-16"}, "until_on-error"),
        ({"until_on": "2026-06-16"}, "until_on-error"),
        ({"until_on": "hier"}, "until_on-error"),
    ],
)
def test_a_draw_that_is_not_accepted_is_said_beside_its_field(browser, send, site, changes, said):
    client, asked = browser("qualite"), {"n": "5", "seed": "7", **DAYS, **changes}
    before = len(events(site))
    for answer in (send(client, "/quality/sample", asked), client.get("/quality/sample", params=asked)):
        assert answer.status_code == 422
        assert f'id="{said}"' in answer.text
    assert len(events(site)) == before


def test_a_chain_tells_all_and_says_what_was_not_done(lived, browser, site):
    with site.database.write() as session:
        session.add(Appointment(enrolment_id=MINE, alert_id=int(lived), kind="interview", channel="video",
                                at=seed.NOW, minutes=30, state="kept", state_at=seed.NOW, created_by=1,
                                created_at=seed.NOW))  # fmt: skip
    client = browser("qualite")
    page = client.get(f"/quality/sample/{MINE}").text
    told = ("Alerte ouverte", "Appel (téléphone)", "Apprenant en contact", "Issue", "Entretien (visioconférence)")
    assert all(one in page for one in told)
    assert [page.index(one) for one in told] == sorted(page.index(one) for one in told)
    assert "SECRET" not in page
    alerted = {one["enrolment_id"] for one in browser("zina").get("/api/v1/alerts").json()["alerts"]}
    waiting = next(one for one in sorted(alerted) if one != str(MINE))
    assert "Pas encore d’action" in client.get(f"/quality/sample/{waiting}").text
    assert "Aucune alerte n’a été ouverte" in client.get(f"/quality/sample/{seed.enrolment_id(20)}").text
    assert client.get("/quality/sample/999").status_code == 404


def test_the_same_data_give_the_same_pack_and_one_more_alert_another(lived, browser, send, site):
    first, again = made(site), made(site)
    assert first == again
    assert [event for event, _ in events(site)].count("pack_made") == 2
    client = browser("zina")
    other = client.get("/api/v1/alerts").json()["alerts"][0]["id"]
    send(client, f"/alerts/{other}/transition", {"to": "acknowledged"})
    later = made(site)
    assert later[1] != first[1]
    assert later[2]["dossier.pdf"] != first[2]["dossier.pdf"]


PROCESS = """
import sys
from datetime import date
from serving.commands import work
from serving.quality.packs.compose import Order, compose, gather
from serving.quality.scope import scope_of
with work() as (session, settings):
    days = (date(2026, 5, 1), date(2026, 6, 15))
    print(compose(gather(scope_of(session, settings, days, days[1]), Order("Maison", 7, 22))).manifest)
"""


def test_another_process_makes_the_same_bytes(lived, site):
    """Another order of hashing, another time zone: nothing of the machine is in a pack."""
    with site.database.read() as session:
        days = (date(2026, 5, 1), date(2026, 6, 15))
        stored = scope_of(session, site.settings, days, days[1])
        here = compose.compose(compose.gather(stored, Order("Maison", 7, 22))).manifest
    where = {"FILROUGE_HOME": str(site.settings.home), "FILROUGE_DATABASE_URL": site.settings.database_url}
    done = subprocess.run([sys.executable, "-c", PROCESS], cwd=ROOT, capture_output=True, text=True, check=True,
                          env=os.environ | where | {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"})  # fmt: skip
    assert done.stdout.strip() == here


def test_a_pack_holds_references_unless_names_are_asked_for(lived, site):
    _, key, plain = made(site)
    _, other, named = made(site, named=True)
    assert key != other
    whole = b"".join(plain.values()) + text_of(plain["dossier.pdf"]).encode()
    assert not [n for n in range(22) if seed.name_of(n).encode() in whole]
    assert seed.name_of(0) in text_of(named["dossier.pdf"])
    assert seed.name_of(0).encode() in named["csv/register.csv"]
    assert b"SECRET" not in whole + b"".join(named.values())
    assert json.loads(named["manifest.json"])["named"] is True


def test_a_pack_is_made_by_one_button_and_taken_out_whole_or_file_by_file(lived, browser, send, site):
    client = browser("qualite")
    assert "Aucun dossier n’a encore été fait" in client.get("/quality/packs").text
    answer = send(client, "/quality/packs", {"seed": "7", "drawn": "3", **DAYS})
    assert answer.status_code == 303
    page = client.get(answer.headers["location"]).text
    assert "Les fichiers sont tels qu’ils ont été faits." in page
    assert "Le dossier est fait" in page
    assert answer.headers["location"] in client.get("/quality/packs").text
    whole = send(client, answer.headers["location"] + "/download", {})
    archive = zipfile.ZipFile(io.BytesIO(whole.content))
    assert {name.partition("/")[2] for name in archive.namelist()} >= {"dossier.pdf", "dossier.xlsx", "SHA256SUMS"}
    alone = send(client, answer.headers["location"] + "/download", {"file": "csv/register.csv"})
    assert alone.headers["content-type"] == "text/csv; charset=utf-8"
    assert alone.content == next(archive.read(name) for name in archive.namelist() if name.endswith("register.csv"))
    assert send(client, answer.headers["location"] + "/download", {"file": "../work.db"}).status_code == 404
    last = [(event, details.get("file")) for event, details in events(site)[-3:]]
    assert last == [("pack_made", None), ("pack_exported", "zip"), ("pack_exported", "csv/register.csv")]


def test_a_pack_whose_files_changed_or_are_gone_says_so(lived, browser, send, site):
    client = browser("qualite")
    place = send(client, "/quality/packs", {"seed": "7", "drawn": "3", **DAYS}).headers["location"]
    with site.database.read() as session:
        where = folder.place(site.settings.folder, repository.packs(session)[0].key)
    (where / "csv" / "register.csv").write_bytes(b"x")
    assert "csv/register.csv." in client.get(place).text
    shutil.rmtree(where)
    page = client.get(place).text
    assert "Les fichiers de ce dossier ont été effacés." in page
    assert "/download" not in page, "no download that leads nowhere"
    assert "fichiers effacés" in client.get("/quality/packs").text
    dead = send(client, place + "/download", {})
    assert dead.status_code == 404
    assert "Les fichiers de ce dossier ont été effacés." in dead.text
    with site.database.write() as session:
        journal.append(session, "person_erased", at=site.clock.now() + timedelta(days=1), details={"request": 1})
    assert "ont été effacés le 16 juin 2026." in client.get(place).text
    assert "effacé le 16 juin 2026" in client.get("/quality/packs").text
    again = send(client, "/quality/packs", {"seed": "7", "drawn": "3", **DAYS})
    assert again.headers["location"] == place
    assert "Les fichiers sont tels" in client.get(place).text
    assert "effacé le" not in client.get("/quality/packs").text


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"drawn": "0"}, "drawn-error"), ({"seed": ""}, "seed-error"), ({"until_on": "2026-06-16"}, "until_on-error")],
)
def test_a_pack_that_is_not_accepted_is_said_beside_its_field(browser, send, site, changes, said):
    answer = send(browser("qualite"), "/quality/packs", {"seed": "7", "drawn": "3", **DAYS, **changes})
    assert answer.status_code == 422
    assert f'id="{said}"' in answer.text
    assert not (site.settings.folder.root / "packs").exists()


def test_a_pack_that_comes_back_is_compared_with_the_journal(lived, site):
    _, _, files = made(site)

    def judged(changed):
        with site.database.read() as session:
            return service.judged(session, changed)

    assert judged(files).intact
    assert judged(files | {"csv/register.csv": b"x"}).broken == ("csv/register.csv",)
    manifest = json.loads(files["manifest.json"])
    forged = service.manifest.sealed(
        {name: files[name] for name in manifest["files"]}, {"journal": manifest["journal"], "organisation": "Autre"}
    )
    assert (judged(forged).broken, judged(forged).known) == ((), False)
    rewritten = service.manifest.sealed({}, {"journal": {**manifest["journal"], "seal": "0" * 64}})
    assert (judged(rewritten).same_seal, judged(rewritten).intact) == (False, False)


def test_what_a_pack_rests_on_is_the_last_evidence_not_the_trace_of_a_taking_out(lived, browser, send, site):
    before = len(events(site))
    send(browser("qualite"), "/register/csv", {})
    send(browser("qualite"), "/quality/sample", {"n": "5", "seed": "7", **DAYS})
    _, _, files = made(site)
    told = json.loads(files["manifest.json"])["journal"]
    assert (told["entry"], told["intact"]) == (before, True)
    assert told["seal"].encode() in files["manifest.json"]
    seal = " ".join(told["seal"][at : at + 16] for at in range(0, 64, 16))
    assert seal in text_of(files["dossier.pdf"])


def test_the_pack_says_that_the_journal_was_altered(lived, site):
    with site.database.engine.begin() as raw:
        names = {"sqlite": ["journal_refuses_update"], "postgresql": ["journal_refuses_change ON journal"]}
        for name in names[raw.dialect.name]:
            raw.exec_driver_sql(f"DROP TRIGGER {name}")
        raw.exec_driver_sql("UPDATE journal SET author_id = 3 WHERE seq = 2")
    _, _, files = made(site)
    assert "Le journal a été altéré à la ligne 2." in text_of(files["dossier.pdf"])
    assert json.loads(files["manifest.json"])["journal"]["intact"] is False


def test_a_sheet_named_in_the_contents_is_in_every_file(lived, site):
    def evidence(_):
        return Sheet("plan", "Plan d’amélioration", ("Constat",), (("Relances trop tardives",), ("漢",)))

    with site.database.read() as session:
        files = compose.compose(
            compose.gather(scope(session, site), Order("Maison", 7, 2), (*EVIDENCE, evidence))
        ).files
    assert "Relances trop tardives" in text_of(files["dossier.pdf"])
    assert "est montré par ▯" in text_of(files["dossier.pdf"])
    assert "漢" in files["csv/plan.csv"].decode()
    assert "Relances trop tardives" in files["csv/plan.csv"].decode()
    book = zipfile.ZipFile(io.BytesIO(files["dossier.xlsx"]))
    assert "Relances trop tardives" in book.read("xl/sharedStrings.xml").decode()


def test_two_sheets_of_the_same_key_are_refused_rather_than_one_lost(lived, site):
    with site.database.read() as session:
        twice = compose.gather(scope(session, site), Order("Maison", 7, 2), (*EVIDENCE, *EVIDENCE))
        with pytest.raises(PackError, match="the same key"):
            compose.compose(twice)


def test_the_days_bound_what_is_told(lived, site):
    with site.database.read() as session:
        one = scope(session, site)
        early = Scope(*(getattr(one, name) for name in ("session", "speech", "words", "records", "directory")),
                      date(2026, 5, 1), date(2026, 6, 14), seed.TODAY)  # fmt: skip
        told = compose.gather(early, Order("Maison", 7, 22))
    rows = {sheet.key: len(sheet.rows) for sheet in told.sheets}
    assert (rows["register"], rows["actions"], rows["appointments"]) == (0, 0, 0)
    assert all(chain.said for chain in told.chains)
    assert told.verdict == journal.Verdict(True, len(events(site)))


def test_an_appointment_is_in_the_chain_of_the_alert_that_it_follows(lived, browser, send, site):
    mentor, client = browser("zina"), browser("qualite")
    alerts = {one["enrolment_id"]: one["id"] for one in mentor.get("/api/v1/alerts").json()["alerts"]}
    other = next(int(one) for one in sorted(alerts) if one != str(MINE))
    meeting = {"on": "2026-06-15", "hour": "10:00", "kind": "interview", "channel": "video"}
    for enrolment in (MINE, other):
        assert send(mentor, f"/enrolments/{enrolment}/appointments", meeting).status_code == 303
    assert send(mentor, "/appointments/1/state", {"to": "kept"}).status_code == 303
    page = client.get(f"/quality/sample/{MINE}").text
    steps = ("Alerte ouverte", "Issue", "Rendez-vous convenu", "Entretien (visioconférence) du 15 juin 2026, 10:00.",
             "Rendez-vous tenu", f"Tenu · alerte n°\u00a0{lived}")  # fmt: skip
    assert [one for one in steps if one not in page] == []
    assert [page.index(one) for one in steps] == sorted(page.index(one) for one in steps)
    with site.database.read() as session:
        first, second = chains(scope(session, site), [MINE, other])
        early = chains(replace(scope(session, site), today=seed.TODAY - timedelta(days=1)), [MINE])
    assert [one.alert for one in (*first.appointments, *second.appointments)] == [int(lived), int(alerts[str(other)])]
    assert second.alerts[0].said.startswith("Pas encore d’action"), "an appointment is not an action"
    assert early[0].appointments == ()
