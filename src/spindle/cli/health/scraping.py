"""`/metrics`: what was counted in this process, and what its services see when they look, within a second."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from time import monotonic
from typing import cast

from faststream import FastStream
from faststream.nats import NatsBroker
from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics, generate_latest

from spindle.cli.health.pulse import Pulse, Report
from spindle.shared.bus.measuring import measured
from spindle.shared.metrics.declared import INFO, NATS_UP, READY
from spindle.shared.metrics.kinds import REGISTRY
from spindle.shared.metrics.readings import Looking, Reading, Told, looks_of

_WITHIN = 0.95  # seconds


class Scraping:
    def __init__(self, services: Mapping[str, FastStream], pulse: Pulse) -> None:
        """In the loop of the services, of which there may be more later."""
        self._services = services
        self._pulse = pulse
        self._loop = asyncio.get_running_loop()
        self._looking: dict[str, tuple[FastStream, tuple[Looking, ...]]] = {}
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        disable_created_metrics()  # type: ignore[no-untyped-call]  # as many series again, and nobody asks

    def text(self) -> bytes:
        """For other threads, also when the loop is stuck: counters need none."""
        give_up = monotonic() + _WITHIN
        asked = asyncio.run_coroutine_threadsafe(self._found(), self._loop)
        report = self._pulse.report()
        try:
            found = asked.result(max(0.0, give_up - monotonic()))
        except TimeoutError:
            asked.cancel()
            found = []
        gauges = Told([*_of_process(report, found), *found])
        return b"".join(generate_latest(each) for each in (REGISTRY, self._process, gauges))

    async def _found(self) -> list[Reading]:
        looking = [each for name, service in self._services.items() for each in self._looks(name, service)]
        found = await asyncio.gather(*(each.found() for each in looking))
        return [reading for readings in found for reading in readings]

    def _looks(self, name: str, service: FastStream) -> tuple[Looking, ...]:
        """Those that it had, unless it was brought back as another or has started since."""
        looks = looks_of(service)
        known, looking = self._looking.get(name, (None, ()))
        if known is not service or len(looking) != len(looks) + 1:
            looking = (Looking(lambda: _bus(name, service)), *map(Looking, looks))
            self._looking[name] = service, looking
        return looking


async def _bus(name: str, service: FastStream) -> Sequence[Reading]:
    return await measured(await cast("NatsBroker", service.broker).connect(), name)


def _of_process(report: Report, found: Sequence[Reading]) -> Iterator[Reading]:
    reached = {each.labels for each in found if each.gauge is NATS_UP}
    yield Reading(INFO, 1, (version("spindle"),))
    for name, vitals in report.services.items():
        yield Reading(READY, float(vitals.live and vitals.ready), (name,))
        if (name,) not in reached:
            yield Reading(NATS_UP, 0, (name,))
