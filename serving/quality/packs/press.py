"""Typst, which draws the PDF and measures its words: it reads no font of the machine, no other file, no clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from data.errors import FilrougeError

TEMPLATE = Path(__file__).with_name("pack.typ")
RULER = Path(__file__).with_name("ruler.typ")
FONTS = ("Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono")
"""Those that come with Typst, in the order in which a sign is looked for."""
Word = tuple[str, bool]
"""What no line may end within, and whether it is drawn bold."""


class PackError(FilrougeError):
    """A pack cannot be made."""

    exit_code = 8
    http_status = 500


def compiled(told: dict[str, Any], **options: Any) -> Any:
    """Let Typst draw what is told with the template of the pack.

    Raises
    ------
    PackError : Typst could not.
    """
    import typst

    return _asked(lambda: typst.compile(TEMPLATE.read_bytes(), sys_inputs=_inputs(told), **FIXED, **options))


def measured(words: Collection[Word]) -> dict[Word, int]:
    """Return how wide each word is, in thousandths of the size of its letters, rounded up.

    Raises
    ------
    PackError : Typst could not measure.
    """
    import typst

    asked = sorted(set(words))
    if not asked:
        return {}
    told = _inputs({"fonts": FONTS, "words": asked})
    found = _asked(
        lambda: typst.query(RULER.read_bytes(), "<widths>", field="value", one=True, sys_inputs=told, **FIXED)
    )
    return dict(zip(asked, json.loads(found), strict=True))


FIXED: dict[str, Any] = {"ignore_system_fonts": True}


def _inputs(told: dict[str, Any]) -> dict[str, str]:
    return {"data": json.dumps(told, ensure_ascii=False)}


def _asked(ask: Callable[[], Any]) -> Any:
    import typst

    try:
        return ask()
    except typst.TypstError as error:
        raise PackError("the PDF cannot be drawn", where=" ".join(error.message.split())[:80]) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how a fault of Rust's comes up: it is no Exception
            raise
        raise PackError("the PDF cannot be drawn: Typst failed") from None
