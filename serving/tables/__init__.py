"""The tables of the work database: score runs, roster, people, alerts, actions, journal, messages.

Ids of learners, enrolments and mentors are keyed pseudonyms; no name of a learner is here.
"""

from __future__ import annotations

from serving.tables.alerts import Absence, Alert, AlertRound, HeldAlert, MentorRule, Playbook, SessionSignal
from serving.tables.base import SERIAL, Base, Instant
from serving.tables.daily import DailyRun
from serving.tables.draws import AlertDraw, DrawSetting
from serving.tables.evidence import Action, JournalEntry, JournalHead
from serving.tables.ingestion import IngestKey, ReceivedBatch, ReceivedStatement
from serving.tables.notifications import Channel, Message, Webhook
from serving.tables.people import Account, Answered, ApiToken, Preference, SignedIn, SignInFailure
from serving.tables.quality import (
    Appointment,
    Complaint,
    CourseSetting,
    Improvement,
    Justification,
    Pack,
    ProcedureVersion,
    StandardText,
    SurveyChase,
    SurveyWave,
)
from serving.tables.rights import Backup, RetentionRun, RightsRequest
from serving.tables.scoring import LiveScore, Roster, Score, ScoreRun
from serving.tables.watch import SourceOutage

__all__ = [
    "SERIAL",
    "Absence",
    "Account",
    "Action",
    "Alert",
    "AlertDraw",
    "AlertRound",
    "Answered",
    "ApiToken",
    "Appointment",
    "Backup",
    "Base",
    "Channel",
    "Complaint",
    "CourseSetting",
    "DailyRun",
    "DrawSetting",
    "HeldAlert",
    "Improvement",
    "IngestKey",
    "Instant",
    "JournalEntry",
    "JournalHead",
    "Justification",
    "LiveScore",
    "MentorRule",
    "Message",
    "Pack",
    "Playbook",
    "Preference",
    "ProcedureVersion",
    "ReceivedBatch",
    "ReceivedStatement",
    "RetentionRun",
    "RightsRequest",
    "Roster",
    "Score",
    "ScoreRun",
    "SessionSignal",
    "SignInFailure",
    "SignedIn",
    "SourceOutage",
    "StandardText",
    "SurveyChase",
    "SurveyWave",
    "Webhook",
]
