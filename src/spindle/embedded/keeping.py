"""Bringing back a server that died or fell ill, more patiently each time that it does not help."""

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from spindle.embedded import disk
from spindle.embedded.errors import EmbeddedError

LOOK = 1.0  # seconds between two looks at a server
UNWELL = 10.0  # seconds in which a server that runs does not answer, or says that it is not well
STEADY = 60.0  # seconds after which a server that came back has proven itself
PAUSES = (0.0, 2.0, 5.0, 15.0, 30.0)  # seconds before each attempt in a row; the last one for ever


class Server(Protocol):
    name: str
    directory: Path

    def alive(self) -> bool: ...
    async def healthy(self) -> bool: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def kill(self) -> None: ...


async def keep(server: Server, report: Callable[[str], None]) -> None:
    """For ever. The same trouble is told once."""
    attempts, told = 0, ""
    while True:
        began = time.monotonic()
        trouble = await _trouble(server)
        if time.monotonic() - began > STEADY:
            attempts = 0
        if not told:
            report(f"{server.name} {trouble}: starting it again …")
        await asyncio.sleep(PAUSES[min(attempts, len(PAUSES) - 1)])
        attempts += 1
        try:
            if server.alive():  # a failed write leaves it unwell, and the next one would again
                disk.must_not_be_full(server.directory)
            await server.stop()
            await server.start()
        except (EmbeddedError, OSError) as error:
            if (without_figures := re.sub(r"\d+", "", str(error))) != told:  # of the time, of a process, of bytes left
                told = without_figures
                report(str(error))
            continue
        told = ""
        report(f"{server.name} is back.")


async def _trouble(server: Server) -> str:
    """What is wrong, as soon as something is."""
    well = time.monotonic()
    while True:
        if not server.alive():
            return "is gone"
        if await server.healthy():
            well = time.monotonic()
        elif time.monotonic() - well > UNWELL:
            return "is not well"
        await asyncio.sleep(LOOK)
