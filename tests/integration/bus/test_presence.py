"""A service starts when everything it needs answers, and says what to do when it is not there at all."""

import asyncio
from pathlib import Path

import nats
import pytest

from spindle.embedded import nats as embedded
from spindle.shared.bus.errors import NotProvisioned
from spindle.shared.bus.presence import provisioned
from spindle.shared.bus.topology import ensure_topology


async def test_a_server_that_comes_back_later_is_waited_for(tmp_path: Path) -> None:
    server = await embedded.start(tmp_path / "nats")
    client = await nats.connect(server.url, max_reconnect_attempts=-1, reconnect_time_wait=0.1, error_cb=_expected)
    await ensure_topology(client.jetstream())
    server.kill()

    waiting = asyncio.create_task(provisioned(client.jetstream(timeout=0.3), "scheduler", patience=1))
    await asyncio.sleep(2)  # longer than patience: that is for a server that says no, not for one that is away
    assert not waiting.done()
    await server.start()
    await asyncio.wait_for(waiting, 20)

    await client.close()
    server.kill()


async def test_a_server_without_our_streams_is_told_in_one_line(tmp_path: Path) -> None:
    server = await embedded.start(tmp_path / "nats")
    client = await nats.connect(server.url)

    with pytest.raises(NotProvisioned, match="spindle provision"):
        await provisioned(client.jetstream(), "scheduler", patience=0.5)

    await client.close()
    server.kill()


async def _expected(_: Exception) -> None:
    """The server is killed on purpose."""
