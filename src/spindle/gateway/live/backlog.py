"""What is no longer in the ring, read from the stream again: in blocks that followers share, a few at a time."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from nats.aio.client import Client

from spindle.people.events import Event
from spindle.people.stretches import read

BLOCK = 128
"""Events. As many as a follower holds in memory while its client is slow."""

_AT_A_TIME = 4  # reads
_KEPT = 16  # blocks: after a restart many followers want the same ones


@dataclass(frozen=True)
class Block:
    """All events from some number up to `reaches`."""

    events: tuple[Event, ...]
    reaches: int
    kept_from: int
    """The first number that the stream still kept when it had been read."""


class Backlog:
    def __init__(self, bus: Client) -> None:
        self._bus = bus
        self._turns = asyncio.Semaphore(_AT_A_TIME)
        self._reading: dict[int, asyncio.Task[Block]] = {}
        self._read: OrderedDict[int, Block] = OrderedDict()

    def block(self, after: int, known: int) -> "asyncio.Future[Block]":
        """One with the first event after a number. The stream reaches to number `known` at least."""
        start = after // BLOCK * BLOCK + 1
        if start in self._read:
            self._read.move_to_end(start)
            done: asyncio.Future[Block] = asyncio.get_running_loop().create_future()
            done.set_result(self._read[start])
            return done
        if start not in self._reading:
            self._reading[start] = asyncio.create_task(self._look(start, known))
            self._reading[start].add_done_callback(lambda task: self._done(start, task))
        return self._reading[start]

    def forget(self) -> None:
        """What was read may have been removed."""
        self._read.clear()

    async def _look(self, start: int, known: int) -> Block:
        async with self._turns:
            events = await read(self._bus, start, BLOCK)
            first = (await self._bus.jetstream().stream_info("events")).state.first_seq
        reaches = events[-1].sequence if events else 0
        return Block(tuple(events), reaches if len(events) == BLOCK else max(reaches, known), first)

    def _done(self, start: int, task: "asyncio.Task[Block]") -> None:
        del self._reading[start]
        if task.cancelled() or task.exception():
            return
        if len(task.result().events) == BLOCK:
            self._read[start] = task.result()
            if len(self._read) > _KEPT:
                self._read.popitem(last=False)
