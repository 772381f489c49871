"""Waiting at start until everything answers that a service needs in NATS."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from time import monotonic

import nats.errors
import structlog
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from spindle.shared.bus.access import ACCESS, Access, durables_of, streams_of
from spindle.shared.bus.errors import NotProvisioned
from spindle.shared.bus.patience import PATIENCE

log = structlog.get_logger()

_LOOK_AGAIN_AFTER = 0.3  # seconds


async def provisioned(js: JetStreamContext, service: str, patience: float = PATIENCE) -> None:
    """Returns when every durable, bucket and store of the service answers, however long a restart or an election takes.

    Without this a subscriber that starts in the middle of an election fails, and its service with it. Raises
    `NotProvisioned` when the server keeps saying for `patience` seconds that there is no such thing.
    """
    for look in _looks(js, service):
        await _found(look, patience)


def _looks(js: JetStreamContext, service: str) -> Iterator[Callable[[], Awaitable[object]]]:
    for stream, durable in durables_of(service):
        yield partial(js.consumer_info, stream, durable)
    for stream in (*streams_of(service), *ACCESS.get(service, Access()).follows):
        yield partial(js.stream_info, stream)


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
