"""A service that dies inside `up` is brought back."""

import asyncio
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from spindle.cli.running import attending, services
from spindle.embedded import postgres
from spindle.embedded.ports import choose
from spindle.people.alive import services as alive
from spindle.shared.bus.connection import connect
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.spotify.keys import new_key


async def test_services_that_died_in_this_process_are_brought_back_and_so_is_a_removed_durable(
    nats_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attending, "LOOK", 0.1)
    monkeypatch.setattr(attending, "IDLE", 4)
    client = await connect(nats_url, "test")
    js = client.jetstream()
    await ensure_topology(js)
    known = {"nats_url": nats_url, "database_url": SecretStr(database_url), "secret_key": new_key()}
    known |= {"access_token": SecretStr("of-these-tests-alone"), "port": choose()}
    said: list[str] = []
    async with services.running(known, {}) as running:
        attendant = asyncio.create_task(attending.attend(running, nats_url, said.append))
        await asyncio.sleep(1.5)
        assert said == []

        await running.by_name["recorder"].stop()
        await js.delete_consumer("commands", "poll_worker-poll")

        end = time.monotonic() + 60
        while "The recorder is back." not in said or not (await alive(js))["poll_worker"].up:
            assert time.monotonic() < end, said
            await asyncio.sleep(0.1)
        attendant.cancel()
    assert "The recorder does nothing any more: starting it again …" in said
    await client.close()


async def test_a_recorder_that_waits_for_its_database_is_left_to_wait_and_one_that_died_is_not(
    nats_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attending, "LOOK", 0.1)
    monkeypatch.setattr(attending, "IDLE", 2)
    client = await connect(nats_url, "test")
    await ensure_topology(client.jetstream())
    database = await postgres.start(tmp_path / "postgres", fsync=False)
    await database.stop()
    known = {"nats_url": nats_url, "database_url": SecretStr(database.url)}
    running = services.Running(known, {"recorder": services.build("recorder", known)})
    said: list[str] = []
    waiting = asyncio.create_task(running.by_name["recorder"].start())
    attendant = asyncio.create_task(attending.attend(running, nats_url, said.append))
    try:
        await asyncio.sleep(2.5)
        assert said == []

        attendant.cancel()  # with so little patience it would not let the recorder take its time to start
        await database.start()
        await asyncio.wait_for(waiting, 60)
        await running.by_name["recorder"].stop()
        attendant = asyncio.create_task(attending.attend(running, nats_url, said.append))

        async with asyncio.timeout(60):
            while said[-1:] != ["The recorder is back."]:
                await asyncio.sleep(0.1)
    finally:
        attendant.cancel()
        await running.by_name["recorder"].stop()
        await client.close()
        await database.stop()
