"""When the authority was told of a personal-data breach."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("complaints", sa.Column("authority_told_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("complaints", "authority_told_on")
