"""What keeps an import's memory from growing with its files: read piece by piece, large tables wait in files."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import IO, Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.contracts import TABLES
from data.home import Home
from data.imports import import_folder
from data.privacy import KEY_FILE, Pseudonymiser
from data.sources import pace, plain_sql, raw, staging
from data.sources.base import RawTable, text
from data.sources.raw import CsvRows
from data.store import RecordStore
from tests.unit.small_sites import moodle_tables_small, write_moodle

TABLE = RawTable("posts", (text("id"), text("message")))


def _csv(path: Path, rows: list[tuple[str, str]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("id", "message"), *rows])
    return path


def _read(path: Path) -> list[tuple[str, str]]:
    return [(row["id"], row["message"]) for row in CsvRows(path, TABLE).reader().read_all().to_pylist()]


def test_a_file_is_not_read_ahead_of_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file of hundreds of pieces, only a few are ever read before what came before them was taken."""
    ahead = []

    class Watched(pace.Paced):
        def read(self, size: int) -> bytes:
            piece = super().read(size)
            ahead.append(self._waiting)
            return piece

    monkeypatch.setattr(pace, "PIECE", 1000)
    monkeypatch.setattr(pace, "LONG_ENOUGH", 60)
    monkeypatch.setattr(raw, "Paced", Watched)
    rows = [(str(n), "a message of some length") for n in range(10_000)]
    assert _read(_csv(tmp_path / "posts.csv", rows)) == rows
    assert len(ahead) > 200
    assert max(ahead) <= pace.AHEAD


@pytest.mark.parametrize("piece", [7, 64, 1000])
def test_rows_longer_than_a_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    """A value may hold quotes and ends of line, and be many pieces long."""
    monkeypatch.setattr(pace, "PIECE", piece)
    monkeypatch.setattr(pace, "LONG_ENOUGH", 0.001)
    long = 'one line, "quoted"\nanother\n\n' * 50
    rows = [(str(n), long if n % 3 else "short") for n in range(30)]
    assert _read(_csv(tmp_path / "posts.csv", rows)) == rows


@pytest.mark.parametrize("piece", [1, 2, 3, 11])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_an_end_of_line_is_never_cut_in_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, end: str
) -> None:
    """Wherever pieces end, values keep their own ends of line, compressed or not, the last row ended or not."""
    monkeypatch.setattr(pace, "PIECE", piece)
    monkeypatch.setattr(pace, "LONG_ENOUGH", 0.001)
    rows = [(str(n), f'a\r\n"b"\r\n\r\nc{n}\n\rd') for n in range(6)]
    told = io.StringIO(newline="")
    csv.writer(told, lineterminator=end).writerows([("id", "message"), *rows])
    (tmp_path / "posts.csv").write_bytes(told.getvalue().encode())
    (tmp_path / "posts.csv.gz").write_bytes(gzip.compress(told.getvalue().rstrip("\r\n").encode()))
    assert _read(tmp_path / "posts.csv") == _read(tmp_path / "posts.csv.gz") == rows


@given(piece=st.text('"\nx,', max_size=40).map(str.encode), quotes=st.integers(0, 3))
def test_where_a_row_ends(piece: bytes, quotes: int) -> None:
    """An end of line that an even number of quotes precedes ends a row."""
    ends = [at for at, letter in enumerate(piece) if letter == ord("\n")]
    assert pace._ends_a_row(piece, quotes) is any((quotes + piece[:at].count(b'"')) % 2 == 0 for at in ends)


def test_a_work_that_fails_midway_leaves_nobody_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a full disk: the file is closed before the error goes on, so that the command can end."""
    opened = []

    def opening(path: Path) -> IO[bytes]:
        opened.append(path.open("rb"))
        return opened[-1]

    monkeypatch.setattr(raw, "open_bytes", opening)
    monkeypatch.setattr(pace, "PIECE", 1000)
    monkeypatch.setattr(staging, "_fault", lambda _: "error('the disk is full')")
    path = _csv(tmp_path / "posts.csv", [(str(n), "a message of some length") for n in range(10_000)])
    with (
        staging.staging(tmp_path / "spill", Pseudonymiser(b"k" * 32, "x")) as area,
        pytest.raises(duckdb.Error, match="disk is full"),
    ):
        area.load_csv(TABLE, path)
    assert [stream.closed for stream in opened] == [True, True]  # looked through, then read


def _import(folder: Path, tables: Path, key: bytes) -> dict[str, Any]:
    home = Home(folder).prepare()
    home.keys.mkdir(parents=True, exist_ok=True)
    (home.keys / KEY_FILE).write_bytes(key)
    manifest = import_folder(home, "moodle", tables)
    store = RecordStore(home)
    with store.connect(whole=True) as connection:
        rows = {
            name: connection.execute(f'SELECT CAST(COLUMNS(*) AS VARCHAR) FROM "{name}" ORDER BY ALL').fetchall()
            for name in TABLES
        }
    aside = store.quarantined().drop_columns(["batch_id"]).to_pylist()
    return {"tables": manifest.tables, "files": manifest.files, "aside": sorted(map(str, aside)), **rows}


def test_tables_that_wait_in_files_give_the_same_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the size from which a table is kept in a file: same rows, same rows set aside, a cut one included."""
    tables = moodle_tables_small()
    tables["logstore_standard_log"] += [{**tables["logstore_standard_log"][0], "timecreated": "hier"}] * 2
    folder = write_moodle(tmp_path / "tables", tables)
    log = folder / "mdl_logstore_standard_log.csv"
    log.write_bytes(log.read_bytes().rstrip(b"\n"))
    small = _import(tmp_path / "small", folder, b"k" * 32)
    monkeypatch.setattr(staging, "LARGE", 0)
    large = _import(tmp_path / "large", folder, b"k" * 32)
    assert small == large
    assert any("cut short" in told for told in small["aside"])
    assert small["activity"]


_PLACED = (
    "CREATE MACRO on_day(t) AS CAST(t AS DATE)",
    "CREATE TABLE plain_people AS SELECT 'U' || n AS person, NULL::VARCHAR AS role FROM range(200) t(n)",
    "CREATE TABLE places AS SELECT 'U' || n AS who, 'S' AS place, n AS enrolment_id, DATE '2026-01-01' AS from_on,"
    " DATE '2026-12-31' AS to_on FROM range(200) t(n)",
    "CREATE TABLE every_session AS SELECT 'S' AS session_id",
)
_POSTS = """
SELECT 'a post of its own ' || n AS post, NULL::VARCHAR AS thread, 'U' || (n % 200) AS person, NULL::VARCHAR AS session,
    NULL::VARCHAR AS author_role, TIMESTAMPTZ '2026-05-01 00:00:00+00' + to_seconds(n) AS occurred_at,
    NULL::VARCHAR AS fault
FROM range({n}) t(n)
"""


def test_the_places_of_many_posts_wait_on_the_disk(tmp_path: Path) -> None:
    """600,000 posts, each a thread of its own, in 80 MB: where each belongs does not fit there at once."""
    file, n = tmp_path / "posts.parquet", 600_000
    duckdb.sql(_POSTS.format(n=n)).write_parquet(str(file))
    with duckdb.connect() as con:
        con.execute(f"SET memory_limit = '80MB'; SET threads = 2; SET temp_directory = '{tmp_path / 'spill'}'")
        con.execute("SET preserve_insertion_order = false")
        con.execute(f"CREATE VIEW plain_posts_raw AS FROM read_parquet('{file}')")
        for statement in (*_PLACED, *plain_sql.POST_PLACES):
            con.execute(statement)
        assert con.execute("SELECT count(*), count(DISTINCT enrolment_id) FROM post_places").fetchone() == (n, 200)
