"""Carrying faults out on a stage, and taking them back."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import structlog

from spindle.cli.chaos.faults import Break, Freeze, Kill, Refuse, Tokens
from spindle.cli.chaos.processes import continued, stopped
from spindle.cli.chaos.stage import Stage
from spindle.embedded.errors import EmbeddedError

log = structlog.get_logger()

Strike = Kill | Freeze | Break | Refuse | Tokens

_AGAIN_AFTER = 0.5  # seconds, for a server that did not come up


@dataclass
class Striking:
    stage: Stage
    http: httpx.AsyncClient
    _of: dict[object, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """Whoever was struck is struck again only when that is over."""

    async def strike(self, what: Strike) -> None:
        """Returns when it is over."""
        match what:
            case Kill():
                async with self._of[what.whom]:
                    await self._kill(what)
            case Freeze():
                async with self._of[what.whom]:
                    await self._freeze(what)
            case Break():
                async with self._of[what.link]:
                    await self._break(what)
            case Refuse():
                await self._post("faults", what.script, what.listener)
            case Tokens():
                await self._post("tokens", what.change, what.listener)

    async def well(self) -> None:
        """All that is struck no more runs again, and the API answers as it should."""
        await self.http.request("DELETE", f"{self.stage.spotify}/control/faults")
        for service in self.stage.services.values():
            service.bring_back()
        for node in self.stage.nodes.values():
            await _up(node.start)
        await _up(self.stage.database.start)

    async def _kill(self, what: Kill) -> None:
        service = self.stage.services.get(what.whom)
        if service is not None:
            service.kill()
            await asyncio.sleep(what.seconds)
            service.start()
            return
        server = self.stage.server(what.whom)
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(what.seconds)
        await _up(server.start)

    async def _freeze(self, what: Freeze) -> None:
        pid = (self.stage.services.get(what.whom) or self.stage.server(what.whom)).pid
        if pid is None:
            return
        stopped(pid)
        try:
            await asyncio.sleep(what.seconds)
        finally:
            continued(pid)

    async def _break(self, what: Break) -> None:
        proxies = self.stage.proxies[what.link]
        for proxy in proxies:
            proxy.trouble(what.how)
        try:
            await asyncio.sleep(what.seconds)
        finally:
            for proxy in proxies:
                proxy.trouble(None)

    async def _post(self, control: str, told: dict[str, object], listener: int | None) -> None:
        people = [one.id for one in self.stage.simulation.listeners]
        body = told if listener is None else {**told, "listener": people[listener]}
        (await self.http.post(f"{self.stage.spotify}/control/{control}", json=body)).raise_for_status()


async def _up(start: Callable[[], Awaitable[None]]) -> None:
    """Until it is: one that was struck while it came up may need another try."""
    while True:
        try:
            await start()
            return
        except EmbeddedError as error:
            log.warning("a server did not come up", error=str(error))
        await asyncio.sleep(_AGAIN_AFTER)
