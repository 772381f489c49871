"""Connections to NATS: for services, which wait for a server for ever, and for the command line, which does not."""

import asyncio
import logging
from typing import Any

import nats
import nats.errors
import structlog
from faststream.nats import NatsBroker
from nats.aio.client import Client

from spindle.shared.bus.errors import BusRefused, BusUnreachable

log = structlog.get_logger()

# A finite number of attempts leaves FastStream in a busy loop after the last one; see docs/decisions.
_FOR_EVER: dict[str, Any] = {"max_reconnect_attempts": -1, "reconnect_time_wait": 0.5, "ping_interval": 10}


def broker(url: str, name: str) -> NatsBroker:
    """A service's broker. It waits for the server at start and through every outage. `url` may name several nodes."""
    return NatsBroker(url.split(","), name=name, error_cb=_say, logger=None, log_level=logging.WARNING, **_FOR_EVER)


async def connect(url: str, name: str, timeout: float = 3.0) -> Client:
    """A connection for a command that a person waits for. Raises `BusUnreachable` or `BusRefused` within `timeout`."""
    failures: list[Exception] = []

    async def remember(error: Exception) -> None:
        failures.append(error)

    try:
        return await asyncio.wait_for(
            nats.connect(
                url.split(","),
                name=name,
                error_cb=remember,
                allow_reconnect=True,
                max_reconnect_attempts=2,
                connect_timeout=2,
            ),
            timeout,
        )
    except (nats.errors.Error, OSError, TimeoutError, ValueError) as error:
        last = failures[-1] if failures else error
        if "authorization" in str(last).lower():
            raise BusRefused("NATS refused the user or the password") from error
        raise BusUnreachable("no NATS server answers there") from error


async def _say(error: Exception) -> None:
    """A permission that is missing shows here and nowhere else (tech notes: a denied publish is silent)."""
    log.warning("NATS reports an error", error=str(error) or type(error).__name__)
