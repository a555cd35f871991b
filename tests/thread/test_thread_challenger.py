"""A model too old: the daily run trains a challenger, tries it in the shadow, asks once; a person decides, undoes."""

import json
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

import filrouge
from data.home import Home
from serving import access
from serving.accounts import repository as accounts
from serving.app import create_app
from serving.challengers.rooms import HANDED
from serving.clock import Clock
from serving.database import Database
from serving.settings import read_settings
from serving.tables import Account, Alert, JournalEntry, Message, Score, ScoreRun
from tests.thread.worn_site import LEARNERS, TODAY, import_worn_site, register_old_champion
from training.challengers import train_challenger
from training.ladder import Options

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette announces another HTTP client; httpx is the one pinned
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow
QUICK = Options(seeds=(1,), levels=("rules",))
SECOND, THIRD = (TODAY + timedelta(days=n) for n in (1, 2))
REASON = "Mêmes listes à peu de chose près, et des données plus récentes"


@pytest.fixture
def app(tmp_path, monkeypatch):
    """Return the command line on a home whose champion is more than a year old; a data scientist has an e-mail."""
    for name, value in {"HOME": tmp_path / "home", "CHALLENGER": "asked", "LIVE": "false", "NOTIFY": "false"}.items():
        monkeypatch.setenv(f"FILROUGE_{name}", str(value))
    monkeypatch.setattr("data.consents.INVENTED_SITES", ("own",))
    monkeypatch.setattr("monitoring.report.evidently_page", lambda *_, **__: "drawn elsewhere")
    monkeypatch.setattr("training.pipeline.draw", lambda *_: {})  # nor what contacts changed: other tests do
    monkeypatch.setattr("filrouge._effects", lambda *_: {"first": {}})
    home = Home(tmp_path / "home").prepare()
    import_worn_site(home)
    register_old_champion(home)
    made = filrouge.build()
    quick = replace(HANDED[0], train=lambda *given: train_challenger(*given, options=QUICK))
    monkeypatch.setattr("serving.challengers.rooms.HANDED", [quick])
    with work().write() as session:
        told = {"username": "data", "display_name": "Dana", "role": "data_scientist", "email": "dana@example.org"}
        session.add(Account(**told, password_hash="x", active=True, courses=[], created_at=datetime.now(UTC)))
    return made


def work():
    database = Database(read_settings().database)
    database.upgrade()
    return database


def daily(app, day, *words):
    done = CliRunner().invoke(app, ["daily", "--as-of", f"{day}", "--json", *words], catch_exceptions=False)
    steps = {one["step"]: one for one in json.loads(done.stdout)["steps"]}
    assert {name: one["told"] for name, one in steps.items() if one["state"] != "done"} == {}
    return steps["monitor"]["result"], steps["challenge"]["result"]


def rows(query):
    with work().read() as session:
        return session.execute(query).all()


def served(day):
    """Return the version of the list of a day that the pages show."""
    latest = select(ScoreRun.model_version).where(ScoreRun.as_of_on == day).order_by(ScoreRun.created_at.desc())
    return rows(latest)[0][0]


@pytest.fixture
def decide(app):
    """Return a function that sends a form as the data scientist, and gives the status of the answer."""
    server = create_app(read_settings())
    site = server.state.site
    now = Clock(site.clock.zone).now()
    with site.database.write() as session:
        account = accounts.by_username(session, "data")
        accounts.sign_in(session, account.id, "token", now=now, until=now + timedelta(hours=1))
    with TestClient(server, base_url="http://127.0.0.1", follow_redirects=False) as client:
        client.cookies.set(access.SESSION_COOKIE, "token")
        csrf = access.csrf_token(site.cookie_key, "token")
        yield lambda what, **fields: client.post(f"/model/challenger/{what}", data={"csrf": csrf, **fields}).status_code


def test_a_challenger_is_trained_tried_in_the_shadow_promoted_by_a_person_and_rolled_back(app, decide, tmp_path):
    verdict, first = daily(app, TODAY)
    assert verdict["verdict"] == "retrain", "the champion is older than a year"
    assert first == {"decision": "train", "version": "2", "standing": "waiting", "lists": 1, "asked": False}
    _, second = daily(app, SECOND)
    assert second == {"decision": "waits", "version": "2", "standing": "not_enough_data", "lists": 2, "asked": True}
    _, again = daily(app, SECOND, "--again", "challenge")
    assert again == second
    assert [key for (key,) in rows(select(Message.key).where(Message.kind == "challenger"))] == [
        "challenger:filrouge/2:1:email"]  # fmt: skip

    runs = rows(select(ScoreRun.id, ScoreRun.model_version))
    assert {version for _, version in runs} == {"1"}, "nothing that a page or an alert reads is the challenger's"
    assert len(rows(select(Score.enrolment_id))) == LEARNERS * len(runs)
    assert not rows(select(Alert.id)), "the silent ones are last on the champion's lists"
    assert len(list((tmp_path / "home" / "scored").glob("shadow-*/shadow.parquet"))) == 2

    assert decide("promote", version="7", reason=REASON) == 409
    assert decide("promote", version="2", reason="oui") == 422
    assert decide("promote", version="2", reason=REASON) == 303
    assert decide("dismiss", version="2", reason=REASON) == 409
    _, third = daily(app, THIRD)
    assert rows(select(Alert.id)), "what the challenger would have opened, once a person made it serve"
    assert (served(SECOND), served(THIRD), third) == ("1", "2", {"decision": "not_enough_data"})

    back = CliRunner().invoke(app, ["models", "rollback", "--by", "Dana", "--why", "no sense"], catch_exceptions=False)
    assert "filrouge 1 serves again (roll-back) by Dana" in back.stdout
    _, fourth = daily(app, THIRD, "--again", "score")
    assert (served(THIRD), fourth) == ("1", {"decision": "too_soon"})
    events = [one for (one,) in rows(select(JournalEntry.event).order_by(JournalEntry.seq))]
    decided = [one for one in events if one.startswith(("challenger_", "model_"))]
    assert decided == ["challenger_trained", "challenger_promoted", "model_rolled_back"], "on a page, or in a terminal"
    verified = CliRunner().invoke(app, ["quality", "verify", "--json"], catch_exceptions=False)
    assert json.loads(verified.stdout)["intact"]
