"""Live events over HTTP: hundreds of clients on real sockets, one gateway, one consumer."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
from hearing import Heard
from nats.aio.client import Client
from pydantic import SecretStr

from spindle.embedded import nats as embedded
from spindle.embedded.ports import choose
from spindle.gateway.service import build
from spindle.gateway.settings import Settings
from spindle.shared.bus.connection import connect
from spindle.shared.bus.topology import CONSUMERS, ensure_topology
from spindle.shared.ids import new_user
from spindle.shared.messages.users import UserPaused, UserResumed

CLIENTS = 500
AWAY = 4000  # events: twice as many as a gateway keeps in memory
TOKEN = "the-token-of-these-tests"
ALICE = new_user()


@pytest.fixture
async def bus(own_users: None, nats_server: embedded.Nats, tmp_path: Path) -> AsyncIterator[Client]:
    client = await connect(nats_server.url, "test")
    await ensure_topology(client.jetstream())
    yield client
    await client.close()
    assert "Violation" not in (tmp_path / "nats" / "nats.log").read_text()


@asynccontextmanager
async def gateway(server: embedded.Nats) -> AsyncIterator[int]:
    """As its own user of NATS; its port."""
    port, url = choose(), server.url.replace("//spindle:", "//gateway:")
    service = build(Settings(nats_url=url, port=port, access_token=SecretStr(TOKEN)))
    await service.start()
    yield port
    await service.stop()


async def tell(bus: Client, first: int, last: int) -> None:
    """Events whose numbers in the stream are their own. Those with even numbers are called otherwise."""
    for number in range(first, last + 1):
        kind = UserPaused if number % 2 else UserResumed
        told = kind(user=ALICE, paused=("all",), sequence=number)
        await bus.publish(told.on, told.encoded())
    while (await bus.jetstream().stream_info("events")).state.last_seq < last:
        await asyncio.sleep(0.02)


async def until(met: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not met():
            await asyncio.sleep(0.02)


async def left_over(bus: Client, consumers: int) -> None:
    """Those by which somebody has caught up are let go by the server, soon."""
    async with asyncio.timeout(60):
        while (await bus.jetstream().stream_info("events")).state.consumer_count != consumers:
            await asyncio.sleep(0.2)


async def come_and_go(client: Heard, last: int) -> None:
    """Until it has heard of the last one; each time it is cut off in the middle of something."""
    while not client.numbers or client.numbers[-1] < last:
        await client.connect()
        await asyncio.sleep(random.uniform(0.1, 1.5))
        client.leave()
        await until(lambda: client.ended)


async def dawdle(client: Heard, last: int) -> None:
    """It reads now and then."""
    await client.connect()
    while not client.ended and (not client.numbers or client.numbers[-1] < last):
        assert client.transport
        client.transport.pause_reading()
        await asyncio.sleep(random.uniform(0.1, 1))
        client.transport.resume_reading()
        await asyncio.sleep(0.01)


async def test_500_clients_who_come_and_go_hear_each_event_once_through_a_restart_of_nats(
    bus: Client, nats_server: embedded.Nats
) -> None:
    await tell(bus, 1, AWAY)
    async with gateway(nats_server) as port:
        crowd = [Heard(port, TOKEN) for _ in range(CLIENTS)]
        away, steady, restless, slow = crowd[:5], crowd[5:300], crowd[300:450], crowd[450:]
        for client in away:
            client.place = 7
        for client in (*restless, *slow):
            client.place = AWAY - 10
        picky = [Heard(port, TOKEN, "?events=UserResumed") for _ in range(20)]
        await asyncio.gather(*(client.connect() for client in (*steady, *picky)))
        await until(lambda: all(client.place == AWAY for client in (*steady, *picky)))

        last = AWAY + 150
        going = [asyncio.create_task(come_and_go(client, last)) for client in restless]
        going += [asyncio.create_task(dawdle(client, last)) for client in slow]
        await tell(bus, AWAY + 1, AWAY + 60)
        await asyncio.gather(*(client.connect() for client in away))
        nats_server.kill()
        await nats_server.start()
        again = await connect(nats_server.url, "test")
        await tell(again, AWAY + 61, last)
        await asyncio.wait_for(asyncio.gather(*going), 90)
        await until(lambda: all(client.numbers[-1:] == [last] for client in (*crowd, *picky)))
        await left_over(again, len(CONSUMERS["events"]) + 1)
        ended = monotonic()
    took = monotonic() - ended
    await again.close()

    assert {len(client.numbers) for client in away} == {last - 7}
    for client in crowd:
        assert client.numbers == list(range(client.numbers[0], last + 1))
    assert {client.numbers[0] for client in away} == {8}
    assert {client.numbers[0] for client in steady} == {AWAY + 1}
    assert {client.numbers[0] for client in (*restless, *slow)} == {AWAY - 9}
    assert all(client.numbers == list(range(AWAY + 2, last + 1, 2)) for client in picky)
    await until(lambda: all(client.ended for client in (*steady, *picky, *away)))
    assert took < 20, "the streams that were open held up the end"


async def test_what_a_client_is_told_is_what_watch_prints(bus: Client, nats_server: embedded.Nats) -> None:
    await tell(bus, 1, 3)

    async with gateway(nats_server) as port:
        client = Heard(port, TOKEN, "?since=2")
        await client.connect()
        await until(lambda: client.numbers == [3])

    told = json.loads(client.last)
    assert list(told) == ["sequence", "subject", "at", "event", "user", "paused"]
    assert (told["sequence"], told["event"], told["paused"]) == (3, "UserPaused", ["all"])
    assert client.names == {"UserPaused"}
