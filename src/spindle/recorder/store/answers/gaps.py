"""Gaps: what the windows of all sources together leave open between the earliest and the latest."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.shared.ids import UserId
from spindle.shared.messages.ask import AskGaps, Coverage, Gap, Gaps

_GAPS = text("""
    WITH all_sources AS (SELECT range_agg(proven) AS proven FROM coverage WHERE user_id = CAST(:user AS uuid))
    SELECT lower(gap) AS after, upper(gap) AS before
    FROM all_sources,
         unnest(tstzmultirange(tstzrange(lower(proven), upper(proven), '(]')) - proven) AS gap
    ORDER BY 1
""")

_COVERED = text("""
    WITH all_sources AS (
        SELECT user_id, range_agg(proven) AS proven FROM coverage WHERE user_id = ANY(CAST(:users AS uuid[]))
        GROUP BY user_id
    )
    SELECT user_id, lower(proven) AS after, upper(proven) AS before, count(gap) AS gaps,
           coalesce(sum(upper(gap) - lower(gap)), interval '0') AS missing
    FROM all_sources
         LEFT JOIN LATERAL unnest(tstzmultirange(tstzrange(lower(proven), upper(proven), '(]')) - proven) AS gap ON true
    WHERE NOT isempty(proven)
    GROUP BY user_id, proven
""")


async def covered(connection: AsyncConnection, users: Collection[UserId]) -> dict[UserId, Coverage]:
    """Of those listeners of whom anything is proven."""
    rows = await connection.execute(_COVERED, {"users": list(users)})
    return {
        str(row.user_id): Coverage(after=row.after, before=row.before, gaps=row.gaps, missing=row.missing)
        for row in rows
    }


async def gaps(connection: AsyncConnection, question: AskGaps) -> Gaps:
    """Oldest first: after `after`, up to and including `before`."""
    rows = await connection.execute(_GAPS, {"user": question.user})
    return Gaps(gaps=tuple(Gap(after=row.after, before=row.before) for row in rows))
