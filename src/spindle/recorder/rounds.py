"""What a recorder does beside recording, round after round, in small portions."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import ClassVar

import structlog

from spindle.recorder.errors import RecorderError

log = structlog.get_logger()

_AFTER_TROUBLE = 30.0  # seconds


class Rounds(ABC):
    """Runs in every recorder; several do not hinder one another."""

    every: ClassVar[float]
    """Seconds from one round to the next."""

    def __init__(self) -> None:
        self._stop = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    @abstractmethod
    async def all(self) -> bool:
        """One round: whatever there is to do now. False: something could not be done."""

    async def begin(self) -> None:
        self._running = asyncio.create_task(self._run())

    async def end(self) -> None:
        """After the portion that is under way."""
        self._stop.set()
        if self._running:
            await self._running

    @property
    def ending(self) -> bool:
        return self._stop.is_set()

    async def rest(self, seconds: float) -> None:
        """Less when it ends."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    async def _run(self) -> None:
        await self.rest(self.every)
        while not self.ending:
            well = await self._round()
            await self.rest(self.every if well else max(self.every, _AFTER_TROUBLE))

    async def _round(self) -> bool:
        try:
            return await self.all()
        except RecorderError as error:
            log.warning("what is done beside recording waits", what=type(self).__name__.lower(), error=str(error))
        except Exception as error:  # whatever it was, the next round must come
            log.error("what is done beside recording failed", what=type(self).__name__.lower(), exc_info=error)
        return False
