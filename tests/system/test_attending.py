"""A service that dies inside `up` is brought back."""

import asyncio
import time

import pytest
from pydantic import SecretStr

from spindle.cli.alive import services as alive
from spindle.cli.running import attending, services
from spindle.shared.bus.connection import connect
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.spotify.seal import new_key


async def test_services_that_died_in_this_process_are_brought_back_and_so_is_a_removed_durable(
    nats_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attending, "LOOK", 0.1)
    monkeypatch.setattr(attending, "IDLE", 2)
    client = await connect(nats_url, "test")
    js = client.jetstream()
    await ensure_topology(js)
    known = {"nats_url": nats_url, "database_url": SecretStr(database_url), "secret_key": new_key()}
    said: list[str] = []
    async with services.running(known, {}) as running:
        attendant = asyncio.create_task(attending.attend(running, nats_url, said.append))
        await asyncio.sleep(1.5)
        assert said == []

        await running.by_name["recorder"].stop()
        await js.delete_consumer("commands", "poll_worker-poll")

        end = time.monotonic() + 30
        while "The recorder is back." not in said or not (await alive(js))["poll_worker"].up:
            assert time.monotonic() < end, said
            await asyncio.sleep(0.1)
        attendant.cancel()
    assert "The recorder does nothing any more: starting it again …" in said
    await client.close()
