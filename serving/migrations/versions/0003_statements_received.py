"""Statements that programs push to us, and the keys by which they may."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "ingest_keys",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ingest_keys"),
        sa.UniqueConstraint("name", name="uq_ingest_keys_name"),
    )
    op.create_table(
        "statements",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key_id", SERIAL, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("stored_at", INSTANT, nullable=False),
        sa.Column("claim", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["ingest_keys.id"], name="fk_statements_key_id_ingest_keys"),
        sa.PrimaryKeyConstraint("seq", name="pk_statements"),
        sa.UniqueConstraint("id", name="uq_statements_id"),
    )
    op.create_index("ix_statements_key_id", "statements", ["key_id"])
    op.create_index("ix_statements_claim", "statements", ["claim"])


def downgrade() -> None:
    op.drop_table("statements")
    op.drop_table("ingest_keys")
