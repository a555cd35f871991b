"""The page that says whether prevention helped, and the rows it is measured from."""

import json
from datetime import timedelta

import pandas as pd
import pytest

from data.batches import Batch
from data.store import RecordStore
from filrouge import _effects
from serving.alerts import service as service_of_alerts
from serving.effects import draws, service
from serving.effects.schemas import NewShare
from serving.quality import journal
from serving.quality.repository import entries
from serving.tables import Action, Alert, AlertDraw, Score, ScoreRun
from tests.api import serving_seed as seed
from tests.unit.small_records import SESSION, enrolment, table

DESIGN = {
    "verdict": "not_enough_data", "method": "doubly_robust", "n": 8, "n_learners": 8, "n_contacted": 3,
    "n_abandoned": 1, "missing_learners": 47, "missing_events": 26, "naive": None, "share_compared": None,
    "with_contact": None, "without_contact": None, "difference": None, "low": None, "high": None, "e_value": None,
    "e_value_limit": None,
}  # fmt: skip


def write(site, day):
    folder = site.settings.folder.reports / "effects"
    folder.mkdir(parents=True, exist_ok=True)
    told = {"as_of": day.isoformat(), "horizon": 28, "window": 7, "rested": 28, "first": "doubly_robust",
            "designs": {"doubly_robust": DESIGN}, "before_after": None}  # fmt: skip
    (folder / f"{day}.json").write_text(json.dumps(told), encoding="utf-8")


def test_the_page_says_that_nothing_was_measured_then_what_is_missing(browser, site):
    client = browser("qualite")
    empty = client.get("/watch/effects")
    assert empty.status_code == 200
    assert "Rien n’a encore été mesuré" in empty.text
    write(site, seed.TODAY)
    write(site, seed.TODAY + timedelta(days=1))
    told = client.get("/watch/effects").text
    assert "Pas assez de données" in told
    assert "47 apprenants" in told
    assert "26 abandons" in told
    assert "15 juin 2026" in told, "a measure of tomorrow is not told today"
    assert "Not enough data" in browser("data").get("/watch/effects?lang=en").text


def test_the_rows_are_the_alerts_the_actions_and_what_was_known(site):
    with site.database.read() as session:
        alerts = {one.enrolment_id: one for one in session.query(Alert).all()}
        days = {(one.enrolment_id, pd.Timestamp(one.done_on)) for one in session.query(Action).all()}
        found = service.rows(session, site.settings.folder, until=seed.TODAY)
        earlier = service.rows(session, site.settings.folder, until=seed.TODAY - timedelta(days=400))
    assert set(found.alerts["enrolment_id"]) == set(alerts)
    assert set(zip(found.contacts["enrolment_id"], found.contacts["contacted_on"], strict=True)) == days
    one = found.alerts.iloc[0]
    assert one["probability"] == alerts[one["enrolment_id"]].probability
    assert list(found.alerts.columns[3:]) == list(service.KNOWN)
    assert found.enrolments.empty, "nothing was imported in this home"
    assert earlier.alerts.empty
    assert earlier.contacts.empty


def test_records_that_stop_say_nothing_of_what_followed(site):
    store, day = RecordStore(site.settings.folder), seed.TODAY - timedelta(days=30)
    left = {"started_on": day - timedelta(days=50), "outcome": "abandoned", "outcome_known_on": day}
    tables = {"sessions": table("sessions", SESSION), "enrolments": table("enrolments", enrolment(1, **left))}
    store.write_batch(Batch("test", "1", tables, seed.NOW, as_of=day))
    call = {"record_id": 1, "enrolment_id": 1, "kind": "call", "contacted_on": day, "known_on": day}
    later = table("contacts", call)
    store.write_batch(Batch("filrouge", "2", {"contacts": later}, seed.NOW, as_of=seed.TODAY))
    with site.database.read() as session:
        found = service.rows(session, site.settings.folder, until=seed.TODAY)
        before = service.rows(session, site.settings.folder, until=day - timedelta(days=1))
    assert (found.until, before.until) == (day, day - timedelta(days=1))
    assert found.enrolments["ended_on"].tolist() == [pd.Timestamp(day)], "the day it was known, when there is no other"


def test_an_alert_that_reopened_is_a_case_with_the_risk_of_its_first_day(site):
    with site.database.write() as session:
        alert = session.query(Alert).first()
        first = session.query(Score).filter_by(run_id=alert.run_id, enrolment_id=alert.enrolment_id).one().probability
        alert.probability = 0.99
        session.flush()
        found = service.rows(session, site.settings.folder, until=seed.TODAY).alerts.set_index("enrolment_id")
        assert found.loc[alert.enrolment_id, "probability"] == first
        session.rollback()


def test_what_monitoring_measures_of_the_rows_is_what_the_page_tells(browser, site):
    with site.database.read() as session:
        rows = service.rows(session, site.settings.folder, until=seed.TODAY)
    told = _effects(site.settings.folder, rows, seed.TODAY, 28)
    assert told["designs"]["doubly_robust"]["verdict"] == "not_enough_data"
    assert json.loads((site.settings.folder.reports / "effects" / f"{seed.TODAY}.json").read_text()) == told
    page = browser("data").get("/watch/effects").text
    assert "Il manque 50 apprenants" in page
    assert "20 abandons" in page


def test_a_share_is_drawn_only_once_decided_with_its_reason_and_the_journal_says_who(browser, send, site):
    client = browser("qualite")
    page = client.get("/watch/effects").text
    assert "Arrêté" in page
    assert 'value="10"' in page
    reason = "Savoir si les appels changent quelque chose"
    answer = send(client, "/watch/effects/draw", {"percent": "10", "reason": reason})
    assert (answer.status_code, answer.headers["location"]) == (303, "/watch/effects")
    told = client.get("/watch/effects").text
    assert "10\u202f%" in told or "10\u00a0%" in told
    assert reason in told
    assert "Paul Fableville" in told
    with site.database.read() as session:
        assert draws.share_of(session) == 0.1
        last = entries(session)[-1]
        assert last.event == "draw_decided"
        assert json.loads(last.details)["percent"] == 10
        assert reason not in last.details
        assert journal.verify(session).intact
    send(client, "/watch/effects/draw", {"percent": "0", "reason": "La mesure est finie"})
    assert "Arrêté" in client.get("/watch/effects").text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"percent": "51", "reason": "Une raison assez longue"}, "Un nombre entier de 0 à 50."),
        ({"percent": "beaucoup", "reason": "Une raison assez longue"}, "Un nombre entier de 0 à 50."),
        ({"percent": "10", "reason": "court"}, "Dix caractères au moins."),
        ({"percent": "10"}, "Dix caractères au moins."),
    ],
)
def test_a_share_that_is_not_accepted_is_told_beside_its_field(browser, send, site, fields, said):
    answer = send(browser("data"), "/watch/effects/draw", fields)
    assert answer.status_code == 422
    assert said in answer.text
    with site.database.read() as session:
        assert draws.share_of(session) == 0


def opened_by(site, percent, key):
    """Do the round of a new run, a place a mentor and two who press; return who it opens, what it drew, its steps."""
    settings = site.settings.model_copy(update={"alerts_per_week": 1})
    with site.database.write() as session:
        if percent:
            new = NewShare(percent=percent, reason="Mesurer l'effet des appels")
            draws.decide(session, new, account_id=1, key=site.journal_key, now=seed.NOW)
        latest = session.query(ScoreRun).order_by(ScoreRun.as_of_on.desc()).first()
        told = {c.name: getattr(latest, c.name) for c in ScoreRun.__table__.columns if c.name != "id"}
        run = ScoreRun(**told | {"key": key, "as_of_on": latest.as_of_on + timedelta(days=8)})
        session.add(run)
        session.flush()
        alerted = {one.enrolment_id for one in session.query(Alert).all()}
        free = [n for n in range(12) if seed.enrolment_id(n) not in alerted][:2]
        for n in range(22):
            risk = 0.9 - n / 100 if n in free else 0.05
            session.add(Score(run_id=run.id, enrolment_id=seed.enrolment_id(n), probability=risk, rank=n + 1,
                              reasons=[], signals=[]))  # fmt: skip
        session.flush()
        service_of_alerts.day(session, run.id, now=seed.NOW + timedelta(days=8), settings=settings)
        opened = {one.enrolment_id for one in session.query(Alert).where(Alert.run_id == run.id)}
        drawn = {one.enrolment_id: one.first for one in session.query(AlertDraw).all()}
        events = [one.enrolment_id for one in entries(session) if one.event == "contact_order_drawn"]
        intact = journal.verify(session).intact
        rows = service.rows(session, site.settings.folder, until=run.as_of_on).draws
        session.rollback()
    assert intact
    assert dict(zip(rows["enrolment_id"], rows["first"], strict=True)) == drawn
    assert sorted(events) == sorted(drawn)
    return opened, drawn, {seed.enrolment_id(n) for n in free}


def test_a_round_keeps_what_it_drew_and_off_it_draws_nothing(site):
    plain, nothing, free = opened_by(site, 0, "run 0")
    assert (len(plain), nothing) == (1, {})
    found = [opened_by(site, 50, f"run {n}") for n in range(8)]
    assert all(len(opened) == 1 for opened, _, _ in found)
    assert all(opened == plain for opened, drawn, _ in found if not drawn)
    drawn = [(opened, told) for opened, told, _ in found if told]
    assert all(set(told) == free and {n for n, first in told.items() if first} == opened for opened, told in drawn)
    assert 0 < len(drawn) < len(found)
    assert len({tuple(opened) for opened, _ in drawn}) == 2
