"""Counting a listener's plays beforehand, and marking what must be counted anew.

Whoever changes plays holds their listener's row, and so does whoever counts them. Triggers put the marks (migration
0006). A mark is taken away before what it stands for is read, so that none that comes meanwhile is lost.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.rollups import ALL_YEARS, over, year
from spindle.recorder.store.clocks import PLANNED, PLAYS
from spindle.shared.ids import UserId
from spindle.shared.messages.choices import THRESHOLDS, UTC_ZONE

OFTEN = 10
"""Of a month, so many repeats are kept for each threshold: as many as can be asked for."""

_FORGET = tuple(
    text(f"DELETE FROM {table} WHERE user_id = CAST(:user AS uuid)")
    for table in ("listening_days", "listening_years", "listening_repeats", "listening_counted")
)
_MARK = text("""
    INSERT INTO listening_stale (user_id, month)
    SELECT DISTINCT CAST(:user AS uuid),
           date_trunc('month', least(greatest(day + far, '0001-01-01'), '9999-12-31')::timestamp)::date
    FROM (SELECT DISTINCT (played_at AT TIME ZONE 'UTC')::date AS day FROM plays WHERE user_id = CAST(:user AS uuid))
         AS days, unnest(ARRAY[-1, 1]) AS far
    ON CONFLICT DO NOTHING
""")

# By the index of months: of every listener the month that is under way is marked, and none of these is read.
_WAITING = text("""
    SELECT CAST(user_id AS text) FROM (
        SELECT s.user_id, s.month FROM listening_stale AS s
        WHERE s.month < CAST(:over AS date) AND s.since <= clock_timestamp() - CAST(:quiet AS interval)
          AND (s.since <= clock_timestamp() - CAST(:long AS interval) OR NOT EXISTS (
              SELECT FROM listening_stale AS n
              WHERE n.user_id = s.user_id AND n.month + 0 < CAST(:over AS date)
                AND n.since > clock_timestamp() - CAST(:quiet AS interval)))
        ORDER BY s.month, s.since LIMIT :most) AS marked
    GROUP BY user_id ORDER BY min(month)
""")
_LOCK = text(f"SELECT zone, {PLANNED} FROM users WHERE user_id = CAST(:user AS uuid) FOR UPDATE SKIP LOCKED")
# Never by the index of months: it seems to lead to few marks until a month ends, and then to everybody's.
_FIRST = text("""
    SELECT min(month) FROM listening_stale WHERE user_id = CAST(:user AS uuid) AND month + 0 < CAST(:over AS date)
""")
_TAKE = text("""
    DELETE FROM listening_stale
    WHERE user_id = CAST(:user AS uuid) AND month + 0 >= CAST(:since AS date) AND month + 0 < CAST(:until AS date)
    RETURNING month
""")

_IN_MONTHS = "coalesce(date_trunc('month', day)::date = ANY(CAST(:months AS date[])), false)"
_IN_THE_YEAR = "{day} >= CAST(:since AS date) AND {day} < CAST(:until AS date)"
_PLAYS = PLAYS.format(
    near="""
        p.played_at >= CAST(:since AS date)::timestamp AT TIME ZONE 'UTC' - interval '2 days'
        AND p.played_at <= CAST(:until AS date)::timestamp AT TIME ZONE 'UTC' + interval '2 days'
    """,
    days=_IN_THE_YEAR.format(day="h.at::date"),
)
_PLACES = range(1, len(THRESHOLDS) + 1)
_LONG_ENOUGH = [f"FILTER (WHERE (ms >= {1000 * least}) IS NOT FALSE)" for least in THRESHOLDS]
_COUNTS = ", ".join(f"count(*) {each}" for each in _LONG_ENOUGH)
_SUMS = ", ".join(f"coalesce(sum(ms) {each}, 0)::bigint" for each in _LONG_ENOUGH)
_ALL_PLAYS = ", ".join(f"sum(plays[{n}])" for n in _PLACES)
_ALL_MS = ", ".join(f"sum(ms[{n}])" for n in _PLACES)
_RANKS = ", ".join(
    f"row_number() OVER (PARTITION BY month ORDER BY plays[{n}] DESC, day DESC, track_id) AS rank_{n}" for n in _PLACES
)

_OF_THE_LISTENER = "user_id = CAST(:user AS uuid)"
_TAKE_AWAY = (
    f"DELETE FROM listening_days WHERE {_OF_THE_LISTENER} AND {_IN_THE_YEAR.format(day='day')} AND {_IN_MONTHS}",
    f"DELETE FROM listening_repeats WHERE {_OF_THE_LISTENER} AND {_IN_THE_YEAR.format(day='day')} AND {_IN_MONTHS}",
    f"DELETE FROM listening_years WHERE {_OF_THE_LISTENER} AND year = :year",
    f"DELETE FROM listening_counted WHERE {_OF_THE_LISTENER} AND year IN (:year, {ALL_YEARS})",
)
_COUNT = f"""
    WITH heard AS MATERIALIZED ({_PLAYS}),
    tracks AS (
        INSERT INTO listening_years (user_id, year, track_id, plays, ms)
        SELECT CAST(:user AS uuid), :year, track_id, ARRAY[{_COUNTS}], ARRAY[{_SUMS}] FROM heard GROUP BY track_id
    ), often AS (
        SELECT date_trunc('month', day) AS month, day, track_id, ARRAY[{_COUNTS}] AS plays FROM heard
        WHERE {_IN_MONTHS} GROUP BY day, track_id HAVING count(*) > 1
    ), repeats AS (
        INSERT INTO listening_repeats (user_id, day, track_id, plays)
        SELECT CAST(:user AS uuid), day, track_id, plays FROM (SELECT *, {_RANKS} FROM often) AS ranked
        WHERE {" OR ".join(f"plays[{n}] > 1 AND rank_{n} <= {OFTEN}" for n in _PLACES)}
    ), hours AS MATERIALIZED (
        SELECT day, hour, ARRAY[{_COUNTS}] AS plays, ARRAY[{_SUMS}] AS ms FROM heard WHERE {_IN_MONTHS}
        GROUP BY day, hour
    ), days AS (
        SELECT day, ARRAY[{_ALL_PLAYS}] AS plays, ARRAY[{_ALL_MS}] AS ms FROM hours GROUP BY day
    ), clock AS (
        SELECT day, array_agg(coalesce(hours.plays[place], 0) ORDER BY place, hour) AS hours
        FROM days CROSS JOIN generate_series(1, {len(THRESHOLDS)}) AS t (place)
        CROSS JOIN generate_series(0, 23) AS h (hour) LEFT JOIN hours USING (day, hour)
        GROUP BY day
    ), counted AS (
        INSERT INTO listening_counted (user_id, year, until) VALUES (CAST(:user AS uuid), :year, :until)
    )
    INSERT INTO listening_days (user_id, day, plays, ms, hours)
    SELECT CAST(:user AS uuid), day, days.plays, days.ms, clock.hours FROM days JOIN clock USING (day)
"""
_TOGETHER = (
    f"DELETE FROM listening_years WHERE user_id = CAST(:user AS uuid) AND year = {ALL_YEARS}",
    f"""
        INSERT INTO listening_years (user_id, year, track_id, plays, ms)
        SELECT CAST(:user AS uuid), {ALL_YEARS}, track_id, ARRAY[{_ALL_PLAYS}], ARRAY[{_ALL_MS}]
        FROM listening_years WHERE user_id = CAST(:user AS uuid) GROUP BY track_id
    """,
    f"INSERT INTO listening_counted (user_id, year, until) VALUES (CAST(:user AS uuid), {ALL_YEARS}, :over)",
)


@dataclass(frozen=True)
class Patience:
    """How long marks must have been there, so that nothing is counted while an import changes it again and again."""

    quiet: timedelta = timedelta(seconds=5)
    """The newest of a listener."""
    long: timedelta = timedelta(minutes=5)
    """Or the oldest."""


async def waiting(connection: AsyncConnection, now: datetime, patience: Patience, most: int) -> list[UserId]:
    """Listeners who have marked months that are over, the earliest month first; of the first `most` marks."""
    asked = {"over": over(now), "quiet": patience.quiet, "long": patience.long, "most": most}
    return list((await connection.execute(_WAITING, asked)).scalars())


async def count(connection: AsyncConnection, user: UserId, now: datetime) -> bool:
    """The marked months of the first year that has any. False: there are none, or somebody holds the listener."""
    locked = (await connection.execute(_LOCK, {"user": user})).one_or_none()
    named: dict[str, object] = {"user": user, "over": over(now)}
    first: date | None = await connection.scalar(_FIRST, named) if locked else None
    if locked is None or first is None:
        return False
    of = year(first.year)
    named |= {"zone": locked.zone or UTC_ZONE, "year": first.year}
    named |= {"since": of.since, "until": min(of.until, over(now))}
    months = list((await connection.execute(_TAKE, named)).scalars())
    for statement in (*_TAKE_AWAY, _COUNT):
        await connection.execute(text(statement), named | {"months": months})
    if await connection.scalar(_FIRST, named) is None:
        for statement in _TOGETHER:
            await connection.execute(text(statement), named)
    return True


async def forget(connection: AsyncConnection, user: UserId) -> None:
    """All that was counted: a day is another one now."""
    for statement in (*_FORGET, _MARK):
        await connection.execute(statement, {"user": user})
