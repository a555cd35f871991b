"""Two servers of one registered model: ours, and MLflow's own; and a made-up model where a home has none."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from data.home import Home
from features.catalog import catalog
from tests.bench.bench_scoring import made_rows, made_spec
from tests.bench.measure import ROOT, filrouge, take
from training import registry
from training.model import MAX_ROUNDS, SEEDS

READY_SECONDS = 180.0
MOST = "10000000"


@dataclass(frozen=True)
class Server:
    """A server that answers: where, and its process."""

    address: str
    process: int

    def peak_mb(self) -> float:
        """Return the most memory that its process has held."""
        status = Path(f"/proc/{self.process}/status").read_text(encoding="utf-8")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024


def environment(home: Home, day: date) -> dict[str, str]:
    """Return what our commands are told of a home."""
    return {"FILROUGE_HOME": str(home.root), "FILROUGE_TODAY": day.isoformat(), "FILROUGE_SCORES_PER_MINUTE": MOST}


def example_home(folder: Path) -> Home:
    """Return the example site's home, run whole."""
    take(filrouge("run", "--no-serve", "--quiet"), home=folder)
    return Home(folder)


def made_home(folder: Path) -> Home:
    """Return a home whose champion is made up, of the shape that training grows."""
    home = Home(folder).prepare()
    names = list(catalog())
    rows = pd.DataFrame(made_rows(1, 200, len(names)), columns=names)
    files = folder / "made"
    files.mkdir()
    (files / "spec.json").write_text(json.dumps(made_spec(names)), encoding="utf-8")
    rows.to_parquet(files / "reference.parquet")
    told = {"features": names, "inputs": names, "level": f"{len(SEEDS)} seeds of {MAX_ROUNDS} trees",
            "horizon_days": 28, "task": registry.DEFAULT_TASK}  # fmt: skip
    package = registry.Package(registry.DEFAULT_TASK, {}, told, {}, {}, {"run_key": "made"}, rows.head(5), files)
    registry.register(home, package, run_name="made")
    take(filrouge("accounts", "create", "demo-data", "--role", "data_scientist", "--name", "Bench"), home=folder)
    return home


def token(home: Home) -> str:
    """Return a token for scores."""
    asked = filrouge("accounts", "token", "demo-data", "--scope", "scores:write", "--name", "bench", "--json")
    told: str = json.loads(take(asked, home=home.root).told)["token"]
    return told


@contextmanager
def ours(home: Home, day: date) -> Iterator[Server]:
    """Serve a home until the block ends."""
    given = {**os.environ, "PYTHONPATH": str(ROOT), **environment(home, day)}
    process = subprocess.Popen(filrouge("serve", "--port", "0"), env=given, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    try:
        address = next(line for line in process.stderr if "serves at" in line).split("//")[1].strip()
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield Server(address, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@contextmanager
def mlflows(home: Home, name: str = registry.EXPERIMENT) -> Iterator[Server]:
    """Have MLflow serve the same champion, by one worker, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    given = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{home.models / 'mlflow.db'}", "DO_NOT_TRACK": "1",
             "MLFLOW_DISABLE_TELEMETRY": "true",
             "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}  # fmt: skip
    words = ["models", "serve", "-m", f"models:/{name}@champion", "--env-manager", "local", "--workers", "1",
             "--host", "127.0.0.1", "--port", str(port)]  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "mlflow", *words], env=given, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    try:
        _wait(f"http://127.0.0.1:{port}/ping", process)
        yield Server(f"127.0.0.1:{port}", process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own loopback address
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("mlflow models serve does not answer")


def request(server: Server, path: str, body: object, headers: Mapping[str, str] | None = None) -> bytes:
    """Return a whole HTTP request."""
    told = json.dumps(body).encode()
    head = {"Host": server.address, "Content-Type": "application/json", "Content-Length": str(len(told)),
            **(headers or {})}  # fmt: skip
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    return "\r\n".join(lines).encode() + told
