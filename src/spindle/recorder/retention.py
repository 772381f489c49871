"""Forgetting the polls of long ago, so that the books do not grow for ever: a portion in a transaction.

Plays and who saw them stay. So do imports, which can be undone, and initial syncs, of which there are few. A fact of a
forgotten poll that comes again adds no play and begins no job.
"""

from datetime import timedelta
from time import monotonic

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.rounds import Rounds
from spindle.recorder.store import forgetting
from spindle.recorder.store.engine import transaction
from spindle.shared.ids import now

log = structlog.get_logger()

_AT_ONCE = 1000  # polls


class Retention(Rounds):
    """A poll whose row somebody holds is left for the next round."""

    every = 600.0

    def __init__(self, database: AsyncEngine, keep: timedelta, at_once: int = _AT_ONCE) -> None:
        super().__init__()
        self._database = database
        self._keep = keep
        self._at_once = at_once

    async def all(self) -> bool:
        """As long as a portion lasted, others may use the database alone."""
        before, reached, forgotten = now() - self._keep, forgetting.BEGINNING, 0
        while not self.ending:
            began = monotonic()
            async with transaction(self._database) as connection:
                portion = await forgetting.polls(connection, before, reached, self._at_once)
            if portion is None:
                break
            reached, forgotten = portion.reached, forgotten + portion.polls
            await self.rest(monotonic() - began)
        if forgotten:
            log.info("polls of long ago are forgotten", polls=forgotten, before=before)
        return True
