"""How late polls are, seen from outside: what the database says of when they were due and when they were committed.

A poll is due at the time that the poll before it said (`job_steps.next_at`); it is committed when a deferred trigger
on `job_steps` runs, which PostgreSQL does at the commit and not before. A schedule of NATS fires some tenths of
a second after its time: every figure contains that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

_NOTE = """
    CREATE TABLE bench_commits (user_id uuid, job text, step integer, at timestamptz);
    CREATE FUNCTION bench_note() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO bench_commits VALUES (NEW.user_id, NEW.job, NEW.step, clock_timestamp());
            RETURN NULL;
        END $$;
    CREATE CONSTRAINT TRIGGER bench_commit AFTER INSERT ON job_steps DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.what = 'page' AND NEW.job LIKE 'poll.%') EXECUTE FUNCTION bench_note();
"""
_LAGS = """
    SELECT extract(epoch FROM at - due)::float8
    FROM (SELECT c.at, s.user_id, lag(s.next_at) OVER (PARTITION BY s.user_id ORDER BY s.at) AS due
          FROM bench_commits AS c JOIN job_steps AS s USING (user_id, job, step)) AS polls
    WHERE due >= to_timestamp($1) AND due < to_timestamp($2) AND user_id <> ALL ($3::uuid[])
    ORDER BY 1
"""


@dataclass(frozen=True)
class Lags:
    """In seconds."""

    polls: int
    p25: float
    p50: float
    p95: float
    longest: float


async def noted(database: str) -> None:
    """From now on every commit of a poll is."""
    connection = await asyncpg.connect(database, ssl=False)
    await connection.execute(_NOTE)
    await connection.close()


async def lags(database: str, since: float, until: float, besides: Sequence[str] = ()) -> Lags:
    """Of polls that were due between two moments, of everybody but these."""
    connection = await asyncpg.connect(database, ssl=False)
    try:
        found = [row[0] for row in await connection.fetch(_LAGS, since, until, list(besides))]
    finally:
        await connection.close()
    at = [found[min(int(share * len(found)), len(found) - 1)] for share in (0.25, 0.50, 0.95, 1)]
    return Lags(len(found), *at)
