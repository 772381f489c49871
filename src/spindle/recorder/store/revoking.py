"""Taking back what an import brought: its own sightings, and the plays that nobody else has seen."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.twins import Side
from spindle.recorder.store.applying import Portion

# The same row of another import keeps the play as it is; so does whoever else has a link to it, but what the play says
# must then be settled anew. All parts of the statement see the rows as they were before it. OFFSET 0 makes PostgreSQL
# look row by row through the index: it knows nothing of rows that have just come, and would compare each with each.
_REVOKE = text(f"""
    WITH gone AS (
        DELETE FROM import_rows AS r
        WHERE r.user_id = CAST(:user AS uuid) AND r.import = :number
          AND r.ended_at > CAST(:after AS timestamptz) AND r.ended_at <= CAST(:until AS timestamptz)
        RETURNING r.ended_at, r.track_id, r.ms_played, r.to_the_minute, r.started_at, r.play_id
    ), unique_rows AS (
        SELECT g.* FROM gone AS g
        WHERE NOT EXISTS (
            SELECT FROM import_rows AS o JOIN imports AS i ON i.user_id = o.user_id AND i.number = o.import
            WHERE o.user_id = CAST(:user AS uuid) AND o.ended_at = g.ended_at AND o.import <> :number
              AND o.track_id = g.track_id AND o.ms_played = g.ms_played AND NOT g.to_the_minute AND NOT o.to_the_minute
              AND o.started_at IS NOT DISTINCT FROM g.started_at
              AND NOT i.dry_run AND o.ended_at <= i.applied_until OFFSET 0)
    ), bare AS (
        DELETE FROM plays AS p USING unique_rows AS g CROSS JOIN LATERAL (
            SELECT p.ctid AS row FROM plays AS p
            WHERE p.user_id = CAST(:user AS uuid) AND p.played_at = g.ended_at AND p.track_id = g.track_id
              AND p.seen_by IN ({Side.EXTENDED}, {Side.ACCOUNT})
              AND NOT EXISTS (SELECT FROM import_rows AS o
                              WHERE o.user_id = p.user_id AND o.play_id = p.play_id OFFSET 0)
              AND NOT EXISTS (SELECT FROM import_rows AS o
                              WHERE o.user_id = p.user_id AND o.ended_at = p.played_at AND o.import <> :number
                                AND o.track_id = p.track_id AND o.play_id IS NULL OFFSET 0)
            OFFSET 0) AS lonely
        WHERE p.ctid = lonely.row AND g.play_id IS NULL
        RETURNING p.played_at, p.track_id
    )
    SELECT g.ended_at, (SELECT count(*) FROM bare) AS removed FROM unique_rows AS g
    WHERE g.play_id IS NOT NULL
       OR NOT EXISTS (SELECT FROM bare AS b WHERE b.played_at = g.ended_at AND b.track_id = g.track_id)
    UNION ALL SELECT NULL, (SELECT count(*) FROM bare)
""")  # noqa: S608


async def revoke(connection: AsyncConnection, portion: Portion) -> tuple[int, Sequence[datetime]]:
    """How many plays are gone, and when those ended that others saw too."""
    found = list(await connection.execute(_REVOKE, portion.named))
    return int(found[-1].removed), [row.ended_at for row in found if row.ended_at is not None]
