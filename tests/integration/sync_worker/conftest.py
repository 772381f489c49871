"""A NATS server for a worker on imports."""

from collections.abc import AsyncIterator

import nats
import pytest
from workbench import Bench

from spindle.shared.bus.topology import ensure_topology
from spindle.shared.bus.uploads import Uploads
from spindle.shared.pauses import Pauses


@pytest.fixture
async def bench(nats_url: str) -> AsyncIterator[Bench]:
    client = await nats.connect(nats_url)
    js = client.jetstream()
    await ensure_topology(js)
    yield Bench(client, await Uploads.on(js), Pauses(await js.key_value("pauses")), nats_url)
    await client.close()
