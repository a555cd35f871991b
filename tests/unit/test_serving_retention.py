"""How long each class of data is kept: the rules, what they find, what they remove and what they only tell."""

import os
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.home import Home
from serving.database import Database
from serving.retention import policy, repository, service
from serving.tables import (
    Account,
    Action,
    Alert,
    Complaint,
    DailyRun,
    JournalEntry,
    Message,
    RetentionRun,
    Score,
    ScoreRun,
    SignedIn,
)

TODAY = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 6, tzinfo=UTC)
OLD = NOW - timedelta(days=4000)


@pytest.mark.parametrize(
    ("text", "code", "days"),
    [
        ("", "scores", 365),
        ("scores=200", "scores", 200),
        ("notes = 730 , scores=1", "notes", 730),
        ("", "sign_ins", 182),
    ],
)
def test_rules_are_read(text, code, days):
    assert {rule.code: rule.days for rule in policy.read_rules(text)}[code] == days


@pytest.mark.parametrize(
    "text",
    [
        "evidence=1000",
        "packs=90",
        "habits=3",
        "scores",
        "scores=many",
        "scores=0",
        "sign_ins=30",
        "sign_ins=400",
        "scores=-1",
    ],
)
def test_rules_that_are_none_are_refused(text):
    with pytest.raises(policy.RetentionError):
        policy.read_rules(text)


@given(st.integers(1, 7300), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_longer_time_never_removes_more(days, today):
    shorter, longer = (policy.rules({"scores": n})[1] for n in (days, min(days + 1, 7300)))
    assert policy.before(today, longer) <= policy.before(today, shorter) < today


LINKS = st.tuples(st.sampled_from(["alert", "action"]), st.integers(1, 6))


@given(st.sets(LINKS), st.lists(st.tuples(LINKS, LINKS)))
def test_no_chain_is_cut_and_what_is_tied_to_nothing_younger_goes(old, ties):
    gone = policy.whole_chains(old, ties)
    assert gone <= old
    assert all((one in gone) == (other in gone) for one, other in ties)
    tied = {link for tie in ties for link in tie}
    assert old - tied <= gone
    assert tied <= old or gone != old | tied


def test_every_class_says_why_and_has_its_words():
    from serving.language import Speech

    french = Speech("fr", None)
    for rule in policy.RULES:
        assert french.say(rule.label) != rule.label
        assert french.say(rule.reason) != rule.reason
        assert rule.least <= rule.days <= rule.most


@pytest.fixture
def work(tmp_path):
    """Yield a home and its work database where each class has one old row and one of today."""
    home = Home(tmp_path / "home").prepare()
    database = Database(f"sqlite:///{home.work_database}")
    database.upgrade()
    with database.write() as session:
        fill(session)
    lists = (("2013-old", 4000), ("2013-older", 4001), ("2024-newest", 900), ("shadow-2026-08-01", 0))
    for name, days in lists:
        path = home.scored / name
        path.mkdir()
        stamp = (NOW - timedelta(days=days)).timestamp()
        os.utime(path, (stamp, stamp))
    yield home, database
    database.dispose()


def fill(session):
    account = Account(username="mia", display_name="Mia", role="quality", password_hash="", created_at=OLD)
    session.add(account)
    session.flush()
    who = account.id
    for n, at in enumerate((OLD, NOW)):
        run = ScoreRun(
            key=f"k{n}",
            as_of_on=at.date(),
            created_at=at,
            model_name="m",
            model_version="1",
            level="rules",
            task="t",
            horizon_days=28,
            table_versions={},
            n_enrolments=1,
        )
        session.add(run)
        session.flush()
        session.add(Score(run_id=run.id, enrolment_id=n + 1, probability=0.5, rank=1, reasons=[], signals=[]))
        session.add(
            Alert(
                run_id=run.id,
                enrolment_id=n + 1,
                learner_id=n + 1,
                session_id="S",
                opened_at=at,
                opened_on=at.date(),
                rank=1,
                probability=0.5,
                reasons=[],
                state="resolved",
                state_at=at,
                closed_at=at,
                closed_on=at.date(),
            )
        )
        session.add(
            Action(
                enrolment_id=n + 1,
                author_id=who,
                kind="call",
                channel="phone",
                done_on=at.date(),
                result="reached",
                next_step="none",
                note="words",
                recorded_at=at,
            )
        )
        session.add(
            Complaint(
                kind="complaint",
                subject="pace",
                told_by="learner",
                received_on=at.date(),
                channel="email",
                summary="words",
                state="closed",
                state_at=at,
                closed_on=at.date(),
                created_by=who,
                created_at=at,
            )
        )
        session.add(Message(key=str(n), kind="digest", subject="", created_at=at, due_at=at, sent_at=at))
        session.add(SignedIn(token_hash=str(n), account_id=who, created_at=at, expires_at=at + timedelta(hours=12)))
        session.add(DailyRun(day=at.date(), step="import", state="done"))


def left(database):
    with database.read() as session:
        return {
            "scores": session.query(Score).count(),
            "notes": session.query(Action).filter(Action.note != "").count(),
            "actions": session.query(Action).count(),
            "complaints": session.query(Complaint).filter(Complaint.summary != "").count(),
            "alerts": session.query(Alert).count(),
            "messages": session.query(Message).count(),
            "sign_ins": session.query(SignedIn).count(),
            "daily_runs": session.query(DailyRun).count(),
        }


def run(home, database, *, dry):
    found = service.run(database, home, policy.RULES, today=TODAY, now=NOW, dry=dry, author_id=None)
    return {one.rule.code: (one.count, one.oldest) for one in found}


def test_a_dry_run_says_what_would_go_and_removes_nothing(work):
    home, database = work
    before = left(database)
    found = run(home, database, dry=True)
    assert set(before.values()) == {2}
    assert left(database) == before
    assert found["scores"] == found["notes"] == found["complaints"] == found["daily_runs"] == (1, OLD.date())
    assert found["score_files"] == (2, OLD.date() - timedelta(days=1))
    assert found["evidence"] == (2, OLD.date()), "an alert and an action"
    with database.read() as session:
        assert session.query(JournalEntry).count() == 0
        assert session.query(RetentionRun).one().dry is True


def test_what_is_past_its_time_goes_once_and_the_journal_stays(work):
    home, database = work
    run(home, database, dry=False)
    assert left(database) == {
        "scores": 1,
        "notes": 1,
        "actions": 1,
        "complaints": 1,
        "alerts": 1,
        "messages": 1,
        "sign_ins": 1,
        "daily_runs": 1,
    }
    assert sorted(path.name for path in home.scored.iterdir()) == ["2024-newest", "shadow-2026-08-01"], (
        "the newest list served stays"
    )
    again = run(home, database, dry=False)
    assert {code for code, (n, _) in again.items() if n} == set()
    with database.read() as session:
        assert [one.event for one in session.query(JournalEntry)] == ["alert_expired", "retention_applied"]
        assert [one.dry for one in repository.runs(session)] == [False, False]
