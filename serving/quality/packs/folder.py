"""Packs on the disk, each in a folder of its own under `FILROUGE_HOME/packs`, for its owner only."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from data.home import Home, make_private
from serving.problems import NotFoundError, RefusedError

ROOT = "packs"


def place(home: Home, key: str) -> Path:
    """Return the folder of a pack."""
    return home.root / ROOT / key


def keep(home: Home, key: str, files: Mapping[str, bytes]) -> Path:
    """Write a pack's files, all of them or none; return the folder."""
    make_private(home.root / ROOT)
    folder = place(home, key)
    write(folder, files)
    return folder


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder that takes its place whole, private to its owner; what it held is replaced.

    Raises
    ------
    RefusedError : the folder holds something that is not a pack, or cannot be written.
    """
    if folder.exists() and not (folder.is_dir() and _replaceable(folder)):
        raise RefusedError("there is something else at this place", where=str(folder), accepted="a new folder")
    partial = folder.with_name(folder.name + ".part")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True, mode=0o700)
        for name, body in files.items():
            _write_file(partial / name, body)
        if folder.exists():
            shutil.rmtree(folder)
        partial.replace(folder)
    except OSError as error:
        raise RefusedError(f"the pack cannot be written: {error.strerror}", where=str(folder)) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _replaceable(folder: Path) -> bool:
    """Whether a folder is empty or holds a pack."""
    return (folder / "manifest.json").is_file() or not any(folder.iterdir())


def _write_file(path: Path, body: bytes) -> None:
    path.parent.mkdir(exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)


def read(folder: Path) -> dict[str, bytes]:
    """Return every file under a folder, by its name from there.

    Raises
    ------
    NotFoundError : there is no such folder, or it cannot be read.
    """
    if not folder.is_dir():
        raise NotFoundError("there is no pack here", where=str(folder), todo="make it again: filrouge quality pack")
    try:
        found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        return {name: path.read_bytes() for name, path in sorted(found.items())}
    except OSError as error:
        raise NotFoundError(f"the pack cannot be read: {error.strerror}", where=str(folder)) from None


def zipped(files: Mapping[str, bytes], key: str, day: date) -> bytes:
    """Return files as one ZIP, in a folder named as the pack; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{key}/{name}", (day.year, day.month, day.day, 12, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            entry.create_system = 3
            archive.writestr(entry, body)
    return buffer.getvalue()
