"""Windows: what each source has proven to be complete."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.shared.messages.ask import AskCoverage, Window, Windows

# Each import is a source of its own there. A window has its end in it and not its beginning; a period the other way
# round.
_WINDOWS = text("""
    WITH by_source AS (
        SELECT split_part(source, ' ', 1) AS source, range_agg(proven) AS proven FROM coverage
        WHERE user_id = CAST(:user AS uuid) GROUP BY 1
    )
    SELECT source, lower(w) AS after, upper(w) AS before FROM by_source CROSS JOIN unnest(proven) AS w
    WHERE w && tstzrange(CAST(:since AS timestamptz), CAST(:until AS timestamptz), '[)')
    ORDER BY source, w
""")


async def windows(connection: AsyncConnection, question: AskCoverage) -> Windows:
    asked = {"user": question.user, "since": question.since, "until": question.until}
    rows = await connection.execute(_WINDOWS, asked)
    return Windows(windows=tuple(Window(source=row.source, after=row.after, before=row.before) for row in rows))
