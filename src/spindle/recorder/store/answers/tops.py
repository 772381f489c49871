"""What a listener heard most often."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.store.answers.counted import Counting, counted
from spindle.recorder.store.answers.periods import period
from spindle.recorder.store.answers.ranking import KINDS, ranking, top
from spindle.shared.messages.ask import AskTops, Tops

_PAGE = """
    WITH heard AS MATERIALIZED ({tracks}), sums AS MATERIALIZED ({sums})
    SELECT * FROM ({ranking}) AS page ORDER BY rank
"""


async def tops(connection: AsyncConnection, question: AskTops, counting: Counting = counted) -> Tops:
    asked, counts = await period(connection, question), await counting(connection, question.user)
    tracks, named = counts.compared(asked)
    page = _PAGE.format(tracks=tracks, sums=KINDS[question.what].sums, ranking=ranking(question.what, "sums"))
    found = list(await connection.execute(text(page), named | {"skip": question.skip, "limit": question.limit + 1}))
    compared = asked.before is not None
    rows = [top(row._asdict(), question.what, compared=compared) for row in found[: question.limit]]
    return Tops(rows=tuple(rows), more=len(found) > len(rows))
