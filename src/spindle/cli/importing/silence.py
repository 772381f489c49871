"""When nothing is heard of an import for a while: who is missing that it needs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from spindle.cli.finding import bus
from spindle.cli.importing.showing import Display
from spindle.people.alive import services
from spindle.people.errors import Problem
from spindle.shared.bus.errors import BusError

_SILENCE = 5.0  # seconds
_NEEDED = ("sync_worker", "recorder")


@asynccontextmanager
async def explained(home: Path, shown: Display) -> AsyncIterator[Callable[[], None]]:
    """To be told as soon as something is heard."""
    heard = asyncio.Event()
    listening = asyncio.create_task(_listen(home, shown, heard))
    try:
        yield heard.set
    finally:
        listening.cancel()


async def _listen(home: Path, shown: Display, heard: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(heard.wait(), _SILENCE)
        return
    with suppress(Problem, BusError):  # no server, no answer: it is waited for anyway
        async with bus(home) as connection:
            seen = await services(connection.jetstream())
        missing = [name for name in _NEEDED if not seen[name].up]
        if missing:
            shown.say(f"Not running: {', '.join(missing)}. The import goes on when there is one.")
