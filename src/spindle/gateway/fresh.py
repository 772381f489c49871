"""What many want to see at once is looked at once: an answer is good for a moment, and whoever asks meanwhile waits.

What takes its time is looked at beside, and nobody waits longer than they want to.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Generic, TypeVar

from spindle.shared.ids import now

_MOMENT = 0.25  # seconds; shorter than pages wait after an event, so that what they see is newer than it
_KEPT = 200

T = TypeVar("T")
FoundT_co = TypeVar("FoundT_co", covariant=True)


class Fresh(Generic[T]):
    def __init__(self) -> None:
        self._found: dict[Hashable, tuple[float, asyncio.Future[T]]] = {}

    async def get(self, key: Hashable, look: Callable[[], Awaitable[T]]) -> T:
        """Whoever gives up ends nobody else's wait."""
        at, found = self._found.get(key, (0.0, None))
        if found is None or (found.done() and monotonic() - at > _MOMENT):
            found = asyncio.ensure_future(look())
            while len(self._found) >= _KEPT:
                self._found.pop(next(iter(self._found)))
            self._found.pop(key, None)
            self._found[key] = (monotonic(), found)
        return await asyncio.shield(found)

    def forget(self) -> None:
        """What was found is not so any more."""
        self._found.clear()


@dataclass(frozen=True)
class Seen(Generic[FoundT_co]):
    """What was found last, and when; nothing before the first look has ended."""

    found: FoundT_co | None = None
    at: datetime | None = None
    is_looking: bool = False
    trouble: str = ""
    """Why the last look found nothing."""


class Beside(Generic[T]):
    """A look that takes its time. Whoever asks gets what was found last; when that is old, another look is begun."""

    def __init__(self, look: Callable[[], Awaitable[T]], good_for: float) -> None:
        """In seconds."""
        self._look, self._good_for = look, good_for
        self._seen, self._until = Seen[T](), 0.0
        self._task: asyncio.Task[None] | None = None

    async def seen(self, patience: float) -> Seen[T]:
        """After so many seconds at the most."""
        task = self._task
        if task is None and monotonic() >= self._until:
            task = self._task = asyncio.create_task(self._made())
        if task:
            await asyncio.wait({task}, timeout=patience)
        return replace(self._seen, is_looking=task is not None and not task.done())

    def forget(self) -> None:
        """What was found is still shown, until another look has ended."""
        self._until = 0.0

    async def _made(self) -> None:
        began = monotonic()
        try:
            self._seen = Seen(await self._look(), now())
        except Exception as error:
            self._seen = replace(self._seen, trouble=str(error) or type(error).__name__)
        self._until, self._task = began + self._good_for, None
