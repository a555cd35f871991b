"""Statements from files: JSON lines, a JSON array, or the page of a store; compressed or not, one record at a time.

A line that cannot be read is a record of its own, with its fault: the lines after it are read. An array has no such
second chance: cut or damaged, the file as a whole is refused.
"""

from __future__ import annotations

import codecs
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

from data.errors import SourceError

SUFFIXES = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")
LONGEST = 10 << 20
"""Bytes of one statement; a real one holds a few thousand."""
PAGE = 64 << 20
"""Bytes of a file that is one JSON object."""
CHUNK = 1 << 20
_BLANK = b" \t\r\n\x0b\x0c"


@dataclass(frozen=True)
class Record:
    """One record of a file: its line, or its rank in an array; and its fault when it cannot be read."""

    line: int
    value: Any = None
    fault: str = ""


def files_of(place: str) -> dict[str, Path]:
    """Return the files of statements a place names, by the name they have in messages, in order.

    Raises
    ------
    SourceError : there is no such file, or the folder holds none.
    """
    path = Path(place).expanduser()
    if path.is_file():
        return {path.name: path}
    found = {
        str(one.relative_to(path)): one
        for one in sorted(path.rglob("*"))
        if one.is_file() and one.name.endswith(SUFFIXES)
    }
    if not found:
        raise SourceError("no file of statements", where=str(path), accepted=", ".join(SUFFIXES))
    return found


def records(path: Path) -> Iterator[Record]:
    """Yield the records of a file.

    Raises
    ------
    SourceError : the file cannot be read as a whole.
    """
    try:
        with _opened(path) as file:
            yield from _of_array(file, path) if _first(file) == b"[" else _of_lines(file, path)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(
            "the file cannot be read to its end", where=path.name, todo="copy or export it again"
        ) from error


def may_hold(path: Path, word: bytes) -> bool:
    """Whether a word is anywhere in a file; read by chunks, without understanding it."""
    tail = b""
    try:
        with _opened(path) as file:
            while chunk := file.read(CHUNK):
                if word in tail + chunk:
                    return True
                tail = chunk[-len(word) :]
    except (OSError, EOFError, zlib.error):
        return True  # `records` says what is wrong with it
    return False


def decoded(content: bytes) -> Record:
    """Return what one JSON text holds, or its fault; its line is 0."""
    try:
        return Record(0, _DECODER.decode(content.decode("utf-8-sig")))
    except UnicodeDecodeError:
        return Record(0, fault="not UTF-8 text")
    except RecursionError:
        return Record(0, fault="nested too deep")
    except ValueError:
        return Record(0, fault="not JSON")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _opened(path: Path) -> BufferedReader:
    return BufferedReader(gzip.GzipFile(path)) if path.name.endswith(".gz") else path.open("rb")


def _first(file: BufferedReader) -> bytes:
    """Return the first byte that is neither blank nor a byte order mark, and go back to the start."""
    head = file.read(4096)
    file.seek(0)
    return head.removeprefix(codecs.BOM_UTF8).lstrip(_BLANK)[:1]


def _of_lines(file: BufferedReader, path: Path) -> Iterator[Record]:
    line = 0
    while content := file.readline(LONGEST + 1):
        line += 1
        if len(content) > LONGEST and not content.endswith(b"\n"):
            _skip_line(file)
            yield Record(line, fault=f"over {LONGEST >> 20} MB")
            continue
        if not content.strip(_BLANK):
            continue
        read = decoded(content)
        if line == 1 and _is_page(read, file, path):
            yield from _of_page(file, path)
            return
        yield Record(line, read.value, read.fault)


def _skip_line(file: BufferedReader) -> None:
    while (content := file.readline(CHUNK)) and not content.endswith(b"\n"):
        pass


def _is_page(read: Record, file: BufferedReader, path: Path) -> bool:
    """Whether a file is one JSON object over several lines, or the page a store answers with."""
    if not path.name.removesuffix(".gz").endswith(".json"):
        return False
    return bool(read.fault) or (isinstance(read.value, dict) and "statements" in read.value and not file.read(1))


def _of_page(file: BufferedReader, path: Path) -> Iterator[Record]:
    file.seek(0)
    content = file.read(PAGE + 1)
    read = decoded(content) if len(content) <= PAGE else Record(0, fault=f"over {PAGE >> 20} MB")
    if read.fault:
        raise SourceError(f"the file is one JSON text that cannot be read: {read.fault}", where=path.name,
                          accepted="one statement a line, or an array of them")  # fmt: skip
    listed = read.value.get("statements", [read.value]) if isinstance(read.value, dict) else [read.value]
    for rank, value in enumerate(listed if isinstance(listed, list) else [listed], 1):
        yield Record(rank, value)


def _of_array(file: BufferedReader, path: Path) -> Iterator[Record]:
    """Yield the elements of an array, holding one and a chunk in memory."""
    text, rank = _Text(file), 0
    try:
        text.skip("[")
        while not text.ends():
            rank += 1
            yield Record(rank, text.element())
        text.expect_end()
    except (ValueError, RecursionError) as error:
        raise SourceError("the file is cut or is not JSON", where=f"{path.name}, record {rank}",
                          todo="export it again") from error  # fmt: skip


class _Text:
    """The text of a file, read by chunks, from which elements are taken."""

    def __init__(self, file: BufferedReader) -> None:
        self._file, self._decoder = file, codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._over, self._any = "", 0, False, False

    def skip(self, mark: str) -> None:
        """Go past a mark and the blanks before it."""
        if self._peek() != mark:
            raise ValueError(mark)
        self._at += 1

    def ends(self) -> bool:
        """Go past the comma before an element, or past the end of the array; say which."""
        if self._peek() == "]":
            self._at += 1
            return True
        if self._any:
            self.skip(",")
        self._any = True
        return False

    def element(self) -> Any:
        """Return the next element."""
        self._peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
                if end < len(self._text) or self._over:
                    self._at = end
                    return value
            except ValueError:
                if self._over or len(self._text) - self._at > LONGEST:
                    raise
            self._more()

    def expect_end(self) -> None:
        """Raise ValueError when something follows the array."""
        if self._peek():
            raise ValueError("more text")

    def _peek(self) -> str:
        """Return the next character that is no blank, empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at].isspace():
                self._at += 1
            if self._at < len(self._text) or self._over:
                return self._text[self._at : self._at + 1]
            self._more()

    def _more(self) -> None:
        chunk = self._file.read(CHUNK)
        self._over = not chunk
        self._text, self._at = self._text[self._at :] + self._decoder.decode(chunk, final=self._over), 0
