"""What may follow a step, as a value: what it found out, and the step that takes its place, now or later."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from spindle.shared.bus.letters import NEVER
from spindle.shared.ids import UserId
from spindle.shared.messages import Message, Written
from spindle.shared.messages.plays import Step

SPREAD = timedelta(minutes=1)
"""Over which those who wait long for the same moment are spread."""

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Outcome:
    """What follows a step: what it found out, and the step that takes its place. Without one the chain has ended."""

    facts: tuple[Message | Written, ...] = ()
    successor: Step | None = None
    at: datetime | None = None
    """When the successor is due; none means now."""


def parked(step: Step) -> Outcome:
    """The step itself waits until somebody resumes it."""
    return Outcome(successor=step.model_copy(update={"why": "it is paused", "due_at": None}), at=NEVER)


def put_off(step: Step, until: datetime, why: str, due_at: datetime | None = None) -> Outcome:
    """The step itself is done later, and nobody needs to hear of it. `due_at` is when it would have been done, if it is
    we who keep it waiting."""
    return Outcome(successor=step.model_copy(update={"why": why, "due_at": due_at}), at=until)


def due(step: Step, ready_at: datetime) -> datetime:
    """Since when the step could be done: since it is due, not some tenths of a second later when NATS put it into the
    stream, at `ready_at`; or since then, when somebody let it start early."""
    return min(step.due_at or ready_at, ready_at)


def spread(wait: timedelta, user: UserId) -> timedelta:
    """The wait, and up to a tenth more, at most a minute, that differs from listener to listener: those who failed
    together need not come back together."""
    more = min(wait / 10, SPREAD) * (UUID(user).int % 997) / 997
    return wait + more // _MILLISECOND * _MILLISECOND
