"""Discourse: threads, roles and what is never read, against a local site that answers as the real one does."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.batches import Manifest
from data.errors import SourceError
from data.home import Home
from data.imports import import_source
from data.sources.base import Clock, Request
from data.sources.discourse import Discourse
from data.sources.discourse_api import asked_to_wait
from data.sources.plain_source import PlainSource
from tests.unit.damage import damaged, seeded
from tests.unit.served_discourse import KEY, Site, category, post, served_discourse, user
from tests.unit.served_json import SOON, Answer, Asked, Served, serve
from tests.unit.small_home import TODAY, adds_up, enrolments, everything, number, rows, small_home

PROVES = {"posts": "test_posts_come_with_their_thread_parent_author_and_reading"}
SECRET = f"{KEY}:system"
QUOTE = '<aside class="quote no-group" data-username="dan"><div class="title">dan:</div><blockquote><p>Je pense ' \
        'arrêter la formation.</p></blockquote></aside>'  # fmt: skip
ADA, BOB = user(11, "ada", "ada@example.org"), user(12, "bob", "Bob@Example.org")
MIA, ZOE = user(20, "mia", "mia@training.example"), user(30, "zoe", "zoe@elsewhere.example")
ROOT = user(1, "root", "root@training.example", admin=True)
BOT = user(-2, "discobot", "discobot_email")


def a_site() -> Site:
    """Two public categories, one of them below the other; a private one below too; every sort of post once."""
    site = Site(
        categories=[
            category(1, "Entraide", "entraide"), category(2, "Présentations", "presentations", above=1),
            category(3, "Équipe", "equipe", private=True), category(4, "Mentors", "mentors", private=True, above=1),
        ],
        users=[ROOT, ADA, BOB, MIA, ZOE, BOT], groups={"tuteurs": ["mia"]},
    )  # fmt: skip
    site.add(
        100, 1, "2026-01-20T10:00:00.000Z",
        post(1000, 1, ADA, "2026-01-10T09:00:00.000Z", "<p>Comment lancer le serveur ?</p>",
             actions_summary=[{"id": 2, "count": 3}]),
        post(1001, 2, MIA, "2026-01-11T09:00:00.000Z", f"{QUOTE}<p>Bonjour <a class='mention'>@ada</a>, merci !</p>"),
        post(1002, 3, BOB, "2026-01-12T09:00:00.000Z", "<p>J'ai le même souci.</p>", reply_to_post_number=2,
             reaction_users_count=2),
        post(1003, 4, ROOT, "2026-01-13T09:00:00.000Z", "", post_type=3, action_code="closed.enabled"),
        post(1004, 5, MIA, "2026-01-13T10:00:00.000Z", "<p>Entre nous.</p>", post_type=4),
        post(1005, 6, BOT, "2026-01-13T11:00:00.000Z", "<p>Bonjour !</p>"),
        post(1006, 7, BOB, "2026-01-13T12:00:00.000Z", "<p>(post deleted by author)</p>", user_deleted=True),
        post(1007, 8, BOB, "2026-01-13T13:00:00.000Z", "<p>Publicité</p>", hidden=True),
        post(1008, 9, ZOE, "2026-01-13T14:00:00.000Z", "<p>Je passe par là.</p>"),
        post(1009, 10, ADA, "2026-01-14T09:00:00.000Z", "<p>Page commune</p>", wiki=True, reply_to_post_number=99),
        pinned=True,
    )  # fmt: skip
    site.add(101, 2, "2026-01-15T10:00:00.000Z",
             post(1100, 1, BOB, "2026-01-15T10:00:00.000Z", "<p>Bonjour, je suis Bob.</p>"))  # fmt: skip
    site.add(102, 3, "2026-01-16T10:00:00.000Z", post(1200, 1, MIA, "2026-01-16T10:00:00.000Z", "<p>Privé</p>"))
    site.add(103, 4, "2026-01-17T10:00:00.000Z", post(1300, 1, MIA, "2026-01-17T10:00:00.000Z", "<p>Privé</p>"))
    site.add(104, 1, "2026-01-18T10:00:00.000Z", post(1400, 1, BOB, "2026-01-18T10:00:00.000Z", "<p>Caché</p>"),
             visible=False)  # fmt: skip
    site.add(105, 1, "2026-01-19T10:00:00.000Z", post(1500, 1, BOB, "2026-01-19T10:00:00.000Z", "<p>À deux</p>"),
             archetype="private_message")  # fmt: skip
    site.add(106, 1, "2026-01-19T11:00:00.000Z", post(1600, 1, BOB, "2026-01-19T11:00:00.000Z", "<p>Parti</p>"),
             withdrawn=True)  # fmt: skip
    site.add(107, 1, "2026-01-19T12:00:00.000Z",
             post(1700, 1, BOB, "2026-01-19T12:00:00.000Z", "<p>Je pense arrêter la formation.</p>"))  # fmt: skip
    return site


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return small_home(tmp_path_factory.mktemp("discourse") / "home")


@pytest.fixture
def home(made: Home, tmp_path: Path) -> Home:
    import shutil

    shutil.copytree(made.root, tmp_path / "home")
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def site() -> Site:
    return a_site()


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    with served_discourse(site) as running:
        yield running


@pytest.fixture
def roles(tmp_path: Path) -> str:
    path = tmp_path / "community.toml"
    path.write_text('[roles]\ntuteurs = "mentor"\n', encoding="utf-8")
    return str(path)


def bring(home: Home, served: Served, roles: str = "", *, secret: str = SECRET, **options: str) -> Manifest:
    given = {**({"roles": roles} if roles else {}), **options}
    return import_source(home, "discourse", served.base, as_of=TODAY, secret=secret, options=given)


def posts(home: Home) -> dict[int, dict[str, Any]]:
    """Return the posts by their number on the site, with readable threads, parents and authors."""
    told = {number(home, "discourse", "post", f"127.0.0.1/{n}"): n for n in range(1000, 2400)}
    threads = {number(home, "discourse", "thread", f"127.0.0.1/{n}"): n for n in range(100, 300)}
    who, names = enrolments(home), "record_id, thread_id, parent_id, enrolment_id, author_role, channel, reactions"
    found = rows(home, f"SELECT {names}, session_id, n_words, is_question, intent_to_leave, thanks FROM posts")
    return {
        told[r[0]]: {"thread": threads[r[1]], "parent": told.get(r[2]), "author": who.get(r[3], r[4]), "channel": r[5],
                     "reactions": r[6], "session": r[7], "words": r[8], "asks": r[9], "leaves": r[10], "thanks": r[11]}
        for r in found
    }  # fmt: skip


def test_posts_come_with_their_thread_parent_author_and_reading(home: Home, served: Served, roles: str) -> None:
    manifest = bring(home, served, roles)
    assert posts(home) == {
        1000: {"thread": 100, "parent": None, "author": "ada:S1", "channel": "help", "reactions": 3, "session": "S1",
               "words": 4, "asks": True, "leaves": False, "thanks": False},
        1001: {"thread": 100, "parent": 1000, "author": "mentor", "channel": "help", "reactions": 0, "session": "S1",
               "words": 2, "asks": False, "leaves": False, "thanks": True},
        1002: {"thread": 100, "parent": 1001, "author": "bob:S1", "channel": "help", "reactions": 2, "session": "S1",
               "words": 5, "asks": False, "leaves": False, "thanks": False},
        1009: {"thread": 100, "parent": 1000, "author": "ada:S1", "channel": "help", "reactions": 0, "session": "S1",
               "words": 0, "asks": False, "leaves": False, "thanks": False},
        1100: {"thread": 101, "parent": None, "author": "bob:S1", "channel": "introductions", "reactions": 0,
               "session": "S1", "words": 4, "asks": False, "leaves": False, "thanks": False},
        1700: {"thread": 107, "parent": None, "author": "bob:S1", "channel": "help", "reactions": 0, "session": "S1",
               "words": 5, "asks": False, "leaves": True, "thanks": False},
    }  # fmt: skip
    assert adds_up(manifest)


def test_what_is_private_or_no_word_of_a_member_is_counted_and_left(home: Home, served: Served, roles: str) -> None:
    manifest = bring(home, served, roles)
    assert manifest.out_of_scope == {
        "a private category, never read": 2, "no public topic, never read": 2, "a whisper, never read": 1,
        "a system message": 1, "a bot": 2, "deleted": 1, "hidden by moderation": 1, "not somebody we know": 1,
        "a topic withdrawn while it was read": 1,
    }  # fmt: skip
    assert not manifest.quarantined
    asked = served.paths()
    assert not [path for path in asked if "equipe" in path or "/mentors/" in path]
    assert not {"/t/102.json", "/t/103.json", "/t/104.json", "/t/105.json"} & set(asked)


def test_no_text_name_address_or_key_is_kept_outside_the_vault(home: Home, served: Served, roles: str) -> None:
    bring(home, served, roles)
    kept = everything(home)
    for secret in (KEY, "203.0.113.9", "discobot", "zoe@", "arrêter", "Comment lancer"):
        assert secret.encode() not in kept
    assert b"@example.org" not in kept


def test_a_second_import_with_overlap_changes_nothing(home: Home, served: Served, roles: str) -> None:
    first = bring(home, served, roles)
    assert first.cursor == {"place": served.base, "until": "2026-01-20T10:00:00.000Z"}
    before = posts(home)
    for overlap in ("7", "1"):
        again = bring(home, served, roles, overlap_days=overlap)
        assert posts(home) == before
        assert all(count.new == count.changed == 0 for count in again.tables.values())


def test_the_next_import_reads_what_moved(home: Home, site: Site, served: Served, roles: str) -> None:
    bring(home, served, roles)
    served.asked.clear()
    site.topics[0]["bumped_at"] = "2026-02-10T10:00:00.000Z"
    site.posts[100][0]["cooked"] = "<p>Merci, c'est réglé.</p>"
    site.posts[100].append(post(1010, 11, BOB, "2026-02-10T10:00:00.000Z", "<p>Et moi ?</p>", reply_to_post_number=1))
    del site.posts[107]
    site.topics = [topic for topic in site.topics if topic["id"] != 107]
    bring(home, served, roles, overlap_days="1")
    found = posts(home)
    assert found[1010]["parent"] == 1000
    assert (found[1000]["words"], found[1000]["thanks"]) == (4, True), "an edited post is read again"
    assert 1700 in found, "a post deleted after it was imported stays, as numbers"
    served.asked.clear()
    bring(home, served, roles, overlap_days="1")
    assert [path for path in served.paths() if path.startswith("/t/")] == ["/t/100.json", "/t/100/posts.json"]


def test_without_a_private_list_of_accounts_people_are_told_by_a_file(
    home: Home, served: Served, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("person;email;role\nADA;ada@example.org;\nmia;;mentor\nbob;;\n", encoding="utf-8")
    manifest = bring(home, served, people=str(people))
    assert {n: told["author"] for n, told in posts(home).items()} == {1000: "ada:S1", 1001: "mentor", 1009: "ada:S1"}
    assert "/admin/users/list/active.json" not in served.paths()
    assert manifest.quarantined == {"missing value": 1}
    assert adds_up(manifest)


def test_words_of_the_organisation_come_first(home: Home, served: Served, tmp_path: Path) -> None:
    told = tmp_path / "community.toml"
    told.write_text(
        '[roles]\n"@training.example" = "trainer"\n[channels]\npresentations = "none"\n"#1" = "announcements"\n'
        '[sessions]\nentraide = "S1"\n', encoding="utf-8")  # fmt: skip
    bring(home, served, roles=str(told), channels=str(told), sessions=str(told))
    found = posts(home)
    assert 1100 not in found
    assert (found[1000]["channel"], found[1001]["author"]) == ("announcements", "trainer")


def test_a_topic_too_long_to_list_its_posts_is_read_step_by_step(home: Home, site: Site, served: Served) -> None:
    at = "2026-02-01T10:00:00.000Z"
    site.add(200, 1, at, *(post(2000 + n, n, ADA, at, "<p>Oui</p>") for n in range(1, 12)), mega=True)
    bring(home, served)
    assert sorted(n for n in posts(home) if n > 2000) == list(range(2001, 2012))


def test_a_busy_site_is_asked_again(home: Home, served: Served) -> None:
    slow = {"errors": ["slow down"], "error_type": "rate_limit"}
    served.troubles = [
        ("/t/100", Answer(slow, 429, SOON)), ("/t/100", Answer({**slow, "extras": {"wait_seconds": 0}}, 429)),
        ("/c/entraide", Answer({}, 502, SOON)), ("/site.json", Answer({}, 503, SOON)),
        ("/admin", Answer(b"[]", headers={"Content-Length": "999"})),
    ]  # fmt: skip
    bring(home, served)
    assert len(posts(home)) == 5
    assert not served.troubles


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("/t/107", Answer({}, 500, SOON), "the service stays busy (HTTP 500)"),
        ("/t/107", Answer(b'{"post_stream": {"posts": [{"id"'), "the answer is not JSON"),
        ("/t/107", Answer({"post_stream": []}), "the answer has another shape than Discourse's (post_stream)"),
        ("/admin", Answer({"errors": ["no"]}, 403), "the service refuses the token"),
        ("/site.json", Answer({}, 301, {"Location": "https://elsewhere.example/"}), "the service has moved"),
        ("/t/107", Answer(b"{}", headers={"Content-Length": "999"}), "the service cannot be reached"),
    ],
    ids=["down", "truncated", "shape", "forbidden", "moved", "cut"],
)
def test_a_failure_in_the_middle_writes_nothing(
    home: Home, served: Served, monkeypatch: pytest.MonkeyPatch, path: str, answer: Answer, said: str
) -> None:
    monkeypatch.setattr(Discourse.__init__, "__defaults__", (lambda _: None,))
    served.troubles = [(path, answer)] * 6
    with pytest.raises(SourceError) as caught:
        bring(home, served)
    told = caught.value.line()
    assert said in told
    assert KEY not in told
    assert "ada" not in told
    assert "\n" not in told
    assert rows(home, "SELECT record_id FROM posts") == []


def test_the_import_after_a_failure_gets_everything(home: Home, served: Served) -> None:
    served.troubles = [("/t/107", Answer({}, 404)), ("/t/101", Answer({}, 400))]
    with pytest.raises(SourceError, match="HTTP 400"):
        bring(home, served)
    bring(home, served)
    assert len(posts(home)) == 5


def test_a_link_to_another_host_leads_nowhere(home: Home, site: Site, served: Served) -> None:
    with served_discourse(deepcopy(site)) as other:
        site.next_page = other.base + "/c/x/1/l/latest?page={page}"
        bring(home, served)
        assert other.asked == []
    assert len(posts(home)) == 5


@pytest.mark.parametrize(
    ("secret", "options", "said"),
    [
        ("", {}, "no key"),
        ("faux\nnéz", {}, "no key"),
        ("another-key", {}, "the service refuses the token"),
        (SECRET, {"emial": "x"}, "unknown option --set emial; accepted: --people, --sessions, --set channels"),
        (SECRET, {"since": "hier"}, "an option cannot be read"),
        (SECRET, {"people": "/nowhere/people.csv"}, "the file is not there (--people: people.csv)"),
    ],
    ids=["none", "unprintable", "refused", "unknown", "since", "absent"],
)
def test_what_cannot_be_used_is_said_in_one_line(
    home: Home, served: Served, secret: str, options: dict[str, str], said: str
) -> None:
    with pytest.raises(SourceError) as caught:
        bring(home, served, secret=secret, **options)
    assert said in caught.value.line()
    assert "another-key" not in caught.value.line()


def test_since_reads_from_a_day_again(home: Home, served: Served) -> None:
    bring(home, served, since="2026-01-19")
    assert sorted(posts(home)) == [1000, 1002, 1009, 1700]


def test_waits_told_in_the_body_are_kept_to() -> None:
    told = {"error_type": "rate_limit", "extras": {"wait_seconds": 12}}
    assert asked_to_wait(httpx.Response(429, json=told)) == 12
    assert asked_to_wait(httpx.Response(429, json=told, headers={"Retry-After": "3"})) is None
    assert asked_to_wait(httpx.Response(429, text="<html>")) is None
    assert asked_to_wait(httpx.Response(200, json=told)) is None


def test_it_is_read_as_any_other_source() -> None:
    source = PlainSource(Discourse())
    assert (source.name, source.system, source.has_today) == ("discourse", "discourse", True)
    assert datetime.fromisoformat("2026-01-20T10:00:00.000Z") == datetime(2026, 1, 20, 10, tzinfo=UTC)


def test_random_damage_is_read_or_refused_in_one_line(tmp_path: Path) -> None:
    chance, told, sound = seeded(4), list[object](), a_site().answer

    def rule(asked: Asked) -> Answer | None:
        answer = sound(asked)
        if answer is None or answer.status != 200 or chance.random() > 0.15:
            return answer
        return Answer(damaged(answer.body, chance), headers=answer.headers)

    with serve(rule) as served:
        request = Request(served.base, Clock(TODAY, TODAY), tmp_path / "spool", {}, SECRET)
        for _ in range(12):
            try:
                told.append(len(PlainSource(Discourse(lambda _: None)).gather(request).files))
            except SourceError as error:
                told.append(error.line())
    assert not [line for line in told if "\n" in str(line)]
    assert len([files for files in told if isinstance(files, int)]) > 2, "some is read all the same"
