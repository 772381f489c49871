"""A busy loop must not cost a batch what it had already collected."""

import asyncio
import time
from typing import Any

import nats.errors
from faststream.nats.subscriber.usecases import BatchPullStreamSubscriber
from nats.js import JetStreamContext

from spindle.recorder.service import build


async def endings(subscription: JetStreamContext.PullSubscription) -> set[type[Exception]]:
    """How fetches end when the loop is elsewhere from their second turn until their time is over."""
    found: set[type[Exception]] = set()
    for _ in range(20):
        fetching = asyncio.create_task(subscription.fetch(40, timeout=0.02))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        time.sleep(0.03)  # noqa: ASYNC251
        try:
            await fetching
        except TimeoutError as error:
            found.add(type(error))
    return found


async def test_nats_py_still_raises_a_timeout_that_faststream_does_not_know(bus: Any) -> None:
    """When this fails, `recorder/fetching.py` can go."""
    assert TimeoutError in await endings(await bus.js.pull_subscribe_bind("recorder-facts", "facts"))


async def test_a_recorders_fetch_ends_with_the_timeout_that_faststream_knows(bus: Any, settings: Any) -> None:
    recorder = build(settings)
    await recorder.start()
    assert recorder.broker
    [subscriber] = [each for each in recorder.broker.subscribers if isinstance(each, BatchPullStreamSubscriber)]

    found = await endings(subscriber.subscription)

    await recorder.stop()
    assert found <= {nats.errors.TimeoutError}
