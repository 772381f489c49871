"""How far everything has come, for bars."""

from spindle.gateway.api.answers.jobs import JobId
from spindle.gateway.api.answers.listeners import Name, UserId
from spindle.gateway.api.answers.shape import Page, Shape
from spindle.people.states import State


class Bar(Shape):
    done: int | None
    """Pages of an initial sync, or rows of an import."""
    total: int | None
    """Of an initial sync the most that it may come to: it ends when Spotify has no older plays."""
    percent: float | None


class UserSync(Bar):
    user: UserId
    name: Name
    phase: State
    job: JobId | None
    why: str


class SyncStatus(Page, Bar):
    """Of everybody together: imports before initial syncs, and both before polling. Only what is in this phase is
    counted."""

    phase: State
    users: list[UserSync]
