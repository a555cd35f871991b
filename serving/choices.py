"""The words of every choice a person makes or reads; English here, French in `locales/`."""

from __future__ import annotations

from serving.language import mark

ROLES = {
    "mentor": mark("Mentor"),
    "deputy": mark("Deputy mentor"),
    "course_lead": mark("Course lead"),
    "data_scientist": mark("Data scientist"),
    "quality": mark("Quality"),
    "admin": mark("Administration"),
}
STATES = {
    "open": mark("To be looked at"),
    "acknowledged": mark("Taken on"),
    "in_contact": mark("In contact"),
    "resolved": mark("Resolved"),
    "dismissed": mark("Set aside"),
}
OUTCOMES = {
    "back_on_track": mark("Back on track"),
    "plan_agreed": mark("A plan was agreed"),
    "left_for_job": mark("Left for a job"),
    "abandoned": mark("Abandoned"),
    "unreachable": mark("Unreachable"),
    "false_alarm": mark("False alarm"),
    "already_known": mark("Already known and followed"),
    "other": mark("Another reason"),
}
KINDS = {
    "call": mark("Call"),
    "message": mark("Message"),
    "interview": mark("Interview"),
    "adaptation": mark("Adaptation of the training"),
    "mediation": mark("Mediation"),
    "referral": mark("Referral to a partner"),
}
CHANNELS = {
    "phone": mark("Telephone"),
    "email": mark("E-mail"),
    "sms": mark("Text message"),
    "video": mark("Video call"),
    "in_person": mark("In person"),
    "community": mark("Community"),
    "letter": mark("Letter"),
}
RESULTS = {
    "reached": mark("We spoke"),
    "left_message": mark("Message left"),
    "no_answer": mark("No answer"),
    "agreed": mark("An agreement was found"),
    "declined": mark("The learner declined"),
}
NEXT_STEPS = {
    "none": mark("Nothing more for now"),
    "call_again": mark("Call again"),
    "interview": mark("Interview"),
    "adaptation": mark("Adaptation of the training"),
    "mediation": mark("Mediation"),
    "referral": mark("Referral to a partner"),
}
LEVELS = {"high": mark("High"), "watch": mark("To watch"), "calm": mark("Nothing to report")}
EVENTS = {
    "alert_opened": mark("Alert opened"),
    "alert_acknowledged": mark("Alert taken on"),
    "alert_in_contact": mark("Learner in contact"),
    "alert_resolved": mark("Alert resolved"),
    "alert_dismissed": mark("Alert set aside"),
    "action_recorded": mark("Action"),
}
MODEL_LEVELS = {
    "rules": mark("rules"),
    "peers": mark("comparison with the session"),
    "logistic": mark("logistic regression"),
    "lightgbm": mark("gradient boosting (LightGBM)"),
}
VERDICTS = {
    "not_enough_data": mark("Not enough data"),
    "stable": mark("Stable"),
    "watch": mark("To watch"),
    "drifted": mark("Drifted"),
}
FIGURES = {
    "n": mark("Rows of the test"),
    "base_rate": mark("Base rate"),
    "roc_auc": mark("ROC AUC"),
    "pr_auc": mark("PR-AUC"),
    "brier": mark("Brier score"),
    "ece": mark("Calibration error (ECE)"),
    "precision_at_10pct": mark("Precision over the first tenth"),
    "recall_at_20pct": mark("Recall over the first fifth"),
    "leaky_roc_auc": mark("ROC AUC measured the leaky way"),
}
FLASHES = {
    "acknowledged": mark("You have taken this alert on."),
    "in_contact": mark("The alert is marked in contact."),
    "resolved": mark("The alert is resolved. Thank you: it is in the register."),
    "dismissed": mark("The alert is set aside, with its reason."),
    "action_recorded": mark("The action is recorded and in the register."),
    "signed_out": mark("You are signed out."),
    "account_changed": mark("The account is up to date."),
    "password_changed": mark("Your password is changed; your other sessions are over."),
    "session_ended": mark("The session is over."),
    "token_revoked": mark("The token is revoked."),
    "absence_recorded": mark("The absence is written down."),
    "absence_ended": mark("The absence is over."),
}
