"""Against a real learning record store: Ralph keeps what we push to it, and we find all of it, late or not, once."""

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from data import imports
from data.home import Home
from data.store import RecordStore
from tests.unit.recorded_statements import ADL, QUIZ, SCORED, TALK, TINCAN, VIEW, mail, statement
from tests.unit.served_ralph import PASSWORD, USER, Ralph, command
from tests.unit.small_sites import at, moodle_tables_small, write_moodle

RALPH = command()
pytestmark = pytest.mark.skipif(RALPH is None, reason="Ralph is not installed: see CONTRIBUTING.md")
NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)
"""Months before the test runs: Ralph stores on its own clock."""


@pytest.fixture
def ralph(tmp_path):
    with Ralph(RALPH, tmp_path) as store:
        yield store


@pytest.fixture
def home(tmp_path):
    """A home whose learner u10@example.org is enrolled in a session that began in April 2026 and still runs."""
    made, tables = Home(tmp_path / "home").prepare(), moodle_tables_small()
    tables["course"][2]["enddate"] = at("2090-06-28")
    imports.import_folder(made, "moodle", write_moodle(tmp_path / "export", tables), as_of=date(2026, 4, 10))
    return made


def client(store):
    return httpx.Client(auth=(USER, PASSWORD), headers={"X-Experience-API-Version": "1.0.3"})


def told(n, moment, **more):
    """Return a statement of u10 at an instant; Ralph says itself when it stored it."""
    made = statement(**{"verb": f"{TINCAN}/verb/viewed", "what": VIEW["object"], "n": n, **more})
    made.pop("stored")
    return {**made, "actor": mail("u10@example.org"), "timestamp": moment.isoformat()}


def pull(store, home, **options):
    return imports.import_source(
        home, "xapi", store.address, secret=f"{USER}:{PASSWORD}", options={"page_size": "4", **options}
    )


def rows(home, table):
    with RecordStore(home).connect() as connection:
        return connection.execute(f"SELECT count(*), count(DISTINCT record_id) FROM {table}").fetchall()[0]


def test_all_that_ralph_holds_is_found_once_the_late_included(ralph, home):
    before = {table: rows(home, table)[0] for table in ("activity", "quiz_results", "posts")}
    with client(ralph) as http:
        first = [told(n, NOW - timedelta(minutes=n)) for n in range(1, 11)]
        first.append(told(11, NOW, verb=f"{ADL}/verbs/passed", what=QUIZ, result=SCORED))
        first.append(told(12, NOW, verb=f"{TINCAN}/verb/replied", what=TALK, result={"response": "Merci !"}))
        assert http.post(f"{ralph.address}/statements", json=first).status_code == 200
        manifest = pull(ralph, home)
        assert (manifest.rows_in, manifest.rows_kept) == (12, 12)
        stored = datetime.fromisoformat(manifest.cursor["stored"])
        late = [told(20, stored - timedelta(hours=1)), told(21, stored - timedelta(hours=47)), told(22, stored)]
        for one in late:
            put = http.put(f"{ralph.address}/statements", params={"statementId": one["id"]}, json=one)
            assert put.status_code == 204
        second = pull(ralph, home)
    assert (second.rows_in, second.rows_kept) == (3, 3), "asked for by when they were done: the others are older"
    added = {table: rows(home, table)[0] - n for table, n in before.items()}
    assert added == {"activity": 13, "quiz_results": 1, "posts": 1}
    assert all(total == distinct for total, distinct in (rows(home, table) for table in before))


def test_a_statement_later_than_the_overlap_is_missed_and_found_with_a_larger_one(ralph, home):
    before = rows(home, "activity")[0]
    with client(ralph) as http:
        assert http.post(f"{ralph.address}/statements", json=told(1, NOW)).status_code == 200
        pull(ralph, home)
        assert http.post(f"{ralph.address}/statements", json=told(2, NOW - timedelta(hours=1))).status_code == 200
    assert pull(ralph, home, overlap_hours="24").rows_in == 0
    assert pull(ralph, home, overlap_hours="8784").rows_in == 2
    assert rows(home, "activity")[0] - before == 2
