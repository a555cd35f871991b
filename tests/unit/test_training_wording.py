"""What the card and the report say is words: no raw object, no code name of a level."""

import pytest

from training.wording import outcomes, records, why_it_serves

NONE = {"recorded": 0, "silence": 0, "undated": 0, "neutral": 0, "enrolments": 3}
GAIN = {"value": 0.0242, "low": 0.0007, "high": 0.0846}


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (NONE, "0 recorded exits, of 3 enrolments"),
        (
            NONE | {"recorded": 74, "silence": 63, "enrolments": 486},
            "74 recorded exits, 63 read from silence, of 486 enrolments",
        ),
        (
            NONE | {"recorded": 1, "undated": 93, "neutral": 4},
            "1 recorded exit, 93 without a date, 4 neutral exits or transfers, of 3 enrolments",
        ),
    ],
)
def test_exits_are_told_in_words(counts, said):
    assert outcomes(counts) == said


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ({}, "Records as of table versions: none."),
        ({"sessions": 0, "activity": 12}, "Records as of table versions: activity 12, sessions 0."),
    ],
)
def test_records_are_told_in_words(versions, said):
    assert records(versions) == said


def step(level, against, gain, passed):
    return {"level": level, "against": against, "gain": gain, "passed": passed}


RULES = step("rules", "", None, True)
PEERS, BEATEN = step("peers", "rules", GAIN, True), step("peers", "rules", GAIN, False)


@pytest.mark.parametrize(
    ("level", "ladder", "said"),
    [
        ("rules", [RULES], "What serves: rules, because it is the lowest level of the ladder."),
        (
            "rules",
            [RULES, BEATEN, step("logistic", "rules", GAIN, False), step("lightgbm", "rules", GAIN, False)],
            "What serves: rules, because it is the lowest level of the ladder; comparison with peers, logistic"
            " regression and gradient boosting (LightGBM) did not beat it by an interval above zero.",
        ),
        (
            "peers",
            [RULES, PEERS, step("lightgbm", "peers", GAIN, False)],
            "What serves: comparison with peers, because its PR-AUC on later sessions beats that of rules by 0.0242"
            " (95 % interval 0.0007 to 0.0846); gradient boosting (LightGBM) did not beat it"
            " by an interval above zero.",
        ),
    ],
)
def test_why_a_level_serves(level, ladder, said):
    assert why_it_serves({"level": level, "ladder": ladder}) == said


def test_why_unmeasured_rules_serve():
    assert "nothing could be measured" in why_it_serves({"level": "rules", "ladder": [RULES], "measured": False})
