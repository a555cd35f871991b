"""A platform's log stops, its alerts are held and administrators told; its late records come, and the day is redone."""

import csv
import gzip
import io
import json
import shutil
import sqlite3
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.thread.conftest import ROOT, filrouge

pytestmark = pytest.mark.slow
DAY = "2026-06-15"
SITE, LOG = ROOT / "data/sample/moodle", "csv/mdl_logstore_standard_log.csv.gz"
STOPPED, TODAY = (datetime(2026, 6, day, tzinfo=ZoneInfo("Europe/Paris")).timestamp() for day in (6, 15))


def cut(folder):
    """Copy the example site as it is when its log stopped nine days ago; the rest of it goes on."""
    shutil.copytree(SITE, folder)
    with gzip.open(SITE / LOG, "rt", encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    at, text = names.index("timecreated"), io.StringIO()
    csv.writer(text).writerows([names, *(row for row in rows if not STOPPED <= int(row[at]) < TODAY)])
    (folder / LOG).write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def asked(home, query):
    with sqlite3.connect(home / "work.db") as work:
        found = work.execute(query).fetchall()
    work.close()
    return found


def morning(home):
    told = json.loads(filrouge(home, "daily", "--as-of", DAY, "--json").stdout)["steps"]
    return {one["step"]: one for one in told}


HELD = "SELECT enrolment_id FROM held_alerts WHERE reason = 'source_quiet' AND run_id = {}"


def test_what_comes_late_is_scored_again_that_day_and_what_was_held_opens_or_goes(first, home, tmp_path, monkeypatch):
    mine, site = tmp_path / "home", tmp_path / "moodle"
    shutil.copytree(home, mine)
    shutil.rmtree(mine / "records")
    shutil.rmtree(mine / "reports" / "watch")
    (mine / "work.db").unlink()
    cut(site)
    (mine / "sources.toml").write_text(f'[[source]]\nway = "moodle"\nfolder = "{site}"\nas-of = {DAY}\n')
    monkeypatch.setenv("FILROUGE_TODAY", DAY)
    filrouge(mine, "accounts", "create", "ada", "--role", "admin", "--name", "Ada", "--email", "ada@example.org")

    before = morning(mine)
    assert before["monitor"]["result"]["sources"] == {"quiet": ["activity"]}
    run = before["score"]["result"]["run"]
    held = {number for (number,) in asked(mine, HELD.format(run))}
    assert before["alerts"]["result"]["held"] >= len(held) > 20
    alerts = "SELECT enrolment_id, kind FROM alerts WHERE closed_at IS NULL"
    assert not {kind for _, kind in asked(mine, alerts)} & {"sudden_silence", "never_started", "model_risk"}
    same = morning(mine)
    assert [name for name, one in same.items() if one["here"]] == ["import"], "tried again, and it brings nothing"

    shutil.copyfile(SITE / LOG, site / LOG)
    after = morning(mine)
    assert {name for name, one in after.items() if one["here"]} >= {"import", "score", "alerts", "notify", "monitor"}
    assert after["import"]["result"]["new"] > 1000
    again = after["score"]["result"]["run"]
    assert again != run
    assert after["monitor"]["result"]["sources"] == {"back": ["activity"]}
    assert asked(mine, HELD.format(again)) == []
    opened = {number for number, _ in asked(mine, alerts)}
    assert opened & held, "some of those held had reason to be"
    assert held - opened, "and some had not: it was the outage"
    kept = asked(mine, "SELECT kind, account_id, failure FROM outbox ORDER BY id")
    assert [kind for kind, _, _ in kept if kind == "sources"] == ["sources", "sources"]
    assert json.loads((mine / "reports" / "watch" / f"{DAY}.json").read_text())["freshness"][0]["state"] == "fresh"
    assert [name for name, one in morning(mine).items() if one["here"]] == [], "and that is all"
