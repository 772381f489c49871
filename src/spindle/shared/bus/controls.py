"""Asking the scheduler for something, and waiting for what became of it."""

import asyncio
import contextlib

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import ValidationError

from spindle.shared.bus.publish import publish
from spindle.shared.messages.control import Control, ControlAnswered

_ANSWERS = "controls.answered.*"
_KEPT_WITHIN = 2.0  # seconds, by the stream


async def answered(client: Client, command: Control, patience: float) -> ControlAnswered | None:
    """The answer to a control that has a `request`; none when nobody answers in time, though it will be honoured.

    Raises `BusSilent` or `nats.errors.Error` when NATS did not take it. Listens first, so that no answer is too fast.
    """
    answers: asyncio.Queue[ControlAnswered] = asyncio.Queue()

    async def look(message: Msg) -> None:
        with contextlib.suppress(ValidationError):
            answer = ControlAnswered.decoded(message.data)
            if answer.request == command.request:
                await answers.put(answer)

    subscription = await client.subscribe(_ANSWERS, cb=look)
    try:
        await client.flush()
        await publish(client.jetstream(), command, _KEPT_WITHIN)
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(answers.get(), patience)
        return None
    finally:
        with contextlib.suppress(nats.errors.Error):
            await subscription.unsubscribe()
