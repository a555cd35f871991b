"""An export read in place: a folder, a zip or one file; nothing is unpacked, and nothing outside it is read.

What could be a trap is refused whole, in one line: names that leave the archive, links, passwords, sizes no
honest export has, archives inside the archive.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from data.errors import SourceError

MOST_MEMBERS = 300_000
LARGEST_RATIO = 200
"""How many times its size an archive may hold; JSON shrinks about twenty times."""
HARMLESS = 256 << 20
"""Bytes below which the ratio does not matter."""
IGNORED = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db"})
AGAIN = "export it again, whole"


class Export:
    """The files of an export, by their path inside it, in order."""

    def __init__(self, files: Mapping[str, Path], archive: zipfile.ZipFile | None = None) -> None:
        self._files, self._archive = dict(sorted(files.items())), archive

    @property
    def names(self) -> tuple[str, ...]:
        """Paths of the files, with `/`."""
        return tuple(self._files)

    def path(self, name: str) -> Path:
        """Return the file on the disk that holds a file of the export: itself, or the archive."""
        return self._files[name]

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Yield the bytes of a file.

        Raises
        ------
        SourceError : the archive is damaged, or holds it in a way that cannot be read.
        """
        with self._opened(name) as stream:
            try:
                yield stream
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise SourceError("the archive is damaged", where=self._files[name].name, todo=AGAIN) from error

    def _opened(self, name: str) -> IO[bytes]:
        held = self._files[name]
        try:
            return self._archive.open(name) if self._archive else held.open("rb")
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise SourceError("the archive is packed in a way that cannot be read", where=held.name,
                              accepted="an ordinary zip", todo="unzip it and give the folder") from error  # fmt: skip
        except OSError as error:
            raise SourceError(f"a file cannot be opened: {error.strerror}", where="the export") from error

    def below(self, wanted: str) -> str:
        """Return the folder that holds a file by that name, "" for the top; the top when there is none, or many."""
        found = [name[: -len(wanted)] for name in self.names if name == wanted or name.endswith("/" + wanted)]
        return "" if "" in found or len(found) != 1 else found[0]


@contextmanager
def open_export(place: str) -> Iterator[Export]:
    """Yield the export at a place: a folder, a zip, or one file.

    Raises
    ------
    SourceError : it is not there, or is refused.
    """
    path = Path(place).expanduser()
    if path.is_dir():
        yield Export(dict(_folder(path)))
    elif not path.is_file():
        raise SourceError("nothing there", where=path.name or place, accepted="a folder, a zip or a file")
    elif not zipfile.is_zipfile(path):
        if path.suffix.lower() == ".zip":
            raise SourceError("the archive is damaged or no zip", where=path.name, todo=AGAIN)
        yield Export({path.name: path})
    else:
        with _archive(path) as archive:
            yield Export(dict.fromkeys(_members(path, archive), path), archive)


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SourceError("the archive is damaged or no zip", where=path.name, todo=AGAIN) from error
    with archive:
        yield archive


def _folder(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise SourceError("a link in the export", where=folder.name, accepted="plain files and folders")
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not _ignored(name):
            yield name, path


def _members(path: Path, archive: zipfile.ZipFile) -> Iterator[str]:
    """Yield the names of an archive's files, or refuse it."""
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS or (total > HARMLESS and total > LARGEST_RATIO * path.stat().st_size):
        raise SourceError("the archive is not an export: it would grow out of all proportion", where=path.name)
    for member in members:
        _check(path, member)
        if not member.is_dir() and not _ignored(member.filename):
            yield member.filename
    if members and all(m.is_dir() or _ignored(m.filename) or m.filename.lower().endswith(".zip") for m in members):
        raise SourceError("an archive inside the archive", where=path.name, todo="unzip it and give the one inside")


def _check(path: Path, member: zipfile.ZipInfo) -> None:
    parts = PurePosixPath(member.filename.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or (parts.parts and ":" in parts.parts[0]):
        raise SourceError("a name in the archive leads out of it", where=path.name, todo=AGAIN)
    if stat.S_ISLNK(member.external_attr >> 16):
        raise SourceError("a link in the archive", where=path.name, accepted="plain files and folders")
    if member.flag_bits & 1:
        raise SourceError("the archive has a password", where=path.name, todo="unzip it and give the folder")


def _ignored(name: str) -> bool:
    return not IGNORED.isdisjoint(name.split("/"))
