"""What somebody heard."""

from typing import Annotated

from pydantic import Field, WithJsonSchema

from spindle.gateway.api.answers.listeners import Name, UserId
from spindle.gateway.api.answers.shape import Instant, Shape
from spindle.shared.messages.choices import AtLeast

Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-20"]})]
"""By the clocks of the listener's time zone."""


class Heard(Shape):
    """The sums of a period."""

    plays: int
    ms: int
    """For how long; what nobody timed counts as long as its track is."""
    tracks: int
    artists: int
    albums: int
    days: int
    """On which something was heard."""


class Bar(Shape):
    begins: Day
    plays: int
    ms: int


class Streak(Shape):
    """Days in a row, with something heard on each."""

    first: Day
    last: Day
    days: int


class Listening(Shape):
    user: UserId
    name: Name
    zone: Annotated[str, Field(examples=["Europe/Berlin"])]
    """Whose days these are."""
    at_least: AtLeast
    """Seconds that something must have lasted to count as a play."""
    first: Day | None
    """The day of the first play that is known, whatever was asked."""
    last: Day | None
    heard: Heard
    before: Heard | None
    """In the period before, which is as long; null when not both ends of a period were asked."""
    bars: list[Bar]
    """Those in which something was heard, oldest first. A week begins on Monday."""
    hours: list[list[int]]
    """Plays by weekday, from Monday, and hour; seven times twenty-four."""
    longest: Streak | None
    """In the period."""
    current: Streak | None
    """The one that has not been broken yet: it reaches today or yesterday."""


class Top(Shape):
    rank: int
    id: str
    name: str
    artists: list[str]
    """Of a track; of an album, those of its track that was heard most."""
    album: str | None
    """Of a track."""
    plays: int
    ms: int
    plays_before: int | None
    """In the period before; null when there is no such period."""
    rank_before: int | None
    """Null when it was not heard then."""
    first_at: Instant | None
    """When it was first heard to its end, ever."""
    last_at: Instant | None


class Tops(Shape):
    rows: list[Top]
    more: bool
    """There are more behind them: `skip` these."""


class Repeat(Shape):
    day: Day
    track_id: str
    track: str
    artists: list[str]
    plays: int


class Repeats(Shape):
    rows: list[Repeat]
