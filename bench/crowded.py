"""A crowd straight into the tables and streams: listeners who are polled, and what they heard long ago."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
from nats.js import JetStreamContext

from spindle.shared.ids import Kind, new_job, new_user, now
from spindle.shared.messages.plays import PollPlays

JOBS = 10
"""Polls of each listener that are remembered."""
_WINDOW = 2000
"""Publishes that are on their way at the same time."""

_USERS = """
    INSERT INTO users (user_id, name, account, linked_at, authorized_at)
    SELECT user_id, 'Listener ' || n, 'account-' || n, now() - interval '9 days', now() - interval '9 days'
    FROM unnest($1::uuid[]) WITH ORDINALITY AS u (user_id, n)
"""
_CHECKPOINTS = """
    INSERT INTO checkpoints (user_id, initial_started_at, initial_status, initial_completed_at, poll_completed_at,
                             next_poll_at, poll_lags)
    SELECT user_id, now(), 'success', now(), now(), now() + interval '1 day', array_fill(300, ARRAY[100]) FROM users
"""
_COVERAGE = """
    INSERT INTO coverage
    SELECT user_id, 'poll', tstzmultirange(tstzrange(now() - interval '9 days', now(), '(]')) FROM users
"""
# Of every listener the month that is under way is marked.
_MARKS = "INSERT INTO listening_stale (user_id, month) SELECT user_id, date_trunc('month', now()) FROM users"
_RUNS = """
    INSERT INTO jobs (user_id, job, kind, status, started_at, finished_at, steps, requests, fetched, new)
    SELECT user_id, 'poll.' || user_id || '.' || md5(user_id::text || n), 'poll', 'success', at, at, 1, 1, 50, 1
    FROM generate_series(1, $1::int) AS n, LATERAL (SELECT now() - n * interval '45 minutes' AS at) AS t, users
"""
_BOOKS = """
    INSERT INTO job_steps (user_id, job, step, hash, what, started_at, at, attempt, requests, fetched, new, verdict,
                           began, waits, outcome, finished_at, plays)
    SELECT user_id, job, 1, md5(job), 'page', started_at, finished_at, 0, 1, 50, 1, '{"status": "success"}', true,
           false, '{"status": "success"}', finished_at, 0 FROM jobs
"""
# In the order in which they were heard, everybody's mixed, as polls bring them.
_PLAYS = """
    INSERT INTO plays (user_id, play_id, played_at, track_id)
    SELECT ($1::uuid[])[1 + n % $2], CAST(lpad(to_hex(n), 12, '0') || substr(md5(n::text), 13) AS uuid),
           now() - interval '10 days' - ($3 - n) / $2 * interval '30 minutes',
           lpad((n * 7919 % 50000)::text, 22, '0')
    FROM generate_series($4::bigint, $5::bigint) AS n
"""
_SIGHTINGS = """
    INSERT INTO sightings (user_id, source, natural_key, play_id, job, step, seen_at)
    SELECT user_id, 'poll', track_id || '@' || CAST(extract(epoch FROM played_at) * 1000 AS bigint), play_id,
           'poll.' || user_id || '.' || md5(user_id::text), 1, played_at
    FROM plays ORDER BY ctid
"""
_AT_ONCE = 1_000_000

# Indexes are made when the rows are there: so it is a matter of minutes, and they are as well packed as they can be.
_CONSTRAINTS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conrelid = ANY('{plays,sightings}'::regclass[]) AND contype IN ('p', 'u')
"""
_INDEXES = """
    SELECT format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
    FROM pg_index AS i WHERE i.indrelid = ANY('{plays,sightings}'::regclass[])
      AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
"""


async def into_tables(database: str, listeners: int, plays: int) -> list[str]:
    """Their ids."""
    users = [new_user() for _ in range(listeners)]
    connection = await asyncpg.connect(database, ssl=False, command_timeout=7200)
    await connection.execute(_USERS, users)
    for statement in (_CHECKPOINTS, _COVERAGE, _MARKS):
        await connection.execute(statement)
    await connection.execute(_RUNS, JOBS)
    await connection.execute(_BOOKS)
    await connection.execute("ALTER TABLE plays DISABLE TRIGGER USER")  # months that are over are counted already
    indexes = [*await connection.fetch(_CONSTRAINTS), *await connection.fetch(_INDEXES)] if plays else []
    for drop, _ in indexes:
        await connection.execute(drop)
    for start in range(0, plays, _AT_ONCE):
        await connection.execute(_PLAYS, users, listeners, plays, start, min(plays, start + _AT_ONCE) - 1)
    await connection.execute(_SIGHTINGS)
    await connection.execute("SET maintenance_work_mem = '1GB'")
    for _, make in indexes:
        await connection.execute(make)
    await connection.execute("ALTER TABLE plays ENABLE TRIGGER USER")
    await connection.execute("VACUUM (FREEZE, ANALYZE)")
    await connection.execute("CHECKPOINT")
    await connection.close()
    return users


async def into_streams(js: JetStreamContext, users: Sequence[str]) -> float:
    """A schedule, a sealed token and a pause of each. Returns messages a second."""
    began, at = time.monotonic(), datetime.now(UTC) + timedelta(days=300)
    schedule = {"Nats-Schedule": f"@at {at.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}"}
    for some in _parts(users):
        sent = []
        for user in some:
            step = PollPlays(user=user, job=new_job(Kind.POLL, user), started_at=now(), due_at=at)
            headers = schedule | {"Nats-Schedule-Target": step.on}
            sent += [
                await js.publish_async(f"sync.poll.{user}.later", step.encoded(), headers=headers),
                await js.publish_async(f"$KV.tokens.{user}", b"x" * 900),
                await js.publish_async(f"$KV.pauses.{user}", b'{"what": [], "sequence": 1}'),
            ]
        await asyncio.gather(*sent)
    return 3 * len(users) / (time.monotonic() - began)


def _parts(users: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(users), _WINDOW // 3):
        yield users[start : start + _WINDOW // 3]
