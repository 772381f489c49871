"""What tracks tell of a listener's listening: of how many kinds it was, and what of each was heard most often."""

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.store.answers.counted import Counts
from spindle.recorder.store.answers.periods import Period
from spindle.recorder.store.answers.ranking import KINDS, ranking, top
from spindle.shared.messages.ask import Favourites, Listening, Ranked, Tops

_HEARD = f"""
    WITH heard AS MATERIALIZED ({{tracks}}),
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


async def by_track(connection: AsyncConnection, told: Listening, asked: Period, counts: Counts, most: int) -> Listening:
    """With that told as well."""
    tracks, named = counts.compared(asked)
    statement = f"{_HEARD.format(tracks=tracks)} SELECT {_KNOWN}"
    if most:
        statement, named = f"{statement}, {_TOPS}", named | {"skip": 0, "limit": most}
    row = (await connection.execute(text(statement), named)).one()
    known, before = ({str(what): getattr(row, f"{what}{when}") for what in Ranked} for when in ("", "_before"))
    more: dict[str, object] = {
        "heard": told.heard.model_copy(update=known),
        "before": told.before.model_copy(update=before) if told.before else None,
        "favourites": _favourites(row, most, compared=asked.before is not None) if most else None,
    }
    return told.model_copy(update=more)


def _favourites(row: Row[tuple[object, ...]], most: int, *, compared: bool) -> Favourites:
    known = row._asdict()
    return Favourites(
        **{
            what: Tops(
                rows=tuple(top(each, what, compared=compared) for each in known[f"top_{what}"]), more=known[what] > most
            )
            for what in Ranked
        }
    )
