"""Canvas's assignments, what is handed in, and discussions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from data.sources import authored
from data.sources.canvas_api import Ranks, Record, day, instant, key, number, pages, part, parts
from data.sources.canvas_roster import Course
from data.sources.communities import LEFT_ASIDE, Community
from data.sources.http import Address, AnswerError
from data.sources.spool import Spool

GROUPS, SUBMISSIONS = "GET /courses/{course}/assignment_groups", "GET /courses/{course}/students/submissions"
TOPICS, ENTRIES = "GET /courses/{course}/discussion_topics", "GET /courses/{course}/discussion_topics/{topic}/view"
OFF_LINE = frozenset({"", "none", "on_paper", "not_graded", "wiki_page"})
"""Submission types with nothing to hand in there."""
WITHHELD = frozenset({403, 404})


@dataclass(frozen=True)
class Work:
    """How to read what is done in courses; the site, where rows go, what the organisation says."""

    site: Address
    spool: Spool
    ranks: Ranks
    told: Community
    zone: str

    def read(self, course: Course) -> None:
        """Bring a course's assignments, submissions and discussions."""
        points = self._assignments(course)
        self._submissions(course, points)
        for announced in (False, True):
            asked = {"only_announcements": "true"} if announced else {}
            for topic in pages(self.site, f"courses/{course.number}/discussion_topics", asked):
                self._topic(course, topic, announced=announced)

    def _assignments(self, course: Course) -> dict[str, float | None]:
        """Bring the assignments there is something to hand in for; return their points."""
        asked = {"include[]": ["assignments"]}
        groups = list(pages(self.site, f"courses/{course.number}/assignment_groups", asked))
        kept: dict[str, float | None] = {}
        everything = sum(_points(told) for group in groups for told in parts(group, "assignments"))
        for group in groups:
            listed = parts(group, "assignments")
            share = number(group.get("group_weight")) or 0 if course.weighted else 100
            whole = sum(map(_points, listed)) if course.weighted else everything
            for told in listed:
                if self._assignment(course, told, share * _points(told) / whole if whole else 0):
                    kept[key(told.get("id"))] = _points(told) or None
        return kept

    def _assignment(self, course: Course, told: Record, weight: float) -> bool:
        line, types = self.ranks.next(GROUPS), {str(kind) for kind in told.get("submission_types") or ("",)}
        reason = "nothing to hand in there" if types <= OFF_LINE else None
        reason = "not published" if told.get("published") is False else reason
        if reason:
            self.spool.set_aside(GROUPS, line, reason, damaged=False)
            return False
        some = bool(told.get("only_visible_to_overrides"))
        quiz = "online_quiz" in types or told.get("is_quiz_assignment") or told.get("is_quiz_lti_assignment")
        for run in course.sessions():
            self.spool.add(
                "assessments", file=GROUPS, line=line, assessment=key(told.get("id")) + run.suffix, session=run.code,
                kind="quiz" if quiz else "assignment", name=told.get("name"), weight=round(min(weight, 100), 3),
                opens_on=day(told.get("unlock_at"), self.zone), known_on=day(told.get("created_at"), self.zone),
                due_on=None if some else day(told.get("due_at"), self.zone),
            )  # fmt: skip
        return True

    def _submissions(self, course: Course, points: dict[str, float | None]) -> None:
        """Bring what was handed in: each attempt is a record of its own."""
        asked = {"student_ids[]": "all", "include[]": "submission_history"}
        for told in pages(self.site, f"courses/{course.number}/students/submissions", asked):
            work, who = key(told.get("assignment_id")), key(told.get("user_id"))
            reason = _no_result(course, told, work in points, who)
            if reason:
                self.spool.set_aside(SUBMISSIONS, self.ranks.next(SUBMISSIONS), reason, damaged=False)
                continue
            run = course.learners[who]
            for attempt, made in _attempts(told).items():
                line = self.ranks.next(SUBMISSIONS)
                score, known_on = self._score(made, told, points[work])
                self.spool.add(
                    "results", file=SUBMISSIONS, line=line, result=f"{key(told.get('id'))}:{attempt}", person=who,
                    session=run.code, assessment=work + run.suffix, attempt=attempt, score=score,
                    score_known_on=known_on, submitted_at=instant(made.get("submitted_at")),
                )  # fmt: skip

    def _score(self, made: Record, latest: Record, points: float | None) -> tuple[float | None, object]:
        """Return a score in [0, 1] and the day it was shown; nothing before it is posted."""
        posted = instant(made.get("posted_at")) or instant(latest.get("posted_at"))
        score, graded = number(made.get("score")), instant(made.get("graded_at"))
        if score is None or points is None or posted is None or made.get("workflow_state") == "pending_review":
            return None, None
        return min(max(score / points, 0), 1), day(max(posted, graded or posted), self.zone)

    def _topic(self, course: Course, topic: Record, *, announced: bool) -> None:
        """Bring a topic, which opens its thread, then its entries."""
        line, opener, title = self.ranks.next(TOPICS), f"topic:{key(topic.get('id'))}", topic.get("title")
        channel = "announcements" if announced or topic.get("is_announcement") else self.told.channel(title)
        reason = _no_topic(topic) or ("a discussion left aside" if channel == LEFT_ASIDE else None)
        author = key(part(topic, "author").get("id"))
        if reason or not author:
            self.spool.set_aside(TOPICS, line, reason or "nobody signs it", damaged=False)
        else:
            self._post(course, TOPICS, line, post=opener, thread=opener, parent=None, author=author, told=topic,
                       at=topic.get("posted_at"), channel=channel)  # fmt: skip
        if not reason and topic.get("discussion_subentry_count") != 0:
            self._entries(course, topic, opener, channel)

    def _entries(self, course: Course, topic: Record, opener: str, channel: str) -> None:
        path = f"courses/{course.number}/discussion_topics/{key(topic.get('id'))}/view"
        try:
            view = self.site.json(path, {"include_new_entries": 1})
        except AnswerError as error:
            if error.status not in WITHHELD:
                raise
            self.spool.set_aside(ENTRIES, self.ranks.next(ENTRIES), "a discussion withheld", damaged=False)
            return
        for entry, above in _walk(view if isinstance(view, dict) else {}):
            line, author = self.ranks.next(ENTRIES), key(entry.get("user_id"))
            if entry.get("deleted") or not author:
                self.spool.set_aside(ENTRIES, line, "deleted", damaged=False)
                continue
            parent = f"entry:{above}" if above else opener
            self._post(course, ENTRIES, line, post=f"entry:{key(entry.get('id'))}", thread=opener, parent=parent,
                       author=author, told=entry, at=entry.get("created_at"), channel=channel)  # fmt: skip

    def _post(
        self, course: Course, file: str, line: int, *, author: str, told: Record, at: object, **post: Any
    ) -> None:
        if author in course.others:
            self.spool.set_aside(file, line, "neither a learner nor a teacher", damaged=False)
            return
        run, rated = course.learners.get(author), number(told.get("rating_sum")) or 0
        role = course.staff.get(author) or (None if run else "staff")
        self.spool.add(
            "posts", file=file, line=line, person=author, author_role=role, occurred_at=instant(at),
            session=run.code if run else (course.run_of("").code if len(course.sessions()) == 1 else None),
            text=authored.from_html(str(told.get("message") or "")), reactions=max(0, int(rated)), **post,
        )  # fmt: skip


def _points(told: Record) -> float:
    return max(0, number(told.get("points_possible")) or 0)


def _no_result(course: Course, told: Record, is_kept: bool, who: str) -> str | None:
    """Return why a submission gives no result; None when it does."""
    if not who:
        return "anonymous, never joined to a person"
    if who not in course.learners:
        return "not a learner of the course"
    if not is_kept:
        return "of an assignment that is not read"
    if told.get("excused"):
        return "excused"
    return None if _attempts(told) else "nothing handed in"


def _attempts(told: Record) -> dict[int, Record]:
    """Return what was handed in by attempt, in its latest state: a regrade tells the same attempt again."""
    found: dict[int, Record] = {}
    for made in (*parts(told, "submission_history"), told):
        if instant(made.get("submitted_at")):
            found[max(1, int(number(made.get("attempt")) or 1))] = made
    return found


def _no_topic(topic: Record) -> str | None:
    """Return why a topic is not the course's public word; None when it is."""
    if topic.get("anonymous_state"):
        return "anonymous, never joined to a person"
    if topic.get("group_category_id"):
        return "a group's discussion, never read"
    if topic.get("published") is False or not topic.get("posted_at"):
        return "not published"
    return None


def _walk(view: Record) -> Iterator[tuple[Record, str]]:
    """Yield the entries of a view with what each answers, then those written since the view was made."""
    waiting = [(entry, key(entry.get("parent_id"))) for entry in reversed(parts(view, "view"))]
    while waiting:
        entry, above = waiting.pop()
        yield entry, above
        waiting.extend((reply, key(entry.get("id"))) for reply in reversed(parts(entry, "replies")))
    for entry in parts(view, "new_entries"):
        yield entry, key(entry.get("parent_id"))
