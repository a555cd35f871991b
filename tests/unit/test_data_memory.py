"""What keeps an import's memory from growing with its files: read piece by piece, large tables wait in files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from data.contracts import TABLES
from data.home import Home
from data.imports import import_folder
from data.privacy import KEY_FILE
from data.sources import pace, raw, staging
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
