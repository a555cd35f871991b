"""Reading files as they come: sound text, whole rows, the columns asked for; one clear line otherwise."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from data.errors import SourceError
from data.sources.base import RawTable
from data.sources.pace import Paced

CHUNK = 1 << 20
BLOCK = 1 << 24
"""Bytes of the longest row."""
UTF8_AGAIN = "export it again in UTF-8"
EXPORT_AGAIN = "export it again, whole"


@dataclass(frozen=True)
class Probe:
    """What one pass over a file tells: the hash of its content, and whether its last row has no end."""

    digest: str
    cut: bool


@dataclass
class CsvRows:
    """The rows of one CSV file as Arrow batches of text, with a `line` column; `rejected` fills while read.

    `line` counts rows from 1, the header being the first; it is the line of the file as long as no value
    spans several lines.
    """

    path: Path
    table: RawTable
    nulls: tuple[str, ...] = ("",)
    rejected: list[int] = field(default_factory=list)
    _stream: Paced | None = None

    def reader(self) -> pa.RecordBatchReader:
        """Return the batches as one stream.

        Raises
        ------
        SourceError : a column is missing, or the file is not a CSV.
        """
        names = [column.name for column in self.table.columns]
        schema = pa.schema([("line", pa.int64()), *((name, pa.string()) for name in names)])
        self._stream = stream = Paced(open_bytes(self.path))
        return pa.RecordBatchReader.from_batches(schema, self._numbered(stream, names, schema))

    def close(self) -> None:
        """Read no further: what was taken of the stream is all there is."""
        if self._stream:
            self._stream.close()

    def _numbered(self, stream: Paced, names: list[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        following = 2
        with stream:
            for batch in self._batches(stream, names):
                stream.taken()
                lines, following = _lines(following, batch.num_rows, self.rejected)
                yield pa.RecordBatch.from_arrays([lines, *batch.columns], schema=schema)

    def _batches(self, stream: Paced, names: list[str]) -> Iterator[pa.RecordBatch]:
        try:
            yield from pc.open_csv(
                stream,
                read_options=pc.ReadOptions(use_threads=False, block_size=BLOCK),
                parse_options=pc.ParseOptions(newlines_in_values=True, invalid_row_handler=self._reject),
                convert_options=pc.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    include_columns=names,
                    strings_can_be_null=True,
                    null_values=list(self.nulls),
                ),
            )
        except pa.ArrowKeyError as error:
            raise SourceError(
                "a column is missing",
                where=self.path.name,
                accepted="a comma-separated file with the columns " + ", ".join(names),
                todo=EXPORT_AGAIN,
            ) from error
        except pa.ArrowInvalid as error:
            raise SourceError(
                "the file is not a readable CSV",
                where=self.path.name,
                accepted="comma-separated values, quoted with double quotes",
                todo=EXPORT_AGAIN,
            ) from error

    def _reject(self, row: Any) -> str:
        self.rejected.append(int(row.number))
        return "skip"


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file, decompressed when its name ends in .gz."""
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def probe(path: Path) -> Probe:
    """Read a text file through once, and say what it is.

    Raises
    ------
    SourceError : the file is empty, cut short, not UTF-8 text, or cannot be opened.
    """
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    quotes, last, lines = 0, b"", 1
    try:
        with open_bytes(path) as stream:
            while chunk := stream.read(CHUNK):
                if not last:
                    _check_start(path, chunk)
                decoder.decode(chunk)
                digest.update(chunk)
                quotes, last, lines = quotes + chunk.count(b'"'), chunk[-1:], lines + chunk.count(b"\n")
    except UnicodeDecodeError as error:
        raise SourceError(
            "the file is not in UTF-8", where=f"{path.name}, after line {lines}", todo=UTF8_AGAIN
        ) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError("the compressed file is cut short or damaged", where=path.name, todo=EXPORT_AGAIN) from error
    except OSError as error:
        raise SourceError(f"the file cannot be opened: {error.strerror}", where=path.name) from error
    if not last:
        raise SourceError("the file is empty", where=path.name, accepted="at least a line of column names")
    if quotes % 2:
        raise SourceError("the file ends inside a quoted value", where=path.name, todo=EXPORT_AGAIN)
    return Probe(digest.hexdigest(), cut=last != b"\n")


def _check_start(path: Path, chunk: bytes) -> None:
    if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceError("the file is in UTF-16", where=path.name, accepted="UTF-8", todo=UTF8_AGAIN)
    if b"\0" in chunk:
        raise SourceError("the file is not text", where=path.name, accepted="a CSV in UTF-8", todo=UTF8_AGAIN)


def binary_digest(path: Path) -> str:
    """Return the hash of a file that is not text."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _lines(following: int, rows: int, rejected: list[int]) -> tuple[pa.Array, int]:
    """Return the line numbers of the next rows, stepping over the rejected ones, and the line after them."""
    ahead = [line for line in rejected if line >= following]
    lines = np.arange(following, following + rows + len(ahead))
    if ahead:
        lines = lines[~np.isin(lines, ahead)]
    lines = lines[:rows]
    return pa.array(lines, pa.int64()), int(lines[-1]) + 1 if rows else following
