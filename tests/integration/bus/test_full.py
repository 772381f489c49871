"""What becomes of a message for which NATS has no room."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy
from small import mounted, unmounted

from spindle.embedded import disk, nats
from spindle.shared.bus.connection import connect
from spindle.shared.bus.errors import BusFull
from spindle.shared.bus.patience import insist

MIB = 2**20


@asynccontextmanager
async def joined(server: nats.Nats) -> AsyncIterator[JetStreamContext]:
    client = await connect(server.url, "test")
    yield client.jetstream(timeout=20)
    await client.close()


async def filled(js: JetStreamContext) -> None:
    for _ in range(20):
        await insist(lambda: js.publish("s", bytes(MIB)), patience=0.3)


async def test_a_full_stream_is_the_reason_that_is_given(nats_server: nats.Nats) -> None:
    async with joined(nats_server) as js:
        await js.add_stream(name="S", subjects=["s"], max_bytes=3 * MIB, discard=DiscardPolicy.NEW)

        with pytest.raises(BusFull, match="NATS has no room: the stream is full"):
            await filled(js)


@pytest.fixture
async def narrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[nats.Nats]:
    """It may store 12 MB, half of its disk."""
    monkeypatch.setattr(disk, "JETSTREAM", MIB)
    place = mounted(tmp_path / "small", "24m")
    server = await nats.start(place)
    yield server
    server.kill()
    unmounted(place)


async def test_so_is_a_server_that_may_store_no_more(narrow: nats.Nats) -> None:
    async with joined(narrow) as js:
        await js.add_stream(name="S", subjects=["s"])

        with pytest.raises(BusFull, match="NATS has no room: the server stores as much as it may"):
            await filled(js)

        await js.purge_stream("S")
        await insist(lambda: js.publish("s", b""))
