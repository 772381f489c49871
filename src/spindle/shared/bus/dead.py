"""The stream `dead`: messages that nobody could handle, put there, read and taken out again."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import APIError, NotFoundError

from spindle.shared.bus.patience import insist
from spindle.shared.bus.publish import publish
from spindle.shared.ids import is_job, is_user, now
from spindle.shared.messages.dead import Dead
from spindle.shared.metrics.declared import DEAD_LETTERS

log = structlog.get_logger()

_STREAM, _EVERY = "dead", "dead.>"
_KEPT = 100_000
"""Characters of a message that with its reason is longer than any message may be: the letter must fit in its place."""
_NUMBERS = 2**64
"""So many there are: NATS cannot read a larger one, and would be asked again and again."""

_IDS = {"user": is_user, "job": is_job}


async def bury(js: JetStreamContext, message: Msg, why: str) -> None:
    """Put a message that nobody can handle into `dead`. Acknowledging it is the caller's, after this returned. Done
    again it is the same letter."""
    letter = _letter(message, why)
    try:
        await publish(js, letter)
    except nats.errors.MaxPayloadError:
        await publish(js, letter.model_copy(update={"body": letter.body[:_KEPT], "whole": False}))
    DEAD_LETTERS.labels(letter.consumer).inc()
    log.error("message is dead", subject=message.subject, why=why)


async def letters(js: JetStreamContext, after: int = 0) -> AsyncIterator[RawStreamMsg]:
    """All of them behind a number, oldest first, one by one: there are few, or something is very wrong."""
    number = after
    while (found := await _found(partial(js.get_msg, _STREAM, seq=number + 1, subject=_EVERY, next=True))) is not None:
        number = int(found.seq or 0)
        yield found


async def letter(js: JetStreamContext, number: int) -> RawStreamMsg | None:
    return await _found(partial(js.get_msg, _STREAM, seq=number)) if 0 < number < _NUMBERS else None


async def remove(js: JetStreamContext, number: int) -> None:
    """It may be gone already."""

    async def delete() -> None:
        try:
            await js.delete_msg(_STREAM, number)
        except APIError:
            if await letter(js, number) is not None:
                raise

    await insist(delete)


async def _found(look: Callable[[], Awaitable[RawStreamMsg]]) -> RawStreamMsg | None:
    try:
        return await insist(look, final=lambda error: isinstance(error, NotFoundError))
    except NotFoundError:
        return None


def _letter(message: Msg, why: str) -> Dead:
    meta, body = message.metadata, message.data.decode(errors="replace")
    return Dead(
        consumer=meta.consumer,
        stream=meta.stream,
        sequence=meta.sequence.stream,
        was_on=message.subject,
        why=why,
        body=body,
        died_at=now(),
        whole=body.encode() == message.data,
        **_about(message.data),
    )


def _about(body: bytes) -> dict[str, Any]:
    """Whom and what the message was about, as far as that can be read: ids, for anything else may be no text at all."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    found = {name: told[name] for name, fits in _IDS.items() if isinstance(told.get(name), str) and fits(told[name])}
    return found | ({"step": told["step"]} if type(told.get("step")) is int else {})
