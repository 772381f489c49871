"""The services by name: built from what is known, started and stopped together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import cast

import structlog
from faststream import FastStream
from pydantic_settings import BaseSettings
from structlog.contextvars import bound_contextvars

from spindle.cli.running.telling import say

SERVICES = ("recorder", "scheduler", "poll_worker", "sync_worker", "gateway")

_STOPPED_SOON = 4.0  # seconds; only an answer of Spotify that may hold a new token is waited for longer
_STOPPED_WITHIN = 25.0

log = structlog.get_logger()


def settings(service: str, known: Mapping[str, object]) -> BaseSettings:
    """From the environment, and before it what we know. Raises `pydantic.ValidationError` for a value of no use."""
    make: Callable[..., BaseSettings] = import_module(f"spindle.{service}.settings").Settings
    fields = cast("type[BaseSettings]", make).model_fields
    return make(**{name: value for name, value in known.items() if name in fields})


def build(service: str, known: Mapping[str, object]) -> FastStream:
    return cast("FastStream", import_module(f"spindle.{service}.service").build(settings(service, known)))


@dataclass
class Running:
    """Services side by side in this loop."""

    known: Mapping[str, object]
    by_name: dict[str, FastStream] = field(default_factory=dict)

    async def bring_back(self, name: str) -> None:
        """A new one in the place of one that does nothing any more."""
        await _stop([self.by_name[name]])
        self.by_name[name] = build(name, self.known)
        with bound_contextvars(service=name):
            await self.by_name[name].start()


@asynccontextmanager
async def running(known: Mapping[str, object], built: dict[str, FastStream]) -> AsyncIterator[Running]:
    """All of them; `built` is where others can look at them."""
    built.update({name: build(name, known) for name in SERVICES})
    services = Running(known, built)
    started: set[str] = set()
    try:
        for name in SERVICES:
            started.add(name)
            with bound_contextvars(service=name):  # in every line of whatever is begun there
                await built[name].start()
        yield services
    finally:
        await _stop([service for name, service in built.items() if name in started])


async def _stop(services: Collection[FastStream]) -> None:
    """What cannot stop in time is left: whoever stops last closes the door."""
    stops = [asyncio.create_task(service.stop()) for service in services]
    done, late = await asyncio.wait(stops, timeout=_STOPPED_SOON) if stops else (set(), set())
    if late:
        say("Waiting for what must not be cut off, such as a new token from Spotify … (Ctrl-C again to force)")
        done, late = await asyncio.wait(stops, timeout=_STOPPED_WITHIN)
    for task in late:
        task.cancel()
    for task in done:
        if not task.cancelled() and (error := task.exception()):
            log.warning("a service did not stop well", error=repr(error))
