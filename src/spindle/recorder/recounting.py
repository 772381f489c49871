"""Counting anew what has changed of somebody's listening: a year of one listener in a transaction."""

from time import monotonic

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.errors import Collision, DatabaseRefused, DatabaseUnreachable
from spindle.recorder.rounds import Rounds
from spindle.recorder.store import listening
from spindle.recorder.store.engine import transaction
from spindle.recorder.store.listening import Patience
from spindle.shared.ids import UserId, now

log = structlog.get_logger()

_MARKS = 100
"""Looked for at once. When a month ends, there is one of every listener."""


class Recounting(Rounds):
    """A listener whom somebody holds is left for later."""

    every = 1.0

    def __init__(self, database: AsyncEngine, patience: Patience = Patience()) -> None:  # noqa: B008
        super().__init__()
        self._database = database
        self._patience = patience

    async def all(self) -> bool:
        """Until nothing is left but what somebody holds, or cannot be counted."""
        while not self.ending:
            async with transaction(self._database, reading=True) as connection:
                users = await listening.waiting(connection, now(), self._patience, _MARKS)
            counted = [await self._counted(user) for user in users]
            if not any(counted):
                return None not in counted
        return True

    async def _counted(self, user: UserId) -> int | None:
        """How many years. None: it cannot be counted, which keeps nobody else's from being counted."""
        try:
            return await self._count(user)
        except (DatabaseUnreachable, DatabaseRefused, Collision):
            raise
        except Exception as error:
            log.error("a listener's listening cannot be counted", user=user, exc_info=error)
            return None

    async def _count(self, user: UserId) -> int:
        """As long as it lasted, others may use the database alone."""
        years = 0
        while not self.ending:
            began = monotonic()
            async with transaction(self._database) as connection:
                if not await listening.count(connection, user, now()):
                    break
            years += 1
            await self.rest(monotonic() - began)
        return years
