"""A share of the alerts drawn by lot: the decisions, and what each lot said."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "draw_settings",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by", SERIAL, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["accounts.id"], name="fk_draw_settings_changed_by_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_draw_settings"),
    )
    op.create_table(
        "alert_draws",
        sa.Column("run_id", SERIAL, nullable=False),
        sa.Column("enrolment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("chance", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["score_runs.id"], name="fk_alert_draws_run_id_score_runs"),
        sa.PrimaryKeyConstraint("run_id", "enrolment_id", name="pk_alert_draws"),
    )


def downgrade() -> None:
    op.drop_table("alert_draws")
    op.drop_table("draw_settings")
