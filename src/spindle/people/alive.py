"""Which services are at work: seen from their durable consumers, so that it is true of every process anywhere."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import nats.errors
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo

from spindle.shared.bus.topology import durables
from spindle.shared.ids import now

_MOMENT = timedelta(seconds=20)  # as long as a call to Spotify can take
_LOOKS, _PAUSE = 8, 0.06  # between two pulls a worker that is busy is not seen waiting


@dataclass(frozen=True)
class Service:
    up: bool
    backlog: int
    """Messages that wait to be taken; for the poll worker: polls that are due."""


async def services(js: JetStreamContext) -> dict[str, Service]:
    """By name, in the order in which they are declared."""
    seen = list(durables())
    found = await asyncio.gather(*(_service(js, stream, durable) for _, stream, durable in seen))
    told: dict[str, Service] = {}
    for (name, _, _), service in zip(seen, found, strict=True):
        other = told.get(name, Service(True, 0))
        told[name] = Service(other.up and service.up, other.backlog + service.backlog)
    return told


async def _service(js: JetStreamContext, stream: str, durable: str) -> Service:
    backlog = 0
    for look in range(_LOOKS):
        try:
            seen = await js.consumer_info(stream, durable)
        except nats.errors.Error:
            return Service(False, 0)
        backlog = seen.num_pending or 0
        if _asks_for_work(seen):
            return Service(True, backlog)
        if look + 1 < _LOOKS:
            await asyncio.sleep(_PAUSE)
    return Service(False, backlog)


def _asks_for_work(seen: ConsumerInfo) -> bool:
    """A worker that has its hands full asks for nothing, but has taken something a moment ago."""
    last = seen.delivered.last_active if seen.delivered else None
    busy = bool(seen.num_ack_pending) and last is not None and now() - last < _MOMENT
    return bool(seen.num_waiting) or bool(seen.push_bound) or busy
