"""One question for all who want to know the same at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Whoever asks while a question is under way waits for its end, and shares the next one with all who came
    meanwhile: nobody gets an answer to a question that was put before they asked."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._under_way: asyncio.Task[T] | None = None
        self._next: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        """What `ask` returns or raises. It goes on when one of those who wait for it is cancelled."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._under_way))
            self._next.add_done_callback(_seen)
        return await asyncio.shield(self._next)

    async def _after(self, before: asyncio.Task[T] | None) -> T:
        if before is not None:
            await asyncio.wait({before})
        self._under_way, self._next = self._next, None
        return await self._ask()


def _seen(asked: asyncio.Task[T]) -> None:
    """All who waited may have left: asyncio would complain that nobody looked."""
    with suppress(asyncio.CancelledError):
        asked.exception()
