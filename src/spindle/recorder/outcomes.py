"""What became of a fact in its transaction."""

from dataclasses import dataclass
from datetime import timedelta

from spindle.recorder.logic.ledger import Booked
from spindle.shared.messages import Message


@dataclass(frozen=True)
class Recorded:
    """It is true now, or was before; these events say so."""

    events: tuple[Message, ...] = ()
    booked: Booked | None = None
    """What it has added to the books of its job; none when it had been there before."""


@dataclass(frozen=True)
class Unfinished:
    """A part of it is true now; the rest when it comes again, at once."""

    events: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """It cannot be made true yet: what it builds on is on its way."""

    again_in: timedelta
    for_facts: bool = False
    """That is other facts of the same listener, which were published before it."""


@dataclass(frozen=True)
class Unknown:
    """Nobody knows the listener, yet."""


Outcome = Recorded | Unfinished | Waiting | Unknown
