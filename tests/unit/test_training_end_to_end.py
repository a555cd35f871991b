"""One training run on the example site: registered, read back by a process that has no `training`, not run twice."""

import json
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from data.home import Home
from data.imports import import_folder
from training import history, registry
from training.card import ALERTS, POOLED
from training.duel import fight, terms_of
from training.ladder import Options
from training.pipeline import train
from training.promotion import AS_GOOD, verdict
from training.served_model import calibrate, contributions, matrix, predict, raw_scores
from training.wording import LEVELS

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "data" / "sample" / "moodle"
FIGURES = {
    "n", "base_rate", "roc_auc", "pr_auc", "brier", "ece", "precision_at_10pct", "recall_at_20pct", "leaky_roc_auc",
}  # fmt: skip
PICTURES = ("reliability", "precision_recall", "along_the_course", "lead_time", "ladder", "importance")
FEW = Options(seeds=(1, 2))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("training")).prepare()
    import_folder(home, "moodle", EXAMPLE, as_of=date(2026, 6, 15))
    return home


@pytest.fixture(scope="module")
def result(home):
    return train(home, options=FEW)


@pytest.fixture(scope="module")
def specs(home):
    """Each level's spec with the rows it was tested on."""
    from data.store import RecordStore
    from training.labels import parse_task
    from training.ladder import climb_and_fit
    from training.measuring import read_catalogue
    from training.snapshots import read_snapshots
    from training.splits import split

    store = RecordStore(home)
    with store.connect() as con:
        found = read_snapshots(con, parse_task("abandoned_28d"), cache=home.features, versions=store.versions())
    folds = split(found.rows)[-1]
    fitted = climb_and_fit(found.rows, folds, found.features, read_catalogue(found.features), options=FEW)
    return {name: one.spec for name, one in fitted.items()}, found.rows[folds.test]


def test_the_result_has_the_figures_of_each_date_and_pooled(result):
    payload = result.payload
    assert payload["task"] == "abandoned_28d"
    assert payload["abandonment"] == "recorded_or_silence"
    assert set(payload["pooled"]) >= FIGURES
    assert all(set(row) >= FIGURES | {"as_of_day"} for row in payload["rows"])
    assert sum(row["n"] for row in payload["rows"]) == payload["pooled"]["n"]
    assert payload["outcomes"]["recorded"] > 0 < payload["outcomes"]["silence"]
    assert [step["level"] for step in payload["ladder"]] == ["rules", "peers", "logistic", "lightgbm"]
    assert payload["level"] == [step["level"] for step in payload["ladder"] if step["passed"]][-1]
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload


def test_the_order_is_better_than_chance_on_learners_whose_risk_is_known(result):
    assert result.payload["intervals"]["roc_auc"]["low"] > 0.6


def test_report_card_and_pictures_are_written(result):
    names = {path.name for path in result.folder.iterdir()}
    wanted = {"report.html", "report.json", "card.en.md", "card.fr.html", "data_sheet.fr.md", "spec.json"}
    assert wanted | {"reference.parquet"} | {f"{name}.png" for name in PICTURES} <= names
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    assert "Where it is weak" in page
    assert "http" not in page.replace("http-equiv", "")
    card = (result.folder / "card.en.md").read_text(encoding="utf-8")
    assert all(line in card for line in result.payload["weaknesses"])
    assert f"What it holds: {LEVELS[result.level]}" in card
    assert "{" not in card + page.partition("</style>")[2]


def numbers(text):
    """The numbers of a text, in its order, whatever the decimal mark."""
    return [one.replace(",", ".") for one in re.findall(r"\d+(?:[.,]\d+)?(?:e-\d+)?", text)]


@pytest.mark.parametrize("name", ["card", "data_sheet"])
def test_the_cards_have_the_report_s_numbers_in_both_languages(result, name):
    kept = json.loads((result.folder / "report.json").read_text(encoding="utf-8"))
    french, english = ((result.folder / f"{name}.{lang}.md").read_text(encoding="utf-8") for lang in ("fr", "en"))
    assert numbers(french) == numbers(english)
    assert french != english
    pooled = [kept["pooled"][figure] for figure in POOLED]
    alerts = [kept["alerts"][figure] for figure in ALERTS]
    wanted = pooled + alerts if name == "card" else list(kept["outcomes"].values())
    wanted = [*wanted, *kept["table_versions"].values()]
    assert {f"{value:.4g}" if isinstance(value, float) else str(value) for value in wanted} <= set(numbers(english))


def test_the_same_request_again_does_nothing(home, result):
    again = train(home, task="withdrawn_28d", options=FEW)
    assert again.reused
    assert (again.version, again.payload["task"]) == (result.version, "withdrawn_28d")
    assert again.payload["pooled"] == result.payload["pooled"]
    assert again.payload["reused"]
    assert len(registry.versions(home)) == 1


def test_the_champion_is_what_the_gate_let_through(home, result):
    champion = registry.champion_of(home, "abandoned_28d")
    assert (champion.name, champion.version, champion.tags["level"]) == ("filrouge", result.version, result.level)
    assert registry.champion_of(home, "fail_or_withdrawn") is None
    assert registry.find(home, "filrouge") == registry.find(home, "filrouge@champion")
    with pytest.raises(registry.ModelError, match="no such model"):
        registry.find(home, "filrouge/99")


def test_a_comparison_reads_the_very_rows_and_models_of_the_test_again(home, result):
    """A version beside itself has the figures of its report: each row scored by the model that tested it."""
    one = registry.find(home, "filrouge")
    duel = fight(home, one, one)
    told = result.payload
    assert (duel.n, duel.n_positive) == (told["pooled"]["n"], told["pooled"]["n_positive"])
    for figure in ("pr_auc", "roc_auc", "brier", "ece"):
        assert duel.challenger[figure].value == pytest.approx(told["pooled"][figure])
    assert duel.challenger["pr_auc"].low == pytest.approx(told["intervals"]["pr_auc"]["low"])
    assert duel.challenger["precision_at_capacity"].value == pytest.approx(told["alerts"]["precision"])
    assert duel.challenger["alerts_per_list"].value == pytest.approx(told["alerts"]["alerts_per_list_and_date"])
    assert (duel.seen_by_champion, duel.lists_in_common) == (0, 1.0)
    assert verdict(terms_of(home, one), terms_of(home, one), duel).word == AS_GOOD


def test_a_replay_scores_each_session_by_the_model_that_tested_it(home, result):
    """What serving reads of the champion's run says of each test what the test said, to the last figure."""
    from data.store import RecordStore
    from serving.scoring.champion import load_champion, load_unseen
    from training.evaluation import figures
    from training.labels import parse_task
    from training.snapshots import read_snapshots
    from training.splits import split

    store = RecordStore(home)
    models, report = load_unseen(load_champion(home))
    with store.connect() as con:
        found = read_snapshots(con, parse_task("abandoned_28d"), cache=home.features, versions=store.versions())
    tests = [found.rows[folds.test] for folds in split(found.rows)]
    assert len(models) == len(tests) == len(report["by_fold"])
    for model, rows, told in zip(models, tests, report["by_fold"], strict=True):
        assert figures(rows, np.array(model.predict(rows)))["roc_auc"] == told["levels"][result.level]["roc_auc"]
        assert model.sessions_from == rows["session_starts_on"].min().date() > model.trained_until


def test_the_first_measured_version_serves_and_the_history_says_so(home, result):
    (act,) = history.read(home, "filrouge").acts
    assert (act.action, act.version, act.before, result.role) == (history.TRAINED, result.version, None, "champion")
    assert "waits" not in result.summary


READER = """
import sys, warnings
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"training", "features", "data"}:
            raise ImportError(name)
sys.meta_path.insert(0, Wall())

import mlflow.pyfunc, pandas as pd
warnings.simplefilter("error", UserWarning)
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/filrouge@champion")
rows = pd.read_parquet(sys.argv[2])
plain, told = model.predict(rows), model.predict(rows, params={"reasons": True})
alone = pd.concat([model.predict(rows.iloc[[i]]) for i in range(len(rows))])
assert not any(name.split(".")[0] == "training" for name in sys.modules)
told.assign(plain=plain["probability"].to_numpy(), alone=alone["probability"].to_numpy()).to_parquet(sys.argv[3])
import json; print(json.dumps(dict(model.metadata.metadata)))
"""


def test_the_model_serves_in_a_process_that_cannot_import_us(home, result, specs, tmp_path):
    _, rows = specs
    rows.head(20).to_parquet(tmp_path / "in.parquet")
    address = f"sqlite:///{home.models / 'mlflow.db'}"
    command = [sys.executable, "-c", READER, address, str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    out, told = pd.read_parquet(tmp_path / "out.parquet"), json.loads(done.stdout)
    assert (out["probability"] == out["plain"]).all()
    assert (out["alone"] == out["plain"]).all()
    assert out["probability"].between(0, 1, inclusive="neither").all()
    assert {f"contribution:{name}" for name in told["features"]} <= set(out.columns)
    assert (told["task"], told["level"], told["horizon_days"]) == ("abandoned_28d", result.level, 28)
    assert set(told["features"]) <= set(rows.columns)


def test_serving_reads_the_model_as_mlflow_does_and_refuses_what_it_would(home, specs):
    """Serving calls the model's own code, without MLflow's check of each column; its own is as strict."""
    import mlflow

    from serving.scoring.champion import load_champion

    rows, champion = specs[1].head(20), load_champion(home)
    model = mlflow.pyfunc.load_model("models:/filrouge@champion")
    its = model.predict(rows[champion.inputs], params={"reasons": True})
    pd.testing.assert_frame_equal(champion.predict(rows), its.set_axis(rows.index), check_exact=True)
    assert set(champion.signature) == set(champion.inputs)
    name = champion.features[0]
    for wrong in (rows.drop(columns=[name]), rows.assign(**{name: "many"})):
        with pytest.raises(mlflow.exceptions.MlflowException):
            model.predict(wrong, params={"reasons": True})
        with pytest.raises(registry.ModelError, match=name):
            champion.predict(wrong)


@pytest.mark.parametrize("level", ["rules", "peers", "logistic", "lightgbm"])
def test_every_level_explains_its_score_to_the_last_bit_of_it(specs, level):
    spec, rows = specs[0][level], specs[1]
    x = matrix(spec, rows)
    assert np.allclose(contributions(spec, x).sum(axis=1), raw_scores(spec, x), atol=1e-9)
    told = predict(spec, rows, reasons=True)
    assert len(told.columns) == 4 + len(spec["features"])
    assert (told["probability_low"] <= told["probability"]).all()
    assert (told["probability"] <= told["probability_high"]).all()
    short = rows["days_since_start"].to_numpy() < 14
    assert short.any()
    assert told["low_confidence"].to_numpy()[short].all()
    assert np.allclose(told["probability"], calibrate(spec["calibrator"], raw_scores(spec, x)))


@pytest.mark.parametrize("level", ["rules", "peers", "logistic", "lightgbm"])
def test_a_row_alone_has_the_probability_it_has_in_the_batch(specs, level):
    spec, rows = specs[0][level], specs[1].head(5)
    batch = predict(spec, rows)["probability"].to_numpy()
    alone = np.concatenate([predict(spec, rows.iloc[[i]])["probability"].to_numpy() for i in range(len(rows))])
    assert np.allclose(alone, batch, rtol=0, atol=1e-12)


def test_the_command_prints_one_object_and_the_models_can_be_listed_and_shown(home, result, monkeypatch):
    from typer import Typer

    from training.models_commands import models_app

    monkeypatch.setenv("FILROUGE_HOME", str(home.root))
    app = Typer()
    app.add_typer(models_app, name="models")
    listed = CliRunner().invoke(app, ["models", "list", "--json"])
    assert json.loads(listed.stdout)["models"][0]["aliases"] == ["champion"]
    assert result.level in CliRunner().invoke(app, ["models", "list"]).stdout
    shown = CliRunner().invoke(app, ["models", "show", "filrouge", "--json"])
    assert json.loads(shown.stdout)["report"]["pooled"] == result.payload["pooled"]
    assert "## Where it is weak" in CliRunner().invoke(app, ["models", "show"]).stdout
    assert "## Où il est faible" in CliRunner().invoke(app, ["models", "card", "filrouge", "--lang", "fr"]).stdout
    assert "# Data sheet" in CliRunner().invoke(app, ["models", "card", "--lang", "en", "--data"]).stdout


def test_unmeasured_rules_never_replace_a_measured_champion(home, result):
    """The same site as its records stood in its first weeks: too little to measure anything."""
    young = {"until": date(2025, 9, 28), "options": FEW}
    kept = train(home, **young)
    assert (kept.model, kept.version, kept.level) == (result.model, result.version, result.level)
    assert kept.summary.startswith("nothing newer could be measured (too little history")
    assert kept.payload["pooled"] == result.payload["pooled"]
    assert [one.version for one in registry.versions(home)] == [result.version]
    shutil.rmtree(result.folder)
    assert train(home, **young).payload["pooled"] == result.payload["pooled"]
    assert (result.folder / "card.fr.md").exists()
