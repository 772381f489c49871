"""What Health looks at beside: it takes longer than a page may take to appear, and all who look share it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import tzinfo

from nats.aio.client import Client

from spindle.gateway.fresh import Beside
from spindle.people import alive
from spindle.people.alive import Service
from spindle.people.doctor.logic.findings import Finding, gravest_first
from spindle.people.doctor.logic.work import Lag
from spindle.people.doctor.looks.work import waiting
from spindle.people.doctor.sources import Everyone, Sources
from spindle.people.wording import ZONE
from spindle.shared.settings import SpotifySettings

_VISIT, _SPOTIFY = 10.0, 600.0  # seconds; Spotify is not to be asked for everybody who looks
_EVERYONE, _SERVICES = 10.0, 1.0
_AFTER = 0.2  # seconds: the page goes first
_ZONES = 40


class Checkups:
    def __init__(self, client: Client, told: SpotifySettings) -> None:
        self._client, self._told = client, told
        self._findings: dict[tzinfo | None, Beside[Sequence[Finding]]] = {}
        self._spotify: Beside[Sequence[Finding]] = Beside(self._asked, _SPOTIFY)
        self.everyone: Beside[Everyone] = Beside(self._everyone, _EVERYONE)
        self.services: Beside[Mapping[str, Service]] = Beside(self._services, _SERVICES)
        self.facts: Beside[Lag] = Beside(self._facts, _SERVICES)

    @property
    def findings(self) -> Beside[Sequence[Finding]]:
        """In words, which hold times: for readers where this one is."""
        if len(self._findings) >= _ZONES:
            self._findings.clear()
        return self._findings.setdefault(ZONE.get(), Beside(self._visit, _VISIT))

    def forget(self, all_of_it: bool = False) -> None:
        """Somebody has done something about what was found; or wants to know all of it again, what Spotify says too."""
        for each in (*self._findings.values(), *([self._spotify] if all_of_it else [])):
            each.forget()
        self.everyone.forget()

    async def _visit(self) -> Sequence[Finding]:
        await asyncio.sleep(_AFTER)
        from spindle.people.doctor.visit import CHECKS, OF_SPOTIFY, WITHIN, visit  # much that nothing else here needs

        near = [check for check in CHECKS if check[0] not in OF_SPOTIFY]
        found, asked = await asyncio.gather(visit(self._sources(), near), self._spotify.seen(2 * WITHIN))
        return gravest_first([*found, *(asked.found or ())])

    async def _asked(self) -> Sequence[Finding]:
        from spindle.people.doctor.visit import CHECKS, OF_SPOTIFY, visit

        return await visit(self._sources(), [check for check in CHECKS if check[0] in OF_SPOTIFY])

    async def _everyone(self) -> Everyone:
        sources = self._sources()
        try:
            return await sources.everyone()
        finally:
            await sources.close()

    async def _services(self) -> Mapping[str, Service]:
        return await alive.services(self._client.jetstream())

    async def _facts(self) -> Lag:
        return await waiting(self._client)

    def _sources(self) -> Sources:
        return Sources(self._connected, lambda: self._told)

    async def _connected(self) -> Client:
        return self._client
