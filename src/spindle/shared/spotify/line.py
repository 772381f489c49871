"""The line to Spotify: what every call of the Web API passes on its way out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from nats.js import JetStreamContext

from spindle.shared.ids import now
from spindle.shared.metrics.declared import API_HELD
from spindle.shared.settings import SpotifySettings
from spindle.shared.spotify.door import Family, Owner
from spindle.shared.spotify.doors import BUCKET, Doors
from spindle.shared.spotify.errors import Held
from spindle.shared.spotify.pace import Pace, Urgency

T = TypeVar("T")


async def _at_once() -> None:
    """Nothing has to be looked at before the call."""


@dataclass(frozen=True)
class Turn:
    """For whom a call is, and what is looked at last before it is made: that may raise."""

    urgency: Urgency
    by: datetime
    """When it is due, or must be made at the latest: of the equally urgent the earliest goes first."""
    ready: Callable[[], Awaitable[None]] = _at_once
    patience: timedelta | None = None
    """How long it waits for its turn, if not as long as anybody."""


def at_once() -> Turn:
    """For somebody who sits and waits."""
    return Turn(Urgency.PERSON, now())


class Line:
    def __init__(self, pace: Pace, doors: Doors) -> None:
        self.pace = pace
        self.doors = doors

    async def call(self, family: Family, turn: Turn, ask: Callable[[], Awaitable[T]]) -> T:
        """What `ask` returns, when its turn has come and the door is open. Raises `Held` when that is not to be.

        A turn that comes to nothing, because looking took too long, is not used: it would crowd those behind it.
        """
        try:
            return await self._called(family, turn, ask)
        except Held as held:
            API_HELD.labels(family, "budget" if held.budget else "door").inc()
            raise

    async def _called(self, family: Family, turn: Turn, ask: Callable[[], Awaitable[T]]) -> T:
        while True:
            self.doors.look(family)
            granted = await self.pace.turn(turn.urgency, turn.by, turn.patience)
            await turn.ready()
            try:
                async with self.doors.passing(family):
                    return await self._in_time(granted, ask)
            except _TooLate:
                continue

    async def _in_time(self, granted: float, ask: Callable[[], Awaitable[T]]) -> T:
        if not self.pace.good(granted):
            raise _TooLate
        return await ask()

    async def close(self) -> None:
        await self.pace.close()


async def line_of(settings: SpotifySettings, js: JetStreamContext) -> Line:
    """The bucket must exist."""
    kv = await js.key_value(BUCKET)
    owner = Owner(settings.spotify_client_id, settings.spotify_developer_account)
    return Line(Pace(kv, owner.client, settings.spotify_budget), Doors(js, kv, owner))


class _TooLate(Held):
    def __init__(self) -> None:
        super().__init__(now(), "its turn has passed", budget=True)
