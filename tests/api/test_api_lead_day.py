"""A course lead's day: what the round-up announces is on the page that it opens, first."""

import re

import pytest

from serving.alerts import repository as alerts
from serving.language import Speech
from serving.notifications.digest import compose
from serving.tables import SessionSignal
from tests.api import serving_seed as seed

ESCALATED, OTHER = seed.enrolment_id(0), seed.enrolment_id(12)


@pytest.fixture
def told(site):
    """A signal, an alert handed on, and another of the same course."""
    with site.database.write() as session:
        session.add(SessionSignal(run_id=2, session_id="SECO-2606", course_id="SECO", opened_on=seed.TODAY, sinking=4,
                                  followed=8, state="open", state_at=seed.NOW, word=""))  # fmt: skip
        alerts.open_of_enrolment(session, ESCALATED, until=seed.TODAY).escalated_on = seed.TODAY


def section(page, start, end="</section>"):
    return page.split(start)[1].split(end)[0]


@pytest.mark.usefixtures("told")
def test_signals_and_alerts_handed_on_come_first_and_the_rest_is_folded(browser):
    page = browser("lea").get("/today").text
    assert page.index('id="signals"') < page.index('id="handed-on"') < page.index('<details class="data">')
    signals, handed_on = section(page, 'id="signals"'), section(page, 'id="handed-on"')
    assert 'href="/sessions/SECO-2606">Secrétaire comptable' in signals
    assert "4 apprenants sur 8" in signals
    assert (str(ESCALATED) in handed_on, str(OTHER) in handed_on) == (True, False)
    assert "transmise lundi 15 juin" in handed_on
    folded = section(page, '<details class="data">', "</details>")
    assert (str(ESCALATED) in folded, str(OTHER) in folded) == (False, True)
    assert "Une session décroche ensemble. Une alerte vous est transmise." in page


def test_a_day_without_any_says_so(browser):
    page = browser("lea").get("/today").text
    assert "aucune alerte ne vous est transmise" in page
    assert 'id="fresh"' not in page


@pytest.mark.usefixtures("told")
def test_each_line_of_a_leads_round_up_leads_to_a_page_that_shows_it(browser, site):
    words = compose("digest", {"signals": 1, "escalated": 1}, Speech("fr", site.clock.zone), day=seed.TODAY,
                    public_url="")  # fmt: skip
    pages = dict(words.lines)
    lead = browser("lea")
    (signals,) = [to for text, to in pages.items() if "Sessions" in text]
    (escalated,) = [to for text, to in pages.items() if "Alertes" in text]
    assert re.search(r"Secrétaire comptable[^<]*</a> <span[^>]*>décroche ensemble", lead.get(signals).text)
    assert "Transmises à vous" in lead.get(escalated).text


@pytest.mark.usefixtures("told")
def test_a_mentors_day_is_as_it_was(browser):
    page = browser("zina").get("/today").text
    assert 'id="fresh"' in page
    assert 'id="signals"' not in page
    assert "transmise lundi 15 juin" in page
