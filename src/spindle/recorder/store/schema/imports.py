"""Imports: their files, their rows, and what could not be read."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text, UniqueConstraint, Uuid, func, text

from spindle.recorder.store.schema.columns import at, count, key, metadata, user

imports = Table(
    "imports",
    metadata,
    user(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    key("job"),
    at("started_at", nullable=False),
    Column("dry_run", Boolean, nullable=False, server_default=text("false")),
    Column("slices", Integer),  # how many there are, once that is known
    count("staged_slices"),
    count("rows"),
    count("heard"),
    count("staged"),
    count("applied"),
    at("applied_until"),
    at("earliest"),
    at("latest"),
    Column("status", Text),  # once it has finished
    Column("error", Text),
    at("finished_at"),
    at("revoked_at"),
    at("undone_at"),
    count("removed"),
    UniqueConstraint("user_id", "job", name="imports_once"),
    Index("imports_newest", "started_at", "job"),
)
# A person types the end of an import's id.
Index("imports_ending", func.reverse(imports.c.job))

import_files = Table(
    "import_files",
    metadata,
    user(),
    Column("import", Integer, primary_key=True, autoincrement=False),
    Column("file", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    count("rows"),
    count("new"),
    count("merged"),
    count("duplicate"),
    count("short"),
    count("podcast"),
    count("audiobook"),
    count("video"),
    count("no_track"),
    count("invalid"),
    at("first"),
    at("last"),
    Column("error", Text),
)

import_rejects = Table(
    "import_rejects",
    metadata,
    user(),
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
    user(),
    Column("ended_at", DateTime(timezone=True), primary_key=True),
    Column("import", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("file", Integer, nullable=False),
    Column("ms_played", Integer, nullable=False),
    Column("to_the_minute", Boolean, nullable=False),
    key("track_id"),
    Column("play_id", Uuid(as_uuid=False)),
    at("started_at"),
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
