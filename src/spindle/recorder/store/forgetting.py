"""Taking away the runs of polls that began long ago, with their books."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.store.schema import forgotten
from spindle.shared.ids import JobId, Kind

_POLLS = str(Kind.POLL)

# Ids begin with their kind: the index alone tells which of the oldest jobs are none that are forgotten.
_FORGET = text("""
    WITH old AS MATERIALIZED (
        SELECT user_id, job, started_at FROM jobs
        WHERE started_at < :before AND (started_at, job) > (:since, :after)
          AND job >= 'poll.' AND job < 'poll/' AND status <> 'running'
        ORDER BY started_at, job LIMIT :most FOR UPDATE SKIP LOCKED
    ), books AS (
        DELETE FROM job_steps AS s USING old WHERE s.user_id = old.user_id AND s.job = old.job
    ), runs AS (
        DELETE FROM jobs AS j USING old WHERE j.user_id = old.user_id AND j.job = old.job
    ), told AS (
        INSERT INTO forgotten (what, before) SELECT 'poll', :before FROM old LIMIT 1
        ON CONFLICT (what) DO UPDATE SET before = greatest(forgotten.before, excluded.before)
    )
    SELECT started_at, job, count(*) OVER () AS polls FROM old ORDER BY started_at DESC, job DESC LIMIT 1
""")


class Place(NamedTuple):
    """Of a job among all, by when they began."""

    started_at: datetime
    job: JobId


BEGINNING = Place(datetime.min.replace(tzinfo=UTC), "")


@dataclass(frozen=True)
class Portion:
    polls: int
    reached: Place


async def polls(connection: AsyncConnection, before: datetime, after: Place, most: int) -> Portion | None:
    """Up to `most` of those that began before then, the oldest first, and after a place; None when there are none."""
    asked = {"before": before, "since": after.started_at, "after": after.job, "most": most}
    row = (await connection.execute(_FORGET, asked)).one_or_none()
    return None if row is None else Portion(row.polls, Place(row.started_at, row.job))


async def polls_before(connection: AsyncConnection) -> datetime | None:
    """Before when no poll is remembered any more; None: all are."""
    found: datetime | None = await connection.scalar(select(forgotten.c.before).where(forgotten.c.what == _POLLS))
    return found
