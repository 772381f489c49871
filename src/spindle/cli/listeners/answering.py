"""Somebody where Spotify leads back to: the gateway that runs, else this terminal, for as long as it takes."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
from nats.aio.client import Client

from spindle.gateway.settings import Settings
from spindle.people.errors import Problem

_WITHIN = 3.0  # seconds
_DRESSED = 1.0  # seconds, in which a browser fetches what the page that it has been shown looks like
_HERE = ("127.0.0.1", "::1")


@asynccontextmanager
async def answering(bus: Client, settings: Settings) -> AsyncIterator[None]:
    if await _is_there(settings.address):
        yield
        return
    place = urlsplit(settings.callback)
    if place.scheme != "http" or place.hostname not in _HERE:
        sys.stderr.write(f"Nobody answers at {settings.address} as far as this terminal sees: a gateway must.\n")
        yield
        return
    from spindle.gateway.service import returning  # takes a second, which most logins do not need

    async with returning(settings, bus, place.hostname, place.port or 80):
        yield
        await asyncio.sleep(_DRESSED)


async def _is_there(address: str) -> bool:
    """A gateway; raises `Problem` when it is something else."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=_WITHIN) as http:
            answer = await http.get(f"{address}/healthz")
    except httpx.HTTPError:
        return False
    if '"gateway"' not in answer.text:
        raise Problem(f"{address}, where Spotify leads back to, is something else than Spindle: set SPINDLE_PORT")
    return True
