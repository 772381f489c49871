"""What is known of tracks, albums and artists."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text

from spindle.recorder.store.schema.columns import key, metadata

artists = Table(
    "artists",
    metadata,
    key("artist_id", primary_key=True),
    key("name"),
    Index("artists_named", "name", postgresql_using="hash"),
)

albums = Table(
    "albums",
    metadata,
    key("album_id", primary_key=True),
    key("name"),
    Column("release_date", Text(collation="C")),
    Index("albums_named", "name", postgresql_using="hash"),
)

tracks = Table(
    "tracks",
    metadata,
    key("track_id", primary_key=True),
    key("name"),
    Column("album_id", Text(collation="C")),
    Column("duration_ms", Integer),
    Column("isrc", Text(collation="C")),
    Column("explicit", Boolean),
    Index("tracks_of_album", "album_id"),
)

track_artists = Table(
    "track_artists",
    metadata,
    key("track_id", primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    key("artist_id"),
    Index("track_artists_of_artist", "artist_id"),
)

# By which names a track was known: two ids with a name in common are the same song.
songs = Table("songs", metadata, key("track_id", primary_key=True), key("song", primary_key=True))
