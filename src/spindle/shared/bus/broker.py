"""A service's broker: it waits for NATS at start and through every outage, and says so when it is back."""

import logging
from typing import Any

import nats.errors
import structlog
from faststream.message import StreamMessage
from faststream.nats import NatsBroker, NatsRouter
from faststream.nats.subscriber.usecases import BatchPullStreamSubscriber, PullStreamSubscriber
from nats.aio.msg import Msg
from pydantic_core import from_json

from spindle.shared.bus.connection import inbox, quiet_about_tls
from spindle.shared.bus.handling import Handling

log = structlog.get_logger()

# After a finite number of attempts FastStream 0.7 spins in a loop that not even SIGTERM ends.
_FOR_EVER: dict[str, Any] = {"max_reconnect_attempts": -1, "reconnect_time_wait": 0.5, "ping_interval": 10}

_DENIALS = 20
"""Different ones that a process tells of: with a listener in each subject there could be thousands."""

_LAST_WORDS = 3.0  # seconds for handlers when their service stops; what is cut off comes again


def broker(url: str, name: str, *, injects: bool = True) -> NatsBroker:
    """`url` may name several nodes. One that does not inject gives a handler only what its decoder has read."""

    async def gone() -> None:
        log.info("disconnected from NATS", service=name)  # also what happens at every orderly end

    async def back() -> None:
        log.warning("NATS was away and is back", service=name)

    logging.getLogger("asyncio").addFilter(quiet_about_tls)
    denied: set[str] = set()

    async def say(error: Exception) -> None:
        """A missing permission shows here and nowhere else. A lost connection was told already."""
        if isinstance(error, OSError | nats.errors.UnexpectedEOF | nats.errors.StaleConnectionError):
            return
        told = str(error) or type(error).__name__
        if "permissions violation" not in told:
            log.warning("NATS reports an error", service=name, error=told)
        elif told not in denied and len(denied) < _DENIALS:
            denied.add(told)
            log.error("NATS denies what this service needs", service=name, error=told)

    return NatsBroker(
        url.split(","),
        name=name,
        inbox_prefix=inbox(url),
        error_cb=say,
        disconnected_cb=gone,
        reconnected_cb=back,
        logger=None,
        log_level=logging.WARNING,
        graceful_timeout=_LAST_WORDS,
        middlewares=[Handling],
        decoder=_decoded,
        apply_types=injects,
        **_FOR_EVER,
    )


async def _decoded(message: StreamMessage[Msg]) -> object:
    """By what it is, and read as pydantic reads it, by whom it was checked before. FastStream's own way goes by the
    header `content-type`, which anybody may set to anything, and raises where nobody answers for it."""
    try:
        found: object = from_json(message.body)
    except ValueError:
        return message.body
    return found


def include(bus: NatsBroker, *routers: NatsRouter) -> None:
    """With pull subscribers that are given their messages in the inbox of the connection, not in FastStream's own."""
    bus.include_routers(*routers)
    for subscriber in bus.subscribers:
        if isinstance(subscriber, PullStreamSubscriber | BatchPullStreamSubscriber):
            subscriber.extra_options["inbox_prefix"] = None
