"""Keeps Arrow's CSV reader from reading a file far ahead of what is done with its rows."""

from __future__ import annotations

from threading import Condition
from typing import IO

PIECE = 1 << 21
"""Bytes read at once, unless a row is longer."""
AHEAD = 4
"""Pieces read before what they hold is taken; Arrow alone would read 32 blocks ahead, 512 MB of 16 MB each."""
LONG_ENOUGH = 0.5
"""Seconds after which a piece is read all the same: one that gives no rows is never taken."""


class Paced:
    """A file of CSV text that is read piece by piece, each with the end of a row in it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._quotes = stream, 0
        self._waiting, self._room = 0, Condition()
        self._ended = self.closed = False

    def __enter__(self) -> Paced:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most as many as asked, once enough of those before them were taken."""
        with self._room:
            self._room.wait_for(lambda: self.closed or self._waiting < AHEAD, LONG_ENOUGH)
            self._waiting += 1
        piece = b""
        try:
            piece = b"" if self.closed else self._piece(size)
        finally:
            self._tell_end(ended=not piece)
        return piece

    def taken(self) -> None:
        """Say that the rows of one piece were taken."""
        with self._room:
            self._waiting -= 1
            self._room.notify_all()

    def close(self) -> None:
        """Close the file, once who reads it was told that it ends: a thread left at it would abort Python's own end."""
        with self._room:
            self.closed = True
            self._room.notify_all()
            self._room.wait_for(lambda: self._ended, LONG_ENOUGH)
        self._stream.close()

    def _tell_end(self, *, ended: bool) -> None:
        with self._room:
            self._ended = self._ended or ended
            self._room.notify_all()

    def _piece(self, size: int) -> bytes:
        """Return bytes with the end of a row in them: Arrow refuses a row that is in three pieces.

        None ends between the two marks of an end of line: Arrow would drop the second, within a value too.
        """
        piece = self._stream.read(min(size, PIECE))
        while len(piece) < size and not _ends_a_row(piece, self._quotes):
            more = self._stream.read(min(size - len(piece), PIECE))
            if not more:
                break
            piece += more
        while len(piece) < size and piece.endswith(b"\r") and (more := self._stream.read(1)):
            piece += more
        self._quotes += piece.count(b'"')
        return piece


def _ends_a_row(piece: bytes, quotes: int) -> bool:
    """Tell whether an end of line is outside quotes, given how many quotes came before."""
    end, quotes = len(piece), quotes + piece.count(b'"')
    while (at := piece.rfind(b"\n", 0, end)) >= 0:
        quotes -= piece.count(b'"', at, end)
        if quotes % 2 == 0:
            return True
        quote = piece.rfind(b'"', 0, at)
        end, quotes = max(quote, 0), quotes - (quote >= 0)
    return False
