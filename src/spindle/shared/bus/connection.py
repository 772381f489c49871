"""A connection to NATS for somebody who waits for it. Apart from `broker`, whose framework takes long to import."""

import asyncio
import logging
import re

import nats
import nats.errors
from nats.aio.client import Client

from spindle.shared.bus.errors import BusRefused, BusUnreachable
from spindle.shared.bus.unreadable import forgiving


def inbox(url: str) -> str:
    """Where answers to the user in an address come: under its name, where others need not be let."""
    named = re.search(r"//([\w-]+):[^/@]+@", url)
    return f"_INBOX.{named[1]}" if named else "_INBOX"


def quiet_about_tls(record: logging.LogRecord) -> bool:
    """What asyncio says, each time, of the end of a connection that nats-py has changed to TLS. It means nothing."""
    return "eof_received() has no effect" not in record.getMessage()


async def connect(url: str, name: str, timeout: float = 10.0) -> Client:
    """Raises `BusUnreachable` or `BusRefused` within `timeout` seconds. `url` may name several nodes."""
    logging.getLogger("asyncio").addFilter(quiet_about_tls)
    failures: list[Exception] = []

    async def remember(error: Exception) -> None:
        failures.append(error)

    try:
        client = await asyncio.wait_for(
            nats.connect(
                url.split(","),
                name=name,
                inbox_prefix=inbox(url),
                error_cb=remember,
                allow_reconnect=True,
                max_reconnect_attempts=2,
                connect_timeout=5,
            ),
            timeout,
        )
    except (nats.errors.Error, OSError, TimeoutError, ValueError) as error:
        # A refusal is often followed by the end of its connection.
        if any("authorization" in str(one).lower() for one in (*failures, error)):
            raise BusRefused("NATS refused the user or the password") from error
        raise BusUnreachable("no NATS server answers there") from error
    return forgiving(client)
