"""Listeners: who they are, what is happening, and which of their time is proven."""

from datetime import date
from typing import Annotated

from pydantic import Field

from spindle.gateway.api.answers.shape import USER, Instant, Page, Shape
from spindle.people.coverage import Proof
from spindle.people.states import State
from spindle.shared.messages.choices import AtLeast
from spindle.shared.messages.jobs import Reason

UserId = Annotated[str, Field(examples=[USER])]
Name = Annotated[str, Field(examples=["Nadia"])]


class FirstSync(Shape):
    """The initial sync, which fetches what was played before Spindle knew the listener."""

    started_at: Instant | None
    completed_at: Instant | None
    earliest_played_at: Instant | None
    reason: Reason | None
    """Why it stopped."""


class Coverage(Shape):
    """From `after` to `before` every play is known, but for the gaps."""

    after: Instant
    before: Instant
    gaps: int
    missing_seconds: float
    """How long the gaps are together."""


class PollLag(Shape):
    """Seconds from the time when polls were due until they were recorded."""

    p50: float
    p95: float
    polls: int


class Standing(Shape):
    """How the recording of a listener goes."""

    user: UserId
    name: Name
    state: State
    why: Annotated[str, Field(examples=["the next poll is in 4 min"])]
    """The same for people."""
    plays: int
    last_played_at: Instant | None
    next_poll_at: Instant | None
    next_poll_why: Annotated[str | None, Field(examples=["in a session"])]
    """Why then."""
    initial_sync: FirstSync
    coverage: Coverage | None
    poll_lag: PollLag | None
    failing_since: Instant | None
    authorized_at: Instant | None
    login_ends_at: Instant | None
    paused: list[str]
    """`all`, or the kinds of jobs that are paused."""
    error: str | None


class Listener(Shape):
    user: UserId
    name: Name
    account: str
    """Spotify's name for them."""
    linked_at: Instant
    disconnected_at: Instant | None
    plays: int


class Choices(Shape):
    zone: Annotated[str, Field(examples=["Europe/Berlin"])]
    """Where their days begin."""
    at_least: AtLeast
    """Seconds that something must have lasted to count as a play."""


class Chosen(Choices):
    user: UserId
    name: Name


class Belongings(Shape):
    """What has gone with them."""

    plays: int
    never_imported: int
    """Plays that no import had brought: besides Spotify nobody has them."""
    imports: int
    jobs: int


class Removed(Shape):
    user: UserId
    name: Name
    removed: Belongings


class Portrait(Standing, Choices):
    """One listener: what both lists say of them, and what they chose."""

    account: str
    linked_at: Instant
    disconnected_at: Instant | None


class Listeners(Page):
    users: list[Listener]


class Gap(Shape):
    after: Instant
    before: Instant


class Stretch(Shape):
    """Days in a row of which the same can be said."""

    first: date
    last: date
    proof: Proof


class Days(Shape):
    """How many days are known how well."""

    complete: int
    """Polls and the initial sync have seen all of them."""
    imported: int
    """All of them is known, and not without an import."""
    partial: int
    gap: int
    """Nothing of them is proven."""


class Proven(Shape):
    user: UserId
    name: Name
    coverage: Coverage | None
    """Null until a page of plays has proven something."""
    gaps: list[Gap]
    """Stretches of time of which nobody can say that every play was recorded, oldest first."""
    zone: Annotated[str, Field(examples=["Europe/Berlin"])]
    """Of the days."""
    days: Days
    stretches: list[Stretch]
    """Of days, oldest first. The last day counts as what is known of it so far."""
