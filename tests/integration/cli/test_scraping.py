"""Metrics while servers are away: the answer comes within a second, and says so."""

import asyncio
import os
import signal
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spindle.cli.health.serving import Settings, served
from spindle.cli.running import services
from spindle.embedded import nats
from spindle.shared.bus.connection import connect
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.spotify.keys import new_key

UP = 'spindle_nats_up{service="poll_worker"} 1.0'
AWAY = 'spindle_nats_up{service="poll_worker"} 0.0'
WAITING = 'spindle_queue_messages{durable="poll_worker-poll",state="waiting"}'
DOOR = 'spindle_door_shut_seconds{family="history"}'


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[nats.Nats]:
    server = await nats.start(tmp_path / "nats")
    client = await connect(server.url, "test")
    await ensure_topology(client.jetstream())
    await client.close()
    yield server
    server.kill()


@contextmanager
def frozen(server: nats.Nats) -> Iterator[None]:
    assert server.pid is not None
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


async def lines(port: int) -> list[str]:
    """What `/metrics` says, within a second: who waited for NATS would wait for five, each time. A machine that stands
    still for a moment does so once."""
    for _ in range(3):
        began = time.monotonic()
        text = await asyncio.to_thread(_read, f"http://127.0.0.1:{port}/metrics")
        if time.monotonic() - began < 4:
            return text.splitlines()
    pytest.fail("it takes too long")


async def until(port: int, *wanted: str) -> list[str]:
    end = time.monotonic() + 60
    while not {*wanted} <= {*(found := await lines(port))}:
        assert time.monotonic() < end, found
        await asyncio.sleep(0.1)
    return found


async def test_a_worker_says_that_nats_is_away_and_tells_no_old_figures_of_it(bus: nats.Nats) -> None:
    told = {"secret_key": new_key(), "nats_url": bus.url}
    service = services.build("poll_worker", told)
    async with served({"poll_worker": service}, Settings(health_port=0)) as port:
        assert port is not None
        await service.start()
        try:
            well = await until(port, UP, f"{WAITING} 0.0", f"{DOOR} 0.0")
            with frozen(bus):
                hung = await asyncio.gather(*(lines(port) for _ in range(5)))
            again = await until(port, UP, f"{WAITING} 0.0", f"{DOOR} 0.0")
        finally:
            await service.stop()

    for found in (well, again):
        assert [line for line in found if line.startswith(WAITING)] == [f"{WAITING} 0.0"]
        assert [line for line in found if line.startswith(DOOR)] == [f"{DOOR} 0.0"]
    for found in hung:
        assert AWAY in found
        assert not [line for line in found if line.startswith((WAITING, DOOR))]


def _read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return str(answer.read().decode())
