"""The written procedure, made from its settings: the paragraphs that an auditor reads. Pure."""

from __future__ import annotations

from serving.choices import WEEKDAYS
from serving.language import Speech, mark
from serving.quality.procedure.policy import WAVES, WHO, Procedure

Section = tuple[str, list[str]]
"""A heading and its paragraphs, in one language."""


def sections(procedure: Procedure, speech: Speech) -> list[Section]:
    """Return the written procedure: headings and paragraphs in the language of the speech."""
    writer = _Writer(procedure, speech)
    told = [
        (speech.say(mark("Purpose")), [speech.say(PURPOSE), speech.say(NO_SANCTION)]),
        (speech.say(mark("Absences")), writer.absences()),
        (speech.say(mark("Silence and alerts")), writer.alerts()),
        (speech.say(mark("Abandonment")), writer.abandonment()),
        (speech.say(mark("Surveys")), writer.surveys()),
        (speech.say(mark("Disability")), writer.disability()),
        (speech.say(mark("Complaints, difficulties, incidents")), writer.complaints()),
        (speech.say(mark("Evidence")), [speech.say(EVIDENCE), writer.proofs()]),
    ]
    return [(title, [text[:1].upper() + text[1:] for text in paragraphs]) for title, paragraphs in told]


PURPOSE = mark(
    "This procedure says how we keep learners committed and prevent drop-outs (indicator 12 of the national quality "
    "standard): who does what, and within what time, from the first absence to a declared abandonment."
)
NO_SANCTION = mark(
    "An alert asks a person to look; it decides nothing. No step of this procedure excludes or sanctions a learner."
)
EVIDENCE = mark(
    "Each alert, contact, decision and outcome is dated, signed by its author and kept in a journal whose entries are "
    "sealed one after the other. What was not done is written too, with its reason."
)


class _Writer:
    """Says each part; a step's actor is who the organisation named, else the role."""

    def __init__(self, procedure: Procedure, speech: Speech) -> None:
        self._is, self._say, self._language = procedure, speech.say, speech.language

    def _who(self, name: str) -> str:
        return getattr(self._is, name) or self._say(WHO[name][1])

    def _many(self, n: int, one: str, many: str) -> str:
        return self._say(one) if n == 1 else self._say(many, n=n)

    def _absences(self, n: int) -> str:
        return self._many(n, mark("one unexcused absence"), mark("%(n)s unexcused absences"))

    def _working(self, n: int) -> str:
        return self._many(n, mark("one working day"), mark("%(n)s working days"))

    def absences(self) -> list[str]:
        call = mark("%(who)s calls the learner after %(absences)s, to understand the reason and offer help.")
        remind = mark("%(who)s sends a written reminder after %(absences)s; its date and channel are recorded.")
        is_ = self._is
        return [
            self._say(call, who=self._who("who_calls"), absences=self._absences(is_.call_after_absences)),
            self._say(remind, who=self._who("who_reminds"), absences=self._absences(is_.remind_after_absences)),
        ]

    def alerts(self) -> list[str]:
        is_, working = self._is, self._working
        silent = mark("%(who)s reminds a learner of whom nothing was seen for %(days)s, closures left out.")
        contact = mark("After an alert, the first contact takes place within %(days)s.")
        lead = mark("An alert that nobody has touched after %(days)s is handed on. Then takes it up: %(who)s.")
        return [
            self._say(silent, who=self._who("who_reminds"), days=working(is_.remind_after_silent_days)),
            self._say(contact, days=working(is_.first_contact_days)),
            self._say(lead, who=self._who("who_follows_up"), days=working(is_.escalate_after_days)),
        ]  # fmt: skip

    def abandonment(self) -> list[str]:
        is_ = self._is
        declared = mark(
            "%(who)s declares an abandonment after %(days)s without news despite the reminders, or when the learner "
            "says so; its motives are recorded. Leaving for a job is a neutral exit, counted apart."
        )
        told = mark("%(who)s tells the learner, the client and the funder in writing within %(hours)s.")
        hours = self._many(is_.tell_within_hours, mark("one hour"), mark("%(n)s hours"))
        return [
            self._say(declared, who=self._who("who_declares"), days=self._working(is_.abandonment_after_days)),
            self._say(told, who=self._who("who_tells"), hours=hours),
        ]

    def surveys(self) -> list[str]:
        is_, waves = self._is, ", ".join(self._say(WAVES[month]) for month in self._is.waves)
        sent = self._say(mark("Learners are asked for their feedback on the training: %(waves)s."), waves=waves)
        if not is_.survey_chases:
            return [sent, self._say(mark("A survey that is not answered is not chased."))]
        chased = mark("%(who)s chases a survey that is not answered every %(days)s, %(times)s at most.")
        days = self._many(is_.survey_chase_days, mark("day"), mark("%(n)s days"))
        times = self._many(is_.survey_chases, mark("once"), mark("%(n)s times"))
        return [sent, self._say(chased, who=self._who("who_chases"), days=days, times=times)]

    def proofs(self) -> str:
        told = mark("Each week, on %(day)s, the quality team is told how many proofs are missing.")
        day = self._say(WEEKDAYS[str(self._is.proofs_weekday)])
        return self._say(told, day=day.lower() if self._language == "fr" else day)

    def disability(self) -> list[str]:
        if not self._is.disability_contact:
            return [self._say(mark("The disability contact is not named yet: name one before the audit."))]
        named = mark("Disability contact: %(who)s. Any learner may ask for an adaptation, at any time.")
        return [self._say(named, who=self._is.disability_contact)]

    def complaints(self) -> list[str]:
        is_ = self._is
        if is_.complaints_contact:
            first = self._say(mark("Complaints are received at this address: %(where)s."), where=is_.complaints_contact)
        else:
            first = self._say(mark("Where complaints are received is not said yet: say it before the audit."))
        answer = mark("%(who)s acknowledges each one, answers within %(days)s, and records what was decided.")
        return [first, self._say(answer, who=self._who("who_answers"), days=self._working(is_.complaint_days))]
