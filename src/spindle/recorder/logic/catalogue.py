"""What a batch of pages says of tracks, artists and albums: rows to learn, each once, sorted by key."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple, TypeVar

from spindle.shared.messages.plays import Album, Artist, PlaysFetched, Track
from spindle.shared.spotify.plays import local_id


class ArtistRow(NamedTuple):
    artist_id: str
    name: str


class AlbumRow(NamedTuple):
    album_id: str
    name: str
    release_date: str | None


class TrackRow(NamedTuple):
    track_id: str
    name: str
    album_id: str | None
    duration_ms: int | None
    isrc: str | None
    explicit: bool | None


class TrackArtistRow(NamedTuple):
    track_id: str
    position: int
    artist_id: str


class SongRow(NamedTuple):
    track_id: str
    song: str


Row = TypeVar("Row", ArtistRow, AlbumRow, TrackRow, TrackArtistRow, SongRow)


def tracks(pages: Iterable[PlaysFetched]) -> list[Track]:
    """Every different thing that is said of a track."""
    seen: dict[str, list[Track]] = {}
    for page in pages:
        for play in page.plays:
            said = seen.setdefault(play.track.id, [])
            if play.track not in said:
                said.append(play.track)
    return [track for said in seen.values() for track in said]


def artist_rows(known: Iterable[Track]) -> list[ArtistRow]:
    return _best((ArtistRow(_artist_id(artist), artist.name) for track in known for artist in track.artists), 1)


def album_rows(known: Iterable[Track]) -> list[AlbumRow]:
    albums = (track.album for track in known if track.album)
    return _best((AlbumRow(_album_id(album), album.name, album.release_date) for album in albums), 1)


def track_rows(known: Iterable[Track]) -> list[TrackRow]:
    return _best((_track_row(track) for track in known), 1)


def track_artist_rows(known: Iterable[Track]) -> list[TrackArtistRow]:
    return _best(_positions(known), 2)


def song_rows(known: Iterable[Track]) -> list[SongRow]:
    """By title and first artist: what export rows without an id, and relinked tracks, are recognized by."""
    named = (SongRow(track.id, song(track.name, track.artists[0].name if track.artists else "")) for track in known)
    return _best((row for row in named if row.track_id != row.song), 2)


@lru_cache(50_000)
def song(title: str, artist: str) -> str:
    """The id of a track that has none of its own; so a row of account data needs no song beside it."""
    return local_id(title, artist, None)


def _positions(known: Iterable[Track]) -> Iterator[TrackArtistRow]:
    for track in known:
        for position, artist in enumerate(track.artists):
            yield TrackArtistRow(track.id, position, _artist_id(artist))


def _track_row(track: Track) -> TrackRow:
    return TrackRow(
        track_id=track.id,
        name=track.name,
        album_id=_album_id(track.album) if track.album else None,
        duration_ms=None if track.duration is None else track.duration // timedelta(milliseconds=1),
        isrc=track.isrc,
        explicit=track.explicit,
    )


def _best(rows: Iterable[Row], key: int) -> list[Row]:
    """One row for each key (the first `key` columns): column by column the greatest that is known.

    The greatest, because any rule by time would need a write each time, and the first to arrive would depend on order.
    It prefers something to nothing and a whole date to its year.
    """
    best: dict[tuple[object, ...], Row] = {}
    for row in rows:
        known = best.get(row[:key])
        if known is None:
            best[row[:key]] = row
        elif known != row:
            best[row[:key]] = type(row)(*map(_greatest, known, row))  # type: ignore[arg-type]  # column by column
    return [best[each] for each in sorted(best)]


def _greatest(one: object, other: object) -> object:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)  # type: ignore[call-overload]


def _artist_id(artist: Artist) -> str:
    return artist.id or _local(artist.name)


def _album_id(album: Album) -> str:
    return album.id or _local(album.name)


@lru_cache(50_000)
def _local(name: str) -> str:
    """An id for what Spotify has none for, or none that we know: it sorts before Spotify's own, so that theirs is the
    better one. A hash, because a key has a limited length."""
    return f"-{hashlib.sha256(name.encode()).hexdigest()[:32]}"
