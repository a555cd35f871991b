"""The one folder where everything lives, `FILROUGE_HOME`; it can be deleted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.errors import HomeError

DEFAULT_HOME = "var"
MISREAD = "[]%"
"""Characters that a library takes for a pattern or an escape in a path: Delta's the brackets, SQLite's the per cent."""


@dataclass(frozen=True)
class Home:
    """Paths under `FILROUGE_HOME`; nothing is created until `prepare`."""

    root: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Home:
        """Return the home named by `FILROUGE_HOME`, `./var` by default."""
        values = os.environ if environ is None else environ
        return cls(Path(values.get("FILROUGE_HOME") or DEFAULT_HOME).expanduser().absolute())

    @property
    def records(self) -> Path:
        """Delta tables of pseudonymised records."""
        return self.root / "records"

    @property
    def keys(self) -> Path:
        """Secrets: the pseudonym key, the cookie key; never inside the store."""
        return self.root / "keys"

    @property
    def features(self) -> Path:
        """Feature tables built for training, one Parquet file a build."""
        return self.root / "features"

    @property
    def scored(self) -> Path:
        """Scored lists, one folder each: `run.json`, `current.parquet`, `reference.parquet`."""
        return self.root / "scored"

    @property
    def models(self) -> Path:
        """MLflow's database and artifacts."""
        return self.root / "models"

    @property
    def reports(self) -> Path:
        """Training and drift reports."""
        return self.root / "reports"

    @property
    def packs(self) -> Path:
        """Packs of proof, one folder or ZIP each."""
        return self.root / "packs"

    @property
    def work_database(self) -> Path:
        """SQLite file of accounts, alerts, actions and the evidence journal."""
        return self.root / "work.db"

    @property
    def identities_database(self) -> Path:
        """SQLite file that alone links pseudonyms to names and source identifiers."""
        return self.root / "identities.db"

    @property
    def label(self) -> Path:
        """File that says whose records these are: `example`, `oulad`, `simulated` or `own`."""
        return self.root / "source"

    def keep_apart(self, site: str, *, holds_records: bool) -> None:
        """Refuse to mix the example's invented learners, or OULAD's, with an organisation's own.

        Parameters
        ----------
        site : whose records are about to come in: `example`, `oulad`, `simulated` or `own`.
        holds_records : whether a batch was committed here before.

        Raises
        ------
        HomeError : this folder holds another site's records.
        """
        known = self.label.read_text(encoding="utf-8").strip() if self.label.exists() else ""
        if holds_records and known != site and (known or site != "own"):
            raise HomeError(
                f"this folder holds the records of another site ({known or 'imported before'})",
                where=str(self.root),
                accepted="one folder a site",
                todo="set FILROUGE_HOME to another folder, or delete this one",
            )

    def name_site(self, site: str) -> None:
        """Write whose records these are; called once a batch is committed."""
        self.label.write_text(site + "\n", encoding="utf-8")

    def prepare(self) -> Home:
        """Create the folder, private to its owner, and return it.

        Raises
        ------
        HomeError : the path is a file, cannot be written, or has a character that would be misread.
        """
        self._refuse_misread()
        try:
            for folder in (self.records, self.keys, self.features, self.scored, self.models, self.reports):
                make_private(folder)
        except OSError as error:
            raise HomeError(
                f"the working folder cannot be used: {error.strerror}",
                where=str(self.root),
                accepted="a folder this user can write",
                todo="set FILROUGE_HOME to another folder",
            ) from error
        if not os.access(self.root, os.W_OK):
            raise HomeError("the working folder is read-only", where=str(self.root), todo="set FILROUGE_HOME")
        return self

    def _refuse_misread(self) -> None:
        if found := [sign for sign in MISREAD if sign in str(self.root)]:
            raise HomeError(
                f"the working folder's path has a character that would be misread: {' '.join(found)}",
                where=str(self.root),
                accepted=f"any character but {' '.join(MISREAD)}",
                todo="set FILROUGE_HOME to another folder",
            )


def make_private(folder: Path) -> Path:
    """Create a folder, and those above it that are missing, for their owner only; return it."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder
