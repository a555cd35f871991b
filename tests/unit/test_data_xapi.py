"""xAPI statements: what each gives, from files and from a store that speaks the real protocol."""

import gzip
import hashlib
import json
import re
import shutil
from collections import Counter
from datetime import UTC, date, datetime

import pytest

from data import imports
from data.errors import SourceError
from data.home import Home
from data.identities import Vault
from data.sources import xapi_files
from data.sources.xapi_rows import Reading, Sessions, person_of, rows_of
from data.sources.xapi_statements import UnfitError, check, comparable
from data.store import RecordStore
from tests.unit import recorded_statements as recorded
from tests.unit.recorded_statements import ADL, COURSE, ID, LEFT, MOODLE, QUIZ, TALK, TINCAN, USED, VIEW, agent, lines
from tests.unit.served_statements import Served
from tests.unit.small_sites import write_moodle

PROVES = {
    "activity": "test_each_statement_reaches_its_canonical_table",
    "posts": "test_each_statement_reaches_its_canonical_table",
    "quiz_results": "test_each_statement_reaches_its_canonical_table",
    "assessments": "test_each_statement_reaches_its_canonical_table",
    "attendance": "test_each_statement_reaches_its_canonical_table",
}
TODAY = date(2026, 4, 10)
BY_NUMBER = {"people": f"moodle@{MOODLE}"}
SECRET = "lecteur:mot-de-passe-secret"


@pytest.fixture(scope="module")
def moodle_home(tmp_path_factory):
    """A home whose learners Moodle brought: Ada (10), Bob, Dan, Eve; their e-mails are u10@example.org, …"""
    folder = tmp_path_factory.mktemp("moodle")
    home = Home(folder / "home").prepare()
    imports.import_folder(home, "moodle", write_moodle(folder / "export"), as_of=TODAY)
    return home


@pytest.fixture
def home(moodle_home, tmp_path):
    shutil.copytree(moodle_home.root, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture
def bring(home, tmp_path):
    """Return a function that imports statements from a file."""

    def of(*given, name="all.jsonl", text=None, **options):
        path = tmp_path / name
        content = (lines(*given) if text is None else text).encode() if not isinstance(text, bytes) else text
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return imports.import_source(home, "xapi", str(path), as_of=TODAY, options={**BY_NUMBER, **options})

    return of


@pytest.fixture
def served():
    with Served(SECRET) as store:
        yield store


@pytest.fixture
def pull(home, served):
    def of(secret=SECRET, **options):
        return imports.import_source(
            home, "xapi", served.address, as_of=TODAY, secret=secret, options={**BY_NUMBER, **options}
        )

    return of


def rows(home, query):
    with RecordStore(home).connect() as connection:
        return connection.execute(query).fetchall()


def activity_from_xapi(home):
    return rows(home, "SELECT kind, count FROM activity WHERE known_at > occurred_from")


def adds_up(manifest):
    return manifest.rows_in == manifest.rows_kept + manifest.rows_quarantined + manifest.rows_out_of_scope


@pytest.mark.parametrize("name", USED)
def test_each_recorded_statement_gives_its_row(name):
    statement, table, values = USED[name]
    ((given, row),) = rows_of(check(statement), statement["id"], Reading(system="moodle", home_page=MOODLE))
    assert given == table
    assert {key: row[key] for key in values} == values
    assert row["person"] == "moodle:10"
    assert row["known_at"] == datetime(2026, 1, 7, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize("name", LEFT)
def test_each_statement_left_aside_says_why_and_never_its_value(name):
    statement, column, reason, damaged = LEFT[name]
    with pytest.raises(UnfitError) as unfit:
        rows_of(check(statement), ID.format(1), Reading())
    assert (unfit.value.column, unfit.value.reason.split(":")[0], unfit.value.damaged) == (
        column,
        reason.split(":")[0],
        damaged,
    )
    assert "dupont" not in str(unfit.value)


@pytest.mark.parametrize(
    ("actor", "reading", "person"),
    [
        ({"mbox": "mailto:U10@Example.org"}, Reading(), "u10@example.org"),
        ({"mbox_sha1sum": "EBD31E95054C018B10727CCFFD2EF2EC3A016EE9"}, Reading(),
         "mailto-sha1:ebd31e95054c018b10727ccffd2ef2ec3a016ee9"),
        ({"openid": "https://id.example/ada"}, Reading(), "https://id.example/ada"),
        (agent(), Reading(), f"{MOODLE}|10"),
        (agent("Ada@Example.org"), Reading(system="moodle"), "ada@example.org"),
        (agent(), Reading(system="moodle"), "moodle:10"),
        (agent(), Reading(system="moodle", home_page="https://other.example"), f"{MOODLE}|10"),
    ],
)  # fmt: skip
def test_who_did_it(actor, reading, person):
    assert person_of(actor, reading) == person


@pytest.mark.parametrize(
    ("sessions", "found"),
    [
        (Sessions(), None),
        (Sessions({COURSE["id"]: "A-1"}), "A-1"),
        (Sessions(pattern=re.compile(r"view\.php\?id=(\d+)$")), "2"),
        (Sessions({"2": "A-1"}, re.compile(r"course/view\.php\?id=(\d+)$")), "A-1"),
        (Sessions(extension="https://x.example/session"), "A-2"),
        (Sessions({"https://elsewhere.example": "Z"}), None),
    ],
)
def test_which_session(sessions, found):
    context = {**recorded.IN_COURSE, "extensions": {"https://x.example/session": "A-2"}}
    assert sessions.of({**recorded.statement(f"{ADL}/verbs/completed", QUIZ), "context": context}) == found


def test_each_statement_reaches_its_canonical_table(bring, home):
    given = [
        {**one, "id": ID.format(n), "timestamp": f"2026-01-07T10:00:{n:02d}Z"}
        for n, (one, _, _) in enumerate(USED.values(), 1)
    ]
    manifest = bring(*given)
    assert adds_up(manifest)
    assert (manifest.rows_in, manifest.rows_kept) == (len(USED), len(USED))
    kinds = dict(rows(home, "SELECT kind, count(*) FROM activity WHERE known_at = '2026-01-07 10:05:00Z' GROUP BY 1"))
    assert kinds == Counter(values["kind"] for _, table, values in USED.values() if table == "activity")
    assert (
        len(rows(home, "SELECT 1 FROM posts WHERE known_at = '2026-01-07 10:05:00Z' AND enrolment_id IS NOT NULL")) == 5
    )
    assert rows(home, "SELECT count(*) FROM posts WHERE intent_to_leave AND known_on = '2026-01-07'") == [(1,)]
    scores = rows(home, "SELECT score FROM quiz_results WHERE known_at = '2026-01-07 10:05:00Z' ORDER BY 1 NULLS LAST")
    assert [score for (score,) in scores] == [0.0, 0.5, 0.75, 0.8, 0.8, None]
    assert rows(home, f"SELECT count(*) FROM assessments WHERE name = '{QUIZ['id']}'") == [(1,)]
    present = rows(home, "SELECT status, minutes FROM attendance WHERE known_at = '2026-01-07 10:05:00Z' ORDER BY 1")
    assert present == [("absent", None), ("present", 90.0)]
    assert not manifest.refused


def test_the_same_file_twice_changes_nothing(bring):
    first = bring(VIEW)
    assert bring(VIEW).already
    assert bring(VIEW).batch_id == first.batch_id


def test_damaged_lines_are_quarantined_with_their_number_and_the_others_are_read(bring, home, monkeypatch):
    monkeypatch.setattr(xapi_files, "LONGEST", 4096)
    good = json.dumps(VIEW)
    text = "\n".join([
        "\ufeff" + good, "", "{", json.dumps({**VIEW, "id": ID.format(2), "x": "y" * 5000}), "[]", "NaN", '"é"',
        json.dumps({**VIEW, "id": ID.format(3), "timestamp": "2099-01-01T00:00:00Z"}), "   ", "[" * 100_000,
        json.dumps({**VIEW, "id": ID.format(4), "timestamp": "2026-01-08T10:00:00.123456Z"}),
    ])  # fmt: skip
    manifest = bring(text=text.encode() + b'\n{"a": "\xff"}')
    assert adds_up(manifest)
    assert (manifest.rows_in, manifest.rows_kept) == (10, 2)
    assert sum(manifest.quarantined.values()) == 8
    assert manifest.quarantined["future date"] == 1
    assert manifest.quarantined["over 0 MB"] == 2


@pytest.mark.parametrize("name", ["all.json", "all.json.gz", "all.jsonl.gz", "page.json", "pretty.json", "one.json"])
def test_every_layout_of_a_file_is_read(bring, name):
    other = {**VIEW, "id": ID.format(2), "timestamp": "2026-01-08T10:00:00Z"}
    text = {
        "all.json": json.dumps([VIEW, other], indent=2),
        "page.json": json.dumps({"statements": [VIEW, other], "more": ""}),
        "pretty.json": json.dumps({"statements": [VIEW, other], "more": ""}, indent=1),
        "all.json.gz": lines(VIEW, other),
        "all.jsonl.gz": json.dumps([VIEW, other]),
        "one.json": json.dumps(VIEW, indent=4),
    }[name]
    manifest = bring(text=text, name=name)
    assert manifest.rows_kept == manifest.rows_in == (1 if name == "one.json" else 2)


def test_an_array_longer_than_what_is_read_at_once(bring, monkeypatch):
    monkeypatch.setattr(xapi_files, "CHUNK", 37)
    given = [{**VIEW, "id": ID.format(n), "timestamp": f"2026-01-08T10:{n:02d}:00Z"} for n in range(20)]
    assert bring(text="\ufeff " + json.dumps(given, ensure_ascii=False), name="all.json").rows_kept == 20


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cut.json", json.dumps([VIEW, VIEW]).encode()[:-40], "cut or is not JSON"),
        ("more.json", json.dumps([VIEW]).encode() + b"x", "cut or is not JSON"),
        ("cut.jsonl.gz", gzip.compress(lines(VIEW).encode() * 50, mtime=0)[:-30], "cannot be read to its end"),
        ("not.jsonl.gz", b"plain", "cannot be read to its end"),
        ("odd.json", b'{"actor": ', "one JSON text that cannot be read"),
        ("empty.jsonl", b"", "nothing to import"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_is_refused_and_nothing_is_written(bring, home, tmp_path, name, content,
                                                                                message):  # fmt: skip
    before = len(RecordStore(home).batches())
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message) as refused:
        imports.import_source(home, "xapi", str(path), options=BY_NUMBER)
    assert "Ada" not in str(refused.value)
    assert len(RecordStore(home).batches()) == before


def test_a_repeated_statement_is_told_once_and_another_content_is_damaged(bring):
    stored_again = {
        **VIEW,
        "stored": "2026-01-09T00:00:00Z",
        "authority": agent(2),
        "timestamp": "2026-01-07T11:00:00+01:00",
    }
    manifest = bring(VIEW, stored_again, {**VIEW, "actor": agent(11)}, {**VIEW, "id": VIEW["id"].upper()})
    assert manifest.out_of_scope == {"repeated statement": 2}
    assert manifest.quarantined == {"same id, other content": 1}
    assert manifest.rows_kept == 1


def test_the_same_action_told_by_two_statements_counts_once(bring, home):
    passed = recorded.statement(f"{ADL}/verbs/passed", QUIZ, result=recorded.SCORED, n=3)
    came, _, _ = USED["ADL: attended"]
    came = {**came, "id": ID.format(5)}
    again = {**came, "id": ID.format(6), "timestamp": "2026-01-07T11:00:00Z"}
    next_day = {**came, "id": ID.format(7), "timestamp": "2026-01-08T10:00:00Z"}
    twice = ({**VIEW, "id": ID.format(2)}, {**passed, "id": ID.format(4)})
    manifest = bring(VIEW, passed, *twice, came, again, next_day)
    assert manifest.out_of_scope == {"action already told": 3}
    assert len(rows(home, "SELECT 1 FROM attendance WHERE minutes = 90")) == 2
    assert [row[1] for row in activity_from_xapi(home)] == [1]


def void(target, n):
    what = {"objectType": "StatementRef", "id": target}
    return recorded.statement("http://adlnet.gov/expapi/verbs/voided", what, n=n)


@pytest.mark.parametrize("order", [1, -1])
def test_a_statement_taken_back_is_dropped_in_any_order(bring, home, order):
    given = [VIEW, void(VIEW["id"], 2), void(ID.format(99), 3)][::order]
    manifest = bring(*given)
    assert manifest.out_of_scope == {
        "taken back by another statement": 1, "takes another statement back": 1,
        "takes back a statement not read here": 1,
    }  # fmt: skip
    assert manifest.rows_kept == 0
    assert not activity_from_xapi(home)
    assert adds_up(manifest)


def test_a_voiding_statement_that_names_none_is_damaged(bring):
    manifest = bring(recorded.statement("http://adlnet.gov/expapi/verbs/voided", COURSE), VIEW | {"id": ID.format(2)})
    assert manifest.quarantined == {"a voiding statement that names no statement": 1}


def test_members_of_a_group_each_did_it(bring, home):
    class_ = {"objectType": "Group", "member": [agent(10), recorded.mail("u11@example.org"), agent(10)]}
    bring({**VIEW, "actor": class_})
    assert len(activity_from_xapi(home)) == 2


KNOWN = [
    agent(10), recorded.mail("U11@example.org"),
    {"mbox_sha1sum": hashlib.sha1(b"mailto:u13@example.org", usedforsecurity=False).hexdigest()},
]  # fmt: skip
NOBODY_WE_KNOW = [
    agent(999), {"mbox_sha1sum": "0" * 40}, {"account": {"homePage": "https://other.example", "name": "10"}},
    {"openid": "https://id.example/ada"},
]  # fmt: skip


def test_a_person_is_the_learner_moodle_brought_or_nobody_we_know(bring, home):
    before = Vault(home.identities_database).find("learner")
    actors = [{**actor, "name": "Nom Secret"} for actor in (*KNOWN, *NOBODY_WE_KNOW)]
    manifest = bring(*({**VIEW, "id": ID.format(n), "actor": actor} for n, actor in enumerate(actors)))
    assert manifest.out_of_scope == {"not a learner we know": len(NOBODY_WE_KNOW)}
    placed = (
        "SELECT DISTINCT learner_id FROM activity JOIN enrolments USING (enrolment_id) WHERE known_at > occurred_from"
    )
    assert {before[number].source_id for (number,) in rows(home, placed)} == {"10", "11", "13"}
    assert Vault(home.identities_database).find("learner") == before, "a statement brings no name"


def test_nothing_a_statement_says_is_on_disk(bring, home):
    post = recorded.statement(f"{TINCAN}/verb/replied", TALK, actor={**recorded.mail("u10@example.org"),
                              "name": "Zoé Z"}, result={"response": "un texte tres reconnaissable"})  # fmt: skip
    assert bring(post, "u10@example.org en clair").rows_kept == 1
    kept = [path for path in home.root.rglob("*") if path.is_file() and path != home.identities_database]
    for secret in (b"reconnaissable", "Zoé".encode(), b"u10@example.org"):
        assert not [path for path in kept if secret in path.read_bytes()]


def test_a_folder_of_files_and_the_same_line_in_two_of_them(home, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    passed = [recorded.statement(f"{ADL}/verbs/passed", QUIZ, result=recorded.SCORED, n=n) for n in (1, 2, 3)]
    for n, one in enumerate(passed, 1):
        one["timestamp"] = f"2026-01-09T10:00:0{n}Z"
    (folder / "a.jsonl").write_text(lines(passed[2], passed[0]))
    (folder / "b.jsonl").write_text(lines(passed[1]))
    (folder / "notes.txt").write_text("not read")
    manifest = imports.import_source(home, "xapi", str(folder), as_of=TODAY, options=BY_NUMBER)
    assert (manifest.rows_in, manifest.rows_kept) == (3, 3)
    with pytest.raises(SourceError, match="no file of statements"):
        imports.import_source(home, "xapi", str(tmp_path / "nowhere"))


def test_the_sessions_file_places_records_and_changes_the_batch(bring, tmp_path):
    codes = tmp_path / "sessions.toml"
    codes.write_text(f'"{COURSE["id"]}" = "A-1"\n')
    late = {**VIEW, "timestamp": "2026-04-09T10:00:00Z", "stored": "2026-04-09T10:00:01Z"}
    first = bring(late, sessions=str(codes))
    assert first.rows_kept == 1
    codes.write_text(f'"{COURSE["id"]}" = "A-9"\n')
    second = bring(late, sessions=str(codes))
    assert second.quarantined == {"unknown session": 1}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"colour": "red"}, "unknown option"),
        ({"overlap_hours": "soon"}, "not a number of hours"),
        ({"overlap_hours": "-1"}, "not a number of hours"),
        ({"page_size": "0"}, "not a number of statements"),
        ({"session_pattern": "("}, "not a regular expression"),
        ({"session_pattern": "x"}, "no group"),
        ({"sessions": "nowhere.toml"}, "cannot be read"),
    ],
)
def test_an_option_that_is_not_accepted_is_told(served, home, options, message):
    with pytest.raises(SourceError, match=message):
        imports.import_source(home, "xapi", served.address, secret=SECRET, options=options)


def test_what_was_pushed_is_imported_by_its_own_command(home):
    with pytest.raises(SourceError, match="filrouge import received"):
        imports.import_source(home, "xapi", "received")


def test_statements_that_say_the_same_compare_equal():
    first = recorded.statement(f"{ADL}/verbs/completed", QUIZ, context=recorded.IN_COURSE)
    named = {**QUIZ, "definition": {**QUIZ["definition"], "name": {"fr": "Quiz"}}}
    single = {**recorded.IN_COURSE, "contextActivities": {**recorded.IN_COURSE["contextActivities"]}}
    assert comparable(first) == comparable({**first, "object": named, "context": single, "stored": "x"})
    assert comparable(first) != comparable({**first, "result": {"success": True}})


def numbered(count, day="2026-01-08", stored="2026-01-08"):
    return [
        {**VIEW, "id": ID.format(n), "timestamp": f"{day}T10:{n // 60:02d}:{n % 60:02d}Z",
         "stored": f"{stored}T12:{n // 60:02d}:{n % 60:02d}.000Z"}
        for n in range(1, count + 1)
    ]  # fmt: skip


def test_a_store_is_read_page_by_page_and_again_from_where_it_stopped(pull, served, home):
    served.statements = numbered(25)
    first = pull(page_size="10")
    assert (first.rows_in, first.rows_kept) == (25, 25)
    assert first.cursor == {"place": served.address, "stored": "2026-01-08T12:00:25.000000Z"}
    assert {request.headers["X-Experience-API-Version"] for request in served.asked} == {"1.0.3"}
    served.statements += [
        {**VIEW, "id": ID.format(90), "timestamp": "2026-01-09T10:00:00Z", "stored": "2026-01-09T10:00:02Z"}
    ]
    second = pull(page_size="10", overlap_hours="1")
    assert second.rows_in == 26, "the overlap is read again"
    assert len(activity_from_xapi(home)) == 26, "and changes nothing"
    again = pull(page_size="10", overlap_hours="1")
    assert again.rows_in == 1 or again.already
    assert len(activity_from_xapi(home)) == 26


@pytest.mark.parametrize("clock", ["timestamp", "stored"])
@pytest.mark.parametrize("found", [True, False])
def test_a_statement_stored_late_is_found_within_the_overlap(pull, served, home, clock, found):
    served.clock, served.statements = clock, numbered(3)
    pull()
    late = {**VIEW, "id": ID.format(50), "timestamp": "2026-01-08T09:00:00Z", "stored": "2026-01-10T08:00:00Z"}
    served.statements.append(late)
    pull(overlap_hours="51" if found else "1")
    assert len(activity_from_xapi(home)) == (3 if clock == "timestamp" and not found else 4)


def test_the_cursor_never_passes_what_the_store_vouches_for_nor_the_future(pull, served):
    served.statements = [*numbered(3), {**VIEW, "id": ID.format(60), "stored": "2999-01-01T00:00:00Z"}]
    served.through = "2026-01-08T12:00:02Z"
    assert pull().cursor["stored"] == "2026-01-08T12:00:02.000000Z"


def test_a_statement_taken_back_in_the_store_is_dropped_even_by_a_store_that_still_gives_it(pull, served):
    served.statements = [*numbered(3), void(ID.format(2), 70)]
    manifest = pull(page_size="1")
    assert manifest.rows_kept == 2
    assert manifest.out_of_scope == {"taken back by another statement": 1, "takes another statement back": 1}


def test_a_busy_store_is_asked_again(pull, served, monkeypatch):
    waited = []
    monkeypatch.setattr("data.sources.http.time.sleep", waited.append)
    monkeypatch.setattr("data.sources.xapi.Address", patient(waited))
    served.statements, served.busy = numbered(3), [(429, "2"), (503, None)]
    assert pull().rows_kept == 3
    assert waited[0] == 2.0


def patient(waited):
    from data.sources.http import Address

    return lambda *given, **more: Address(*given, **more, wait=waited.append)


@pytest.mark.parametrize(
    ("trap", "message"),
    [
        ("unauthorised", "refuses the token"), ("loop", "repeats its pages"), ("circles", "repeats its pages"),
        ("elsewhere", "points to another host"), ("html", "not JSON"), ("list", "not a page of statements"),
        ("fails", "stays busy"), ("gone", "does not answer as expected"), ("redirect", "has moved"),
        ("empty", "nothing to import"),
    ],
)  # fmt: skip
def test_a_store_that_goes_wrong_writes_nothing_and_tells_no_secret(pull, served, home, monkeypatch, trap, message):
    monkeypatch.setattr("data.sources.xapi.Address", patient([]))
    served.statements, served.trap = ([] if trap == "empty" else numbered(5)), trap
    before = len(RecordStore(home).batches())
    with pytest.raises(SourceError, match=message) as refused:
        pull(page_size="2", secret="lecteur:faux" if trap == "unauthorised" else SECRET)
    assert not {"secret", "lecteur", "faux", "Ada"} & set(str(refused.value).replace(":", " ").split())
    assert len(RecordStore(home).batches()) == before
    assert not (home.root / ".spool").exists()


def test_a_token_is_sent_as_a_bearer(pull, served):
    served.statements, served.secret = numbered(1), "un-jeton"
    assert pull(secret="un-jeton").rows_kept == 1
