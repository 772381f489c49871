"""A busy loop must not cost a subscriber what it had already fetched."""

import asyncio
import time
from collections.abc import AsyncIterator

import nats.errors
import pytest
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.annotations import NatsMessage
from nats.js import JetStreamContext

from spindle.shared.bus import fetching
from spindle.shared.bus.broker import broker
from spindle.shared.bus.fetching import Fetching
from spindle.shared.bus.topology import ensure_topology


async def endings(subscription: JetStreamContext.PullSubscription) -> set[type[Exception]]:
    """How fetches end when the loop is elsewhere from their second turn until their time is over."""
    found: set[type[Exception]] = set()
    for _ in range(20):
        fetch = asyncio.create_task(subscription.fetch(40, timeout=0.02))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        time.sleep(0.03)  # noqa: ASYNC251
        try:
            await fetch
        except TimeoutError as error:
            found.add(type(error))
    return found


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[NatsBroker]:
    found = broker(nats_url, "test")
    await ensure_topology((await found.connect()).jetstream())
    yield found
    await found.stop()


async def test_nats_py_still_raises_a_timeout_that_faststream_does_not_know(bus: NatsBroker) -> None:
    """When this fails, the first part of `shared/bus/fetching.py` can go."""
    js = (await bus.connect()).jetstream()

    assert TimeoutError in await endings(await js.pull_subscribe_bind("recorder-facts", "facts"))


@pytest.mark.parametrize("batch", [True, False])
async def test_a_repaired_fetch_ends_with_the_timeout_that_faststream_knows(bus: NatsBroker, batch: bool) -> None:
    subscriber = bus.subscriber(
        "facts.plays.*",
        stream=JStream("facts", declare=False),
        durable="recorder-facts",
        pull_sub=PullSub(batch_size=40, timeout=0.1, batch=batch),
    )

    @subscriber
    async def ignore(message: bytes) -> None:
        """Nothing comes."""

    await bus.start()
    await Fetching(bus).mend()

    assert await endings(subscriber.subscription) <= {nats.errors.TimeoutError}  # type: ignore[arg-type, union-attr]


async def test_what_was_fetched_and_not_dealt_with_is_there_for_others_at_once(
    bus: NatsBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_LAST_FETCH_WITHIN", 20.0)
    js = (await bus.connect()).jetstream()
    begun: list[bytes] = []

    @bus.subscriber(
        "facts.plays.*",
        stream=JStream("facts", declare=False),
        durable="recorder-facts",
        pull_sub=PullSub(batch_size=2, timeout=30),
        ack_policy=AckPolicy.MANUAL,
        max_workers=2,
    )
    async def take_time(message: NatsMessage) -> None:
        begun.append(message.body)
        await asyncio.sleep(0.5)
        await message.ack()

    fetches = Fetching(bus)
    await bus.start()
    await fetches.mend()
    for number in range(20):
        await js.publish("facts.plays.a", str(number).encode())
    while len(begun) < 4:
        await asyncio.sleep(0.01)

    await fetches.end()

    others = await js.pull_subscribe_bind("recorder-facts", "facts")
    left: list[bytes] = []
    while missing := 20 - len(left) - len(begun):
        left += [message.data for message in await others.fetch(missing, timeout=20)]
    assert sorted(left + begun, key=int) == [str(number).encode() for number in range(20)]


async def test_as_much_is_fetched_as_there_are_free_hands_and_little_behind_full_ones(bus: NatsBroker) -> None:
    js = (await bus.connect()).jetstream()
    begun, go = 0, asyncio.Event()

    @bus.subscriber(
        "facts.plays.*",
        stream=JStream("facts", declare=False),
        durable="recorder-facts",
        pull_sub=PullSub(batch_size=2, timeout=30),  # one request at a time is open on the server
        ack_policy=AckPolicy.MANUAL,
        max_workers=8,
    )
    async def take_time(message: NatsMessage) -> None:
        nonlocal begun
        begun += 1
        await go.wait()
        await message.ack()

    for number in range(40):
        await js.publish("facts.plays.a", str(number).encode())
    await bus.start()
    await Fetching(bus).mend()
    while begun < 8:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)

    given = (await js.consumer_info("facts", "recorder-facts")).num_ack_pending

    assert begun == 8
    assert given < 2 * begun
    go.set()
