"""consents and their warnings, since when polls fail, how late they are"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("users", sa.Column("authorized_at", sa.DateTime(timezone=True)))
    op.add_column("users", sa.Column("warned", sa.Text()))
    op.add_column("users", sa.Column("warned_link", sa.DateTime(timezone=True)))
    op.add_column("checkpoints", sa.Column("poll_failing_since", sa.DateTime(timezone=True)))
    op.add_column(
        "checkpoints",
        sa.Column("poll_lags", sa.ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False),
    )


def downgrade() -> None:
    for column in ("poll_lags", "poll_failing_since"):
        op.drop_column("checkpoints", column)
    for column in ("warned_link", "warned", "authorized_at"):
        op.drop_column("users", column)
