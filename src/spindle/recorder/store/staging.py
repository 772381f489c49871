"""The rows of imports as they come: written to `import_rows`, where nobody counts them before they are applied.

They travel column by column and are written so: what repeats itself is looked up by PostgreSQL, and no row is touched
here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.imports import Import
from spindle.shared.messages.imports import Circumstances, Rows

_HOW = tuple(Circumstances.model_fields)
_HOW_ARRAYS = ", ".join(
    f"CAST(:{name} AS {'text' if name in ('platform', 'country', 'reason_start', 'reason_end') else 'boolean'}[])"
    for name in _HOW
)

_STAGE = text(f"""
    INSERT INTO import_rows (user_id, import, place, file, to_the_minute, ended_at, ms_played, started_at, track_id,
                             {", ".join(_HOW)})
    SELECT CAST(:user AS uuid), :number, CAST(:first AS int) + v.n - 1, v.file, v.minutely, to_timestamp(v.ended),
           v.ms_played, to_timestamp(v.started / 1000.0), t.track_id, {", ".join(f"c.{name}" for name in _HOW)}
    FROM unnest(CAST(CAST(:files AS text) AS int[]), CAST(CAST(:minutely AS text) AS boolean[]),
                CAST(CAST(:ended AS text) AS bigint[]), CAST(CAST(:played AS text) AS int[]),
                CAST(CAST(:started AS text) AS bigint[]), CAST(CAST(:track AS text) AS int[]),
                CAST(CAST(:circumstance AS text) AS int[]))
         WITH ORDINALITY AS v (file, minutely, ended, ms_played, started, track, circumstance, n)
    JOIN unnest(CAST(:tracks AS text[])) WITH ORDINALITY AS t (track_id, n) ON t.n = v.track + 1
    JOIN unnest({_HOW_ARRAYS}) WITH ORDINALITY AS c ({", ".join(_HOW)}, n) ON c.n = v.circumstance + 1
""")  # noqa: S608

# The portion ends before the widest silence in its second half, so that plays near each other are judged together.
_NEXT = text("""
    WITH following AS (
        SELECT ended_at FROM import_rows
        WHERE user_id = CAST(:user AS uuid) AND import = :number AND ended_at > CAST(:after AS timestamptz)
        ORDER BY ended_at LIMIT :most
    ), numbered AS (
        SELECT ended_at, lead(ended_at) OVER (ORDER BY ended_at) - ended_at AS silence,
               row_number() OVER (ORDER BY ended_at) AS n FROM following
    )
    SELECT count(*) AS rows, min(ended_at) AS first, max(ended_at) AS last,
           (SELECT ended_at FROM numbered WHERE n >= CAST(:most AS int) / 2 AND silence IS NOT NULL
            ORDER BY silence DESC, ended_at LIMIT 1) AS quiet
    FROM numbered
""")

_DROP = text("""
    DELETE FROM import_rows
    WHERE user_id = CAST(:user AS uuid) AND import = :number
      AND ended_at > CAST(:after AS timestamptz) AND ended_at <= CAST(:until AS timestamptz)
""")


@dataclass(frozen=True)
class Following:
    """The rows of an import that come next."""

    first: datetime
    """End of the earliest of them."""
    until: datetime
    """Where to stop for now."""
    more: bool


async def stage(connection: AsyncConnection, stands: Import, rows: Rows) -> None:
    if not rows.ended:
        return
    stretches = rows.stretches
    named = {
        "first": rows.first,
        "files": _array(chain.from_iterable(repeat(each.file, each.rows) for each in stretches)),
        "minutely": _array(chain.from_iterable(repeat(each.to_the_minute, each.rows) for each in stretches)),
        "ended": _array(rows.ended),
        "played": _array(rows.ms_played),
        "started": _array("NULL" if each is None else each for each in rows.started),
        "track": _array(rows.track),
        "circumstance": _array(rows.circumstance),
        "tracks": rows.tracks,
        **{name: [getattr(each, name) for each in rows.circumstances] for name in _HOW},
    }
    await connection.execute(_STAGE, _of(stands) | named)


async def following(connection: AsyncConnection, stands: Import, after: datetime, most: int) -> Following | None:
    """About `most` rows at most, in order of their ends; none when there are no more."""
    row = (await connection.execute(_NEXT, _of(stands) | {"after": after, "most": most})).one()
    if not row.rows:
        return None
    more = row.rows == most
    return Following(row.first, row.quiet if more and row.quiet else row.last, more)


async def drop(connection: AsyncConnection, stands: Import, after: datetime, until: datetime) -> None:
    await connection.execute(_DROP, _of(stands) | {"after": after, "until": until})


def _array(column: Iterable[object]) -> str:
    """As PostgreSQL reads one: asyncpg, which looks at each element by itself, takes four times as long."""
    return f"{{{','.join(map(str, column))}}}"


def _of(stands: Import) -> dict[str, object]:
    return {"user": stands.user_id, "number": stands.number}
