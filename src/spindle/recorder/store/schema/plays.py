"""Plays, who saw them, and which stretches of time are proven."""

from sqlalchemy import Column, Index, Integer, SmallInteger, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB, TSTZMULTIRANGE

from spindle.recorder.store.schema.columns import at, key, metadata, user

plays = Table(
    "plays",
    metadata,
    user(),
    Column("play_id", Uuid(as_uuid=False), primary_key=True),
    at("played_at", nullable=False),
    key("track_id"),
    Column("ms_played", Integer),
    Column("context", Text(collation="C")),
    # Flags of `logic.twins.Side`: the API, an export that tells seconds, one that tells minutes.
    Column("seen_by", SmallInteger, nullable=False, server_default=text("1")),
    # In this order the key also serves every reading by time.
    UniqueConstraint("user_id", "played_at", "track_id", name="plays_once"),
    Index("plays_of_track", "user_id", "track_id", "played_at"),
)

# Whose length is their track's: by the track, which may turn out to be longer. Many share a key, which is stored once.
Index("plays_nobody_timed", plays.c.track_id, postgresql_where=plays.c.ms_played.is_(None))

sightings = Table(
    "sightings",
    metadata,
    user(),
    key("source", primary_key=True),
    key("natural_key", primary_key=True),
    Column("play_id", Uuid(as_uuid=False), nullable=False),
    key("job"),
    Column("step", Integer, nullable=False),
    at("seen_at", nullable=False),
    Column("details", JSONB),
    Index("sightings_play", "user_id", "play_id"),
)

coverage = Table(
    "coverage",
    metadata,
    user(),
    key("source", primary_key=True),
    Column("proven", TSTZMULTIRANGE, nullable=False),
)
