"""Nothing in the procedure is dead: changing any of its fields changes what is decided, asked, shown or sent."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from serving.accounts import repository as accounts
from serving.alerts import kinds, rounds
from serving.alerts.holding import World
from serving.language import Speech
from serving.notifications import outbox, policy, repository
from serving.notifications.outbox import Office
from serving.notifications.policy import GraveAlert, Proof, Wishes
from serving.quality import delays
from serving.quality.complaints.sheet import sheet
from serving.quality.procedure import actors, service
from serving.quality.procedure.policy import Procedure
from serving.quality.proofs import policy as proofs
from serving.quality.proofs import service as service_of_proofs
from serving.quality.proofs.facts import AbsentSeen, ActionSeen, AlertSeen, ComplaintSeen, Facts, LeftSeen, SilentSeen
from serving.quality.scope import Scope
from serving.quality.surveys import service as surveys
from serving.tables import Account, Action, Alert, Complaint, Justification, Message
from tests.api import quality_seed
from tests.api import serving_seed as seed
from tests.api.test_api_outbox import Kept, Now

TODAY, DAY = seed.TODAY, timedelta(days=1)
LONG_AGO = TODAY - 300 * DAY
MONDAY = datetime(2026, 6, 15, 8, tzinfo=UTC)


def ago(days):
    return TODAY - timedelta(days=days)


FACTS = Facts(
    alerts=[AlertSeen(1, 1, ago(3)), AlertSeen(2, 2, ago(40))],
    actions={2: [ActionSeen(5, 2, ago(40), "no_answer", next_step="call_again", next_step_on=TODAY)]},
    complaints=[ComplaintSeen(4, ago(13), acknowledged_on=ago(13))],
    left=[LeftSeen(3, TODAY)],
    silent=[SilentSeen(6, TODAY, 20)],
    absent=[AbsentSeen(7, ((ago(1), 3), (ago(8), 2)))],
)


def asked(session, site, today=TODAY):
    """Return each proof that the inbox asks for, or will, with the day by which it is due."""
    held = delays.in_force(session, today)
    return [(gap.kind, gap.until_on) for rule in proofs.RULES.values() for gap in rule(FACTS, held)]


def absence_speaks(session, site):
    rules = service.rules_on(session, TODAY, site.settings)
    frame = kinds.Frame(TODAY, ago(60), TODAY + 60 * DAY)
    return [one.kind for one in kinds.signals({"last_absences": 2.0}, frame, rules)]


def climbs(session, site):
    day = TODAY + 4 * DAY
    return rounds._escalate(session, day, seed.NOW + 4 * DAY, site.settings, World())


def survey_lines(session, site):
    pace = delays.in_force(session, TODAY).surveys
    records = quality_seed.SurveyedRecords()
    found = surveys.standings(session, records, today=TODAY, pace=pace)
    return [(one.ended.enrolment_id, one.wave, one.state, one.until_on) for one in found]


def week_told(session, site):
    weekday = service.procedure_on(session, TODAY).proofs_weekday
    return policy.proofs_period(seed.NOW.astimezone(site.clock.zone).replace(hour=10), Wishes(), weekday)


def owners_of(kind, turn):
    def told(session, site):
        people = [*repository.reached(session, TODAY), *repository.quality_people(session, TODAY)]
        said = actors.actor(service.procedure_on(session, TODAY), kind)
        mentor = accounts.by_username(session, "zina").mentor_id
        proof = Proof(kind, "1", turn, repository.named(session, said), mentor, "SECO", TODAY)
        names = {one.account.id: one.account.username for one in people}
        return [names[one] for one in policy.owners(proof, [one.follower for one in people])]

    return told


def told_of_untouched(session, site):
    mentor = accounts.by_username(session, "zina").mentor_id
    followers = [one.follower for one in repository.reached(session, TODAY)]
    return policy.recipients(GraveAlert(1, policy.ESCALATED, "2026-06-15", mentor, "SECO"), followers,
                             takes_up=repository.takes_up(session, TODAY))  # fmt: skip


PAGE = "page"
"""Decided by a page: the form on which a difficulty is declared."""
CASES = {
    "call_after_absences": (3, absence_speaks),
    "remind_after_absences": (4, asked),
    "remind_after_silent_days": (30, asked),
    "first_contact_days": (9, asked),
    "escalate_after_days": (2, climbs),
    "abandonment_after_days": (60, asked),
    "tell_within_hours": (24, asked),
    "survey_chase_days": (60, survey_lines),
    "survey_chases": (0, survey_lines),
    "complaint_days": (20, asked),
    "proofs_weekday": (4, week_told),
    "waves": ((0, 6), survey_lines),
    "who_calls": ("Rose", owners_of("open_without_action", "mentor")),
    "who_reminds": ("Rose", owners_of("silence_not_reminded", "mentor")),
    "who_follows_up": ("zina", told_of_untouched),
    "who_declares": ("rose", owners_of("abandonment_undecided", "course_lead")),
    "who_tells": ("Rose", owners_of("abandonment_untold", "course_lead")),
    "who_chases": ("Rose", owners_of("survey_not_sent", "quality")),
    "who_answers": ("Rosé", owners_of("complaint_unanswered", "quality")),
    "disability_contact": ("Mme Fableville, poste 12", PAGE),
    "complaints_contact": ("qualite@organisme.example.org", PAGE),
}
"""For each field of the procedure, another value than the one shipped, and a decision that it must change."""


@pytest.fixture
def filled(site):
    quality_seed.fill(site)
    with site.database.write() as session:
        joel = accounts.by_username(session, "joel")
        session.add(Account(username="rose", display_name="Rose", role="quality", mentor_id=None, unassigned=False,
                            language=None, password_hash=joel.password_hash, active=True, courses=[],
                            email="rose@organisme.example.org", created_at=seed.NOW))  # fmt: skip
        accounts.by_username(session, "qualite").email = "qualite@organisme.example.org"
    return site


def adopt(site, procedure, from_on=LONG_AGO):
    with site.database.write() as session:
        service.keep(session, procedure, from_on=from_on, reason="Essai", author_id=1, now=seed.NOW)


def test_every_field_of_the_procedure_has_a_decision():
    assert {one.name for one in fields(Procedure)} == set(CASES)
    assert set(actors.DUTIES) <= set(proofs.RULES)
    assert {*actors.DUTIES.values(), actors.FOLLOWS_UP} == {name for name in CASES if name.startswith("who_")}


@pytest.mark.parametrize("name", CASES)
def test_changing_a_field_of_the_procedure_changes_a_decision(name, filled, browser):
    other, decide = CASES[name]
    before, after = Procedure(call_after_absences=2, remind_after_absences=2), Procedure(call_after_absences=2)
    told = []
    for procedure in (before, replace(after, **{name: other})):
        adopt(filled, procedure)
        if decide == PAGE:
            told.append(browser("zina").get(f"/enrolments/{mine(filled, 'zina')}/difficulties/new").text)
            continue
        with filled.database.engine.connect() as raw, raw.begin() as opened:
            from sqlalchemy.orm import Session

            told.append(decide(Session(raw), filled))
            opened.rollback()
    assert told[0] != told[1]
    if decide == PAGE:
        assert (other in told[0], other in told[1]) == (False, True)


@pytest.mark.parametrize(
    ("first", "then", "late"), [(5, 30, True), (30, 5, False)], ids=["made longer since", "made shorter since"]
)
def test_a_complaint_is_late_by_what_was_promised_on_its_day(filled, browser, first, then, late):
    """Alike on the inbox, on the page, by the API and in the sheet."""
    with filled.database.write() as session:
        for one in session.query(Complaint):
            one.state, one.closed_on, one.answered_on = "closed", TODAY, TODAY
        told = Complaint(kind="complaint", subject="content", told_by="learner", channel="email", summary="x",
                         received_on=ago(20), acknowledged_on=ago(20), answer="", state="acknowledged",
                         state_at=seed.NOW, created_by=1, created_at=seed.NOW, version=1)  # fmt: skip
        session.add(told)
        session.flush()
        number = told.id
    adopt(filled, Procedure(complaint_days=first))
    adopt(filled, Procedure(complaint_days=then), from_on=ago(1))
    due = ago(20) + delays.in_calendar(first) * DAY
    with filled.database.read() as session:
        lines = service_of_proofs.inbox(session, quality_seed.SurveyedRecords(), filled.clock.zone, today=TODAY)
        found = [one.gap.until_on for one in lines if one.gap.kind == "complaint_unanswered"]
        assert found == ([due] if late else [])
        scope = Scope(session, Speech("fr", filled.clock.zone), filled.words, quality_seed.SurveyedRecords(), None,
                      ago(30), TODAY, TODAY)  # fmt: skip
        assert [row[15] for row in sheet(scope).rows if row[0] == number] == ["Oui" if late else None]
    client = browser("qualite")
    (view,) = [one for one in client.get("/api/v1/quality/complaints").json()["complaints"] if one["id"] == str(number)]
    assert (view["due_on"], view["late"]) == (due.isoformat(), late)
    shown = client.get("/quality/complaints?state=late").text
    assert (f'"/quality/complaints/{number}"' in shown) is late


def mine(site, username):
    with site.database.read() as session:
        mentor = accounts.by_username(session, username).mentor_id
        return session.query(Alert).filter_by(mentor_id=mentor).first().enrolment_id


def office_of(site, at=MONDAY):
    return Office(site.database, site.settings, Kept(), Now(at), quality_seed.SurveyedRecords())


def sent_to(office, username, word):
    found = [words for place, words in office.sender.sent if place.address.startswith(f"{username}@")]
    return [words for words in found if word in words.subject]


def test_the_quality_team_is_told_once_a_week_how_many_proofs_are_missing_and_of_nobody(filled, browser, send):
    office = office_of(filled)
    outbox.run(office)
    (words,) = sent_to(office, "qualite", "preuves")
    said = words.subject + words.plain() + words.html()
    assert "Alerte close sans contact daté" in said
    assert f"{filled.settings.public_url}/quality?kind=closed_without_contact" in said
    assert words.home.endswith("/quality")
    assert [part for n in range(130) for part in seed.name_of(n % 22).split() if part in said] == []
    assert str(seed.enrolment_id(0))[:8] not in said
    for day in range(1, 7):
        office.now.at = MONDAY + day * DAY
        outbox.run(office)
    assert len(sent_to(office, "qualite", "preuves")) == 1
    chosen = {"digest": "none", "day1": "1", "hour": "8", "quiet_from": "19", "quiet_until": "8"}
    assert send(browser("rose"), "/preferences", chosen).status_code == 303
    office.now.at = MONDAY + 7 * DAY
    outbox.run(office)
    assert len(sent_to(office, "qualite", "preuves")) == 2
    assert len(sent_to(office, "rose", "preuves")) == 1, "she asked for no more"


def test_nothing_is_sent_to_the_quality_team_when_nothing_is_missing(filled):
    with filled.database.write() as session:
        from serving.quality.proofs.service import inbox

        for line in inbox(session, quality_seed.SurveyedRecords(), filled.clock.zone, today=TODAY):
            session.add(Justification(gap=line.gap.kind, subject=line.gap.subject, reason="Dit", author_id=1,
                                      at=seed.NOW))  # fmt: skip
    office = office_of(filled)
    outbox.run(office)
    assert sent_to(office, "qualite", "preuves") == []
    with filled.database.read() as session:
        assert {one.sent_at is not None for one in session.query(Message).filter_by(kind="proofs")} == {True}


@pytest.mark.parametrize(("weekday", "wishes", "day", "due"), [
    (1, {}, date(2026, 6, 15), True),
    (4, {}, date(2026, 6, 17), False),
    (4, {}, date(2026, 6, 18), True),
    (1, {"days": "35"}, date(2026, 6, 16), False),
    (1, {"days": "35"}, date(2026, 6, 17), True),
    (5, {"days": "12"}, date(2026, 6, 15), False),
    (5, {"days": "12"}, date(2026, 6, 16), True),
    (2, {}, date(2026, 7, 14), False),
    (2, {}, date(2026, 7, 15), True),
    (1, {"digest": "none"}, date(2026, 6, 15), False),
])  # fmt: skip
def test_the_weekly_count_comes_on_the_procedures_day_or_the_first_one_worked(weekday, wishes, day, due):
    at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    assert (policy.proofs_period(at, Wishes(**wishes), weekday) is not None) == due


def breach(site, **told):
    with site.database.write() as session:
        row = Complaint(kind="incident", subject="personal_data", told_by="other", received_on=TODAY, channel="email",
                        summary="Un fichier envoyé par erreur", state_at=seed.NOW, created_by=1, created_at=seed.NOW,
                        **told)  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def test_a_breach_is_told_when_it_is_known_and_before_its_last_day_then_no_more(filled, browser, send):
    number = breach(filled)
    client = browser("qualite")
    page = client.get(f"/quality/complaints/{number}").text
    assert "prévenez l’autorité (CNIL) avant le 18 juin 2026" in page
    assert "Notifier à l’autorité" in client.get("/quality").text
    office = office_of(filled)
    outbox.run(office)
    office.now.at += timedelta(minutes=5)
    outbox.run(office)
    assert len(sent_to(office, "qualite", "délai en heures")) == 1
    office.now.at = MONDAY + 2 * DAY
    outbox.run(office)
    office.now.at += timedelta(minutes=5)
    outbox.run(office)
    assert len(sent_to(office, "qualite", "délai en heures")) == 2, "again when a day at most is left"
    filled_in = {"kind": "incident", "subject": "personal_data", "told_by": "other", "received_on": str(TODAY),
                 "channel": "email", "summary": "Un fichier", "version": "1",
                 "authority_told_on": str(TODAY)}  # fmt: skip
    assert send(client, f"/quality/complaints/{number}", filled_in).status_code == 303
    page = client.get(f"/quality/complaints/{number}").text
    assert "l’autorité a été prévenue le 15 juin 2026" in page
    assert "Notifier à l’autorité" not in client.get("/quality").text
    days = {"from_on": str(TODAY), "until_on": str(TODAY)}
    told = send(client, "/quality/complaints/csv", days).content.decode("utf-8-sig").splitlines()
    columns, row = told[0].split(";"), next(line.split(";") for line in told if line.startswith(f"{number};"))
    assert row[columns.index("Autorité prévenue le")] == "15/06/2026", "the day leaves with the evidence"


def test_a_breach_that_is_told_before_its_message_leaves_sends_nothing(filled):
    number, office = breach(filled), office_of(filled)
    outbox.run(office)
    with filled.database.write() as session:
        session.get(Complaint, number).authority_told_on = TODAY
    office.now.at += timedelta(minutes=5)
    outbox.run(office)
    assert sent_to(office, "qualite", "délai en heures") == []


def test_a_breach_is_told_on_a_sunday_but_not_at_night(filled):
    breach(filled)
    wishes = Wishes()
    sunday, night = datetime(2026, 6, 14, 9, tzinfo=UTC), datetime(2026, 6, 14, 23, tzinfo=UTC)
    assert policy.clock_due(sunday, wishes) == sunday + policy.JOIN
    assert policy.clock_due(night, wishes).hour == wishes.quiet_until
    assert policy.clock_due(sunday, replace(wishes, immediate=False)) is None


def test_whom_the_procedure_names_counts_it_in_their_round_up(filled):
    with filled.database.write() as session:
        accounts.by_username(session, "lea").email = "lea@organisme.example.org"
        alert = session.query(Alert).filter(Alert.closed_on.is_(None), Alert.session_id == "SECO-2606").first()
        alert.opened_on = ago(30)
        session.add(Action(enrolment_id=alert.enrolment_id, alert_id=alert.id, author_id=1, kind="call",
                           channel="phone", done_on=ago(29), result="no_answer", next_step="none", note="",
                           recorded_at=seed.morning(ago(29))))  # fmt: skip
    before = office_of(filled, MONDAY - 3 * DAY)
    outbox.run(before)
    adopt(filled, Procedure())
    after = office_of(filled)
    outbox.run(after)
    told = [any("Abandons à déclarer, ou non" in one.plain() for one in sent_to(office, "lea", "point"))
            for office in (before, after)]  # fmt: skip
    assert told == [False, True]
