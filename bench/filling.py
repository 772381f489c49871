"""Ten million rows of others, and of the same listener's decades before, so that tables and indexes are large."""

import os
import time

import asyncpg

_OTHERS = 500
_DECADES = 940_000_000
"""Seconds, from 1970 to the end of the century, when nobody had anything to import yet."""
_PLAYS = """
    INSERT INTO plays (user_id, play_id, played_at, track_id, ms_played, seen_by)
    SELECT {user}, CAST(lpad(to_hex(CAST(extract(epoch FROM at) * 1000 AS bigint)), 12, '0')
                        || substr(md5(n::text), 13) AS uuid),
           at, substr(md5((n % 200000)::text), 1, 22), 30000 + n % 200000, 2
    FROM generate_series(1, {rows}) AS n, to_timestamp(n::bigint * {seconds}) AS at
"""
_ROWS = """
    INSERT INTO import_rows (user_id, "import", place, file, to_the_minute, ended_at, ms_played, started_at, track_id,
                             platform, country, reason_start, reason_end, shuffle, skipped, offline, private)
    SELECT user_id, 1, row_number() OVER (PARTITION BY user_id), 0, false, played_at, ms_played,
           played_at - interval '200 seconds', track_id,
           'android', 'SE', 'trackdone', 'trackdone', true, false, false, false
    FROM plays WHERE played_at < '2000-01-01'
"""
_IMPORT = """
    INSERT INTO imports (user_id, number, job, started_at, slices, staged_slices, rows, heard, staged, applied,
                         applied_until, status, finished_at)
    SELECT user_id, 1, 'archive.' || user_id || '.filled', now(), 1, 1, count(*), count(*), count(*), count(*),
           'infinity', 'success', now()
    FROM import_rows GROUP BY user_id
"""
_OTHER = "md5('other ' || (n % {others}))::uuid"


async def fill(database: str, user: str, rows: int) -> float:
    """Half of them the listener's own. Returns the seconds that it took."""
    began = time.monotonic()
    connection = await asyncpg.connect(database, ssl=False)
    half = rows // 2
    mine = _PLAYS.format(user=f"'{user}'::uuid", seconds=_DECADES // half, rows=half)
    theirs = _PLAYS.format(user=_OTHER.format(others=_OTHERS), seconds=_DECADES // half, rows=rows - half)
    for statement in (mine, theirs, _ROWS, _IMPORT):
        await connection.execute(statement, timeout=3600)
    for statement in (
        "VACUUM (FREEZE, ANALYZE) plays",
        "VACUUM (FREEZE, ANALYZE) import_rows",
        "ANALYZE imports",
        "CHECKPOINT",
    ):
        await connection.execute(statement, timeout=3600)
    await connection.close()
    os.sync()  # or the disk is still writing it when the import begins
    return time.monotonic() - began
