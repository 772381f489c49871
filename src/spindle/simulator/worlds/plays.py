"""What a world is made of. Times are Unix milliseconds, as on Spotify's wire, which is all this package speaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Hidden(StrEnum):
    """Why the API never shows a play (facts.md §1.1)."""

    SHORT = "played for less than 30 s"
    NO_TRACK = "no track in the row"
    PODCAST = "a podcast or an audiobook"
    PRIVATE = "a private session"


class Oddity(StrEnum):
    """Items that clients must survive; they appear only when a script asks for them."""

    NULL_TRACK = "null-track"
    NO_ID = "no-id"
    LOCAL = "local"


class Told(StrEnum):
    """Which moment of a play the API tells as its `played_at` (facts.md §0, 1)."""

    END = "end"
    START = "start"


@dataclass(frozen=True, slots=True)
class Artist:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Album:
    id: str
    name: str
    kind: str
    artists: tuple[Artist, ...]
    released: str
    total_tracks: int

    @property
    def precision(self) -> str:
        return ("year", "month", "day")[self.released.count("-")]


@dataclass(frozen=True, slots=True)
class Track:
    id: str
    name: str
    artists: tuple[Artist, ...]
    album: Album
    number: int
    duration_ms: int
    explicit: bool
    isrc: str
    popularity: int


@dataclass(frozen=True, slots=True)
class Context:
    """Where a play was started from; Liked Songs have none (facts.md §1.3)."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Play:
    """`played_at` is the END of the play, unless `told` says otherwise."""

    played_at: int
    ms_played: int
    track: Track | None
    context: Context | None = None
    hidden: Hidden | None = None
    oddity: Oddity | None = None
    visible_at: int | None = None
    """When the API starts to show it, if a script said so; otherwise it is drawn (logic/visibility.py)."""
    told: Told = Told.END
    paused_ms: int = 0
    """A pause that came before the end, and of which `played_at` knows nothing (facts.md §1.4)."""

    @property
    def ended_at(self) -> int:
        """When it really ended, as exports have it."""
        return self.played_at + self.paused_ms + (self.ms_played if self.told is Told.START else 0)

    @property
    def began_at(self) -> int:
        return self.ended_at - self.paused_ms - self.ms_played


def local_uri(track: Track) -> str:
    """Of a file of the listener's own, as it stands in playlists; nobody has seen one in recently-played."""
    words = (track.artists[0].name, track.album.name, track.name, str(track.duration_ms // 1000))
    return "spotify:local:" + ":".join(word.replace(" ", "+") for word in words)


class World(Protocol):
    """Everything that one listener ever plays."""

    def newest_first(self, before: int) -> Iterator[Play]:
        """Plays with a `played_at` before this moment, lazily: a request for fifty must not make a year of them."""
        ...


RULE_MS = 30_000
"""A play counts after this long (facts.md §1.1); the real rule leaks a little, and so do the worlds."""
