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
    "snoozed": mark("Put off"),
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
ALERT_KINDS = {
    "declared_intention": mark("Says they may leave"),
    "unanswered_question": mark("A question left unanswered"),
    "never_started": mark("Has never started"),
    "sudden_silence": mark("Sudden silence"),
    "repeated_absence": mark("Absent again"),
    "missed_assessments": mark("Assessments missed"),
    "low_nps": mark("Would not recommend the training"),
    "model_risk": mark("Estimated risk"),
}
HOLDS = {
    "objected": mark("The learner does not agree that this is read"),
    "source_quiet": mark("A source has gone quiet: an outage is not disengagement"),
    "little_history": mark("Too short a history for the model"),
    "session_signal": mark("The whole session sinks together: the course lead has a signal"),
    "closure": mark("Closure"),
    "public_holiday": mark("Public holiday"),
    "in_company": mark("In their company"),
    "mentor_away": mark("The mentor is away and nobody stands in"),
    "day_off": mark("The mentor does not work that day"),
}
MOTIVES = {
    "personal": mark("Personal or family reasons, health"),
    "job": mark("Found a job"),
    "unsuitable": mark("Level or content unsuitable"),
    "relations": mark("Relations with trainers or trainees"),
    "money": mark("Money"),
    "distance": mark("Distance"),
    "other_training": mark("Another training"),
    "imposed": mark("The training was imposed"),
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
    "alert_snoozed": mark("Alert put off"),
    "alert_woken": mark("Alert back after being put off"),
    "alert_reassigned": mark("Alert given to another mentor"),
    "alert_escalated": mark("Alert sent to the course lead"),
    "alert_joined": mark("New reasons joined the alert"),
    "signals_joined": mark("New reasons joined the alert"),
    "alert_resolved": mark("Alert resolved"),
    "alert_dismissed": mark("Alert set aside"),
    "alert_reopened": mark("Alert opened again"),
    "alert_rated": mark("Usefulness of the alert said"),
    "alert_undone": mark("Last step taken back"),
    "action_recorded": mark("Action"),
    "alert_erased": mark("Alert erased with its learner"),
    "alert_expired": mark("Alert past the time for which it is kept"),
}
TASKS = {"abandoned": mark("Abandonment"), "fail": mark("Failure or abandonment")}
"""What a model foretells, by the first word of its task's code."""
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
WATCH_ACTIONS = {
    "keep": mark("Keep the model"),
    "recalibrate": mark("Recalibrate the model"),
    "retrain": mark("Train a new model"),
    "fall_down": mark("Go back down a level"),
    "not_enough_data": mark("Not enough data yet"),
}
WATCH_TODO = {
    "keep": mark("Nothing to do. The watch looks again every day."),
    "recalibrate": mark("Its order holds, its probabilities do not: filrouge train makes a calibrated challenger."),
    "retrain": mark("Run filrouge train: the new model waits as challenger until a person promotes it."),
    "fall_down": mark("Promote an earlier or simpler version: filrouge models list, then filrouge models promote."),
    "not_enough_data": mark("Wait for lists to be scored and for their horizon to be over."),
}
WATCH_REASONS = {
    "ranks_no_better_than_below": mark("It ranks no better than the level below did in the test."),
    "ranks_worse": mark("It ranks worse than its test promised."),
    "source_quiet": mark("A source is quiet: what moved may come from there, and one does not train on an outage."),
    "probabilities_off": mark("Its probabilities are off: more or fewer abandonments than it says."),
    "estimate_low": mark("Without labels yet, the estimate of its ranking has fallen."),
    "data_drifted": mark("A large share of the features moved."),
    "new_courses": mark("A course that the model never saw is being scored."),
    "too_old": mark("It was trained more than a year ago."),
    "as_expected": mark("The labels that are known turn out as expected."),
    "no_label_yet": mark("No label is known yet of its own lists, or too few."),
    "nothing_to_compare": mark("No earlier session in the same weeks to compare the list with."),
    "never_measured": mark("Rules by default: no test has measured them on this site."),
}
FRESHNESS = {
    "fresh": mark("As usual"),
    "slow": mark("Far less than usual"),
    "quiet": mark("Quiet"),
    "not_enough_data": mark("Too little history"),
}
RECORD_KINDS = {
    "activity": mark("Logins and views"),
    "posts": mark("Community posts"),
    "quiz_results": mark("Marks"),
    "survey_answers": mark("Survey answers"),
    "attendance": mark("Attendance"),
}
LEARNER_GROUPS = {
    "by_gender": mark("Sex"),
    "by_age_band": mark("Age band"),
    "by_disability": mark("Declared disability"),
}
"""Attributes by which scores are audited; none is ever a feature."""
GROUP_WORDS = {
    "F": mark("Women"),
    "M": mark("Men"),
    "True": mark("Declared"),
    "False": mark("None declared"),
}
MEASURES = {
    "horizon": mark("Labels of the model’s own horizon"),
    "short": mark("Labels of the short horizon"),
    "estimate": mark("Estimate without labels"),
}
FIGURES = {
    "ratio": mark("Observed over expected"),
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
DIGESTS = {
    "daily": mark("Each day"),
    "weekly": mark("Once a week"),
    "none": mark("Never"),
}
WEEKDAYS = {
    "1": mark("Monday"),
    "2": mark("Tuesday"),
    "3": mark("Wednesday"),
    "4": mark("Thursday"),
    "5": mark("Friday"),
    "6": mark("Saturday"),
    "7": mark("Sunday"),
}
PLACES = {
    "email": mark("E-mail"),
    "slack": mark("Slack"),
    "mattermost": mark("Mattermost"),
    "teams": mark("Teams (workflow)"),
    "discord": mark("Discord"),
    "webhook": mark("Another program (JSON)"),
}
HOOK_EVENTS = {
    "alert.opened": mark("Alert opened"),
    "alert.closed": mark("Alert closed"),
    "alert.escalated": mark("Alert handed on"),
    "session.signal": mark("A session sinks together"),
}
MESSAGE_KINDS = {
    "digest": mark("Round-up"),
    "grave": mark("Alert without waiting"),
    "trial": mark("Trial"),
    "sources": mark("Word on a source"),
    "challenger": mark("A model to decide on"),
    **HOOK_EVENTS,
}
SEND_FAILURES = {
    "unreachable": mark("the other side did not answer, or refused"),
    "timeout": mark("the other side took too long"),
    "unknown_host": mark("no machine has this name"),
    "refused_address": mark("messages may not go to this address"),
    "no_mail_server": mark("no mail server is set"),
    "closed": mark("the account or the channel was closed"),
    "sealed": mark("the key that opens its address is lost: remove the channel and add it again"),
}
FLASHES = {
    "acknowledged": mark("You have taken this alert on."),
    "in_contact": mark("The alert is marked in contact."),
    "resolved": mark("The alert is resolved. Thank you: it is in the register."),
    "dismissed": mark("The alert is set aside, with its reason."),
    "snoozed": mark("The alert is put off; it comes back by itself."),
    "reassigned": mark("The alert is given to another mentor."),
    "escalated": mark("The course lead has the alert."),
    "reopened": mark("The alert is open again."),
    "woken": mark("The alert is back on the list."),
    "rated": mark("Thank you: what was useful teaches the next alerts."),
    "undone": mark("The last step is taken back."),
    "action_recorded": mark("The action is recorded and in the register."),
    "signed_out": mark("You are signed out."),
    "account_changed": mark("The account is up to date."),
    "bulk_done": mark("Done for the alerts chosen that allowed it."),
    "bulk_nothing": mark("Nothing was done: choose learners whose alert allows this step."),
    "not_undone": mark("There is nothing of yours to take back any more."),
    "signal_closed": mark("The signal is closed, with your word."),
    "playbook_changed": mark("The playbook is up to date, and the change is in the journal."),
    "preferences_kept": mark("Your choices are kept."),
    "channel_added": mark("The channel is added: send a trial to be sure of it."),
    "channel_removed": mark("The channel is removed."),
    "trial_written": mark("A trial leaves within a minute. Reload the page to see what became of it."),
    "webhook_removed": mark("The webhook is removed."),
    "password_changed": mark("Your password is changed; your other sessions are over."),
    "session_ended": mark("The session is over."),
    "token_revoked": mark("The token is revoked."),
    "request_kept": mark("The request is up to date in the register."),
    "backup_kept": mark("The list of backups is up to date."),
    "person_corrected": mark("It is corrected; imports will not undo it."),
    "decision_kept": mark("The decision is written down; scores follow at the next run."),
    "retention_done": mark("What is past its time is being removed; the report tells it once it is done."),
    "absence_recorded": mark("The absence is written down."),
    "absence_ended": mark("The absence is over."),
    "procedure_kept": mark("The procedure is kept, and the change is in the journal."),
    "course_decided": mark("Your decision on this course is kept, with its reason."),
    "course_ruled": mark("The rule decides of this course again."),
    "standard_kept": mark("The words of the standard are up to date, and the change is in the journal."),
    "draw_decided": mark("Your decision is kept, and it is in the journal."),
    "gap_explained": mark("The reason is kept, and in the journal: this proof is asked for no more."),
    "gap_asked_again": mark("The reason is taken back: the proof is missing again."),
    "appointment_planned": mark("The appointment is planned."),
    "appointment_kept": mark("The appointment is marked kept. Record now what was done."),
    "appointment_missed": mark("The appointment is marked missed."),
    "appointment_cancelled": mark("The appointment is cancelled."),
    "appointment_planned_again": mark("The appointment is planned again."),
    "improvement_recorded": mark("The improvement is in the plan."),
    "improvement_changed": mark("The improvement is up to date, and the change is in the journal."),
    "complaint_recorded": mark("It is registered, and in the journal."),
    "complaint_changed": mark("It is up to date, and the change is in the journal."),
    "difficulty_declared": mark("The quality team has it. You find it again among what you declared."),
    "survey_chased": mark("The reminders of today are written down."),
    "survey_nobody": mark("Nothing was written down: tick learners who are to be chased."),
    "survey_wave_told": mark("The survey’s wave is kept."),
    "pack_made": mark("The pack is made, and in the journal."),
    "challenger_promoted": mark("It serves from the next scores on; the page says how to go back."),
    "challenger_dismissed": mark("The challenger is set aside, with your reason."),
    "challenger_recalled": mark("The challenger waits again."),
}
SURENESS = {
    "order": mark("Rules: they order the list, and measure nothing."),
    "short": mark("Not a sure estimate: followed for %(days)s days."),
    "wide": mark("Not a sure estimate: it could be from %(low)s to %(high)s."),
    "fair": mark("Of the usual sureness: from %(low)s to %(high)s."),
    "unknown": mark("How sure it is was not measured."),
}
CHANNEL_KINDS = {
    "help": mark("Help"),
    "discussion": mark("Discussion"),
    "introductions": mark("Introductions"),
    "announcements": mark("Announcements"),
    "forum": mark("Forum"),
    "comment": mark("Comments"),
}
COMMUNITY_FIGURES = {
    "answered": mark("Answer rate"),
    "first_answer": mark("Delay of the first answer"),
    "participation": mark("Participation rate"),
    "learners_share": mark("Share of messages by learners"),
}
LEARNER_OUTCOMES = {
    "ongoing": mark("In training"),
    "completed": mark("Completed"),
    "abandoned": mark("Abandoned"),
    "neutral_exit": mark("Neutral exit"),
    "transferred": mark("Moved to another session"),
}
DAILY_STEPS = {
    "import": mark("Import of the sources"),
    "actions": mark("Actions of the mentors, to the records"),
    "score": mark("Scores"),
    "alerts": mark("Round of the alerts"),
    "notify": mark("Messages"),
    "monitor": mark("Watch over data and model"),
    "challenge": mark("Challenger: training and shadow"),
    "tidy": mark("Tidying up"),
}
DAILY_STATES = {
    "waiting": mark("To be done"),
    "running": mark("Under way"),
    "done": mark("Done"),
    "failed": mark("Failed"),
    "left": mark("Not done"),
}
DAILY_FAILURES = {
    "model": mark("No model can score."),
    "source": mark("The source could not be read."),
    "records": mark("The records could not be used: another import was running, or they are damaged."),
    "database": mark("The work database did not answer."),
    "settings": mark("A setting is not accepted."),
    "home": mark("The working folder cannot be used."),
    "refused": mark("Something that this step needs is missing."),
    "memory": mark("The machine had not enough memory."),
    "machine": mark("The machine refused: a disk, a file or the network."),
    "unexpected": mark("An error that was not foreseen."),
    "interrupted": mark("It was stopped before its end."),
    "died": mark("Its process died before its end."),
    "sources": mark("Some sources could not be imported; the others were, and the alerts rest on what is known."),
    "file": mark("The file of sources is not accepted here."),
}
DAILY_REMEDIES = {
    "model": mark("Train one: filrouge train."),
    "source": mark("Check that it is there and answers, then its address, its rights and its secret."),
    "records": mark("Wait for the end of the other import; then run filrouge daily again."),
    "database": mark("Check that it is started and reachable, then run filrouge daily again."),
    "settings": mark("Correct it, then run filrouge daily again."),
    "home": mark("Read the detail: its rights, the room on its disk, or records of another site."),
    "refused": mark("Read the detail, then run filrouge daily again."),
    "memory": mark("Give it more, or run the day when it does less."),
    "machine": mark("Check the room left and the rights, then run filrouge daily again."),
    "unexpected": mark("Give the detail to whoever looks after Filrouge."),
    "interrupted": mark("Nothing to do: the next run goes on from there."),
    "died": mark("Nothing to do: the next run takes it up."),
    "sources": mark("Mend each one, then run filrouge daily again."),
    "file": mark("Correct it, then try it: filrouge daily --check."),
}
