"""Gaps: what the windows of all sources together leave open between the earliest and the latest."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.shared.messages.ask import AskGaps, Gap, Gaps

_GAPS = text("""
    WITH all_sources AS (SELECT range_agg(proven) AS proven FROM coverage WHERE user_id = CAST(:user AS uuid))
    SELECT lower(gap) AS after, upper(gap) AS before
    FROM all_sources,
         unnest(tstzmultirange(tstzrange(lower(proven), upper(proven), '(]')) - proven) AS gap
    ORDER BY 1
""")


async def gaps(connection: AsyncConnection, question: AskGaps) -> Gaps:
    """Oldest first: after `after`, up to and including `before`."""
    rows = await connection.execute(_GAPS, {"user": question.user})
    return Gaps(gaps=tuple(Gap(after=row.after, before=row.before) for row in rows))
