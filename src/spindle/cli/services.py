"""The services by name: built from what is known, started and stopped together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import cast

import structlog
from faststream import FastStream
from pydantic_settings import BaseSettings

SERVICES = ("recorder", "scheduler", "poll_worker", "sync_worker")

_STOPPED_WITHIN = 3.0  # seconds; what is cut off then comes again: nothing is lost

log = structlog.get_logger()


def settings(service: str, known: Mapping[str, object]) -> BaseSettings:
    """From the environment, and before it what we know. Raises `pydantic.ValidationError` for a value of no use."""
    make: Callable[..., BaseSettings] = import_module(f"spindle.{service}.settings").Settings
    fields = cast("type[BaseSettings]", make).model_fields
    return make(**{name: value for name, value in known.items() if name in fields})


def build(service: str, known: Mapping[str, object]) -> FastStream:
    return cast("FastStream", import_module(f"spindle.{service}.service").build(settings(service, known)))


@asynccontextmanager
async def running(services: Sequence[FastStream]) -> AsyncIterator[None]:
    """All of them, side by side in this loop. What cannot stop in time is left: whoever stops last closes the door."""
    started: list[FastStream] = []
    try:
        for service in services:
            started.append(service)
            await service.start()
        yield
    finally:
        stops = [asyncio.create_task(service.stop()) for service in started]
        done, late = await asyncio.wait(stops, timeout=_STOPPED_WITHIN) if stops else (set(), set())
        for task in late:
            task.cancel()
        for task in done:
            if not task.cancelled() and (error := task.exception()):
                log.warning("a service did not stop well", error=repr(error))
