"""What a row of an export says: a play, or why it is none."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from spindle.shared.spotify.exports import Row
from spindle.shared.spotify.plays import EPOCH, LONGEST, MILLISECOND, local_id
from spindle.sync_worker.logic.files import Package

EARLIEST = datetime(2006, 4, 1, tzinfo=UTC)
"""Spotify was founded then."""

AHEAD = timedelta(days=2)
"""So far a row may lie in the future: clocks are wrong, days are not."""

LONGEST_TEXT = 2000
"""Characters of a title or a name."""

_TRACK = "spotify:track:"
_ID_LENGTH = 22
_MILLISECONDS_FROM = 10**11
"""Until 2022 `offline_timestamp` was in milliseconds, since then in seconds: this is 1973 or 5138."""


class Why(StrEnum):
    """Why a row is no play of a track: its bucket in the receipt."""

    PODCAST = "podcast"
    AUDIOBOOK = "audiobook"
    VIDEO = "video"
    NO_TRACK = "no track"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Left:
    why: Why
    reason: str | None = None
    """Of an invalid row; it repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A play. `ended_at` is a whole second, or the beginning of the minute in which it ended."""

    ended_at: datetime
    to_the_minute: bool
    ms_played: int
    track_id: str
    title: str
    artist: str
    album: str
    started_at: datetime | None = None
    """By the clock of the device, which may be wrong."""
    platform: str | None = None
    country: str | None = None
    reason_start: str | None = None
    reason_end: str | None = None
    shuffle: bool | None = None
    skipped: bool | None = None
    offline: bool | None = None
    private: bool | None = None


class _Impossible(Exception):
    """No play can have been like this; the message says what is wrong and repeats nothing of it."""


def heard(row: Row, package: Package, now: datetime) -> Heard | Left:
    try:
        if row.ts is not None:
            return _extended(row, row.ts, package, now)
        if row.end_time is not None:
            return _account(row, row.end_time, now)
    except _Impossible as wrong:
        return Left(Why.INVALID, str(wrong))
    return Left(Why.INVALID, "neither ts nor endTime")


def _extended(row: Row, ts: str, package: Package, now: datetime) -> Heard | Left:
    if package is Package.VIDEO:
        return Left(Why.VIDEO)
    if row.audiobook_uri or row.audiobook_title or row.audiobook_chapter_uri:
        return Left(Why.AUDIOBOOK)
    uri, title = row.spotify_track_uri or "", row.master_metadata_track_name or ""
    if not uri and not title:
        return Left(Why.PODCAST if row.spotify_episode_uri or row.episode_name else Why.NO_TRACK)
    title, artist = _name(title), _name(row.master_metadata_album_artist_name)
    return Heard(
        ended_at=_moment("ts", ts, now),
        to_the_minute=False,
        ms_played=_length("ms_played", row.ms_played),
        track_id=_track_id(uri) or local_id(title, artist, None),
        title=title,
        artist=artist,
        album=_name(row.master_metadata_album_album_name),
        started_at=_by_the_device(row.offline_timestamp),
        platform=_short(row.platform),
        country=_short(row.conn_country),
        reason_start=_short(row.reason_start),
        reason_end=_short(row.reason_end),
        shuffle=row.shuffle,
        skipped=row.skipped,
        offline=row.offline,
        private=row.incognito_mode,
    )


def _account(row: Row, end: str, now: datetime) -> Heard | Left:
    if row.audiobook_name is not None:
        return Left(Why.AUDIOBOOK)
    if row.podcast_name is not None or row.account_episode_name is not None:
        return Left(Why.PODCAST)
    if not row.track_name:
        return Left(Why.NO_TRACK)
    title, artist = _name(row.track_name), _name(row.artist_name)
    return Heard(
        ended_at=_moment("endTime", end, now),
        to_the_minute=True,
        ms_played=_length("msPlayed", row.account_ms_played),
        track_id=local_id(title, artist, None),
        title=title,
        artist=artist,
        album="",
    )


def _moment(field: str, text: str, now: datetime) -> datetime:
    """Both packages mean UTC, whether they say so or not (facts.md §6.3)."""
    try:
        found = datetime.fromisoformat(text)
        at = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Impossible(f"{field}: no time") from None
    if not EARLIEST <= at <= now + AHEAD:
        raise _Impossible(f"{field}: a time at which Spotify cannot have played anything")
    return at.replace(microsecond=0)


def _length(field: str, milliseconds: int | None) -> int:
    if milliseconds is None or not 0 <= milliseconds <= LONGEST / MILLISECOND:
        raise _Impossible(f"{field}: no length that a play can have")
    return milliseconds


def _name(text: str | None) -> str:
    if text is not None and len(text) > LONGEST_TEXT:
        raise _Impossible(f"a name of more than {LONGEST_TEXT:,} characters")
    return _clean(text or "")


def _track_id(uri: str) -> str | None:
    found = uri.removeprefix(_TRACK)
    return found if found != uri and len(found) == _ID_LENGTH and found.isascii() and found.isalnum() else None


def _by_the_device(stamp: float | None) -> datetime | None:
    if not stamp:
        return None
    seconds = stamp / 1000 if stamp > _MILLISECONDS_FROM else stamp
    return EPOCH + timedelta(seconds=seconds) if 0 < seconds < _MILLISECONDS_FROM else None


def _clean(text: str) -> str:
    return text.replace("\0", "") if "\0" in text else text


def _short(text: str | None) -> str | None:
    return _clean(text)[:200] if text else None
