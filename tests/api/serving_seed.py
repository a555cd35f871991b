"""A small organisation for the tests of the server: two mentors, twenty-two learners, two score runs.

No MLflow, no Delta: scores are written as scoring writes them, records are in-memory DuckDB.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
from argon2 import PasswordHasher

from data.contracts import TABLES
from serving.accounts import repository as accounts
from serving.alerts.service import open_alerts
from serving.app import make_site
from serving.settings import Settings
from serving.site import Site
from serving.sources import Import
from serving.tables import Account, Roster, Score, ScoreRun

TODAY = date(2026, 6, 15)
DAY_BEFORE = TODAY - timedelta(days=1)
NOW = datetime(2026, 6, 15, 5, tzinfo=UTC)
PASSWORD = "un long mot de passe"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ZINA, JOEL = 1_000_001, 1_000_002
PEOPLE = {
    "zina": ("Zina Mirageville", "mentor", ZINA),
    "joel": ("Joël Irréellande", "mentor", JOEL),
    "dina": ("Dina Chimèreval", "deputy", None),
    "lea": ("Léa Rêvebois", "course_lead", None),
    "data": ("Dana Songemont", "data_scientist", None),
    "qualite": ("Paul Fableville", "quality", None),
    "admin": ("Ada Énigmemont", "admin", None),
}
FIRST = ("Lina", "Noé", "Aya", "Hugo", "Inès", "Malo", "Sana", "Théo", "Ilan", "Jade", "Omar", "Rose")
LAST = ("Fableville", "Songelac", "Mirageval", "Utopiebois", "Rêvelande", "Énigmemont")
SESSIONS = {
    "DWEB-2605": ("Développeur web – session mai 2026", date(2026, 5, 11), date(2026, 8, 16)),
    "SECO-2606": ("Secrétaire comptable – session juin 2026", date(2026, 6, 1), date(2026, 8, 23)),
}


def enrolment_id(n: int) -> int:
    """Return the pseudonym of the n-th enrolment: large, as real ones are."""
    return 4_611_686_018_427_000_000 + n


def learner_id(n: int) -> int:
    """Return the pseudonym of the n-th learner."""
    return 7_205_759_403_792_000_000 + n


def mentor_of(n: int) -> int | None:
    """Return who follows the n-th learner: twelve, then eight, then two whom nobody follows."""
    return ZINA if n < 12 else JOEL if n < 20 else None


def name_of(n: int) -> str:
    """Return the n-th learner's name."""
    return f"{FIRST[n % len(FIRST)]} {LAST[(n * 5) % len(LAST)]}"


class SmallDirectory:
    """The names of the small organisation."""

    def names(self, ids):
        known = {learner_id(n): name_of(n) for n in range(22)} | self.mentors()
        return {number: known[number] for number in ids if number in known}

    def mentors(self):
        return {ZINA: "Zina Mirageville", JOEL: "Joël Irréellande"}


class SmallRecords:
    """A few weeks of records for each learner, in memory."""

    def connect(self):
        return _small_records().cursor()

    def kept(self, _key, read):
        return read(self.connect())

    def reads(self, _purpose):
        return lambda _: True

    def imports(self):
        return [Import("moodle", datetime(2026, 6, 15, 4, tzinfo=UTC), 210_000, 209_412, 12)]


@cache
def _small_records():
    rows: dict[str, list[dict[str, object]]] = {}
    for n in range(22):
        _records_of(rows, n)
    return filled_records(rows)


def filled_records(rows):
    """Return an in-memory DuckDB with every canonical table; what a row does not give is null."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    for spec in TABLES.values():
        con.register("given", pa.Table.from_pylist(rows.get(spec.name, []), schema=spec.schema))
        con.execute(f'CREATE TABLE "{spec.name}" AS SELECT * FROM given')
        con.unregister("given")
    return con


def _records_of(rows, n):
    session = "DWEB-2605" if n % 3 else "SECO-2606"
    start = SESSIONS[session][1]

    def add(table, **values):
        rows.setdefault(table, []).append(values)

    add("enrolments", enrolment_id=enrolment_id(n), learner_id=learner_id(n), session_id=session,
        course_id=session[:4], mentor_id=mentor_of(n), registered_on=start, started_on=start,
        planned_end_on=SESSIONS[session][2], outcome="ongoing")  # fmt: skip
    weeks = max(0, (TODAY - start).days // 7)
    for week in range(weeks):
        if n % 4 == 0 and week >= weeks - 1:
            continue
        at = morning(start + timedelta(days=7 * week + n % 5))
        add("activity", record_id=n * 100 + week, enrolment_id=enrolment_id(n), kind="view", occurred_from=at,
            occurred_to=at, count=3 + (n * 7 + week * 5) % 23, known_at=at, known_on=at.date())  # fmt: skip
    at = morning(start + timedelta(days=3))
    add("posts", record_id=n, session_id=session, thread_id=1, enrolment_id=enrolment_id(n), author_role="learner",
        channel="forum", is_question=True, n_words=30, intent_to_leave=False, distress=False, technical_trouble=False,
        thanks=False, polite=True, reactions=0, occurred_at=at, known_at=at, known_on=at.date())  # fmt: skip
    add("quiz_results", record_id=n, enrolment_id=enrolment_id(n), assessment_id=1, attempt=1, submitted_at=at,
        auto_submitted=False, banked=False, score=0.6, score_known_on=at.date(), known_at=at,
        known_on=at.date())  # fmt: skip
    answered_on = None if n % 4 == 0 else start + timedelta(days=6)
    for question in ("nps", "satisfaction"):
        add("survey_answers", record_id=n * 10 + len(question), enrolment_id=enrolment_id(n), survey_id=1,
            question=question, scale="nps", sent_on=start + timedelta(days=5), answered_on=answered_on,
            value=8.0 if answered_on else None, known_on=start + timedelta(days=6))  # fmt: skip


def morning(day: date) -> datetime:
    """Return nine o'clock of a day, in UTC."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def reasons_of(n: int) -> list[dict[str, object]]:
    """Return plausible reasons, in the catalogue's features."""
    return [
        {"feature": "days_since_last_activity", "value": 6.0 + n, "previous": 1.0, "contribution": 1.2},
        {"feature": "actions_7d", "value": 2.0, "previous": 17.0, "contribution": 0.7},
        {"feature": "unanswered_questions", "value": 1.0, "previous": 1.0, "contribution": 0.3},
    ]


def make_run(session, as_of: date, *, factor: float = 1.0) -> ScoreRun:
    """Write one score run over everybody: the lower the number, the greater the risk."""
    run = ScoreRun(
        key=f"run-{as_of.isoformat()}", as_of_on=as_of, created_at=datetime(2026, 6, 15, 4, tzinfo=UTC),
        model_name="filrouge", model_version="3", level="lightgbm", task="abandoned_28d", horizon_days=28,
        table_versions={"activity": 4}, n_enrolments=22,
    )  # fmt: skip
    session.add(run)
    session.flush()
    ranks: dict[int | None, int] = {}
    for n in range(22):
        ranks[mentor_of(n)] = ranks.get(mentor_of(n), 0) + 1
        probability = factor * 0.6 / (1 + (n if n < 12 else n - 12))
        session.add(Score(run_id=run.id, enrolment_id=enrolment_id(n), probability=probability,
                          rank=ranks[mentor_of(n)], reasons=reasons_of(n)))  # fmt: skip
    session.flush()
    return run


def fill(site: Site) -> None:
    """Write the small organisation into a site's work database, alerts of the latest run opened."""
    now = NOW
    with site.database.write() as session:
        sealed = QUICK.hash(PASSWORD)
        for username, (name, role, mentor_id) in PEOPLE.items():
            accounts.add(session, Account(username=username, display_name=name, role=role, mentor_id=mentor_id,
                                          unassigned=False, language=None, password_hash=sealed, active=True,
                                          courses=["SECO"] if role == "course_lead" else [],
                                          created_at=now))  # fmt: skip
        for n in range(22):
            code = "DWEB-2605" if n % 3 else "SECO-2606"
            title, starts_on, ends_on = SESSIONS[code]
            session.add(Roster(enrolment_id=enrolment_id(n), learner_id=learner_id(n), mentor_id=mentor_of(n),
                               session_id=code, session_name=title, course_id=code[:4], started_on=starts_on,
                               planned_end_on=ends_on, ended_on=None, outcome="ongoing"))  # fmt: skip
        make_run(session, TODAY - timedelta(days=7), factor=0.8)
        run = make_run(session, TODAY)
        open_alerts(session, run.id, now=now, settings=site.settings)


def settings_of(home: Path, **changes: object) -> Settings:
    """Return the settings of a test's own home."""
    return Settings(_env_file=None, home=home, today=TODAY, **changes)


def small_site(home: Path, **changes: object) -> Site:
    """Return a site whose home is empty but for its database: names and records are those of this file."""
    made = make_site(settings_of(home, **changes))
    return replace(made, directory=SmallDirectory(), records=SmallRecords())
