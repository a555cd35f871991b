"""What is said of prevention: words for each verdict, the rows it rests on, the page."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from monitoring.e_value import e_value
from serving.effects.wording import tell
from serving.language import Speech

SPEECH = {lang: Speech(lang, ZoneInfo("Europe/Paris")) for lang in ("fr", "en")}
DESIGN = {
    "verdict": "estimated", "method": "doubly_robust", "n": 4000, "n_learners": 900, "n_contacted": 700,
    "n_abandoned": 240, "missing_learners": 0, "missing_events": 0, "naive": 0.011, "share_compared": 0.93,
    "with_contact": 0.031, "without_contact": 0.062, "difference": -0.031, "low": -0.05, "high": -0.012,
    "e_value": e_value(0.5), "e_value_limit": 1.83,
}  # fmt: skip


def measured(*, before_after=-0.02, **changed):
    design = DESIGN | changed
    return {"as_of": "2026-06-15", "horizon": 28, "window": 7, "rested": 28, "first": design["method"],
            "designs": {design["method"]: design}, "before_after": before_after}  # fmt: skip


NOTHING = {"difference": None, "low": None, "high": None, "with_contact": None, "without_contact": None,
           "e_value": None, "e_value_limit": None, "share_compared": None, "naive": None}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "headline", "within"),
    [
        ({}, "Contacts help: 3.1 points fewer abandonments within 28 days.", "at least 3.4 times as likely; 1.8 times"),
        ({"low": -0.07, "high": 0.01, "e_value_limit": 1.0}, "Nothing is proven: contacts may help, or change nothing.",
         "The interval already holds zero"),
        ({"difference": 0.02, "low": 0.01, "high": 0.03},
         "Contacted learners abandon more, by 2 points within 28 days: look at who is contacted, and why.",
         "+2 points"),
        ({**NOTHING, "verdict": "not_enough_data", "missing_learners": 12, "missing_events": 34},
         "Not enough data to say whether contacts change anything.",
         "12 more learners on the smaller side (contacted or not), and 34 more abandonments"),
        ({**NOTHING, "verdict": "no_overlap", "share_compared": 0.31},
         "Those contacted and the others are too unlike to be compared.", "Only 31% of the alerts"),
        ({"method": "intention_to_treat"}, "Contacts help: 3.1 points fewer abandonments within 28 days.",
         "drawn at random: the two sides were alike"),
    ],
    ids=["helps", "nothing proven", "harms", "not enough", "no overlap", "drawn"],
)  # fmt: skip
def test_each_verdict_has_its_words(changed, headline, within):
    told = tell(measured(**changed), SPEECH["en"])
    assert told.headline == headline
    assert within in " ".join(told.sentences)
    assert told.as_of == date(2026, 6, 15)
    french = tell(measured(**changed), SPEECH["fr"])
    assert len(french.sentences) == len(told.sentences)
    assert french.headline != told.headline


def test_what_misleads_is_told_beside_why():
    told = tell(measured(), SPEECH["en"])
    assert [line for line, _ in told.misleading] == [
        "Those contacted against the others: +1.1 points.",
        "All learners, since the first contact against before: −2 points.",
    ]
    assert all(why.startswith("Misleading:") for _, why in told.misleading)
    assert tell(measured(before_after=None, naive=None), SPEECH["en"]).misleading == ()


def test_what_was_drawn_needs_no_word_on_what_people_knew():
    chosen, drawn = (tell(measured(method=one), SPEECH["en"]) for one in ("doubly_robust", "intention_to_treat"))
    assert len(chosen.limits) == len(drawn.limits) + 2


def test_figures_are_those_measured():
    told = dict(tell(measured(), SPEECH["fr"]).figures)
    assert told["Abandonnent avec un contact"] == "3,1\u00a0%"
    assert told["Abandons"] == "240"
