"""The daily run on the small organisation: the real steps, what is told in the terminal, on the page and to probes."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
import typer
from typer.testing import CliRunner

from data.commands import import_app
from data.errors import ModelError
from data.home import Home
from data.import_ways import ways_of
from data.store import RecordStore
from serving.daily import commands, policy, repository, service
from serving.daily.policy import STEPS
from serving.daily.service import Context, Office
from serving.daily.steps import sources_path, steps_of
from serving.ingestion import service as ingestion
from serving.ingestion.records import PostedBatch
from serving.tables import DailyRun, Message
from tests.api import serving_seed as seed
from tests.unit.small_home import small_home

TOMORROW = seed.TODAY + timedelta(days=1)
NOW = datetime(2026, 6, 15, 5, tzinfo=UTC)
SHEET = "E-mail;Session;Date;Statut\nada@example.org;S1;05/02/2026;présent\n"
SOURCES = """
[[source]]
name = "emargement"
way = "table"
file = "emargement.csv"
preset = "attendance"

[[source]]
name = "absent"
way = "table"
file = "nowhere.csv"
preset = "attendance"

[[source]]
way = "moodel"
"""


@pytest.fixture
def lived(site, monkeypatch):
    """The small organisation, whose home holds a few records too; the list of tomorrow is scored by the seed."""
    small_home(site.settings.home)
    Home(site.settings.home).name_site("own")
    monkeypatch.setattr("data.consents.INVENTED_SITES", ("own",))
    monkeypatch.setenv("FILROUGE_HOME", str(site.settings.home))
    monkeypatch.setenv("FILROUGE_TODAY", TOMORROW.isoformat())
    monkeypatch.setenv("FILROUGE_DATABASE_URL", site.settings.database_url)

    def score_day(settings, database, *, as_of, report):
        with database.write() as session:
            run = seed.make_run(session, as_of, factor=1.5)
            return {"run": run.id, "n_enrolments": 22, "n_mentors": 2, "model": "m", "model_version": "3", "level": "x"}

    monkeypatch.setattr("serving.scoring.commands.score_day", score_day)
    return site


def watch(home, day):
    return {"verdict": "stable", "html": "elsewhere"}


def run(*words):
    app = typer.Typer()
    app.add_typer(commands.command_of(import_app, watch), name="daily")
    return CliRunner().invoke(app, ["daily", *words], catch_exceptions=False)


def told(*words):
    done = run(*words, "--json")
    return done.exit_code, {one["step"]: one for one in json.loads(done.stdout)["steps"]}


def sources(site, text=SOURCES):
    (site.settings.home / "emargement.csv").write_text(SHEET, encoding="utf-8")
    (site.settings.home / "sources.toml").write_text(text, encoding="utf-8")


def test_a_failing_source_is_told_and_the_alerts_are_made_on_what_is_known(lived):
    sources(lived)
    code, steps = told()
    assert code == 1
    assert {name: one["state"] for name, one in steps.items()} == dict.fromkeys(STEPS, "done") | {"import": "failed"}
    imported = steps["import"]
    assert (imported["failure"], imported["told"]) == ("sources", "moodel-3, absent")
    assert [(one["name"], one["failure"]) for one in imported["result"]["sources"]] == [
        ("moodel-3", "file"), ("emargement", ""), ("absent", "source"), ("received", "")
    ]  # fmt: skip
    assert (imported["result"]["rows"], imported["result"]["new"]) == (1, 1)
    assert steps["alerts"]["result"]["run"] == steps["score"]["result"]["run"]
    assert steps["monitor"]["result"] == {"verdict": "stable"}
    assert len(RecordStore(Home(lived.settings.home)).batches()) == 2

    sources(lived, SOURCES.split('[[source]]\nname = "absent"', maxsplit=1)[0])
    code, again = told()
    assert (code, again["import"]["state"], again["import"]["attempts"]) == (0, "done", 2)
    assert [name for name, one in again.items() if one["here"]] == ["import"], "it brought nothing new"


def test_what_is_told_in_the_terminal(lived):
    sources(lived)
    quiet = run("--quiet")
    assert (quiet.exit_code, quiet.stdout) == (1, "")
    lines = quiet.stderr.splitlines()
    assert lines[0].split() == ["import", "failed", "1", "rows", "read,", "1", "records", "new,", "0", "changed"]
    assert "moodel-3: unknown way" in lines[1]
    assert "absent: " in lines[2]
    assert "nowhere.csv" in lines[2]
    again = run()
    assert [line.split()[0] for line in again.stdout.splitlines() if line[2] != " "] == [*STEPS[1:], "import"]
    assert "already done  22 enrolments of 2 mentors" in again.stdout
    log = run("log")
    assert log.stdout.startswith(f"{TOMORROW}\n  import          failed")
    days = json.loads(run("log", "--json").stdout)["days"]
    assert list(days) == [TOMORROW.isoformat()]
    assert [one["step"] for one in days[TOMORROW.isoformat()]] == list(STEPS)


def test_without_a_model_nothing_but_what_needs_it_is_left(lived, monkeypatch):
    def no_model(*_, **__):
        raise ModelError("there is no model", todo="run `filrouge train` first")

    monkeypatch.setattr("serving.scoring.commands.score_day", no_model)
    done = run()
    assert done.exit_code == 1
    assert "  score           failed  there is no model; run `filrouge train` first" in done.stdout
    assert "  alerts            left  it needs: score" in done.stdout
    assert "  tidy  " in done.stdout


def test_a_challenger_that_cannot_be_tried_fails_nothing_else(lived, monkeypatch):
    monkeypatch.setenv("FILROUGE_CHALLENGER", "asked")
    code, steps = told()
    assert (code, steps["challenge"]["failure"]) == (1, "model")
    assert {one["state"] for name, one in steps.items() if name != "challenge"} == {"done"}
    assert "challenge: asked, 28 days at least between two trainings" in run("--check").stdout
    monkeypatch.setenv("FILROUGE_CHALLENGER", "off")
    code, again = told()
    assert (code, again["challenge"]["result"]) == (0, {"decision": "off"})


def test_check_says_what_would_be_done_and_all_that_is_wrong_and_does_nothing(lived):
    sources(lived)
    done = run("--check")
    assert done.exit_code == 3
    lines = done.stdout.splitlines()
    assert lines[0] == f"{TOMORROW}: {', '.join(STEPS)}"
    assert lines[1] == "challenge: off"
    assert [line.split()[:2] for line in lines[3:5]] == [["emargement", "table"], ["absent", "table"]]
    assert [line[:19] for line in lines[5:]] == ["wrong: unknown way ", "wrong: there is not"]
    as_json = json.loads(run("--check", "--json").stdout)
    assert (as_json["there"], len(as_json["sources"]), len(as_json["wrong"])) == (True, 2, 2)
    (lived.settings.home / "sources.toml").unlink()
    assert run("--check").exit_code == 0
    assert "no such file" in run("--check").stdout
    with lived.database.read() as session:
        assert session.query(DailyRun).count() == 0


def test_another_day_and_again(lived):
    assert run("--as-of", "2026-06-17").exit_code == 0
    code, steps = told("--as-of", "2026-06-17", "--again", "notify")
    assert code == 0
    assert [name for name, one in steps.items() if one["here"]] == ["notify", "monitor", "challenge", "tidy"]
    with lived.database.read() as session:
        assert repository.days(session, 5) == [date(2026, 6, 17)]


def test_records_pushed_are_imported_without_a_file_of_sources(lived):
    view = {"person": "ada@example.org", "kind": "view", "occurred_at": "2026-02-20T09:00:00+01:00"}
    with lived.database.write() as session:
        key = ingestion.create_key(session, "prog", now=NOW)[0].id
    batch = PostedBatch("b1", "roster", {"activity": [view]})
    ingestion.receive_batch(lived.database, key, batch, digest_key=b"k" * 32, now=NOW)
    office = Office(lived.database, lambda: NOW, steps_of(lived.settings, ways_of(import_app), watch))
    outcome = office.steps["import"](Context(TOMORROW))
    assert (outcome.failure, outcome.news) == ("", True)
    assert outcome.result["sources"] == [{"name": "received", "failure": "", "told": "", "taken": 1}]
    assert not office.steps["import"](Context(TOMORROW)).news


def test_statements_received_are_a_way_too(lived):
    import filrouge

    filrouge.build()
    way = ways_of(import_app)["received"]
    assert list(way.accepted) == ["sessions", "people", "keep-days", "set", "as-of"]
    sources(lived, '[[source]]\nway = "received"\npeople = "moodle"\nkeep-days = 0')
    code, steps = told()
    assert (code, steps["import"]["state"]) == (0, "done")
    assert [one["name"] for one in steps["import"]["result"]["sources"]] == ["received-1", "received"]


def test_the_file_of_sources_is_where_the_setting_says(lived, tmp_path):
    assert sources_path(lived.settings) == lived.settings.home.absolute() / "sources.toml"
    elsewhere = lived.settings.model_copy(update={"sources": tmp_path / "elsewhere.toml"})
    assert sources_path(elsewhere) == tmp_path / "elsewhere.toml"


def test_old_messages_are_forgotten_and_those_that_wait_are_not(lived):
    """Messages are as old as the clock by which they were written says: here, a pretended day."""
    old, recent = NOW - timedelta(days=91), NOW - timedelta(days=87)
    fates = {
        "sent-old": {"sent_at": old}, "given-up-old": {"gave_up_at": old, "failure": "timeout"},
        "sent": {"sent_at": recent}, "given-up": {"gave_up_at": recent, "failure": "timeout"},
        "waits": {"due_at": NOW + timedelta(days=9)},
    }  # fmt: skip
    with lived.database.write() as session:
        for key, fate in fates.items():
            session.add(Message(key=key, kind="trial", subject="", created_at=old, **{"due_at": old, **fate}))
    code, steps = told()
    assert (code, steps["tidy"]["result"]["messages"]) == (0, 2)
    with lived.database.read() as session:
        assert {"sent", "given-up", "waits"} == {row.key for row in session.query(Message).filter_by(kind="trial")}


# --- the page and the probes -------------------------------------------------------------------------------------


def rows(site, **states):
    with site.database.write() as session:
        for step, (state, failure, line, result) in states.items():
            ended = None if state in ("running", "waiting") else NOW
            session.add(DailyRun(day=seed.TODAY, step=step, state=state, attempts=1, started_at=NOW, finished_at=ended,
                                 failure=failure, told=line, result=result, news=False))  # fmt: skip


def test_the_administration_reads_how_the_day_went_and_what_to_do(browser, site):
    admin = browser("admin")
    before = admin.get("/admin").text
    assert "Aucun passage quotidien pour l’instant" in before
    wrong = [{"name": "moodle", "failure": "source", "told": "it does not <answer>"}, {"name": "x", "failure": ""}]
    rows(site, **{
        "import": ("failed", "sources", "moodle", {"sources": wrong}), "actions": ("done", None, None, {}),
        "score": ("failed", "model", "there is no model; filrouge train", {}), "tidy": ("running", None, None, None),
    })  # fmt: skip
    page = admin.get("/admin").text
    for words in (
        "Dernier passage\u00a0: 15 juin 2026.",
        "Des sources n’ont pas pu être importées",
        "<strong>Source\u00a0: moodle</strong>",
        "La source n’a pas pu être lue. Vérifiez qu’elle est là",
        "it does not &lt;answer&gt;",
        "Entraînez-en un",
        "Elle a besoin d’une étape qui a échoué\u00a0: Scores.",
        "Son processus est mort avant la fin.",
        "À faire",
    ):
        assert words in page
    assert "Source\u00a0: x" not in page
    english = admin.get("/admin?lang=en").text
    assert "Some sources could not be imported" in english
    assert len(page.encode()) < 100_000


@pytest.mark.parametrize("failure", [*service.FAILURES, "file"])
def test_every_failure_can_be_shown(browser, site, failure):
    rows(site, tidy=("failed", failure, "a line", {}))
    assert "a line" in browser("admin").get("/admin").text or failure == "sources"


def test_probes_count_the_steps_of_the_last_run(browser, site):
    client = browser()
    assert "filrouge_daily_day" in client.get("/metrics").text
    rows(site, **{"import": ("failed", "sources", "moodle", {"sources": []}), "tidy": ("done", None, None, {})})
    figures = client.get("/metrics").text
    assert 'filrouge_daily_steps{state="failed"} 1.0' in figures
    assert 'filrouge_daily_steps{state="done"} 1.0' in figures
    assert 'filrouge_daily_steps{state="waiting"} 6.0' in figures
    assert policy.LEFT in figures
    assert "moodle" not in figures.split("filrouge_daily_day")[1]
