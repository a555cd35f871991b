"""Survey chasing through the pages: whom to ask again, once, and which wave a survey is."""

import re

from serving.tables import (
    SurveyChase,
    SurveyWave,
)
from tests.api import quality_seed as work
from tests.api import serving_seed as seed
from tests.api.quality_seed import entries, rows_of

MINE, THEIRS = seed.enrolment_id(0), seed.enrolment_id(12)


def ticked(page):
    return re.findall(r'name="who" id="[^"]+" value="([^"]+)"', page)


def test_a_silent_wave_is_chased_in_bulk_and_taken_back(browser, send, year):
    client = browser("qualite")
    page = client.get("/quality/surveys").text
    who = ticked(page)
    assert len(who) == 6 + 4, "six of eight did not answer the first, four were sent the second"
    assert "25" in page.split("Retour par vague")[1], "two of eight answered"
    both = {"who": who[:2], "channel": "phone", "csrf": client.csrf}
    assert client.post("/quality/surveys/chase", data=both).status_code == 303
    assert len(rows_of(year, SurveyChase)) == 2
    after = client.get("/quality/surveys").text
    assert len(ticked(after)) == len(who) - 2, "they wait for their delay"
    assert "noter 2 relances" in after
    again = client.post("/quality/surveys/chase", data=both)
    assert len(rows_of(year, SurveyChase)) == 2, "nobody is chased twice the same day"
    assert "survey_nobody" in str(again.headers)
    assert send(client, "/quality/surveys/undo").status_code == 303
    assert rows_of(year, SurveyChase) == []
    told = entries(year, "survey_chased", "survey_chase_undone")
    assert [event for event, *_ in told] == ["survey_chased"] * 2 + ["survey_chase_undone"] * 2
    assert {who for _, who, _ in told} == {int(one.split(":")[0]) for one in both["who"]}


def test_only_who_is_to_be_chased_is(browser, year):
    client = browser("qualite")
    answered, stranger = seed.enrolment_id(work.FIRST), MINE
    nonsense = [f"{answered}:immediate", f"{stranger}:immediate", "x:immediate", f"{answered}:never", "", "9" * 40]
    sent = client.post("/quality/surveys/chase", data={"who": nonsense, "channel": "email", "csrf": client.csrf})
    assert sent.status_code == 303
    assert rows_of(year, SurveyChase) == []
    bad = client.post("/quality/surveys/chase", data={"who": [], "channel": "pigeon", "csrf": client.csrf})
    assert bad.status_code == 422


def test_the_wave_of_a_survey_is_told_on_the_page(browser, send, year):
    client = browser("qualite")
    assert send(client, f"/quality/surveys/{work.LATER}/wave", {"wave": "none"}).status_code == 303
    assert len(ticked(client.get("/quality/surveys").text)) == 6
    assert send(client, f"/quality/surveys/{work.LATER}/wave", {"wave": "nonsense"}).status_code == 422
    assert send(client, "/quality/surveys/999/wave", {"wave": "none"}).status_code == 422
    assert send(client, f"/quality/surveys/{work.LATER}/wave", {"wave": ""}).status_code == 303
    assert rows_of(year, SurveyWave) == []
    assert len(ticked(client.get("/quality/surveys").text)) == 10


def test_without_a_survey_of_the_end_nothing_is_said_to_be_missing(browser, site):
    work.fill(site)
    client = browser("qualite")
    assert "Aucune enquête de fin de formation" in client.get("/quality/surveys").text
    kinds = {one["kind"] for one in client.get("/api/v1/quality/gaps").json()["gaps"]}
    assert not {kind for kind in kinds if kind.startswith("survey")}


def test_a_message_to_adapt_names_nobody(browser, year):
    page = browser("qualite").get("/quality/surveys").text
    mailto = re.search(r'href="(mailto:[^"]+)"', page)[1]
    assert mailto.startswith("mailto:?subject=")
    assert "A-" not in mailto
