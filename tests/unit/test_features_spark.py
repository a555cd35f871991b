"""The table on Spark is the table here, to the last bit; a part keeps its silent learners; the rest is refused."""

import json
import os
import subprocess
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.contracts import TABLES
from data.errors import FilrougeError
from features.oracle import NAMES
from features.spark import on_spark, part_of
from features.table import build
from tests.bench import made_records

ROOT = Path(__file__).parents[2]
SPARK = Path(os.environ.get("FILROUGE_SPARK") or ROOT / ".venv" / "spark" / "bin" / "python")
KEYS = ["session_id", "as_of_on", "enrolment_id"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_records.write(tmp_path_factory.mktemp("made"), 20_000, 1_000)


@pytest.fixture(scope="module")
def expected(made):
    with made_records.connect(made) as con:
        return build(con, made_records.schedule(made), names=NAMES)


def assert_same(found, expected):
    found = found.sort_values(KEYS, ignore_index=True)
    pd.testing.assert_frame_equal(found[[*KEYS[2:], *NAMES]], expected[[*KEYS[2:], *NAMES]], check_exact=True)


def test_parts_put_together_are_the_table(made, expected):
    """Each part is handed its own sessions' records, as Spark hands them; one session has no record at all."""
    files = {name: sorted(str(path) for path in made.glob(f"{name}*.parquet")) for name in TABLES}
    work = part_of(files, made_records.schedule(made), NAMES, "session_id")
    homes = pq.read_table(made / "enrolments.parquet", columns=["enrolment_id", "session_id"])
    acts = pa.concat_tables([pq.read_table(path) for path in files["activity"]]).join(homes, "enrolment_id")
    acts = acts.rename_columns([*acts.column_names[:-1], "filrouge_part"])
    parts = [acts.filter(pa.compute.equal(acts["filrouge_part"], session)) for session in ("S0000", "S0001")]
    found = pa.Table.from_batches([batch for part in parts for batch in work(part.combine_chunks().to_batches())])
    assert_same(found.to_pandas(), expected)
    silent = parts[1].slice(0, 1).to_pylist()
    silent = pa.Table.from_pylist([{**silent[0], "record_id": None}], parts[1].schema)
    lines = sum(len(batch) for batch in work(silent.to_batches()))
    assert lines == 200 * made_records.WEEKS
    assert list(work([])) == []


def test_features_of_other_sessions_are_refused():
    with pytest.raises(FilrougeError, match="other sessions"):
        on_spark(None, {}, {}, names=["actions_elsewhere_30d"])


@pytest.mark.slow
@pytest.mark.skipif(not SPARK.exists(), reason="Spark is not installed: make spark")
def test_the_same_numbers_on_spark(made, expected, tmp_path):
    command = [str(SPARK), "-m", "tests.bench.spark_peer", str(made), str(tmp_path / "out")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1])["seconds"] > 0
    assert_same(pd.read_parquet(tmp_path / "out"), expected)
