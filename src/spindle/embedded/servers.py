"""Both servers of one home, from the first progress line to the last process gone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from spindle.embedded import disk, nats, postgres
from spindle.embedded.errors import HomeNotWritable
from spindle.embedded.home import Claim, claim
from spindle.embedded.keeping import Server, keep


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
                watchers.create_task(keep(server, report))
            if self.embedded and self._claim:
                watchers.create_task(disk.watch(self._claim.home, report))

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
        await _start(servers, claimed, progress, nats_url is None, database_url is None)
        claimed.announce(servers.nats_url, servers.database_url, servers.monitor_url)
    except OSError as why:
        await servers.stop()
        raise HomeNotWritable(claimed.home, why) from why
    except BaseException:
        await servers.stop()
        raise
    return servers


async def _start(
    servers: Servers, claimed: Claim, progress: Callable[[str], None], with_bus: bool, with_database: bool
) -> None:
    home = claimed.home
    if with_bus or with_database:
        disk.must_have_room(home, begun=(home / "postgres" / "data").exists())
    if with_bus:
        bus = await nats.start(home / "nats")
        servers.embedded.append(bus)
        servers.nats_url, servers.monitor_url = bus.url, bus.monitor_url
    if with_database:
        database = await postgres.start(home / "postgres", progress=progress, parent=home)
        servers.embedded.append(database)
        servers.database_url = database.url
