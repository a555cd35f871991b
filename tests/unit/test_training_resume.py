"""A training stopped in the middle goes on where it was, and ends as if it had never been stopped."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from data.home import Home
from data.imports import EXAMPLE, import_folder
from training import ladder
from training.ladder import Options
from training.pipeline import train
from training.resume import Unfinished, straight

QUICK = Options(seeds=(1,), levels=("rules", "peers", "logistic"))
OF_THE_PROCESS = ("seconds", "peak_mb", "stages")


class StoppedError(Exception):
    """What kills the first attempt."""


@pytest.fixture
def fits(monkeypatch):
    """Names of the levels fitted; `stop_after` so many fits the run is killed."""
    seen, whole = [], ladder._fit
    limit = {"stop_after": None}

    def counted(name, *rest):
        if len(seen) == limit["stop_after"]:
            raise StoppedError
        seen.append(name)
        return whole(name, *rest)

    monkeypatch.setattr(ladder, "_fit", counted)
    return seen, limit


def test_a_run_killed_in_the_middle_goes_on_and_registers_the_same(tmp_path, fits):
    seen, limit = fits
    first = Home(tmp_path / "first").prepare()
    import_folder(first, "moodle", EXAMPLE, as_of=date(2026, 6, 15))
    second = Home(Path(shutil.copytree(first.root, tmp_path / "second")))
    told = []
    whole = train(first, options=QUICK, report=lambda label, done, total: told.append((label, done, total)))
    every = len(seen)
    seen.clear()

    limit["stop_after"] = every // 2
    with pytest.raises(StoppedError):
        train(second, options=QUICK)
    kept = sorted((second.models / "unfinished").glob("*/*.json"))
    assert len(kept) > 4
    assert not [path for path in kept if b"learner_id" in path.read_bytes()]
    kept[0].write_text('{"torn')
    limit["stop_after"], half = None, len(seen)
    seen.clear()
    resumed = train(second, options=QUICK)

    assert (
        len(seen) <= every - half + 3
    )  # the fits of the level that was under way, and of the torn file, are done again
    assert resumed.payload["stages"]["read_back"] == len(kept) - 1
    for name in ("spec.json", "folds.json", "reference.parquet"):
        assert (resumed.folder / name).read_bytes() == (whole.folder / name).read_bytes(), name
    reports = [{k: v for k, v in one.payload.items() if k not in OF_THE_PROCESS} for one in (whole, resumed)]
    assert reports[0] == reports[1]
    assert not list((second.models / "unfinished").iterdir())
    labels = [label for label, _, _ in told]
    assert "training: fold 1 of 5, tuning" in labels
    assert "training: fold 5 of 5, logistic" in labels
    assert all(done <= total for _, done, total in told)


def test_a_stage_is_made_once_and_a_damaged_one_again(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"value": 0.1 + len(made)}

    once = Unfinished(tmp_path / "key").part("fold-1")
    assert [once("rules", make), once("rules", make)] == [{"value": 1.1}] * 2
    again = Unfinished(tmp_path / "key")
    assert again.part("fold-1")("rules", make) == {"value": 1.1}
    assert (again.made, again.reused, len(made)) == (0, 1, 1)
    (tmp_path / "key" / "fold-1-rules.json").write_text(json.dumps({"value": 5})[:-1])
    assert again.part("fold-1")("rules", make) == {"value": 2.1}
    again.finished()
    assert not (tmp_path / "key").exists()
    assert straight("rules", make) == {"value": 3.1}
