"""What a service cannot work without beside the bus: named where it is wired, asked for when somebody judges it."""

import asyncio
from collections.abc import Awaitable, Callable

from faststream import FastStream

_KEY = "needs"
_PATIENCE = 0.5  # seconds; whoever asks for a service's health gets an answer within one


class Need:
    """One question at a time: a server that hangs holds one of ours, however often we are asked."""

    def __init__(self, name: str, probe: Callable[[], Awaitable[None]]) -> None:
        """`the database`, and what raises what is wrong with it, in words."""
        self._name = name
        self._probe = probe
        self._asked: asyncio.Task[str | None] | None = None

    async def trouble(self) -> str | None:
        """In words, and soon."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.create_task(self._ask())
        asked = self._asked  # others may ask anew before we hear of it
        answered, _ = await asyncio.wait({asked}, timeout=_PATIENCE)  # no `wait_for`: to give up takes long, too
        return asked.result() if answered and not asked.cancelled() else f"{self._name} does not answer"

    async def _ask(self) -> str | None:
        try:
            await self._probe()
        except Exception as error:
            return str(error) or type(error).__name__
        return None


def name_needs(service: FastStream, *needs: Need) -> None:
    service.context.set_global(_KEY, needs)


def needs_of(service: FastStream) -> tuple[Need, ...]:
    found: tuple[Need, ...] = service.context.get(_KEY, ())
    return found


async def troubles(needs: tuple[Need, ...]) -> list[str]:
    """Of those that are not met."""
    found = await asyncio.gather(*(need.trouble() for need in needs))
    return [trouble for trouble in found if trouble]
