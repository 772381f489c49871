"""Asks the event loop how its services are, from another thread, and notices when it no longer turns."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from faststream import FastStream

from spindle.cli.health.vitals import Checkup, Vitals

_ANSWER_WITHIN = 0.9  # seconds
_BEAT = 0.5
_STUCK_AFTER = 10.0
"""Seconds without a turn of the loop, after which the process is not alive; a large batch takes less."""


@dataclass(frozen=True)
class Report:
    live: bool
    ready: bool
    services: dict[str, Vitals]


class Pulse:
    def __init__(self, services: Mapping[str, FastStream]) -> None:
        """In the loop that is to be watched. `services` may still grow."""
        self._services = services
        self._checkups: dict[str, Checkup] = {}
        self._loop = asyncio.get_running_loop()
        self._turned = monotonic()

    async def beat(self) -> None:
        while True:
            self._turned = monotonic()
            await asyncio.sleep(_BEAT)

    def report(self) -> Report:
        """For other threads."""
        asked = asyncio.run_coroutine_threadsafe(self._vitals(), self._loop)
        try:
            vitals = asked.result(_ANSWER_WITHIN)
        except TimeoutError:
            asked.cancel()
            vitals = self._silent()
        live = all(each.live for each in vitals.values())
        return Report(live, bool(vitals) and all(each.ready for each in vitals.values()), vitals)

    async def _vitals(self) -> dict[str, Vitals]:
        self._checkups = {name: self._checkup(name, service) for name, service in self._services.items()}
        found = await asyncio.gather(*(checkup.vitals() for checkup in self._checkups.values()))
        return dict(zip(self._checkups, found, strict=True))

    def _checkup(self, name: str, service: FastStream) -> Checkup:
        """The one that it had, unless the service was brought back as another."""
        known = self._checkups.get(name)
        return known if known and known.service is service else Checkup(name, service)

    def _silent(self) -> dict[str, Vitals]:
        still = monotonic() - self._turned
        live = still < _STUCK_AFTER
        why = "the process is too busy to answer" if live else f"the process has been stuck for {still:.0f} s"
        return {name: Vitals(live, ready=False, why=why) for name in list(self._services)}
