"""The tables. Whatever belongs to a listener leads with the listener, so that shards can be whole databases.

There are no foreign keys on purpose: the recorder is the only writer and holds the listener's row locked, and every
check would read and lock a row for each play. Text that is compared is in collation "C", so that PostgreSQL orders it
as Python does, whatever the database's locale.
"""

from spindle.recorder.store.schema.catalogue import albums, artists, songs, track_artists, tracks
from spindle.recorder.store.schema.columns import metadata
from spindle.recorder.store.schema.imports import import_files, import_rejects, import_rows, imports
from spindle.recorder.store.schema.jobs import forgotten, job_steps, jobs
from spindle.recorder.store.schema.listeners import checkpoints, users
from spindle.recorder.store.schema.listening import (
    listening_counted,
    listening_days,
    listening_repeats,
    listening_stale,
    listening_years,
)
from spindle.recorder.store.schema.plays import coverage, plays, sightings

__all__ = [
    "albums",
    "artists",
    "checkpoints",
    "coverage",
    "forgotten",
    "import_files",
    "import_rejects",
    "import_rows",
    "imports",
    "job_steps",
    "jobs",
    "listening_counted",
    "listening_days",
    "listening_repeats",
    "listening_stale",
    "listening_years",
    "metadata",
    "plays",
    "sightings",
    "songs",
    "track_artists",
    "tracks",
    "users",
]
