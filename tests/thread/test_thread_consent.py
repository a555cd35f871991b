"""Consent withdrawn today: tomorrow's features no longer use it, and who objects to alerts leaves the pages at once."""

import json
import shutil
import sqlite3

import pandas as pd
import pytest

from tests.thread.conftest import filrouge

pytestmark = pytest.mark.slow
TODAY, TOMORROW = "2026-06-15", "2026-06-16"
POSTS = ["posts_30d", "posts_total", "questions_30d", "forum_views_30d"]
OWN = ["days_since_last_login", "logins_14d", "resource_actions_30d", "assessments_handed_in"]


def scored(home, day):
    """Return the list scored as of a day, by enrolment."""
    filrouge(home, "score", "--as-of", day, "--quiet")
    runs = [path.parent for path in home.glob("scored/*/run.json") if json.loads(path.read_text())["as_of"] == day]
    newest = max(runs, key=lambda folder: (folder / "run.json").stat().st_mtime_ns)
    return pd.read_parquet(newest / "current.parquet").set_index("enrolment_id")


def shown(home, learner):
    with sqlite3.connect(home / "work.db") as work:
        (n,) = work.execute("SELECT count(*) FROM roster WHERE learner_id = ?", [learner]).fetchone()
    work.close()
    return n


def test_what_is_withdrawn_today_is_not_used_tomorrow(first, home, tmp_path):
    here = tmp_path / "home"
    shutil.copytree(home, here)
    kept = scored(here, TOMORROW)
    writers = kept[(kept["posts_30d"] > 0) & (kept["forum_views_30d"] > 0)]
    withdrawn, objecting = int(writers["learner_id"].iloc[0]), int(writers["learner_id"].iloc[-1])
    assert withdrawn != objecting
    filrouge(here, "person", "consent", withdrawn, "community", "withdrawn", "--by", "Mia")
    filrouge(here, "person", "object", objecting, "alerts", "--by", "Mia")
    assert shown(here, withdrawn) > 0
    assert shown(here, objecting) == 0, "at once: nothing was scored yet"
    left = scored(here, TOMORROW)
    theirs = left[left["learner_id"] == withdrawn]
    assert len(theirs) > 0
    assert theirs[POSTS].fillna(0).eq(0).all(axis=None), "no post of theirs, no look at a forum, is in a feature"
    before = kept.loc[theirs.index, OWN]
    pd.testing.assert_frame_equal(theirs[OWN], before, check_dtype=False)
    assert objecting not in set(left["learner_id"])
    assert shown(here, objecting) == 0
    filrouge(here, "person", "object", objecting, "alerts", "--undo", "--by", "Mia")
    filrouge(here, "person", "consent", withdrawn, "community", "granted", "--by", "Mia")
    again = scored(here, TOMORROW)
    pd.testing.assert_frame_equal(again.sort_index()[POSTS + OWN], kept.sort_index()[POSTS + OWN])
    assert shown(here, objecting) > 0
