"""What a quality team decides, follows and takes out: procedure, appointments, improvements, complaints, packs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "course_settings",
    "procedure_versions",
    "standard_texts",
    "appointments",
    "justifications",
    "improvements",
    "complaints",
    "survey_waves",
    "survey_chases",
    "packs",
)


def upgrade() -> None:
    _procedure()
    _proofs()
    _improvements()
    _complaints()
    _surveys()
    _packs()


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)


def _procedure() -> None:
    op.create_table(
        "course_settings",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("applies", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by", SERIAL, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["accounts.id"], name="fk_course_settings_changed_by_accounts"),
        sa.PrimaryKeyConstraint("course_id", name="pk_course_settings"),
    )
    op.create_table(
        "procedure_versions",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by", SERIAL, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["accounts.id"], name="fk_procedure_versions_changed_by_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_procedure_versions"),
    )
    op.create_index("ix_procedure_versions_from_on", "procedure_versions", ["from_on"])
    op.create_table(
        "standard_texts",
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("changed_by", SERIAL, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["accounts.id"], name="fk_standard_texts_changed_by_accounts"),
        sa.PrimaryKeyConstraint("standard", "version", "indicator", name="pk_standard_texts"),
    )


def _proofs() -> None:
    op.create_table(
        "appointments",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("enrolment_id", sa.BigInteger(), nullable=False),
        sa.Column("alert_id", SERIAL, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("minutes", sa.Integer(), server_default=sa.text("30"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'planned'"), nullable=False),
        sa.Column("state_at", INSTANT, nullable=False),
        sa.Column("action_id", SERIAL, nullable=True),
        sa.Column("created_by", SERIAL, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name="fk_appointments_action_id_actions"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_appointments_alert_id_alerts"),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_appointments_created_by_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_appointments"),
    )
    op.create_index("ix_appointments_alert_id", "appointments", ["alert_id"])
    op.create_index("ix_appointments_at", "appointments", ["at"])
    op.create_index("ix_appointments_enrolment_id", "appointments", ["enrolment_id"])
    op.create_table(
        "justifications",
        sa.Column("gap", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", SERIAL, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name="fk_justifications_author_id_accounts"),
        sa.PrimaryKeyConstraint("gap", "subject", name="pk_justifications"),
    )


def _improvements() -> None:
    op.create_table(
        "improvements",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'planned'"), nullable=False),
        sa.Column("state_at", INSTANT, nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("effect", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("effective", sa.Boolean(), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("created_by", SERIAL, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_improvements_created_by_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_improvements"),
    )


def _complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("told_by", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("enrolment_id", sa.BigInteger(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'received'"), nullable=False),
        sa.Column("state_at", INSTANT, nullable=False),
        sa.Column("acknowledged_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("improvement_id", SERIAL, nullable=True),
        sa.Column("created_by", SERIAL, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_complaints_created_by_accounts"),
        sa.ForeignKeyConstraint(
            ["improvement_id"], ["improvements.id"], name="fk_complaints_improvement_id_improvements"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_complaints"),
    )
    op.create_index("ix_complaints_enrolment_id", "complaints", ["enrolment_id"])
    op.create_index("ix_complaints_received_on", "complaints", ["received_on"])


def _surveys() -> None:
    op.create_table(
        "survey_waves",
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("wave", sa.Text(), nullable=False),
        sa.Column("changed_by", SERIAL, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["accounts.id"], name="fk_survey_waves_changed_by_accounts"),
        sa.PrimaryKeyConstraint("survey_id", name="pk_survey_waves"),
    )
    op.create_table(
        "survey_chases",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("enrolment_id", sa.BigInteger(), nullable=False),
        sa.Column("wave", sa.Text(), nullable=False),
        sa.Column("chased_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("author_id", SERIAL, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name="fk_survey_chases_author_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_survey_chases"),
    )
    op.create_index("ix_survey_chases_enrolment_id", "survey_chases", ["enrolment_id"])


def _packs() -> None:
    op.create_table(
        "packs",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("as_of_on", sa.Date(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("journal_seq", SERIAL, nullable=False),
        sa.Column("journal_hash", sa.Text(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("made_by", SERIAL, nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name="fk_packs_made_by_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_packs"),
        sa.UniqueConstraint("key", name="uq_packs_key"),
    )
