"""The whole thread as a newcomer runs it: one command, twice, on the example site."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from tests.thread.conftest import ROOT, answered, filrouge

STEPS = ["import", "train", "score", "alerts", "drift", "people"]

pytestmark = pytest.mark.slow


def test_every_step_is_done_in_order(first):
    assert [step["name"] for step in first["steps"]] == STEPS
    assert not any(step["repeated"] for step in first["steps"])


def test_typed_again_it_repeats_nothing(first, example):
    again = json.loads((example / "again.json").read_text())
    assert all(step["repeated"] for step in again["steps"])
    assert [s["result"] for s in again["steps"]] == [s["result"] for s in first["steps"]]


def test_scores_are_one_row_a_current_enrolment(first, home, tmp_path):
    plain, named = tmp_path / "scores.parquet", tmp_path / "named.parquet"
    filrouge(home, "score", "--as-of", "2026-06-15", "--out", plain, "--quiet")
    filrouge(home, "score", "--as-of", "2026-06-15", "--out", named, "--identify", "--quiet")
    scores, people = pd.read_parquet(plain), pd.read_parquet(named)
    assert scores["enrolment_id"].is_unique
    assert scores["probability"].between(0, 1).all()
    assert (scores.groupby("mentor_id")["rank"].min() == 1).all()
    assert not [name for name in scores.columns if name.startswith("source_")]
    assert {"model_version", "reasons"} <= set(scores.columns)
    assert people["source_session_id"].isin(["ADSO-2604", "ANGP-2604", "DWEB-2605", "SECO-2606"]).all()
    assert people["source_learner_id"].notna().all()


def test_another_site_is_not_mixed_in(first, home, tmp_path):
    done = filrouge(home, "run", "--source", "moodle", "--data", tmp_path, check=False)
    assert done.returncode == 2
    assert "another site (example)" in done.stderr


def test_an_earlier_today_shows_nothing_of_later_days(first, home):
    filrouge(home, "run", "--as-of", "2026-05-04", "--no-serve", "--quiet")
    runs = json.loads(filrouge(home, "monitor", "drift", "--as-of", "2026-05-04", "--json").stdout)
    assert runs["as_of"] == "2026-05-04"
    again = json.loads(filrouge(home, "run", "--no-serve", "--json").stdout)
    assert again["steps"][0]["repeated"]


def test_alerts_stay_within_what_a_mentor_can_carry(first, home):
    alerts = json.loads(filrouge(home, "alerts", "list", "--json").stdout)["alerts"]
    days = pd.Series([(alert["mentor_id"], alert["opened_on"]) for alert in alerts])
    assert 0 < days.value_counts().max() <= 5
    assert len({alert["enrolment_id"] for alert in alerts}) == len(alerts)


def test_the_journal_is_intact(first, home):
    assert json.loads(filrouge(home, "quality", "verify", "--json").stdout)["intact"] is True


def test_the_drift_report_is_there(first, home):
    report = json.loads((home / "reports" / "drift" / "2026-06-15.json").read_text())
    assert report["verdict"] in {"stable", "watch", "drifted"}
    assert report["n_current"] > 100


def test_it_serves_and_is_ready(first, home, port, tmp_path):
    told = tmp_path / "told.txt"
    environment = {**os.environ, "FILROUGE_HOME": str(home)}
    with told.open("w") as heard:
        server = subprocess.Popen(
            [sys.executable, "-m", "filrouge", "run", "--port", str(port)],
            cwd=ROOT, env=environment, stdout=heard, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        assert answered(f"http://127.0.0.1:{port}/readyz") == 200
        assert f"export FILROUGE_HOME={home} FILROUGE_TODAY=2026-06-15" in told.read_text(), "the day of the pages too"
        busy = filrouge(home, "run", "--port", port, check=False)
        assert busy.returncode != 0
        assert str(port) in busy.stderr
        assert len(busy.stderr.strip().splitlines()) == 1
    finally:
        server.terminate()
        assert server.wait(90) is not None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "--source", "nowhere"], "accepted: example, moodle, oulad"),
        (["run", "--source", "moodle"], "--data"),
        (["run", "--source", "moodle", "--data", "/nonexistent"], "folder"),
        (["run", "--data", "."], "--source moodle"),
        (["score"], "filrouge import"),
    ],
)
def test_a_wrong_call_is_one_clear_line(tmp_path, words, expected):
    done = filrouge(tmp_path / "fresh", *words, check=False)
    assert done.returncode not in {0, 1}
    assert expected in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_home_that_is_a_file_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    done = filrouge(tmp_path / "file", "run", check=False)
    assert done.returncode == 2
    assert "FILROUGE_HOME" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
