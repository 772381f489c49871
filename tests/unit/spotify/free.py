"""A line to Spotify without a budget and without doors, for tests of the calls themselves."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from spindle.shared.spotify.door import Family
from spindle.shared.spotify.line import Turn
from spindle.shared.spotify.pace import Urgency

T = TypeVar("T")

TURN = Turn(Urgency.POLL, datetime(2026, 11, 20, tzinfo=UTC))


class Free:
    async def call(self, family: Family, turn: Turn, ask: Callable[[], Awaitable[T]]) -> T:
        return await ask()
