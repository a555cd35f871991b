"""The challenger on the page of the model, and a person's decision: journal, history, and the way back."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from data.errors import ModelError
from serving.challengers.evidence import EVENTS, catch_up
from serving.challengers.rooms import Rooms
from serving.language import Speech
from serving.notifications import planning
from serving.notifications.digest import compose
from serving.quality import journal as sealed
from serving.scoring.champion import aliases
from serving.tables import Account, JournalEntry, Message
from tests.api import serving_seed as seed
from training.history import stamp

REASON = "Mêmes listes à peu de chose près"
FIGURE = {"value": 0.5, "low": 0.4, "high": 0.6}
GAP = {"value": 0.012, "low": -0.02, "high": 0.03}
NAMES = ("pr_auc", "roc_auc", "brier", "ece", "recall_at_capacity", "alerts_per_list")
GATE = {
    "champion": "3", "challenger": "4", "word": "as good", "allowed": True, "because": ["so"],
    "figures": {"n": 1455, "n_learners": 238, "n_sessions": 5, "champion": dict.fromkeys(NAMES, FIGURE),
                "challenger": dict.fromkeys(NAMES, FIGURE), "differences": dict.fromkeys(NAMES, GAP)},
}  # fmt: skip
LIST = {"as_of": seed.TODAY.isoformat(), "beside": "3", "n": 22, "first": 5, "common": 9, "enter": 1, "leave": 2,
        "share": 0.818}  # fmt: skip
LABELS = {
    "horizon_days": 14, "n": 300, "n_positive": 40.0, "n_sessions": 6, "champion": {"roc_auc": 0.7},
    "challenger": {"roc_auc": 0.75}, "differences": {"roc_auc": {"value": 0.05, "low": 0.01, "high": 0.09}},
}  # fmt: skip
TOLD = {
    "model": "filrouge", "version": "4", "beside": "3", "trained_on": "2026-06-08", "asked_on": None, "decision": None,
    "why": {"action": "retrain", "reasons": ["too_old"]}, "gate": GATE, "lists": [LIST, LIST],
    "labels": {"horizon": {**LABELS, "differences": {}}, "short": LABELS}, "standing": "better",
}  # fmt: skip
PAST = {"promote": "promoted", "dismiss": "dismissed", "recall": "recalled"}


def typed(action, version, at, *, by="Ada Lovelace", reason="", before="3"):
    """Return an act of the model's history, as a command of the terminal, or a page, wrote it."""
    return {"action": action, "version": version, "before": before, "by": by, "at": at, "reason": reason}


HISTORY = [typed("trained", "3", "2026-01-05T09:00:00+00:00", by="filrouge train", before=None)]


@pytest.fixture
def registry(monkeypatch):
    """The aliases as the registry has them, changed by what a person decides."""
    known, done, history = {"champion": "3", "challenger": "4"}, [], HISTORY[:1]
    monkeypatch.setattr(f"{__name__}.HISTORY", history)

    def act(name, after):
        def carry(home, version, by, reason, gate, now):
            if (known.get("challenger") == version) == (name == "recall"):
                raise ModelError("this version waits no more")
            done.append((name, version, by, reason, bool(gate)))
            history.append(typed(PAST[name], version, stamp(now), by=by, reason=reason))
            known.pop("challenger", None)
            known.update(dict.fromkeys(after, version))
            return known["champion"]

        return carry

    acts = {"promote": ["champion"], "dismiss": [], "recall": ["challenger"]}
    nothing = dict.fromkeys(("train", "weigh", "judge"), lambda *_: None)
    rooms = Rooms(**nothing, **{name: act(name, after) for name, after in acts.items()}, acts=lambda *_: history)
    monkeypatch.setattr("serving.challengers.rooms.HANDED", [rooms])
    monkeypatch.setattr("serving.challengers.service.aliases", lambda _: dict(known))
    return done


@pytest.fixture
def waits(site):
    def keep(**changed):
        folder = site.settings.folder.reports / "challengers"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "4.json").write_text(json.dumps({**TOLD, **changed}), encoding="utf-8")

    keep()
    return keep


def journal(site):
    with site.database.read() as session:
        rows = session.scalars(select(JournalEntry).order_by(JournalEntry.seq)).all()
        return [(one.event, json.loads(one.details)) for one in rows if one.event in EVENTS.values()]


def verify(site):
    with site.database.read() as session:
        return sealed.verify(session)


@pytest.mark.usefixtures("registry", "waits")
def test_the_page_shows_why_both_tests_the_shadow_and_what_to_do(browser):
    html = browser("data").get("/model").text
    for words in (
        "La version 4 attend votre décision", "Entraîner un nouveau modèle", "il y a plus d’un an", "Aussi bon au test",
        "1\u202f455 lignes de 238 apprenants", "82\u00a0%", "D’après la liste du lundi 15 juin", "0,050",
        "Classe mieux que le modèle en service", "Mettre en service", "Écarter", "filrouge models rollback",
    ):  # fmt: skip
        assert words in html, words
    assert len(html.encode()) < 100_000


@pytest.mark.usefixtures("registry")
def test_a_challenger_of_which_little_is_known_is_shown_too(browser, waits):
    gate = {**GATE, "word": "cannot be compared", "allowed": False, "figures": {}}
    waits(gate=gate, why={}, lists=[], labels={}, standing="waiting", trained_on=None)
    html = browser("data").get("/model").text
    for words in ("Une personne l’a entraînée", "Aucune ligne du test", "Aucune liste pour l’instant", "trop court"):
        assert words in html, words


@pytest.mark.usefixtures("registry")
def test_the_list_shown_is_of_the_latest_day_whichever_was_made_last(browser, waits):
    """`filrouge daily --as-of` does a day of the past again."""
    earlier = {**LIST, "as_of": (seed.TODAY - timedelta(days=7)).isoformat(), "share": 0.111}
    waits(lists=[LIST, earlier])
    html = browser("data").get("/model").text
    assert "D’après la liste du lundi 15 juin" in html
    assert "82\u00a0%" in html


@pytest.mark.usefixtures("registry")
def test_a_challenger_that_was_trained_and_not_weighed_yet_is_shown(browser, waits):
    """The day was cut short between the two, or nobody is on the roster."""
    waits(gate={}, lists=[], labels={}, standing="waiting", beside="")
    answer = browser("data").get("/model")
    assert answer.status_code == 200
    for words in ("La version 4 attend votre décision", "Pas encore comparée", "Mettre en service"):
        assert words in answer.text, words


@pytest.mark.usefixtures("registry")
def test_a_challenger_that_no_daily_run_looked_at_is_said_with_the_commands_that_decide(browser):
    html = browser("data").get("/model").text
    for words in ("La version 4 attend comme candidate", "à la version 3", "models compare", "models promote"):
        assert words in html, words
    assert "/model/challenger/promote" not in html, "nothing is known of it, so nothing is decided here"


def test_without_a_challenger_the_page_says_nothing_of_one(browser):
    assert 'id="challenger"' not in browser("data").get("/model").text


@pytest.mark.usefixtures("waits")
def test_a_person_promotes_with_a_reason_and_is_told_the_way_back(browser, send, site, registry):
    data = browser("data")
    short = send(data, "/model/challenger/promote", {"version": "4", "reason": "oui"})
    assert (short.status_code, registry) == (422, [])
    assert "Dix caractères au moins" in short.text
    assert ">oui</textarea>" in short.text
    done = send(data, "/model/challenger/promote", {"version": "4", "reason": REASON})
    assert (done.status_code, done.headers["location"]) == (303, "/model")
    assert [(one[0], one[1], one[3], one[4]) for one in registry] == [("promote", "4", REASON, True)]
    ((event, details),) = journal(site)
    assert (event, details["model"], details["version"], details["before"]) == (
        "challenger_promoted", "filrouge", "4", "3")  # fmt: skip
    assert REASON not in json.dumps(details, ensure_ascii=False)
    html = data.get("/model").text
    assert "La version 4 a été mise en service" in html
    assert "filrouge models rollback --by" in html
    again = send(data, "/model/challenger/dismiss", {"version": "4", "reason": REASON})
    assert (again.status_code, len(journal(site))) == (409, 1), "nothing is written of what was not done"


@pytest.mark.usefixtures("waits")
def test_a_person_sets_it_aside_and_thinks_again(browser, send, site, registry):
    data = browser("data")
    send(data, "/model/challenger/dismiss", {"version": "4", "reason": REASON})
    html = data.get("/model").text
    assert "La version 4 a été écartée" in html
    assert "La remettre en attente" in html
    assert send(data, "/model/challenger/recall", {"version": "4"}).status_code == 303
    assert "La version 4 attend votre décision" in data.get("/model").text
    assert send(data, "/model/challenger/recall", {"version": "4"}).status_code == 409
    assert [event for event, _ in journal(site)] == ["challenger_dismissed", "challenger_recalled"]
    assert [one[0] for one in registry] == ["dismiss", "recall"]


@pytest.mark.usefixtures("registry", "waits")
def test_what_was_decided_in_a_terminal_leaves_the_same_evidence_once(browser, send, site):
    """So does what a page decided, whose process died before the journal was kept."""
    data = browser("data")

    def caught_up():
        with site.database.write() as session:
            return catch_up(session, site.settings.folder, "filrouge", now=site.clock.now())

    assert (caught_up(), journal(site)) == (0, []), "a first model serves by itself: no person decided"
    send(data, "/model/challenger/dismiss", {"version": "4", "reason": REASON})
    assert (caught_up(), len(journal(site))) == (0, 1), "the page wrote it"
    ((_, on_the_page),) = journal(site)
    assert "La remettre en attente" in data.get("/model").text
    hours = [f"2026-06-15T0{hour}:00:00+00:00" for hour in range(1, 6)]
    HISTORY.append(typed("recalled", "4", hours[0]))
    assert caught_up() == 1
    assert "La remettre en attente" not in data.get("/model").text
    HISTORY.extend([typed("promoted", "4", hours[1], reason=REASON), typed("rolled_back", "3", hours[2], before="4"),
                    typed("dismissed", "4", hours[3], reason=REASON)])  # fmt: skip
    assert (caught_up(), caught_up()) == (3, 0)
    _, recalled, promoted, back, dismissed = journal(site)
    assert [event for event, _ in (recalled, promoted, back, dismissed)] == [
        "challenger_recalled", "challenger_promoted", "model_rolled_back", "challenger_dismissed"]  # fmt: skip
    assert (back[1]["version"], back[1]["before"], back[1]["decided_at"]) == ("3", "4", hours[2])
    assert dismissed[1]["reason_digest"] == on_the_page["reason_digest"], "the same words, the same digest"
    assert {*dismissed[1]} - {*on_the_page} == {"by_digest", "decided_at"}
    assert "Ada" not in json.dumps(journal(site))
    assert "La remettre en attente" in data.get("/model").text, "as if it had been set aside there"
    assert verify(site).intact


@pytest.mark.usefixtures("registry", "waits")
@pytest.mark.parametrize("version", ["", "0", "x", "../4", "9"])
def test_another_version_than_the_one_shown_is_refused(browser, send, site, version):
    answer = send(browser("data"), "/model/challenger/promote", {"version": version, "reason": REASON})
    assert (answer.status_code, journal(site)) == (409 if version == "9" else 422, [])


def test_a_server_started_without_training_says_so(browser, send, waits, monkeypatch):
    monkeypatch.setattr("serving.challengers.rooms.HANDED", [])
    assert send(browser("data"), "/model/challenger/promote", {"version": "4", "reason": REASON}).status_code == 503


def test_a_home_without_a_registry_has_no_alias(site):
    assert aliases(replace(site.settings.folder, root=site.settings.folder.root / "none")) == {}


def test_data_scientists_are_written_to_once_a_version_outside_their_silence(site):
    now = site.clock.now().replace(hour=1)
    with site.database.write() as session:
        account = session.scalars(select(Account).where(Account.username == "data")).one()
        account.email = "data@example.org"
    for model, expected in (("filrouge/4", 1), ("filrouge/4", 0), ("filrouge/5", 1)):
        with site.database.write() as session:
            assert planning.ask_scientists(session, model, now=now, zone=site.clock.zone) == expected
    with site.database.read() as session:
        kept = session.scalars(select(Message).where(Message.kind == "challenger").order_by(Message.id)).all()
        assert [one.key.rpartition(":")[2] for one in kept] == ["email", "email"]
        local = [one.due_at.astimezone(site.clock.zone) for one in kept]
        assert [(at.hour, at - now < timedelta(days=1)) for at in local] == [(8, True)] * 2


def test_the_message_leads_to_the_page_and_says_no_figure(site):
    words = compose("challenger", {}, Speech("fr", site.clock.zone), day=seed.TODAY, public_url="https://f.example")
    assert (words.home, words.lines[0][1]) == ("https://f.example/model",) * 2
    assert "essayé à blanc" in words.plain()
    assert "Recevoir moins" not in words.html()
    assert "Recevoir moins" in compose(
        "trial", {}, Speech("fr", site.clock.zone), day=seed.TODAY, public_url="https://f.example").html()  # fmt: skip
