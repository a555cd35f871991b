"""The governance file on the pages and from the work database: counts, by role unless names are asked for."""

import pytest

from serving.governance import service
from serving.tables import Account
from tests.api import serving_seed as seed


@pytest.fixture
def acknowledged(browser, send):
    client = browser("zina")
    alert = client.get("/api/v1/alerts").json()["alerts"][0]
    answer = send(client, f"/api/v1/alerts/{alert['id']}/transitions", json={"to": "acknowledged"})
    assert answer.status_code == 200


def test_the_page_lists_the_pieces_and_gives_each(browser):
    for who in ("data", "qualite", "admin"):
        client = browser(who)
        page = client.get("/watch/governance")
        assert page.status_code == 200
        assert "Analyse d’impact" in page.text
        assert len(page.content) < 100_000
    piece = client.get("/watch/governance/aipd.md")
    assert piece.headers["content-disposition"] == 'attachment; filename="aipd.md"'
    assert piece.text.startswith("# Analyse d’impact")
    assert client.get("/watch/governance/../aipd.md").status_code == 404
    assert client.get("/watch/governance/autre.md").status_code == 404
    pdf = client.get("/watch/governance/dossier.pdf")
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


def test_what_people_did_is_counted_by_role_or_by_name_and_no_learner_is_in_it(browser, site, acknowledged):
    with site.database.read() as session:
        by_role, by_name = (
            service.know(session, site.settings, day=seed.TODAY, named=named) for named in (False, True)
        )
        people = {one.display_name for one in session.query(Account).all()}
        whole = "".join(one.text for one in service.file_of(session, site.settings, day=seed.TODAY))
    assert ("alert_acknowledged", "mentor", 1) in by_role.gestures
    assert ("alert_acknowledged", "Zina Mirageville", 1) in by_name.gestures
    learners = {seed.name_of(n) for n in range(22)} | {str(seed.learner_id(n)) for n in range(22)}
    assert not [one for one in people | learners if one in whole]


def test_what_was_done_later_is_not_told_of_an_earlier_day(site, acknowledged):
    with site.database.read() as session:
        earlier = service.know(session, site.settings, day=seed.DAY_BEFORE)
    assert earlier.gestures == []
