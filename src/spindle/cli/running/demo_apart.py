"""`demo`: the simulator in a process of its own, beside services in theirs, with its listeners linked to them."""

import asyncio
import signal
from pathlib import Path

import httpx

from spindle.cli import finding
from spindle.cli.running import demo
from spindle.cli.seeing.tables import say
from spindle.people.errors import Problem

_LOOK_AGAIN_AFTER = 2.0  # seconds


async def run(home: Path, host: str, port: int) -> None:
    """Until a signal ends it."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with demo.simulated(host, port) as address, asyncio.TaskGroup() as together:
        say(f"A simulated Spotify: {address}")
        linking = together.create_task(_link(demo.Demo(home, address)))
        await stop.wait()
        linking.cancel()


async def _link(shown: demo.Demo) -> None:
    """As soon as there is somebody to link them to."""
    chosen = finding.spotify(shown.home)
    client = chosen.spotify_client_id or finding.DEMO
    settings = chosen.model_copy(update={**shown.settings, "spotify_client_id": client})
    told = ""
    while True:
        try:
            async with finding.bus(shown.home) as bus:
                await demo.link(shown, bus, settings)
            say("Its listeners are linked.")
            return
        except (Problem, httpx.HTTPError) as error:
            if str(error) != told:
                told = str(error)
                say(f"Its listeners are not linked yet: {told}")
        await asyncio.sleep(_LOOK_AGAIN_AFTER)
