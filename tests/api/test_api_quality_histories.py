"""What a line of the quality team says beside what the journal was told: changed behind it, erased, or as written."""

import pytest
from sqlalchemy import delete, select

from serving.quality import journal
from serving.quality.histories import ALTERED, AS_WRITTEN, EMPTIED
from serving.quality.repository import entries
from serving.rights.policy import TAKEN_OUT
from serving.tables import Complaint, Improvement
from tests.api import quality_seed as work
from tests.api.quality_seed import LINE

COMPLAINT = {
    "kind": "complaint", "subject": "organisation", "told_by": "learner", "received_on": "2026-06-01",
    "channel": "email", "session_id": "", "learner": "", "summary": work.WORDS,
}  # fmt: skip
SAID = {
    AS_WRITTEN: None,
    ALTERED: "n’est pas ce que le journal",
    EMPTIED: "Des mots écrits ici ont été effacés depuis",
}


def said(page):
    """Return what a page says of its line; the two sentences are never there together."""
    found = [standing for standing, text in SAID.items() if text and text in page]
    assert len(found) < 2
    return found[0] if found else AS_WRITTEN


@pytest.fixture
def places(browser, send):
    """A complaint and a line of the plan; their pages."""
    client = browser("qualite")
    complaint = send(client, "/quality/complaints", COMPLAINT).headers["location"]
    return {Complaint: complaint, Improvement: send(client, "/quality/improvements", LINE).headers["location"]}


def test_an_improvement_made_of_a_complaint_is_written_in_the_complaints_own_history(browser, send, site, places):
    client = browser("qualite")
    made = send(client, "/quality/improvements", {**LINE, "source": "complaint", "source_key": "1"})
    assert made.status_code == 303
    page = client.get(places[Complaint]).text
    assert said(page) == AS_WRITTEN
    assert 'name="version" value="2"' in page
    with site.database.read() as session:
        told = [one.event for one in entries(session)][-2:]
    assert told == ["improvement_recorded", "complaint_changed"]


ERASURES = [
    (Complaint, {"summary": "", "answer": ""}, EMPTIED),
    (Complaint, {"summary": f"Vu avec {TAKEN_OUT}"}, EMPTIED),
    (Complaint, {"summary": "", "state": "closed"}, ALTERED),
    (Complaint, {"summary": "Autre chose"}, ALTERED),
    (Improvement, {"finding": f"{TAKEN_OUT} rappelé tard"}, EMPTIED),
    (Improvement, {"owner": ""}, EMPTIED),
    (Improvement, {"finding": "Autre chose"}, ALTERED),
]


@pytest.mark.parametrize(("table", "changed", "standing"), ERASURES)
@pytest.mark.parametrize("event", ["person_erased", "retention_applied", None])
def test_erased_words_are_not_called_a_change_behind_the_journal(
    browser, site, places, table, changed, standing, event
):
    with site.database.write() as session:
        for name, value in changed.items():
            setattr(session.scalar(select(table)), name, value)
        if event:
            journal.append(session, event, at=site.clock.now())
    assert said(browser("qualite").get(places[table]).text) == (standing if event else ALTERED)


def test_a_line_that_the_journal_never_heard_of_is_said(browser, site):
    with site.database.write() as session:
        row = Improvement(
            indicator="12", source="audit", finding="x", decision="x", owner="x", due_on=site.clock.today(),
            state="planned", state_at=site.clock.now(), effect="", created_by=1, created_at=site.clock.now(), version=1,
        )  # fmt: skip
        session.execute(delete(Improvement))
        session.add(row)
    assert said(browser("qualite").get("/quality/improvements/1").text) == ALTERED
    assert said(browser("qualite").get("/quality/improvements/new").text) == AS_WRITTEN
