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
    """`played_at` is the END of the play."""

    played_at: int
    ms_played: int
    track: Track | None
    context: Context | None = None
    hidden: Hidden | None = None
    oddity: Oddity | None = None
    visible_at: int | None = None
    """When the API starts to show it, if a script said so; otherwise it is drawn (logic/visibility.py)."""


class World(Protocol):
    """Everything that one listener ever plays."""

    def newest_first(self, before: int) -> Iterator[Play]:
        """Plays that ended before this moment, lazily: a request for fifty must not make a year of them."""
        ...


RULE_MS = 30_000
"""A play counts after this long (facts.md §1.1); the real rule leaks a little, and so do the worlds."""
