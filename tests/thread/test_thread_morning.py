"""The work of a morning on the example site, the day after the newcomer's run: on a copy of its home."""

import json
import shutil

import pytest

from tests.thread.conftest import ROOT, filrouge

STEPS = ["import", "actions", "score", "alerts", "notify", "monitor", "challenge", "tidy"]

pytestmark = pytest.mark.slow


def test_a_morning_goes_through_and_goes_on_from_where_it_failed(first, home, tmp_path):
    """Moodle is read again, another source is not there, and everything else is done all the same."""
    mine = tmp_path / "home"
    shutil.copytree(home, mine)
    moodle = f'[[source]]\nway = "moodle"\nfolder = "{ROOT / "data/sample/moodle"}"\nas-of = 2026-06-15\n'
    broken = '[[source]]\nname = "gone"\nway = "moodle"\nfolder = "gone"\n'
    (mine / "sources.toml").write_text(moodle + broken, encoding="utf-8")
    done = filrouge(mine, "daily", "--as-of", "2026-06-16", "--json", check=False)
    steps = {one["step"]: one for one in json.loads(done.stdout)["steps"]}
    assert (done.returncode, list(steps)) == (1, STEPS)
    assert [name for name, one in steps.items() if one["state"] != "done"] == ["import"]
    assert [one["name"] for one in steps["import"]["result"]["sources"] if one["failure"]] == ["gone"]
    assert steps["score"]["result"]["n_enrolments"] > 100
    assert steps["monitor"]["result"]["verdict"] in {"keep", "recalibrate", "retrain", "fall_down", "not_enough_data"}
    assert steps["monitor"]["result"]["drift"] in {"stable", "watch", "drifted"}
    (mine / "sources.toml").write_text(moodle, encoding="utf-8")
    again = json.loads(filrouge(mine, "daily", "--as-of", "2026-06-16", "--json").stdout)["steps"]
    assert [one["step"] for one in again if one["here"]] == ["import"]
    assert json.loads(filrouge(mine, "quality", "verify", "--json").stdout)["intact"] is True
