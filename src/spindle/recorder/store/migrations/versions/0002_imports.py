"""imports, their files, rows and rejects; by what a track was known"""

import sqlalchemy as sa
from alembic import op

from spindle.shared.spotify.plays import local_id

revision = "0002"
down_revision = "0001"

_AT_ONCE = 5000
_KEYS_OF_OURS = (
    ("artists", "artist_id"),
    ("track_artists", "artist_id"),
    ("albums", "album_id"),
    ("tracks", "album_id"),
)
"""They sort before Spotify's from now on, which are the better ones when both are known."""


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("job", sa.Text(collation="C"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dry_run", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("slices", sa.Integer(), nullable=True),
        *_counts("staged_slices", "rows", "heard", "staged", "applied"),
        sa.Column("applied_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("earliest", sa.DateTime(timezone=True), nullable=True),
        sa.Column("latest", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        *_counts("removed"),
        sa.PrimaryKeyConstraint("user_id", "number"),
        sa.UniqueConstraint("user_id", "job", name="imports_once"),
    )
    op.create_index("imports_newest", "imports", ["started_at", "job"])
    op.create_table(
        "import_files",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("import", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *_counts("rows", "new", "merged", "duplicate", "short"),
        *_counts("podcast", "audiobook", "video", "no_track", "invalid"),
        sa.Column("first", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "import", "file"),
    )
    op.create_table(
        "import_rejects",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("import", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "import", "file", "position"),
    )
    op.create_table(
        "import_rows",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.Integer(), nullable=False),
        sa.Column("ms_played", sa.Integer(), nullable=False),
        sa.Column("to_the_minute", sa.Boolean(), nullable=False),
        sa.Column("track_id", sa.Text(collation="C"), nullable=False),
        sa.Column("play_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("platform", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("reason_start", sa.Text(), nullable=True),
        sa.Column("reason_end", sa.Text(), nullable=True),
        sa.Column("shuffle", sa.Boolean(), nullable=True),
        sa.Column("skipped", sa.Boolean(), nullable=True),
        sa.Column("offline", sa.Boolean(), nullable=True),
        sa.Column("private", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "ended_at", "import", "place"),
    )
    op.create_index(
        "import_rows_of_play",
        "import_rows",
        ["user_id", "play_id"],
        postgresql_where=sa.text("play_id IS NOT NULL"),
    )
    op.create_table(
        "songs",
        sa.Column("track_id", sa.Text(collation="C"), nullable=False),
        sa.Column("song", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("track_id", "song"),
    )
    op.add_column("plays", sa.Column("seen_by", sa.SmallInteger(), server_default=sa.text("1"), nullable=False))
    _name_songs()
    for table, column in _KEYS_OF_OURS:
        op.execute(f"UPDATE {table} SET {column} = '-' || substr({column}, 7) WHERE {column} LIKE 'local:%'")  # noqa: S608


def downgrade() -> None:
    op.drop_column("plays", "seen_by")
    for table in ("songs", "import_rows", "import_rejects", "import_files", "imports"):
        op.drop_table(table)


def _counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False) for name in names]


def _name_songs() -> None:
    """Of the tracks that are known, by title and first artist."""
    connection = op.get_bind()
    known = connection.execute(
        sa.text("""
            SELECT t.track_id, t.name, coalesce(a.name, '') AS artist FROM tracks AS t
            LEFT JOIN track_artists AS ta ON ta.track_id = t.track_id AND ta.position = 0
            LEFT JOIN artists AS a ON a.artist_id = ta.artist_id
        """)
    ).all()
    for start in range(0, len(known), _AT_ONCE):
        songs = [
            {"track": row.track_id, "song": local_id(row.name, row.artist, None)}
            for row in known[start : start + _AT_ONCE]
        ]
        connection.execute(sa.text("INSERT INTO songs (track_id, song) VALUES (:track, :song)"), songs)
