"""A connection to NATS for somebody who waits for it. Apart from `broker`, whose framework takes long to import."""

import asyncio

import nats
import nats.errors
from nats.aio.client import Client

from spindle.shared.bus.errors import BusRefused, BusUnreachable


async def connect(url: str, name: str, timeout: float = 3.0) -> Client:
    """Raises `BusUnreachable` or `BusRefused` within `timeout` seconds. `url` may name several nodes."""
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
        # A refusal is often followed by the end of its connection.
        if any("authorization" in str(one).lower() for one in (*failures, error)):
            raise BusRefused("NATS refused the user or the password") from error
        raise BusUnreachable("no NATS server answers there") from error
