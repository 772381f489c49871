"""why a listener's next poll is when it is"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("checkpoints", sa.Column("next_poll_why", sa.Text()))
    op.add_column("checkpoints", sa.Column("next_poll_why_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    for column in ("next_poll_why_at", "next_poll_why"):
        op.drop_column("checkpoints", column)
