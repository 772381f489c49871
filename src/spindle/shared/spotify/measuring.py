"""The doors and the budget, for whoever asks a worker for its metrics."""

import asyncio
import time
from collections.abc import Sequence

from spindle.shared.ids import now
from spindle.shared.metrics.declared import BUDGET, BUDGET_USED, DOOR_SHUT
from spindle.shared.metrics.readings import Reading
from spindle.shared.spotify.budget import used
from spindle.shared.spotify.door import Family
from spindle.shared.spotify.line import Line


async def measured(line: Line) -> Sequence[Reading]:
    book, doors = await asyncio.gather(line.pace.spent(), asyncio.gather(*(_door(line, family) for family in Family)))
    return [Reading(BUDGET, book.calls), Reading(BUDGET_USED, used(book, time.time())), *doors]


async def _door(line: Line, family: Family) -> Reading:
    door = await line.doors.standing(family)
    return Reading(DOOR_SHUT, (door.until - now()).total_seconds() if door else 0, (family,))
