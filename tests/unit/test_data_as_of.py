"""The records as they were known on a day: nothing that came later, whatever table and version it came in."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.home import Home
from data.store import RecordStore
from tests.unit.small_records import DAY, NOW, SESSION, action, answer, batch, enrolment, known, table

ENDED = {"outcome": "abandoned", "ended_on": date(2026, 2, 1), "outcome_known_on": date(2026, 2, 3), "motives": ["x"]}
PASSED = {"passed": True, "result_known_on": date(2026, 2, 10)}
MARKED = {"score": 0.5, "score_known_on": date(2026, 2, 3)}
ANSWERED = {"answered_on": date(2026, 2, 3), "value": 9.0}
HANDED_IN = {"record_id": 1, "enrolment_id": 11, "assessment_id": 1, "attempt": 1, "submitted_at": NOW,
             "submitted_on": DAY, "auto_submitted": False, "banked": False, **known(0)}  # fmt: skip
ASSESSMENT = {"assessment_id": 1, "session_id": "S", "kind": "quiz", "name": "Q", "weight": 0.0,
              "known_on": date(2026, 2, 3)}  # fmt: skip
PARENTS = {"sessions": table("sessions", SESSION), "enrolments": table("enrolments", enrolment(11))}
NOTHING_YET = ("ongoing", None, None, None, None, None)


def as_known(path: Path, name: str, row: dict[str, Any], columns: str, day: date) -> list[Any]:
    store = RecordStore(Home(path / "home").prepare())
    store.write_batch(batch(1, **{**PARENTS, name: table(name, row)}))
    with store.connect(as_of=day) as con:
        return con.execute(f"SELECT {columns} FROM {name}").fetchall()


OUTCOME = "outcome, ended_on, outcome_known_on, motives, passed, result_known_on"


@pytest.mark.parametrize(
    ("name", "row", "columns", "day", "expected"),
    [
        ("enrolments", enrolment(11), "outcome", DAY, []),
        ("enrolments", enrolment(11), "outcome", DAY + timedelta(days=1), [("ongoing",)]),
        ("enrolments", enrolment(11, **ENDED, **PASSED), OUTCOME, date(2026, 2, 3), [NOTHING_YET]),
        ("enrolments", enrolment(11, **ENDED, **PASSED), OUTCOME, date(2026, 2, 4),
         [("abandoned", date(2026, 2, 1), date(2026, 2, 3), ["x"], None, None)]),
        ("enrolments", enrolment(11, **ENDED, **PASSED), OUTCOME, date(2026, 2, 11),
         [("abandoned", date(2026, 2, 1), date(2026, 2, 3), ["x"], True, date(2026, 2, 10))]),
        ("enrolments", enrolment(11, outcome="abandoned", passed=False), OUTCOME, date(2027, 1, 1), [NOTHING_YET]),
        ("quiz_results", {**HANDED_IN, **MARKED}, "score, score_known_on", DAY, []),
        ("quiz_results", {**HANDED_IN, **MARKED}, "score, score_known_on", date(2026, 2, 3), [(None, None)]),
        ("quiz_results", {**HANDED_IN, **MARKED}, "score", date(2026, 2, 4), [(0.5,)]),
        ("survey_answers", answer(1, 11, **ANSWERED), "answered_on, value", DAY, []),
        ("survey_answers", answer(1, 11, **ANSWERED), "answered_on, value", date(2026, 2, 3), [(None, None)]),
        ("survey_answers", answer(1, 11, **ANSWERED), "value", date(2026, 2, 4), [(9.0,)]),
        ("assessments", ASSESSMENT, "name", date(2026, 2, 3), []),
        ("assessments", ASSESSMENT, "name", date(2026, 2, 4), [("Q",)]),
        ("activity", action(1, 11, 33), "count(*)", date(2026, 2, 3), [(0,)]),
        ("activity", action(1, 11, 33), "count(*)", date(2026, 2, 4), [(1,)]),
    ],
)  # fmt: skip
def test_only_what_was_known(
    tmp_path: Path, name: str, row: dict[str, Any], columns: str, day: date, expected: list[Any]
) -> None:
    assert as_known(tmp_path, name, row, columns, day) == expected


def test_a_late_record_keeps_its_own_day(tmp_path: Path) -> None:
    """It happened on the first day and was known a month later: it is not there in between, by day or by version."""
    store = RecordStore(Home(tmp_path / "home").prepare())
    store.write_batch(batch(1, **PARENTS, activity=table("activity", action(1, 11))))
    before = store.versions()
    late = {**action(2, 11), **known(30)}
    store.write_batch(batch(2, activity=table("activity", late)))
    seen = {}
    for day in (date(2026, 1, 31), date(2026, 2, 1)):
        for told, versions in (("then", before), ("now", None)):
            with store.connect(versions, as_of=day) as con:
                found = con.execute("SELECT record_id FROM activity ORDER BY 1").fetchall()
                seen[day.day, told] = [number for (number,) in found]
    assert seen == {(31, "then"): [1], (31, "now"): [1], (1, "then"): [1], (1, "now"): [1, 2]}
    with store.connect() as con:
        late_one = "SELECT occurred_to::DATE, known_at::DATE, known_on FROM activity WHERE record_id = 2"
        assert con.execute(late_one).fetchall() == [(DAY, date(2026, 1, 31), date(2026, 1, 31))]
