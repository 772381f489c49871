"""Long lives of listening, straight into the tables: one listener with a million plays, or a thousand listeners."""

import time
from datetime import UTC, datetime, timedelta

import asyncpg

from spindle.recorder.commits import Commits
from spindle.recorder.facts import Fact
from spindle.recorder.store.engine import engine
from spindle.shared.ids import new_user
from spindle.shared.messages.choices import ChoicesMade
from spindle.shared.messages.users import AccountLinked

YEARS = 12
TRACKS, ARTISTS, ALBUMS = 20_000, 3_000, 5_000
_JOBS_A_DAY = 24
_AT_ONCE = 200

# The further down a track is on the list, the rarer it is heard.
_CATALOGUE = (
    f"""INSERT INTO artists SELECT lpad(n::text, 22, '0'), 'Artist ' || n
        FROM generate_series(0, {ARTISTS - 1}) AS n""",
    f"""INSERT INTO albums SELECT lpad(n::text, 22, '0'), 'Album ' || n, '2001-02-03'
        FROM generate_series(0, {ALBUMS - 1}) AS n""",
    f"""INSERT INTO tracks SELECT lpad(n::text, 22, '0'), 'Song number ' || n, lpad((n % {ALBUMS})::text, 22, '0'),
               90000 + (n * 7919) % 300000
        FROM generate_series(0, {TRACKS - 1}) AS n""",
    f"""INSERT INTO track_artists SELECT lpad(n::text, 22, '0'), p,
               lpad(((n % {ALBUMS} + p * 77) % {ARTISTS})::text, 22, '0')
        FROM generate_series(0, {TRACKS - 1}) AS n, generate_series(0, (n % 4 = 0)::int) AS p""",
)
# From seven in the morning until midnight.
_PLAYS = f"""
    INSERT INTO plays (user_id, play_id, played_at, track_id, ms_played, seen_by)
    SELECT user_id, CAST(lpad(to_hex(CAST(extract(epoch FROM at) * 1000 AS bigint)), 12, '0')
                         || substr(md5(user_id::text || n), 13) AS uuid),
           at, lpad(floor({TRACKS} * power(random(), 3))::int::text, 22, '0'),
           CASE WHEN at < $2::timestamptz
                THEN (CASE WHEN random() < 0.2 THEN random() * 29999 ELSE 30000 + random() * 270000 END)::int END,
           CASE WHEN at < $2::timestamptz THEN 2 ELSE 1 END
    FROM (SELECT user_id, n, date_trunc('second', $1::timestamptz + (n * $5::float8 / $4::int)::int * interval '1 day'
                                                  + interval '7 hours' + random() * interval '17 hours') AS at
          FROM unnest($3::uuid[]) AS u (user_id), generate_series(1, $4::int) AS n) AS p
    ON CONFLICT DO NOTHING
"""
_ROWS = """
    INSERT INTO import_rows (user_id, "import", place, file, to_the_minute, ended_at, ms_played, started_at, track_id,
                             platform, country, reason_start, reason_end, shuffle, skipped, offline, private)
    SELECT user_id, 1, row_number() OVER (PARTITION BY user_id), 0, false, played_at, ms_played,
           played_at - ms_played * interval '1 ms', track_id,
           'android', 'SE', 'trackdone', 'trackdone', true, ms_played < 30000, false, false
    FROM plays WHERE seen_by = 2
"""
_IMPORTS = """
    INSERT INTO imports (user_id, number, job, started_at, slices, staged_slices, rows, heard, staged, applied,
                         applied_until, earliest, latest, status, finished_at)
    SELECT user_id, 1, 'archive.' || user_id || '.' || lpad('1', 32, '0'), now(), 1, 1, count(*), count(*), count(*),
           count(*), max(ended_at), min(ended_at), max(ended_at), 'success', now()
    FROM import_rows GROUP BY user_id
"""
_SIGHTINGS = """
    INSERT INTO sightings (user_id, source, natural_key, play_id, job, step, seen_at)
    SELECT user_id, 'poll', track_id || '@' || CAST(extract(epoch FROM played_at) * 1000 AS bigint), play_id,
           'poll.' || user_id || '.' || lpad('1', 32, '0'), 1, played_at + interval '20 minutes'
    FROM plays WHERE seen_by = 1
"""
_JOBS = f"""
    INSERT INTO jobs (user_id, job, kind, status, started_at, finished_at, steps, requests, fetched, new)
    SELECT user_id, 'poll.' || user_id || '.' || lpad(n::text, 32, '0'), 'poll', 'success', at, at, 1, 1, 50, 5
    FROM unnest($2::uuid[]) AS u (user_id), generate_series(1, $3::int) AS n,
         LATERAL (SELECT $1::timestamptz + n * interval '1 day' / {_JOBS_A_DAY} AS at) AS t
"""
_STEPS = """
    INSERT INTO job_steps (user_id, job, step, hash, what, started_at, at, attempt, requests, fetched, new, began,
                           waits, plays)
    SELECT user_id, job, 1, '-', 'page', started_at, finished_at, 1, 1, 50, 5, true, false, 0 FROM jobs
"""
_COVERAGE = """
    INSERT INTO coverage
    SELECT user_id, 'import', tstzmultirange(tstzrange(min(played_at), $1::timestamptz, '(]'))
    FROM plays GROUP BY user_id
    UNION ALL
    SELECT user_id, 'poll', range_agg(tstzrange(at, at + interval '70 hours', '(]'))
    FROM (SELECT DISTINCT user_id FROM plays) AS u, generate_series(0, 120) AS n,
         LATERAL (SELECT $1::timestamptz + n * interval '3 days' AS at) AS t
    GROUP BY user_id
"""
_COUNTS = """
    UPDATE checkpoints AS c
    SET plays = p.plays, last_played_at = p.last, initial_started_at = $1, initial_status = 'success',
        initial_completed_at = $1, poll_completed_at = now(), next_poll_at = now() + interval '1 day'
    FROM (SELECT user_id, count(*) AS plays, max(played_at) AS last FROM plays GROUP BY user_id) AS p
    WHERE p.user_id = c.user_id
"""


async def lead(
    database_url: str, listeners: int, plays: int, years: int = YEARS, days: int = 0, zone: str = "Europe/Berlin"
) -> float:
    """Each listener heard so many plays, all but the last year of which an import told of, and was polled every hour
    of the last days; of all, when there is but one. Returns the seconds."""
    began = time.monotonic()
    now = datetime.now(UTC)
    users = [new_user() for _ in range(listeners)]
    await _link(database_url, users, now, zone)
    first, polled = now - timedelta(days=365 * years), now - timedelta(days=365)
    connection = await asyncpg.connect(database_url.replace("+asyncpg", "").split("?")[0], ssl=False)
    for statement in _CATALOGUE:
        await connection.execute(statement)
    await connection.execute(_PLAYS, first, polled, users, plays, 365.0 * years, timeout=3600)
    for statement in (_ROWS, _IMPORTS, _SIGHTINGS):
        await connection.execute(statement, timeout=3600)
    jobs = _JOBS_A_DAY * (days or (365 * years if listeners == 1 else 7))
    await connection.execute(_JOBS, now - timedelta(days=jobs / _JOBS_A_DAY), users, jobs, timeout=3600)
    await connection.execute(_STEPS, timeout=3600)
    await connection.execute(_COVERAGE, polled)
    await connection.execute(_COUNTS, polled)
    await connection.execute("VACUUM (FREEZE, ANALYZE)", timeout=3600)
    await connection.close()
    return time.monotonic() - began


async def _link(database_url: str, users: list[str], now: datetime, zone: str) -> None:
    database = engine(database_url)
    commits = Commits(database)
    linked = now - timedelta(days=365)
    told: list[Fact] = []
    for number, user in enumerate(users):
        name = f"Listener {number}"
        told.append(AccountLinked(user=user, name=name, account=name, linked_at=linked, authorized_at=linked))
        told.append(ChoicesMade(user=user, zone=zone, chosen_at=now))
    for start in range(0, len(told), _AT_ONCE):
        await commits.commit(told[start : start + _AT_ONCE])
    await database.dispose()
