"""How much a listener heard, and when, and how many tracks, artists and albums."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.store.answers.by_day import by_day
from spindle.recorder.store.answers.by_track import by_track
from spindle.recorder.store.answers.counted import Counting, counted
from spindle.recorder.store.answers.periods import period
from spindle.shared.messages.ask import AskListening, Heard, Listening, Sums

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
    told = Listening(
        zone=asked.zone,
        at_least=asked.at_least,
        first=ends.first,
        last=ends.last,
        before=Heard() if asked.before else None,
    )
    if question.only is not Sums.BY_TRACK:
        told = await by_day(connection, told, asked, counts, question.by, ends.today)
    if question.only is not Sums.BY_DAY:
        told = await by_track(connection, told, asked, counts, question.favourites)
    return told
