"""the long jobs of one kind, newest first"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("jobs_of_kind", "jobs", ["kind", "started_at", "job"], postgresql_where=sa.text("kind <> 'poll'"))


def downgrade() -> None:
    op.drop_index("jobs_of_kind", table_name="jobs")
