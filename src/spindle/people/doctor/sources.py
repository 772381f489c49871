"""What several checks look at: each source is opened by the first who asks, and shared by all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from nats.aio.client import Client

from spindle.people import asking
from spindle.people.doctor.logic.polls import OVERDUE
from spindle.people.limits import Limits
from spindle.people.looking import limits
from spindle.shared.ids import now
from spindle.shared.messages.ask import Listener
from spindle.shared.settings import SpotifySettings
from spindle.shared.spotify.accounts import Accounts, speaking_with

LISTENERS = 2000
"""At so many a visit looks, and of the others at so many who are unwell, so that it stays short."""

T = TypeVar("T")


@dataclass(frozen=True)
class Moment:
    """What a clock said, and between which times of ours it was asked."""

    at: datetime
    asked: datetime
    answered: datetime
    coarse: timedelta = timedelta()
    """It may be later than it says by so much."""

    @property
    def ahead(self) -> float:
        """By how many seconds it is surely ahead of our clock, or behind it when negative."""
        if self.at > self.answered:
            return (self.at - self.answered).total_seconds()
        return min((self.at + self.coarse - self.asked).total_seconds(), 0)


@dataclass(frozen=True)
class Everyone:
    listeners: Sequence[Listener]
    more: bool
    """There are others, who are well."""


class Once(Generic[T]):
    """A look that is made when it is first asked for. Whoever cannot wait for it leaves it to the others."""

    def __init__(self, look: Callable[[], Awaitable[T]]) -> None:
        self._look = look
        self._task: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        if self._task is None:
            self._task = asyncio.ensure_future(self._made())
        return await asyncio.shield(self._task)

    async def end(self) -> T | None:
        """What was found, if it was asked for and found."""
        if self._task is None:
            return None
        self._task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            return await self._task
        return None

    async def _made(self) -> T:
        return await self._look()


class Sources:
    """Of one visit. `spotify` says in whose name Spotify is asked; the bus is opened by `reach`."""

    def __init__(self, reach: Callable[[], Awaitable[Client]], spotify: Callable[[], SpotifySettings]) -> None:
        self._spotify = spotify
        self.bus: Once[Client] = Once(reach)
        self.everyone: Once[Everyone] = Once(self._everyone)
        self.limits: Once[Limits] = Once(self._limits)
        self.accounts: Once[Accounts] = Once(self._accounts)

    @property
    def spotify(self) -> SpotifySettings:
        return self._spotify()

    async def close(self) -> None:
        """But for the bus, which may be needed by others."""
        await self.everyone.end()
        await self.limits.end()
        if accounts := await self.accounts.end():
            await accounts.close()

    async def _accounts(self) -> Accounts:
        return speaking_with(self.spotify)

    async def _limits(self) -> Limits:
        return await limits((await self.bus()).jetstream(), self.spotify, now())

    async def _everyone(self) -> Everyone:
        bus = await self.bus()
        first, more = await _first(asking.everybody(bus))
        if not more:
            return Everyone(first, more=False)
        unwell, _ = await _first(asking.everybody(bus, after=first[-1].user, unwell_since=now() - OVERDUE))
        return Everyone([*first, *unwell], more=True)


async def _first(listeners: AsyncIterator[Listener]) -> tuple[list[Listener], bool]:
    """And whether there are more."""
    found: list[Listener] = []
    async for one in listeners:
        if len(found) == LISTENERS:
            return found, True
        found.append(one)
    return found, False


async def timed(clock: Awaitable[datetime], coarse: timedelta = timedelta()) -> Moment:
    asked = now()
    at = await clock
    return Moment(at, asked, now(), coarse)
