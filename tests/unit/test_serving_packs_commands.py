"""`filrouge quality sample`, `pack` and `verify --pack`, as somebody types them."""

import json

import pytest
from typer.testing import CliRunner

from filrouge import build
from serving.problems import NotFoundError, RefusedError
from tests.api import serving_seed as seed


@pytest.fixture
def lived(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("FILROUGE_HOME", str(home))
    monkeypatch.setenv("FILROUGE_TODAY", "2026-06-15")
    monkeypatch.setattr("serving.accounts.service.hasher", lambda: seed.QUICK)
    site = seed.small_site(home)
    seed.fill(site)
    site.database.dispose()
    return home


def run(*words):
    return CliRunner().invoke(build(), ["quality", *map(str, words)], catch_exceptions=False)


def told(*words):
    done = run(*words, "--json")
    return done.exit_code, json.loads(done.stdout)


def test_the_same_seed_draws_the_same_enrolments_and_each_draw_is_written_down(lived):
    _, first = told("sample", "-n", 10, "--seed", 7)
    _, again = told("sample", "-n", 10, "--seed", 7)
    _, other = told("sample", "-n", 10, "--seed", 8)
    assert [one["enrolment_id"] for one in first["drawn"]] == [one["enrolment_id"] for one in again["drawn"]]
    assert first["drawn"] != other["drawn"]
    assert (first["frame"], len(first["drawn"]), again["entry"] - first["entry"]) == (22, 10, 1)
    assert (first["from"], first["until"]) == ("2025-06-16", "2026-06-15")
    assert "10 drawn among 22 enrolments, seed 7" in run("sample", "--seed", 7).stdout
    assert told("sample", "--alerted", "-n", 200)[1]["frame"] < 22


def test_a_pack_is_written_where_it_is_asked_for_and_comes_back_as_ours(lived, tmp_path):
    out = tmp_path / "out"
    _, made = told("pack", "--seed", 7, "--draw", 5, "--out", out)
    assert (made["folder"], made["named"]) == (str(out), False)
    assert (lived / "packs" / made["key"] / "manifest.json").read_bytes() == (out / "manifest.json").read_bytes()
    code, verdict = told("verify", "--pack", out)
    assert (code, verdict["intact"], verdict["first_broken"], verdict["pack"]["intact"]) == (0, True, None, True)
    (out / "csv" / "register.csv").write_bytes(b"x")
    code, verdict = told("verify", "--pack", out)
    assert (code, verdict["intact"], verdict["pack"]["broken"]) == (1, True, ["csv/register.csv"])
    assert "the pack was altered: csv/register.csv" in run("verify", "--pack", out).stdout
    assert set(told("verify")[1]) == {"intact", "checked", "first_broken", "reason", "differs", "what"}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("pack", "--as-of", "2026-06-16"), RefusedError),
        (("pack", "--until", "2026-06-15", "--as-of", "2026-06-14"), RefusedError),
        (("pack", "--from", "2026-06-10", "--until", "2026-06-01"), RefusedError),
        (("pack", "--lang", "de"), RefusedError),
        (("sample", "--until", "2026-06-16"), RefusedError),
        (("sample", "--seed", str(2**31)), RefusedError),
        (("verify", "--pack", "nowhere"), NotFoundError),
        (("verify", "--pack", "."), NotFoundError),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(lived, words, error):
    with pytest.raises(error):
        run(*words)
    assert not (lived / "packs").exists()


def test_a_pack_of_a_day_before_tells_nothing_later(lived):
    _, made = told("pack", "--as-of", "2026-06-14", "--draw", 22)
    assert made["journal_entry"] == 0
    folder = lived / "packs" / made["key"]
    assert (folder / "csv" / "register.csv").read_text(encoding="utf-8-sig").count("\n") == 1
