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
    SmallInteger,
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
    # Flags of `logic.twins.Side`: the API, an export that tells seconds, one that tells minutes.
    Column("seen_by", SmallInteger, nullable=False, server_default=text("1")),
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

# --- imports -----------------------------------------------------------------------------------------------------

imports = Table(
    "imports",
    metadata,
    _user(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _key("job"),
    _at("started_at", nullable=False),
    Column("dry_run", Boolean, nullable=False, server_default=text("false")),
    Column("slices", Integer),  # how many there are, once that is known
    _count("staged_slices"),
    _count("rows"),
    _count("heard"),
    _count("staged"),
    _count("applied"),
    _at("applied_until"),
    _at("earliest"),
    _at("latest"),
    Column("status", Text),  # once it has finished
    Column("error", Text),
    _at("finished_at"),
    _at("revoked_at"),
    _at("undone_at"),
    _count("removed"),
    UniqueConstraint("user_id", "job", name="imports_once"),
    Index("imports_newest", "started_at", "job"),
)

import_files = Table(
    "import_files",
    metadata,
    _user(),
    Column("import", Integer, primary_key=True, autoincrement=False),
    Column("file", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    _count("rows"),
    _count("new"),
    _count("merged"),
    _count("duplicate"),
    _count("short"),
    _count("podcast"),
    _count("audiobook"),
    _count("video"),
    _count("no_track"),
    _count("invalid"),
    _at("first"),
    _at("last"),
    Column("error", Text),
)

import_rejects = Table(
    "import_rejects",
    metadata,
    _user(),
    Column("import", Integer, primary_key=True, autoincrement=False),
    Column("file", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
)

# The sightings of imports. A row whose `play_id` is null saw the play of its own track and end; most do, and writing
# them costs one index. Those of an import that has not come so far, or is a dry run, have seen nothing yet.
import_rows = Table(
    "import_rows",
    metadata,
    _user(),
    Column("ended_at", DateTime(timezone=True), primary_key=True),
    Column("import", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("file", Integer, nullable=False),
    Column("ms_played", Integer, nullable=False),
    Column("to_the_minute", Boolean, nullable=False),
    _key("track_id"),
    Column("play_id", Uuid(as_uuid=False)),
    _at("started_at"),
    Column("platform", Text),
    Column("country", Text),
    Column("reason_start", Text),
    Column("reason_end", Text),
    Column("shuffle", Boolean),
    Column("skipped", Boolean),
    Column("offline", Boolean),
    Column("private", Boolean),
)
Index(
    "import_rows_of_play",
    import_rows.c.user_id,
    import_rows.c.play_id,
    postgresql_where=import_rows.c.play_id.is_not(None),
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

# By which names a track was known: two ids with a name in common are the same song.
songs = Table("songs", metadata, _key("track_id", primary_key=True), _key("song", primary_key=True))
