"""What each person changes of their own account, and the administration of others'."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from serving.absences import policy
from serving.accounts import repository as accounts
from serving.problems import RefusedError
from serving.quality.repository import entries
from serving.tables import Absence, SignedIn
from tests.api import serving_seed as seed

NEW = "un autre mot de passe"
DAY = timedelta(days=1)


def steps(site, event):
    with site.database.read() as session:
        return [json.loads(entry.details) for entry in entries(session) if entry.event == event]


def account(site, username):
    with site.database.read() as session:
        return accounts.by_username(session, username)


def enter(browser, password):
    return browser().post("/api/v1/sign-in", json={"username": "zina", "password": password}).status_code


def test_a_new_password_signs_out_the_other_sessions_and_no_one_else(browser, send, site):
    here, elsewhere, joel = browser("zina"), browser("zina"), browser("joel")
    fields = {"current": seed.PASSWORD, "password": NEW, "again": NEW}
    assert send(here, "/account/password", fields).headers["location"] == "/account"
    assert "Votre mot de passe est changé" in here.get("/account").text
    assert elsewhere.get("/today").status_code == 303
    assert joel.get("/today").status_code == 200
    assert (enter(browser, seed.PASSWORD), enter(browser, NEW)) == (422, 200)
    assert len(steps(site, "password_changed")) == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"current": "pas celui-ci du tout"}, "pas votre mot de passe actuel"),
        ({"password": "bref", "again": "bref"}, "trop court"),
        ({"again": "pas deux fois le même"}, "pas identiques"),
    ],
)
def test_a_password_refused_changes_nothing_and_is_said_on_the_form(browser, send, site, change, word):
    elsewhere = browser("zina")
    fields = {"current": seed.PASSWORD, "password": NEW, "again": NEW} | change
    answer = send(browser("zina"), "/account/password", fields)
    assert (answer.status_code, word in answer.text) == (422, True)
    assert all(value not in answer.text for value in fields.values())
    assert elsewhere.get("/today").status_code == 200
    assert enter(browser, seed.PASSWORD) == 200


def test_who_guesses_the_password_of_an_open_session_waits(browser, send):
    client = browser("zina")
    fields = {"current": "pas celui-ci du tout", "password": NEW, "again": NEW}
    answers = [send(client, "/account/password", fields) for _ in range(6)]
    assert [one.status_code for one in answers] == [422] * 5 + [429]
    assert "Trop d’essais" in answers[-1].text


def test_one_s_sessions_are_seen_and_ended_one_or_all_the_others(browser, send, site):
    here, first, second, joel = browser("zina"), browser("zina"), browser("zina"), browser("joel")
    with site.database.read() as session:
        marks = {one.account_id: one.token_hash[:16] for one in session.scalars(select(SignedIn))}
    assert here.get("/account").text.count('name="session" value="') == 3
    send(joel, "/account/sessions/end", {"session": marks[account(site, "zina").id]})
    assert [one.get("/today").status_code for one in (here, first, second)] == [200] * 3, "not another's"
    own = accounts.hash_of(first.cookies["filrouge_session"])[:16]
    assert send(here, "/account/sessions/end", {"session": own}).status_code == 303
    assert [one.get("/today").status_code for one in (here, first, second)] == [200, 303, 200]
    send(here, "/account/sessions/end", {"session": "others"})
    assert [one.get("/today").status_code for one in (here, second, joel)] == [200, 303, 200]
    assert send(here, "/account/sessions/end", {"session": "%"}).status_code == 422


def test_the_language_is_kept_with_the_account(browser, send):
    client = browser("zina")
    assert "Mon compte" in client.get("/account").text
    send(client, "/account/language", {"language": "en"})
    assert "My account" in client.get("/account").text
    assert send(client, "/account/language", {"language": "de"}).status_code == 422


def test_a_mentor_writes_down_an_absence_and_their_deputy_reaches_their_learners(browser, send, site):
    zina, dina = browser("zina"), browser("dina")
    fields = {"from_on": "2026-06-15", "until_on": "2026-06-19", "deputy_id": str(account(site, "dina").id)}
    assert dina.get(f"/enrolments/{seed.enrolment_id(0)}").status_code == 404
    assert send(zina, "/account/absences", fields).status_code == 303
    assert "19 juin 2026" in zina.get("/account").text
    assert dina.get(f"/enrolments/{seed.enrolment_id(0)}").status_code == 200
    assert steps(site, "absence_recorded")[0]["mentor"] == str(seed.ZINA)
    with site.database.read() as session:
        number = session.scalar(select(Absence.id))
    assert send(browser("joel"), f"/account/absences/{number}/end").status_code == 404, "another mentor's"
    assert send(zina, f"/account/absences/{number}/end").status_code == 303
    assert dina.get(f"/enrolments/{seed.enrolment_id(0)}").status_code == 404
    assert len(steps(site, "absence_ended")) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"until_on": "2026-06-14"}, {"from_on": "2026-06-20"}, {"until_on": "2028-01-01"}, {"until_on": "soon"},
        {"deputy_id": "999"}, {"deputy_id": "quality"}, {"deputy_id": "self"}, {"from_on": ""},
    ],
)  # fmt: skip
def test_an_absence_that_cannot_be_is_refused_on_the_form(browser, send, site, change):
    who = {"quality": "qualite", "self": "zina"}.get(change.get("deputy_id", ""))
    change = {"deputy_id": str(account(site, who).id)} if who else change
    fields = {"from_on": "2026-06-15", "until_on": "2026-06-19"} | change
    assert send(browser("zina"), "/account/absences", fields).status_code == 422
    with site.database.read() as session:
        assert session.scalar(select(Absence)) is None


def test_who_may_not_name_another_mentor_names_themselves(browser, send, site):
    fields = {"from_on": "2026-06-15", "until_on": "2026-06-19", "mentor_id": str(seed.JOEL)}
    assert send(browser("zina"), "/account/absences", fields).status_code == 303
    with site.database.read() as session:
        assert session.scalar(select(Absence.mentor_id)) == seed.ZINA


def test_the_administration_writes_down_and_cancels_any_mentors_absence(browser, send, site):
    admin = browser("admin")
    fields = {"mentor_id": str(seed.JOEL), "from_on": "2026-07-01", "until_on": "2026-07-10", "deputy_id": ""}
    assert send(admin, "/admin/absences", fields).status_code == 303
    page = admin.get("/admin/absences").text
    assert "Joël Irréellande" in page
    assert "10 juillet 2026" in page
    assert send(admin, "/admin/absences", fields).status_code == 422, "twice the same days"
    assert send(admin, "/admin/absences", fields | {"mentor_id": "77"}).status_code == 422
    assert send(admin, "/admin/absences/1/end").status_code == 303
    assert send(admin, "/admin/absences/1/end").status_code == 404
    assert "Joël Irréellande</th>" not in admin.get("/admin/absences").text


def test_the_administration_keeps_the_courses_of_a_lead_and_where_to_write(browser, send, site):
    admin, lea = browser("admin"), browser("lea")
    place = f"/admin/accounts/{account(site, 'lea').id}"
    page = admin.get(place).text
    assert ('name="course:DWEB"' in page, "checked" in page) == (True, True)
    assert lea.get(f"/enrolments/{seed.enrolment_id(1)}").status_code == 404
    fields = {"email": "Lea@Example.org", "course:DWEB": "yes", "course:SECO": "yes"}
    assert send(admin, f"{place}/details", fields).status_code == 303
    assert lea.get(f"/enrolments/{seed.enrolment_id(1)}").status_code == 200
    kept = account(site, "lea")
    assert (kept.email, kept.courses) == ("lea@example.org", ["DWEB", "SECO"])
    assert steps(site, "account_changed") == [
        {"account": kept.id, "changed": ["courses", "email"], "courses": ["DWEB", "SECO"]}
    ]
    data = f"/admin/accounts/{account(site, 'data').id}/details"
    assert send(admin, data, {"course:DWEB": "yes"}).status_code == 422, "only a lead leads"
    assert send(admin, data, {"email": "lea@example.org"}).status_code == 422, "one address, one person"
    assert send(admin, data, {"email": "not one"}).status_code == 422
    assert admin.get("/admin/accounts/999").status_code == 404


@pytest.mark.parametrize(
    ("first", "last", "others", "refused"),
    [
        (0, 0, [], ""),
        (-3, 0, [], ""),
        (5, 9, [(1, 4), (10, 12)], ""),
        (5, 4, [], "until_on"),
        (-5, -1, [], "until_on"),
        (0, 367, [], "until_on"),
        (0, 366, [], ""),
        (4, 9, [(1, 4)], "from_on"),
        (0, 9, [(3, 5)], "from_on"),
        (3, 5, [(0, 9)], "from_on"),
    ],
)
def test_which_days_may_be_an_absence(first, last, others, refused):
    today = date(2026, 6, 15)
    days = [(today + n * DAY, today + m * DAY) for n, m in others]
    if not refused:
        assert policy.check(today + first * DAY, today + last * DAY, today=today, others=days) is None
    else:
        with pytest.raises(RefusedError) as said:
            policy.check(today + first * DAY, today + last * DAY, today=today, others=days)
        assert said.value.where == refused


def test_an_absence_under_way_ends_yesterday_and_one_to_come_is_taken_away():
    today = date(2026, 6, 15)
    assert policy.cut(today - DAY, today=today) == today - DAY
    assert policy.cut(today, today=today) is None
