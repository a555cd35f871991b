"""The words of a challenger: where it stands, what the gate said, what is measured of it."""

from __future__ import annotations

from serving.language import mark

STANDINGS = {
    "waiting": mark("Too few days in the shadow yet"),
    "better": mark("Ranks better than the model that serves, on the labels known since"),
    "worse": mark("Ranks worse than the model that serves, on the labels known since"),
    "no_difference": mark("No difference shown, on the labels known since"),
    "not_enough_data": mark("Too few labels known since to tell the two apart"),
}
GATE_WORDS = {
    "better": mark("Better in the test"),
    "as good": mark("As good in the test"),
    "may be worse": mark("Perhaps worse: too few rows to exclude it"),
    "worse": mark("Worse in the test"),
    "cannot be compared": mark("Cannot be compared with the model that serves"),
    "nothing to compare with": mark("Nothing to compare it with"),
}
DUEL_FIGURES = {
    "pr_auc": mark("PR-AUC"),
    "roc_auc": mark("ROC AUC"),
    "brier": mark("Brier score"),
    "ece": mark("Calibration error (ECE)"),
    "recall_at_capacity": mark("Share of the leavers’ rows alerted"),
    "alerts_per_list": mark("Alerts a mentor, each time"),
}
