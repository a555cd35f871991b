"""The work database: migrations up and down on data, one transaction, instants, keys."""

import re
import stat
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError, StatementError

from data.errors import HomeError
from serving.access import ROLES
from serving.alerts import steps
from serving.alerts.life import Wanted
from serving.database import Database, DatabaseError
from serving.keys import digest, read_or_create
from serving.quality import journal
from serving.tables import Account, Alert, Base, DailyRun, Message, Preference, ScoreRun, SignInFailure
from tests.unit import database_servers

NOW = datetime(2026, 6, 15, 5, tzinfo=UTC)
SERVING = Path(__file__).parents[2] / "serving"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request):
    """Return the database server, None for SQLite."""
    if request.param == "sqlite":
        yield None
        return
    with ExitStack() as stack:
        try:
            yield stack.enter_context(database_servers.postgresql())
        except database_servers.MissingServerError as error:
            pytest.skip(str(error))


@pytest.fixture
def database(server, tmp_path):
    """Yield an empty work database, on each kind of server that this machine has."""
    if server:
        server.run(server.main, "CREATE DATABASE work")
    made = Database(server.url("work") if server else f"sqlite:///{tmp_path / 'work.db'}")
    made.upgrade()
    yield made
    made.dispose()
    if server:
        server.run(server.main, "DROP DATABASE work WITH (FORCE)")


def test_the_migrations_make_exactly_the_tables(database):
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_up_down_and_up_again_with_data_inside(database):
    with database.write() as session:
        session.add(SignInFailure(account_digest="a", address_digest="b", at=NOW))
        journal.append(session, "account_created", at=NOW)
    database.upgrade()
    with database.read() as session:
        assert journal.verify(session).checked == 1
    database.downgrade("base")
    with database.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    database.upgrade()
    with database.read() as session:
        assert journal.verify(session) == journal.Verdict(True, 0)


def test_the_step_of_alerts_for_mentors_keeps_what_was_there_going_up_and_coming_down(database):
    """An account and a sealed journal written before 0004 read the same after it, and after it is undone."""
    database.downgrade("0003")
    kept = (
        "INSERT INTO accounts (username, display_name, role, mentor_id, password_hash, created_at) "
        "VALUES ('zina', 'Zina', 'mentor', 4611686018427000000, 'x', '2026-06-15 05:00:00+00:00')"
    )
    with database.write() as session:
        session.execute(text(kept))
        journal.append(session, "account_created", at=NOW)
    database.upgrade()
    with database.write() as session:
        account = session.query(Account).one()
        assert (account.mentor_id, account.courses, account.email) == (4611686018427000000, [], None)
        account.courses, account.subject = ["SECO"], "them"
    database.downgrade("0003")
    with database.write() as session:
        assert session.execute(text("SELECT username, active FROM accounts")).all() == [("zina", True)]
        assert journal.verify(session) == journal.Verdict(True, 1)
    database.upgrade()


KNOWN_STATES = ("open", "acknowledged", "in_contact", "resolved", "dismissed")
KNOWN_ROLES = ("mentor", "data_scientist", "quality", "admin")
"""What the code of 0003 can show."""


def an_alert(session, run_id, n, steps_taken):
    alert = Alert(run_id=run_id, enrolment_id=n, learner_id=n, mentor_id=1, session_id="S", opened_at=NOW, rank=1,
                  opened_on=NOW.date(), probability=0.5, reasons=[], state="open", state_at=NOW)  # fmt: skip
    session.add(alert)
    session.flush()
    journal.append(session, "alert_opened", at=NOW, alert_id=alert.id, enrolment_id=n)
    for wanted in steps_taken:
        steps.take(session, alert, wanted, author_id=1, now=NOW, today=NOW.date())


def test_alerts_of_every_state_and_accounts_of_every_role_come_down_as_the_code_before_can_show_them(database):
    next_day = NOW.date() + timedelta(days=1)
    lives = [
        [], [Wanted("acknowledged")], [Wanted("in_contact")], [Wanted("snoozed", until=next_day)],
        [Wanted("resolved", "plan_agreed")], [Wanted("dismissed", "other")], [Wanted("escalated")],
        [Wanted("acknowledged"), Wanted("snoozed", until=next_day)],
    ]  # fmt: skip
    with database.write() as session:
        for role in ROLES:
            session.add(Account(username=role, display_name=role, role=role, password_hash="x", created_at=NOW))
        run = ScoreRun(key="k", as_of_on=NOW.date(), created_at=NOW, model_name="m", model_version="1", level="rules",
                       task="t", horizon_days=28, table_versions={}, n_enrolments=0)  # fmt: skip
        session.add(run)
        session.flush()
        for n, taken in enumerate(lives):
            an_alert(session, run.id, n, taken)
        before = journal.verify(session)
        assert before.intact
    database.downgrade("0003")
    with database.read() as session:
        kept = session.execute(text("SELECT state FROM alerts ORDER BY id")).scalars().all()
        people = session.execute(text("SELECT username, role, active FROM accounts ORDER BY id")).all()
    assert kept == ["open", "acknowledged", "in_contact", "acknowledged", "resolved", "dismissed", "open",
                    "acknowledged"]  # fmt: skip
    assert set(kept) <= set(KNOWN_STATES)
    assert {role for _, role, _ in people} == set(KNOWN_ROLES)
    assert {name for name, _, active in people if not active} == {"course_lead", "deputy"}
    database.upgrade()
    with database.read() as session:
        assert journal.verify(session) == journal.Verdict(True, before.checked + 2)


def test_the_step_of_the_daily_run_keeps_what_was_there_going_up_and_coming_down(database):
    """A sealed journal and a message written before 0005 read the same after it, and after it is undone."""
    database.downgrade("0004")
    with database.write() as session:
        session.add(Message(key="k", kind="trial", subject="", created_at=NOW, due_at=NOW, tries=0))
        journal.append(session, "account_created", at=NOW)
    database.upgrade()
    with database.write() as session:
        session.add(DailyRun(day=NOW.date(), step="import", state="done", started_at=NOW, result={"rows": 3}))
    with database.read() as session:
        kept = session.query(DailyRun).one()
        assert (kept.attempts, kept.news, kept.result, kept.started_at) == (0, False, {"rows": 3}, NOW)
    database.downgrade("0004")
    with database.read() as session:
        assert journal.verify(session) == journal.Verdict(True, 1)
        assert session.query(Message).one().key == "k"
    database.upgrade()
    with database.read() as session:
        assert session.query(DailyRun).count() == 0


def test_a_block_that_fails_leaves_nothing(database):
    def fail():
        with database.write() as session:
            session.add(SignInFailure(account_digest="a", address_digest="b", at=NOW))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM sign_in_failures")).scalar() == 0


def test_reading_never_writes(database):
    with database.read() as session:
        session.add(SignInFailure(account_digest="a", address_digest="b", at=NOW))
        session.flush()
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM sign_in_failures")).scalar() == 0


def test_writers_wait_for_each_other_and_the_journal_has_no_gap(database):
    def write(n):
        for _ in range(5):
            with database.write() as session:
                journal.append(session, f"step_{n}", at=NOW)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert journal.verify(session) == journal.Verdict(True, 20)


def test_a_row_whose_other_half_is_missing_is_refused(database):
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Preference(account_id=404))


def test_somebody_reads_while_somebody_writes(database):
    with database.write() as writer:
        journal.append(writer, "account_created", at=NOW)
        with database.read() as reader:
            assert journal.verify(reader) == journal.Verdict(True, 0)


def test_an_instant_comes_back_as_it_went_in_and_a_naive_one_is_refused(database):
    paris = timezone(timedelta(hours=2))
    values = {"key": "k", "as_of_on": NOW.date(), "model_name": "m", "model_version": "1", "level": "rules",
              "task": "t", "horizon_days": 28, "table_versions": {"activity": 2}, "n_enrolments": 0}  # fmt: skip
    with database.write() as session:
        session.add(ScoreRun(created_at=NOW.astimezone(paris), **values))
    with database.read() as session:
        kept = session.query(ScoreRun).one()
        assert (kept.created_at, kept.created_at.tzinfo, kept.table_versions) == (NOW, UTC, {"activity": 2})
    naive = ScoreRun(created_at=NOW.replace(tzinfo=None), **(values | {"key": "other"}))
    with pytest.raises(StatementError, match="time zone"), database.write() as session:
        session.add(naive)


def test_a_database_that_cannot_be_opened_is_said_without_its_password(tmp_path):
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(DatabaseError, match="work database"):
        Database(f"sqlite:///{tmp_path / 'folder.db'}").upgrade()


def test_a_secret_is_made_once_and_is_its_owners_alone(tmp_path):
    path = tmp_path / "cookie.key"
    first = read_or_create(path)
    assert read_or_create(path) == first
    assert len(first) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert digest(first, "csrf", "x") != digest(first, "account", "x")


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_secret_is_refused(tmp_path, content):
    path = tmp_path / "cookie.key"
    path.write_bytes(content)
    with pytest.raises(HomeError, match="damaged"):
        read_or_create(path)


def test_a_secret_half_written_by_a_process_that_died_is_not_one(tmp_path, monkeypatch):
    path = tmp_path / "cookie.key"
    with monkeypatch.context() as broken:
        broken.setattr("data.privacy.secrets.token_bytes", lambda _size: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            read_or_create(path)
    assert len(read_or_create(path)) == 32
    assert [one.name for one in tmp_path.iterdir()] == ["cookie.key"]


def test_queries_live_in_repositories_only():
    query = re.compile(r"(?<![.\w])(select|insert|delete|update)\(|session\.(get|scalar|scalars|execute|add|query)\(")
    outside = [
        f"{path.relative_to(SERVING)}:{number}"
        for path in sorted(SERVING.rglob("*.py"))
        if path.name != "repository.py" and "migrations" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if query.search(line)
    ]
    assert outside == []


def test_each_slice_has_the_same_file_names():
    allowed = {"__init__.py", "endpoints.py", "service.py", "repository.py", "schemas.py", "policy.py"}
    extra = {
        "actions": {"commands.py"},
        "alerts": {
            "commands.py",
            "draws.py",
            "grounds.py",
            "holding.py",
            "kinds.py",
            "life.py",
            "morning.py",
            "outage.py",
        }
        | {"rounds.py", "sinking.py", "steps.py", "world.py"},
        "effects": {"commands.py", "draws.py", "wording.py"},
        "governance": {"commands.py", "document.py", "facts.py", "filling.py", "pdf.py"},
        "learners": {"browsing.py", "bulk.py", "calendar.py", "lists.py", "picture.py", "timeline.py"},
        "quality": {"delays.py", "downloads.py", "histories.py", "journal.py", "lists.py", "register.py", "scope.py"}
        | {"anchors.py", "recently.py", "replaying.py", "sheets.py", "words.py"},
        "quality/complaints": {"declaring.py", "sheet.py"},
        **{f"quality/{name}": {"sheet.py"} for name in ("appointments", "improvements", "surveys")},
        "quality/proofs": {"facts.py", "promised.py", "sheet.py"},
        "tokens": {"known.py"},
        "watch": {"reports.py"},
    }
    slices = ("accounts", "alerts", "learners", "actions", "quality", "watch", "community", "sessions", "playbooks")
    named = (*slices, *(n for n in extra if "/" in n), "absences", "effects", "governance", "openid", "profile")
    for name in (*named, "stream", "tokens"):
        files = {path.name for path in (SERVING / name).glob("*.py")}
        assert files - allowed == extra.get(name, set())
        assert {"endpoints.py", "repository.py"} <= files
