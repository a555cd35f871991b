"""A step already done is not repeated; a changed input, code or lost ledger runs it again."""

from contextlib import nullcontext

import pytest

from data.errors import HomeError
from data.home import Home
from data.steps import Steps, code_fingerprint, written_whole


@pytest.fixture
def calls():
    return []


def run(path, calls, *, code="v1", inputs=(1,)):
    def work():
        calls.append(inputs)
        return {"n": len(calls)}

    steps = Steps(path, code)
    return steps.run("train", inputs, work), steps.done[-1].repeated


def test_done_once(tmp_path, calls):
    ledger = tmp_path / "steps.json"
    assert run(ledger, calls) == ({"n": 1}, False)
    assert run(ledger, calls) == ({"n": 1}, True)
    assert len(calls) == 1


@pytest.mark.parametrize("change", [{"code": "v2"}, {"inputs": (2,)}])
def test_a_change_runs_it_again(tmp_path, calls, change):
    ledger = tmp_path / "steps.json"
    run(ledger, calls)
    assert run(ledger, calls, **change) == ({"n": 2}, False)


@pytest.mark.parametrize("damage", ["", "{", "[]"])
def test_a_damaged_ledger_only_costs_time(tmp_path, calls, damage):
    ledger = tmp_path / "steps.json"
    run(ledger, calls)
    ledger.write_text(damage)
    assert run(ledger, calls) == ({"n": 2}, False)


def test_a_failed_step_is_not_recorded(tmp_path):
    steps = Steps(tmp_path / "steps.json", "v1")
    with pytest.raises(ZeroDivisionError):
        steps.run("train", 1, lambda: {"x": 1 // 0})
    assert steps.done == []
    assert not steps.path.exists()


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    target = tmp_path / "out.txt"
    target.write_text("before")

    def fail():
        with written_whole(target) as partial:
            partial.write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_code_fingerprint_follows_the_code_only(tmp_path):
    (tmp_path / "a.py").write_text("x = 1")
    first = code_fingerprint([tmp_path])
    (tmp_path / "notes.txt").write_text("nothing")
    assert code_fingerprint([tmp_path]) == first
    (tmp_path / "a.py").write_text("x = 2")
    assert code_fingerprint([tmp_path]) != first


@pytest.mark.parametrize(
    ("label", "site", "holds", "refused"),
    [
        (None, "example", False, False),
        (None, "own", True, False),
        (None, "example", True, True),
        ("example", "example", True, False),
        ("example", "own", True, True),
        ("example", "own", False, False),
        ("own", "oulad", True, True),
        ("own", "own", True, False),
    ],
)
def test_sites_are_kept_apart(tmp_path, label, site, holds, refused):
    home = Home(tmp_path)
    if label:
        home.name_site(label)
    with pytest.raises(HomeError, match="FILROUGE_HOME") if refused else nullcontext():
        home.keep_apart(site, holds_records=holds)
