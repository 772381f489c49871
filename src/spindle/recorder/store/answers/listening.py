"""How much a listener heard, and when."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.store.answers.counted import Counted, Counting, Counts, counted
from spindle.recorder.store.answers.periods import Period, period
from spindle.recorder.store.answers.ranking import KINDS, ranking, top
from spindle.shared.messages.ask import AskListening, Bar, Favourites, Heard, Listening, Ranked, Streak, Tops

_DAYS, _HOURS = 7, 24
_RECENT = timedelta(days=40)

_HEARD = f"""
    WITH live AS MATERIALIZED ({{live}}), days AS MATERIALIZED ({{days}}), heard AS MATERIALIZED ({{tracks}}),
    {", ".join(f"of_{what} AS MATERIALIZED ({KINDS[what].sums})" for what in Ranked)}
"""
_KNOWN = ", ".join(
    f"""(SELECT count(*) FROM of_{what} WHERE plays > 0) AS {what},
        (SELECT count(*) FROM of_{what} WHERE plays_before > 0) AS {what}_before"""
    for what in Ranked
)
_TOPS = ", ".join(
    f"""(SELECT coalesce(jsonb_agg(to_jsonb(top) ORDER BY rank), '[]') FROM ({ranking(what, f"of_{what}")}) AS top)
        AS top_{what}"""
    for what in Ranked
)
_SUMS = """
    coalesce(sum(plays), 0)::bigint AS plays, coalesce(sum(ms), 0)::bigint AS ms, count(*) AS days
"""
_STREAKS = """
    SELECT min(day) AS first, max(day) AS last
    FROM (SELECT day, day - row_number() OVER (ORDER BY day)::int AS run FROM {days}) AS runs
    GROUP BY run
"""

_BEFORE = f"WITH live AS MATERIALIZED ({{live}}) SELECT {_SUMS} FROM ({{days}}) AS days"
_PERIOD = f"""
    {_HEARD}, bars AS (
        SELECT date_trunc(CAST(:by AS text), day::timestamp)::date AS begins, sum(plays)::bigint AS plays,
               sum(ms)::bigint AS ms
        FROM days GROUP BY 1
    ), week AS (
        SELECT weekday, hour, sum(plays)::bigint AS plays FROM ({{week}}) AS hours GROUP BY weekday, hour
    ), longest AS ({_STREAKS.format(days="days")} ORDER BY count(*) DESC, min(day) DESC LIMIT 1)
    SELECT sums.*, {_KNOWN}, {{tops}},
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
    WITH live AS ({{live}}), days AS ({{days}}) {_STREAKS.format(days="days")}
    HAVING min(day) <= CAST(:today AS date) AND max(day) >= CAST(:today AS date) - 1
"""
_ENDS = text("""
    SELECT (min(played_at) AT TIME ZONE CAST(:zone AS text))::date AS first,
           (max(played_at) AT TIME ZONE CAST(:zone AS text))::date AS last,
           (CAST(:now AS timestamptz) AT TIME ZONE CAST(:zone AS text))::date AS today
    FROM plays WHERE user_id = CAST(:user AS uuid)
""")


async def listening(
    connection: AsyncConnection, question: AskListening, now: datetime, counting: Counting = counted
) -> Listening:
    asked, counts = await period(connection, question), await counting(connection, question.user)
    ends = (await connection.execute(_ENDS, {"user": asked.user, "zone": asked.zone, "now": now})).one()
    told = Listening(zone=asked.zone, at_least=asked.at_least, first=ends.first, last=ends.last)
    heard = await _heard(connection, asked, counts, question)
    return told.model_copy(update={**heard, "current": await _current(connection, asked, counts, ends.today)})


async def _heard(
    connection: AsyncConnection, asked: Period, counts: Counts, question: AskListening
) -> dict[str, object]:
    heard, (tracks, named) = counts.of(asked, "days"), counts.compared(asked)
    statement = _PERIOD.format(
        live=heard.live, days=heard.days, tracks=tracks, week=heard.week, tops=_TOPS if question.favourites else "NULL"
    )
    named |= heard.named | {"by": question.by, "skip": 0, "limit": question.favourites}
    row = (await connection.execute(text(statement), named)).one()
    bars = zip(row.bars_begin, row.bars_plays, row.bars_ms, strict=True)
    known = {what: getattr(row, f"{what}_before") for what in Ranked}
    return {
        "heard": Heard.model_validate(row._asdict()),
        "before": await _before(connection, counts.of(asked.before), known) if asked.before else None,
        "bars": tuple(Bar(begins=begins, plays=plays, ms=ms) for begins, plays, ms in bars),
        "hours": tuple(tuple(row.week[day * _HOURS : (day + 1) * _HOURS]) for day in range(_DAYS)),
        "longest": _streak(row.first, row.last),
        "favourites": _favourites(row, question.favourites, asked) if question.favourites else None,
    }


def _favourites(row: Row[tuple[object, ...]], most: int, asked: Period) -> Favourites:
    known, compared = row._asdict(), asked.before is not None
    return Favourites(
        **{
            what: Tops(
                rows=tuple(top(each, what, compared=compared) for each in known[f"top_{what}"]), more=known[what] > most
            )
            for what in Ranked
        }
    )


async def _before(connection: AsyncConnection, heard: Counted, known: dict[Ranked, int]) -> Heard:
    statement = text(_BEFORE.format(live=heard.live, days=heard.days))
    return Heard.model_validate((await connection.execute(statement, heard.named)).one()._asdict() | known)


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
