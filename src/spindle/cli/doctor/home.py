"""What the checks of one home look at, or of the servers that the environment names."""

from pathlib import Path

import httpx
from nats.aio.client import Client

from spindle import embedded
from spindle.cli import finding
from spindle.embedded import EmbeddedError, Instance
from spindle.people.doctor.sources import Once, Sources
from spindle.people.events import only_wanted_ends


class Home(Sources):
    def __init__(self, home: Path) -> None:
        super().__init__(self._reach, lambda: finding.client(self.home))
        self.home = home.expanduser()
        self.instance = _instance(home)
        self.http: Once[httpx.AsyncClient] = Once(_http)

    async def close(self) -> None:
        await super().close()
        if bus := await self.bus.end():
            with only_wanted_ends():  # what was found is worth telling, however the client breaks
                await bus.close()
        if http := await self.http.end():
            await http.aclose()

    async def _reach(self) -> Client:
        return await finding.reach(finding.bus_url(self.home), "cli-doctor")


async def _http() -> httpx.AsyncClient:
    from spindle.shared.spotify.transport import http_client

    return http_client(connections=4)


def _instance(home: Path) -> Instance | None:
    try:
        return embedded.find(home)
    except EmbeddedError:
        return None
