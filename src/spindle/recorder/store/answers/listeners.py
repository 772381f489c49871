"""How many listeners there are, by how they are."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_STATES = ("disconnected", "paused", "failing", "overdue", "polled")

_COUNT = text("""
    SELECT count(*) FILTER (WHERE state = 'disconnected') AS disconnected,
           count(*) FILTER (WHERE state = 'paused') AS paused,
           count(*) FILTER (WHERE state = 'failing') AS failing,
           count(*) FILTER (WHERE state = 'overdue') AS overdue,
           count(*) FILTER (WHERE state = 'polled') AS polled,
           count(*) FILTER (WHERE ending) AS ending
    FROM (SELECT CASE WHEN u.disconnected_at IS NOT NULL THEN 'disconnected'
                      WHEN c.paused && ARRAY['all', 'poll'] THEN 'paused'
                      WHEN c.poll_failing_since IS NOT NULL THEN 'failing'
                      WHEN coalesce(c.next_poll_at, u.linked_at) < now() - interval '5 minutes' THEN 'overdue'
                      ELSE 'polled' END AS state,
                 u.disconnected_at IS NULL AND u.warned IS NOT NULL AND u.warned_link = u.linked_at AS ending
          FROM users AS u JOIN checkpoints AS c USING (user_id)
          WHERE u.removed_at IS NULL) AS each
""")


async def standing(connection: AsyncConnection) -> tuple[dict[str, int], int]:
    """By state, each listener in the gravest that applies; and those who have been told that their consent ends."""
    found = (await connection.execute(_COUNT)).one()._asdict()
    return {state: found[state] for state in _STATES}, found["ending"]
