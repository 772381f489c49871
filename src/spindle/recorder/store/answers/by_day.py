"""What days tell of a listener's listening: how much, when, and how many in a row."""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.store.answers.counted import Counted, Counts
from spindle.recorder.store.answers.periods import Period
from spindle.shared.messages.ask import Bar, By, Heard, Listening, Streak

_DAYS, _HOURS = 7, 24
_RECENT = timedelta(days=40)

_SUMS = """
    coalesce(sum(plays), 0)::bigint AS plays, coalesce(sum(ms), 0)::bigint AS ms, count(*) AS days
"""
_STREAKS = """
    SELECT min(day) AS first, max(day) AS last
    FROM (SELECT day, day - row_number() OVER (ORDER BY day)::int AS run FROM days) AS runs
    GROUP BY run
"""

_BEFORE = f"WITH live AS MATERIALIZED ({{live}}) SELECT {_SUMS} FROM ({{days}}) AS days"
_PERIOD = f"""
    WITH live AS MATERIALIZED ({{live}}), days AS MATERIALIZED ({{days}}), bars AS (
        SELECT date_trunc(CAST(:by AS text), day::timestamp)::date AS begins, sum(plays)::bigint AS plays,
               sum(ms)::bigint AS ms
        FROM days GROUP BY 1
    ), week AS (
        SELECT weekday, hour, sum(plays)::bigint AS plays FROM ({{week}}) AS hours GROUP BY weekday, hour
    ), longest AS ({_STREAKS} ORDER BY count(*) DESC, min(day) DESC LIMIT 1)
    SELECT sums.*,
           ARRAY(SELECT begins FROM bars ORDER BY begins) AS bars_begin,
           ARRAY(SELECT plays FROM bars ORDER BY begins) AS bars_plays,
           ARRAY(SELECT ms FROM bars ORDER BY begins) AS bars_ms,
           ARRAY(SELECT coalesce(plays, 0) FROM generate_series(1, {_DAYS}) AS d (weekday)
                 CROSS JOIN generate_series(0, {_HOURS - 1}) AS h (hour) LEFT JOIN week USING (weekday, hour)
                 ORDER BY weekday, hour) AS week,
           (SELECT first FROM longest) AS first, (SELECT last FROM longest) AS last
    FROM (SELECT {_SUMS} FROM days) AS sums
"""
_CURRENT = f"""
    WITH live AS ({{live}}), days AS ({{days}}) {_STREAKS}
    HAVING min(day) <= CAST(:today AS date) AND max(day) >= CAST(:today AS date) - 1
"""


async def by_day(
    connection: AsyncConnection, told: Listening, asked: Period, counts: Counts, by: By, today: date
) -> Listening:
    """With that told as well."""
    heard = counts.of(asked)
    statement = text(_PERIOD.format(live=heard.live, days=heard.days, week=heard.week))
    row = (await connection.execute(statement, heard.named | {"by": by})).one()
    bars = zip(row.bars_begin, row.bars_plays, row.bars_ms, strict=True)
    more: dict[str, object] = {
        "heard": told.heard.model_copy(update={"plays": row.plays, "ms": row.ms, "days": row.days}),
        "before": await _before(connection, told.before, counts.of(asked.before))
        if told.before and asked.before
        else None,
        "bars": tuple(Bar(begins=begins, plays=plays, ms=ms) for begins, plays, ms in bars),
        "hours": tuple(tuple(row.week[day * _HOURS : (day + 1) * _HOURS]) for day in range(_DAYS)),
        "longest": _streak(row.first, row.last),
        "current": await _current(connection, asked, counts, today),
    }
    return told.model_copy(update=more)


async def _before(connection: AsyncConnection, told: Heard, heard: Counted) -> Heard:
    statement = text(_BEFORE.format(live=heard.live, days=heard.days))
    return told.model_copy(update=(await connection.execute(statement, heard.named)).one()._asdict())


async def _current(connection: AsyncConnection, asked: Period, counts: Counts, today: date) -> Streak | None:
    """Whatever period is asked of. Plays of a clock that was ahead do not make it longer."""
    recent = replace(asked, since=today - min(_RECENT, today - date.min), until=None)
    for looked in (recent, replace(recent, since=None)):
        heard = counts.of(looked)
        statement = text(_CURRENT.format(live=heard.live, days=heard.days))
        row = (await connection.execute(statement, heard.named | {"today": today})).one_or_none()
        if row is None or looked.since is None or row.first > looked.since:
            break
    return _streak(row.first, min(row.last, today)) if row else None


def _streak(first: date | None, last: date | None) -> Streak | None:
    return None if first is None or last is None else Streak(first=first, last=last)
