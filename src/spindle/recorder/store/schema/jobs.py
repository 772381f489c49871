"""Jobs and their books."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, func, literal_column
from sqlalchemy.dialects.postgresql import JSONB

from spindle.recorder.store.schema.columns import at, count, key, metadata, user

job_steps = Table(
    "job_steps",
    metadata,
    user(),
    key("job", primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
    key("hash", primary_key=True),
    Column("what", Text, nullable=False),
    at("started_at", nullable=False),
    at("at", nullable=False),
    Column("attempt", Integer, nullable=False),
    count("requests"),
    count("fetched"),
    count("new"),
    count("duplicates"),
    at("next_at"),
    Column("error", Text),
    Column("verdict", JSONB(none_as_null=True)),
    # Decided in its transaction, so that its events can be told again.
    Column("began", Boolean, nullable=False),
    Column("waits", Boolean, nullable=False),
    Column("outcome", JSONB(none_as_null=True)),
    at("finished_at"),
    Column("plays", BigInteger, nullable=False),
    count("sum_steps"),
    count("sum_requests"),
    count("sum_fetched"),
    count("sum_new"),
    count("sum_duplicates"),
)

jobs = Table(
    "jobs",
    metadata,
    user(),
    key("job", primary_key=True),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("error", Text),
    at("waiting_until"),
    at("started_at", nullable=False),
    at("finished_at"),
    count("steps"),
    count("requests"),
    count("fetched"),
    count("new"),
    count("duplicates"),
    Index("jobs_newest", "started_at", "job"),
    Index("jobs_of_user", "user_id", "started_at", "job"),
)
# Of the few that are not simply over, among the many that are.
Index("jobs_by_status", jobs.c.status, jobs.c.started_at, jobs.c.job, postgresql_where=jobs.c.status != "success")
# Of the few that are no polls, among the many that are.
Index("jobs_of_kind", jobs.c.kind, jobs.c.started_at, jobs.c.job, postgresql_where=jobs.c.kind != "poll")
# A person types the end of a job's id; so many letters of it tell jobs apart.
ENDING = 12
Index("jobs_ending", func.reverse(func.right(jobs.c.job, literal_column(str(ENDING)))))

# Before when runs of this kind are not remembered any more.
forgotten = Table("forgotten", metadata, key("what", primary_key=True), at("before", nullable=False))
