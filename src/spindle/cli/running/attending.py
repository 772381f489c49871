"""Bringing back a service of this process that no longer asks for work."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import nats.errors
import structlog

from spindle.cli import finding
from spindle.cli.running import preparing
from spindle.cli.running.services import Running
from spindle.people.alive import services as alive
from spindle.people.errors import Problem
from spindle.people.events import only_wanted_ends
from spindle.shared.bus.errors import BusError
from spindle.shared.needs import needs_of, troubles

log = structlog.get_logger()

LOOK = 5.0  # seconds
IDLE = 6  # looks in a row at a service that does nothing, while all that it needs answers


async def attend(running: Running, bus_url: str, report: Callable[[str], None]) -> None:
    """For ever. Judged by what the bus sees, so that it does not matter how a service died."""
    idle: Counter[str] = Counter()
    while True:
        await asyncio.sleep(LOOK)
        at_work: dict[str, bool] | None = None
        with only_wanted_ends(), suppress(Problem, BusError, nats.errors.Error, OSError):
            at_work = await _at_work(bus_url)
        if at_work is None:
            idle.clear()  # without the bus nobody can work; it is brought back by others
            continue
        for name, service in list(running.by_name.items()):
            waits = at_work.get(name, True) or await troubles(needs_of(service))
            idle[name] = 0 if waits else idle[name] + 1
            if idle[name] >= IDLE:
                idle[name] = 0
                await _bring_back(running, name, report)


async def _at_work(bus_url: str) -> dict[str, bool]:
    """Also puts back a stream or a durable that somebody has removed."""
    bus = await finding.reach(bus_url, "cli-attending")
    try:
        seen = {name: service.up for name, service in (await alive(bus.jetstream())).items()}
        if not all(seen.values()):
            await preparing.topology(bus)
        return seen
    finally:
        await bus.close()


async def _bring_back(running: Running, name: str, report: Callable[[str], None]) -> None:
    report(f"The {name} does nothing any more: starting it again …")
    try:
        await running.bring_back(name)
    except Exception as error:  # whatever it is, it is tried again
        log.error("a service could not be started again", service=name, exc_info=error)
        report(f"The {name} could not be started again ({error!r}); it is tried again.")
    else:
        report(f"The {name} is back.")
