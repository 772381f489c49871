"""What becomes of a delivery: the one table from how a handler ended to ack, retry or dead letter."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import nats.errors
import pydantic
import structlog
from faststream import BaseMiddleware
from faststream.message import StreamMessage
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from spindle.shared.bus.dead import bury
from spindle.shared.bus.errors import BusFull, Unsettled
from spindle.shared.bus.handling import Ending, ended
from spindle.shared.outages import Outage

log = structlog.get_logger()

_HEARTBEAT = 10.0  # seconds; a third of the consumers' ack_wait, so that a slow handler is not given to a second worker
_RETRY_AFTER = 5.0  # seconds, times the number of deliveries
_RETRY_AFTER_AT_MOST = 60.0
_SETTLED_AFTER = 1.0  # seconds; about as long as a new leader needs to catch up

_REPEATS_THE_INPUT = ("union_tag_invalid",)

Decoded = Callable[[Msg], object]
"""Raises `pydantic.ValidationError` for a message that no handler can read."""

Wanted = Callable[[Msg], Awaitable[bool]]
"""Whether a message is still to be handled; see `Chains.current`. Raises `Unsettled` when that cannot be told yet."""

Unread = Callable[[Msg, str], Awaitable[None]]
"""Deals with a message that no handler can read, and why; else it goes to `dead`."""

Tried = Callable[[Msg, Callable[[], Awaitable[None]]], Awaitable[None]]
"""Runs what is to be done about a message, or gives it up; see `Trials.run`."""

Rescue = Callable[[StreamMessage[Msg], Exception], Awaitable[bool]]
"""Deals with an error that a service foresees; false when it does not know it."""


class Delivery:
    """The middleware of every handler of single messages; subscribers are `AckPolicy.MANUAL`.

    | the handler                                 | the message                                                   |
    |---------------------------------------------|---------------------------------------------------------------|
    | returned                                    | acknowledged, and the acknowledgement confirmed               |
    | was not called: the body cannot be read     | to `dead` with the reason, or to `unread`, then acknowledged  |
    | was not called: the message is not wanted   | acknowledged                                                  |
    | or its outcome is `Unsettled`               | delivered again in a second, unless it has been purged        |
    | killed its worker three times, as `tried`   | to `dead`, and its job has ended                              |
    | raised what `rescue` deals with             | acknowledged                                                  |
    | raised anything else                        | delivered again, later each time: an error never acknowledges |
    """

    def __init__(
        self,
        js: JetStreamContext,
        decoded: Decoded,
        wanted: Wanted | None = None,
        rescue: Rescue | None = None,
        unread: Unread | None = None,
        room: Outage | None = None,
        tried: Tried | None = None,
    ) -> None:
        self._tried = tried
        self._unread = unread or partial(bury, js)
        self._decoded = decoded
        self._wanted = wanted
        self._rescue = rescue
        self._room = room or no_room()

    def __call__(self, msg: Any, /, *, context: Any) -> "_Middleware":
        return _Middleware(self, msg, context=context)

    async def handle(self, msg: StreamMessage[Msg], handler: Callable[[StreamMessage[Msg]], Awaitable[object]]) -> None:
        """Returns when the message is done with; raises what should bring it again."""
        try:
            self._decoded(msg.raw_message)
        except (pydantic.ValidationError, RecursionError) as error:
            await self._unread(msg.raw_message, reason(error, msg.raw_message.data))
            ended(Ending.UNREAD)
            return
        if self._tried is None:
            await self._done(msg, handler)
        else:
            await self._tried(msg.raw_message, partial(self._done, msg, handler))

    async def _done(self, msg: StreamMessage[Msg], handler: Callable[[StreamMessage[Msg]], Awaitable[object]]) -> None:
        try:
            if self._wanted is None or await self._wanted(msg.raw_message):
                await handler(msg)
                self._room.ended()
            else:
                ended(Ending.STALE)
        except Exception as error:
            if self._rescue is None or not await self._rescue(msg, error):
                raise
            self._room.ended()

    async def retry(self, message: Msg, error: Exception) -> None:
        delay = min(_RETRY_AFTER * message.metadata.num_delivered, _RETRY_AFTER_AT_MOST)
        if isinstance(error, BusFull):
            self._room.began(str(error))
        else:
            log.warning("message will be delivered again", subject=message.subject, seconds=delay, error=repr(error))
        await _again(message, delay)


def no_room() -> Outage:
    """A stream that is full refuses everybody's message: that is told once, and not of each."""
    return Outage("NATS has no room; steps wait", "NATS has room again")


class _Middleware(BaseMiddleware):
    def __init__(self, delivery: Delivery, msg: Any, /, *, context: Any) -> None:
        super().__init__(msg, context=context)
        self._delivery = delivery

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Msg]) -> Any:
        async with _kept_alive(msg.raw_message):
            try:
                await self._delivery.handle(msg, call_next)
            except Unsettled:
                await _again(msg.raw_message, _SETTLED_AFTER)
                return None
            except Exception as error:
                await self._delivery.retry(msg.raw_message, error)
                return None
        await _acknowledge(msg.raw_message)
        return None


def reason(error: Exception, body: bytes) -> str:
    """What is wrong with a message, in one line that does not repeat what it holds."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return "not JSON"
    if not isinstance(error, pydantic.ValidationError):
        return "not a message of this kind"
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    said = "of no known kind" if first["type"] in _REPEATS_THE_INPUT else first["msg"]
    return f"{'.'.join(map(str, first['loc'])) or 'body'}: {said}"


@asynccontextmanager
async def _kept_alive(message: Msg) -> AsyncIterator[None]:
    async def beat() -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT)
            with suppress(nats.errors.Error):
                await message.in_progress()

    heart = asyncio.create_task(beat())
    try:
        yield
    finally:
        heart.cancel()


async def _acknowledge(message: Msg) -> None:
    """An acknowledgement that gets lost costs one delivery more, and is harmless."""
    ended(Ending.DONE)
    with suppress(nats.errors.Error, TimeoutError):
        await message.ack_sync(timeout=5)


async def _again(message: Msg, delay: float) -> None:
    ended(Ending.RETRIED)
    with suppress(nats.errors.Error):
        await message.nak(delay=delay)
