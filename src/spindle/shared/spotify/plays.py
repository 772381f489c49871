"""Spotify's plays in our words."""

import hashlib
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from spindle.shared.messages.plays import Album, Artist, Play, Track
from spindle.shared.spotify import regular, wire

UNKNOWN = Track(id="unknown", name="Unknown track")
"""What was played when the API does not say it."""

LONGEST = timedelta(days=7)
"""No track lasts longer: a larger number is an error, and would not fit 32 bits of milliseconds for long."""

_REMEMBERED = 4096
"""Tracks, some 10 MB of them: many people hear the same, and the same person hears them again."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class RecentlyPlayed:
    """One page, in Spotify's order: newest first."""

    plays: tuple[Play, ...]
    unreadable: int
    """Items that came and could not be read; a page of such items is not an empty page."""
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page and how many calls it took."""

    page: RecentlyPlayed
    requests: int


def read(body: bytes) -> RecentlyPlayed:
    """Raises `Malformed`."""
    if page := regular.page(body):
        with suppress(ValueError):
            return recently_played(page)
    return recently_played(wire.read(wire.Page, body))


def recently_played(page: wire.Page | regular.Page) -> RecentlyPlayed:
    plays = tuple(play(item) for item in page.items if item)
    unreadable = len(page.items) - len(plays)
    times = [each.played_at for each in plays]
    if unreadable:
        times += _cursor_times(page.cursors)  # else a page of unreadable items would end the history there
    return RecentlyPlayed(plays, unreadable, min(times, default=None), max(times, default=None))


def play(item: wire.PlayHistory | regular.PlayHistory) -> Play:
    context = item.context.uri or None if item.context else None
    return Play(played_at=item.played_at, track=track(item.track), context=context)


@lru_cache(_REMEMBERED)
def track(found: wire.Track | regular.Track | None) -> Track:
    if found is None or not (found.id or found.name):
        return UNKNOWN
    artists = tuple(_artist(each) for each in found.artists or () if each and (each.id or each.name))
    name = found.name or UNKNOWN.name
    duration = length(found.duration_ms)
    return Track(
        id=found.id or local_id(name, artists[0].name if artists else "", duration),
        name=name,
        artists=artists,
        album=_album(found.album),
        duration=duration,
        isrc=found.external_ids.isrc or None if found.external_ids else None,
        explicit=found.explicit,
    )


def local_id(name: str, artist: str, duration: timedelta | None) -> str:
    """The same file gets the same id at every listener and every time: Spotify gives it none."""
    spoken = [" ".join(unicodedata.normalize("NFKC", text).casefold().split()) for text in (name, artist)]
    key = "|".join([*spoken, str(duration // MILLISECOND) if duration else ""])
    return f"local:{hashlib.sha256(key.encode()).hexdigest()[:22]}"


def length(milliseconds: float | None) -> timedelta | None:
    """None for a length that no track has; 0 too, which would leave no room to match its plays."""
    if milliseconds is None or not 1 <= milliseconds <= LONGEST / MILLISECOND:
        return None
    return round(milliseconds) * MILLISECOND


def _artist(found: wire.Artist | regular.Artist) -> Artist:
    return Artist(id=found.id or None, name=found.name or "Unknown artist")


def _album(found: wire.Album | regular.Album | None) -> Album | None:
    if found is None or not (found.id or found.name):
        return None
    return Album(id=found.id or None, name=found.name or "Unknown album", release_date=found.release_date or None)


def _cursor_times(cursors: wire.Cursors | None) -> list[datetime]:
    found = (cursors.after, cursors.before) if cursors else ()
    return [EPOCH + each * MILLISECOND for each in found if each and 0 < each < 2**42]  # 2**42: the year 2109
