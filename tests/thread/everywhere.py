"""Everything a home holds, read without the code that erases: for the test that nobody is left after an erasure."""

import gzip
import html
import io
import json
import sqlite3
import zipfile
from functools import cache
from urllib.parse import quote

import pyarrow.parquet as pq

BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@cache
def files(home):
    """Return the bytes of every file by its name, and of every file inside an archive; a home is read once."""
    found = sorted(path for path in home.rglob("*") if path.is_file())
    return dict(one for path in found for one in unpacked(path.relative_to(home).as_posix(), path.read_bytes()))


def unpacked(name, content):
    yield name, content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for one in archive.namelist():
                yield from unpacked(f"{name}!{one}", archive.read(one))
    if content[:2] == b"\x1f\x8b":
        yield from unpacked(f"{name}!", gzip.decompress(content))
    if content[:4] == b"PAR1":
        table = pq.read_table(io.BytesIO(content))
        yield f"{name}!values", "\n".join(str(column.to_pylist()) for column in table.columns).encode()


def written(text):
    """Return the ways a text may be written in a file."""
    forms = {text, json.dumps(text)[1:-1], html.escape(text), quote(text), text.lower(), text.upper()}
    return {form.encode(code) for form in forms for code in ("utf-8", "utf-16-le", "utf-16-be", "latin-1")}


def numbered(number):
    """Return the ways a pseudonym may be written in a file."""
    called = "".join(BASE32[number >> 5 * place & 31] for place in reversed(range(13)))
    told = written(str(number)) | written(called) | written(f"{number:x}")
    return told | {number.to_bytes(8, "little"), number.to_bytes(8, "big")}


def holding(home, patterns):
    """Return the files that hold one of some bytes."""
    return sorted({name for name, content in files(home).items() if any(pattern in content for pattern in patterns)})


def values(database):
    """Yield table, column and value of everything a SQLite file says."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        rows = connection.execute(f'SELECT * FROM "{table}"')
        for row in rows:
            yield from ((table, head[0], value) for head, value in zip(rows.description, row, strict=True))
    connection.close()
