"""One consumer of the stream `events`, and any number of followers, who are nothing but a place in it.

A follower has no queue. It waits for a pulse that all share and takes what the ring holds behind its number; behind the
ring it reads from the stream itself. So a slow client costs no memory, and nothing is ever dropped or told twice.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Self

import nats.errors
import structlog
from nats.aio.client import Client
from nats.js.api import StreamState

from spindle.gateway.errors import NotOpen
from spindle.gateway.live.backlog import BLOCK, Backlog, Block
from spindle.gateway.live.news import Missed, News, from_block
from spindle.gateway.live.ring import Ring
from spindle.people.errors import Problem
from spindle.people.events import Event, events, only_wanted_ends
from spindle.people.stretches import Broken
from spindle.shared.bus.errors import BusError
from spindle.shared.messages.users import UserRemoved
from spindle.shared.metrics.declared import CATCH_UPS, FOLLOWERS
from spindle.shared.metrics.readings import Reading

log = structlog.get_logger()

QUIET = 15.0
"""Seconds after which a follower hears that there is nothing new."""

_TROUBLE = (BusError, Problem, Broken, nats.errors.Error, TimeoutError, OSError)
_NAME = "gateway-feed"
_KEPT = 2000  # events: some megabytes, and more than happens while a page reloads
_AGAIN = 1.0  # seconds
_LAST_WORDS = 2.0  # seconds for the consumer to close its connection
_ANEW = "the numbers began anew: this is not the stream that it was"


class Feed:
    """It lives as long as its context, which must end before whoever waits for its followers."""

    def __init__(self, bus: Client, url: str, kept: int = _KEPT) -> None:
        """The connection is for what is behind the ring; the consumer has one of its own."""
        self._bus, self._url, self._kept = bus, url, kept
        self._ring: Ring | None = None
        self._began_at = 0
        self._backlog = Backlog(bus)
        self._pulse = asyncio.Event()
        self._over = asyncio.get_running_loop().create_future()
        self._consuming: asyncio.Task[None] | None = None
        self._followers = 0

    async def __aenter__(self) -> Self:
        self._consuming = asyncio.create_task(self._consume())
        return self

    async def __aexit__(self, *_: object) -> None:
        """All followers end at once, whatever NATS does."""
        self._over.set_result(None)
        self._beat()
        if self._consuming:
            self._consuming.cancel()
            await asyncio.wait({self._consuming}, timeout=_LAST_WORDS)

    async def measured(self) -> Sequence[Reading]:
        return [Reading(FOLLOWERS, self._followers)]

    async def probe(self) -> None:
        """Raises `NotOpen` until it knows where the stream ends."""
        if self._ring is None:
            raise NotOpen

    async def follow(
        self, after: int | None, wanted: Callable[[Event], bool] = lambda _: True, quiet: float = QUIET
    ) -> AsyncGenerator[News, None]:
        """What is wanted of the events behind a number, or from now on, each once and in order.

        First comes where that is, and something at least every `quiet` seconds. Ends when the feed does.
        """
        self._followers += 1
        try:
            if (ring := await self._begun()) is None:
                return
            time, due, news = asyncio.get_running_loop().time, 0.0, await self._place(ring, after)
            while not self._over.done():
                told = news.only(wanted)
                if told.events or told.missed or time() >= due:
                    yield told
                    due = time() + quiet
                pulse, was_behind = self._pulse, news.behind
                news = await self._next(ring, news.at)
                if news.behind and not was_behind:
                    CATCH_UPS.inc()
                if not news.events and not news.behind:
                    await _beaten(pulse, due - time())
        finally:
            self._followers -= 1

    # --- a follower ------------------------------------------------------------------------------------------

    async def _begun(self) -> Ring | None:
        """None if the feed ends before NATS was there."""
        while self._ring is None and not self._over.done():
            await self._pulse.wait()
        return self._ring

    async def _place(self, ring: Ring, after: int | None) -> News:
        """Where a follower begins. A number beyond the end of the stream is of another stream."""
        if after is None:
            return News((), max(ring.latest, self._began_at))
        state = await self._state() if after > ring.latest else None
        if state and after > state.last_seq:
            return News((), max(state.first_seq - 1, 0), Missed(None, None, _ANEW))
        return News((), after)

    async def _next(self, ring: Ring, at: int) -> News:
        """What is at hand behind a number."""
        if at >= ring.behind:
            found = ring.after(at, BLOCK)
            return News(found, found[-1].sequence if found else at)
        block = await self._block(at, ring.behind)
        return from_block(block, at) if block else News((), at, behind=True)

    async def _block(self, after: int, known: int) -> Block | None:
        """None when it could not be read."""
        reading = self._backlog.block(after, known)
        await asyncio.wait({reading, self._over}, return_when=asyncio.FIRST_COMPLETED)
        if reading.done() and not (reading.cancelled() or reading.exception()):
            return reading.result()
        await self._rest()
        return None

    async def _state(self) -> StreamState | None:
        """Of the stream; none when the feed has ended."""
        while not self._over.done():
            with contextlib.suppress(*_TROUBLE):
                return (await self._bus.jetstream().stream_info("events")).state
            await self._rest()
        return None

    async def _rest(self) -> None:
        await asyncio.wait({self._over}, timeout=_AGAIN)

    # --- the consumer ----------------------------------------------------------------------------------------

    async def _consume(self) -> None:
        while not self._over.done():
            try:
                with only_wanted_ends():
                    await self._listen(self._ring or await self._empty_ring())
            except _TROUBLE as error:
                log.warning("the live events wait for NATS", error=str(error))
            except Exception as error:  # whatever it was: without this consumer no page is alive any more
                log.error("the live events begin again", exc_info=error)
            await self._rest()

    async def _listen(self, ring: Ring) -> None:
        async with contextlib.aclosing(events(lambda: self._url, ring.latest, name=_NAME)) as stream:
            async for event in stream:
                self._take(ring, event)

    async def _empty_ring(self) -> Ring:
        """It is filled with what is newest, so that a restart sends nobody back to the stream."""
        state = (await self._bus.jetstream().stream_info("events")).state
        self._began_at = state.last_seq
        self._ring = Ring(max(state.last_seq - self._kept, state.first_seq - 1, 0), self._kept)
        self._beat()
        return self._ring

    def _take(self, ring: Ring, event: Event) -> None:
        ring.put(event)
        if isinstance(event.message, UserRemoved):
            self._backlog.forget()
        self._beat()

    def _beat(self) -> None:
        self._pulse.set()
        self._pulse = asyncio.Event()


async def _beaten(pulse: asyncio.Event, within: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            await pulse.wait()
