"""Taking an import back, some rows in a transaction; what others saw too stays, with what they know."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic import events
from spindle.recorder.logic.imports import Import
from spindle.recorder.outcomes import Outcome, Recorded, Unfinished
from spindle.recorder.store import imports, revoking, staging
from spindle.recorder.store.applying import AT_ONCE, BEFORE_ALL, LONGEST, Portion
from spindle.recorder.store.reunion import reunite
from spindle.recorder.store.staging import Following
from spindle.shared.messages.imports import ImportRevoked
from spindle.shared.messages.jobs import Status

_GOOD = (Status.SUCCESS, Status.PARTIAL)


async def undo(
    connection: AsyncConnection, name: str, stands: Import, fact: ImportRevoked, now: datetime
) -> tuple[Import, int, Outcome]:
    """The import afterwards, how many plays fewer there are, and what becomes of the fact."""
    if stands.undone_at is not None:
        return stands, 0, Recorded((events.of_undoing(name, fact, stands),))
    stands = replace(stands, revoked_at=stands.revoked_at or fact.revoked_at)
    rows = await staging.following(connection, stands, BEFORE_ALL, AT_ONCE)
    if rows:
        gone = await _take_back(connection, stands, rows)
        return replace(stands, removed=stands.removed + gone), gone, Unfinished()
    await imports.unprove(connection, stands)
    if stands.dry_run or stands.status not in _GOOD:
        return stands, 0, Recorded()
    stands = replace(stands, undone_at=now)
    return stands, 0, Recorded((events.of_undoing(name, fact, stands),))


async def _take_back(connection: AsyncConnection, stands: Import, rows: Following) -> int:
    seen_until = None if stands.dry_run else stands.applied_until
    if seen_until is None or rows.first > seen_until:
        await staging.drop(connection, stands, BEFORE_ALL, rows.until)
        return 0
    gone, others = await revoking.revoke(connection, Portion(stands, BEFORE_ALL, min(rows.until, seen_until)))
    if not others:
        return gone
    # What was shown at its start, too, has lost a row.
    done = await reunite(connection, stands.user_id, min(others) - LONGEST, max(others))
    return gone + len(done.removed) - len(done.added)
