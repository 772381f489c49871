"""Who works beside whom in one process: a step that may bring its worker down runs alone, so that it is known for it.

Everybody in the order of arrival: whoever wants to be alone waits for those in hand, and newcomers wait for them. So
nobody starves, and a second suspect does not keep the others waiting twice.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from weakref import WeakKeyDictionary


class Company:
    """For all steps of one event loop, whichever service they are of."""

    def __init__(self) -> None:
        self._inside = 0
        self._alone = False
        self._waiting: deque[tuple[bool, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        await self._enter(alone=False)
        try:
            yield
        finally:
            self._leave()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        await self._enter(alone=True)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, *, alone: bool) -> None:
        if not self._waiting and self._fits(alone):
            self._take(alone)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((alone, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # it was let in at this very moment
            else:
                with suppress(ValueError):
                    self._waiting.remove((alone, turn))
                self._admit()
            raise

    def _leave(self) -> None:
        self._inside -= 1
        self._alone = False
        self._admit()

    def _admit(self) -> None:
        while self._waiting and (self._waiting[0][1].cancelled() or self._fits(self._waiting[0][0])):
            alone, turn = self._waiting.popleft()
            if not turn.cancelled():
                self._take(alone)
                turn.set_result(None)

    def _fits(self, alone: bool) -> bool:
        return self._inside == 0 if alone else not self._alone

    def _take(self, alone: bool) -> None:
        self._inside += 1
        self._alone = alone


_COMPANIES: WeakKeyDictionary[asyncio.AbstractEventLoop, Company] = WeakKeyDictionary()


def company() -> Company:
    """Of the loop that runs: in the all-in-one mode the workers share a process, and so its end."""
    return _COMPANIES.setdefault(asyncio.get_running_loop(), Company())
