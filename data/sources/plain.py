"""Plain tables: what any system can say, in its own identifiers, before pseudonyms.

A reader of a system only fills these (see `spool.py`); one SQL, written once, makes the canonical tables of
them (`plain_sql.py`). Values are text as a careful export would hold them: days `2026-01-31`, instants
`2026-01-31T09:00:00+01:00`, numbers with a point, booleans `true` or `false`.

`person` is the system's own identifier of somebody: an account number, or an e-mail. `session` is the code of a
session; where a record names none, it belongs to the enrolment that runs that day.
"""

from __future__ import annotations

from dataclasses import dataclass

from data.contracts import ACTIVITY_KINDS, CONTACT_KINDS, CONTACT_OUTCOMES, OUTCOMES, SCALES
from data.sources.base import RawColumn, RawTable, Rule, damaged, integer, number, out_of_scope, text

ROLES = ("learner", "mentor", "trainer", "staff")


@dataclass(frozen=True)
class PlainTable:
    """One plain table: what a row is, and its columns."""

    raw: RawTable
    grain: str

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order, without `file`."""
        return tuple(column.name for column in self.raw.columns if column.name != "file")

    @property
    def required(self) -> tuple[str, ...]:
        """Columns without which a row is damaged."""
        return tuple(column.name for column in self.raw.columns if column.required and column.name != "file")


def day(name: str, *, required: bool = True) -> RawColumn:
    """Return a column of calendar days."""
    return RawColumn(name, "DATE", required)


def instant(name: str, *, required: bool = True) -> RawColumn:
    """Return a column of instants."""
    return RawColumn(name, "TIMESTAMPTZ", required)


def flag(name: str, *, required: bool = True) -> RawColumn:
    """Return a column of true or false."""
    return RawColumn(name, "BOOLEAN", required)


def _table(name: str, grain: str, *columns: RawColumn, key: tuple[str, ...] = ()) -> PlainTable:
    return PlainTable(RawTable(f"plain_{name}", (text("file", required=False), *columns), key), grain)


def _may(*names: str) -> tuple[RawColumn, ...]:
    return tuple(text(name, required=False) for name in names)


TABLES: dict[str, PlainTable] = {
    "people": _table(
        "people", "one per person known to the system",
        text("person"), *_may("name", "email", "role"), key=("person",),
    ),
    "sessions": _table(
        "sessions", "one per session",
        text("session"), *_may("course", "name"), day("starts_on"), day("ends_on"),
        number("duration_hours", required=False), *_may("action_type"), key=("session",),
    ),
    "closures": _table(
        "closures", "one per closure; no session: all of them",
        *_may("session"), day("from_on"), day("to_on"), text("kind"),
    ),
    "enrolments": _table(
        "enrolments", "one per learner and session",
        text("person"), text("session"), *_may("key", "mentor", "course", "session_name"),
        day("registered_on", required=False),
        day("started_on", required=False), day("planned_end_on", required=False), day("ended_on", required=False),
        *_may("outcome"), day("outcome_known_on", required=False), flag("passed", required=False),
        day("result_known_on", required=False), *_may("motives", "funding", "modality"),
        integer("prior_attempts", required=False), number("credits", required=False), key=("person", "session"),
    ),
    "activity": _table(
        "activity", "one per action, or per counted window",
        text("person"), *_may("session"), text("kind"), *_may("resource"), instant("occurred_at"),
        instant("occurred_to", required=False), integer("count", required=False), instant("known_at", required=False),
    ),
    "posts": _table(
        "posts", "one per post; the text is read and dropped at the door",
        text("post"), *_may("thread", "parent"), text("person"), *_may("session", "author_role", "channel"),
        integer("n_words"), number("tone", required=False), flag("is_question"), flag("intent_to_leave"),
        flag("distress"), flag("technical_trouble"), flag("thanks"), flag("polite"),
        integer("reactions", required=False),
        instant("occurred_at"), instant("known_at", required=False), key=("post",),
    ),
    "assessments": _table(
        "assessments", "one per assessment of a session",
        text("assessment"), text("session"), *_may("kind", "name"), day("opens_on", required=False),
        day("due_on", required=False), number("weight", required=False), day("known_on", required=False),
        key=("assessment", "session"),
    ),
    "results": _table(
        "results", "one per attempt or submission",
        *_may("result"), text("person"), *_may("session"), text("assessment"), integer("attempt", required=False),
        instant("submitted_at"), flag("auto_submitted", required=False), number("score", required=False),
        day("score_known_on", required=False), instant("known_at", required=False),
        key=("person", "assessment", "attempt", "submitted_at"),
    ),
    "surveys": _table(
        "surveys", "one per survey; no session: asked of every session that answers it",
        text("survey"), *_may("session", "name", "kind"), day("opens_on", required=False),
        day("closes_on", required=False), key=("survey", "session"),
    ),
    "answers": _table(
        "answers", "one per question answered, or asked and not answered",
        text("survey"), text("person"), *_may("session"), text("question"), *_may("scale"),
        day("sent_on", required=False), day("answered_on", required=False), number("value", required=False),
        key=("survey", "person", "session", "question"),
    ),
    "attendance": _table(
        "attendance", "one per learner and slot",
        *_may("slot"), text("person"), *_may("session"), instant("starts_at"), text("status"),
        number("minutes", required=False), instant("known_at", required=False), key=("person", "slot", "starts_at"),
    ),
    "attributes": _table(
        "attributes", "one per person; for fairness audits only",
        text("person"), *_may("age_band", "gender"), flag("disability", required=False), key=("person",),
    ),
    "contacts": _table(
        "contacts", "one per action of prevention: a mentor's call, message, interview",
        *_may("contact"), text("person"), *_may("session"), day("contacted_on"), *_may("kind", "outcome"),
        day("known_on", required=False),
    ),
}  # fmt: skip

EARLIEST, LATEST = "1990-01-01", "2100-01-01"


def _accepted(column: str, values: tuple[str, ...]) -> Rule:
    listed = ", ".join(f"'{value}'" for value in values)
    return damaged(column, "not an accepted value", f"{column} NOT IN ({listed})")


def _reachable(column: str) -> Rule:
    return damaged(column, "unreadable date", f"NOT ({column} >= DATE '{EARLIEST}' AND {column} < DATE '{LATEST}')")


def _future(column: str) -> Rule:
    return damaged(column, "future date", f"{column} >= today_ends()")


def _least(column: str, least: int) -> Rule:
    return damaged(column, f"below {least}", f"{column} < {least}")


def _ordered(first: str, last: str) -> Rule:
    return damaged(last, "ends before it starts", f"{last} < {first}")


UNKNOWN_SESSION = damaged(
    "session", "unknown session", "session IS NOT NULL AND session NOT IN (SELECT session_id FROM every_session)"
)
_STRANGER = "person NOT IN (SELECT who FROM places)"
UNKNOWN_LEARNER = damaged("person", "unknown learner", _STRANGER)


def _placed(at: str) -> Rule:
    here = f"place = session OR (session IS NULL AND {at} BETWEEN from_on AND to_on)"
    return out_of_scope("outside any session", f"NOT EXISTS (SELECT 1 FROM places WHERE who = person AND ({here}))")


FIRST_RULES: dict[str, tuple[Rule, ...]] = {
    "people": (_accepted("role", ROLES),),
    "sessions": (_reachable("starts_on"), _reachable("ends_on"), _ordered("starts_on", "ends_on")),
}
ENROLMENT_RULES: tuple[Rule, ...] = (
    *map(_reachable, ("registered_on", "started_on", "planned_end_on", "ended_on")),
    _accepted("outcome", OUTCOMES), UNKNOWN_SESSION, _ordered("started_on", "planned_end_on"),
    _ordered("started_on", "ended_on"), _least("prior_attempts", 0), _least("credits", 0),
    damaged("registered_on", "future date", "registered_on > today()"),
    out_of_scope("not a learner", "person IN (SELECT person FROM plain_people WHERE role <> 'learner')"),
)  # fmt: skip
LAST_RULES: dict[str, tuple[Rule, ...]] = {
    "closures": (
        _accepted("kind", ("closure", "public_holiday", "in_company")), _reachable("from_on"), _reachable("to_on"),
        _ordered("from_on", "to_on"), UNKNOWN_SESSION,
    ),
    "activity": (
        _accepted("kind", ACTIVITY_KINDS), _reachable("occurred_at"), _future("occurred_at"),
        _ordered("occurred_at", "occurred_to"), _least("count", 1), UNKNOWN_SESSION,
        out_of_scope("not a learner we know", _STRANGER), _placed("on_day(occurred_at)"),
    ),
    "posts": (
        _reachable("occurred_at"), _future("occurred_at"), _accepted("author_role", ROLES), UNKNOWN_SESSION,
        out_of_scope("not somebody we know",
                     f"{_STRANGER} AND coalesce(author_role, 'learner') = 'learner'"
                     " AND person NOT IN (SELECT person FROM plain_people WHERE role <> 'learner')"),
        out_of_scope("outside any session", "post NOT IN (SELECT post FROM post_places)"),
    ),
    "assessments": (
        _accepted("kind", ("quiz", "assignment", "exam")), UNKNOWN_SESSION,
        damaged("weight", "out of range", "weight IS NOT NULL AND NOT (weight BETWEEN 0 AND 100)"),
    ),
    "results": (
        _reachable("submitted_at"), _future("submitted_at"), _least("attempt", 1),
        damaged("score", "out of range", "score IS NOT NULL AND NOT (score BETWEEN 0 AND 1)"),
        UNKNOWN_SESSION, UNKNOWN_LEARNER, _placed("on_day(submitted_at)"),
    ),
    "surveys": (
        _accepted("kind", ("positioning", "pulse", "immediate", "delayed")), UNKNOWN_SESSION,
        _ordered("opens_on", "closes_on"),
    ),
    "answers": (
        _accepted("scale", SCALES), damaged("answered_on", "future date", "answered_on > today()"),
        damaged("value", "out of range", "value IS NOT NULL AND NOT (isfinite(value) AND CASE scale"
                " WHEN 'nps' THEN value BETWEEN 0 AND 10 WHEN 'likert5' THEN value BETWEEN 1 AND 5"
                " WHEN 'yes_no' THEN value IN (0, 1) WHEN 'intent' THEN value IN (-1, 0, 1) ELSE true END)"),
        damaged("answered_on", "no date", "answered_on IS NULL AND value IS NOT NULL"),
        damaged("sent_on", "no date", "coalesce(answered_on, sent_on) IS NULL"),
        UNKNOWN_SESSION, UNKNOWN_LEARNER, _placed("coalesce(answered_on, sent_on)"),
    ),
    "attendance": (
        _accepted("status", ("present", "late", "excused", "absent")), _reachable("starts_at"), _future("starts_at"),
        _least("minutes", 0), UNKNOWN_SESSION, UNKNOWN_LEARNER, _placed("on_day(starts_at)"),
    ),
    "attributes": (UNKNOWN_LEARNER,),
    "contacts": (
        _reachable("contacted_on"), _reachable("known_on"),
        damaged("contacted_on", "future date", "contacted_on > today()"), _accepted("kind", CONTACT_KINDS),
        _accepted("outcome", CONTACT_OUTCOMES), UNKNOWN_SESSION, UNKNOWN_LEARNER, _placed("contacted_on"),
    ),
}  # fmt: skip
