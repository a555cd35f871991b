"""A challenger on a real registry: promoted, rolled back, set aside, recalled; what serving and pages make of it."""

import json
import os
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import Mock

import pandas as pd
import pytest
from typer.testing import CliRunner

from data.home import Home
from tests.unit.told_duels import NOW, SURE_GAIN, SURE_LOSS, duel, flat
from training import history, registry
from training.history import DISMISSED, PROMOTED, RECALLED, ROLLED_BACK, served_before
from training.promotion import APART, AS_GOOD, BETTER, WORSE, Asked, Verdict, dismiss, promote, recall, rollback
from training.registry import CHALLENGER, CHAMPION


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two versions of a model that say the same of everybody, the second a challenger."""
    home = Home(tmp_path_factory.mktemp("made")).prepare()
    for number in ("1", "2"):
        registered(home, number)
    return home


@pytest.fixture
def home(made, tmp_path):
    """A copy: MLflow's database names the artifacts of the first."""
    return Home(Path(shutil.copytree(made.root, tmp_path / "home")))


def registered(home, number, definition="recorded"):
    folder = home.reports / "training" / (number * 16)
    folder.mkdir(parents=True)
    report = {"abandonment": definition, "horizon_days": 28, "trained_until": "2026-01-01", "run_key": number * 16}
    (folder / "report.json").write_text(json.dumps(report))
    (folder / "card.md").write_text("# filrouge\n")
    (folder / "spec.json").write_text(json.dumps(flat(0.1)))
    pd.DataFrame({"x": [0.0], "probability": [0.1]}).to_parquet(folder / "reference.parquet")
    metadata = {"features": ["x"], "inputs": ["x"], "level": "rules", "task": "abandoned_28d", "horizon_days": 28}
    tags = {"task": "abandoned_28d", "level": "rules", "run_key": number * 16, registry.MEASURED: "yes"}
    package = registry.Package(
        "abandoned_28d", flat(0.1), metadata, {}, {}, tags, pd.DataFrame({"x": [0.0]}), folder
    )  # fmt: skip
    made = registry.register(home, package, run_name=number)
    assert json.loads((folder / "registered.json").read_text()) == {"model": "filrouge", "version": made.version}
    return made


def serves(home):
    return registry.with_alias(home, "filrouge", CHAMPION).version


def test_a_promotion_bears_a_name_and_asks_the_gate_and_a_rollback_undoes_it(home, monkeypatch):
    monkeypatch.setattr("training.promotion.fight", lambda *_: duel(pr_auc=SURE_LOSS))
    assert (serves(home), registry.with_alias(home, "filrouge", CHALLENGER).version) == ("1", "2")
    with pytest.raises(registry.ModelError, match="a person's name"):
        promote(home, "filrouge", by=" ", despite=None, now=NOW)
    with pytest.raises(registry.ModelError, match=r"the gate says: worse .*--despite"):
        promote(home, "filrouge", by="Ada", despite=" ", now=NOW)
    assert (serves(home), history.read(home, "filrouge").acts) == ("1", ())

    promote(home, "filrouge", by="Ada Lovelace", despite="the old one reads a source we lost", now=NOW)
    (act,) = history.read(home, "filrouge").acts
    assert (act.version, act.before, act.by, act.verdict) == ("2", "1", "Ada Lovelace", WORSE)
    assert (act.at, act.reason) == ("2026-06-15T09:00:00+00:00", "the old one reads a source we lost")
    assert act.figures["differences"]["pr_auc"]["value"] == -0.02
    tags = registry.find(home, "filrouge").tags
    assert (tags["promoted_by"], tags["verdict"]) == ("Ada Lovelace", WORSE)
    assert (serves(home), registry.with_alias(home, "filrouge", CHALLENGER)) == ("2", None)
    with pytest.raises(registry.ModelError, match="it serves already"):
        promote(home, "filrouge/2", by="Ada", despite=None, now=NOW)

    rollback(home, "filrouge", by="Bea", why="alerts made no sense", now=NOW)
    assert serves(home) == "1"
    assert [a.action for a in history.read(home, "filrouge").acts] == [PROMOTED, ROLLED_BACK]
    with pytest.raises(registry.ModelError, match="no version served before"):
        rollback(home, "filrouge", by="", why="", now=NOW)


def test_versions_made_before_there_was_a_history_can_be_rolled_back(home):
    registry.give_alias(home, registry.find(home, "filrouge/2"), {})
    assert rollback(home, "filrouge", by="", why="", now=NOW).version == "1"


def test_what_does_not_serve_cannot_be_rolled_back(home):
    with pytest.raises(registry.ModelError, match="it does not serve"):
        rollback(home, "filrouge/2", by="Ada", why="", now=NOW)
    assert (serves(home), history.read(home, "filrouge").acts) == ("1", ())


def test_who_serves_waits_no_more_even_where_a_promotion_was_killed_halfway(home, monkeypatch):
    """Between the two aliases: it serves, and is still written as the challenger."""
    from serving.scoring.champion import aliases

    monkeypatch.setattr("training.promotion.fight", lambda *_: duel(pr_auc=SURE_GAIN))
    monkeypatch.setattr("mlflow.MlflowClient.delete_registered_model_alias", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        promote(home, "filrouge", by="Ada", despite=None, now=NOW)
    assert (serves(home), registry.with_alias(home, "filrouge", CHALLENGER)) == ("2", None)
    assert aliases(home) == {CHAMPION: "2"}
    with pytest.raises(registry.ModelError, match="no such model"):
        dismiss(home, "filrouge", by="Ada", why="", now=NOW)


def test_another_definition_cannot_be_compared(home):
    registered(home, "3", definition="recorded_or_silence")
    with pytest.raises(registry.ModelError, match=r"cannot be compared .*another definition of abandonment"):
        promote(home, "filrouge", by="Ada", despite=None, now=NOW)
    assert promote(home, "filrouge", by="Ada", despite="a new rule of the house", now=NOW).verdict == APART


def test_serving_picks_up_a_promotion_and_a_rollback(home, monkeypatch):
    from serving.scoring.champion import load_champion

    monkeypatch.setattr("training.promotion.fight", lambda *_: duel(pr_auc=SURE_GAIN))
    said = [load_champion(home).version]
    promote(home, "filrouge", by="Ada", despite=None, now=NOW)
    said.append(load_champion(home).version)
    rollback(home, "filrouge", by="Ada", why="", now=NOW)
    assert [*said, load_champion(home).version] == ["1", "2", "1"]


def test_the_list_of_who_serves_is_the_latest_again_after_a_rollback(home, tmp_path):
    """The run of version 1 was kept before that of version 2: scored again, it comes first."""
    from monitoring.commands import latest_scored
    from serving.alerts.repository import latest_run
    from serving.database import Database
    from serving.scoring.champion import Champion
    from serving.scoring.repository import save_run, write_for_watch
    from serving.scoring.service import ScoredList

    database, day, scored = Database(f"sqlite:///{tmp_path / 'w.db'}"), date(2026, 6, 15), home.scored
    database.upgrade()
    frame = pd.DataFrame({"enrolment_id": [1], "probability": [0.1], "rank": [1], "reasons": [()]})
    metadata = {"level": "rules", "task": "abandoned_28d", "horizon_days": 28, "features": []}
    reference = home.reports / "training" / ("1" * 16) / "reference.parquet"
    seen = []
    for minute, version in enumerate(["1", "2", "1", "1"]):
        champion = Champion("filrouge", version, metadata, reference, None)
        with database.write() as session:
            save_run(
                session, ScoredList(f"key{version}", day, champion, {}, frame), now=NOW + timedelta(minutes=minute)
            )
        with database.write() as session:
            run = latest_run(session, until=day)
            seen.append((run.id, run.model_version, run.created_at.minute))
    assert seen == [(1, "1", 0), (2, "2", 1), (1, "1", 2), (1, "1", 2)]
    scored.mkdir(exist_ok=True)
    champions = {v: Champion("filrouge", v, metadata, reference, None) for v in ("1", "2")}
    lists = {v: ScoredList(f"key{v}", day, one, {}, frame) for v, one in champions.items()}
    for at, version in enumerate(lists):
        os.utime(write_for_watch(lists[version], scored) / "run.json", (at, at))
    write_for_watch(lists["1"], scored)
    assert latest_scored(home).name == "2026-06-15-key1"


def test_the_page_shows_the_figures_of_who_serves_not_of_a_challenger(tmp_path):
    from serving.tables import ScoreRun
    from serving.watch.endpoints import _figures
    from serving.watch.reports import training_reports

    for number, area in (("1", 0.7), ("2", 0.9), ("3", 0.5)):
        folder = tmp_path / (number * 16)
        folder.mkdir()
        told = {"level": "rules", "task": "abandoned_28d", "pooled": {"roc_auc": area}}
        (folder / "report.json").write_text(json.dumps(told))
        (folder / "report.html").write_text("x")
        if number != "3":  # a report of before versions were named
            (folder / "registered.json").write_text(json.dumps({"model": "filrouge", "version": number}))
        os.utime(folder / "report.json", (int(number), int(number)))
    seen = []
    for version in ("1", "2", "7"):
        run = ScoreRun(model_name="filrouge", model_version=version, level="rules", task="abandoned_28d")
        seen.append(dict(_figures(run, training_reports(tmp_path)))["roc_auc"])
    assert seen == [0.7, 0.9, 0.5]


def test_the_commands_say_who_serves_and_who_decided(home, monkeypatch):
    from typer import Typer

    from training.models_commands import models_app

    monkeypatch.setenv("FILROUGE_HOME", str(home.root))
    monkeypatch.setattr("training.promotion.fight", lambda *_: duel(pr_auc=SURE_GAIN))
    app = Typer()
    app.add_typer(models_app, name="models")

    def said(*words):
        done = CliRunner().invoke(app, ["models", *words])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert said("list").splitlines() == ["? filrouge/2  rules  abandoned_28d", "* filrouge/1  rules  abandoned_28d"]
    told = json.loads(said("compare", "filrouge/1", "filrouge/2", "--json"))
    assert (told["verdict"], told["duel"]["n"]) == (BETTER, 1000)
    table = said("compare", "filrouge/1", "filrouge/2")
    assert "filrouge/2 beside filrouge/1: better" in table
    assert "100% of the alerts are the same" in table
    assert "promoted by Ada in the place of version 1" in said("promote", "filrouge", "--by", "Ada")
    assert json.loads(said("rollback", "--by", "Bea", "--why", "a test", "--json"))["reason"] == "a test"
    shown = said("show", "filrouge/2")
    assert "It does not serve." in shown
    assert "promoted by Ada" in shown
    kept = json.loads(said("show", "--json"))
    assert [act["action"] for act in kept["history"]] == [PROMOTED, ROLLED_BACK]
    assert (kept["history_intact"], kept["role"], kept["version"]) == (True, "champion", "1")


def test_a_challenger_is_set_aside_and_waits_again_and_neither_changes_who_serves(home, monkeypatch):
    from training.models_commands import models_app

    monkeypatch.setenv("FILROUGE_HOME", str(home.root))
    with pytest.raises(registry.ModelError, match="a person's name"):
        dismiss(home, "filrouge", by=" ", why="", now=NOW)
    dismiss(home, "filrouge", by="Ada", why="not now", now=NOW)
    assert (serves(home), registry.with_alias(home, "filrouge", CHALLENGER)) == ("1", None)
    with pytest.raises(registry.ModelError, match="no such model"):
        dismiss(home, "filrouge", by="Ada", why="", now=NOW)
    with pytest.raises(registry.ModelError, match="it serves already"):
        recall(home, "filrouge/1", by="Ada", now=NOW)
    recall(home, "filrouge/2", by="Bea", now=NOW)
    assert registry.with_alias(home, "filrouge", CHALLENGER).version == "2"
    with pytest.raises(registry.ModelError, match="a challenger waits already"):
        recall(home, "filrouge/2", by="Bea", now=NOW)
    done = [CliRunner().invoke(models_app, ["dismiss", "--by", "Ada"]), CliRunner().invoke(models_app, ["show"])]
    assert "filrouge 2 set aside: it waits no more by Ada." in done[0].stdout
    assert "filrouge 2 waits again as challenger by Bea." in done[1].stdout
    acts = history.read(home, "filrouge").acts
    assert [(one.action, one.version, one.before) for one in acts] == [
        (DISMISSED, "2", "1"), (RECALLED, "2", "1"), (DISMISSED, "2", "1")]  # fmt: skip
    assert served_before(acts, "1") is None, "who waited never served"


def test_what_the_gate_said_of_the_same_two_is_not_measured_again(home, monkeypatch):
    measured = []
    monkeypatch.setattr("training.promotion.fight", lambda *_: measured.append(1) or duel())
    said = Asked("1", "2", Verdict(WORSE, ("so it was said",)), {"n": 7})
    with pytest.raises(registry.ModelError, match="the gate says: worse"):
        promote(home, "filrouge", by="Ada", despite="", now=NOW, asked=said)
    act = promote(home, "filrouge", by="Ada", despite="we lost a source", now=NOW, asked=said)
    assert (act.verdict, act.because, act.figures, measured) == (WORSE, ("so it was said",), {"n": 7}, [])
    rollback(home, "filrouge", by="Ada", why="", now=NOW)
    act = promote(home, "filrouge/2", by="Ada", despite=None, now=NOW, asked=replace(said, champion="7"))
    assert (act.verdict, measured) == (AS_GOOD, [1]), "of another champion, it is"
