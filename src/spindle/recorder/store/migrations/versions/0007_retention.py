"""polls of long ago are forgotten; smaller indexes of jobs; marks by month; big tables are cleaned in time"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_BIG = ("plays", "sightings", "jobs", "job_steps")
_CLEANED = (
    "autovacuum_vacuum_scale_factor",
    "autovacuum_vacuum_insert_scale_factor",
    "autovacuum_analyze_scale_factor",
)


def upgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("what", sa.Text(collation="C"), primary_key=True),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
    )
    op.drop_index("jobs_by_status", table_name="jobs")
    op.drop_index("jobs_ending", table_name="jobs")
    op.create_index(
        "jobs_by_status", "jobs", ["status", "started_at", "job"], postgresql_where=sa.text("status <> 'success'")
    )
    op.create_index("jobs_ending", "jobs", [sa.literal_column("reverse(right(job, 12))")])
    op.create_index("listening_stale_by_month", "listening_stale", ["month", "since"])
    for table in _BIG:
        op.execute(f"ALTER TABLE {table} SET ({', '.join(f'{setting} = 0.02' for setting in _CLEANED)})")


def downgrade() -> None:
    for table in _BIG:
        op.execute(f"ALTER TABLE {table} RESET ({', '.join(_CLEANED)})")
    op.drop_index("listening_stale_by_month", table_name="listening_stale")
    op.drop_index("jobs_ending", table_name="jobs")
    op.drop_index("jobs_by_status", table_name="jobs")
    op.create_index("jobs_by_status", "jobs", ["status", "started_at", "job"])
    op.create_index("jobs_ending", "jobs", [sa.literal_column("reverse(job)")])
    op.drop_table("forgotten")
