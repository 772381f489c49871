"""A row of an export as Spotify writes it, every era's fields together (facts.md §6.2). What is not here is not read:
addresses, user names and user agents never get past this point."""

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class BadRow:
    """What stands where a row should and is none of any era. `why` repeats nothing of it."""

    why: str


_WANTED = {"int": "a whole number", "float": "a number", "str": "a text", "bool": "true or false"}
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_row = msgspec.json.Decoder(Row)
_rows = msgspec.json.Decoder(list[Row])
_anything = msgspec.json.Decoder(list[msgspec.Raw])


class NoArray(Exception):
    """No JSON array, or one that cannot be taken apart."""


def row(raw: bytes | msgspec.Raw) -> Row | BadRow:
    try:
        return _row.decode(raw)
    except _UNREADABLE as error:
        return BadRow(_said(str(error)))


def rows(array: bytes) -> Sequence[Row | BadRow]:
    """All at once when all are good, which is twice as fast. Raises `NoArray`."""
    try:
        return _rows.decode(array)
    except _UNREADABLE:
        pass
    try:
        return [row(raw) for raw in _anything.decode(array)]
    except _UNREADABLE as error:
        raise NoArray from error


def _said(error: str) -> str:
    """`Expected `int`, got `str` - at `$.ms_played`` in our words."""
    what, _, where = error.partition(" - at `$.")
    expected = what.removeprefix("Expected `").partition("`")[0].partition(" ")[0]
    if where:
        return f"{where.rstrip('`')}: not {_WANTED.get(expected, 'what it should be')}"
    return "no object" if what.startswith("Expected `object`") else "no JSON"
