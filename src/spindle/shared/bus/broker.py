"""A service's broker: it waits for NATS at start and through every outage, and says so when it is back."""

import logging
from typing import Any

import nats.errors
import structlog
from faststream.nats import NatsBroker

log = structlog.get_logger()

# After a finite number of attempts FastStream 0.7 spins in a loop that not even SIGTERM ends.
_FOR_EVER: dict[str, Any] = {"max_reconnect_attempts": -1, "reconnect_time_wait": 0.5, "ping_interval": 10}

_LAST_WORDS = 3.0  # seconds for handlers when their service stops; what is cut off comes again


def broker(url: str, name: str) -> NatsBroker:
    """`url` may name several nodes."""

    async def gone() -> None:
        log.info("disconnected from NATS", service=name)  # also what happens at every orderly end

    async def back() -> None:
        log.warning("NATS was away and is back", service=name)

    async def say(error: Exception) -> None:
        """A missing permission shows here and nowhere else. A lost connection was told already."""
        if not isinstance(error, OSError | nats.errors.UnexpectedEOF | nats.errors.StaleConnectionError):
            log.warning("NATS reports an error", service=name, error=str(error) or type(error).__name__)

    return NatsBroker(
        url.split(","),
        name=name,
        error_cb=say,
        disconnected_cb=gone,
        reconnected_cb=back,
        logger=None,
        log_level=logging.WARNING,
        graceful_timeout=_LAST_WORDS,
        **_FOR_EVER,
    )
