"""Canvas: rosters, work, discussions and page views, against a local site that answers as the real one does."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.batches import Manifest
from data.errors import SourceError
from data.home import Home
from data.identities import Vault
from data.imports import import_source
from data.sources.base import Clock, Request
from data.sources.canvas import Canvas
from data.sources.canvas_api import QUOTA_WAIT, asked_to_wait, instant, key
from data.sources.plain_source import PlainSource
from tests.unit.damage import damaged, seeded
from tests.unit.served_canvas import (
    TOKEN,
    Site,
    assignment,
    enrolment,
    entry,
    served_canvas,
    submission,
    topic,
    user,
    view,
)
from tests.unit.served_json import SOON, Answer, Asked, Served, serve
from tests.unit.small_home import adds_up, enrolments, everything, number, rows, small_home

PROVES = {
    "sessions": "test_a_course_is_a_session_and_its_learners_are_enrolled",
    "enrolments": "test_a_course_is_a_session_and_its_learners_are_enrolled",
    "activity": "test_page_views_are_activity_of_the_learner_alone",
    "posts": "test_discussions_keep_who_answers_whom",
    "assessments": "test_assignments_have_their_kind_dates_and_weight",
    "quiz_results": "test_submissions_are_results_known_when_posted",
}
TODAY = date(2026, 3, 1)
COURSE = {
    "id": 1, "name": "Développement web, janvier", "course_code": "DWEB", "sis_course_id": "DWEB-2601",
    "workflow_state": "available", "start_at": "2026-01-05T08:00:00Z", "end_at": None, "apply_assignment_group_weights":
    True, "term": {"id": 5, "name": "Printemps", "start_at": None, "end_at": "2026-03-29T21:59:59Z"},
}  # fmt: skip
PEOPLE = [
    user(101, "Ada", "ada@example.org"), user(102, "Bob", "bob.canvas@example.org"), user(103, "Cleo"),
    user(104, "Dan"), user(105, "Eve"), user(106, "Fay"), user(107, "Guy"), user(201, "Mia", "mia@example.org"),
    user(202, "Gus"),
]  # fmt: skip
ENROLMENTS = [
    enrolment(1, 101), enrolment(2, 101, course_section_id=11), enrolment(3, 102, created_at="2026-01-20T09:00:00Z"),
    enrolment(4, 103, state="deleted", updated_at="2026-02-10T09:00:00Z"),
    enrolment(5, 104, state="inactive", updated_at="2025-12-20T09:00:00Z"), enrolment(6, 105, state="invited"),
    enrolment(7, 106, state="completed", updated_at="2026-02-20T09:00:00Z"), enrolment(8, 107, state="rejected"),
    enrolment(9, 201, "TaEnrollment"), enrolment(10, 202, "TeacherEnrollment", role="Tuteur"),
    enrolment(11, 202), enrolment(12, 900, "StudentViewEnrollment"), enrolment(13, 301, "ObserverEnrollment"),
    enrolment(14, 108, state="deleted", updated_at="2026-04-15T09:00:00Z",
              user={"id": 108, "name": "Hal", "login_id": "hal@example.org"}),
]  # fmt: skip
GROUPS = [
    {"id": 1, "name": "Quiz", "group_weight": 40, "assignments": [
        assignment(51, "Quiz 1", submission_types=["online_quiz"], points_possible=10.0),
        assignment(52, "Quiz 2", submission_types=["external_tool"], is_quiz_lti_assignment=True, points_possible=30.0,
                   due_at=None)]},
    {"id": 2, "name": "Devoirs", "group_weight": 60, "assignments": [
        assignment(53, "Devoir 1", unlock_at="2026-01-12T23:30:00Z"), assignment(54, "Brouillon", published=False),
        assignment(55, "Oral", submission_types=["on_paper"]),
        assignment(56, "Rattrapage", only_visible_to_overrides=True)]},
    {"id": 3, "name": "Vide", "group_weight": 0, "assignments": []},
]  # fmt: skip
SUBMISSIONS = [
    submission(1, 51, 101, "2026-01-19T10:00:00Z", attempt=2, score=9.0, graded_at="2026-01-19T10:00:00Z",
               posted_at="2026-01-19T10:00:00Z", workflow_state="graded", submission_history=[
        submission(1, 51, 101, "2026-01-18T10:00:00Z", attempt=1, score=4.0, graded_at="2026-01-18T10:00:00Z"),
        submission(1, 51, 101, "2026-01-18T10:00:00Z", attempt=1, score=5.0, graded_at="2026-01-21T10:00:00Z"),
        submission(1, 51, 101, "2026-01-19T10:00:00Z", attempt=2, score=9.0)]),
    submission(2, 53, 101, "2026-01-30T10:00:00Z", score=15.0, graded_at="2026-02-03T10:00:00Z",
               workflow_state="graded", posted_at="2026-02-01T10:00:00Z"),
    submission(3, 53, 102, "2026-01-31T10:00:00Z", score=12.0, graded_at="2026-02-03T10:00:00Z",
               workflow_state="graded"),
    submission(4, 51, 102, "2026-01-19T11:00:00Z", score=3.0, workflow_state="pending_review",
               posted_at="2026-01-19T11:00:00Z"),
    submission(5, 53, 106, "2026-01-31T11:00:00Z", score=23.0, graded_at="2026-02-03T10:00:00Z",
               workflow_state="graded", posted_at="2026-02-03T10:00:00Z"),
    submission(6, 53, 103, None, missing=True, score=0.0, workflow_state="graded"),
    submission(7, 52, 101, None, excused=True, workflow_state="graded"),
    submission(8, 51, 900, "2026-01-19T12:00:00Z"), submission(9, 54, 101, "2026-01-19T12:00:00Z"),
    {**submission(10, 51, None, "2026-01-19T12:00:00Z"), "anonymous_id": "aB3xZ"},
]  # fmt: skip
TOPICS = [
    topic(60, 201, "Présentations", discussion_subentry_count=6), topic(61, 101, "Question sur Python"),
    topic(62, 102, "Anonyme", anonymous_state="full_anonymity"), topic(63, 201, "Groupe", group_category_id=3),
    topic(64, 201, "Brouillon", published=False), topic(65, 999, "Bienvenue", is_announcement=True),
    topic(66, None, "Sans auteur", discussion_subentry_count=1), topic(67, 900, "Essai"),
]  # fmt: skip
VIEW = {
    "unread_entries": [], "forced_entries": [], "entry_ratings": {},
    "participants": [{"id": "101", "display_name": "Ada"}],
    "view": [
        entry(70, 101, "2026-01-06T09:00:00Z", "<p>Comment lancer le serveur ?</p>",
              entry(71, 102, "2026-01-07T09:00:00Z", "<blockquote>Je pars</blockquote><p>Merci Ada</p>",
                    entry(72, 201, "2026-01-08T09:00:00Z", "<p>Bonjour</p>", parent_id="71"), parent_id="70",
                    rating_sum=2)),
        {"id": "73", "parent_id": None, "created_at": "2026-01-08T10:00:00Z", "updated_at": "2026-01-08T10:00:00Z",
         "deleted": True},
    ],
    "new_entries": [{**entry(74, 101, "2026-01-09T09:00:00Z", "<p>Trouvé, merci !</p>"), "id": 74, "user_id": 101,
                     "parent_id": 70}],
}  # fmt: skip
VIEWS = [
    view(1, "2026-01-06T09:00:00Z", "courses"), view(2, "2026-01-06T09:05:00Z", "quizzes/quizzes",
                                                     asset_type="quizzes:quiz", links={"asset": 7}),
    view(3, "2026-01-06T09:06:00Z", "wiki_pages", asset_type="wiki_page", links={"asset": 8}),
    view(3, "2026-01-06T09:06:00Z", "wiki_pages", asset_type="wiki_page", links={"asset": 8}),
    view(4, "2026-01-06T09:07:00Z", "files", user_request=False), view(5, "2026-01-06T09:08:00Z", "files", course=2),
    view(6, "2026-01-06T09:09:00Z", "assignments", links={"real_user": 1}),
    view(7, "2026-01-06T09:10:00Z", "submissions", user_request=None, participated=True),
    view(8, "2026-01-06T09:11:00Z", "users", course=None), view(9, "2026-01-06T09:12:00Z", "gradebooks"),
    view(10, "2026-01-07T09:00:00Z", "discussion_topics"), view(11, "2026-01-07T09:01:00Z", "eportfolios"),
]  # fmt: skip


def a_site() -> dict[str, Any]:
    empty: dict[str, Any] = {f"users/{who}/page_views": [] for who in (102, 103, 106, 108)}
    return deepcopy({
        **empty, "courses": [], "courses/1": COURSE, "courses/1/users": PEOPLE, "courses/1/enrollments": ENROLMENTS,
        "courses/1/assignment_groups": GROUPS, "courses/1/students/submissions": SUBMISSIONS,
        "courses/1/discussion_topics": TOPICS, "courses/1/discussion_topics/60/view": VIEW,
        "users/101/page_views": VIEWS, "courses/1/sections": [
            {"id": 10, "name": "Lyon", "sis_section_id": "DWEB-LYON", "start_at": None, "end_at": None},
            {"id": 11, "name": "Lille", "sis_section_id": None, "start_at": "2026-02-02T08:00:00Z", "end_at": None}],
    })  # fmt: skip


@pytest.fixture
def running() -> Iterator[tuple[Served, Site]]:
    with served_canvas(a_site()) as pair:
        yield pair


def bring(home: Home, base: str, *, secret: str = TOKEN, **options: str) -> Manifest:
    return import_source(home, "canvas", base, as_of=TODAY, secret=secret, options={"courses": "1", **options})


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Manifest, Served]]:
    """A home where ada is known already by her e-mail, and one import of the whole site into it."""
    folder = tmp_path_factory.mktemp("canvas")
    roles = folder / "roles.toml"
    roles.write_text('[roles]\nTuteur = "trainer"\n', encoding="utf-8")
    home = small_home(folder / "home")
    with served_canvas(a_site()) as (served, _):
        yield home, bring(home, served.base + "/api/v1/", roles=str(roles)), served


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


def names(home: Home) -> dict[int, str]:
    """Return the learner behind each enrolment, by their number on the site, or their name elsewhere."""
    return {number: who.partition(":")[0] for number, who in enrolments(home).items()}


def test_a_course_is_a_session_and_its_learners_are_enrolled(told: tuple[Home, Manifest, Served]) -> None:
    home, manifest, _ = told
    assert rows(home, "SELECT course_id, name, starts_on::VARCHAR, ends_on::VARCHAR FROM sessions"
                      " WHERE session_id = 'DWEB-2601'") == [
        ("DWEB", "Développement web, janvier", "2026-01-05", "2026-03-29")]  # fmt: skip
    who = names(home)
    found = rows(home, "SELECT enrolment_id, outcome, registered_on::VARCHAR, started_on::VARCHAR, ended_on::VARCHAR,"
                       " mentor_id FROM enrolments WHERE session_id = 'DWEB-2601'")  # fmt: skip
    mia = number(home, "canvas", "mentor", "201")
    assert {who[r[0]]: r[1:] for r in found} == {
        "101": ("ongoing", "2025-12-15", "2026-01-05", None, mia),
        "102": ("ongoing", "2026-01-20", "2026-01-20", None, mia),  # came late
        "103": ("abandoned", "2025-12-15", "2026-01-05", "2026-02-10", mia),  # removed: the day of the last change
        "106": ("completed", "2025-12-15", "2026-01-05", "2026-02-20", mia),  # concluded by hand
        "108": ("ongoing", "2025-12-15", "2026-01-05", None, mia),  # tidied away after the end: nothing is known
    }
    assert adds_up(manifest)
    assert {r: manifest.out_of_scope[r] for r in ("an invitation not answered", "an invitation turned down",
            "withdrawn before the start", "also teaches the course", "another section of the same session",
            "the test student", "neither a learner nor a teacher", "a teacher")} == {
        "an invitation not answered": 1, "an invitation turned down": 1, "withdrawn before the start": 1,
        "also teaches the course": 1, "another section of the same session": 1, "the test student": 1,
        "neither a learner nor a teacher": 2, "a teacher": 2}  # fmt: skip
    assert not manifest.quarantined


def test_names_and_emails_are_in_the_vault_and_the_same_email_is_the_same_learner(
    told: tuple[Home, Manifest, Served],
) -> None:
    home, *_ = told
    vault = Vault(home.identities_database)
    learners = {who.source_id: (who.display_name, who.email) for who in vault.find("learner").values()}
    mentors = {who.source_id: (who.display_name, who.email) for who in vault.find("mentor").values()}
    vault.close()
    assert learners["102"] == ("Bob", "bob.canvas@example.org")
    assert learners["108"] == ("Hal", "hal@example.org"), "removed: Canvas tells their e-mail no more, their login does"
    assert "101" not in learners, "ada is known already, by her e-mail"
    assert mentors == {"201": ("Mia", "mia@example.org")}
    assert len(rows(home, "SELECT DISTINCT learner_id FROM enrolments JOIN (SELECT learner_id FROM enrolments WHERE"
                          " session_id = 'DWEB-2601') USING (learner_id) WHERE session_id = 'S1'")) == 1  # fmt: skip


def test_of_two_new_accounts_with_one_email_neither_is_linked_by_it(
    running: tuple[Served, Site], tmp_path: Path
) -> None:
    """A shared address says of two people who they are no more than none would."""
    served, site = running
    site.held["courses/1/users"] = [user(101, "Ada", "ada@example.org"), user(102, "Bob", "Ada@example.org ")]
    site.held["courses/1/enrollments"] = [enrolment(1, 101), enrolment(2, 102)]
    home = small_home(tmp_path / "home")
    bring(home, served.base, page_views="no")
    query = "SELECT count(DISTINCT learner_id) FROM enrolments WHERE session_id = 'DWEB-2601' AND learner_id"
    assert rows(home, f"{query} NOT IN (SELECT learner_id FROM enrolments WHERE session_id = 'S1')") == [(2,)]


def test_assignments_have_their_kind_dates_and_weight(told: tuple[Home, Manifest, Served]) -> None:
    home, manifest, _ = told
    found = rows(home, "SELECT name, kind, opens_on::VARCHAR, due_on::VARCHAR, weight, known_on::VARCHAR FROM"
                       " assessments WHERE session_id = 'DWEB-2601' ORDER BY name")  # fmt: skip
    assert found == [
        ("Devoir 1", "assignment", "2026-01-13", "2026-02-01", 15.0, "2025-12-20"),
        ("Quiz 1", "quiz", None, "2026-02-01", 10.0, "2025-12-20"),
        ("Quiz 2", "quiz", None, None, 30.0, "2025-12-20"),
        ("Rattrapage", "assignment", None, None, 15.0, "2025-12-20"),
    ]
    assert (manifest.out_of_scope["not published"], manifest.out_of_scope["nothing to hand in there"]) == (2, 1)


def test_submissions_are_results_known_when_posted(told: tuple[Home, Manifest, Served]) -> None:
    home, manifest, _ = told
    who = names(home)
    found = rows(home, "SELECT enrolment_id, a.name, attempt, submitted_on::VARCHAR, score, score_known_on::VARCHAR"
                       " FROM quiz_results JOIN assessments a USING (assessment_id) ORDER BY submitted_at")  # fmt: skip
    assert [(who[r[0]], *r[1:]) for r in found] == [
        ("101", "Quiz 1", 1, "2026-01-18", 0.5, "2026-01-21"),  # marked again: known the day of that mark
        ("101", "Quiz 1", 2, "2026-01-19", 0.9, "2026-01-19"),
        ("102", "Quiz 1", 1, "2026-01-19", None, None),  # half marked
        ("101", "Devoir 1", 1, "2026-01-30", 0.75, "2026-02-03"),
        ("102", "Devoir 1", 1, "2026-01-31", None, None),  # marked, not shown
        ("106", "Devoir 1", 1, "2026-01-31", 1.0, "2026-02-03"),  # a bonus
    ]
    reasons = ("nothing handed in", "excused", "not a learner of the course", "of an assignment that is not read",
               "anonymous, never joined to a person")  # fmt: skip
    assert [manifest.out_of_scope[reason] for reason in reasons] == [1, 1, 1, 1, 2]


def test_an_old_site_without_posting_shows_a_score_when_it_is_marked(home: Home, running: tuple[Served, Site]) -> None:
    served, site = running
    made = submission(3, 53, 102, "2026-01-31T10:00:00Z", score=12.0, graded_at="2026-02-03T10:00:00Z")
    del made["posted_at"]
    site.held["courses/1/students/submissions"] = [made]
    bring(home, served.base, page_views="no")
    assert rows(home, "SELECT score, score_known_on::VARCHAR FROM quiz_results") == [(0.6, "2026-02-03")]


def test_discussions_keep_who_answers_whom(told: tuple[Home, Manifest, Served]) -> None:
    home, manifest, served = told
    posts = {number(home, "canvas", "post", p): p for p in
             (*(f"topic:{n}" for n in range(60, 68)), *(f"entry:{n}" for n in range(70, 80)))}  # fmt: skip
    who = names(home)
    found = rows(home, "SELECT record_id, parent_id, enrolment_id, author_role, channel, reactions, n_words,"
                       " is_question, thanks FROM posts")  # fmt: skip
    assert {posts[r[0]]: (posts.get(r[1]), who.get(r[2], r[3]), *r[4:]) for r in found} == {
        "topic:60": (None, "mentor", "introductions", 0, 3, False, False),
        "entry:70": ("topic:60", "101", "introductions", 0, 4, True, False),
        "entry:71": ("entry:70", "102", "introductions", 2, 2, False, True),
        "entry:72": ("entry:71", "mentor", "introductions", 0, 1, False, False),
        "entry:74": ("entry:70", "101", "introductions", 0, 2, False, True),  # since the view was made
        "topic:61": (None, "101", "help", 0, 3, False, False),
        "topic:65": (None, "staff", "announcements", 0, 3, False, False),  # no learner: somebody of the house
    }
    assert manifest.out_of_scope["a group's discussion, never read"] == 1
    assert manifest.out_of_scope["a discussion withheld"] == 1, "the 404 of topic 66"
    assert manifest.out_of_scope["nobody signs it"] == 1
    assert not [path for path in served.paths() if "62/view" in path or "63/view" in path]


def test_page_views_are_activity_of_the_learner_alone(told: tuple[Home, Manifest, Served]) -> None:
    home, manifest, _ = told
    who = names(home)
    found = rows(home, "SELECT enrolment_id, kind, count, resource_id IS NOT NULL, session_id FROM activity"
                       " JOIN enrolments USING (enrolment_id) ORDER BY occurred_from")  # fmt: skip
    assert [(who[r[0]], *r[1:4]) for r in found if r[4] == "DWEB-2601"] == [
        ("101", "view", 1, False), ("101", "quiz_view", 1, True), ("101", "resource", 1, True),
        ("101", "assignment_view", 1, False), ("101", "view", 1, False), ("101", "grade_view", 1, False),
        ("101", "forum_view", 1, False), ("101", "other", 1, False),
    ]  # fmt: skip
    reasons = ("asked for by the page itself", "of another course", "somebody else acting as the learner")
    assert [manifest.out_of_scope[reason] for reason in reasons] == [1, 1, 1]
    kept = everything(home)
    for word in ("203.0.113.77", "Mozilla", "canvas.example", "secret=1", TOKEN, "Merci Ada", "bob.canvas", "Personne"):
        assert word.encode() not in kept


def test_a_second_import_changes_nothing_and_reads_only_the_last_views(
    home: Home, running: tuple[Served, Site]
) -> None:
    served, site = running
    first = bring(home, served.base)
    assert first.cursor == {"place": served.base, "views_until": "2026-01-07T09:01:00Z", "courses": ["1"]}
    assert bring(home, served.base).already, "the overlap brings the same"
    again = bring(home, served.base, overlap_days="0")
    assert all(count.new == count.changed == 0 for count in again.tables.values())
    asked = [a.params["start_time"][0] for a in served.asked if a.path.endswith("101/page_views")]
    assert (asked[0], asked[-1]) == ("2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z")
    site.held["courses/1/enrollments"][2]["enrollment_state"] = "deleted"
    site.held["courses/1/enrollments"][2]["updated_at"] = "2026-02-27T10:00:00Z"
    site.held["users/101/page_views"].append(view(12, "2026-02-27T10:00:00Z", "files"))
    later = bring(home, served.base)
    assert (later.tables["enrolments"].changed, later.tables["activity"].new) == (1, 1)


def test_sections_may_be_the_sessions(home: Home, running: tuple[Served, Site], tmp_path: Path) -> None:
    served, site = running
    site.held["courses/1/enrollments"] = [
        enrolment(1, 101),
        enrolment(2, 102, course_section_id=11),
        enrolment(9, 201, "TaEnrollment"),
    ]
    told = tmp_path / "sessions.toml"
    told.write_text('[sessions.11]\nsession = "LILLE-1"\nends_on = 2026-04-30\n', encoding="utf-8")
    bring(home, served.base, session_by="section", sessions=str(told), page_views="no", concluded="left")
    assert rows(home, "SELECT session_id, starts_on::VARCHAR, ends_on::VARCHAR FROM sessions ORDER BY 1") == [
        ("DWEB-LYON", "2026-01-05", "2026-03-29"), ("LILLE-1", "2026-02-02", "2026-04-30")]  # fmt: skip
    assert rows(home, "SELECT session_id, count(*) FROM assessments GROUP BY 1 ORDER BY 1") == [
        ("DWEB-LYON", 4), ("LILLE-1", 4)]  # fmt: skip
    assert not [path for path in served.paths() if "page_views" in path]
    found = rows(home, "SELECT p.session_id, e.session_id FROM posts p JOIN enrolments e USING (enrolment_id)")
    assert {a == b for a, b in found} == {True}


def test_every_course_of_the_tokens_owner_is_read_unless_some_are_named(
    home: Home, running: tuple[Served, Site]
) -> None:
    served, site = running
    site.held |= {"courses": [{"id": 1}, {"id": 2}], "courses/2": {"id": 2, "name": "Sans dates"}}
    manifest = bring(home, served.base, courses="", page_views="no")
    assert manifest.quarantined == {"no start or no end": 1}
    assert rows(home, "SELECT session_id FROM sessions") == [("DWEB-2601",)]
    assert adds_up(manifest)


def test_a_busy_site_is_asked_again(home: Home, running: tuple[Served, Site]) -> None:
    served, _ = running
    full = Answer(b"403 Forbidden (Rate Limit Exceeded)\n", 403, {**SOON, "X-Rate-Limit-Remaining": "0.0"})
    served.troubles = [
        ("/api/v1/courses/1/users", full), ("/api/v1/courses/1/users", full),
        ("/api/v1/courses/1/enrollments", Answer({}, 429, SOON)), ("/api/v1/courses/1/students", Answer({}, 502, SOON)),
        ("/api/v1/courses/1/discussion_topics/60/view", Answer({}, 503, SOON)),
    ]  # fmt: skip
    bring(home, served.base)
    assert not served.troubles
    assert rows(home, "SELECT count(*) FROM posts") == [(7,)]


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("courses/1/users", Answer({"errors": []}, 401), "the service refuses the token"),
        ("courses/1/users", Answer(b"Forbidden", 403), "the service refuses the token"),
        ("courses/1/users", Answer({"not": "a list"}), "the answer has another shape than Canvas's"),
        ("courses/1/users", Answer(b'[{"id": 1'), "the answer is not JSON"),
        ("courses/1", Answer([]), "the answer has another shape than Canvas's"),
        ("courses/1", Answer({"id": 1, "access_restricted_by_date": True}), "a course cannot be read with this token"),
        ("courses/1", Answer({"id": 1, "name": "x"}), "a course has no dates (course 1); accepted: a start and an end"),
        ("courses/1/students", Answer(b"rate limit exceeded", 403, SOON), "the service stays busy (HTTP 403)"),
        ("courses/1/discussion_topics/60/view", Answer({}, 500, SOON), "the service stays busy (HTTP 500)"),
        ("users/102/page_views", Answer({}, 401), "page views are refused (GET /users/{user}/page_views, HTTP 401)"),
    ],
)
def test_a_failure_in_the_middle_writes_nothing(
    home: Home, running: tuple[Served, Site], path: str, answer: Answer, said: str
) -> None:
    served, _ = running
    served.troubles = [(f"/api/v1/{path}", answer)] * 6
    with pytest.raises(SourceError) as caught:
        bring(home, served.base)
    line = caught.value.line()
    assert said in line
    assert TOKEN not in line
    assert "\n" not in line
    assert rows(home, "SELECT record_id FROM posts") == []


def test_the_import_after_a_failure_gets_everything(home: Home, running: tuple[Served, Site]) -> None:
    served, _ = running
    served.troubles = [("/api/v1/users/108", Answer({}, 400))]
    with pytest.raises(SourceError, match="HTTP 400"):
        bring(home, served.base)
    bring(home, served.base)
    tables = ("enrolments", "posts", "quiz_results", "activity")
    assert [rows(home, f"SELECT count(*) FROM {table}") for table in tables] == [[(5,)], [(7,)], [(6,)], [(8,)]]


def test_a_link_to_another_host_is_refused(home: Home, running: tuple[Served, Site]) -> None:
    served, site = running
    with served_canvas({}) as (other, _):
        site.next_base = other.base
        with pytest.raises(SourceError, match="the service points to another host"):
            bring(home, served.base)
        assert other.asked == []


@pytest.mark.parametrize(
    ("secret", "options", "said"),
    [
        ("", {}, "no token"),
        ("wrong", {}, "the service refuses the token"),
        (TOKEN, {"courses": ""}, "nothing to import (the courses of the token's owner)"),
        (TOKEN, {"courses": "1/../2"}, "which courses? (--courses)"),
        (TOKEN, {"page_views": "maybe"}, "not an accepted value (--set page_views); accepted: yes or no"),
        (TOKEN, {"overlap_days": "-1"}, "not a number of days (--set overlap_days)"),
        (TOKEN, {"token": "x"}, "unknown option --set token"),
        (TOKEN, {"sessions": "/nowhere/s.toml"}, "the file is not there (--set sessions: s.toml)"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    home: Home, running: tuple[Served, Site], secret: str, options: dict[str, str], said: str
) -> None:
    with pytest.raises(SourceError) as caught:
        bring(home, running[0].base, secret=secret, **options)
    assert caught.value.line().startswith(said)
    assert "wrong" not in caught.value.line()


def test_what_the_service_says_is_read_with_care() -> None:
    assert asked_to_wait(httpx.Response(403, text="403 Forbidden (Rate Limit Exceeded)")) == QUOTA_WAIT
    assert asked_to_wait(httpx.Response(403, text="Rate Limit Exceeded", headers={"Retry-After": "7"})) == 7
    assert asked_to_wait(httpx.Response(403, json={"status": "unauthorized"})) is None
    assert (key(12), key("1~12"), key(None), key(True)) == ("12", "1~12", "", "")
    assert instant("2026-01-06T09:00:00Z") == datetime(2026, 1, 6, 9, tzinfo=UTC)
    assert instant("2026-01-06T09:00:00") is instant("hier") is instant(None) is None
    assert Canvas().name == Canvas().system == "canvas"


def test_random_damage_is_read_or_refused_in_one_line(tmp_path: Path) -> None:
    chance, told, sound = seeded(4), list[object](), Site(a_site()).answer

    def rule(asked: Asked) -> Answer | None:
        answer = sound(asked)
        if answer is None or answer.status != 200 or chance.random() > 0.15:
            return answer
        return Answer(damaged(answer.body, chance), headers=answer.headers)

    with serve(rule) as served:
        request = Request(served.base, Clock(TODAY, TODAY), tmp_path / "spool", {"courses": "1"}, TOKEN)
        for _ in range(12):
            try:
                told.append(len(PlainSource(Canvas(lambda _: None)).gather(request).files))
            except SourceError as error:
                told.append(error.line())
    assert not [line for line in told if "\n" in str(line)]
    assert len([files for files in told if isinstance(files, int)]) > 2, "some is read all the same"
