"""Messages through a real mail server and real HTTPS, on this machine: what each receives, and what goes wrong."""

import email
import email.policy
import json
import logging
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("apprise", reason="apprise sends the messages")
pytest.importorskip("aiosmtpd", reason="aiosmtpd is the local mail server")

from pydantic import SecretStr

from serving.language import Speech
from serving.notifications import delivery, signing
from serving.notifications.delivery import Event, NetworkSender, Outcome, Place
from serving.notifications.digest import compose
from serving.settings import Settings
from tests.unit.served_messages import free_port, mail_server, web_server, write_certificate

TOLD = {"new": 3, "waiting": 5, "escalated": 0, "signals": 1}
URL = "https://filrouge.organisme.fr"


def words(kind="digest", language="fr"):
    speech = Speech(language, ZoneInfo("Europe/Paris"))
    return compose(kind, TOLD, speech, day=date(2026, 6, 15), public_url=URL)


def settings(**changes):
    return Settings(_env_file=None, allow_private_targets=True, **changes)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return write_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def chats(certificate, monkeypatch):
    """Slack, Discord and the others at one local address; Apprise believes that it is theirs."""
    delivery._library()
    from apprise.plugins.discord import NotifyDiscord
    from apprise.plugins.slack import NotifySlack

    with web_server(certificate) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        monkeypatch.setattr(NotifySlack, "webhook_url", server.address + "/services")
        monkeypatch.setattr(NotifyDiscord, "notify_url", server.address + "/api/webhooks")
        monkeypatch.setattr(NotifyDiscord, "request_rate_per_sec", 0)
        yield server


def place(kind, server):
    port = server.address.rpartition(":")[2]
    return Place(kind, {
        "slack": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "discord": "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "mattermost": f"{server.address}/hooks/abcdefgh123",
        "teams": "https://teams.logic.azure.com:443/workflows/643e69f83c8944/triggers/manual/paths/invoke"
                 "?sig=KODuebWbDGYFr0z0eu6Rj8aUKz7108W3wrNJZxFE5A",
        "webhook": f"https://127.0.0.1:{port}/in?team=1",
    }[kind])  # fmt: skip


def sender(**changes):
    return NetworkSender(settings(**changes), look_up=lambda _: ["127.0.0.1"])


@pytest.fixture
def teams_here(chats, monkeypatch):
    """Teams has no address to change in Apprise: its host is looked up here."""
    import apprise.plugins.workflows as workflows

    real = workflows.requests.post

    def post(url, **kept):
        return real(url.replace("https://teams.logic.azure.com:443", chats.address), **kept)

    monkeypatch.setattr(workflows.requests, "post", post)


READ = {
    "slack": ("/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", lambda p: json.dumps(p, ensure_ascii=False)),
    "discord": ("/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", lambda p: p["content"]),
    "mattermost": ("/hooks/abcdefgh123", lambda p: p["text"]),
    "teams": ("/workflows/643e69f83c8944/triggers/manual/paths/invoke", lambda p: json.dumps(p, ensure_ascii=False)),
    "webhook": ("/in", lambda p: p["title"] + p["message"]),
}
SAYS = {"slack": (200, {}, b"ok"), "mattermost": (200, {}, b"ok"), "teams": (202, {}, b""), "discord": (204, {}, b""),
        "webhook": (200, {}, b"{}")}  # fmt: skip


@pytest.mark.parametrize("kind", READ)
@pytest.mark.usefixtures("teams_here")
def test_each_chat_receives_counts_and_a_link_in_its_own_shape(chats, kind):
    chats.answer = SAYS[kind]
    assert sender().send(place(kind, chats), words()) == Outcome()
    assert len(chats.posts) == 1
    path, read = READ[kind]
    assert chats.posts[0].path.split("?")[0] == path
    text = read(chats.posts[0].json)
    assert "Nouvelles alertes\u00a0: 3" in text
    assert "votre point du lundi 15 juin" in text
    assert URL + "/today" in text


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (500, {}, Outcome("http_500")),
        (404, {}, Outcome("http_404")),
        (410, {}, Outcome("http_410", final=True)),
        (429, {"Retry-After": "30"}, Outcome("http_429")),
    ],
)
def test_what_a_chat_refuses_is_told_by_its_status(chats, status, headers, expected):
    chats.answer = (status, headers, b"a secret answer")
    assert sender().send(place("mattermost", chats), words()) == expected


def test_a_chat_that_leads_elsewhere_is_not_followed(chats):
    chats.answer = (302, {"Location": chats.address + "/elsewhere"}, b"")
    assert sender().send(place("mattermost", chats), words()).failure == "http_302"
    assert [post.path for post in chats.posts] == ["/hooks/abcdefgh123"]


def test_a_chat_that_is_slow_or_away_is_a_failure(chats, monkeypatch):
    monkeypatch.setattr(delivery, "TIMEOUT_SECONDS", 0.2)
    chats.slow = 0.6
    assert sender().send(place("mattermost", chats), words()) == Outcome("timeout")
    monkeypatch.undo()
    away = Place("mattermost", f"https://127.0.0.1:{free_port()}/hooks/abcdefgh123")
    assert sender().send(away, words()) == Outcome("unreachable")


def test_a_message_never_goes_inside_unless_the_settings_say_so(chats):
    strict = NetworkSender(Settings(_env_file=None), look_up=lambda _: ["127.0.0.1"])
    for kind in ("slack", "discord", "mattermost", "webhook"):
        assert strict.send(place(kind, chats), words()) == Outcome("refused_address", final=True)
    event = Event("alert.opened", "d1", b"{}", 1_750_000_000, ("s",))
    assert strict.tell("https://organisme.fr/hook", event) == Outcome("refused_address", final=True)
    assert chats.posts == []


def test_nothing_of_an_address_is_written_in_a_log_nor_shown(chats, caplog, capsys):
    chats.answer = (500, {}, b"no")
    with caplog.at_level(logging.DEBUG):
        sender().send(place("slack", chats), words())
    said = caplog.text + "".join(capsys.readouterr()) + repr(place("slack", chats))
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in said
    assert "services" not in said


def letter(mailbox):
    ((sent_by, to, content),) = mailbox.letters
    return sent_by, to, email.message_from_bytes(content, policy=email.policy.default)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_email_is_plain_and_html_and_says_how_to_receive_fewer(language):
    with mail_server() as (mailbox, port):
        own = sender(smtp_url=SecretStr(f"smtp://127.0.0.1:{port}"), mail_from="filrouge@organisme.fr")
        assert own.send(Place("email", "claire@organisme.fr"), words(language=language)) == Outcome()
        sent_by, to, message = letter(mailbox)
    assert (sent_by, to) == ("filrouge@organisme.fr", ["claire@organisme.fr"])
    assert message["Subject"] == words(language=language).subject.replace("\u00a0", " ")
    assert message["From"] == "Filrouge <filrouge@organisme.fr>"
    assert message["List-Unsubscribe"] == f"<{URL}/preferences>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    plain, page = (message.get_body((form,)).get_content().replace("\u00a0", " ") for form in ("plain", "html"))
    for text in (plain, page):
        assert f"{URL}/today" in text
        assert f"{URL}/preferences" in text
        assert ("Nouvelles alertes : 3" if language == "fr" else "New alerts: 3") in text
    assert f'<html lang="{language}">' in page
    assert "<img" not in page
    assert "<script" not in page
    assert max(len(line) for line in plain.splitlines()) < 200


def test_a_letter_that_is_refused_or_a_server_that_is_away_is_a_failure():
    with mail_server() as (mailbox, port):
        mailbox.refused["claire@organisme.fr"] = "550 no such person"
        own = sender(smtp_url=SecretStr(f"smtp://127.0.0.1:{port}"), mail_from="filrouge@organisme.fr")
        assert own.send(Place("email", "claire@organisme.fr"), words()) == Outcome("unreachable")
        assert mailbox.letters == []
    gone = sender(smtp_url=SecretStr(f"smtp://127.0.0.1:{free_port()}"), mail_from="filrouge@organisme.fr")
    assert gone.send(Place("email", "claire@organisme.fr"), words()) == Outcome("unreachable")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"smtp_url": SecretStr("smtp://h.fr")},
        {"smtp_url": SecretStr("gopher://u%40h.fr@h.fr")},
        {"smtp_url": SecretStr("smtp://u%40h.fr@h.fr:port")},
        {"smtp_url_file": "absent"},
    ],
)
def test_without_a_mail_server_no_email_is_lost_silently(changes, tmp_path):
    if "smtp_url_file" in changes:
        changes = {"smtp_url_file": tmp_path / "absent"}
    assert sender(**changes).send(Place("email", "claire@organisme.fr"), words()) == Outcome("no_mail_server")


def test_the_address_of_the_mail_server_may_be_in_a_file_and_is_never_shown(tmp_path):
    file = tmp_path / "smtp"
    file.write_text("smtps://claire%40organisme.fr:p%40ss@mail.organisme.fr:465\n")
    made = delivery.mail(settings(smtp_url_file=file), "to@organisme.fr", words())
    assert (made["schema"], made["secure_mode"]) == ("mailtos", "ssl")
    assert (made["host"], made["port"]) == ("mail.organisme.fr", 465)
    assert (made["user"], made["password"]) == ("claire@organisme.fr", "p@ss")
    assert made["from_addr"] == "Filrouge <claire@organisme.fr>"
    assert "hidden" not in repr(settings(smtp_url=SecretStr("smtp://a:hidden@b.fr")))


EVENT = Event("alert.opened", "d1", b'{"event":"alert.opened"}', 1_750_000_000, ("new", "old"))


def test_a_program_receives_a_signed_event_at_the_address_that_was_checked():
    with web_server() as server:
        port = server.address.rpartition(":")[2]
        assert sender().tell(f"http://organisme.invalid:{port}/hook?x=1", EVENT) == Outcome()
        (post,) = server.posts
    assert post.path == "/hook?x=1"
    assert post.headers["Host"] == f"organisme.invalid:{port}"
    assert post.headers["Content-Type"] == "application/json"
    assert (post.headers["Filrouge-Event"], post.headers["Filrouge-Delivery"]) == ("alert.opened", "d1")
    for secret in ("new", "old"):
        assert signing.verify(secret, post.headers["Filrouge-Signature"], post.body, now=EVENT.timestamp)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((204, {}, b""), Outcome()),
        ((429, {"Retry-After": "90"}, b""), Outcome("http_429", timedelta(seconds=90))),
        ((503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, b""), Outcome("http_503")),
        ((410, {}, b""), Outcome("http_410", final=True)),
        ((302, {"Location": "http://127.0.0.1/"}, b""), Outcome("http_302")),
        ((500, {}, b"x" * 100_000), Outcome("http_500")),
    ],
)
def test_what_a_program_answers_is_told_by_its_status(answer, expected):
    with web_server() as server:
        server.answer = answer
        assert sender().tell(server.address + "/hook", EVENT) == expected


def test_a_program_that_is_slow_or_away_is_a_failure(monkeypatch):
    monkeypatch.setattr(delivery, "TIMEOUT_SECONDS", 0.2)
    with web_server() as server:
        server.slow = 0.6
        assert sender().tell(server.address + "/hook", EVENT) == Outcome("timeout")
    assert sender().tell(f"http://127.0.0.1:{free_port()}/hook", EVENT) == Outcome("unreachable")
    assert NetworkSender(settings()).tell("http://nowhere.invalid/x", EVENT) == Outcome("unknown_host")
