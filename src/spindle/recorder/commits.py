"""Transactions over batches: tried again when they collide, halved when the database refuses what is in them."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder import outcomes, recording
from spindle.recorder.errors import Collision, DatabaseRefused, DatabaseUnreachable, DataRefused
from spindle.recorder.facts import Fact
from spindle.recorder.store.engine import transaction
from spindle.shared.outages import Outage

log = structlog.get_logger()

_TRIES = 10  # collisions in a row; the locks are taken in one order, so that even a second one is rare
_PAUSE = 0.02  # seconds, at most, times the number of tries


@dataclass(frozen=True)
class Refused:
    """The database will never take it."""

    why: str


@dataclass(frozen=True)
class Failed:
    """Not now; the message is not to blame."""


Outcome = outcomes.Outcome | Refused | Failed


class Commits:
    """Makes facts true. Says once that the database takes nothing, and once that it does again."""

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database
        self._outage = Outage("the database is away; facts wait", "the database is back")

    async def commit(self, facts: Sequence[Fact]) -> Sequence[Outcome]:
        """What became of each fact, in their order. Whatever is recorded when this returns is committed."""
        try:
            outcomes = await self._halving(facts)
        except (DatabaseUnreachable, DatabaseRefused, Collision) as error:
            self._outage.began(str(error))
            return [Failed()] * len(facts)
        self._outage.ended()
        return outcomes

    async def _halving(self, facts: Sequence[Fact]) -> Sequence[Outcome]:
        try:
            return await self._together(facts)
        except (DatabaseUnreachable, DatabaseRefused, Collision):
            raise
        except Exception as error:  # of one message; the others must not wait for it
            if len(facts) == 1:
                return [_alone(facts[0], error)]
        half = len(facts) // 2
        return [*await self._halving(facts[:half]), *await self._halving(facts[half:])]

    async def _together(self, facts: Sequence[Fact]) -> Sequence[Outcome]:
        for tries in range(1, _TRIES):
            try:
                return await self._once(facts)
            except Collision:
                await asyncio.sleep(random.uniform(0, _PAUSE * tries))  # noqa: S311
        return await self._once(facts)

    async def _once(self, facts: Sequence[Fact]) -> Sequence[Outcome]:
        async with transaction(self._database) as connection:
            return await recording.record(connection, facts)


def _alone(fact: Fact, error: Exception) -> Outcome:
    if isinstance(error, DataRefused):
        return Refused(str(error))
    log.error(
        "a fact cannot be recorded", fact=fact.fact, user=fact.user, job=getattr(fact, "job", None), exc_info=error
    )
    return Refused(f"the recorder cannot record it: {type(error).__name__}")
