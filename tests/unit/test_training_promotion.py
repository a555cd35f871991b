"""Who serves: the gate's verdict as a table of cases; a promotion and a roll-back on a real registry."""

import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from data.home import Home
from training import history, registry
from training.alerting import Capacity
from training.bootstrap import Interval
from training.duel import FIGURES, Duel, Terms, compare, score_in_turn
from training.history import DISMISSED, PROMOTED, RECALLED, ROLLED_BACK, TRAINED, Act, served_before
from training.metrics import Ranking, brier, ece, pr_auc
from training.promotion import (
    APART,
    AS_GOOD,
    BETTER,
    MAY_BE_WORSE,
    WORSE,
    Asked,
    Verdict,
    dismiss,
    promote,
    recall,
    rollback,
    verdict,
)  # fmt: skip
from training.registry import CHALLENGER, CHAMPION, Registered, alias_of_new

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
TERMS = Terms("abandoned_28d", "recorded", 28, measured=True)
NOTHING = Interval(0.0, -0.01, 0.01)
WAS = {"brier": Interval(0.1, 0.09, 0.11), "alerts_per_list": Interval(3.0, 2.9, 3.1)}


def duel(n=1000, n_positive=100, gaps=(), **differences):
    changes = dict.fromkeys(FIGURES, NOTHING) | {k: Interval(*v) for k, v in differences.items()}
    sides = dict.fromkeys(FIGURES, Interval(0.2, 0.1, 0.3)) | WAS
    widths = {name: Interval(*change) for name, change in gaps}
    return Duel(n, n_positive, 3, 200, 0.1, 3, 0, sides, sides, changes, widths, 1.0, 10, 0, 0, {})


SURE_GAIN, SURE_LOSS = (0.02, 0.01, 0.03), (-0.02, -0.03, -0.01)


@pytest.mark.parametrize(
    ("case", "champion", "challenger", "seen", "expected"),
    [
        ("a sure gain", TERMS, TERMS, duel(pr_auc=SURE_GAIN), BETTER),
        ("a gain whose interval reaches zero", TERMS, TERMS, duel(pr_auc=(0.02, 0.0, 0.04)), AS_GOOD),
        ("nothing moves", TERMS, TERMS, duel(), AS_GOOD),
        ("a loss that is not sure, and could matter", TERMS, TERMS, duel(pr_auc=(-0.02, -0.04, 0.001)), MAY_BE_WORSE),
        ("a loss just over the margin", TERMS, TERMS, duel(pr_auc=(-0.01, -0.0201, 0.001)), MAY_BE_WORSE),
        ("a loss below the margin", TERMS, TERMS, duel(pr_auc=(-0.01, -0.019, 0.001)), AS_GOOD),
        ("a gain too unsure to exclude a loss", TERMS, TERMS, duel(pr_auc=(0.05, -0.03, 0.1)), MAY_BE_WORSE),
        ("no interval at all", TERMS, TERMS, duel(pr_auc=(0.01, float("nan"), float("nan"))), MAY_BE_WORSE),
        ("a sure loss", TERMS, TERMS, duel(pr_auc=SURE_LOSS), WORSE),
        ("better order, worse probabilities", TERMS, TERMS, duel(pr_auc=SURE_GAIN, brier=(0.002, 0.001, 0.003)), WORSE),
        ("a Brier loss too small to matter", TERMS, TERMS, duel(pr_auc=SURE_GAIN, brier=(0.0009, 1e-4, 0.002)), BETTER),
        ("worse calibrated", TERMS, TERMS, duel(ece=(0.02, 0.01, 0.03)), WORSE),
        ("perhaps worse calibrated", TERMS, TERMS, duel(ece=(0.02, -0.01, 0.03)), AS_GOOD),
        ("a better Brier score is no loss", TERMS, TERMS, duel(brier=SURE_LOSS), AS_GOOD),
        ("more alerts a mentor", TERMS, TERMS, duel(alerts_per_list=(0.4, 0.3, 0.5)), WORSE),
        ("a few more alerts", TERMS, TERMS, duel(alerts_per_list=(0.2, 0.1, 0.3)), AS_GOOD),
        ("groups drift apart", TERMS, TERMS, duel(pr_auc=SURE_GAIN, gaps=[("gender, x", (0.1, 0.05, 0.2))]), WORSE),
        ("groups perhaps drift apart", TERMS, TERMS, duel(gaps=[("gender, x", (0.1, -0.05, 0.2))]), AS_GOOD),
        ("groups come nearer", TERMS, TERMS, duel(gaps=[("gender, x", SURE_LOSS)]), AS_GOOD),
        ("another task", TERMS, replace(TERMS, task="fail_or_withdrawn"), duel(), APART),
        ("another definition", TERMS, replace(TERMS, definition="recorded_or_silence"), duel(), APART),
        ("another horizon", TERMS, replace(TERMS, horizon_days=56), duel(pr_auc=SURE_GAIN), APART),
        ("no row in common", TERMS, TERMS, None, APART),
        ("a challenger never measured", TERMS, replace(TERMS, measured=False), duel(), APART),
        ("too few leavers", TERMS, TERMS, duel(n_positive=4, pr_auc=SURE_GAIN), APART),
        ("too few who stay", TERMS, TERMS, duel(n=100, n_positive=96), APART),
    ],
)
def test_the_verdict(case, champion, challenger, seen, expected):
    found = verdict(champion, challenger, seen)
    assert found.word == expected, case
    assert found.because
    assert found.allowed == (expected in (BETTER, AS_GOOD))


def test_an_equal_verdict_says_how_much_worse_it_could_be():
    said = "; ".join(verdict(TERMS, TERMS, duel(pr_auc=(-0.01, -0.019, 0.001), ece=(0.0, -0.01, 0.004))).because)
    assert "may be lower by 0.0190, and 0.0200 is the most" in said
    assert "calibration error 0.0040 higher" in said
    refused = verdict(TERMS, TERMS, duel(pr_auc=(0.0, -0.05, 0.05)))
    assert not refused.allowed
    assert "too few rows" in refused.because[0]


def one(version, measured="yes", aliases=(CHAMPION,)):
    return Registered("filrouge", version, "r", aliases, {registry.MEASURED: measured})


@pytest.mark.parametrize(
    ("case", "champion", "expected"),
    [
        ("the first model", None, CHAMPION),
        ("rules that nothing measured", one("1", "no"), CHAMPION),
        ("a measured champion", one("1"), CHALLENGER),
    ],
)
def test_what_a_newcomer_becomes(case, champion, expected):
    assert alias_of_new(champion) == expected, case


def acts(*steps):
    return [Act(action, version, before, "Ada", "2026") for action, version, before in steps]


FIRST, SECOND = (TRAINED, "1", None), (PROMOTED, "2", "1")
BACK = (ROLLED_BACK, "1", "2")


@pytest.mark.parametrize(
    ("case", "steps", "serves", "expected"),
    [
        ("nothing written", (), "1", None),
        ("the first", (FIRST,), "1", None),
        ("one promotion", (FIRST, SECOND), "2", "1"),
        ("taken back", (FIRST, SECOND, BACK), "1", None),
        ("taken back, then another", (FIRST, SECOND, BACK, (PROMOTED, "3", "1")), "3", "1"),
        ("two promotions", (FIRST, SECOND, (PROMOTED, "3", "2")), "3", "2"),
        ("two, one taken back", (FIRST, SECOND, (PROMOTED, "3", "2"), (ROLLED_BACK, "2", "3")), "2", "1"),
        ("promoted again", (FIRST, SECOND, (PROMOTED, "1", "2")), "1", "2"),
        ("a history that begins late", ((PROMOTED, "7", "5"),), "7", "5"),
    ],
)
def test_who_served_before(case, steps, serves, expected):
    assert served_before(acts(*steps), serves) == expected, case


def test_a_history_only_grows_and_shows_a_change_by_hand(tmp_path):
    home = Home(tmp_path).prepare()
    assert history.read(home, "m") == history.History((), intact=True)
    for act in acts(FIRST, SECOND, BACK):
        history.append(home, "m", act)
    kept = history.read(home, "m")
    assert ([a.version for a in kept.acts], kept.intact) == (["1", "2", "1"], True)
    path = home.models / "history-m.jsonl"
    path.write_text(path.read_text().replace("Ada", "Eve", 1))
    assert not history.read(home, "m").intact
    path.write_text("{}\n")
    with pytest.raises(registry.ModelError, match="line 1"):
        history.read(home, "m")


def rows_of_a_test():
    n, random = 400, np.random.default_rng(0)
    learner = np.arange(n) // 4
    label = (random.random(n) < 0.2).astype(float)
    return pd.DataFrame(
        {"learner_id": learner, "enrolment_id": learner, "session_id": np.where(learner % 2, "A", "B"), "label": label}
        | {"mentor_id": None, "as_of_on": pd.Timestamp("2026-01-05") + pd.to_timedelta(np.arange(n) % 4 * 28, "D")}
    )


def test_a_duel_gives_the_figures_of_each_and_counts_whom_they_would_call():
    rows, random = rows_of_a_test(), np.random.default_rng(1)
    label = rows["label"].to_numpy()
    luck, good = random.random(len(rows)), np.clip(random.random(len(rows)) * 0.5 + label * 0.4, 0, 1)
    attributes = pd.DataFrame({"learner_id": np.arange(100), "age_band": "", "disability": ""})
    attributes["gender"] = np.where(np.arange(100) % 2, "F", "M")
    found = compare(rows, luck, good, capacity=Capacity(2), attributes=attributes)
    for side, score in ((found.champion, luck), (found.challenger, good)):
        assert side["pr_auc"].value == pytest.approx(pr_auc(Ranking.of(label, score)))
        assert side["brier"].value == pytest.approx(brier(label, score))
        assert side["ece"].value == pytest.approx(ece(label, score))
    assert verdict(TERMS, TERMS, found).word == BETTER
    assert verdict(TERMS, TERMS, compare(rows, good, luck, capacity=Capacity(2), attributes=attributes)).word == WORSE
    assert set(found.gaps) == {"gender, leavers alerted", "gender, others alerted"}
    assert 0 < found.lists_in_common < 1
    ever = found.learners_by_both + found.learners_by_champion_alone + found.learners_by_challenger_alone
    assert 0 < ever <= 100
    assert sum(side["champion"] for side in found.sessions.values()) == 2 * 2 * 2 * 4
    same = compare(rows, good, good, capacity=Capacity(2), attributes=attributes)
    assert (same.lists_in_common, same.learners_by_champion_alone) == (1.0, 0)
    assert same.differences["pr_auc"] == Interval(0, 0, 0)
    json.dumps(found.as_dict(), allow_nan=False)


def flat(probability):
    """A model that says the same of everybody."""
    odds = float(np.log(probability / (1 - probability)))
    line = {"kind": "linear", "weights": [0.0], "centre": [0.0], "scale": [1.0], "limit": 1.0, "base": odds}
    return line | {"features": ["x"], "calibrator": {"x": [0.0], "y": [0.0], "slope": 1.0}}


@pytest.mark.parametrize(
    ("case", "models", "expected", "seen"),
    [
        ("one model for all", [(None, "2025-12-31", 0.5)], [0.5, 0.5, 0.5], 0),
        ("each session by what was made for it", [("2026-01-01", "2025-12-31", 0.1), ("2026-03-01", "2026-02-28", 0.2)],
         [0.1, 0.1, 0.2], 0),
        ("a session older than any model", [("2026-02-01", "2026-01-31", 0.3)], [0.3, 0.3, 0.3], 1),
    ],
)  # fmt: skip
def test_each_row_is_scored_by_a_model_made_before_its_session(case, models, expected, seen):
    starts = pd.to_datetime(["2026-01-01", "2026-02-01", "2026-03-01"])
    rows = pd.DataFrame({"x": 0.0, "session_starts_on": starts, "label_until": starts + timedelta(days=27)})
    given = [{"sessions_from": s, "trained_until": u, "spec": flat(p)} for s, u, p in models]
    scores, known = score_in_turn(rows, given)
    assert scores == pytest.approx(expected), case
    assert known.sum() == seen, case


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
