"""What a row of an export says: a play, or why it is none."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from spindle.shared.spotify.exports import BadRow, Row
from spindle.shared.spotify.plays import LONGEST, MILLISECOND, local_id
from spindle.sync_worker.logic.files import Package

EARLIEST = datetime(2006, 4, 1, tzinfo=UTC)
"""Spotify was founded then."""

AHEAD = timedelta(days=2)
"""So far a row may lie in the future: clocks are wrong, days are not."""

LONGEST_TEXT = 2000
"""Characters of a title or a name."""

_TRACK = "spotify:track:"
_URI_LENGTH = len(_TRACK) + 22
_MILLISECONDS_FROM = 10**11
"""Until 2022 `offline_timestamp` was in milliseconds, since then in seconds: this is 1973 or 5138."""
_NO_STAMP = 10**14  # milliseconds: the same year
_SHORT = 200  # characters of what is no name
_EARLIEST = int(EARLIEST.timestamp())
_LONGEST = LONGEST // MILLISECOND


class Why(StrEnum):
    """Why a row is no play of a track: its bucket in the receipt."""

    PODCAST = "podcast"
    AUDIOBOOK = "audiobook"
    VIDEO = "video"
    NO_TRACK = "no_track"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Left:
    why: Why
    reason: str | None = None
    """Of an invalid row; it repeats nothing of it."""


_PODCAST = Left(Why.PODCAST)
_AUDIOBOOK = Left(Why.AUDIOBOOK)
_VIDEO = Left(Why.VIDEO)
_NO_TRACK = Left(Why.NO_TRACK)
NO_HISTORY = Left(Why.INVALID, "neither ts nor endTime")
"""Nothing in this row says that it is one of a listening history."""
CROWDED = Left(Why.INVALID, "more plays in an hour than it has seconds")


class How(msgspec.Struct, frozen=True, gc=False):
    """How a play came about, as the row says it."""

    platform: str | None
    country: str | None
    reason_start: str | None
    reason_end: str | None
    shuffle: bool | None
    skipped: bool | None
    offline: bool | None
    private: bool | None

    def tidy(self) -> "How":
        """As it may be kept. Asked for once for many plays that came about alike."""
        return How(
            _short(self.platform),
            _short(self.country),
            _short(self.reason_start),
            _short(self.reason_end),
            self.shuffle,
            self.skipped,
            self.offline,
            self.private,
        )


class Heard(msgspec.Struct, frozen=True, gc=False):
    """A play. Structs and whole numbers: there may be millions."""

    ended: int
    """Seconds since 1970: when it ended, or the beginning of the minute in which it did."""
    to_the_minute: bool
    ms_played: int
    track_id: str
    title: str
    artist: str
    album: str
    how: How
    started: int | None = None
    """In milliseconds since 1970, by the clock of the device, which may be wrong."""


_UNTOLD = How(None, None, None, None, None, None, None, None)


class _Impossible(Exception):
    """No play can have been like this; the message says what is wrong and repeats nothing of it."""


def heard(row: Row | BadRow, package: Package, latest: int) -> Heard | Left:
    """`latest` is the last second in which a play can have ended; see `latest`."""
    if isinstance(row, BadRow):
        return Left(Why.INVALID, row.why)
    try:
        if row.ts is not None:
            return _extended(row, row.ts, package, latest)
        if row.end_time is not None:
            return _account(row, row.end_time, latest)
    except _Impossible as wrong:
        return Left(Why.INVALID, str(wrong))
    return NO_HISTORY


def latest(now: datetime) -> int:
    return int((now + AHEAD).timestamp())


def _extended(row: Row, ts: str, package: Package, latest: int) -> Heard | Left:
    if package is Package.VIDEO:
        return _VIDEO
    if row.audiobook_uri or row.audiobook_title or row.audiobook_chapter_uri:
        return _AUDIOBOOK
    uri, title = row.spotify_track_uri or "", row.master_metadata_track_name or ""
    if not uri and not title:
        return _PODCAST if row.spotify_episode_uri or row.episode_name else _NO_TRACK
    artist, album = row.master_metadata_album_artist_name or "", row.master_metadata_album_album_name or ""
    if len(title) + len(artist) + len(album) > LONGEST_TEXT or "\0" in title or "\0" in artist or "\0" in album:
        title, artist, album = _name(title), _name(artist), _name(album)
    return Heard(
        _second("ts", ts, latest),
        False,
        _length("ms_played", row.ms_played),
        _track_id(uri) or local_id(title, artist, None),
        title,
        artist,
        album,
        How(
            row.platform,
            row.conn_country,
            row.reason_start,
            row.reason_end,
            row.shuffle,
            row.skipped,
            row.offline,
            row.incognito_mode,
        ),
        _by_the_device(row.offline_timestamp),
    )


def _account(row: Row, end: str, latest: int) -> Heard | Left:
    if row.audiobook_name is not None:
        return _AUDIOBOOK
    if row.podcast_name is not None or row.account_episode_name is not None:
        return _PODCAST
    if not row.track_name:
        return _NO_TRACK
    title, artist = _name(row.track_name), _name(row.artist_name or "")
    second = _second("endTime", end, latest)
    return Heard(
        ended=second - second % 60,
        to_the_minute=True,
        ms_played=_length("msPlayed", row.account_ms_played),
        track_id=local_id(title, artist, None),
        title=title,
        artist=artist,
        album="",
        how=_UNTOLD,
    )


def _second(field: str, text: str, latest: int) -> int:
    """Both packages mean UTC, whether they say so or not (facts.md §6.3)."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise _Impossible(f"{field}: no time") from None
    second = int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    if not _EARLIEST <= second <= latest:
        raise _Impossible(f"{field}: a time at which Spotify cannot have played anything")
    return second


def _length(field: str, milliseconds: int | None) -> int:
    if milliseconds is None or not 0 <= milliseconds <= _LONGEST:
        raise _Impossible(f"{field}: no length that a play can have")
    return milliseconds


def _name(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise _Impossible(f"a name of more than {LONGEST_TEXT:,} characters")
    return text.replace("\0", "")


def _track_id(uri: str) -> str | None:
    """None for what is no track of Spotify's: its ids are 22 letters and digits."""
    if len(uri) == _URI_LENGTH and uri.startswith(_TRACK) and uri.isascii() and (found := uri[len(_TRACK) :]).isalnum():
        return found
    return None


def _by_the_device(stamp: float | None) -> int | None:
    if not stamp or not 0 < stamp < _NO_STAMP:
        return None
    return int(stamp if stamp > _MILLISECONDS_FROM else stamp * 1000)


def _short(text: str | None) -> str | None:
    return text.replace("\0", "")[:_SHORT] or None if text else None
