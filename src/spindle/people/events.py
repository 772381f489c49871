"""The stream `events` as it grows, through restarts of the server."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy
from pydantic import ValidationError

from spindle.people import shapes
from spindle.people.errors import Problem
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

    @cached_property
    def json(self) -> str:
        """What programs get, in one line."""
        told = shapes.plain(self.message or self.body)
        head: dict[str, shapes.Json] = {"sequence": self.sequence, "subject": self.subject, "at": shapes.plain(self.at)}
        return shapes.text({**head, **(told if isinstance(told, dict) else {})}, None)


async def events(
    where: Callable[[], str],
    since: datetime | int | None = None,
    gone: Callable[[], None] = lambda: None,
    back: Callable[[], None] = lambda: None,
    name: str = "cli-watch",
) -> AsyncGenerator[Event, None]:
    """For ever: the new ones, or all since a time or behind a number. A server that goes away is waited for, and
    nothing is left out.

    `where` is asked at every try: an instance may come back elsewhere. A server that is not there at the start is an
    error; afterwards `gone` and `back` are called once each time. `name` is what the server calls the connection.
    """
    connection = await connect(where(), name)
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
            await _let_go(connection)
        gone()
        if last:
            start = _after(last)
        connection = await _reached(where, name)
        back()


def _after(sequence: int) -> ConsumerConfig:
    return ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=sequence + 1)


async def _until_trouble(connection: Client, start: ConsumerConfig) -> AsyncIterator[Event]:
    """Ends when the connection broke, even if it has mended itself: the consumer may not have lived through it. And
    when a message is missing that was sent.

    Through a queue, because the subscription's own `next_msg` can swallow a cancellation (`wait_for` in Python 3.11).
    """
    arrived: asyncio.Queue[Msg] = asyncio.Queue(_AT_ONCE)
    number, subscribed = 0, False
    with only_wanted_ends(), suppress(nats.errors.Error):
        await connection.jetstream().subscribe(
            ">", stream="events", config=start, ordered_consumer=True, cb=arrived.put
        )
        subscribed = True
    if not subscribed:
        return
    while connection.is_connected and not connection.stats["reconnects"]:
        try:
            async with asyncio.timeout(_LOOK):
                message = await arrived.get()
        except TimeoutError:
            continue
        sent = message.metadata.sequence.consumer
        if sent not in (number + 1, 1):  # it begins at 1 again when nats-py replaces a consumer that died
            return
        number = sent
        yield event(message)


async def _reached(where: Callable[[], str], name: str) -> Client:
    while True:
        with only_wanted_ends(), suppress(BusError, Problem):
            return await connect(where(), name)
        await asyncio.sleep(_AGAIN)


async def _let_go(connection: Client) -> None:
    """Apart, so that a client in the middle of its own troubles neither holds us up nor ends us."""
    done, _ = await asyncio.wait({asyncio.ensure_future(connection.close())}, timeout=_LOOK)
    for each in done:
        _ = each.cancelled() or each.exception()  # it is gone either way


@contextmanager
def only_wanted_ends() -> Iterator[None]:
    """nats-py cancels tasks of its own when a connection breaks, and whoever waits for one of them is cancelled, too:
    that is no wish that we end, and goes no further than here."""
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise


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
