"""What becomes of some rows of an import, next to everything else that was seen at their time."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.imports import Sums
from spindle.recorder.logic.placing import Placed
from spindle.recorder.store import applying
from spindle.recorder.store.applying import SHORT, Member, Portion
from spindle.recorder.store.reunion import Entering, reunite


async def judged(connection: AsyncConnection, portion: Portion, first: datetime) -> tuple[Mapping[int, Sums], int]:
    """What the rows count for, by file, and how many more plays there are. `first` is the end of the earliest row."""
    if await applying.alone(connection, portion, first):
        found = await applying.insert(connection, portion)
        return found, sum(sums.rows for sums in found.values())
    known = await applying.all_known(connection, portion)
    if known is not None:
        return known, 0
    rows = await applying.members(connection, portion)
    entering = Entering(portion.stands.number, rows)
    done = await reunite(connection, portion.stands.user_id, first, portion.until, entering)
    return _counted(rows, done), len(done.added) - len(done.removed)


def _counted(rows: Mapping[int, Member], done: Placed) -> dict[int, Sums]:
    merged, again = {row.place for row in done.merged}, {row.place for row in done.duplicates}
    found: dict[int, Sums] = defaultdict(Sums)
    for place, row in rows.items():
        sums = found[row.file]
        if place in merged:
            found[row.file] = replace(sums, merged=sums.merged + 1)
        elif place in again:
            found[row.file] = replace(sums, duplicate=sums.duplicate + 1)
        elif row.ms_played < SHORT:
            found[row.file] = replace(sums, short=sums.short + 1)
        else:
            found[row.file] = replace(sums, new=sums.new + 1)
    return found
