"""Around every message that a service handles: what its log lines bear, how long it takes, and what became of it."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from enum import StrEnum
from time import perf_counter
from typing import Any

import msgspec
import structlog
from faststream import BaseMiddleware
from faststream.message import StreamMessage
from nats.aio.msg import Msg

from spindle.shared import traces
from spindle.shared.ids import is_job, is_user
from spindle.shared.metrics.declared import MESSAGE_SECONDS, MESSAGES, QUESTION_SECONDS, REDELIVERIES

_QUESTION = "ask."


class Ending(StrEnum):
    """What became of a message."""

    DONE = "done"
    STALE = "stale"
    UNREAD = "unread"
    DEAD = "dead"
    RETRIED = "retried"


class _Hand:
    """The message in hand."""

    ending: Ending | None = None


class _Said(msgspec.Struct):
    """What a message says of whom it is about; anything else may stand there too."""

    user: object = None
    job: object = None
    step: object = None


_hand: ContextVar[_Hand | None] = ContextVar("hand", default=None)
_said = msgspec.json.Decoder(_Said)


def ended(ending: Ending) -> None:
    """Notes what becomes of the message in hand. What is said first counts: a dead one is acknowledged as well."""
    hand = _hand.get()
    if hand is not None and hand.ending is None:
        hand.ending = ending


def count(durable: str, ending: Ending, messages: int = 1) -> None:
    MESSAGES.labels(durable, ending).inc(messages)


def about(subject: str, body: bytes) -> dict[str, object]:
    """What a log line about a message bears: ids only, and only such as are ids."""
    found: dict[str, object] = {"subject": subject}
    try:
        said = _said.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return found
    if isinstance(said.job, str) and is_job(said.job):
        found["job"] = said.job
    if isinstance(said.user, str) and is_user(said.user):
        found["user"] = said.user
    if isinstance(said.step, int):
        found["step"] = said.step
    return found


class Handling(BaseMiddleware):
    """Of a service's broker: it sees every message of every handler."""

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]) -> Any:
        raw, began = msg.raw_message, perf_counter()
        if not isinstance(raw, Msg):
            return await self._batch(call_next, msg, began)
        if raw.subject.startswith(_QUESTION):
            with (
                structlog.contextvars.bound_contextvars(subject=raw.subject),
                QUESTION_SECONDS.labels(raw.subject).time(),
            ):
                return await call_next(msg)
        durable, hand = raw.metadata.consumer, _Hand()
        noted = _hand.set(hand)
        if raw.metadata.num_delivered > 1:
            REDELIVERIES.labels(durable).inc()
        said = about(raw.subject, raw.data)
        try:
            with structlog.contextvars.bound_contextvars(**said), traces.handling(durable, raw, said) as note:
                done = await call_next(msg)
                if hand.ending is not None:
                    note("ending", hand.ending)
                return done
        finally:
            _hand.reset(noted)
            MESSAGE_SECONDS.labels(durable).observe(perf_counter() - began)
            if hand.ending is not None:
                count(durable, hand.ending)

    async def _batch(self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any], began: float) -> Any:
        messages: list[Msg] = msg.raw_message
        durable = messages[0].metadata.consumer
        if again := sum(each.metadata.num_delivered > 1 for each in messages):
            REDELIVERIES.labels(durable).inc(again)
        try:
            with traces.together(durable, messages):
                return await call_next(msg)
        finally:
            MESSAGE_SECONDS.labels(durable).observe(perf_counter() - began)
