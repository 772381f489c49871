"""How people ask while everything fails: again and again, until somebody answers or they have had enough."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

import httpx
import nats.errors
from nats.aio.client import Client

from spindle.people.errors import Problem
from spindle.people.steering import request
from spindle.shared.bus.controls import answered
from spindle.shared.bus.errors import BusError
from spindle.shared.messages.control import Control, ControlAnswered
from spindle.shared.spotify.errors import SpotifyError

T = TypeVar("T")

ENOUGH = 60.0
"""Seconds, after which people give up."""

_ANSWER_WITHIN = 4.0  # seconds
_AGAIN_AFTER = 0.5
_TRY_AGAIN = "try again"
"""What the scheduler says when the recorder is away."""
_NO_ANSWER = (Problem, BusError, SpotifyError, nats.errors.Error, httpx.HTTPError, TimeoutError, OSError)


@dataclass
class Asking:
    client: Client
    answers: Counter[str] = field(default_factory=Counter)
    """What became of what was asked."""

    async def ask(self, control: Control, enough: float = ENOUGH) -> ControlAnswered | None:
        """What the scheduler says; none when it has said nothing for so long."""
        asked = control.model_copy(update={"request": request()})

        async def once() -> ControlAnswered:
            answer = await answered(self.client, asked, _ANSWER_WITHIN)
            if answer is None:
                raise TimeoutError
            return answer

        return self._noted(control, await tried(once, enough))

    async def ask_once(self, control: Control) -> ControlAnswered | None:
        """For what would be refused a second time because of the first: without an answer it is not asked again."""
        give_up, answer = monotonic() + ENOUGH, None
        while monotonic() < give_up:
            try:
                asked = control.model_copy(update={"request": request()})
                answer = await answered(self.client, asked, ENOUGH)
            except _NO_ANSWER:
                break
            if answer is None or answer.done or not answer.why.endswith(_TRY_AGAIN):
                break
            await asyncio.sleep(_AGAIN_AFTER)
        return self._noted(control, answer)

    def _noted(self, control: Control, answer: ControlAnswered | None) -> ControlAnswered | None:
        became = "not answered" if answer is None else "done" if answer.done else "refused"
        self.answers[f"{type(control).__name__.lower()} {became}"] += 1
        return answer


async def tried(deed: Callable[[], Awaitable[T]], enough: float = ENOUGH) -> T | None:
    """What it returns at last; none when it has failed for so long."""
    give_up = monotonic() + enough
    while monotonic() < give_up:
        try:
            return await deed()
        except _NO_ANSWER:
            await asyncio.sleep(_AGAIN_AFTER)
    return None
