"""Addresses and secrets at rest: no file of the home but the key tells one; those of before are sealed at the start."""

from datetime import date

import pytest
from sqlalchemy import select

from serving.notifications import outbox, repository, service
from serving.notifications.delivery import Outcome
from serving.notifications.outbox import Office
from serving.notifications.schemas import NewChannel, NewWebhook
from serving.sealing import MARK, Seal, SealedError, seal_of
from serving.tables import Channel, Message, Webhook
from tests.api.serving_seed import morning

NOW = morning(date(2026, 6, 15))
PLACE = "https://hooks.slack.com/services/T000/B000/verysecretword"
URL = "https://organisme.fr/hook/anothersecret"
CLEAR = ("verysecretword", "anothersecret", "whsec_")


class Kept:
    """A way out that keeps what leaves."""

    def __init__(self):
        self.sent, self.told = [], []

    def send(self, place, _words):
        self.sent.append(place.address)
        return Outcome()

    def tell(self, url, event):
        self.told.append((url, event.secrets))
        return Outcome()


def add_both(session, settings):
    new = NewChannel(kind="slack", address=PLACE)
    channel = service.add_channel(session, new, None, settings=settings, now=NOW, author_id=1)
    hook, secret = service.add_webhook(
        session, NewWebhook(url=URL, events=["alert.opened"]), settings=settings, now=NOW, author_id=1
    )
    return channel, hook, secret


def clear_in(site):
    """Return which clear words the columns, and on SQLite the files, hold."""
    with site.database.read() as session:
        rows = [*session.execute(select(Channel.address)), *session.execute(select(Webhook.url, Webhook.secret))]
    told = " ".join(str(cell) for row in rows for cell in row).encode()
    told += b"".join(path.read_bytes() for path in site.settings.folder.root.glob("work.db*"))
    return [word for word in CLEAR if word.encode() in told]


def test_what_is_added_is_sealed_and_still_serves(site):
    with site.database.write() as session:
        channel, hook, secret = add_both(session, site.settings)
        number, program = channel.id, hook.id
        service.try_channel(session, number, None, now=NOW)
        row = {"key": "k", "kind": "alert.opened", "subject": "", "body": "{}", "created_at": NOW, "due_at": NOW,
               "tries": 0, "webhook_id": program}  # fmt: skip
        repository.write(session, [row])
    assert clear_in(site) == []
    office = Office(site.database, site.settings, Kept(), lambda: NOW)
    assert outbox.deliver(office)["sent"] == 2
    assert office.sender.sent == [PLACE]
    assert office.sender.told == [(URL, (secret,))]


def test_those_of_before_are_sealed_once_and_leave_no_byte(site):
    with site.database.write() as session:
        session.add(Channel(account_id=None, kind="slack", address=PLACE, active=True, created_at=NOW))
        session.add(Webhook(url=URL, secret="whsec_old", previous_secret="whsec_older", events=[], active=True,
                            created_at=NOW))  # fmt: skip
        session.add(Webhook(url="", secret="", events=[], active=False, created_at=NOW))
    assert clear_in(site) != []
    assert service.seal_old(site.database, site.settings) == 2
    assert clear_in(site) == []
    assert service.seal_old(site.database, site.settings) == 0
    seal = seal_of(site.settings.folder)
    with site.database.read() as session:
        hook = session.scalars(select(Webhook).where(Webhook.url != "")).one()
        assert (seal.open(hook.secret), seal.open(hook.previous_secret or "")) == ("whsec_old", "whsec_older")
        assert {one.url for one in session.scalars(select(Webhook)) if one is not hook} == {""}


def test_without_its_key_a_message_is_given_up_and_says_why(site):
    with site.database.write() as session:
        channel, _, _ = add_both(session, site.settings)
        number = channel.id
        service.try_channel(session, number, None, now=NOW)
    (site.settings.folder.keys / "seal.key").write_bytes(b"0" * 32)
    office = Office(site.database, site.settings, Kept(), lambda: NOW)
    assert outbox.deliver(office)["given_up"] == 1
    with site.database.read() as session:
        assert session.scalars(select(Message.failure).where(Message.channel_id == number)).one() == "sealed"
        assert service.host_of(session.get(Channel, number).address, site.settings) == ""


@pytest.mark.parametrize("words", ["", "claire@organisme.fr", "https://é.fr/x?y=z"])
def test_a_seal_gives_back_what_it_closed(words):
    seal = Seal(b"1" * 32)
    closed = seal.close(words)
    assert closed.startswith(MARK) is bool(words)
    assert (seal.open(closed), seal.close(closed)) == (words, closed)
    if words:
        with pytest.raises(SealedError, match="cannot be opened"):
            Seal(b"2" * 32).open(closed)
