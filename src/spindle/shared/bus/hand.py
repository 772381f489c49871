"""A step in hand, as its handler gets it.

A subscriber reads it with the decoder from here, on a broker that does not inject: FastStream would check the step once
more, and go through a thread for the message beside it: a twentieth of a worker's CPU or more.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from faststream.message import StreamMessage
from nats.aio.msg import Msg

StepT = TypeVar("StepT")


@dataclass(frozen=True, slots=True)
class Hand(Generic[StepT]):
    step: StepT
    message: Msg


def in_hand(decoded: Callable[[bytes], StepT]) -> Callable[[StreamMessage[Msg]], Awaitable[Hand[StepT]]]:
    """The decoder of a subscriber whose handler takes a `Hand` and nothing else."""

    async def read(message: StreamMessage[Msg]) -> Hand[StepT]:
        return Hand(decoded(message.raw_message.data), message.raw_message)

    return read
