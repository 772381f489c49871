"""Which stretches of time are proven to be complete, as one multirange a listener and source."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.shared.messages.plays import PlaysFetched

_PROVE = text("""
    INSERT INTO coverage AS c (user_id, source, proven)
    SELECT v.user_id, v.source, range_agg(tstzrange(v.after, v.before, '(]'))
    FROM unnest(CAST(:users AS uuid[]), CAST(:sources AS text[]), CAST(:afters AS timestamptz[]),
                CAST(:befores AS timestamptz[])) AS v (user_id, source, after, before)
    GROUP BY v.user_id, v.source
    ORDER BY v.user_id, v.source
    ON CONFLICT (user_id, source)
    DO UPDATE SET proven = c.proven + excluded.proven
    WHERE NOT c.proven @> excluded.proven
""")


async def prove(connection: AsyncConnection, pages: Iterable[PlaysFetched]) -> None:
    """Add the pages' windows: after `after`, up to and including `before`. One that is empty proves nothing."""
    found = [(page, page.window) for page in pages if page.window and page.window.after < page.window.before]
    if not found:
        return
    rows = {
        "users": [page.user for page, _ in found],
        "sources": [str(page.source) for page, _ in found],
        "afters": [window.after for _, window in found],
        "befores": [window.before for _, window in found],
    }
    await connection.execute(_PROVE, rows)
