"""Plays: what was listened to, the steps that ask for it, the pages they find, and what became of them."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import ClassVar, Literal, Self

from pydantic import AwareDatetime

from spindle.shared.ids import JobId, UserId
from spindle.shared.messages import Message, Value
from spindle.shared.messages.jobs import Verdict

# --- values ------------------------------------------------------------------------------------------------------


class Source(StrEnum):
    """Who saw a play."""

    POLL = "poll"
    INITIAL = "initial"
    IMPORT = "import"


class Artist(Value):
    id: str | None
    name: str


class Album(Value):
    id: str | None
    name: str
    release_date: str | None = None


class Track(Value):
    """`id` is Spotify's, `local:<hash>` for a file of the listener's own, or `unknown` when the API sent no track."""

    id: str
    name: str
    artists: tuple[Artist, ...] = ()
    album: Album | None = None
    duration: timedelta | None = None
    isrc: str | None = None
    explicit: bool | None = None


class Play(Value):
    """`played_at` is when the play ENDED, in milliseconds (facts.md §0, 1)."""

    played_at: AwareDatetime
    track: Track
    context: str | None = None


class Window(Value):
    """A stretch of time whose plays are proven to be complete: after `after`, up to and including `before`."""

    after: AwareDatetime
    before: AwareDatetime


# --- commands ----------------------------------------------------------------------------------------------------


class Step(Message):
    """One step of a chain. Everything that the next worker needs travels in it."""

    user: UserId
    job: JobId
    step: int = 1
    started_at: AwareDatetime
    attempt: int = 0
    """How often this very step has been put off, for whatever reason."""
    why: str | None = None
    """Why it waits, if it does; for people."""
    due_at: AwareDatetime | None = None
    """When it is due, and was before the budget of calls put it off; none when that is whenever it comes."""
    retried: int = 0
    """Number of the dead letter as which the chain was retried."""


class PollPlays(Step):
    """Ask once for the newest plays, and hand over to the next poll."""

    subject: ClassVar[str] = "sync.poll.{user}.step"

    newest: AwareDatetime | None = None
    """End of the newest play that the polls before have seen."""
    failures: int = 0
    """Polls in a row that failed before this one."""
    failing_since: AwareDatetime | None = None
    """When the first of them failed."""
    alarmed: bool = False
    """Somebody was told already that they fail for a day."""
    before: AwareDatetime | None = None
    """Of a poll that catches up: the oldest `played_at` so far. Its next page lies before it."""
    latest: AwareDatetime | None = None
    """Of a poll that catches up: end of the newest play that it has seen itself."""
    rhythm: str | None = None
    """When the listener plays and how fast, as the polls before have learned it; packed."""
    told: str | None = None
    """Prints of the plays that the chain has told and that the next page may show; packed."""
    polled_at: AwareDatetime | None = None
    """When the poll before was made."""
    whole_at: AwareDatetime | None = None
    """When one last asked for the newest plays without a cursor."""
    full_at: AwareDatetime | None = None
    """By when it must be made: then Spotify may begin to forget plays that nobody has seen."""


class SyncPlays(Step):
    """Ask for the page of plays before `before`, then for the one before that, until there is a reason to stop."""

    subject: ClassVar[str] = "sync.initial.{user}.step"

    before: AwareDatetime | None = None
    """The oldest `played_at` so far, itself: the API's cursor is exclusive (facts.md §1.1)."""
    rate_limits: int = 0
    """Refusals so far, of all its pages."""
    failures: int = 0
    """Other errors in a row, of this page."""
    requests: int = 0


# --- facts -------------------------------------------------------------------------------------------------------


class PlaysFetched(Message):
    """The plays of one page, newest first; on a job's last step with its verdict."""

    subject: ClassVar[str] = "facts.plays.{user}"

    fact: Literal["PlaysFetched"] = "PlaysFetched"
    user: UserId
    job: JobId
    step: int
    source: Source
    started_at: AwareDatetime
    """When the job started."""
    fetched_at: AwareDatetime
    requests: int
    """Calls that this step spent, failed ones too."""
    plays: tuple[Play, ...] = ()
    """Those that the polls before have not told, of a poll."""
    shown: int | None = None
    """So many plays the service returned, if not just these."""
    window: Window | None = None
    """What the page proves to be complete."""
    verdict: Verdict | None = None
    next_poll_at: AwareDatetime | None = None
    next_poll_why: str | None = None
    """Why then; for people."""
    due_at: AwareDatetime | None = None
    """When this page was due, on the first page of a poll."""

    @cached_property
    def hash(self) -> str:
        """Tells a second delivery of this page from a second fetch of it. What has its default is left out, so that a
        field that is added one day leaves the identity of older pages as it was."""
        said = self.model_dump_json(exclude_defaults=True)
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    @property
    def identity(self) -> str:
        return f"{self.job}:{self.step}:{self.hash}"

    def model_copy(self, *, update: Mapping[str, object] | None = None, deep: bool = False) -> Self:
        """Another page has another hash."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("hash", None)
        return copied


# --- events ------------------------------------------------------------------------------------------------------


class PlaysRecorded(Message):
    """New plays of a listener are in the database."""

    subject: ClassVar[str] = "plays.recorded.{user}"

    event: Literal["PlaysRecorded"] = "PlaysRecorded"
    user: UserId
    name: str
    job: JobId
    step: int
    source: Source
    new: int
    duplicates: int
    total: int
    """Plays of this listener after this page, counted in its transaction."""
    latest: "LatestPlay | None" = None
    next_poll_at: AwareDatetime | None = None
    caused_by: str
    """Identity of the fact."""

    @property
    def identity(self) -> str:
        return f"{self.caused_by}:plays"


class LatestPlay(Value):
    """The newest of the plays that a page brought, for people who watch."""

    played_at: AwareDatetime
    track: str
    artists: tuple[str, ...] = ()


PlaysRecorded.model_rebuild()
