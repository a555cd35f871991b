"""The pages of messages: what a follower chooses, whose channels are whose, what is never shown."""

import json

import pytest
from typer.testing import CliRunner

from filrouge import build
from serving.accounts import repository as accounts
from serving.notifications import repository, service
from serving.sealing import seal_of
from serving.tables import Channel, JournalEntry, Message, Webhook

ADDRESS = "claire.secret@organisme.fr"
CHOSEN = {"digest": "weekly", "hour": "9", "quiet_from": "18", "quiet_until": "8", "day1": "1", "day4": "1"}


def all_of(site, table):
    with site.database.read() as session:
        found = session.query(table).order_by(table.id if hasattr(table, "id") else table.seq).all()
        session.expunge_all()
    return found


def test_a_follower_chooses_when_and_reads_it_again(browser, send, site):
    zina = browser("zina")
    assert send(zina, "/preferences", CHOSEN).status_code == 303
    assert zina.get("/api/v1/preferences").json() == {
        "digest": "weekly", "days": "14", "hour": 9, "quiet_from": 18, "quiet_until": 8, "immediate": False,
    }  # fmt: skip
    page = zina.get("/preferences").text
    assert 'name="day4" value="1" checked' in page
    assert 'name="day2" value="1" checked' not in page
    assert browser("joel").get("/api/v1/preferences").json()["digest"] == "daily"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"day1": "", "day4": ""}, "Choisissez un jour au moins"),
        ({"hour": "20"}, "est une heure de silence"),
        ({"hour": "25"}, "marquées"),
        ({"digest": "hourly"}, "marquées"),
    ],
)
def test_a_choice_that_cannot_be_kept_is_said_and_what_was_typed_stays(browser, send, changes, said):
    zina = browser("zina")
    answer = send(zina, "/preferences", {**CHOSEN, "quiet_until": "7", **changes})
    assert answer.status_code == 422
    assert said in answer.text or "pas acceptées" in answer.text
    assert '<option value="7" selected>' in answer.text
    assert zina.get("/api/v1/preferences").json()["digest"] == "daily"


def test_the_api_keeps_choices_too(browser, send):
    zina = browser("zina")
    wanted = {"digest": "none", "days": "21", "hour": 22, "quiet_from": 20, "quiet_until": 8, "immediate": True}
    assert send(zina, "/api/v1/preferences", json=wanted).json()["days"] == "12"
    answer = send(zina, "/api/v1/preferences", json={**wanted, "digest": "daily"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def add(browser, send, username="zina", **fields):
    return send(browser(username), "/preferences/channels", {"kind": "email", "address": ADDRESS, **fields})


def test_a_channel_is_added_tried_and_removed_and_its_address_never_shown(browser, send, site):
    assert add(browser, send).status_code == 303
    (channel,) = all_of(site, Channel)
    zina = browser("zina")
    page = zina.get("/preferences").text
    assert "organisme.fr" in page
    assert "claire.secret" not in page
    assert send(zina, f"/preferences/channels/{channel.id}/trial").status_code == 303
    (trial,) = [row for row in all_of(site, Message) if row.kind == "trial"]
    assert (trial.account_id, trial.channel_id, trial.sent_at) == (channel.account_id, channel.id, None)
    assert send(zina, f"/preferences/channels/{channel.id}/remove").status_code == 303
    (channel,) = all_of(site, Channel)
    assert (channel.active, channel.address) == (False, "")
    assert all_of(site, Message) == []
    told = [entry for entry in all_of(site, JournalEntry) if entry.event.startswith("channel_")]
    assert [entry.event for entry in told] == ["channel_added", "channel_removed"]
    assert json.loads(told[0].details) == {"account": channel.account_id, "channel": channel.id, "kind": "email"}


@pytest.mark.parametrize("what", ["trial", "remove"])
@pytest.mark.parametrize("who", ["joel", "lea", "dina"])
def test_a_channel_of_somebody_else_is_not_there(browser, send, site, what, who):
    add(browser, send)
    (channel,) = all_of(site, Channel)
    assert send(browser(who), f"/preferences/channels/{channel.id}/{what}").status_code == 404
    assert send(browser("admin"), f"/admin/messages/channels/{channel.id}/{what}").status_code == 404
    assert all_of(site, Channel)[0].active


@pytest.mark.parametrize(
    ("kind", "address"),
    [("email", "claire"), ("slack", "https://evil.org/services/A/B/c"), ("webhook", "https://127.0.0.1/x"),
     ("webhook", "http://organisme.fr/x"), ("pigeon", "https://organisme.fr/x")],
)  # fmt: skip
def test_an_address_that_is_refused_is_said_without_repeating_it(browser, send, site, kind, address):
    answer = add(browser, send, kind=kind, address=address)
    assert answer.status_code == 422
    assert address not in answer.text
    assert all_of(site, Channel) == []


def test_an_account_has_ten_channels_at_most(browser, send):
    statuses = [add(browser, send, address=f"a{n}@organisme.fr").status_code for n in range(11)]
    assert statuses == [303] * 10 + [422]


def test_the_email_of_an_account_is_tried_only_if_it_has_one(browser, send, site):
    assert send(browser("zina"), "/preferences/email/trial").status_code == 404
    with site.database.write() as session:
        accounts.by_username(session, "zina").email = "zina@organisme.fr"
    assert send(browser("zina"), "/preferences/email/trial").status_code == 303


def test_a_webhooks_secret_is_shown_once_replaced_and_wiped(browser, send, site):
    admin = browser("admin")
    fields = {"url": "https://organisme.fr/hook/secret-path", "alert.opened": "1", "session.signal": "1"}
    answer = send(admin, "/admin/messages/webhooks", fields)
    (hook,) = all_of(site, Webhook)
    assert hook.events == ["alert.opened", "session.signal"]
    seal = seal_of(site.settings.folder)
    assert seal.open(hook.secret) in answer.text
    assert answer.headers["cache-control"] == "no-store"
    page = admin.get("/admin/messages").text
    assert seal.open(hook.secret) not in page
    assert hook.secret not in page
    assert "secret-path" not in page
    assert "Alerte ouverte" in page
    answer = send(admin, f"/admin/messages/webhooks/{hook.id}/rotate")
    (changed,) = all_of(site, Webhook)
    assert seal.open(changed.secret) in answer.text
    assert (changed.previous_secret, changed.secret != hook.secret) == (hook.secret, True)
    assert seal.open(changed.secret) != seal.open(hook.secret)
    assert send(admin, f"/admin/messages/webhooks/{hook.id}/remove").status_code == 303
    (gone,) = all_of(site, Webhook)
    assert (gone.active, gone.url, gone.secret, gone.previous_secret) == (False, "", "", None)
    events = [entry.event for entry in all_of(site, JournalEntry) if entry.event.startswith("webhook_")]
    assert events == ["webhook_added", "webhook_rotated", "webhook_removed"]


@pytest.mark.parametrize(
    "fields", [{"url": "https://organisme.fr/x"}, {"url": "https://10.0.0.1/x", "alert.opened": "1"}, {}]
)
def test_a_webhook_without_an_event_or_that_leads_inside_is_refused(browser, send, site, fields):
    assert send(browser("admin"), "/admin/messages/webhooks", fields).status_code == 422
    assert all_of(site, Webhook) == []


def fail(site, kind="digest", failure="http_500"):
    now = site.clock.now()
    with site.database.write() as session:
        zina = accounts.by_username(session, "zina").id
        row = {"key": f"k{kind}{failure}", "kind": kind, "account_id": zina, "subject": "", "body": None,
               "created_at": now, "due_at": now, "tries": 6, "gave_up_at": now, "failure": failure}  # fmt: skip
        repository.write(session, [row])


@pytest.mark.parametrize(
    ("failure", "said"),
    [("http_500", "le destinataire a répondu 500"), ("no_mail_server", "aucun serveur de courriel")],
)
def test_what_was_given_up_is_shown_to_the_administration(browser, site, failure, said):
    fail(site, failure=failure)
    page = browser("admin").get("/admin/messages").text
    assert said in page
    assert "Zina Mirageville" in page
    assert len(page) < 100_000


@pytest.fixture
def run(site, monkeypatch):
    """Return a function that runs `filrouge notify …` on the small organisation."""
    monkeypatch.setenv("FILROUGE_HOME", str(site.settings.home))
    monkeypatch.setenv("FILROUGE_DATABASE_URL", site.settings.database_url)
    monkeypatch.setenv("FILROUGE_TODAY", "2026-06-15")

    def command(*words):
        return CliRunner().invoke(build(), ["notify", *words])

    return command


def test_the_command_sends_once_and_tells_what_waits(run, site):
    fail(site)
    sent = json.loads(run("send", "--json").stdout)
    assert set(sent) == {"planned", "sent", "put_off", "given_up"}
    status = json.loads(run("status", "--json").stdout)
    assert status["given_up"] == 1
    assert status["failed"][0]["to"] == "zina"
    assert "zina" in run("status").stdout


def test_the_command_tries_every_place_of_an_account_and_says_which_fail(run, site):
    with site.database.write() as session:
        accounts.by_username(session, "zina").email = "zina@organisme.fr"
    tried = run("test", "--to", "zina")
    assert tried.exit_code == 1
    assert "no_mail_server" in tried.stdout
    assert "zina@organisme.fr" not in tried.stdout
    assert run("test", "--to", "nobody").exception.http_status == 404
    assert run("test", "--to", "joel").exception.http_status == 422


def test_what_may_be_shown_of_an_address_is_its_host():
    assert service.kept_host("claire@organisme.fr") == "organisme.fr"
    assert service.kept_host("https://u:p@chat.fr:8443/hooks/x?y=@z") == "chat.fr:8443"
