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

from data.erasure import delete_derived
from data.home import Home
from data.privacy import reference
from data.proof import CHUNK, Trace, prove
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
        ("t.txt", "ADALGISA"),
        ("x.txt", "." * 5000 + "ІВАН ПЕТРЕНКО" + "." * 5000),
        ("y.parquet", pa.table({"told": ["x", "by ПЕТРЕНКО Іван"]})),
        ("u.html", "<b>MARTIN, Ana&iuml;s</b>"),
        ("v.txt", "Anaïs Martin".encode("utf-16")),
        ("w.parquet", pa.table({"told": ["x", "by anais martin"]})),
    ],
)
def test_the_proof_finds_what_is_there(tmp_path: Path, name: str, content: Any) -> None:
    home = Home(tmp_path / "home").prepare()
    trace, path = (
        Trace((1 << 40, 7), ("Adalgisa", "Anaïs Martin", "Bob", "332", "202312", "14:DWEB-2605", "Іван Петренко")),
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
        pa.table({"n": [8], "told": ["332 is nobody; Bobby; 414:DWEB-2605 and 14:DWEB-26051; Adalgisan"]}),
        home.reports / "else.parquet",
    )
    (home.reports / "figures.json").write_text('[0.202312, 20231245, "414:DWEB-2605", "14:DWEB-26051"]')
    assert prove(home, trace) == [f"reports/{name}"]


TRACE = Trace((4_611_686_018_427_387_905, 7), ("Ada Roy", "a.roy@example.org"))


def test_a_database_where_others_have_longer_words_is_clean_and_a_free_page_is_not(tmp_path: Path) -> None:
    """Values stand side by side in a page, so that a name is looked for there in whatever is beside it."""
    home = Home(tmp_path / "home").prepare()
    with sqlite3.connect(home.work_database) as raw:
        raw.execute("CREATE TABLE t (source TEXT, who TEXT, mail TEXT)")
        raw.execute("INSERT INTO t VALUES ('moodle', 'Ada Royer', 'lea.roy@example.org')")
        raw.execute("INSERT INTO t VALUES ('moodle', 'Anne-Ada Roy', 'x')")
    raw.close()
    assert prove(home, TRACE) == []
    with sqlite3.connect(home.work_database) as raw:
        raw.execute("PRAGMA secure_delete = OFF")
        raw.execute("INSERT INTO t VALUES ('moodle', 'Ada Roy', 'x')")
        raw.commit()
        raw.execute("DELETE FROM t WHERE who = 'Ada Roy'")
    raw.close()
    assert prove(home, TRACE) == ["work.db"]


@pytest.mark.parametrize("place", [-8, -4, -1, 0, 1])
def test_the_end_of_a_piece_is_not_the_end_of_a_word(tmp_path: Path, place: int) -> None:
    home = Home(tmp_path / "home").prepare()
    told = b"." * (CHUNK - len("Ada Roy") + place)
    for name, content in (("else.txt", b"Ada Royer"), ("other.txt", b"LAda Roy"), ("hers.txt", b"Ada Roy.")):
        (home.reports / name).write_bytes(told + content + b"." * CHUNK)
    assert prove(home, TRACE) == ["reports/hers.txt"]


def locked() -> bytes:
    """Return an archive that asks for a password."""
    content = bytearray(zipped("a.txt", "x" * 100))
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.zip", locked()), ("b.parquet", b"PAR1 cut"), ("c.duckdb", b"01234567DUCK cut"),
     ("d.db", b"SQLite format 3\0" + b"." * 2000)],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_and_stays(tmp_path: Path, name: str, content: bytes) -> None:
    home = Home(tmp_path / "home").prepare()
    (home.reports / name).write_bytes(content)
    assert prove(home, TRACE) == [f"reports/{name} (cannot be read)"]
    assert delete_derived(home, TRACE) == []
