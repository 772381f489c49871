"""Spotify's limits, and how everything stands."""

from spindle.gateway.api.answers.listeners import Standing
from spindle.gateway.api.answers.shape import Instant, Page, Shape
from spindle.shared.spotify.door import Family


class Gate(Shape):
    """The door of the history."""

    open: bool
    until: Instant | None
    why: str | None


class Door(Shape):
    """A family of Spotify's endpoints that is closed, or tried by one call just now."""

    family: Family
    of: str
    """The client id, or the developer account when its quota is used up."""
    quota: bool
    open: bool
    until: Instant
    why: str
    closed_at: Instant
    probing: bool


class Budget(Shape):
    """Calls in the last so many seconds."""

    calls: int
    seconds: int
    used: int


class Doors(Shape):
    gate: Gate
    doors: list[Door]
    budget: Budget | None
    """Null when this gateway does not know in whose name Spotify is asked."""


class Service(Shape):
    up: bool
    backlog: int
    """Messages that wait to be taken."""


class Overview(Page, Doors):
    users: list[Standing]
    services: dict[str, Service]
