"""The texts of posts on their way, where the organisation keeps them: one private file, a few texts in memory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

NAME = "_texts"
SCHEMA = pa.schema([("post", pa.string()), ("text", pa.string())])
AT_ONCE = 1_000


class TextFile:
    """Takes texts by the source's identifier of their post."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{NAME}.parquet"
        self._rows: list[tuple[str, str]] = []
        self._writer = pq.ParquetWriter(self._path, SCHEMA, compression="zstd")

    def add(self, told: Iterable[tuple[str | None, str | None]]) -> None:
        """Keep the texts that say something."""
        for post, text in told:
            if post and text:
                self._rows.append((post, text.encode("utf-8", "replace").decode()))  # half a character is no UTF-8
                if len(self._rows) >= AT_ONCE:
                    self._flush()

    def close(self) -> Path:
        """Write what remains, and return the file."""
        self._flush()
        self._writer.close()
        return self._path

    def _flush(self) -> None:
        posts, texts = zip(*self._rows, strict=True) if self._rows else ((), ())
        self._writer.write_table(pa.table([pa.array(posts, pa.string()), pa.array(texts, pa.string())], schema=SCHEMA))
        self._rows = []
