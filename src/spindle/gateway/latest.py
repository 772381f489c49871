"""The last play of each listener on a page. It is asked for once: it stays the last until there is a later one."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from nats.aio.client import Client

from spindle.people import asking
from spindle.people.errors import Problem
from spindle.shared.ids import UserId
from spindle.shared.messages.ask import AskPlays, Listener, PlayRow

_TOGETHER = 8
_KEPT = 2000


class Latest:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[tuple[UserId, datetime], PlayRow] = {}
        self._room = asyncio.Semaphore(_TOGETHER)

    async def of(self, listeners: Sequence[Listener]) -> Mapping[UserId, PlayRow]:
        """Without those who have none, and those of whom nobody says."""
        found = await asyncio.gather(*(self._of(one.user, one.last_played_at) for one in listeners))
        return {one.user: play for one, play in zip(listeners, found, strict=True) if play}

    async def _of(self, user: UserId, at: datetime | None) -> PlayRow | None:
        if at is None or (user, at) in self._known:
            return self._known[user, at] if at else None
        async with self._room:
            try:
                found = await asking.latest_plays(self._client, AskPlays(user=user, limit=1))
            except Problem:
                return None
        for play in found:
            self._keep((user, at), play)
        return found[-1] if found else None

    def _keep(self, key: tuple[UserId, datetime], play: PlayRow) -> None:
        self._known[key] = play
        while len(self._known) > _KEPT:
            self._known.pop(next(iter(self._known)))
