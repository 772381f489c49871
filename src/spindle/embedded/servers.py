"""Both servers of one home, from the first progress line to the last process gone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from spindle.embedded import nats, postgres
from spindle.embedded.errors import EmbeddedError
from spindle.embedded.home import Claim, claim

LOOK = 1.0  # seconds between two looks at a server
UNWELL = 10  # looks in a row at a server that runs and is not well, before it is restarted


class Server(Protocol):
    name: str

    def alive(self) -> bool: ...
    async def healthy(self) -> bool: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


@dataclass
class Servers:
    """What `up` runs on. Servers of yours, given by their URLs, are used and left alone."""

    nats_url: str = ""
    database_url: str = ""
    monitor_url: str | None = None
    embedded: list[Server] = field(default_factory=list)
    _claim: Claim | None = field(default=None, repr=False)

    async def watch(self, report: Callable[[str], None]) -> None:
        """For ever: brings back a server that died or fell ill, on the same port, with the same data."""
        async with asyncio.TaskGroup() as watchers:
            for server in self.embedded:
                watchers.create_task(_keep(server, report))

    async def stop(self) -> None:
        """Cancel `watch` first, or it brings them back."""
        try:
            await asyncio.gather(*(server.stop() for server in self.embedded))
        finally:
            if self._claim:
                self._claim.release()
                self._claim = None


async def start(
    home: Path,
    progress: Callable[[str], None] = lambda _: None,
    nats_url: str | None = None,
    database_url: str | None = None,
) -> Servers:
    """Takes the home for this process, starts or adopts what no URL is given for, and lets other terminals find it."""
    claimed = await claim(home)
    servers = Servers(nats_url or "", database_url or "", _claim=claimed)
    try:
        if nats_url is None:
            bus = await nats.start(claimed.home / "nats")
            servers.embedded.append(bus)
            servers.nats_url, servers.monitor_url = bus.url, bus.monitor_url
        if database_url is None:
            database = await postgres.start(claimed.home / "postgres", progress=progress, parent=claimed.home)
            servers.embedded.append(database)
            servers.database_url = database.url
        claimed.announce(servers.nats_url, servers.database_url, servers.monitor_url)
    except BaseException:
        await servers.stop()
        raise
    return servers


async def _keep(server: Server, report: Callable[[str], None]) -> None:
    unwell = 0
    while True:
        await asyncio.sleep(LOOK)
        unwell = 0 if await server.healthy() else unwell + 1
        alive = server.alive()
        if alive and unwell < UNWELL:
            continue
        report(f"{server.name} {'is not well' if alive else 'is gone'}: starting it again …")
        try:
            await server.stop()
            await server.start()
            report(f"{server.name} is back.")
        except EmbeddedError as error:
            report(str(error))
        unwell = 0
