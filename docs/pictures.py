"""Take the README's pictures again, on the example site, in the system's Chromium (`make pictures`)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).parent / "images"
PORT = 8765
ADDRESS = f"http://127.0.0.1:{PORT}"
SIZES = {"ma-journee.png": (1280, 900), "ma-journee-phone.png": (390, 844)}


def main() -> None:
    """Run the example in a folder of its own, sign in as the mentor, and take each picture."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is not installed on this machine")
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)), sync_playwright() as engine:
        mentor = next(
            a for a in json.loads((Path(folder) / "keys" / "demo_accounts.json").read_text()) if a["role"] == "mentor"
        )
        browser = engine.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, size in SIZES.items():
            _take(browser, mentor, size, IMAGES / name)
        browser.close()


def _take(browser: Browser, mentor: dict[str, str], size: tuple[int, int], out: Path) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, locale="fr-FR")
    page.goto(ADDRESS)
    page.fill("input[name=username]", mentor["username"])
    page.fill("input[name=password]", mentor["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/today")
    page.screenshot(path=out)
    page.close()


@contextmanager
def _served(home: Path) -> Iterator[None]:
    environment = {**os.environ, "FILROUGE_HOME": str(home)}
    command = [sys.executable, "-m", "filrouge", "run", "--port", str(PORT), "--quiet"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait(server)
        yield
    finally:
        server.terminate()
        server.wait(20)


def _wait(server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            with urllib.request.urlopen(f"{ADDRESS}/readyz"):  # noqa: S310
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the example could not be served")


if __name__ == "__main__":
    main()
