"""Listeners, and how they are."""

from datetime import timedelta
from typing import ClassVar

from pydantic import AwareDatetime, Field

from spindle.shared.ids import JobId, UserId
from spindle.shared.messages import Message, Value
from spindle.shared.messages.choices import AtLeast
from spindle.shared.messages.jobs import Reason, Status
from spindle.shared.messages.users import Left


class AskUsers(Message):
    """Listeners in order of their ids: all, the one of this name or id, or those after an id."""

    subject: ClassVar[str] = "ask.users"

    user: str | None = None
    after: UserId | None = None
    limit: int = Field(500, ge=1, le=5000)
    unwell_since: AwareDatetime | None = None
    """Only those who are not simply polled: disconnected, about to be, paused, failing, waiting, or with a poll due
    before then."""
    coverage: bool = True
    """Whether it is told what is proven, too: of many listeners that takes longer than all the rest."""


class InitialSync(Value):
    """`status` is of the latest run, none before the first; the rest is of the latest that completed or still runs."""

    status: Status | None = None
    started_at: AwareDatetime | None = None
    completed_at: AwareDatetime | None = None
    earliest_played_at: AwareDatetime | None = None
    reason: Reason | None = None
    running: JobId | None = None
    waiting_until: AwareDatetime | None = None
    error: str | None = None


class Coverage(Value):
    """From `after` to `before` it is proven which plays there were, but for `gaps` stretches, `missing` long in all."""

    after: AwareDatetime
    before: AwareDatetime
    gaps: int = 0
    missing: timedelta = timedelta()


class PollLag(Value):
    """How long polls took lately from the time they were due until they were committed."""

    p50: timedelta
    p95: timedelta
    polls: int
    """So many polls were looked at."""


class Listener(Value):
    """Everything that is known of a listener, plays aside."""

    user: UserId
    name: str
    account: str
    linked_at: AwareDatetime
    authorized_at: AwareDatetime | None = None
    """When they consented, if that is known; if not, it was before `linked_at`."""
    warned: Left | None = None
    """What they were told already of the end of this authorization."""
    disconnected_at: AwareDatetime | None = None
    disconnected_why: str | None = None
    plays: int = 0
    last_played_at: AwareDatetime | None = None
    last_poll_at: AwareDatetime | None = None
    next_poll_at: AwareDatetime | None = None
    next_poll_why: str | None = None
    """Why then; for people."""
    poll_error: str | None = None
    """Why the last poll failed; none when it did not."""
    failing_since: AwareDatetime | None = None
    """When the first of the polls in a row failed that have failed until now."""
    poll_lag: PollLag | None = None
    initial_sync: InitialSync = InitialSync()
    paused: tuple[str, ...] = ()
    coverage: Coverage | None = None
    """None until a page has proven something."""
    zone: str | None = None
    """The time zone of their days; none for UTC."""
    at_least: AtLeast | None = None
    """Seconds that something must last to count as a play of theirs; none for the usual 30."""


class Users(Value):
    users: tuple[Listener, ...]
    more: bool = False
