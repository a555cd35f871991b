"""Surveys due and chased, improvements, complaints, appointments: each decision by its table of cases."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from serving.problems import ChangedError, FilrougeError
from serving.quality import lists, words
from serving.quality.appointments import policy as appointments
from serving.quality.appointments.schemas import NewAppointment
from serving.quality.complaints import policy as complaints
from serving.quality.complaints import schemas as complaint_forms
from serving.quality.delays import Delays
from serving.quality.improvements import policy as improvements
from serving.quality.improvements.schemas import Line
from serving.quality.surveys import policy as surveys
from serving.quality.surveys.policy import Asked, Ended, Pace

TODAY = date(2026, 6, 15)
END = date(2026, 3, 31)
ENDED = Ended(1, 10, "S", END)


def ago(days):
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 0, date(2026, 3, 31)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2025, 12, 15), 6, date(2026, 6, 15)),
    ],
)
def test_some_months_later_is_the_same_day_or_the_last_of_the_month(day, months, expected):
    assert surveys.months_after(day, months) == expected


@pytest.mark.parametrize(
    ("kind", "days", "told", "wave"),
    [
        ("immediate", 0, None, "immediate"),
        ("immediate", -14, None, "immediate"),
        ("immediate", -15, None, None),
        ("immediate", 200, None, "immediate"),
        ("delayed", 14, None, None),
        ("delayed", 30, None, "one_month"),
        ("delayed", 61, None, "three_months"),
        ("delayed", 135, None, "three_months"),
        ("delayed", 136, None, "six_months"),
        ("delayed", 271, None, None),
        ("pulse", 30, None, None),
        ("pulse", -40, "immediate", "immediate"),
        ("delayed", 30, "six_months", "six_months"),
        ("delayed", 30, "none", None),
    ],
)
def test_the_wave_of_a_survey_is_the_one_told_else_by_its_day(kind, days, told, wave):
    sent = Asked(1, "9", kind, END + timedelta(days=days), None)
    assert surveys.wave_of(sent, END, told) == wave


def sent(days, answered=None):
    return Asked(1, "9", "immediate", ago(days), None if answered is None else ago(answered))


@pytest.mark.parametrize(
    ("ended", "asked", "chased", "state", "until"),
    [
        (ago(0), [], [], "not_due", ago(-7)),
        (ago(1), [], [], "to_send", ago(-6)),
        (ago(8), [], [], "to_send", ago(1)),
        (ago(20), [sent(6)], [], "waiting", ago(-1)),
        (ago(20), [sent(7)], [], "to_chase", ago(0)),
        (ago(20), [sent(-1)], [], "to_send", ago(13)),
        (ago(40), [sent(30)], [ago(6)], "waiting", ago(-1)),
        (ago(40), [sent(30)], [ago(7)], "to_chase", ago(0)),
        (ago(40), [sent(30)], [ago(20), ago(9)], "enough", None),
        (ago(40), [sent(30)], [ago(20), ago(-2)], "to_chase", ago(13)),
        (ago(40), [sent(30, answered=2)], [ago(9)], "answered", None),
        (ago(40), [sent(30, answered=-2)], [], "to_chase", ago(23)),
        (ago(40), [sent(30), sent(12, answered=1)], [], "answered", None),
    ],
)
def test_where_a_wave_stands(ended, asked, chased, state, until):
    who = Ended(1, 10, "S", ended)
    found = surveys.standing(who, "immediate", asked, chased, today=TODAY, pace=Pace())
    assert (found.state, found.until_on) == (state, until)


def test_the_return_of_a_wave_counts_what_was_sent():
    def stands(asked, chased=()):
        return surveys.standing(ENDED, "immediate", asked, chased, today=TODAY, pace=Pace())

    rates = surveys.rates([stands([sent(30)], [ago(9)]), stands([sent(30, answered=1)]), stands([])])
    assert (rates[0].wave, rates[0].sent, rates[0].answered, rates[0].chased) == ("immediate", 2, 1, 1)
    assert [one.sent for one in rates] == [2, 0, 0, 0]


@pytest.mark.parametrize(
    ("state", "done_on", "checked_on", "expected"),
    [
        ("planned", None, None, "planned"),
        ("under_way", None, None, "under_way"),
        ("done", None, None, "under_way"),
        ("checked", None, None, "under_way"),
        ("planned", TODAY, None, "done"),
        ("planned", TODAY, TODAY, "checked"),
        ("dropped", TODAY, None, "dropped"),
    ],
)
def test_the_days_of_an_improvement_say_its_state(state, done_on, checked_on, expected):
    assert improvements.state_of(state=state, done_on=done_on, checked_on=checked_on) == expected


GOOD = {"done_on": ago(5), "checked_on": ago(1), "effect": "vu", "effective": True}


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({}, []),
        ({"done_on": None, "checked_on": None, "effect": "", "effective": None}, []),
        ({"done_on": ago(-1), "checked_on": None, "effective": None}, ["done_on"]),
        ({"checked_on": ago(-1)}, ["checked_on"]),
        ({"done_on": None}, ["done_on"]),
        ({"checked_on": ago(6)}, ["checked_on"]),
        ({"effective": None}, ["effective"]),
        ({"effect": ""}, ["effect"]),
        ({"checked_on": None}, ["checked_on"]),
    ],
)
def test_what_an_improvement_may_say_of_its_effect(changed, where):
    found = improvements.refusals(**{**GOOD, **changed}, today=TODAY)
    assert [one.where for one in found] == where


def test_late_improvements_come_first_then_those_under_way_then_those_to_check():
    rows = [("checked", ago(9)), ("done", ago(8)), ("planned", ago(-9)), ("under_way", ago(1)), ("planned", ago(3))]
    ordered = sorted(rows, key=lambda row: improvements.order(row[0], row[1], 1, TODAY))
    assert ordered == [rows[4], rows[3], rows[2], rows[1], rows[0]]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((None, None, None), "received"),
        ((TODAY, None, None), "acknowledged"),
        ((None, TODAY, None), "answered"),
        ((TODAY, TODAY, TODAY), "closed"),
    ],
)
def test_the_days_of_a_complaint_say_its_state(days, expected):
    assert complaints.state_of(*days) == expected


FOLLOWED = {
    "received_on": ago(9), "acknowledged_on": ago(8), "answered_on": ago(5), "closed_on": ago(4),
    "outcome": "settled", "answer": "dit",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({}, []),
        ({"received_on": ago(-1)}, ["received_on", "acknowledged_on", "answered_on", "closed_on"]),
        ({"acknowledged_on": ago(10)}, ["acknowledged_on"]),
        ({"outcome": None}, ["outcome"]),
        ({"closed_on": None}, ["closed_on"]),
        ({"answer": ""}, ["answer"]),
        ({"closed_on": ago(6)}, ["closed_on"]),
        ({"closed_on": ago(-1)}, ["closed_on"]),
        ({"answered_on": None, "answer": ""}, []),
    ],
)
def test_what_a_complaint_may_say(changed, where):
    assert [one.where for one in complaints.refusals(**{**FOLLOWED, **changed}, today=TODAY)] == where


@pytest.mark.parametrize(
    ("state", "received", "due", "late"),
    [
        ("received", ago(3), ago(0), False),
        ("received", ago(4), ago(1), True),
        ("acknowledged", ago(14), ago(0), False),
        ("acknowledged", ago(15), ago(1), True),
        ("answered", ago(99), None, False),
        ("closed", ago(99), None, False),
    ],
)
def test_what_is_due_to_a_complaint(state, received, due, late):
    assert complaints.due_on(state, received, Delays()) == due
    assert complaints.is_late(state, received, Delays(), TODAY) == late


@pytest.mark.parametrize(
    ("case", "received", "written", "until"),
    [
        ("written down at once", "2026-06-15", "2026-06-15T14:30", "2026-06-18T14:30+02:00"),
        ("written down later: from the day's first hour", "2026-06-14", "2026-06-15T14:30", "2026-06-17T00:00+02:00"),
        ("summer time begins meanwhile", "2026-03-27", "2026-03-27T10:00", "2026-03-30T11:00+02:00"),
        ("it ends meanwhile", "2026-10-23", "2026-10-23T10:00", "2026-10-26T09:00+01:00"),
        ("just after midnight, a day earlier elsewhere", "2026-06-15", "2026-06-15T00:30", "2026-06-18T00:30+02:00"),
    ],
)
def test_the_authority_is_told_of_a_breach_within_seventy_two_hours(case, received, written, until):
    paris = ZoneInfo("Europe/Paris")
    at = datetime.fromisoformat(written).replace(tzinfo=paris)
    one = SimpleNamespace(kind="incident", subject="personal_data", received_on=date.fromisoformat(received),
                          created_at=at.astimezone(UTC))  # fmt: skip
    assert complaints.breach_until(one, paris).isoformat(timespec="minutes") == until, case
    one.kind = "complaint"
    assert complaints.breach_until(one, paris) is None


@pytest.mark.parametrize(
    ("state", "to", "on", "recorded", "accepted"),
    [
        ("planned", "kept", ago(0), False, True),
        ("planned", "kept", ago(-1), False, False),
        ("planned", "missed", ago(1), False, True),
        ("planned", "missed", ago(-1), False, False),
        ("planned", "cancelled", ago(-9), False, True),
        ("planned", "planned", ago(0), False, False),
        ("kept", "planned", ago(0), False, True),
        ("kept", "planned", ago(0), True, False),
        ("kept", "missed", ago(0), False, False),
        ("cancelled", "planned", ago(-9), False, True),
        ("missed", "kept", ago(3), False, False),
        ("planned", "nowhere", ago(3), False, False),
    ],
)
def test_where_an_appointment_may_go(state, to, on, recorded, accepted):
    if accepted:
        assert appointments.check_step(state, to, on=on, today=TODAY, recorded=recorded) is None
        return
    with pytest.raises(FilrougeError):
        appointments.check_step(state, to, on=on, today=TODAY, recorded=recorded)


@pytest.mark.parametrize(("days", "accepted"), [(1, False), (0, True), (-366, True), (-367, False)])
def test_an_appointment_is_for_today_or_within_a_year(days, accepted):
    if accepted:
        assert appointments.check_new(ago(days), today=TODAY) is None
        return
    with pytest.raises(FilrougeError):
        appointments.check_new(ago(days), today=TODAY)


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        (words.APPOINTMENT_STATES, appointments.STATES),
        (words.APPOINTMENT_KINDS, appointments.KINDS),
        (appointments.ACTION_OF, appointments.KINDS),
        (words.APPOINTMENT_KINDS, NewAppointment.model_fields["kind"].annotation.__args__),
        (words.IMPROVEMENT_STATES, improvements.STATES),
        (words.IMPROVEMENT_STATES, Line.model_fields["state"].annotation.__args__),
        (words.IMPROVEMENT_SOURCES, improvements.SOURCES),
        (words.IMPROVEMENT_SOURCES, Line.model_fields["source"].annotation.__args__),
        (words.COMPLAINT_KINDS, complaints.KINDS),
        (words.COMPLAINT_KINDS, complaint_forms.Kind.__args__),
        (words.COMPLAINT_SUBJECTS, complaints.SUBJECTS),
        (words.COMPLAINT_SUBJECTS, complaint_forms.Subject.__args__),
        (words.TOLD_BY, complaints.TELLERS),
        (words.TOLD_BY, complaint_forms.Teller.__args__),
        (words.COMPLAINT_STATES, complaints.STATES),
        (words.COMPLAINT_OUTCOMES, complaints.OUTCOMES),
        (words.COMPLAINT_OUTCOMES, complaint_forms.Outcome.__args__),
        (words.WAVES, surveys.WAVES),
    ],
)
def test_every_choice_has_its_words_and_every_word_its_choice(said, codes):
    assert list(said) == list(codes)


def test_a_list_reads_its_address_and_writes_it_again():
    accepted = {"kind": ("", "a"), "session": None}
    wanted = lists.read({"kind": "a", "session": "é & b", "page": "3", "other": "x"}, accepted)
    assert wanted.address() == "?kind=a&session=%C3%A9+%26+b&page=3"
    assert wanted.address(page=1, kind="") == "?session=%C3%A9+%26+b"
    nothing = lists.read({"kind": "zzz", "page": "-1"}, accepted)
    assert (nothing["kind"], nothing.page, nothing.narrows) == ("", 1, False)


@pytest.mark.parametrize(
    ("total", "page", "shown", "at", "last"), [(0, 1, 0, 1, 1), (50, 2, 50, 1, 1), (51, 2, 1, 2, 2), (120, 9, 20, 3, 3)]
)
def test_a_list_shows_the_page_asked_for_or_the_last_one(total, page, shown, at, last):
    found = lists.show(list(range(total)), page)
    assert (len(found.lines), found.page, found.last, found.total) == (shown, at, last, total)


@pytest.mark.parametrize(
    ("state", "on", "recorded", "accepted"),
    [
        ("planned", ago(0), False, True),
        ("kept", ago(3), False, True),
        ("planned", ago(-1), False, False),
        ("kept", ago(3), True, False),
        ("cancelled", ago(3), False, False),
        ("missed", ago(3), False, False),
    ],
)
def test_which_appointment_an_action_may_tell_of(state, on, recorded, accepted):
    with nullcontext() if accepted else pytest.raises(ChangedError):
        appointments.check_told(state, on=on, today=TODAY, recorded=recorded)
