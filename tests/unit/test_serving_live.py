"""Live: several batches say one thing, what a batch touched, the rules that wait for no run, one worker a home."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from data.home import Home
from data.identities import Vault
from data.imports import import_source
from data.store import RecordStore, brief
from serving.alerts import kinds
from serving.alerts import repository as alerts
from serving.alerts.kinds import DECLARED_INTENTION, UNANSWERED_QUESTION, Rules, Signal
from serving.clock import Clock
from serving.database import Database
from serving.ingestion import service as ingestion
from serving.ingestion.records import PostedBatch
from serving.live import refresh, repository, rules, service, worker
from serving.live.grouping import merged
from serving.live.refresh import Refreshed
from serving.quality import journal
from serving.settings import Settings
from serving.tables import Alert, JournalEntry, LiveScore, Roster, Score, ScoreRun
from tests.unit.small_home import enrolments, number, rows, small_home

TODAY, NOW = date(2026, 3, 1), datetime(2026, 3, 1, 9, tzinfo=UTC)
VIEW = {"person": "ada@example.org", "kind": "view", "occurred_at": "2026-02-20T09:00:00+01:00"}
SCORE = {"result": "r1", "person": "bob@example.org", "assessment": "Q", "submitted_at": "2026-02-20T09:00:00+01:00"}


def test_batches_of_a_group_say_what_they_would_say_one_after_the_other():
    again, twice = dict(VIEW), {**VIEW, "kind": "login"}
    first = {"activity": [VIEW, twice, twice], "results": [{**SCORE, "score": 0.1}]}
    second = {"activity": [again, {**VIEW, "kind": "video"}], "results": [{**SCORE, "score": 0.9}]}
    told = list(merged([first, second]))
    kinds = Counter(row["kind"] for table, row in told if table == "activity")
    assert kinds == {"view": 1, "login": 2, "video": 1}
    assert [row["score"] for table, row in told if table == "results"] == [0.9]
    assert list(merged([first])) == list(merged([first, first]))


def test_a_key_repeated_inside_one_batch_is_left_to_the_import():
    told = list(merged([{"results": [{**SCORE, "score": 0.1}, {**SCORE, "score": 0.2}]}]))
    assert [row["score"] for _, row in told] == [0.1, 0.2]


@pytest.mark.parametrize(
    ("yesterday", "now", "back"),
    [(7.0, 1.0, True), (6.0, 1.0, False), (9.0, 2.0, False), (None, 1.0, False), (9.0, None, False)],
)
def test_somebody_is_back_who_had_been_silent_until_yesterday(yesterday, now, back):
    name = "days_since_last_activity"
    assert kinds.returned({name: yesterday}, {name: now}, Rules()) is back


@pytest.mark.parametrize(
    ("found", "resolves"),
    [
        ({"sudden_silence"}, True),
        ({"sudden_silence", "model_risk"}, False),
        ({"declared_intention"}, False),
        ([], False),
    ],
)
def test_a_return_resolves_what_was_silence_alone(found, resolves):
    assert kinds.only_silence(frozenset(found)) is resolves


# --- the store, and a group --------------------------------------------------------------------------------------


@pytest.fixture
def parts(tmp_path):
    home = small_home(tmp_path / "home")
    database = Database(f"sqlite:///{tmp_path / 'work.db'}")
    database.upgrade()
    settings = Settings(_env_file=None, home=home.root, today=TODAY)
    yield service.Parts(home, database, Clock(ZoneInfo("Europe/Paris"), TODAY), settings, refresh.Refresher(home))
    database.dispose()


def post(parts, name, system="roster", **tables):
    with parts.database.write() as session:
        key = ingestion.create_key(session, "prog", now=NOW)[0].id
    ingestion.receive_batch(parts.database, key, PostedBatch(name, system, tables), digest_key=b"k" * 32, now=NOW)


def seen(parts):
    return rows(parts.home, "SELECT enrolment_id, kind, count FROM activity ORDER BY ALL")


def of(parts, who):
    return next(number for number, told in enrolments(parts.home).items() if told.startswith(who))


def test_a_group_is_imported_once_and_touches_its_learners_and_those_of_the_thread(parts):
    at = "2026-02-21T10:00:00+01:00"
    post(parts, "a", activity=[VIEW])
    post(parts, "b", posts=[{"post": "p1", "person": "bob", "text": "Une question ?", "occurred_at": at}])
    done = service.take(parts)
    assert (done.held, done.touched, done.refreshed) == (2, 2, 0)
    assert seen(parts) == [(of(parts, "ada"), "view", 1)]
    assert service.take(parts) == service.Pass()
    post(parts, "c", posts=[{"post": "p2", "thread": "p1", "parent": "p1", "person": "cleo", "text": "Oui",
                             "occurred_at": at}])  # fmt: skip
    assert service.take(parts).touched == 2, "who answers, and who had asked"
    with parts.database.read() as session:
        assert repository.waiting(session) == {"batches": 0, "rows": 0, "statements": 0}


def test_the_words_of_a_batch_go_once_it_is_imported_and_not_before(parts):
    post(parts, "a", posts=[{"post": "p", "person": "ada", "text": "mot-rare-42", "occurred_at": VIEW["occurred_at"]}])
    parts.database.dispose()
    with parts.database.read() as session:
        assert "mot-rare-42" in repository_bodies(session)[0]
    service.take(parts)
    with parts.database.read() as session:
        assert repository_bodies(session) == [None]
    files = [p for p in parts.home.root.rglob("*") if p.is_file()]
    assert not [p.name for p in files if b"mot-rare-42" in p.read_bytes()]


def repository_bodies(session):
    from serving.tables import ReceivedBatch

    return [one.body for one in session.query(ReceivedBatch)]


def test_the_same_words_told_again_later_are_told_again(parts):
    row = {"person": "ada", "session": "S1", "mentor": "m1"}
    for name, mentor in (("a", "m1"), ("b", "m2"), ("c", "m1")):
        post(parts, name, enrolments=[{**row, "mentor": mentor}])
        service.take(parts)
    found = rows(parts.home, "SELECT mentor_id FROM enrolments WHERE enrolment_id = ?", of(parts, "ada"))
    assert found == [(number(parts.home, "roster", "mentor", "m1"),)]


def test_what_a_crash_leaves_is_finished_under_the_same_name(parts, monkeypatch):
    post(parts, "a", activity=[VIEW])

    def crash(*_, **__):
        raise RuntimeError("killed here")

    for place in ("import_group", "write_down"):
        with monkeypatch.context() as patch:
            patch.setattr(service, place, crash)
            with pytest.raises(RuntimeError):
                worker.once(parts)
        assert len(service.unfinished(parts.database)) == 1
    worker.once(parts)
    assert seen(parts) == [(of(parts, "ada"), "view", 1)]
    assert service.unfinished(parts.database) == []
    assert len([one for one in RecordStore(parts.home).batches() if one.source == "records"]) == 1


def test_a_group_that_always_fails_lets_the_others_pass(parts, monkeypatch):
    post(parts, "a", activity=[VIEW])
    made = worker.Worker(parts.home, parts.database, parts.clock, parts.settings)
    made._parts = parts
    monkeypatch.setattr(made._stopped, "wait", lambda _: None)
    real, tries = service.import_group, {}

    def fails(given, mark):
        if mark == poison:
            raise RuntimeError("mot-rare-42")
        return real(given, mark)

    poison = None
    with monkeypatch.context() as patch:
        patch.setattr(service, "import_group", lambda *_: 1 / 0)
        assert made._turn(tries)
    (poison,) = tries
    monkeypatch.setattr(service, "import_group", fails)
    post(parts, "b", activity=[{**VIEW, "kind": "login"}])
    for _ in range(worker.TRIES):
        assert made._turn(tries)
    assert not made._turn(tries)
    assert [kind for _, kind, _ in seen(parts)] == ["login"]
    assert service.unfinished(parts.database) == [poison]


def test_one_worker_a_home(parts):
    with worker.at_work(parts.home) as first, worker.at_work(parts.home) as second:
        assert (first, second) == (True, False)
    with worker.at_work(parts.home) as again:
        assert again


def test_an_import_waits_for_a_brief_one_and_not_for_a_long_one(parts):
    from data.errors import StoreError

    store, other = RecordStore(parts.home), RecordStore(parts.home)
    with store.locked(), pytest.raises(StoreError, match="another import is running"), other.locked():
        raise AssertionError
    import threading

    begun, waited = threading.Event(), []

    def wait():
        begun.set()
        with other.locked():
            waited.append(True)

    with brief(parts.home), store.locked():
        thread = threading.Thread(target=wait)
        thread.start()
        begun.wait()
        assert not waited
    thread.join(60)
    assert waited == [True]


def test_records_are_in_the_identifiers_of_their_system(parts):
    post(parts, "a", activity=[{**VIEW, "person": "ada"}])
    post(parts, "b", system="other", activity=[{**VIEW, "person": "roster:bob"}, {**VIEW, "person": "nobody"}])
    assert service.take(parts).touched == 2
    assert {who for who, _, _ in seen(parts)} == {of(parts, "ada"), of(parts, "bob")}
    last = RecordStore(parts.home).batches()[-2:]
    assert sum(one.rows_out_of_scope for one in last) == 1


def test_an_unknown_system_is_no_source(tmp_path):
    from data.errors import SourceError

    for name in ("xapi@moodle", "nothing"):
        with pytest.raises(SourceError, match="unknown source"):
            import_source(Home(tmp_path).prepare(), name, "x")


# --- alerts ------------------------------------------------------------------------------------------------------


@pytest.fixture
def work(parts):
    with parts.database.write() as session:
        run = ScoreRun(key="r", as_of_on=TODAY, created_at=NOW, model_name="filrouge", model_version="1", level="x",
                       task="t", horizon_days=28, table_versions={}, n_enrolments=20)  # fmt: skip
        session.add(run)
        session.flush()
        for n in range(1, 21):
            session.add(Roster(enrolment_id=n, learner_id=n, mentor_id=1, session_id="S1", session_name="S1",
                               course_id="C", started_on=TODAY, planned_end_on=TODAY, outcome="ongoing"))  # fmt: skip
            session.add(Score(run_id=run.id, enrolment_id=n, probability=0.1, rank=n, reasons=[]))
    return replace(parts, settings=parts.settings.model_copy(update={"working_days": "1234567"}))


def refreshed(n, *spoken, back=False, probability=0.1):
    said = [Signal(kind, ("last_nps",), kind == DECLARED_INTENTION) for kind in spoken]
    signals = tuple(kinds.as_json(said, {"last_nps": 3.0}, {}))
    return Refreshed(n, date(2026, 3, 2), "filrouge 1", probability, (), signals, back)


def write_down(parts, *told):
    with parts.database.write() as session:
        service.write_down(session, list(told), parts, now=NOW)


def events(parts, alert):
    with parts.database.read() as session:
        query = session.query(JournalEntry).filter_by(alert_id=alert.id).order_by(JournalEntry.seq)
        return [one.event for one in query]


def held(parts):
    with parts.database.read() as session:
        assert journal.verify(session).intact
        found = session.query(Alert).order_by(Alert.id).all()
        session.expunge_all()
        return found


def test_capacity_is_honoured_and_the_grave_come_first(work):
    quiet = [refreshed(n, UNANSWERED_QUESTION, probability=0.9) for n in range(1, 8)]
    write_down(work, *quiet, refreshed(20, DECLARED_INTENTION, probability=0.01))
    opened = held(work)
    assert len(opened) == work.settings.alerts_per_week == 5
    assert opened[0].enrolment_id == 20
    assert opened[0].kind == DECLARED_INTENTION
    write_down(work, refreshed(9, DECLARED_INTENTION))
    assert len(held(work)) == 5


def test_a_new_kind_joins_the_open_alert_once(work):
    write_down(work, refreshed(1, UNANSWERED_QUESTION, probability=0.12))
    for _ in range(2):
        write_down(work, refreshed(1, DECLARED_INTENTION, UNANSWERED_QUESTION))
    (alert,) = held(work)
    assert [one["kind"] for one in alert.kinds] == [UNANSWERED_QUESTION, DECLARED_INTENTION]
    assert alert.version == 2
    told = {"feature": "last_nps", "value": 3.0, "previous": None, "contribution": 0.0}
    assert [one["reasons"] for one in alert.kinds] == [[told], [told]]
    assert [one["grave"] for one in alert.kinds] == [False, True]
    assert events(work, alert) == ["alert_opened", "alert_joined"]


def test_a_return_closes_an_alert_of_silence_that_nobody_took_up(work):
    with work.database.write() as session:
        run = alerts.latest_run(session, until=TODAY)
        for n, state in ((1, "open"), (2, "in_contact"), (3, "open")):
            kind = "model_risk" if n == 3 else "sudden_silence"
            alert = Alert(run_id=run.id, enrolment_id=n, learner_id=n, mentor_id=1, session_id="S1", opened_at=NOW,
                          opened_on=TODAY, rank=1, probability=0.5, reasons=[], state=state, state_at=NOW,
                          kind=kind)  # fmt: skip
            alerts.add(session, alert)
            for event in ["alert_opened", *(["alert_in_contact"] if n == 2 else [])]:
                journal.append(session, event, at=NOW, alert_id=alert.id, enrolment_id=n)
    write_down(work, *(refreshed(n, back=True) for n in (1, 2, 3)))
    assert events(work, held(work)[0])[-1] == "alert_resolved"
    assert [(one.state, one.outcome, one.closed_by) for one in held(work)] == [
        ("resolved", "back_on_track", "system"), ("in_contact", None, None), ("open", None, None),
    ]  # fmt: skip


def test_a_live_score_stands_beside_the_run_and_takes_the_place_of_the_last_one(work):
    for probability in (0.2, 0.3):
        write_down(work, refreshed(1, probability=probability))
    with work.database.read() as session:
        assert session.query(Score).filter_by(enrolment_id=1).one().probability == 0.1
        live = repository.live_score(session, 1)
        assert (live.probability, live.as_of_on) == (0.3, date(2026, 3, 2))
        assert session.query(LiveScore).count() == 1


def test_without_a_run_nothing_is_written(parts):
    write_down(parts, refreshed(1, DECLARED_INTENTION))
    assert held(parts) == []


def test_names_stay_in_the_vault(parts):
    post(parts, "a", people=[{"person": "zed", "name": "Zed Rare", "email": "zed@example.org"}],
         enrolments=[{"person": "zed", "session": "S1"}])  # fmt: skip
    service.take(parts)
    vault = Vault(parts.home.identities_database)
    assert "Zed Rare" in {one.display_name for one in vault.find("learner").values()}
    vault.close()
    assert json.dumps(RecordStore(parts.home).batches()[-1].as_dict()).count("Rare") == 0
    assert rules.UNTOUCHED == ("open", "acknowledged")


# --- features and score ------------------------------------------------------------------------------------------


class FakeModel:
    """A model that is sure of one thing: silence."""

    name, version = "filrouge", "1"
    features = inputs = ("days_since_last_activity", "actions_7d", "posts_30d")

    def centres(self):
        return {"days_since_last_activity": 0.0, "actions_7d": 5.0, "posts_30d": 1.0}

    def predict(self, frame):
        weights = frame[list(self.features)].fillna(0.0) * [0.01, -0.001, 0.0] + 0.05
        predicted = weights.add_prefix("contribution:")
        return predicted.assign(probability=weights.sum(axis=1))


def test_a_learner_looked_at_again_is_what_one_learner_scored_alone_is(parts, monkeypatch):
    """Probability, reasons and what rules see: live, alone, and in the list of a daily run."""
    from features.one import OneByOne
    from features.table import build
    from serving.scoring.one import score_one
    from serving.scoring.service import signals_of

    monkeypatch.setattr(parts.refresher, "champion", FakeModel)
    told = [{**VIEW, "person": who, "occurred_at": f"2026-02-{day}T09:00:00+01:00"}
            for who, day in (("ada", "01"), ("ada", "22"), ("bob", "03"), ("cleo", "10"))]  # fmt: skip
    leaving = {"post": "p", "person": "ada", "text": "Je veux arrêter la formation.",
               "occurred_at": "2026-02-25T08:00:00+01:00"}  # fmt: skip
    post(parts, "a", activity=told, posts=[leaving])
    service.take(parts)
    who = {of(parts, "ada"), of(parts, "bob")}
    found = parts.refresher.look(who, today=TODAY)
    assert {one.enrolment_id for one in found} == who
    tomorrow = date(2026, 3, 2)
    with RecordStore(parts.home).connect() as con:
        alone = OneByOne(con, list(dict.fromkeys([*FakeModel.inputs, *kinds.FEATURES])))
        for one in found:
            same = score_one(alone, FakeModel(), one.enrolment_id, tomorrow)
            assert (one.as_of, one.probability, one.reasons) == (tomorrow, same.probability, same.reasons)
        run = build(con, {"S1": [tomorrow - timedelta(days=7), tomorrow]})
    days = pd.to_datetime(run["as_of_on"]).dt.date
    now, before = (run[days == day].reset_index(drop=True) for day in (tomorrow, tomorrow - timedelta(days=7)))
    of_run = dict(zip(now["enrolment_id"], signals_of(now, before, Rules()), strict=True))
    assert {one.enrolment_id: list(one.signals) for one in found} == {number: of_run[number] for number in who}
    assert of_run[of(parts, "ada")][0]["said_on"] == "2026-02-25", "rules see something, and the day it was said"
    assert kinds.read_signal(of_run[of(parts, "ada")][0]).said_on == date(2026, 2, 25)
    assert parts.refresher.look(set(), today=TODAY) == []
    assert parts.refresher.look({1}, today=TODAY) == []


def test_what_is_done_today_is_seen_today_and_ends_a_silence(parts, monkeypatch):
    monkeypatch.setattr(parts.refresher, "champion", FakeModel)
    post(parts, "a", activity=[{**VIEW, "person": "ada", "occurred_at": "2026-02-10T09:00:00+01:00"}])
    service.take(parts)
    (before,) = parts.refresher.look({of(parts, "ada")}, today=TODAY)
    leaving = {"post": "p", "person": "ada", "text": "Je veux arrêter la formation.",
               "occurred_at": "2026-03-01T08:00:00+01:00"}  # fmt: skip
    post(parts, "b", activity=[{**VIEW, "person": "ada", "occurred_at": "2026-03-01T08:00:00+01:00"}], posts=[leaving])
    assert service.take(parts).refreshed == 1
    (after,) = parts.refresher.look({of(parts, "ada")}, today=TODAY)
    assert (before.back, after.back) == (False, True)
    assert after.probability < before.probability
    assert [one["kind"] for one in after.signals] == [DECLARED_INTENTION]
    assert after.signals[0]["reasons"][0]["feature"] == "posts_about_leaving_30d"
