"""What a measure was taken on: enough to read it, nothing that says whose machine it is."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from typing import Any


def machine() -> dict[str, Any]:
    """Return the day, the cores, the memory in GB, Python's version and the load: how many processes want a core."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "measured_on": datetime.now(UTC).date().isoformat(), "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**30), "python": platform.python_version(), "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip
