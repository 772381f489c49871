"""What a listener heard: how much, when, and what most. Days are those of the listener's own time zone."""

from datetime import date
from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime, Field

from spindle.shared.ids import UserId
from spindle.shared.messages import Message, Value
from spindle.shared.messages.choices import AtLeast

# --- questions ---------------------------------------------------------------------------------------------------


class By(StrEnum):
    """How long a bar is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Ranked(StrEnum):
    TRACKS = "tracks"
    ARTISTS = "artists"
    ALBUMS = "albums"


class Sums(StrEnum):
    """What an answer about listening is summed up from. By day is quick; a life has tens of thousands of tracks."""

    BY_DAY = "by_day"
    """Plays, time, days, bars, hours and streaks."""
    BY_TRACK = "by_track"
    """How many tracks, artists and albums, and what of them was heard most."""


class AskListening(Message):
    """How much a listener heard, and when: from the day `since` on and before the day `until`."""

    subject: ClassVar[str] = "ask.listening"

    user: UserId
    since: date | None = None
    until: date | None = None
    at_least: AtLeast | None = None
    """Seconds that something must have lasted to count; None for what the listener chose."""
    by: By = By.MONTH
    favourites: int = Field(0, ge=0, le=100)
    """So many tracks, artists and albums that were heard most are told as well: together they cost less."""
    only: Sums | None = None
    """The others are left as they are when nothing was heard; None for both."""


class AskTops(Message):
    """What a listener heard most often in a period; of those alike, what lasted longer, then by name."""

    subject: ClassVar[str] = "ask.tops"

    user: UserId
    what: Ranked = Ranked.TRACKS
    since: date | None = None
    until: date | None = None
    at_least: AtLeast | None = None
    limit: int = Field(50, ge=1, le=1000)
    skip: int = Field(0, ge=0, le=1_000_000)


class AskRepeats(Message):
    """Tracks that a listener heard again and again within one day: the most often first, two times at least."""

    subject: ClassVar[str] = "ask.repeats"

    user: UserId
    since: date | None = None
    until: date | None = None
    at_least: AtLeast | None = None
    limit: int = Field(10, ge=1, le=10)


# --- answers -----------------------------------------------------------------------------------------------------


class Heard(Value):
    """The sums of a period."""

    plays: int = 0
    ms: int = 0
    """For how long; what nobody timed counts as long as its track is."""
    tracks: int = 0
    artists: int = 0
    albums: int = 0
    days: int = 0
    """On which something was heard."""


class Bar(Value):
    begins: date
    plays: int
    ms: int


class Streak(Value):
    """Days in a row, with something heard on each."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class TopRow(Value):
    rank: int
    id: str
    name: str
    artists: tuple[str, ...] = ()
    """Of a track; of an album, those of its track that was heard most."""
    album: str | None = None
    """Of a track."""
    plays: int
    ms: int
    plays_before: int | None = None
    """In the period before; none when there is no such period."""
    rank_before: int | None = None
    """None when it was not heard then."""
    first_at: AwareDatetime | None = None
    """When it was first heard to its end, ever."""
    last_at: AwareDatetime | None = None


class Tops(Value):
    rows: tuple[TopRow, ...]
    more: bool = False


class Favourites(Value):
    """What was heard most often, of each kind."""

    tracks: Tops
    artists: Tops
    albums: Tops


class Listening(Value):
    zone: str
    at_least: AtLeast
    first: date | None = None
    """The day of the first play that is known, whatever was asked."""
    last: date | None = None
    heard: Heard = Heard()
    before: Heard | None = None
    """In the period before, which is as long; none when not both ends of a period were asked."""
    bars: tuple[Bar, ...] = ()
    """Those in which something was heard, oldest first. A week begins on Monday."""
    hours: tuple[tuple[int, ...], ...] = ()
    """Plays by weekday, from Monday, and hour; seven times twenty-four."""
    longest: Streak | None = None
    """In the period."""
    current: Streak | None = None
    """The one that has not been broken yet: it reaches today or yesterday."""
    favourites: Favourites | None = None
    """None when it was not asked how many of them to tell."""


class RepeatRow(Value):
    day: date
    track_id: str
    track: str
    artists: tuple[str, ...]
    plays: int


class Repeats(Value):
    rows: tuple[RepeatRow, ...]
