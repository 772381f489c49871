"""A worker of the library, as far as doors are concerned: it asks for saved tracks again and again.

It goes through the same line as every other call. What becomes of each one is a line on standard output.
"""

import asyncio
import os
import sys

import httpx
import nats

from spindle.shared.ids import now
from spindle.shared.settings import SpotifySettings
from spindle.shared.spotify.door import Family
from spindle.shared.spotify.errors import Held, RateLimited
from spindle.shared.spotify.line import at_once, line_of
from spindle.shared.spotify.refusals import refused


async def main() -> None:
    settings = SpotifySettings()
    bus = await nats.connect(os.environ["SPINDLE_NATS_URL"], max_reconnect_attempts=-1, reconnect_time_wait=0.2)
    line = await line_of(settings, bus.jetstream())
    async with httpx.AsyncClient() as http:

        async def ask() -> None:
            response = await http.get(f"{settings.spotify_api_url}/me/tracks")
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                raise refused(response, now())

        while True:
            try:
                await line.call(Family.LIBRARY, at_once(), ask)
                said = "answered"
            except RateLimited:
                said = "refused"
            except Held as held:
                said = f"held until {held.until.isoformat()}"
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()
            await asyncio.sleep(0.2)


asyncio.run(main())
