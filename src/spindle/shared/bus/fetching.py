"""What FastStream's pull subscribers get wrong about a fetch, mended: its timeouts, its errors, and its end.

FastStream 0.7.8 ends a fetch at nats-py's `TimeoutError`. When the loop was busy past the deadline, nats-py 2.16 raises
asyncio's instead (`_fetch_n`). FastStream does not know that one: its task dies with the messages that it collected,
and they come again only when their ack_wait is over. Nothing is lost, but a listener's link was missing for a minute.
A consumer that cannot be reached for now (no leader, or deleted) is asked again at once, thousands of times a second.
And what was fetched and not begun when a service stops is kept from everybody else until its ack_wait is over.

A subscriber with several hands fetches as many messages as hands are free. Its own small number is for full hands, as
what is fetched then has to wait: with nothing but that, most hands were empty while there was work.
"""

import asyncio
from contextlib import suppress

import nats.errors
from faststream.nats import NatsBroker
from faststream.nats.subscriber.usecases import (
    BatchPullStreamSubscriber,
    ConcurrentPullStreamSubscriber,
    PullStreamSubscriber,
)
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import ServiceUnavailableError

_PAUSE = 0.5  # seconds
_LAST_FETCH_WITHIN = 2.0  # seconds; longer than any fetch of ours waits


_Pulling = PullStreamSubscriber | BatchPullStreamSubscriber


class Fetching:
    """All fetches of a broker: `mend` them once its subscribers have started, `end` them when its service stops."""

    def __init__(self, bus: NatsBroker) -> None:
        self._bus = bus
        self._ended = False
        self._under_way: set[asyncio.Task[list[Msg]]] = set()
        self._fetched: list[Msg] = []

    async def mend(self) -> None:
        for subscriber in self._bus.subscribers:
            if isinstance(subscriber, _Pulling) and subscriber.subscription:
                self._mend(subscriber, subscriber.subscription)

    async def end(self) -> None:
        """Let the handlers finish, and give back what none of them has dealt with."""
        self._ended = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_LAST_FETCH_WITHIN)
        await asyncio.gather(*(subscriber.stop() for subscriber in self._bus.subscribers))
        with suppress(nats.errors.Error):
            for message in self._fetched:
                if not message.is_acked:
                    await message.nak()

    def _mend(self, subscriber: _Pulling, subscription: JetStreamContext.PullSubscription) -> None:
        original = subscription.fetch

        async def fetch(batch: int = 1, timeout: float | None = 5, heartbeat: float | None = None) -> list[Msg]:
            if self._ended:
                await asyncio.sleep(_PAUSE)
                raise nats.errors.TimeoutError
            fetching = asyncio.create_task(original(max(batch, _free(subscriber)), timeout, heartbeat))
            self._under_way.add(fetching)
            fetching.add_done_callback(_seen)
            try:
                self._note(await asyncio.shield(fetching))
                if not self._ended:
                    return fetching.result()
                raise nats.errors.TimeoutError
            except TimeoutError as error:
                raise nats.errors.TimeoutError from error
            except ServiceUnavailableError as error:
                await asyncio.sleep(_PAUSE)
                raise nats.errors.TimeoutError from error
            finally:
                self._under_way.discard(fetching)

        subscription.fetch = fetch  # type: ignore[method-assign]

    def _note(self, messages: list[Msg]) -> None:
        self._fetched = [message for message in self._fetched if not message.is_acked] + messages


def _free(subscriber: _Pulling) -> int:
    """How many messages it could begin with at once. One or two that are on their way into a hand may not count yet."""
    if not isinstance(subscriber, ConcurrentPullStreamSubscriber):
        return 0
    return subscriber.limiter.value - subscriber.receive_stream.statistics().current_buffer_used


def _seen(fetching: asyncio.Task[list[Msg]]) -> None:
    """Its error is no news to anybody when the subscriber that waited for it is gone."""
    if not fetching.cancelled():
        fetching.exception()
