"""A pack of a day before: what was changed since is not told, nor is it hidden that words were changed."""

from dataclasses import replace
from datetime import timedelta

from serving.quality import journal
from serving.quality.complaints import service as complaining
from serving.quality.improvements import service as improving
from serving.quality.packs import compose
from serving.quality.packs.compose import Order
from serving.tables import Complaint, Improvement
from tests.api import serving_seed as seed
from tests.api.test_api_packs import scope

REWORDED = "(texte modifié depuis\u00a0; celui d’alors n’est pas conservé)"


def test_a_pack_of_a_day_before_tells_what_stood_then(browser, send, site):
    """What was changed after that day is not told, nor is it hidden that words were changed."""
    client = browser("qualite")
    told = {"kind": "complaint", "subject": "organisation", "told_by": "learner", "received_on": "2026-06-12",
            "channel": "email", "session_id": "", "learner": "", "summary": "Deux devoirs"}  # fmt: skip
    line = {"indicator": "12", "source": "complaint", "source_key": "1", "finding": "Trop de devoirs",
            "decision": "Étaler", "owner": "Paul", "due_on": "2026-07-01", "state": "planned", "done_on": "",
            "effect": "", "effective": "", "checked_on": ""}  # fmt: skip
    client.post("/quality/complaints", data={**told, "csrf": client.csrf})
    client.post("/quality/improvements", data={**line, "csrf": client.csrf})

    def sheets(day):
        with site.database.read() as session:
            then = replace(scope(session, site), today=day, until_on=day)
            return {one.key: one for one in compose.gather(then, Order("Maison", 7, 3)).sheets}

    before = sheets(seed.TODAY)
    with site.database.write() as session:
        later = site.clock.now() + timedelta(days=2)
        row, plan = session.get(Complaint, 1), session.get(Improvement, 1)
        assert (row.improvement_id, row.version) == (1, 2)
        assert complaining.history(session, site, row)[1], "the journal says that it was tied"
        row.state, row.closed_on, row.outcome = "closed", later.date(), "settled"
        plan.state, plan.done_on, plan.decision = "done", later.date(), "Autre chose"
        for event, one, tells in (("complaint_changed", row, complaining), ("improvement_changed", plan, improving)):
            details = tells.evidence(one, site.journal_key)
            journal.append(session, event, at=later, details=details)
    after = sheets(seed.TODAY)
    assert after["complaints"] == before["complaints"]
    assert after["complaints"].rows[0][8] == "Reçue"
    assert after["improvements"].rows[0][7] == before["improvements"].rows[0][7] == "Décidée"
    assert after["improvements"].rows[0][3:5] == ("Trop de devoirs", REWORDED)
    assert after["improvements"].rows[0][-1] == "1"
    now = sheets(seed.TODAY + timedelta(days=2))
    assert (now["complaints"].rows[0][8], now["improvements"].rows[0][4]) == ("Clôturée", "Autre chose")
    assert sheets(seed.TODAY - timedelta(days=1))["complaints"].rows == ()


def test_a_pack_of_a_day_before_does_not_know_that_the_authority_was_told_later(browser, send, site):
    breach = {"kind": "incident", "subject": "personal_data", "told_by": "other", "received_on": str(seed.TODAY),
              "channel": "email", "session_id": "", "learner": "", "summary": "Un fichier"}  # fmt: skip
    assert send(browser("qualite"), "/quality/complaints", breach).status_code == 303
    later = site.clock.now() + timedelta(days=2)
    with site.database.write() as session:
        row = session.get(Complaint, 1)
        row.authority_told_on = later.date()
        details = complaining.evidence(row, site.journal_key)
        journal.append(session, "complaint_changed", at=later, details=details)

    def told_on(day):
        with site.database.read() as session:
            then = replace(scope(session, site), today=day, until_on=day)
            sheet = next(one for one in compose.gather(then, Order("Maison", 7, 3)).sheets if one.key == "complaints")
            return dict(zip(sheet.columns, sheet.rows[0], strict=True))["Autorité prévenue le"]

    assert [told_on(day) for day in (seed.TODAY, later.date())] == [None, later.date()]
