"""The champion kept in memory for programs that ask for scores, and changed when another is promoted."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from data.errors import ModelError
from data.home import Home
from serving.problems import NotReadyError
from serving.scoring.champion import Champion, load_champion
from serving.scoring.rows import RowScorer

LOG = logging.getLogger("filrouge.scores")
AGAIN = 5.0
"""Seconds before a load that failed is tried again."""


class KeptScorer:
    """Loads the champion once, and again in the background when the registry's file changes.

    What was loaded answers until the next one is ready; an answer says which model it is of.

    Parameters
    ----------
    load : how a champion is loaded.
    """

    def __init__(self, home: Home, load: Callable[[Home], Champion] = load_champion) -> None:
        self._home, self._load, self._registry = home, load, str(home.models / "mlflow.db")
        self._kept: RowScorer | None = None
        self._seen, self._tried = -1, 0.0
        self._lock = threading.Lock()
        self._under_way = False

    async def current(self) -> RowScorer:
        """Return the champion's scorer; only the first request waits for it.

        Raises
        ------
        NotReadyError : no model serves.
        """
        kept = self._kept
        if kept is None:
            return await run_in_threadpool(self.load)
        if self._stamp() != self._seen and not self._under_way and time.monotonic() - self._tried > AGAIN:
            self._under_way = True
            threading.Thread(target=self._again, name="champion", daemon=True).start()
        return kept

    def load(self) -> RowScorer:
        """Return the champion's scorer, loaded now if the registry changed since.

        Raises
        ------
        NotReadyError : no model serves.
        """
        with self._lock:
            stamp = self._stamp()
            if self._kept is None or stamp != self._seen:
                self._kept = self._changed()
                self._seen = stamp
            if self._kept is None:
                raise NotReadyError("no model serves", todo="run `filrouge train` first")
            return self._kept

    def _changed(self) -> RowScorer | None:
        try:
            champion = self._load(self._home)
        except ModelError:
            return None
        kept = self._kept
        same = kept is not None and kept.champion.version == champion.version
        return kept if same else RowScorer(champion)

    def _again(self) -> None:
        """Load what changed; a registry that cannot be read now is read again later, and what was loaded stays."""
        try:
            self.load()
        except NotReadyError:
            LOG.warning("scores: no model serves any more")
        except Exception as error:  # noqa: BLE001 - a registry being written: the model in memory goes on
            self._tried = time.monotonic()
            LOG.error("scores: the registry cannot be read: %s", type(error).__name__)
        finally:
            self._under_way = False

    def _stamp(self) -> int:
        try:
            return os.stat(self._registry).st_mtime_ns  # noqa: PTH116 - at each request: a path object costs more
        except OSError:
            return 0
