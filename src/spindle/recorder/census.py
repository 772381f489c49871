"""How many listeners there are, by how they are: counted for whoever asks for metrics, and not too often."""

from collections.abc import Sequence
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.store.answers import listeners
from spindle.recorder.store.engine import transaction
from spindle.shared.metrics.declared import CONSENTS_ENDING, LISTENERS
from spindle.shared.metrics.readings import Reading

_KEEP = 2.0  # seconds; and longer where counting takes long
_SHARE = 20
"""At most a twentieth of one connection's time is spent on counting."""


class Census:
    def __init__(self, database: AsyncEngine) -> None:
        self._database = database
        self._found: Sequence[Reading] = ()
        self._good_until = 0.0

    async def measured(self) -> Sequence[Reading]:
        if (began := monotonic()) < self._good_until:
            return self._found
        async with transaction(self._database, reading=True) as connection:
            states, ending = await listeners.standing(connection)
        self._found = [Reading(LISTENERS, number, (state,)) for state, number in states.items()]
        self._found += [Reading(CONSENTS_ENDING, ending)]
        done = monotonic()
        self._good_until = done + max(_KEEP, _SHARE * (done - began))
        return self._found
