"""The stream `events` as it grows, through restarts of the server."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy
from pydantic import ValidationError

from spindle.cli.errors import CommandError
from spindle.shared.bus.connection import connect
from spindle.shared.bus.errors import BusError
from spindle.shared.catalogue.parties import every_message
from spindle.shared.messages import Message

KINDS = {kind.__name__: kind for kind in every_message() if "event" in kind.model_fields}

_AT_ONCE = 1000  # events that wait to be shown
_LOOK = 1.0  # seconds without an event, after which the connection is looked at
_AGAIN = 1.0  # seconds between two tries to reach a server that has gone


@dataclass(frozen=True)
class Event:
    sequence: int
    at: datetime
    subject: str
    body: dict[str, object]
    message: Message | None
    """None for a kind of event that this version does not know."""


async def events(
    where: Callable[[], str],
    since: datetime | int | None = None,
    gone: Callable[[], None] = lambda: None,
    back: Callable[[], None] = lambda: None,
) -> AsyncGenerator[Event, None]:
    """For ever: the new ones, or all since a time or behind a number. A server that goes away is waited for, and
    nothing is left out.

    `where` is asked at every try: an instance may come back elsewhere. A server that is not there at the start is an
    error; afterwards `gone` and `back` are called once each time.
    """
    connection = await connect(where(), "cli-watch")
    if isinstance(since, datetime):
        last, start = 0, ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_TIME, opt_start_time=since)
    else:
        last = (await connection.jetstream().stream_info("events")).state.last_seq if since is None else since
        start = _after(last)
    while True:
        try:
            async for event in _until_trouble(connection, start):
                if event.sequence > last:
                    last = event.sequence
                    yield event
        finally:
            await connection.close()
        gone()
        if last:
            start = _after(last)
        connection = await _reached(where)
        back()


def _after(sequence: int) -> ConsumerConfig:
    return ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=sequence + 1)


async def _until_trouble(connection: Client, start: ConsumerConfig) -> AsyncIterator[Event]:
    """Ends when the connection broke, even if it has mended itself: the consumer may not have lived through it.

    Through a queue, because the subscription's own `next_msg` can swallow a cancellation (`wait_for` in Python 3.11).
    """
    arrived: asyncio.Queue[Msg] = asyncio.Queue(_AT_ONCE)
    try:
        await connection.jetstream().subscribe(
            ">", stream="events", config=start, ordered_consumer=True, cb=arrived.put
        )
    except nats.errors.Error:
        return
    while connection.is_connected and not connection.stats["reconnects"]:
        try:
            async with asyncio.timeout(_LOOK):
                message = await arrived.get()
        except TimeoutError:
            continue
        yield event(message)


async def _reached(where: Callable[[], str]) -> Client:
    while True:
        try:
            return await connect(where(), "cli-watch")
        except (BusError, CommandError):
            await asyncio.sleep(_AGAIN)


def event(message: Msg) -> Event:
    try:
        body = json.loads(message.data)
    except ValueError:
        body = {}
    told = body if isinstance(body, dict) else {}
    kind = KINDS.get(str(told.get("event")))
    meta = message.metadata
    try:
        known = kind.decoded(message.data) if kind else None
    except ValidationError:
        known = None
    return Event(meta.sequence.stream, meta.timestamp, message.subject, told, known)
