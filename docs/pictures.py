"""Take the pictures of README and docs/day.md again, on the example site, in Chromium (`make pictures`)."""

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
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).parent / "images"
PORT = 8765
ADDRESS = f"http://127.0.0.1:{PORT}"
DESK, PHONE = (1280, 900), (390, 844)
FIRST_LEARNER, FIRST_SESSION, FIRST_CHAIN = "li.card h3 a", "table.list th a", "table a[href^='/register/alerts/']"


@dataclass(frozen=True)
class Picture:
    """A picture: its file, who looks, at which page, and the link then followed, if any."""

    name: str
    role: str
    path: str
    follow: str = ""
    size: tuple[int, int] = DESK


PICTURES = (
    Picture("ma-journee.png", "mentor", "/today"),
    Picture("ma-journee-phone.png", "mentor", "/today", size=PHONE),
    Picture("apprenant.png", "mentor", "/today", FIRST_LEARNER),
    Picture("mes-apprenants.png", "mentor", "/learners"),
    Picture("communaute.png", "mentor", "/community"),
    Picture("session.png", "course_lead", "/sessions", FIRST_SESSION),
    Picture("registre.png", "quality", "/register", FIRST_CHAIN),
    Picture("modele.png", "data_scientist", "/model"),
)


def main() -> None:
    """Run the example in a folder of its own, sign in as each person, and take each picture."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is not installed on this machine")
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)), sync_playwright() as engine:
        accounts = json.loads((Path(folder) / "keys" / "demo_accounts.json").read_text())
        people = {account["role"]: account for account in accounts}
        browser = engine.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for picture in PICTURES:
            _take(browser, people[picture.role], picture)
        browser.close()


def _take(browser: Browser, person: dict[str, str], picture: Picture) -> None:
    width, height = picture.size
    page = browser.new_page(viewport={"width": width, "height": height}, locale="fr-FR")
    page.goto(ADDRESS)
    page.fill("input[name=username]", person["username"])
    page.fill("input[name=password]", person["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.goto(ADDRESS + picture.path)
    if picture.follow:
        page.locator(picture.follow).first.click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / picture.name)
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
