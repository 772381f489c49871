"""Waiting at start until everything that Spindle keeps in NATS answers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from time import monotonic

import nats.errors
import structlog
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from spindle.shared.bus.errors import NotProvisioned
from spindle.shared.bus.patience import PATIENCE
from spindle.shared.bus.topology import CONSUMERS, STREAMS, kept

log = structlog.get_logger()

_LOOK_AGAIN_AFTER = 0.3  # seconds


async def provisioned(js: JetStreamContext, patience: float = PATIENCE) -> None:
    """Returns when every stream, consumer, bucket and store answers, however long a restart or an election takes.

    Without this a subscriber that starts in the middle of an election fails, and its service with it. Raises
    `NotProvisioned` when the server keeps saying for `patience` seconds that there is no such thing.
    """
    for look in _looks(js):
        await _found(look, patience)


def _looks(js: JetStreamContext) -> Iterator[Callable[[], Awaitable[object]]]:
    for stream in STREAMS:
        name = str(stream.name)
        yield partial(js.stream_info, name)
        for consumer in CONSUMERS.get(name, ()):
            yield partial(js.consumer_info, name, str(consumer.durable_name))
    for _, stream in kept():
        yield partial(js.stream_info, str(stream.name))


async def _found(look: Callable[[], Awaitable[object]], patience: float) -> None:
    """A server that is recovering says "not found" for a moment of what it has."""
    told, missing_since = False, None
    while True:
        try:
            await look()
            return
        except NotFoundError as none:
            missing_since = missing_since or monotonic()
            if monotonic() - missing_since >= patience:
                raise NotProvisioned from none
        except (nats.errors.Error, TimeoutError) as silence:
            missing_since = None
            if not told:
                log.warning("waiting for NATS", error=str(silence) or type(silence).__name__)
            told = True
        await asyncio.sleep(_LOOK_AGAIN_AFTER)
