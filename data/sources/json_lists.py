"""A long JSON list read item by item: what is in memory is one item and a chunk, whatever the file's size."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import IO, Any

CHUNK = 1 << 20
LARGEST = 16 << 20
"""Characters of one item; a message with all its attachments is far below."""
_DECODER = json.JSONDecoder()
_BLANK = " \t\r\n"


class CutError(ValueError):
    """The JSON ends too early, is no JSON, or one of its items is too large; what came before is sound."""


class Listed:
    """An object read in order: `head`, its values before the list; then the list's items.

    Parameters
    ----------
    stream : UTF-8 bytes, with or without a byte-order mark.
    name : the key of the list.

    Raises
    ------
    CutError : there is no such list, or the file stops or breaks before it.
    """

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace")
        self._held, self._at, self._ended = "", 0, False
        self.head: dict[str, Any] = {}
        self._expect("{")
        while (key := self._value()) != name:
            self._expect(":")
            self.head[str(key)] = self._value()
            self._expect(",")
        self._expect(":")
        self._expect("[")

    def __iter__(self) -> Iterator[Any]:
        """Yield the items; raise CutError where they stop being whole."""
        if self._next() == "]":
            return
        while True:
            yield self._value()
            if self._next() == "]":
                return
            self._expect(",")

    def _expect(self, mark: str) -> None:
        if self._next() != mark:
            raise CutError
        self._at += 1

    def _next(self) -> str:
        """Return the next character that is no blank, without taking it."""
        while True:
            while self._at < len(self._held):
                if self._held[self._at] not in _BLANK:
                    return self._held[self._at]
                self._at += 1
            if not self._more(CHUNK):
                raise CutError

    def _value(self) -> Any:
        """Return the next value, reading on until it is whole."""
        self._next()
        step = CHUNK
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except RecursionError as error:
                raise CutError from error
            except ValueError as error:
                if len(self._held) - self._at > LARGEST or not self._more(step):
                    raise CutError from error
                step *= 2
                continue
            self._at = end
            return value

    def _more(self, size: int) -> bool:
        """Read on, and let go of what was taken."""
        self._held, self._at = self._held[self._at :], 0
        read = "" if self._ended else self._text.read(size)
        self._ended = not read
        self._held += read
        return bool(read)


def whole(stream: IO[bytes]) -> Any:
    """Return the JSON of a small file.

    Raises
    ------
    CutError : it is not JSON, or larger than it should be.
    """
    held = stream.read((LARGEST << 2) + 1)
    if len(held) > LARGEST << 2:
        raise CutError
    try:
        return json.loads(held.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise CutError from error
