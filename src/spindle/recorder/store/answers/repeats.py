"""What a listener heard again and again within one day."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.store.answers.counted import Counting, counted
from spindle.recorder.store.answers.periods import period
from spindle.shared.messages.ask import AskRepeats, RepeatRow, Repeats

_REPEATS = """
    SELECT r.day, r.track_id, coalesce(t.name, '') AS track, r.plays,
           ARRAY(SELECT a.name FROM track_artists AS ta JOIN artists AS a USING (artist_id)
                 WHERE ta.track_id = r.track_id ORDER BY ta.position) AS artists
    FROM (SELECT * FROM ({repeats}) AS all_of_them ORDER BY plays DESC, day DESC, track_id LIMIT :limit) AS r
    LEFT JOIN tracks AS t USING (track_id)
    ORDER BY r.plays DESC, r.day DESC, r.track_id
"""


async def repeats(connection: AsyncConnection, question: AskRepeats, counting: Counting = counted) -> Repeats:
    """Of those alike the latest first."""
    heard = (await counting(connection, question.user)).of(await period(connection, question))
    statement = text(_REPEATS.format(repeats=heard.repeats))
    found = await connection.execute(statement, heard.named | {"limit": question.limit})
    return Repeats(rows=tuple(RepeatRow.model_validate(row._asdict()) for row in found))
