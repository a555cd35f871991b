"""What is done with the model that serves: a table of cases."""

import pytest

from monitoring.performance import AS_EXPECTED, BETTER, WORSE
from monitoring.verdict import ACTIONS, REASONS, Signs, verdict

CASES = {
    "the first day: nothing is known": (Signs(), "not_enough_data", ("no_label_yet", "nothing_to_compare")),
    "no label yet, nothing moved": (Signs(drift="stable"), "keep", ("no_label_yet",)),
    "a few columns moved, no label yet": (Signs(drift="watch"), "keep", ("no_label_yet",)),
    "all turns out as expected": (
        Signs(drift="stable", ranking=AS_EXPECTED, calibration=AS_EXPECTED), "keep", ("as_expected",)),
    "better than expected": (Signs(drift="stable", ranking=BETTER), "keep", ("as_expected",)),
    "the data drifted, the scores hold": (
        Signs(drift="drifted", ranking=AS_EXPECTED, calibration=AS_EXPECTED), "keep", ("data_drifted", "as_expected")),
    "the data drifted, no label yet": (Signs(drift="drifted"), "retrain", ("data_drifted", "no_label_yet")),
    "the data drifted for a source is quiet": (
        Signs(drift="drifted", quiet=["activity"]), "keep", ("source_quiet", "data_drifted", "no_label_yet")),
    "it ranks worse": (Signs(drift="stable", ranking=WORSE), "retrain", ("ranks_worse",)),
    "it ranks worse, and no better than the level below": (
        Signs(drift="stable", ranking=WORSE, below=True), "fall_down", ("ranks_no_better_than_below", "ranks_worse")),
    "rules have nothing below": (Signs(drift="stable", ranking=WORSE, below=True, rules=True), "retrain",
                                 ("ranks_worse",)),
    "a weak test is no fall: as expected, if no better than below": (
        Signs(drift="stable", ranking=AS_EXPECTED, below=True), "keep", ("as_expected",)),
    "only its probabilities are off": (
        Signs(drift="stable", ranking=AS_EXPECTED, calibration=WORSE), "recalibrate", ("probabilities_off",)),
    "both are off": (Signs(drift="stable", ranking=WORSE, calibration=WORSE), "retrain",
                     ("ranks_worse", "probabilities_off")),
    "the estimate fell, no label yet": (Signs(drift="stable", estimate=0.06), "retrain",
                                        ("estimate_low", "no_label_yet")),
    "labels say more than the estimate": (Signs(drift="stable", estimate=0.06, ranking=AS_EXPECTED), "keep",
                                          ("as_expected",)),
    "a new course alone": (Signs(drift="stable", new_courses=["C"]), "keep", ("new_courses", "no_label_yet")),
    "more than a year old": (Signs(drift="stable", age_days=366), "retrain", ("too_old", "no_label_yet")),
    "a year old": (Signs(drift="stable", age_days=365), "keep", ("no_label_yet",)),
    "old, and as good as ever": (Signs(drift="stable", age_days=400, ranking=AS_EXPECTED), "keep",
                                 ("too_old", "as_expected")),
    "rules by default": (Signs(measured=False), "not_enough_data",
                         ("no_label_yet", "nothing_to_compare", "never_measured")),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_verdict(name):
    signs, action, reasons = CASES[name]
    found = verdict(signs)
    assert (found.action, found.reasons) == (action, reasons)


def test_every_action_and_reason_has_a_case():
    assert {action for _, action, _ in CASES.values()} == set(ACTIONS)
    assert {reason for *_, reasons in CASES.values() for reason in reasons} == set(REASONS)
