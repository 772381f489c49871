"""A row of an export as Spotify writes it, every era's fields together (facts.md §6.2). What is not here is not read:
addresses, user names and user agents never get past this point."""

import msgspec


class Row(msgspec.Struct, frozen=True, gc=False):
    """Extended rows have `ts`, those of the account package `endTime`."""

    ts: str | None = None
    ms_played: int | None = None
    master_metadata_track_name: str | None = None
    master_metadata_album_artist_name: str | None = None
    master_metadata_album_album_name: str | None = None
    spotify_track_uri: str | None = None
    episode_name: str | None = None
    episode_show_name: str | None = None
    spotify_episode_uri: str | None = None
    audiobook_title: str | None = None
    audiobook_uri: str | None = None
    audiobook_chapter_uri: str | None = None
    platform: str | None = None
    conn_country: str | None = None
    reason_start: str | None = None
    reason_end: str | None = None
    shuffle: bool | None = None
    skipped: bool | None = None
    offline: bool | None = None
    offline_timestamp: int | float | None = None
    incognito_mode: bool | None = None

    end_time: str | None = msgspec.field(default=None, name="endTime")
    account_ms_played: int | None = msgspec.field(default=None, name="msPlayed")
    track_name: str | None = msgspec.field(default=None, name="trackName")
    artist_name: str | None = msgspec.field(default=None, name="artistName")
    podcast_name: str | None = msgspec.field(default=None, name="podcastName")
    account_episode_name: str | None = msgspec.field(default=None, name="episodeName")
    audiobook_name: str | None = msgspec.field(default=None, name="audiobookName")


_WANTED = {"int": "a whole number", "float": "a number", "str": "a text", "bool": "true or false"}

_decoder = msgspec.json.Decoder(Row)


class BadRow(Exception):
    """Not a row of any era; the message says what is wrong and repeats nothing of it."""


def row(raw: bytes) -> Row:
    """Raises `BadRow`."""
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRow(_said(str(error))) from None


def _said(error: str) -> str:
    """`Expected `int`, got `str` - at `$.ms_played`` in our words."""
    what, _, where = error.partition(" - at `$.")
    expected = what.removeprefix("Expected `").partition("`")[0].partition(" ")[0]
    if where:
        return f"{where.rstrip('`')}: not {_WANTED.get(expected, 'what it should be')}"
    return "no object" if what.startswith("Expected `object`") else "no JSON"
