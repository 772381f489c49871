"""A page of plays in which every part is as Spotify describes it: read at once, for that is what nearly all are.

What is unusual in any way is left to `wire`, which reads part by part and takes ten times as long. Of every page that
this one reads, both say the same.
"""

from datetime import datetime

import msgspec

from spindle.shared.spotify.wire import moment

_LEFT_OUT = (b"\0", b"\\u0000")
"""`wire` takes it out of texts."""


class Artist(msgspec.Struct, frozen=True):
    id: str | None = None
    name: str | None = None


class Album(msgspec.Struct, frozen=True):
    id: str | None = None
    name: str | None = None
    release_date: str | None = None


class ExternalIds(msgspec.Struct, frozen=True):
    isrc: str | None = None


class Track(msgspec.Struct, frozen=True):
    id: str | None = None
    name: str | None = None
    artists: tuple[Artist, ...] | None = None
    album: Album | None = None
    duration_ms: float | None = None
    external_ids: ExternalIds | None = None
    explicit: bool | None = None


class Context(msgspec.Struct, frozen=True):
    uri: str | None = None


class PlayHistory(msgspec.Struct, frozen=True):
    said: str = msgspec.field(name="played_at")
    track: Track | None = None
    context: Context | None = None

    @property
    def played_at(self) -> datetime:
        """Raises `ValueError`."""
        return moment(self.said)


class Page(msgspec.Struct, frozen=True):
    items: tuple[PlayHistory, ...]

    @property
    def cursors(self) -> None:
        """Looked at only where something could not be read."""


_page = msgspec.json.Decoder(Page)


def page(body: bytes) -> Page | None:
    """None for one that is not regular; times are not looked at yet."""
    if any(each in body for each in _LEFT_OUT):
        return None
    try:
        return _page.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
