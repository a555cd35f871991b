"""`/xAPI/statements`: who may push, what the standard wants answered, and that what was received is imported."""

import base64
import json
import shutil
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from data import imports
from data.home import Home
from data.identities import Vault
from data.store import RecordStore
from serving.clock import Clock
from serving.database import Database
from serving.ingestion import commands, endpoints, policy, service
from serving.ingestion.schemas import BadRequestError, statements_of
from serving.problems import NotFoundError, RefusedError
from serving.shield import LARGEST_PUSH
from serving.tables import IngestKey, ReceivedStatement
from tests.unit import recorded_statements as recorded
from tests.unit.recorded_statements import ID, LEFT, VIEW, mail
from tests.unit.small_sites import write_moodle

PLACE = "/xAPI/statements"
VERSION = {"X-Experience-API-Version": "1.0.3"}


@pytest.fixture(autouse=True)
def fresh_pace(monkeypatch):
    monkeypatch.setattr(endpoints, "PACE", policy.Pace())


@pytest.fixture
def key(site):
    with site.database.write() as session:
        _, secret = service.create_key(session, "moodle", now=site.clock.now())
    return "moodle", secret


@pytest.fixture
def program(browser, key):
    client = browser()
    client.headers.update({**VERSION, "authorization": basic(*key)})
    return client


def basic(name, secret):
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def held(site):
    with site.database.read() as session:
        return session.query(ReceivedStatement).order_by(ReceivedStatement.seq).all()


def numbered(n, **more):
    return {**VIEW, "id": ID.format(n), "actor": mail("u10@example.org"), **more}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD"])
def test_the_anonymous_caller_and_a_persons_session_are_sent_away(browser, method):
    for client in (browser(), browser("zina"), browser("admin")):
        answer = client.request(method, PLACE, headers=VERSION, json=VIEW)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic realm=")
        assert answer.headers["x-experience-api-version"] == "1.0.3"


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Basic bW9vZGxl", "Bearer x", basic("moodle", "x"),
                                    basic("other", "x"), basic("moodle", "")])  # fmt: skip
def test_another_key_is_refused(browser, key, site, header):
    answer = browser().post(PLACE, json=VIEW, headers={**VERSION, "authorization": header})
    assert answer.status_code == 401
    assert not held(site)


def test_a_closed_key_is_refused_and_a_new_secret_replaces_the_old(browser, key, site):
    with site.database.write() as session:
        _, secret = service.create_key(session, "moodle", now=site.clock.now())
        assert session.query(IngestKey).one().secret_hash != secret
    push = lambda given: browser().post(PLACE, json=VIEW, headers={**VERSION, "authorization": basic("moodle", given)})  # noqa: E731
    assert push(key[1]).status_code == 401
    assert push(secret).status_code == 200
    with site.database.write() as session:
        service.close_key(session, "moodle", now=site.clock.now())
        with pytest.raises(NotFoundError):
            service.close_key(session, "nobody", now=site.clock.now())
        with pytest.raises(RefusedError, match="name of the key"):
            service.create_key(session, "A B", now=site.clock.now())
    assert push(secret).status_code == 401


def test_who_guesses_waits_and_the_right_key_does_not(browser, key, site):
    wrong = {**VERSION, "authorization": basic("moodle", "guess")}
    codes = [browser().post(PLACE, json=VIEW, headers=wrong).status_code for _ in range(7)]
    assert codes == [401] * 5 + [429] * 2
    right = {**VERSION, "authorization": basic(*key)}
    assert browser().post(PLACE, json=VIEW, headers=right).status_code == 200


def test_a_program_that_asks_too_often_waits(program, monkeypatch):
    monkeypatch.setattr(endpoints, "PACE", policy.Pace(2))
    answers = [program.get(PLACE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "60"
    pace, now = policy.Pace(1), datetime(2026, 1, 1, tzinfo=UTC)
    assert [pace.allows(1, now), pace.allows(1, now), pace.allows(2, now), pace.allows(1, now + policy.MINUTE)] == [
        True, False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(("version", "status"), [
    ("1.0.3", 200), ("1.0", 200), ("1.0.0", 200), ("1.0.9", 200), ("", 400), ("0.95", 400), ("1.1.0", 400),
    ("2.0.0", 400), ("10.0", 400),
])  # fmt: skip
def test_the_version_of_the_standard_is_asked_for(program, version, status):
    answer = program.post(PLACE, json=VIEW, headers={"X-Experience-API-Version": version})
    assert answer.status_code == status
    assert answer.headers["x-experience-api-version"] == "1.0.3"


def test_about_says_the_version(browser):
    assert browser().get("/xAPI/about").json() == {"version": ["1.0.3"]}


def test_a_push_is_kept_before_it_is_answered_and_told_once(program, site):
    answer = program.post(PLACE, json=[numbered(1), numbered(2)])
    assert (answer.status_code, answer.json()) == (200, [ID.format(1), ID.format(2)])
    assert [one.id for one in held(site)] == [ID.format(1), ID.format(2)]
    again = program.post(PLACE, json=numbered(1, stored="2026-02-02T00:00:00Z", authority=mail("x@example.org")))
    assert (again.status_code, again.json()) == (200, [ID.format(1)])
    other = program.post(PLACE, json=[numbered(3), numbered(1, timestamp="2026-01-08T00:00:00Z")])
    assert other.status_code == 409
    assert len(held(site)) == 2, "all or none"
    assert program.post(PLACE, json=[]).json() == []


def test_a_statement_without_id_is_given_one(program, site):
    (given,) = program.post(PLACE, json={k: v for k, v in VIEW.items() if k != "id"}).json()
    assert held(site)[0].id == given


def test_a_put_keeps_one_statement_under_the_id_of_the_address(program, site):
    where = {"statementId": ID.format(7).upper()}
    without = {k: v for k, v in VIEW.items() if k != "id"}
    assert program.put(PLACE, params=where, json=without).status_code == 204
    assert program.put(PLACE, params=where, json=without).status_code == 204
    assert program.put(PLACE, params=where, json=numbered(7, timestamp="2026-01-09T00:00:00Z")).status_code == 409
    assert [one.id for one in held(site)] == [ID.format(7)]
    refused = {"none": {}, "other": {"statementId": ID.format(8)}, "odd": {"statementId": "42"},
               "more": {**where, "x": "1"}}  # fmt: skip
    for params in refused.values():
        assert program.put(PLACE, params=params, json=numbered(7)).status_code == 400
    assert program.put(PLACE, params=where, json=[numbered(7)]).status_code == 400


def test_a_put_wants_what_its_preconditions_want(program):
    where = {"statementId": ID.format(1)}
    put = lambda **headers: program.put(PLACE, params=where, json=numbered(1), headers=headers).status_code  # noqa: E731
    assert put(**{"If-Match": "*"}) == 412
    assert put(**{"If-None-Match": "*"}) == 204
    assert put(**{"If-None-Match": "*"}) == 412
    tag = program.get(PLACE, params=where).headers["etag"]
    assert put(**{"If-Match": tag}) == 204
    assert put(**{"If-Match": '"another"'}) == 412
    assert put(**{"If-None-Match": tag}) == 412
    assert put(**{"If-None-Match": '"another"'}) == 204


def test_what_was_pushed_is_given_back_to_the_program_that_pushed_it(program, site, browser):
    program.post(PLACE, json=[numbered(n) for n in range(1, 6)])
    one = program.get(PLACE, params={"statementId": ID.format(2)})
    assert one.json()["object"] == VIEW["object"]
    assert one.json()["authority"]["account"]["name"] == "moodle"
    assert one.json()["stored"] != VIEW["stored"]
    assert one.headers["last-modified"].endswith("GMT")
    assert program.head(PLACE, params={"statementId": ID.format(2)}).content == b""
    seen, page = [], program.get(PLACE, params={"limit": 2, "ascending": "true"}).json()
    while True:
        seen += [one["id"] for one in page["statements"]]
        if not page["more"]:
            break
        page = program.get(page["more"]).json()
    assert seen == [ID.format(n) for n in range(1, 6)]
    newest = program.get(PLACE, params={"limit": "1"}).json()["statements"]
    assert [one["id"] for one in newest] == [ID.format(5)]
    assert program.get(PLACE, params={"since": "2999-01-01T00:00:00Z"}).json() == {"statements": [], "more": ""}
    with site.database.write() as session:
        _, secret = service.create_key(session, "another", now=site.clock.now())
    another = browser()
    another.headers.update({**VERSION, "authorization": basic("another", secret)})
    assert another.get(PLACE).json()["statements"] == []
    assert another.get(PLACE, params={"statementId": ID.format(2)}).status_code == 404
    assert another.post(PLACE, json=numbered(2)).status_code == 200, "the same statement, told by two programs"


@pytest.mark.parametrize("params", [
    {"agent": "{}"}, {"verb": "x"}, {"statementId": ID.format(1), "limit": "1"}, {"statementId": "1"},
    {"since": "yesterday"}, {"since": "2026-01-01T00:00:00"}, {"limit": "-1"}, {"limit": "x"}, {"StatementId": "x"},
])  # fmt: skip
def test_a_question_we_do_not_answer_is_refused(program, params):
    assert program.get(PLACE, params=params).status_code == 400


STRICT = {
    "an unknown property": {**VIEW, "colour": "red"},
    "a null": {**VIEW, "result": None},
    "another version": {**VIEW, "version": "2.0.0"},
    "a success in words": {**VIEW, "result": {"success": "yes"}},
}


@pytest.mark.parametrize("name", [*(n for n, left in LEFT.items() if left[3] and n != "no instant at all"
                                    and "raw score" not in n), *STRICT])  # fmt: skip
def test_what_the_standard_bids_refuse_is_refused_by_its_name_and_never_repeated(program, site, name):
    given = STRICT[name] if name in STRICT else LEFT[name][0]
    answer = program.post(PLACE, json=[numbered(1), given] if given != [] else [numbered(1), []])
    assert answer.status_code == 400
    detail = answer.json()["detail"]
    assert name in STRICT or LEFT[name][1] in detail
    assert "statements[1]" in detail
    assert "Ada" not in detail
    assert "example" not in detail
    assert not held(site), "all or none"


@pytest.mark.parametrize(("body", "content_type"), [
    (b"", "application/json"), (b"{", "application/json"), (b"\xff\xfe", "application/json"),
    (b"1", "application/json"), (b"[" * 100_000, "application/json"),
    (json.dumps(VIEW).encode(), "text/plain"), (b"", "multipart/mixed"),
    (json.dumps([VIEW, VIEW]).encode(), "application/json"), (json.dumps({**VIEW, "result": {"score": {"raw": 1e999}}})
     .encode(), "application/json"),
])  # fmt: skip
def test_a_body_that_holds_no_statements_is_refused(program, site, body, content_type):
    answer = program.post(PLACE, content=body, headers={"content-type": content_type})
    assert answer.status_code == 400
    assert not held(site)


def test_a_body_too_large_is_refused(program, site):
    large = numbered(1, context={"extensions": {"http://x.example/y": "z" * LARGEST_PUSH}})
    assert program.post(PLACE, json=large).status_code == 413
    medium = numbered(1, context={"extensions": {"http://x.example/y": "z" * (LARGEST_PUSH // 2)}})
    assert program.post(PLACE, json=medium).status_code == 200


@pytest.fixture(scope="module")
def any_database(empty_database):
    """An empty work database with one key."""
    with empty_database.write() as session:
        service.create_key(session, "moodle", now=datetime.now(UTC))
    return empty_database


def at_once(database, contents):
    """Push each content from a thread of its own, all at the same time, and return how it was answered."""
    start, now = threading.Barrier(len(contents)), datetime.now(UTC)
    with database.read() as session:
        key_id = session.query(IngestKey).one().id

    def push(content):
        given = statements_of(json.dumps(content).encode(), "application/json")
        start.wait()
        try:
            return service.receive(database, key_id, given, digest_key=b"k" * 32, now=now) and 200
        except service.ConflictError:
            return 409

    with ThreadPoolExecutor(len(contents)) as pool:
        return sorted(pool.map(push, contents))


def test_many_pushes_at_once_of_one_id_keep_one(any_database):
    """Six pushes with each of two contents: one content wins, the others are told, nobody gets an error."""
    contents = [numbered(1, timestamp=f"2026-01-0{1 + n % 2}T10:00:00Z") for n in range(12)]
    assert at_once(any_database, contents) == [200] * 6 + [409] * 6
    assert bodies(any_database) == [True]


def test_pushes_that_share_ids_in_another_order_do_not_block_each_other(any_database):
    for round_ in range(1, 6):
        ids = [10 * round_ + n for n in range(5)]
        contents = [[numbered(n) for n in (ids if k % 2 else ids[::-1])] for k in range(8)]
        assert at_once(any_database, contents) == [200] * 8


def test_the_log_and_the_database_hold_no_secret(program, key, site, caplog):
    with caplog.at_level("INFO", logger="filrouge.access"):
        program.post(PLACE, json=numbered(1))
    assert "u10" not in caplog.text
    assert key[1] not in caplog.text
    path = site.settings.folder.work_database
    assert key[1].encode() not in b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))


@pytest.fixture(scope="module")
def moodle_home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("moodle")
    home = Home(folder / "home").prepare()
    imports.import_folder(home, "moodle", write_moodle(folder / "export"), as_of=date(2026, 4, 10))
    return home


@pytest.fixture
def work(moodle_home, tmp_path):
    shutil.copytree(moodle_home.root, tmp_path / "own")
    home = Home(tmp_path / "own")
    database = Database(f"sqlite:///{home.work_database}")
    database.upgrade()
    yield home, database
    database.dispose()


def received(database, *given, days_ago=0):
    now = datetime.now(UTC) - timedelta(days=days_ago)
    with database.write() as session:
        key = session.query(IngestKey).first() or service.create_key(session, "moodle", now=now)[0]
        key_id = key.id
    statements = statements_of(json.dumps(list(given)).encode(), "application/json")
    return service.receive(database, key_id, statements, digest_key=b"k" * 32, now=now)


def bodies(database):
    with database.read() as session:
        return [one.body is not None for one in session.query(ReceivedStatement).order_by(ReceivedStatement.seq)]


def test_what_was_received_is_imported_once_and_its_words_are_dropped_in_time(work):
    home, database = work
    with pytest.raises(service.NothingReceivedError, match="nothing to import"):
        service.import_received(home, database, now=datetime.now(UTC))
    received(database, numbered(1), numbered(2, timestamp="2026-01-08T10:00:00Z"), days_ago=8)
    received(database, numbered(3, timestamp="2026-01-09T10:00:00Z"))
    first = service.import_received(home, database, now=datetime.now(UTC), as_of=date(2026, 4, 10))
    assert (first.source, first.rows_in, first.rows_kept) == ("xapi", 3, 3)
    assert bodies(database) == [False, False, True], "words received more than seven days ago are dropped"
    assert not (home.root / service.FOLDER).exists()
    second = service.import_received(home, database, now=datetime.now(UTC), as_of=date(2026, 4, 10), keep_days=0)
    assert (second.rows_in, second.rows_kept) == (1, 1)
    assert sum(count.new for count in second.tables.values()) == 0, "read again, it changes nothing"
    assert bodies(database) == [False, False, False]
    assert received(database, numbered(1)) == [ID.format(1)], "an id is known for ever"
    with pytest.raises(service.ConflictError):
        received(database, numbered(1, timestamp="2026-03-01T10:00:00Z"))
    assert not [one for one in Vault(home.identities_database).find("learner").values() if one.display_name == "Ada"]


def test_an_import_that_fails_drops_nothing_and_leaves_no_file(work, monkeypatch):
    home, database = work
    received(database, numbered(1))
    seen = []

    def failing(_home, _source, place, **_):
        seen.append(stat.S_IMODE(home.root.joinpath(service.FOLDER).stat().st_mode))
        assert json.loads(Path(place).read_text())["stored"]
        raise OSError("the disk is full")

    monkeypatch.setattr("data.imports.import_source", failing)
    with pytest.raises(OSError, match="disk"):
        service.import_received(home, database, now=datetime.now(UTC), keep_days=0)
    assert bodies(database) == [True]
    assert seen == [0o700]
    assert not (home.root / service.FOLDER).exists()
    assert len(RecordStore(home).batches()) == 1


def test_a_statement_of_a_learner_known_late_is_placed_by_the_next_import(work):
    home, database = work
    received(database, numbered(1, actor=recorded.agent(10)))
    first = service.import_received(home, database, now=datetime.now(UTC), as_of=date(2026, 4, 10))
    assert first.out_of_scope == {"not a learner we know": 1}
    second = service.import_received(
        home, database, now=datetime.now(UTC), as_of=date(2026, 4, 10), options={"people": "moodle"}
    )
    assert second.rows_kept == 1


def test_stored_is_the_real_instant_whatever_day_is_pretended(program, site):
    program.post(PLACE, json=numbered(1))
    assert abs(held(site)[0].stored_at - Clock(site.clock.zone).now()) < timedelta(minutes=5)


def test_a_bad_request_is_an_error_of_ours():
    with pytest.raises(BadRequestError):
        statements_of(b"{}", "application/json")


def test_the_commands_make_a_key_told_once_and_import_what_was_pushed(work, monkeypatch):
    home, database = work
    monkeypatch.setenv("FILROUGE_HOME", str(home.root))
    run = lambda *given: CliRunner().invoke(commands.keys_app, given)  # noqa: E731
    assert run("list").output == "no key\n"
    name, _, secret = run("create", "moodle").output.strip().partition(":")
    with database.read() as session:
        assert service.holder(session, name, secret).name == "moodle"
        assert service.holder(session, name, "") is None
    assert secret not in run("list", "--json").output
    assert "closed" in run("close", "moodle").output
    assert "(closed)" in run("list").output
    app = typer.Typer()
    app.command()(commands.import_received)
    nothing = CliRunner().invoke(app, [])
    assert (nothing.exit_code, nothing.output.split(";")[0]) == (0, "nothing to import was received")
    assert json.loads(CliRunner().invoke(app, ["--json"]).stdout) == {"rows_in": 0, "rows_kept": 0}
    received(database, numbered(1))
    home.name_site("own")
    given = ("--as-of", "2026-04-10", "--json")
    assert CliRunner().invoke(app, [*given, "--keep-days", "-1"]).exit_code == 2
    assert json.loads(CliRunner().invoke(app, [*given, "--keep-days", "0"]).stdout)["rows_kept"] == 1
    assert bodies(database) == [False]
