"""The reasons of an alert: each once, and two that say one fact in other words are one."""

import pytest

from serving.alerts.grounds import merged


def kind(*reasons):
    told = [{"feature": name, "value": value, "previous": None, "contribution": 0.0} for name, value in reasons]
    return {"kind": "any", "reasons": told}


LOGIN, ACTIVITY, POST = "days_since_last_login", "days_since_last_activity", "days_since_last_post"
CASES = {
    "each once, in the order of the kinds": (
        [kind((LOGIN, 26.0)), kind(("last_absences", 2.0), (LOGIN, 26.0))], [LOGIN, "last_absences"]),
    "the same number of days in the same family is one fact": (
        [kind((ACTIVITY, 26.0)), kind((LOGIN, 26.0))], [ACTIVITY]),
    "another number is another fact": ([kind((ACTIVITY, 4.0)), kind((LOGIN, 26.0))], [ACTIVITY, LOGIN]),
    "so is another family": ([kind((ACTIVITY, 26.0), (POST, 26.0))], [ACTIVITY, POST]),
    "so is another unit": ([kind((ACTIVITY, 3.0), ("logins_14d", 3.0))], [ACTIVITY, "logins_14d"]),
    "a feature that is no longer in the catalogue stays": (
        [kind(("of_before", 1.0), ("also", 1.0))], ["of_before", "also"]),
    "nothing": ([], []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_which_reasons_an_alert_keeps(name):
    told, expected = CASES[name]
    assert [one["feature"] for one in merged(told)] == expected
