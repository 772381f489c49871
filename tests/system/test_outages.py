"""Servers that die under the services: what was found out waits, and is recorded once when they are back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from stack import Stack, Stacked, milliseconds
from typed import spindle

from spindle.embedded import postgres
from spindle.embedded.nats import Nats
from spindle.shared.ids import Kind, UserId
from spindle.shared.messages.control import Trigger
from spindle.shared.messages.jobs import Status
from spindle.simulator import Clock, Settings, build


@pytest.fixture
async def own_database(tmp_path: Path) -> AsyncIterator[postgres.Postgres]:
    server = await postgres.start(tmp_path / "postgres")
    yield server
    await server.stop()


@pytest.fixture
def database_url(own_database: postgres.Postgres) -> str:
    """Instead of the server that the tests share."""
    return own_database.url


async def test_the_bus_dies_and_comes_back(stacked: Stacked, nats_server: Nats) -> None:
    async with stacked(build(Settings(listeners=2))) as stack:
        await stack.start(poll_interval_seconds=0.5)
        users = await stack.everybody()
        for user in users:
            await stack.finished(user, Kind.POLL)

        nats_server.kill()
        await asyncio.sleep(1)
        await nats_server.start()

        count = len(await stack.until(lambda: stack.jobs(users[0], Kind.POLL)))
        await stack.finished(users[0], Kind.POLL, count=count + 3, within=120)  # of one in hand: a minute later
        for user in users:
            await _each_once(stack, user)


async def test_the_database_dies_while_plays_arrive_and_comes_back(
    stacked: Stacked, own_database: postgres.Postgres
) -> None:
    clock = Clock(speed=0)
    async with stacked(build(Settings(listeners=1, late=False), clock)) as stack:
        await stack.start(poll_interval_seconds=0.3)
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.POLL)
        (person,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        before = len(await stack.plays(user))

        own_database.kill()
        for _ in range(3):
            clock.advance(timedelta(milliseconds=1))
            await stack.simulator("plays", listener=person["id"])
            await asyncio.sleep(0.5)
        await own_database.start()

        async def caught_up() -> bool:
            return len(await stack.plays(user)) == before + 3

        await stack.until(caught_up, within=120)
        await _each_once(stack, user)
        assert all(row.status is Status.SUCCESS for row in await stack.jobs(user) if row.finished_at)
        assert (await stack.js.stream_info("dead")).state.messages == 0


async def test_a_listener_is_paused_by_id_without_a_database(stacked: Stacked, own_database: postgres.Postgres) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start()
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.POLL)
        listener = await stack.listener(user)
        assert listener is not None

        own_database.kill()
        by_id, by_name = await spindle(stack, "pause", user), await spindle(stack, "resume", listener.name)
        await own_database.start()

        assert (by_id.code, by_id.err) == (0, "")
        assert by_name.code == 1
        assert "give the listener's id instead of the name" in by_name.err


async def test_services_wait_for_a_database_that_is_not_there_yet(
    stacked: Stacked, own_database: postgres.Postgres
) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await own_database.stop()
        starting = asyncio.create_task(stack.start("recorder"))
        await asyncio.sleep(1.5)
        assert not starting.done()

        await own_database.start()
        await starting
        await stack.start("scheduler", "poll_worker", initial_sync_enabled=False)

        (user,) = await stack.everybody()
        assert (await stack.finished(user, Kind.POLL))[0].status is Status.SUCCESS
        assert not (await stack.control(Trigger(user=user, what="initial"))).why.startswith("the recorder")


async def _each_once(stack: Stack, user: UserId) -> None:
    keys = [(milliseconds(row.played_at), row.track_id) for row in await stack.plays(user)]
    assert keys
    assert len(set(keys)) == len(keys)
