"""How a text table is written: its encoding, its line ends, its separator; found by evidence, never by trust."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import charset_normalizer

from data.errors import SourceError

READ, SAMPLE, MOST_UNPACKED = 1 << 23, 1 << 18, 1 << 28
SEPARATORS = (";", ",", "\t", "|")
BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
EIGHT_BITS = ("cp1252", "iso8859-15", "mac-roman")
EXPECTED = re.compile("[àâäçéèêëîïôöùûüÿœæÀÂÇÉÈÊËÎÏÔÖÙÛÜŒ’‘“”«»€–—…°\N{NO-BREAK SPACE}]")
BEYOND_ASCII, ESCAPED = re.compile("[^\x00-\x7f\udc80-\udcff]"), re.compile("[\udc80-\udcff]")


def known_encoding(name: str) -> str:
    """Return Python's name of an encoding.

    Raises
    ------
    SourceError : no such encoding of text.
    """
    try:
        found = codecs.lookup(name)
        "é".encode(found.name)
    except (LookupError, UnicodeEncodeError) as error:
        raise SourceError(
            "unknown encoding", where="--set encoding", accepted="utf-8, cp1252, utf-16, mac-roman"
        ) from error
    return found.name


def how_encoded(path: Path) -> str:
    """Return a file's encoding: what its mark says; UTF-8 when it reads so; else the likeliest of eight bits.

    A file of UTF-8 with some damage stays UTF-8: its damaged characters are told line by line.

    Raises
    ------
    SourceError : the file cannot be opened, or is not text.
    """
    with _opened(path) as stream:
        start = _read(stream, path)
        for mark, name in BOMS:
            if start.startswith(mark):
                return name
        wide = _sixteen_bits(start[:SAMPLE], path)
        if wide:
            return wide
        sound = _reads_as_utf8(stream, start, path)
    return "utf-8" if sound else _eight_bits(path)


def decoded(path: Path, encoding: str) -> Iterator[bytes]:
    """Yield a file's text in UTF-8, its mark dropped and its lines ended by line feeds."""
    decoder, held, total = codecs.getincrementaldecoder(encoding)("replace"), "", 0
    with _opened(path) as stream:
        while True:
            part = _read(stream, path)
            total += len(part)
            if total > MOST_UNPACKED and total > 300 * path.stat().st_size:
                raise SourceError("the compressed file unpacks to far more than a table holds", where=path.name)
            text = held + decoder.decode(part, final=not part)
            text, held = (text[:-1], text[-1]) if text.endswith("\r") and part else (text, "")
            if "\r" in text:
                text = text.replace("\r\n", "\n").replace("\r", "\n")
            yield text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").encode("utf-8", "replace")
            if not part:
                return


def split_lines(parts: Iterator[bytes], longest: int, name: str) -> Iterator[bytes]:
    """Yield blocks of whole lines; the last one is ended too.

    Raises
    ------
    SourceError : a line is too long to be a row.
    """
    carry = b""
    for part in parts:
        block, end, rest = part.rpartition(b"\n")
        if end:
            yield carry + block + end
            carry = rest
        else:
            carry += part
        if len(carry) > longest:
            raise SourceError(
                f"a row is longer than {longest >> 20} MB", where=name, todo="export it again, with its line ends"
            )
    if carry:
        yield carry + b"\n"


def how_separated(text: str) -> str:
    """Return the separator under which the first rows agree best on a number of columns."""
    first = text.partition("\n")[0]
    if first.strip().lower().startswith("sep=") and len(first.strip()) == len("sep=;"):
        return first.strip()[-1]
    lines = text if len(text) < SAMPLE else text.rpartition("\n")[0]
    return max(SEPARATORS, key=lambda separator: _agreement(lines, separator))


def _agreement(text: str, separator: str) -> tuple[float, int]:
    """Return the share of rows of the most frequent width, and that width; nothing for one column."""
    try:
        rows = [row for row, _ in zip(csv.reader(io.StringIO(text), delimiter=separator), range(200), strict=False)]
    except csv.Error:
        return 0.0, 0
    widths = Counter(len(row) for row in rows if row)
    several = [(n, width) for width, n in widths.items() if width > 1]
    if not several:
        return 0.0, 0
    n, width = max(several)
    return round(n / sum(widths.values()), 1), width


def _opened(path: Path) -> IO[bytes]:
    try:
        return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise SourceError(f"the file cannot be opened: {error.strerror}", where=path.name) from error


def _read(stream: IO[bytes], path: Path) -> bytes:
    try:
        return stream.read(READ)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(
            "the compressed file is cut short or damaged", where=path.name, todo="export it again, whole"
        ) from error


def _sixteen_bits(sample: bytes, path: Path) -> str:
    """Return the order of sixteen bits that zeros betray; refuse what is not text."""
    zeros = (sample[::2].count(0), sample[1::2].count(0))
    half = max(len(sample) // 2, 1)
    if max(zeros) > 0.4 * half and min(zeros) < 0.05 * half:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    if sum(zeros) > 0.01 * len(sample) + 3:
        raise SourceError("the file is not text", where=path.name, accepted="CSV, XLSX, XLS, ODS, Parquet")
    return ""


def _reads_as_utf8(stream: IO[bytes], start: bytes, path: Path) -> bool:
    """Say whether a file is UTF-8, some damage allowed when there is less of it than of sound characters."""
    decoder, sound, lost, part = codecs.getincrementaldecoder("utf-8")("surrogateescape"), 0, 0, start
    while part:
        text = decoder.decode(part)
        if not text.isascii():
            lost, sound = lost + len(ESCAPED.findall(text)), sound + len(BEYOND_ASCII.findall(text))
        part = _read(stream, path)
    return lost <= sound


def _eight_bits(path: Path) -> str:
    """Return the encoding under which the letters beyond ASCII are those one writes in French."""
    beyond = b""
    with _opened(path) as stream:
        while len(beyond) < SAMPLE and (part := _read(stream, path)):
            beyond += b" ".join(re.findall(rb"[A-Za-z]*[\x80-\xff][\x80-\xffA-Za-z]*", part))[:SAMPLE]
    scores = {name: _french(beyond, name) for name in EIGHT_BITS}
    best = max(EIGHT_BITS, key=lambda name: scores[name])
    if scores[best] >= 0.5:
        return best
    hint = charset_normalizer.from_bytes(beyond).best()
    return hint.encoding if hint else best


def _french(sample: bytes, encoding: str) -> float:
    beyond = BEYOND_ASCII.findall(sample.decode(encoding, "replace"))
    return sum(bool(EXPECTED.match(letter)) for letter in beyond) / max(len(beyond), 1)
