"""`/health`, `/health/…` and `/metrics` of this process, from a thread: also when the loop is stuck."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from threading import Thread

from faststream import FastStream
from pydantic import Field
from pydantic_settings import BaseSettings

from spindle.cli.health.endpoint import Endpoint
from spindle.cli.health.pulse import Pulse, Report
from spindle.cli.health.scraping import Scraping
from spindle.people.errors import Problem
from spindle.shared.settings import FROM_OUTSIDE


class Settings(BaseSettings):
    model_config = FROM_OUTSIDE

    health_port: int | None = Field(None, ge=0, le=65535)
    """The port on which `/health` and `/metrics` are served; without it, none is."""
    health_host: str = "127.0.0.1"
    """The address they are served on; in a container 0.0.0.0."""


@asynccontextmanager
async def served(services: Mapping[str, FastStream], settings: Settings | None = None) -> AsyncIterator[int | None]:
    """The port, or None when nobody wants it. A service counts from the moment that it is put into `services`."""
    wanted = settings or Settings()
    if wanted.health_port is None:
        yield None
        return
    pulse = Pulse(services)
    door = _opened(wanted, pulse.report, Scraping(services, pulse).text)
    beat = asyncio.create_task(pulse.beat())
    Thread(target=door.serve_forever, name="health", daemon=True).start()
    try:
        yield int(door.server_address[1])
    finally:
        beat.cancel()
        await asyncio.to_thread(door.shutdown)
        door.server_close()


def _opened(wanted: Settings, report: Callable[[], Report], metrics: Callable[[], bytes]) -> Endpoint:
    host, port = wanted.health_host, wanted.health_port or 0
    try:
        return Endpoint(host, port, report, metrics)
    except OSError as error:
        raise Problem(f"SPINDLE_HEALTH_PORT: {host}:{port} cannot be listened on: {error.strerror}") from error
