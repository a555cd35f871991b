"""The improvement plan through the pages: from a finding to its effect, and two people at once."""

import json
import re

import pytest

from serving.tables import (
    Improvement,
)
from tests.api import quality_seed as work
from tests.api.quality_seed import entries, rows_of

LINE = work.LINE


def test_an_improvement_from_its_finding_to_its_effect(browser, send, site):
    client = browser("qualite")
    made = send(client, "/quality/improvements", LINE)
    place = made.headers["location"]
    assert "en retard" in client.get("/quality/improvements?state=late").text
    done = {**LINE, "version": "1", "done_on": "2026-06-10"}
    assert send(client, place, done).status_code == 303
    assert rows_of(site, Improvement)[0].state == "done"
    half = {**done, "version": "2", "checked_on": "2026-06-14"}
    refused = send(client, place, half)
    assert refused.status_code == 422
    assert {"effective-error", "effect-error"} <= set(re.findall(r'id="([\w-]+-error)"', refused.text))
    assert send(client, place, {**half, "effective": "no", "effect": "Rien n’a changé"}).status_code == 303
    (row,) = rows_of(site, Improvement)
    assert (row.state, row.effective, row.version) == ("checked", False, 3)
    back = {**LINE, "version": "3", "done_on": "2026-06-10"}
    assert send(client, place, back).status_code == 303, "a day taken away is a step back"
    assert rows_of(site, Improvement)[0].state == "done"
    page = client.get(place).text
    assert page.count("Modifiée") == 3
    assert "n’est pas ce que le journal" not in page
    api = client.get("/api/v1/quality/improvements").json()["improvements"]
    assert [(one["state"], one["late"], one["version"]) for one in api] == [("done", False, 4)]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"source": "complaint", "source_key": "99"}, "source_key"),
        ({"source_key": "x"}, "source_key"),
        ({"due_on": ""}, "due_on"),
        ({"indicator": "33"}, "indicator"),
        ({"finding": " "}, "finding"),
        ({"done_on": "1999-12-31"}, "done_on"),
    ],
)
def test_a_refused_improvement_is_said_beside_its_field(browser, send, site, changed, field):
    client = browser("qualite")
    answer = send(client, "/quality/improvements", {**LINE, **changed})
    assert answer.status_code == 422
    assert rows_of(site, Improvement) == []
    place = send(client, "/quality/improvements", LINE).headers["location"]
    answer = send(client, place, {**LINE, **changed, "version": "1"})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


def test_two_people_who_change_the_same_line_lose_nothing(browser, send, site):
    one, other = browser("qualite"), browser("qualite")
    place = send(one, "/quality/improvements", LINE).headers["location"]
    assert send(one, place, {**LINE, "version": "1", "decision": "La première"}).status_code == 303
    late = send(other, place, {**LINE, "version": "1", "decision": "La seconde"})
    assert late.status_code == 409
    assert "La seconde" in late.text
    assert 'name="version" value="2"' in late.text
    assert rows_of(site, Improvement)[0].decision == "La première"
    assert send(other, place, {**LINE, "version": "2", "decision": "La seconde"}).status_code == 303


def test_words_changed_without_the_journal_are_seen_and_the_journal_holds_no_word(browser, send, site):
    client = browser("qualite")
    place = send(client, "/quality/improvements", LINE).headers["location"]
    (told,) = entries(site, "improvement_recorded")
    assert not [text for text in (LINE["finding"], LINE["decision"], "Paul") if text in json.dumps(told[2])]
    with site.database.write() as session:
        session.get(Improvement, 1).finding = "Autre chose"
    assert "n’est pas ce que le journal" in client.get(place).text
