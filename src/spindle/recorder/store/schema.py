"""The tables. Whatever belongs to a listener leads with the listener, so that shards can be whole databases.

There are no foreign keys on purpose: the recorder is the only writer and holds the listener's row locked, and every
check would read and lock a row for each play. Text that is compared is in collation "C", so that PostgreSQL orders it
as Python does, whatever the database's locale.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZMULTIRANGE

metadata = MetaData()


def _user() -> Column[str]:
    return Column("user_id", Uuid(as_uuid=False), primary_key=True)


def _key(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, Text(collation="C"), primary_key=primary_key, nullable=False)


def _at(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text("0"))


# --- listeners ---------------------------------------------------------------------------------------------------

users = Table(
    "users",
    metadata,
    _user(),
    Column("name", Text),
    Column("account", Text),
    _at("linked_at"),
    _at("disconnected_at"),
    Column("disconnected_why", Text),
    _at("removed_at"),  # set on a tombstone, which keeps nothing else
    CheckConstraint("removed_at IS NOT NULL OR num_nulls(name, account, linked_at) = 0", name="users_whole"),
    UniqueConstraint("account", name="users_account"),
)
Index("users_name", func.lower(users.c.name), unique=True)

checkpoints = Table(
    "checkpoints",
    metadata,
    _user(),
    Column("plays", BigInteger, nullable=False, server_default=text("0")),
    _at("last_played_at"),
    Column("initial_job", Text(collation="C")),
    _at("initial_started_at"),
    Column("initial_status", Text),
    Column("initial_reason", Text),
    Column("initial_error", Text),
    _at("initial_waiting_until"),
    _at("initial_completed_at"),
    Column("initial_completed_reason", Text),
    _at("earliest_played_at"),
    Column("poll_job", Text(collation="C")),
    _at("poll_started_at"),
    _at("next_poll_at"),
    Column("poll_ended_job", Text(collation="C")),
    _at("poll_ended_started_at"),
    Column("poll_error", Text),
    _at("poll_completed_at"),
    Column("paused", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("pauses_sequence", BigInteger, nullable=False, server_default=text("0")),
)

# --- plays -------------------------------------------------------------------------------------------------------

plays = Table(
    "plays",
    metadata,
    _user(),
    Column("play_id", Uuid(as_uuid=False), primary_key=True),
    _at("played_at", nullable=False),
    _key("track_id"),
    Column("ms_played", Integer),
    Column("context", Text(collation="C")),
    # In this order the key also serves every reading by time.
    UniqueConstraint("user_id", "played_at", "track_id", name="plays_once"),
)

sightings = Table(
    "sightings",
    metadata,
    _user(),
    _key("source", primary_key=True),
    _key("natural_key", primary_key=True),
    Column("play_id", Uuid(as_uuid=False), nullable=False),
    _key("job"),
    Column("step", Integer, nullable=False),
    _at("seen_at", nullable=False),
    Column("details", JSONB),
    Index("sightings_play", "user_id", "play_id"),
)

coverage = Table(
    "coverage",
    metadata,
    _user(),
    _key("source", primary_key=True),
    Column("proven", TSTZMULTIRANGE, nullable=False),
)

# --- jobs --------------------------------------------------------------------------------------------------------

job_steps = Table(
    "job_steps",
    metadata,
    _user(),
    _key("job", primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
    _key("hash", primary_key=True),
    Column("what", Text, nullable=False),
    _at("started_at", nullable=False),
    _at("at", nullable=False),
    Column("attempt", Integer, nullable=False),
    _count("requests"),
    _count("fetched"),
    _count("new"),
    _count("duplicates"),
    _at("next_at"),
    Column("error", Text),
    Column("verdict", JSONB(none_as_null=True)),
    # Decided in its transaction, so that its events can be told again.
    Column("began", Boolean, nullable=False),
    Column("waits", Boolean, nullable=False),
    Column("outcome", JSONB(none_as_null=True)),
    _at("finished_at"),
    Column("plays", BigInteger, nullable=False),
    _count("sum_steps"),
    _count("sum_requests"),
    _count("sum_fetched"),
    _count("sum_new"),
    _count("sum_duplicates"),
)

jobs = Table(
    "jobs",
    metadata,
    _user(),
    _key("job", primary_key=True),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("error", Text),
    _at("waiting_until"),
    _at("started_at", nullable=False),
    _at("finished_at"),
    _count("steps"),
    _count("requests"),
    _count("fetched"),
    _count("new"),
    _count("duplicates"),
    Index("jobs_newest", "started_at", "job"),
    Index("jobs_of_user", "user_id", "started_at", "job"),
    Index("jobs_by_status", "status", "started_at", "job"),
)
# A person types the end of a job's id.
Index("jobs_ending", func.reverse(jobs.c.job))

# --- catalogue ---------------------------------------------------------------------------------------------------

artists = Table("artists", metadata, _key("artist_id", primary_key=True), _key("name"))

albums = Table(
    "albums",
    metadata,
    _key("album_id", primary_key=True),
    _key("name"),
    Column("release_date", Text(collation="C")),
)

tracks = Table(
    "tracks",
    metadata,
    _key("track_id", primary_key=True),
    _key("name"),
    Column("album_id", Text(collation="C")),
    Column("duration_ms", Integer),
    Column("isrc", Text(collation="C")),
    Column("explicit", Boolean),
)

track_artists = Table(
    "track_artists",
    metadata,
    _key("track_id", primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _key("artist_id"),
)
