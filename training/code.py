"""Which code made a model: the commit where there is one, and a fingerprint of the files always."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def fingerprint() -> str:
    """Return a hash of the code that makes features, labels and models."""
    from data.steps import code_fingerprint

    return code_fingerprint([ROOT / "training", ROOT / "features", ROOT / "data" / "departures.py"])


def commit(root: Path = ROOT) -> str | None:
    """Return the commit checked out, with "+changes" where tracked files differ; None outside a git clone."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None
    head = _ask(git, root, "rev-parse", "HEAD")
    changed = _ask(git, root, "status", "--porcelain", "--untracked-files=no")
    return head and head + ("+changes" if changed else "")


def _ask(git: str, root: Path, *words: str) -> str | None:
    done = subprocess.run([git, *words], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else None
