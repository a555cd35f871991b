"""The rights of persons: requests, backups, what retention did."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "rights_requests",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'received'"), nullable=False),
        sa.Column("state_at", INSTANT, nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("created_by", SERIAL, nullable=True),
        sa.Column("handled_by", SERIAL, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_rights_requests"),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_rights_requests_created_by_accounts"),
        sa.ForeignKeyConstraint(["handled_by"], ["accounts.id"], name="fk_rights_requests_handled_by_accounts"),
    )
    op.create_index("ix_rights_requests_learner_id", "rights_requests", ["learner_id"])
    op.create_table(
        "backups",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("declared_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_backups"),
    )
    op.create_table(
        "retention_runs",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("dry", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retention_runs"),
    )


def downgrade() -> None:
    for table in ("retention_runs", "backups", "rights_requests"):
        op.drop_table(table)
