"""Trying again while a server restarts or elects a leader, and giving up with a clear error."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

import nats.errors
from nats.js.errors import APIError

from spindle.shared.bus.errors import BusFull, BusSilent

T = TypeVar("T")

PATIENCE = 20.0
"""Seconds; longer than a restart or an election takes, shorter than a step may stay unacknowledged."""

_PAUSE = 0.1
_NO_ROOM = {
    10077: "the stream is full",
    10047: "the server stores as much as it may (max_file)",
    10023: "the server stores as much as it may (max_file)",
}
"""By the code of the refusal. A full disk is met with silence."""


def never(_: APIError) -> bool:
    """No refusal is final: all are worth another try."""
    return False


async def insist(
    call: Callable[[], Awaitable[T]], patience: float = PATIENCE, final: Callable[[APIError], bool] = never
) -> T:
    """What `call` returns, tried again until `patience` seconds have passed, then `BusSilent`; `BusFull` when
    it was refused for want of room.

    Every try may have had its effect although it was not confirmed, so `call` must be safe to repeat. A refusal that
    is `final` is raised as it is.
    """
    deadline = monotonic() + patience
    while True:
        try:
            return await call()
        except (nats.errors.Error, TimeoutError, OSError) as error:
            if isinstance(error, nats.errors.MaxPayloadError) or (isinstance(error, APIError) and final(error)):
                raise
            if monotonic() >= deadline:
                raise _given_up(error, patience) from error
        await asyncio.sleep(_PAUSE)


def _given_up(error: Exception, patience: float) -> BusSilent:
    if not isinstance(error, APIError):
        return BusSilent(f"NATS did not confirm within {patience:.0f} s: {error!r}")
    if error.err_code in _NO_ROOM:
        return BusFull(f"NATS has no room: {_NO_ROOM[error.err_code]}")
    return BusSilent(f"NATS did not confirm within {patience:.0f} s: {error.description or error!r}")
