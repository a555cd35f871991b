"""What a quality team decides, follows and takes out: settings with their history, improvements, complaints, packs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from serving.tables.base import SERIAL, Base


class CourseSetting(Base):
    """What was decided of one course against the rule: whether indicator 12 applies to it, and why."""

    __tablename__ = "course_settings"

    course_id: Mapped[str] = mapped_column(primary_key=True)
    applies: Mapped[bool]
    reason: Mapped[str]
    changed_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    changed_at: Mapped[datetime]


class ProcedureVersion(Base):
    """The organisation's procedure from a day on; a new one never changes an old one.

    `choices` hold what differs from the procedure that Filrouge ships (`serving/quality/procedure/policy.py`).
    """

    __tablename__ = "procedure_versions"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    from_on: Mapped[date] = mapped_column(index=True)
    choices: Mapped[dict[str, Any]]
    reason: Mapped[str]
    changed_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    changed_at: Mapped[datetime]


class StandardText(Base):
    """The exact words of one indicator, where the organisation put in those it is audited on."""

    __tablename__ = "standard_texts"

    standard: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    indicator: Mapped[str] = mapped_column(primary_key=True)
    words: Mapped[str]
    changed_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    changed_at: Mapped[datetime]


class Appointment(Base):
    """A meeting agreed with a learner: planned, then kept, missed, or cancelled; `action_id` is what was done at it."""

    __tablename__ = "appointments"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(BigInteger, index=True)
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"), index=True)
    kind: Mapped[str]
    channel: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    minutes: Mapped[int] = mapped_column(server_default=text("30"))
    state: Mapped[str] = mapped_column(server_default=text("'planned'"))
    state_at: Mapped[datetime]
    action_id: Mapped[int | None] = mapped_column(ForeignKey("actions.id"))
    created_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]


class Justification(Base):
    """Why a proof that the inbox asks for will not come: `gap` names the kind, `subject` the row it is about."""

    __tablename__ = "justifications"

    gap: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]


class Improvement(Base):
    """One line of the improvement plan: a finding, a decision with its owner and deadline, the effect checked.

    `state`: planned, under_way, done, checked, dropped. `effective`: null until the effect was checked. `source` is
    where the finding comes from, `source_key` the row it comes from (a complaint's number, a figure's code).
    """

    __tablename__ = "improvements"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    indicator: Mapped[str]
    source: Mapped[str]
    source_key: Mapped[str | None]
    finding: Mapped[str]
    decision: Mapped[str]
    owner: Mapped[str]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(server_default=text("'planned'"))
    state_at: Mapped[datetime]
    done_on: Mapped[date | None]
    effect: Mapped[str] = mapped_column(server_default=text("''"))
    effective: Mapped[bool | None]
    checked_on: Mapped[date | None]
    created_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))


class Complaint(Base):
    """A complaint, a difficulty or an incident (indicator 31), from its receipt to its end.

    `summary` and `answer` are free text: they never leave this table but in a download that asks for them. `state`:
    received, acknowledged, answered, closed. `authority_told_on` is of personal-data breaches alone.
    """

    __tablename__ = "complaints"
    __table_args__ = (Index(None, "received_on"),)

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    told_by: Mapped[str]
    received_on: Mapped[date]
    channel: Mapped[str]
    enrolment_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    session_id: Mapped[str | None]
    summary: Mapped[str]
    answer: Mapped[str] = mapped_column(server_default=text("''"))
    state: Mapped[str] = mapped_column(server_default=text("'received'"))
    state_at: Mapped[datetime]
    acknowledged_on: Mapped[date | None]
    answered_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    authority_told_on: Mapped[date | None]
    outcome: Mapped[str | None]
    improvement_id: Mapped[int | None] = mapped_column(ForeignKey("improvements.id"))
    created_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))


class SurveyWave(Base):
    """Which wave a survey of the records is (immediate, one_month, three_months, six_months), where one was told."""

    __tablename__ = "survey_waves"

    survey_id: Mapped[str] = mapped_column(primary_key=True)
    wave: Mapped[str]
    changed_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    changed_at: Mapped[datetime]


class SurveyChase(Base):
    """A learner asked again to answer a wave of surveys; one row a reminder."""

    __tablename__ = "survey_chases"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(BigInteger, index=True)
    wave: Mapped[str]
    chased_on: Mapped[date]
    channel: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    recorded_at: Mapped[datetime]


class Pack(Base):
    """A pack of proof that was made: of which days, with which draw, resting on which entry of the journal.

    `files` are its files by name, each `{"sha256", "bytes"}`; `manifest` is the SHA-256 of their list.
    """

    __tablename__ = "packs"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    as_of_on: Mapped[date]
    from_on: Mapped[date]
    until_on: Mapped[date]
    named: Mapped[bool]
    seed: Mapped[int]
    drawn: Mapped[int]
    journal_seq: Mapped[int] = mapped_column(SERIAL)
    journal_hash: Mapped[str]
    files: Mapped[dict[str, Any]]
    manifest: Mapped[str]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
