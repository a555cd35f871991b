"""The list of a pack's files with their sums, and what is wrong with a pack found on a disk: pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
FORMAT = 1
MADE_WITH = ("filrouge", "typst", "xlsxwriter")
"""Packages whose versions make a file's bytes, told so that a difference is understood."""


def sum_of(body: bytes) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def sealed(files: Mapping[str, bytes], told: Mapping[str, Any]) -> dict[str, bytes]:
    """Return a pack's files with its manifest and its sums beside them.

    Parameters
    ----------
    told : what the pack is about (days, draw, seal of the journal).
    """
    manifest = {
        "format": FORMAT,
        "made_with": {name: version_of(name) for name in MADE_WITH},
        **told,
        "files": listed(files),
    }
    body = json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    whole = {**files, MANIFEST: body.encode()}
    return {**whole, SUMS: sums(whole)}


def version_of(package: str) -> str:
    """Return a package's version; empty when it runs from its folder without having been installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def listed(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Return each file's sum and size, by name."""
    return {name: {"sha256": sum_of(body), "bytes": len(body)} for name, body in sorted(files.items())}


def sums(files: Mapping[str, bytes]) -> bytes:
    """Return the sums as `sha256sum -c` reads them."""
    return "".join(f"{sum_of(body)}  {name}\n" for name, body in sorted(files.items())).encode()


@dataclass(frozen=True)
class Found:
    """What is wrong with the files of a pack, and what its manifest says of the journal.

    Attributes
    ----------
    broken : files that are not those of the manifest: changed, missing, or put in.
    manifest : the SHA-256 of the manifest; empty when there is none that can be read.
    entry, seal : the last entry of the journal that the pack rests on, by its manifest.
    """

    broken: tuple[str, ...]
    manifest: str = ""
    entry: int = 0
    seal: str = ""


def checked(files: Mapping[str, bytes]) -> Found:
    """Compare a pack's files, by name, with its manifest and its sums."""
    told = _read(files.get(MANIFEST, b""))
    if told is None:
        return Found((MANIFEST,))
    wanted = {name: one.get("sha256") for name, one in told["files"].items()}
    there = {name: sum_of(body) for name, body in files.items() if name not in (MANIFEST, SUMS)}
    broken = [name for name in sorted(wanted.keys() | there.keys()) if wanted.get(name) != there.get(name)]
    right = sums({name: body for name, body in files.items() if name != SUMS})
    if not broken and files.get(SUMS) != right:
        broken.append(SUMS)
    journal = told["journal"]
    return Found(tuple(broken), sum_of(files[MANIFEST]), journal["entry"], journal["seal"])


def _read(body: bytes) -> dict[str, Any] | None:
    """Return a manifest, None when it is not one."""
    try:
        told = json.loads(body)
        known = isinstance(told["journal"]["entry"], int) and isinstance(told["journal"]["seal"], str)
        files = all(isinstance(one, dict) for one in told["files"].values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return told if known and files else None
