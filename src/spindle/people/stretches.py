"""Stretches of the stream `events`, each read by a consumer of its own, which the server removes right afterwards.

A push consumer to which nobody acknowledges: it is given as many messages as it may leave unacknowledged, and not one
more. So nobody needs to be let fetch from the durables of others, or delete them.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from spindle.people.events import Event, event

EVERYTHING = (">",)

_PORTION = 300  # events
_TRIES = 3
_GONE_AFTER = 0.5  # seconds without anybody who listens
_QUIET = 5.0  # seconds without an answer, or a message that was promised
_CONSUMER = ConsumerConfig(
    deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
    ack_policy=AckPolicy.EXPLICIT,
    ack_wait=60,  # longer than any stretch takes: nothing is to come twice
    inactive_threshold=_GONE_AFTER,
    mem_storage=True,
    num_replicas=1,
)


class Broken(Exception):
    """The stretch was not read to its end; try again."""


async def count(bus: Client, first: int, subjects: Sequence[str] = EVERYTHING) -> int:
    """How many events there are from number `first` on."""
    return await _consumer(bus, first, subjects, bus.new_inbox(), 1)


async def read(
    bus: Client, first: int, at_most: int, subjects: Sequence[str] = EVERYTHING, before: int | None = None
) -> list[Event]:
    """The next events from number `first` on. Raises `Broken`, or what the server refuses with."""
    arrived: asyncio.Queue[Msg] = asyncio.Queue()
    inbox = bus.new_inbox()
    listening = await bus.subscribe(inbox, cb=arrived.put)
    try:
        there = await _consumer(bus, first, subjects, inbox, at_most)
        found: list[Event] = []
        while len(found) < min(at_most, there):
            found.append(await _next(arrived, len(found) + 1))
            if before is not None and found[-1].sequence >= before:
                return found[:-1]
        return found
    finally:
        if not bus.is_closed:
            await listening.unsubscribe()


async def newest(bus: Client, subjects: Sequence[str], oldest: int, end: int) -> tuple[int, Sequence[Event]]:
    """The last events before number `end`, as many as are read at a time, and the number from which on these are all.

    None of them is left out, however rare they are: how many there are behind a number costs the server next to
    nothing, so that number is looked for first. Raises `Broken` when it was not found in spite of several tries.
    """
    for _ in range(_TRIES - 1):
        with suppress(Broken):  # a listener was removed meanwhile
            return await _newest(bus, subjects, oldest, end)
    return await _newest(bus, subjects, oldest, end)


async def _newest(bus: Client, subjects: Sequence[str], oldest: int, end: int) -> tuple[int, Sequence[Event]]:
    later = await count(bus, end, subjects)
    total = await count(bus, oldest, subjects) - later
    if total <= _PORTION:
        return oldest, await read(bus, oldest, total, subjects, end) if total > 0 else ()
    few, many = 0, end - oldest
    width = max(1, many * _PORTION // (2 * total))
    while True:
        there = await count(bus, end - width, subjects) - later
        if there > _PORTION:
            many = width
        elif there >= _PORTION // 4 or width == few:
            return end - width, await read(bus, end - width, there, subjects, end)
        else:
            few = width
        width = 4 * few if 0 < 4 * few < many else (few + many) // 2


async def _consumer(bus: Client, first: int, subjects: Sequence[str], inbox: str, at_most: int) -> int:
    wanted = replace(
        _CONSUMER,
        opt_start_seq=max(first, 1),
        filter_subjects=list(subjects),
        deliver_subject=inbox,
        max_ack_pending=at_most,
    )
    return (await bus.jetstream(timeout=_QUIET).add_consumer("events", wanted)).num_pending or 0


async def _next(arrived: asyncio.Queue[Msg], number: int) -> Event:
    """What was purged in the meantime never comes; what a lost connection swallowed shows in the numbers."""
    try:
        async with asyncio.timeout(_QUIET):
            message = await arrived.get()
    except TimeoutError:
        raise Broken("no more events came") from None
    if message.metadata.sequence.consumer != number:
        raise Broken("an event was lost on its way")
    return event(message)
