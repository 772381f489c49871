"""The stream of events on a real nats-server: in order, complete, and through a restart of the server."""

import asyncio
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path

import nats
import pytest
from rich.console import Console

from spindle.cli.seeing.timeline import Timeline
from spindle.embedded import nats as embedded
from spindle.people.events import Event, events
from spindle.shared.bus.publish import publish
from spindle.shared.bus.topology import CONSUMERS, ensure_topology
from spindle.shared.ids import new_user, now
from spindle.shared.messages.users import UserDisconnected, UserPaused


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[embedded.Nats]:
    server = await embedded.start(tmp_path / "nats")
    bus = await nats.connect(server.url)
    await ensure_topology(bus.jetstream())
    await bus.close()
    yield server
    await server.stop()


async def tell(server: embedded.Nats, number: int, user: str) -> None:
    bus = await nats.connect(server.url)
    await publish(bus.jetstream(), UserPaused(user=user, paused=("all",), sequence=number))
    await bus.close()


async def test_events_go_on_without_a_gap_when_the_server_was_killed(server: embedded.Nats) -> None:
    user, gone, before = new_user(), 0, now()
    back: list[int] = []
    seen: asyncio.Queue[Event] = asyncio.Queue()

    def count() -> None:
        nonlocal gone
        gone += 1

    async def watch() -> None:
        async for event in events(lambda: server.url, before, count, lambda: back.append(gone)):
            await seen.put(event)

    watching = asyncio.create_task(watch())
    while not await watchers(server):
        await asyncio.sleep(0.02)
    for number in range(1, 4):
        await tell(server, number, user)
    server.kill()
    await server.start()
    for number in range(4, 7):
        await tell(server, number, user)
    async with asyncio.timeout(60):
        told = [(await seen.get()).sequence for _ in range(6)]
    watching.cancel()

    assert told == [1, 2, 3, 4, 5, 6]
    assert gone == 1
    assert back == [1]
    with pytest.raises(asyncio.CancelledError):
        await watching


async def watchers(server: embedded.Nats) -> int:
    """Beside the durable consumer of the scheduler."""
    bus = await nats.connect(server.url)
    consumers = (await bus.jetstream().stream_info("events")).state.consumer_count
    await bus.close()
    return consumers - len(CONSUMERS["events"])


async def test_a_restart_before_the_first_event_tells_nothing_that_is_older(server: embedded.Nats) -> None:
    user = new_user()
    await tell(server, 1, user)
    await asyncio.sleep(0.01)
    back = asyncio.Event()
    stream = events(lambda: server.url, now(), back=back.set)
    first = asyncio.create_task(anext(stream))
    while not await watchers(server):
        await asyncio.sleep(0.02)

    server.kill()
    await server.start()
    await asyncio.wait_for(back.wait(), 60)
    await tell(server, 2, user)

    assert (await asyncio.wait_for(first, 60)).sequence == 2
    await stream.aclose()


async def test_without_a_time_only_what_is_new_is_told(server: embedded.Nats) -> None:
    user = new_user()
    await tell(server, 1, user)
    stream = events(lambda: server.url)
    first = asyncio.create_task(anext(stream))
    while not await watchers(server):
        await asyncio.sleep(0.02)

    await tell(server, 2, user)

    assert (await asyncio.wait_for(first, 60)).sequence == 2
    await stream.aclose()


async def test_an_event_that_tells_only_an_id_is_shown_with_the_name(server: embedded.Nats) -> None:
    user, before = new_user(), now()
    bus = await nats.connect(server.url)
    await publish(bus.jetstream(), UserDisconnected(user=user, name="alice", why="revoked", caused_by="x"))
    await publish(bus.jetstream(), UserPaused(user=user, paused=("all",), sequence=9))
    await bus.jetstream().publish(f"users.dancing.{user}", b'{"event": "UserDanced"}')
    await bus.close()
    stream, written = events(lambda: server.url, before), StringIO()
    timeline = Timeline(Console(file=written, width=160), {})

    for _ in range(3):
        timeline.show(await anext(stream))
    await stream.aclose()

    told = [line.split("  ", 1)[1] for line in written.getvalue().splitlines()]
    assert " ".join(told[0].split()) == "alice ✗ disconnected · revoked · link the account again"
    assert " ".join(told[1].split()) == "alice • paused: everything"
    assert f"users.dancing.{user}" in told[2]
