"""A repair of FastStream's pull subscribers: one kind of timeout throws away what was fetched before it.

FastStream 0.7.8 ends a fetch at nats-py's `TimeoutError`. When the loop was busy past the deadline, nats-py 2.16 raises
asyncio's instead (`_fetch_n`). FastStream does not know that one: its task dies with the messages that it collected,
and they come again only when their ack_wait is over. Nothing is lost, but a listener's link was missing for a minute.
And a consumer that cannot be reached for now (no leader, or deleted) is asked again at once, thousands of times a
second.
"""

import asyncio

import nats.errors
from faststream.nats import NatsBroker
from faststream.nats.subscriber.usecases import BatchPullStreamSubscriber, PullStreamSubscriber
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import ServiceUnavailableError

_PAUSE = 0.5  # seconds


def repair(bus: NatsBroker) -> None:
    """To be called once the subscribers of this broker have started."""
    for subscriber in bus.subscribers:
        if isinstance(subscriber, PullStreamSubscriber | BatchPullStreamSubscriber) and subscriber.subscription:
            _repair(subscriber.subscription)


def _repair(subscription: JetStreamContext.PullSubscription) -> None:
    original = subscription.fetch

    async def fetch(batch: int = 1, timeout: float | None = 5, heartbeat: float | None = None) -> list[Msg]:
        try:
            return await original(batch, timeout, heartbeat)
        except TimeoutError as error:
            raise nats.errors.TimeoutError from error
        except ServiceUnavailableError as error:
            await asyncio.sleep(_PAUSE)
            raise nats.errors.TimeoutError from error

    subscription.fetch = fetch  # type: ignore[method-assign]
