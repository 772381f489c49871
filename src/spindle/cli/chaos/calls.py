"""How many calls of the API were made in vain, and how many might have been."""

import asyncio
from dataclasses import dataclass

import nats.errors
from nats.js import JetStreamContext

from spindle.cli.chaos.faults import NATS, SPOTIFY, Break, Freeze, How, Kill, What

_STEPS = ("poll_worker-poll", "sync_worker-initial")
_EVERY = 0.25  # seconds


@dataclass
class InFlight:
    """How many steps are in flight, looked at all the time: when a fault strikes, it may be too late to ask."""

    js: JetStreamContext
    struck: int = 0
    """Summed up over the faults that can take a step's answer away."""
    _now: int = 0

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            try:
                found = [await self.js.consumer_info("commands", durable, timeout=1) for durable in _STEPS]
            except (nats.errors.Error, TimeoutError):
                continue
            self._now = sum(each.num_ack_pending or 0 for each in found)

    def note(self, what: What) -> None:
        if _takes_answers(what):
            self.struck += self._now


@dataclass(frozen=True)
class Calls:
    answered: int
    """Pages that the API gave to listeners who were never removed."""
    recorded: int
    """Of these, pages that are in the database."""
    allowed: int
    """Steps that were in flight when something struck that could take their answer away."""

    @property
    def repeated(self) -> int:
        return self.answered - self.recorded

    @property
    def few(self) -> bool:
        return self.repeated <= self.allowed


def _takes_answers(what: What) -> bool:
    match what:
        case Kill() | Freeze():
            return what.whom.startswith((NATS, "poll_worker", "sync_worker"))
        case Break():
            return what.how is not How.SLOW and what.link[1] in (NATS, SPOTIFY)
        case _:
            return False
