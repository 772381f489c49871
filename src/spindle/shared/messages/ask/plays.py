"""What was played."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from spindle.shared.ids import UserId
from spindle.shared.messages import Message, Value
from spindle.shared.messages.choices import AtLeast
from spindle.shared.messages.imports import Circumstances
from spindle.shared.messages.plays import Source


class AskPlays(Message):
    """A listener's plays, oldest first. With `latest`, the newest `limit` of them (still oldest first), and before
    them, page by page, those that are older.

    Of those that are looked for, a page may hold fewer than `limit` and lead on all the same: it looks at so many only.
    """

    subject: ClassVar[str] = "ask.plays"

    user: UserId
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    after: str | None = None
    """The cursor of the page before."""
    latest: bool = False
    limit: int = Field(1000, ge=1, le=5000)
    search: str | None = Field(None, max_length=200)
    """Only those whose track, album or one of whose artists has this in its name, whatever the case."""
    track: str | None = None
    artist: str | None = None
    album: str | None = None
    """Only those of the track, artist or album of this id."""
    source: Source | None = None
    """Only those that this source has seen."""
    skipped: bool | None = None
    """Only those that an import says were skipped, or were not; one that no import has seen is in neither."""
    at_least: AtLeast | None = None
    """Only those that lasted so many seconds, or nobody knows how long: what counts as a play in what was heard."""
    short: bool | None = None
    """Only those that are known to have lasted less than 30 seconds, or all the others."""


class PlayRow(Value):
    played_at: AwareDatetime
    track_id: str
    track: str
    artists: tuple[str, ...]
    album: str | None
    duration_ms: int | None
    ms_played: int | None
    source: Source
    job: str
    short: bool = False
    """Known to have lasted less than 30 seconds."""
    circumstances: Circumstances | None = None
    """None for a play that no import has seen."""
    artist_ids: tuple[str, ...] = ()
    """In the order of `artists`."""
    album_id: str | None = None


class Plays(Value):
    plays: tuple[PlayRow, ...]
    next: str | None = None
    """Pass it as `after` to go on; none when this was the last page."""
    looked_at: AwareDatetime | None = None
    """How far was looked, when it was not until the end and fewer than asked for were found."""
