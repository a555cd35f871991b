"""Erasure: after it, no file of the home holds the person, and the same export does not bring them back."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data import erasure
from data.compaction import compact
from data.consents import Consents
from data.contracts import TABLES
from data.erasure import erase, trace_of
from data.errors import StoreError
from data.home import Home
from data.identities import ErasureRequest, Vault
from data.imports import import_folder
from data.privacy import Pseudonymiser, load_key
from data.proof import Trace, prove
from data.store import RecordStore
from tests.unit.small_files import parquet, stored
from tests.unit.small_sites import moodle_tables_small, write_moodle

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 4, 10)
AT = datetime(2026, 4, 11, tzinfo=UTC)
ASKED = {"by": "DPO", "at": AT, "reason": "asked by letter"}
LONG_NAME = "Adalgisa"


def site() -> dict[str, Any]:
    """Return the small site, where the learner to erase has a name that is no chance."""
    tables = moodle_tables_small()
    for row in tables["user"]:
        row["firstname"] = LONG_NAME if row["id"] == 10 else row["firstname"]
    return tables


def learner_of(home: Home, source_id: str) -> int:
    return Pseudonymiser(load_key(home.keys), "moodle").one("learner", source_id)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home with two batches of a site, so that old versions hold everybody too, and derived files."""
    folder = tmp_path_factory.mktemp("erasure")
    home, tables = Home(folder / "home").prepare(), site()
    import_folder(home, "moodle", write_moodle(folder / "first", tables), as_of=TODAY)
    for row in tables["logstore_standard_log"]:
        row["timecreated"] += 60
    import_folder(home, "moodle", write_moodle(folder / "second", tables), as_of=date(2026, 4, 11))
    ada, bob = learner_of(home, "10"), learner_of(home, "11")
    for name, learners in (("both", [ada, bob]), ("bob", [bob])):
        rows = pa.table({"learner_id": learners, "logins_7d": [1.0] * len(learners)})
        pq.write_table(rows, home.features / f"training-{name}.parquet")
        (home.scored / name).mkdir()
        (home.scored / name / "run.json").write_text("{}")
        pq.write_table(rows, home.scored / name / "current.parquet")
        (home.reports / f"{name}.json").write_text(json.dumps({"learners": learners}))
    return home


@pytest.fixture
def home(imported: Home, tmp_path: Path) -> Home:
    shutil.copytree(imported.root, tmp_path / "home")
    return Home(tmp_path / "home")


def numbers_of(home: Home, learner: int) -> list[int]:
    with RecordStore(home).connect() as con:
        found = con.execute("SELECT enrolment_id FROM enrolments WHERE learner_id = ?", [learner]).fetchall()
    return [learner, *(number for (number,) in found)]


def values(home: Home) -> Iterator[tuple[str, object]]:
    """Yield every value of every Parquet file, read by another library than the one that erases."""
    for path in home.root.rglob("*.parquet"):
        for column in pq.read_table(path, partitioning=None).columns:
            for value in column.to_pylist():
                inside = re.findall(r"\d+", repr(value)) if isinstance(value, dict | list) else ()
                yield from ((path.name, int(one)) for one in inside)
                yield path.name, value if isinstance(value, int) else repr(value)


def grep(home: Home, told: bytes) -> list[str]:
    files = (path for path in home.root.rglob("*") if path.is_file() and path != home.identities_database)
    return [path.name for path in files if told in path.read_bytes()]


def test_no_file_holds_the_person_any_more(home: Home) -> None:
    ada = learner_of(home, "10")
    numbers = numbers_of(home, ada)
    assert len(numbers) == 3
    assert {value for _, value in values(home)} > set(numbers)
    assert LONG_NAME.encode() in home.identities_database.read_bytes()
    result = erase(home, ada, **ASKED)
    assert result.still_in == ()
    assert not {value for _, value in values(home)} & set(numbers)
    for number in numbers:
        for told in (str(number).encode(), number.to_bytes(8, "little"), number.to_bytes(8, "big")):
            assert grep(home, told) == []
    vault = home.identities_database.read_bytes()
    for told in (LONG_NAME.encode(), b"u10@example.org"):
        assert told not in vault
        assert grep(home, told) == []
    with sqlite3.connect(home.identities_database) as raw:
        assert raw.execute("SELECT count(*) FROM identities WHERE pseudonym = ?", [ada]).fetchone() == (0,)
        assert raw.execute("SELECT learner_id, asked_by FROM erasures").fetchall() == [(ada, "DPO")]
    raw.close()


def test_everybody_else_stays(home: Home) -> None:
    ada = learner_of(home, "10")
    theirs = ",".join(map(str, numbers_of(home, ada)))
    before = {}
    for name, spec in TABLES.items():
        person = next((one for one in ("learner_id", "enrolment_id") if one in spec.names), None)
        kept = f"WHERE {person} IS NULL OR {person} NOT IN ({theirs})" if person else ""
        with RecordStore(home).connect() as con:
            before[name] = con.execute(f"FROM {name} {kept} ORDER BY ALL").to_arrow_table().to_pylist()
    result = erase(home, ada, **ASKED)
    with RecordStore(home).connect() as con:
        for name, rows in before.items():
            assert con.execute(f"FROM {name} ORDER BY ALL").to_arrow_table().to_pylist() == rows, name
    assert {name: n for name, n in result.rows.items() if n} == result.rows
    assert {"enrolments", "activity"} <= set(result.rows)
    assert result.rows["enrolments"] == 2


def test_what_was_derived_goes_whole_where_it_holds_them(home: Home) -> None:
    result = erase(home, learner_of(home, "10"), **ASKED)
    assert set(result.deleted) == {"features/training-both.parquet", "scored/both", "reports/both.json"}
    assert (home.scored / "bob" / "current.parquet").exists()


def test_old_versions_cannot_bring_them_back(home: Home) -> None:
    old = RecordStore(home).history()[0].versions
    erase(home, learner_of(home, "10"), **ASKED)
    with pytest.raises(StoreError, match=r"version \d of a table cannot be read"):
        RecordStore(home).connect(old)


def test_a_compaction_and_an_import_after_it(home: Home, tmp_path: Path) -> None:
    """Versions that the erasure cut are in the ledger still; nobody looks for their files."""
    erase(home, learner_of(home, "10"), **ASKED)
    store = RecordStore(home)
    with store.connect() as con:
        before = con.execute("FROM activity ORDER BY ALL").to_arrow_table()
    compact(store, at=AT)
    import_folder(home, "moodle", write_moodle(tmp_path / "third", site()), as_of=date(2026, 4, 12))
    erase(home, learner_of(home, "13"), **ASKED)
    with store.connect() as con:
        assert 0 < con.execute("FROM activity ORDER BY ALL").to_arrow_table().num_rows <= before.num_rows


def test_a_log_of_before_that_tells_numbers_is_cut(home: Home) -> None:
    """Records written before this version have the smallest and largest pseudonym of each file in their log."""
    ada = learner_of(home, "10")
    log = home.records / "enrolments" / "_delta_log" / "00000000000000000000.json"
    log.write_text(
        log.read_text().replace('"numRecords\\":', f'"minValues\\":{{\\"learner_id\\":{ada}}},\\"numRecords\\":', 1)
    )
    assert str(ada) in log.read_text()
    assert erase(home, ada, **ASKED).still_in == ()


def test_an_import_does_not_bring_them_back(home: Home, tmp_path: Path) -> None:
    """Each row left out is counted apart; none is refused, nor quarantined."""
    ada, bob = learner_of(home, "10"), learner_of(home, "11")
    erase(home, ada, **ASKED)
    manifest = import_folder(home, "moodle", write_moodle(tmp_path / "third", site()), as_of=date(2026, 4, 12))
    assert manifest.tables["enrolments"].erased == 2
    assert manifest.erased == sum(count.erased for count in manifest.tables.values()) > 2
    assert manifest.refused == {}
    assert numbers_of(home, ada) == [ada]
    assert len(numbers_of(home, bob)) > 1
    vault = Vault(home.identities_database)
    assert vault.find("learner", [ada]) == {}
    assert LONG_NAME not in str(vault.find("learner"))
    vault.close()


def test_a_new_enrolment_of_theirs_stays_out(home: Home, tmp_path: Path) -> None:
    """Nor what they do in it, nor its line in the vault."""
    bob = learner_of(home, "11")
    erase(home, bob, **ASKED)
    tables = site()
    late = next(row for row in tables["user_enrolments"] if row["id"] == 104)
    tables["user_enrolments"].append({**late, "id": 199, "userid": 11})
    tables["role_assignments"].append({"id": 99, "roleid": 5, "contextid": 2, "userid": 11})
    event = tables["logstore_standard_log"][0]
    when = max(row["timecreated"] for row in tables["logstore_standard_log"])
    tables["logstore_standard_log"].append({**event, "id": 9_999, "userid": 11, "courseid": 3, "timecreated": when})
    manifest = import_folder(home, "moodle", write_moodle(tmp_path / "third", tables), as_of=date(2026, 4, 12))
    assert manifest.tables["enrolments"].erased == 2
    assert manifest.refused == {}
    enrolment = Pseudonymiser(load_key(home.keys), "moodle").one("enrolment", "11:A-2")
    vault = Vault(home.identities_database)
    assert vault.find("enrolment", [enrolment]) == {}
    vault.close()
    assert not {value for _, value in values(home)} & {bob, enrolment}


def test_a_decision_is_kept_by_pseudonym_alone(home: Home) -> None:
    ada = learner_of(home, "10")
    Consents(home).record(ada, "alerts", "objected", by="A. Mentor", at=AT)
    assert erase(home, ada, **ASKED).still_in == ()
    assert [one.choice for one in Consents(home).history(ada)] == ["objected"]


def test_asked_again_or_of_nobody(home: Home) -> None:
    ada = learner_of(home, "10")
    erase(home, ada, **ASKED)
    again = erase(home, ada, **ASKED)
    assert (again.rows, again.still_in) == ({}, ())
    vault = Vault(home.identities_database)
    enrolment = vault.erasures()[0].enrolments[0]
    vault.close()
    (home.reports / "left.csv").write_text(f"enrolment_id\n{enrolment}\n")
    last = erase(home, ada, **ASKED)
    assert (last.deleted, last.still_in) == (("reports/left.csv",), ()), "their enrolments are still looked for"
    with pytest.raises(StoreError, match="nobody has this number"):
        erase(home, 12345, **ASKED)
    vault = Vault(home.identities_database)
    assert len(vault.erasures()) == 1
    vault.close()


def test_what_else_holds_people_is_told_and_looked_at(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work database is not the records': what erases there can be added, and until then the proof says so."""
    ada = learner_of(home, "10")
    with sqlite3.connect(home.work_database) as work:
        work.execute("CREATE TABLE roster (learner_id INTEGER)")
        work.execute("INSERT INTO roster VALUES (?)", [ada])
    work.close()
    told: list[Trace] = []

    def eraser(_: Home, trace: Trace, __: ErasureRequest, ___: datetime) -> list[str]:
        told.append(trace)
        return ["work database: roster"]

    monkeypatch.setattr(erasure, "ALSO", [eraser])
    assert erase(home, ada, **ASKED).still_in == ("work.db", "work database: roster")
    assert told[0].numbers[0] == ada
    assert any(LONG_NAME in text for text in told[0].texts), "the vault forgets last"


def test_whatever_file_holds_them_goes_or_is_mended(home: Home) -> None:
    """No list of folders is kept: a place that somebody adds one day is read, and a model's own files stay."""
    ada = learner_of(home, "10")
    texts = dict.fromkeys(("reports/shadow/a.html", "exports/a.csv", "a.bin", ".spool/a.json"), f"by {LONG_NAME} T")
    texts["models/history.jsonl"] = json.dumps({"by": f"{LONG_NAME} T", "version": "3"})
    for name, told in texts.items():
        (home.root / name).parent.mkdir(parents=True, exist_ok=True)
        (home.root / name).write_text(told)
    for name in ("scored/shadow-1/rows.parquet", "models/artifacts/x/rows.parquet", "other/list.parquet"):
        (home.root / name).parent.mkdir(parents=True, exist_ok=True)
        (home.root / name).write_bytes(parquet({"enrolment_id": numbers_of(home, ada)}))
    (home.root / "scored/shadow-1/run.json").write_text("{}")
    for name in ("models/mlflow.db", "other/kept.db"):
        with sqlite3.connect(home.root / name) as raw:
            raw.execute("CREATE TABLE tags (run INTEGER, value TEXT)")
            raw.executemany("INSERT INTO tags VALUES (?, ?)", [(ada, "x"), (1, "u10@example.org saw it"), (2, "kept")])
        raw.close()
    stored(home.root / "kept.duckdb", {"learner_id": [ada]})
    result = erase(home, ada, **ASKED)
    assert result.still_in == ()
    gone = {"reports/shadow/a.html", "exports/a.csv", "a.bin", "scored/shadow-1", "other/list.parquet", "kept.duckdb"}
    assert gone | {"other/kept.db", "models/mlflow.db", "models/history.jsonl"} <= set(result.deleted)
    assert not any((home.root / name).exists() for name in (*gone, "other/kept.db", ".spool"))
    assert not (home.root / "models/artifacts/x/rows.parquet").exists(), "what cannot be mended is no model"
    assert json.loads((home.root / "models/history.jsonl").read_text()) == {"by": "[…]", "version": "3"}
    with sqlite3.connect(home.root / "models/mlflow.db") as raw:
        assert raw.execute("SELECT * FROM tags ORDER BY 1").fetchall() == [(1, "[…] saw it"), (2, "kept")]
    raw.close()


def test_what_was_asked_and_not_begun_is_finished_and_proven_by_its_number(home: Home) -> None:
    ada = learner_of(home, "10")
    number = erasure.ask(home, ada, **ASKED)
    assert erasure.ask(home, ada, **ASKED) == number, "asked once"
    done = erasure.finish(home, number, at=AT)
    assert (done.number, done.still_in, done.rows["enrolments"]) == (number, (), 2)
    assert done.files_read == len([path for path in home.root.rglob("*") if path.is_file()])
    assert erasure.finish(home, number, at=AT).rows == {}
    with pytest.raises(StoreError):
        erasure.finish(home, number + 1, at=AT)


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import data.delta, data.erasure, data.identities, data.store
from data.home import Home

PLACES = {"swap": data.delta, "commit": data.store.RecordStore, "remove_unused": data.delta,
          "forget": data.identities.Vault, "delete_derived": data.erasure, "end_erasure": data.identities.Vault}

def run(home, learner, name, moment):
    work, left = getattr(PLACES[name], name), [moment]
    def killed(*given, **named):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*given, **named)
    setattr(PLACES[name], name, killed)
    data.erasure.erase(Home(Path(home)), learner, by="DPO", at=datetime.now(UTC), reason="asked")

learner, *homes = sys.argv[1:]
for home in homes:
    child = os.fork()
    if child == 0:
        _, name, moment = home.rsplit("-", 2)
        run(home, int(learner), name, int(moment))
        os._exit(0)
    print(os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)
"""


def test_an_erasure_killed_at_any_moment_is_finished_by_what_comes_next(imported: Home, tmp_path: Path) -> None:
    """Readers see all of the person or nothing; the next import, or the next erasure, does what is left."""
    script, ada = tmp_path / "killed.py", learner_of(imported, "10")
    script.write_text(KILLED)
    numbers = numbers_of(imported, ada)
    trace = trace_of(imported, ada, numbers[1:])
    homes = []
    for moment in ("swap-3", "commit-1", "forget-1"):
        shutil.copytree(imported.root, tmp_path / f"home-{moment}")
        homes.append(Home(tmp_path / f"home-{moment}"))
    command = [sys.executable, str(script), str(ada), *(str(home.root) for home in homes)]
    done = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"9"}
    for place, home in enumerate(homes):
        seen = numbers_of(home, ada)
        assert seen in (numbers, [ada])
        if place == 0:
            import_folder(home, "moodle", write_moodle(tmp_path / f"tables-{place}", site()), as_of=date(2026, 4, 12))
        else:
            erase(home, ada, **ASKED)
        assert prove(home, trace) == []
        assert numbers_of(home, ada) == [ada]
