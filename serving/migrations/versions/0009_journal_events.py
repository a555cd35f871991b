"""The journal by event, so that the history of one line reads its own entries and not the whole."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_index("ix_journal_event", "journal", ["event"])


def downgrade() -> None:
    op.drop_index("ix_journal_event", "journal")
