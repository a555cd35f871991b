"""Which proofs are missing: each rule by its cases, and what holds for all of them."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.quality import words
from serving.quality.delays import Delays, Promises
from serving.quality.proofs import policy, repository, service
from serving.quality.proofs.facts import (
    AbsentSeen,
    ActionSeen,
    AlertSeen,
    AppointmentSeen,
    ComplaintSeen,
    Facts,
    Gap,
    ImprovementSeen,
    LeftSeen,
    SilentSeen,
)
from serving.quality.surveys.policy import STANDINGS, Ended, Standing
from tests.unit.test_monitoring_watch import shown

TODAY = date(2026, 6, 15)
DELAYS = Delays(promised_on=date(2025, 1, 6))
ME = 7


def ago(days):
    return TODAY - timedelta(days=days)


def alert(**told):
    return {"alerts": [AlertSeen(1, ME, **{"opened_on": ago(30), **told})]}


def did(**told):
    return {"actions": {ME: [ActionSeen(5, ME, **{"done_on": ago(20), "result": "reached", **told})]}}


def meeting(**told):
    return {"appointments": [AppointmentSeen(3, ME, **{"on": ago(2), "state": "planned", "recorded": False,
                                                       "planned_on": ago(9), **told})]}  # fmt: skip


def complaint(**told):
    return {"complaints": [ComplaintSeen(4, **{"received_on": ago(31), **told})]}


def improvement(**told):
    return {"improvements": [ImprovementSeen(6, **{"due_on": ago(1), "state": "planned", **told})]}


def wave(state, **told):
    ended = Ended(ME, 70, "S", ago(60))
    return {"waves": [Standing(ended, "immediate", ago(60), state, **told)]}


def silent(days):
    return {"silent": [SilentSeen(ME, TODAY, days)]}


def absent(*counted):
    return {"absent": [AbsentSeen(ME, tuple((ago(5 * n), times) for n, times in enumerate(counted, start=1)))]}


def breach(days, **told):
    until = datetime(2026, 6, 15, 17, tzinfo=UTC) + timedelta(days=days)
    return complaint(received_on=ago(12), acknowledged_on=ago(12), answered_on=ago(12), breach_until=until, **told)


CASES = [
    ("closed_without_contact", alert(closed_on=ago(3), outcome="back_on_track", closed_by="person"), True),
    ("closed_without_contact", alert(closed_on=ago(2), outcome="back_on_track", closed_by="person"), False),
    ("closed_without_contact", alert(closed_on=ago(9), outcome="back_on_track", closed_by="system"), False),
    ("closed_without_contact", alert(closed_on=ago(9), outcome="false_alarm", closed_by="person"), False),
    ("closed_without_contact", alert(closed_on=ago(9), outcome="already_known", closed_by="person"), False),
    ("closed_without_contact", alert(closed_on=ago(9), outcome="unreachable", closed_by="person"), True),
    ("closed_without_contact", alert(closed_on=ago(9), outcome="other", closed_by="person") | did(), False),
    ("closed_without_contact", alert(closed_on=ago(9), outcome="other") | did(done_on=ago(31)), True),
    ("closed_without_contact", alert(), False),
    ("open_without_action", alert(opened_on=ago(5)), True),
    ("open_without_action", alert(opened_on=ago(4)), False),
    ("open_without_action", alert(opened_on=ago(8), snoozed_until=TODAY), False),
    ("open_without_action", alert(opened_on=ago(8), snoozed_until=ago(1)), True),
    ("open_without_action", alert() | did(), False),
    ("open_without_action", alert() | did(done_on=ago(40)), True),
    ("open_without_action", alert(opened_on=ago(90), reopened_on=ago(10)) | did(), True),
    ("open_without_action", alert(closed_on=ago(3)), False),
    ("action_without_result", did(result="no_answer", done_on=ago(15)), True),
    ("action_without_result", did(result="no_answer", done_on=ago(14)), False),
    ("action_without_result", did(result="reached"), False),
    ("action_without_result", did(result="left_message", next_step="call_again", next_step_on=ago(18)), False),
    ("action_without_result", did(result="left_message") | alert(closed_on=ago(20)), False),
    ("action_without_result", did(result="left_message") | alert(closed_on=ago(21), opened_on=ago(30)), True),
    ("action_without_result", did(result="left_message") | {"gone": {ME: ago(5)}}, False),
    ("next_step_passed", did(next_step="call_again", next_step_on=ago(3)), True),
    ("next_step_passed", did(next_step="call_again", next_step_on=ago(2)), False),
    ("next_step_passed", did(), False),
    ("next_step_passed", did(next_step="interview", next_step_on=ago(9)) | {"gone": {ME: ago(9)}}, False),
    ("next_step_passed", did(next_step="interview", next_step_on=ago(9)) | {"gone": {ME: ago(8)}}, True),
    ("next_step_passed", did(next_step="interview", next_step_on=ago(9)) | meeting(on=TODAY), False),
    ("next_step_passed", did(next_step="interview", next_step_on=ago(9)) | meeting(planned_on=ago(21)), True),
    ("next_step_passed", did(next_step="interview", next_step_on=ago(9)) | meeting(planned_on=ago(9), on=TODAY,
                                                                                   state="cancelled"), True),
    ("appointment_unsettled", meeting(), True),
    ("appointment_unsettled", meeting(on=ago(1)), False),
    ("appointment_unsettled", meeting(state="missed"), False),
    ("appointment_unrecorded", meeting(state="kept"), True),
    ("appointment_unrecorded", meeting(state="kept", recorded=True), False),
    ("appointment_unrecorded", meeting(state="cancelled"), False),
    ("survey_not_sent", wave("to_send", until_on=ago(1)), True),
    ("survey_not_sent", wave("to_send", until_on=TODAY), False),
    ("survey_not_sent", wave("not_due", until_on=ago(1)), False),
    ("survey_not_chased", wave("to_chase", sent_on=ago(20), until_on=ago(13)), True),
    ("survey_not_chased", wave("to_chase", sent_on=ago(20), until_on=TODAY), False),
    ("survey_not_chased", wave("to_chase", sent_on=ago(20), until_on=ago(5), chased_on=(ago(12),)), False),
    ("survey_not_chased", wave("answered", sent_on=ago(20)), False),
    ("complaint_unacknowledged", complaint(received_on=ago(4)), True),
    ("complaint_unacknowledged", complaint(received_on=ago(3)), False),
    ("complaint_unacknowledged", complaint(acknowledged_on=ago(2)), False),
    ("complaint_unacknowledged", complaint(answered_on=ago(2)), False),
    ("complaint_unanswered", complaint(), True),
    ("complaint_unanswered", complaint(received_on=ago(14)), False),
    ("complaint_unanswered", complaint(acknowledged_on=ago(30)), True),
    ("complaint_unanswered", complaint(answered_on=ago(2)), False),
    ("complaint_unanswered", complaint(closed_on=ago(2)), False),
    ("improvement_late", improvement(), True),
    ("improvement_late", improvement(due_on=TODAY), False),
    ("improvement_late", improvement(state="under_way"), True),
    ("improvement_late", improvement(state="done", done_on=ago(1)), False),
    ("improvement_late", improvement(state="dropped"), False),
    ("improvement_unchecked", improvement(state="done", done_on=ago(91)), True),
    ("improvement_unchecked", improvement(state="done", done_on=ago(90)), False),
    ("improvement_unchecked", improvement(state="checked", done_on=ago(200)), False),
    ("abandonment_untraced", {"left": [LeftSeen(ME, ago(4))]}, True),
    ("abandonment_untraced", {"left": [LeftSeen(ME, ago(3))]}, False),
    ("abandonment_untraced", {"left": [LeftSeen(ME, ago(4))]} | did(), False),
    ("absence_not_reminded", absent(2), True),
    ("absence_not_reminded", absent(1), False),
    ("absence_not_reminded", absent(2, 1, 3), True),
    ("absence_not_reminded", absent(1, 3), False),
    ("absence_not_reminded", absent(3, 2, 2, 1), True),
    ("absence_not_reminded", absent(3, 3) | did(done_on=ago(2), channel="phone"), True),
    ("absence_not_reminded", absent(3, 3) | did(done_on=ago(2), channel="letter"), False),
    ("absence_not_reminded", absent(3, 3) | did(done_on=ago(11), channel="letter"), True),
    ("silence_not_reminded", silent(8), True),
    ("silence_not_reminded", silent(7), False),
    ("silence_not_reminded", silent(20) | did(done_on=ago(20)), False),
    ("silence_not_reminded", silent(20) | did(done_on=ago(21)), True),
    ("silence_not_reminded", silent(20) | alert(), False),
    ("silence_not_reminded", silent(20) | alert(closed_on=ago(9), outcome="other"), True),
    ("abandonment_undecided", alert(opened_on=ago(15)) | did(done_on=ago(15), result="no_answer"), True),
    ("abandonment_undecided", alert(opened_on=ago(14)) | did(done_on=ago(14), result="no_answer"), False),
    ("abandonment_undecided", alert(opened_on=ago(15)), False),
    ("abandonment_undecided", alert(opened_on=ago(15)) | did(done_on=ago(14), result="declined"), False),
    ("abandonment_undecided", alert(opened_on=ago(30), snoozed_until=TODAY) | did(result="no_answer"), False),
    ("abandonment_undecided", alert(closed_on=ago(1)) | did(result="no_answer"), False),
    ("abandonment_untold", {"left": [LeftSeen(ME, ago(4))]}, True),
    ("abandonment_untold", {"left": [LeftSeen(ME, ago(3))]}, False),
    ("abandonment_untold", {"left": [LeftSeen(ME, ago(4))]} | did(done_on=ago(4), channel="email"), False),
    ("abandonment_untold", {"left": [LeftSeen(ME, ago(4))]} | did(done_on=ago(5), channel="email"), True),
    ("abandonment_untold", {"left": [LeftSeen(ME, ago(4))]} | did(done_on=ago(4), channel="phone"), True),
    ("abandonment_untold", alert(closed_on=ago(4), outcome="abandoned"), True),
    ("abandonment_untold", alert(closed_on=ago(4), outcome="unreachable"), False),
    ("abandonment_untold", alert(closed_on=ago(1), outcome="abandoned") | {"left": [LeftSeen(ME, ago(9))]}, False),
    ("breach_untold", breach(-1), True),
    ("breach_untold", breach(0), False),
    ("breach_untold", breach(-9, closed_on=ago(3)), True),
    ("breach_untold", breach(-9, authority_told_on=ago(3)), False),
    ("breach_untold", complaint(), False),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "told", "missing"), CASES)
def test_a_rule_finds_what_is_missing_once_its_delay_is_over(kind, told, missing):
    found = [gap.kind for gap in policy.gaps(Facts(**told), DELAYS, today=TODAY)]
    assert (kind in found) == missing


def test_every_rule_has_cases_both_ways_words_a_delay_and_a_turn():
    for kind in policy.RULES:
        assert {missing for one, _, missing in CASES if one == kind} == {True, False}, kind
    assert list(words.GAPS) == list(words.MISSING) == list(policy.RULES) == list(policy.DELAY_OF)
    known = {f.name for f in fields(Delays)}
    assert {name.split(".")[0] for name, _ in policy.DELAY_OF.values()} == known - {"absences", "promised_on"}
    assert list(words.WAVE_STANDINGS) == list(STANDINGS)


OF_PROMISES = [kind for kind in policy.RULES if kind.startswith(("absence", "silence"))]


@pytest.mark.parametrize(("kind", "told", "missing"), [case for case in CASES if case[2]])
def test_what_only_a_procedure_promises_is_asked_of_nobody_before_there_is_one(kind, told, missing):
    promises = (*OF_PROMISES, "abandonment_undecided", "abandonment_untold")
    before = {gap.kind for gap in policy.gaps(Facts(**told), replace(DELAYS, promised_on=None), today=TODAY)}
    assert (kind in before) == (missing and kind not in promises)
    since_today = {gap.kind for gap in policy.gaps(Facts(**told), replace(DELAYS, promised_on=TODAY), today=TODAY)}
    assert not since_today & set(promises)


@pytest.mark.parametrize(("hours", "left_days"), [(1, 1), (24, 1), (25, 2), (48, 2), (72, 3), (720, 30)])
def test_a_delay_in_hours_runs_from_the_end_of_the_day_and_is_shown_while_it_runs(hours, left_days):
    held = replace(DELAYS, tell_hours=hours)
    (gap,) = policy.clocks(Facts(left=[LeftSeen(ME, TODAY)]), held)
    assert (gap.until_on - TODAY).days == left_days
    assert gap.turn == "course_lead"


CLOSED = frozenset(date(2026, 12, 23) + timedelta(days=n) for n in range(12))
"""From the 23rd of December to the 3rd of January."""


@pytest.mark.parametrize(
    ("as_of", "days", "done_on", "due"),
    [
        (date(2027, 1, 11), 12, None, date(2027, 1, 6)),
        (date(2027, 1, 11), 12, date(2026, 12, 21), None),
        (date(2027, 1, 11), 12, date(2026, 12, 17), date(2027, 1, 6)),
        (date(2027, 1, 12), 13, None, date(2027, 1, 6)),
        (date(2026, 12, 28), 5, None, None),
    ],
    ids=["nobody reminded them", "reminded before the closure", "before the silence", "the next day", "while closed"],
)
def test_a_silence_over_a_closure_is_counted_from_the_day_they_were_last_seen(as_of, days, done_on, due):
    """Seen last on Friday the 18th: a reminder before Christmas is one, and a reason given stays with its gap."""
    seen = SilentSeen(ME, as_of, days, CLOSED)
    acts = {ME: [ActionSeen(1, ME, done_on, "no_answer", channel="email")]} if done_on else {}
    found = [gap for gap in policy.gaps(Facts(silent=[seen], actions=acts), DELAYS, today=as_of)
             if gap.kind == "silence_not_reminded"]  # fmt: skip
    assert [(gap.subject, gap.until_on) for gap in found] == ([(f"{ME}:2026-12-18", due)] if due else [])


def test_the_days_on_which_a_session_is_closed_are_read_from_the_calendar():
    with shown(calendar=[{"session_id": "", "from_on": date(2026, 12, 23), "to_on": date(2027, 1, 3)},
                         {"session_id": "S", "from_on": TODAY, "to_on": TODAY}]) as con:  # fmt: skip
        assert repository.closed_days(con) == {"": CLOSED, "S": {TODAY}}


def test_an_alert_handed_on_is_the_course_leads_turn():
    facts = Facts(**alert(opened_on=ago(8), escalated=True))
    assert [gap.turn for gap in policy.gaps(facts, DELAYS, today=TODAY)] == ["course_lead"]


def test_an_alert_open_again_is_another_gap():
    once = policy.gaps(Facts(**alert(opened_on=ago(90))), DELAYS, today=TODAY)
    again = policy.gaps(Facts(**alert(opened_on=ago(90), reopened_on=ago(10))), DELAYS, today=TODAY)
    assert once[0].subject != again[0].subject, "a reason given before does not hold for what began again"


def test_a_longer_delay_asks_later():
    facts = Facts(**alert(opened_on=ago(8)))
    assert policy.gaps(facts, replace(DELAYS, first_action=8), today=TODAY) == []


SHORT, LONG = replace(DELAYS, first_action=3), replace(DELAYS, first_action=20)
CHANGED = ago(10)


@pytest.mark.parametrize(
    ("case", "versions", "opened", "due"),
    [
        ("one version alone", ((ago(400), SHORT),), ago(11), ago(8)),
        ("begun before the first: it reads it", ((ago(5), SHORT),), ago(11), ago(8)),
        ("made longer since: what was late stays late", ((ago(400), SHORT), (CHANGED, LONG)), ago(11), ago(8)),
        ("begun on the day of the longer one", ((ago(400), SHORT), (CHANGED, LONG)), CHANGED, None),
        ("made shorter since: nothing is late at once", ((ago(400), LONG), (CHANGED, SHORT)), ago(11), None),
        ("begun on the day of the shorter one", ((ago(400), LONG), (CHANGED, SHORT)), CHANGED, ago(7)),
        ("the same delays twice: asked for once", ((ago(400), SHORT), (CHANGED, replace(SHORT))), ago(11), ago(8)),
    ],
)
def test_what_began_under_a_version_of_the_procedure_is_read_against_it(case, versions, opened, due):
    facts, held = Facts(**alert(opened_on=opened)), Promises(versions)
    found = policy.as_promised(lambda one: policy.gaps(facts, one, today=TODAY), held)
    assert [gap.until_on for gap in found] == ([due] if due else []), case


EVERYTHING = [told for _, told, _ in CASES if "waves" not in told]


@given(st.lists(st.sampled_from(EVERYTHING), max_size=6), st.integers(0, 60))
def test_what_is_missing_stays_missing_until_something_is_done_and_the_oldest_comes_first(chosen, later):
    facts = Facts(
        alerts=[replace(one, alert_id=n) for n, told in enumerate(chosen) for one in told.get("alerts", ())],
        complaints=[one for told in chosen for one in told.get("complaints", ())],
        improvements=[one for told in chosen for one in told.get("improvements", ())],
        left=[one for told in chosen for one in told.get("left", ())],
        actions={n: told["actions"][ME] for n, told in enumerate(chosen) if "actions" in told},
    )
    now = policy.gaps(facts, DELAYS, today=TODAY)
    then = policy.gaps(facts, DELAYS, today=TODAY + timedelta(days=later))
    assert set(now) <= set(then)
    assert [gap.until_on for gap in now] == sorted(gap.until_on for gap in now)
    assert all(gap.until_on < TODAY for gap in now)


@pytest.mark.parametrize("kind", policy.RULES)
def test_each_gap_leads_the_quality_team_somewhere_or_to_a_chain_if_there_is_one(kind):
    gap = Gap(kind, "1", "quality", TODAY, TODAY, 1, ME)
    place = service.place(gap, {ME: 12})
    assert place.startswith(("/quality/", "/register/alerts/"))
    assert "N" not in place
