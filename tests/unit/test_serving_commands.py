"""The commands of the server, as somebody types them; a busy port; what the process never imports."""

import json
import socket
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from data.home import Home
from data.identities import Identity, Vault
from serving import commands
from serving.accounts.repository import by_username
from serving.accounts.schemas import NewAccount
from serving.accounts.service import Entrance, create, create_demo_accounts, demo_accounts, reset_password
from serving.accounts.service import sign_in as enter
from serving.alerts.commands import alerts_app
from serving.database import Database
from serving.problems import FilrougeError
from serving.server import ServeError, listen
from serving.settings import Settings, read_settings
from serving.tables import HeldAlert
from tests.api import serving_seed as seed

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 6, 15, 5, tzinfo=UTC)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FILROUGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FILROUGE_TODAY", "2026-06-15")
    monkeypatch.setattr("serving.accounts.service.hasher", lambda: seed.QUICK)
    return tmp_path / "home"


@pytest.fixture
def lived(home):
    site = seed.small_site(home)
    seed.fill(site)
    site.database.dispose()
    return home


APPS = {"alerts": alerts_app, "quality": commands.quality_app, "accounts": commands.accounts_app}


def run(*words):
    app = typer.Typer()
    for name in ("alerts", "quality", "accounts"):
        app.add_typer(APPS[name], name=name)
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def test_alerts_are_listed_by_pseudonym(lived):
    found = json.loads(run("alerts", "list", "--json").stdout)["alerts"]
    assert [alert["state"] for alert in found] == ["open"] * 4
    assert found[0]["mentor_id"] == str(seed.ZINA)
    assert found[0]["reasons"][0]["feature"] == "days_since_last_activity"
    assert "DWEB-2605" in run("alerts", "list").stdout


def test_a_run_is_opened_once(lived):
    again = json.loads(run("alerts", "open", "--json").stdout)
    assert list(again) == [
        "as_of", "run", "woken", "resolved", "escalated", "reopened", "joined", "held", "opened", "signals",
        "objected",
    ]  # fmt: skip
    assert again["opened"] == 0
    older = json.loads(run("alerts", "open", "--as-of", "2026-06-08", "--json").stdout)
    assert (older["as_of"], older["opened"]) == ("2026-06-08", 0)


def test_what_was_held_is_listed_with_its_reason(lived):
    site = seed.small_site(lived)
    with site.database.write() as session:
        held = HeldAlert(run_id=2, enrolment_id=seed.enrolment_id(3), kind="model_risk", reason="closure",
                         until_on=date(2026, 6, 16))  # fmt: skip
        session.add(held)
    site.database.dispose()
    assert json.loads(run("alerts", "held", "--json").stdout) == {
        "as_of": "2026-06-15",
        "held": [
            {"enrolment_id": str(seed.enrolment_id(3)), "session_id": "SECO-2606", "mentor_id": str(seed.ZINA),
             "kind": "model_risk", "reason": "closure", "until": "2026-06-16"}
        ],
    }  # fmt: skip
    assert run("alerts", "held").stdout.startswith("closure ")
    assert run("alerts", "held", "--as-of", "2026-06-08").stdout == "no alert held as of 2026-06-08\n"


def test_without_a_run_the_next_step_is_said(home):
    with pytest.raises(FilrougeError, match="filrouge score"):
        run("alerts", "held")
    with pytest.raises(FilrougeError, match="filrouge score"):
        run("alerts", "open")


def test_the_register_is_written_whole_and_the_journal_verified(lived, tmp_path):
    out = tmp_path / "new" / "register.csv"
    assert json.loads(run("quality", "register", "--out", out, "--json").stdout)["steps"] == 4
    assert out.read_bytes().startswith("\ufeffN°;Date;Heure;Alerte;".encode())
    assert out.read_bytes().count(b"\r\n") == 6
    assert json.loads(run("quality", "verify", "--json").stdout) == {
        "intact": True, "checked": 5, "first_broken": None, "reason": "", "differs": None, "what": ""
    }  # fmt: skip
    with pytest.raises(FilrougeError, match="fr or en"):
        run("quality", "register", "--out", out, "--lang", "de")


def test_a_register_that_cannot_be_written_gets_one_line_and_no_entry_in_the_journal(lived, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FilrougeError, match="cannot be written") as refused:
        run("quality", "register", "--out", tmp_path / "file" / "register.csv")
    assert "\n" not in refused.value.line()
    assert json.loads(run("quality", "verify", "--json").stdout)["checked"] == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIMEZONE", "Berlin"),
        ("TIMEZONE", "../x"),
        ("TODAY", "tomorrow"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "nonsense://somewhere/x"),
        ("DATABASE_URL", "mysql+mysqldb://user:s3cret@somewhere/x"),
    ],
)
def test_a_setting_that_is_not_accepted_gets_one_line_with_its_name_and_not_its_value(home, monkeypatch, name, value):
    monkeypatch.setenv(f"FILROUGE_{name}", value)
    with pytest.raises(FilrougeError) as refused:
        run("accounts", "list")
    assert f"FILROUGE_{name}" in refused.value.line()
    assert "\n" not in refused.value.line()
    assert value not in refused.value.line()


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.setenv(f"FILROUGE_{name.upper()}", "")
    settings = read_settings()
    assert settings == Settings.model_construct()
    assert settings.folder == Home.from_environment()


def test_an_altered_journal_ends_in_failure_with_its_line(lived):
    import sqlite3

    with sqlite3.connect(lived / "work.db") as raw:
        raw.execute("DROP TRIGGER journal_refuses_update")
        raw.execute("UPDATE journal SET details = '{}' WHERE seq = 2")
    done = run("quality", "verify", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["first_broken"] == 2
    assert "entry 2" in run("quality", "verify").stdout


def test_an_altered_alert_ends_in_failure_with_its_number(lived):
    import sqlite3

    with sqlite3.connect(lived / "work.db") as raw:
        raw.execute("UPDATE alerts SET state = 'acknowledged' WHERE id = 3")
    done = run("quality", "verify", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["differs"] == 3
    assert "alert 3" in run("quality", "verify").stdout


def test_an_account_is_created_listed_and_reset(home):
    made = json.loads(run("accounts", "create", "claire", "--role", "quality", "--name", "Claire", "--json").stdout)
    assert len(made["password"]) >= 12
    assert json.loads(run("accounts", "list", "--json").stdout)["accounts"] == [
        {"username": "claire", "name": "Claire", "role": "quality", "active": True}
    ]
    again = json.loads(run("accounts", "reset", "claire", "--json").stdout)
    assert again["password"] != made["password"]
    wrong = ("create claire --role quality --name C", "create X --role quality --name C",
             "create bob --role king --name C", "reset nobody")  # fmt: skip
    for words in wrong:
        with pytest.raises(FilrougeError):
            run("accounts", *words.split())


def test_an_account_has_its_address_and_a_lead_its_courses(home):
    words = ("accounts", "create", "lea", "--role", "course_lead", "--name", "Léa", "--email", "lea@organisme.example")
    assert run(*words, "--course", "DWEB", "--course", "SECO").exit_code == 0
    with Database(read_settings().database).read() as session:
        made = by_username(session, "lea")
        assert (made.email, made.courses) == ("lea@organisme.example", ["DWEB", "SECO"])
    for wrong in (["m", "mentor", "--course", "DWEB"], ["n", "admin", "--email", "nowhere"]):
        with pytest.raises(FilrougeError) as refused:
            run("accounts", "create", f"{wrong[0]}.x", "--role", wrong[1], "--name", "X", *wrong[2:])
        assert wrong[3] not in refused.value.line()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("x.y --role boss", "'mentor', 'deputy', 'course_lead', 'data_scientist', 'quality' or 'admin'"),
        ("X --role admin", "pattern"),
    ],
)
def test_what_an_account_accepts_is_said(home, words, told):
    with pytest.raises(FilrougeError) as refused:
        run("accounts", "create", *words.split(), "--name", "C")
    assert told in refused.value.line()
    assert "boss" not in refused.value.line()


def test_a_mentor_is_found_by_name_and_given_to_an_account(lived):
    settings = seed.settings_of(lived)
    Vault(settings.folder.identities_database).put([Identity("mentor", seed.ZINA, "moodle", "7", "Zina Mirageville")])
    found = json.loads(run("accounts", "mentors", "--json").stdout)["mentors"]
    assert found == [{"mentor": str(seed.ZINA), "name": "Zina Mirageville"}]
    assert str(seed.ZINA) in run("accounts", "mentors").stdout
    created = run("accounts", "create", "zm", "--role", "mentor", "--name", "Z", "--mentor", found[0]["mentor"])
    assert created.exit_code == 0


def test_demonstration_accounts_are_made_once_and_can_be_shown_again(lived):
    settings = seed.settings_of(lived)
    Vault(settings.folder.identities_database).put([Identity("mentor", seed.ZINA, "moodle", "7", "Zina Mirageville")])
    database = Database(settings.database)
    with database.write() as session:
        first = create_demo_accounts(session, settings.folder, mentor_id=seed.ZINA, now=NOW)
        assert by_username(session, "demo-mentor").display_name == "Zina Mirageville (démonstration)"
    with database.write() as session:
        assert create_demo_accounts(session, settings.folder, mentor_id=None, now=NOW) == first
        assert by_username(session, "demo-mentor").display_name == "Mentor (démonstration)"
    assert {one.role for one in first} == {"mentor", "course_lead", "data_scientist", "quality", "admin"}
    kept = settings.folder.keys / "demo_accounts.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    shown = {one.username: one.password for one in demo_accounts(settings.folder)}
    _, account = enter(
        database, Entrance(settings, b"k"), "demo-mentor", shown["demo-mentor"], address="192.0.2.1", now=NOW
    )
    assert (account.mentor_id, account.unassigned) == (None, True)
    database.dispose()


@pytest.mark.parametrize("username", ["demo-mentor", "demo-admin"])
def test_an_account_of_somebody_is_never_taken_for_the_demonstration(lived, username):
    settings = seed.settings_of(lived)
    database = Database(settings.database)
    new = NewAccount(username=username, display_name="Ada", role="admin")
    with database.write() as session:
        create(session, new, now=NOW, password=seed.PASSWORD)
    with pytest.raises(FilrougeError, match="not a demonstration") as refused, database.write() as session:
        create_demo_accounts(session, settings.folder, mentor_id=seed.ZINA, now=NOW)
    assert username in refused.value.line()
    entrance = Entrance(settings, b"k")
    _, account = enter(database, entrance, username, seed.PASSWORD, address="192.0.2.1", now=NOW)
    assert (account.display_name, account.mentor_id, account.unassigned) == ("Ada", None, False)
    assert demo_accounts(settings.folder) == []
    database.dispose()


def test_demonstration_passwords_are_told_only_when_asked_for_and_while_they_let_in(lived, monkeypatch, capsys):
    settings = seed.settings_of(lived)
    database = Database(settings.database)
    with database.write() as session:
        made = create_demo_accounts(session, settings.folder, mentor_id=seed.ZINA, now=NOW)
        reset_password(session, "demo-data", now=NOW)
        by_username(session, "demo-admin").active = False
    database.dispose()
    monkeypatch.setattr("serving.server.run", lambda *_, ready, **__: ready("http://127.0.0.1:1"))
    told = {}
    for demo in (False, True):
        commands.serve_pages(settings, demo=demo)
        text = capsys.readouterr().err
        told[demo] = [one.role for one in made if one.password in text]
    assert told == {False: [], True: ["mentor", "course_lead", "quality"]}


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("::1", False), ("192.0.2.1", True)])
def test_plain_http_beyond_this_machine_is_warned_of(home, monkeypatch, capsys, host, warned):
    monkeypatch.setattr("serving.server.run", lambda *_, ready, **__: ready("http://somewhere"))
    commands.serve_pages(seed.settings_of(home), host=host, quiet=True)
    assert ("HTTPS" in capsys.readouterr().err) == warned


def test_a_busy_port_gets_one_clear_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match="already in use") as refused:
            commands.check_port(port)
    assert f"127.0.0.1:{port}" in refused.value.line()
    assert "\n" not in refused.value.line()
    commands.check_port(0)


def test_an_address_of_another_machine_gets_one_clear_line():
    with pytest.raises(ServeError, match="cannot listen there"):
        listen("192.0.2.1", 8000)


def test_the_server_starts_answers_tells_the_accounts_and_stops_at_a_signal(lived):
    import signal
    import urllib.request

    code = (
        "from serving.commands import serve_pages; from serving.settings import read_settings;"
        "serve_pages(read_settings(), port=0, demo=True)"
    )
    settings = seed.settings_of(lived)
    with Database(settings.database).write() as session:
        made = create_demo_accounts(session, settings.folder, mentor_id=seed.ZINA, now=NOW)
        by_username(session, "demo-qualite").active = False
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        try:
            told = ""
            for line in server.stderr:
                told += line
                if "Ctrl+C" in line:
                    break
            address = next(word for word in told.split() if word.startswith("http"))
            assert [one.role for one in made if one.password in told] == [
                "mentor",
                "course_lead",
                "data_scientist",
                "admin",
            ]
            answer = urllib.request.urlopen(f"{address}/readyz", timeout=90)  # noqa: S310 - this machine only
            assert json.loads(answer.read())["as_of_on"] == date(2026, 6, 15).isoformat()
            server.send_signal(signal.SIGINT)
            assert server.wait(timeout=90) == 0
            assert "Traceback" not in server.stderr.read()
        finally:
            server.kill()


def test_the_serving_process_never_imports_what_is_heavy():
    code = (
        "import sys; from serving.server import run; import serving.commands; from serving.app import create_app;"
        "heavy = 'mlflow evidently lightgbm sklearn pandas matplotlib altair training monitoring'.split();"
        "print(sorted(set(heavy) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
