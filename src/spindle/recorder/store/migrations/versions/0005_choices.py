"""what a listener chose; plays by track, and what else is looked for by name"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("users", sa.Column("zone", sa.Text()))
    op.add_column("users", sa.Column("at_least", sa.SmallInteger()))
    op.add_column("users", sa.Column("chosen_at", sa.DateTime(timezone=True)))
    op.create_index("plays_of_track", "plays", ["user_id", "track_id", "played_at"])
    op.create_index("track_artists_of_artist", "track_artists", ["artist_id"])
    op.create_index("tracks_of_album", "tracks", ["album_id"])
    # A name may be longer than what a tree of keys takes.
    op.create_index("artists_named", "artists", ["name"], postgresql_using="hash")
    op.create_index("albums_named", "albums", ["name"], postgresql_using="hash")


def downgrade() -> None:
    for index, table in (
        ("albums_named", "albums"),
        ("artists_named", "artists"),
        ("tracks_of_album", "tracks"),
        ("track_artists_of_artist", "track_artists"),
        ("plays_of_track", "plays"),
    ):
        op.drop_index(index, table_name=table)
    for column in ("chosen_at", "at_least", "zone"):
        op.drop_column("users", column)
