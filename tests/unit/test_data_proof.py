"""The proof of an erasure: a person is found wherever they are, and a figure that looks like them is not them."""

from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.home import Home
from data.privacy import reference
from data.proof import Trace, prove
from tests.unit.small_files import parquet, stored, zipped


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "sent to Adalgisa T yesterday"),
        ("b.json", json.dumps({"name": "Ana\u00efs Martin"})),
        ("c.bin", (1 << 40).to_bytes(8, "little")),
        ("d.csv", f"id\n{1 << 40}\n"),
        ("e.parquet", pa.table({"who": [[1 << 40]]})),
        ("f.parquet", pa.table({"told": ["x", "by Adalgisa"]})),
        ("g.parquet", pa.table({"name": ["Bob"]})),
        ("h.db", "Bob"),
        ("i.bin", b"." * ((1 << 20) - 4) + b"Adalgisa"),
        ("j.csv.gz", gzip.compress(b"by Adalgisa", mtime=0)),
        ("k.xlsx", zipped("sheet.xml", "by Adalgisa")),
        ("l.csv", f"learner\n{reference(1 << 40)}\n"),
        ("m.zip", zipped("inside.zip", zipped("inside.xlsx", zipped("sheet.xml", "by Adalgisa")))),
        ("n.zip", zipped("list.parquet", parquet({"who": [1 << 40]}))),
        ("o.duckdb", {"who": [1 << 40] * 5000}),
        ("p.csv", "id\n202312\n"),
        ("q.csv", "id;14:DWEB-2605;x"),
        ("r.parquet", pa.table({"told": ["of 14:DWEB-2605"]})),
        ("s.db", "by 14:DWEB-2605,"),
    ],
)
def test_the_proof_finds_what_is_there(tmp_path: Path, name: str, content: Any) -> None:
    home = Home(tmp_path / "home").prepare()
    trace, path = (
        Trace((1 << 40, 7), ("Adalgisa", "Anaïs Martin", "Bob", "332", "202312", "14:DWEB-2605")),
        home.reports / name,
    )
    if name.endswith(".parquet"):
        pq.write_table(content, path)
    elif name.endswith(".duckdb"):
        stored(path, content)
    elif name.endswith(".db"):
        with sqlite3.connect(path) as raw:
            raw.execute("CREATE TABLE t AS SELECT ? AS who", [content])
        raw.close()
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    pq.write_table(
        pa.table({"n": [8], "told": ["332 is nobody; Bobby; 414:DWEB-2605 and 14:DWEB-26051"]}),
        home.reports / "else.parquet",
    )
    (home.reports / "figures.json").write_text('[0.202312, 20231245, "414:DWEB-2605", "14:DWEB-26051"]')
    assert prove(home, trace) == [f"reports/{name}"]
