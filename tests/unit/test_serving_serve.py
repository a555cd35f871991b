"""What `filrouge serve` does by itself, in a real process: it sends a waiting message, and starts the day's run."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from serving.accounts import repository as accounts
from serving.daily import repository
from serving.notifications import service as notifications
from serving.tables import Message
from tests.api import serving_seed as seed
from tests.unit.served_messages import mail_server

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow
FROM, TO = "filrouge@organisme.example.org", "zina@organisme.example.org"


def until(true, seconds=90.0):
    """Wait until something is true, and say whether it came to be."""
    for _ in range(int(seconds * 10)):
        if true():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def morning(tmp_path_factory):
    """A morning of the small organisation, served for as long as it takes: the site, the letters, and what was told."""
    home = tmp_path_factory.mktemp("morning") / "home"
    site = seed.small_site(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("serving.accounts.service.hasher", lambda: seed.QUICK)
        seed.fill(site)
    with site.database.write() as session:
        account = accounts.by_username(session, "zina")
        account.email = TO
        notifications.try_account(session, account, now=datetime(2026, 6, 15, tzinfo=UTC))
    with mail_server() as (mailbox, port):
        told = {"HOME": str(home), "TODAY": seed.TODAY.isoformat(), "SMTP_URL": f"smtp://127.0.0.1:{port}",
                "MAIL_FROM": FROM, "PUBLIC_URL": "https://filrouge.example.org", "DAILY_AT": "00:00",
                "WORKING_DAYS": "1234567"}  # fmt: skip
        environment = {**os.environ, **{f"FILROUGE_{name}": value for name, value in told.items()}}
        words = [sys.executable, "-m", "filrouge", "serve", "--port", "0"]
        with subprocess.Popen(words, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as server:
            try:
                yield site, mailbox, *_watched(server, site, mailbox)
            finally:
                server.kill()
    site.database.dispose()


def _watched(server, site, mailbox):
    """Return whether the server is ready while the run is under way, and how it ended once asked to."""
    line = next(line for line in server.stderr if "serves at" in line)
    ready = until(lambda: states(site)) and _answer(line.split()[-1])
    assert until(lambda: trials(mailbox) and states(site).get("tidy") == "done")
    server.send_signal(signal.SIGINT)
    told = server.stderr.read()
    return ready, server.wait(90), told


def _answer(address):
    with urllib.request.urlopen(f"{address}/readyz", timeout=90) as answer:  # noqa: S310 - this machine only
        return json.loads(answer.read())["status"]


def trials(mailbox):
    letters = [message_from_bytes(content, policy=policy.default) for _, to, content in mailbox.letters if to == [TO]]
    return [letter for letter in letters if "essai" in letter["Subject"].lower()]


def states(site):
    with site.database.read() as session:
        return {row.step: row.state for row in repository.of_day(session, seed.TODAY)}


def test_the_servers_own_scheduler_sends_a_waiting_message_through_a_mail_server(morning):
    site, mailbox, *_ = morning
    (letter,) = trials(mailbox)
    assert letter["From"].addresses[0].addr_spec == FROM
    assert "https://filrouge.example.org" in letter.get_body(("plain",)).get_content()
    with site.database.read() as session:
        kept = session.query(Message).filter_by(kind="trial").one()
        assert (kept.body, kept.failure, kept.tries) == (None, None, 1)
        assert kept.sent_at is not None


def test_the_server_starts_the_days_run_in_a_process_of_its_own_and_answers_meanwhile(morning):
    """There is no record and no model here: the run does what can be done, and tells the rest on standard error."""
    site, _, ready, code, told = morning
    assert states(site) == {"import": "done", "actions": "done", "score": "failed", "notify": "done", "tidy": "done"}
    assert (ready, code) == ("ready", 0)
    assert "  score           failed  " in told
    assert "  alerts            left  it needs: score" in told
    assert "Traceback" not in told
