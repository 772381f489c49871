"""Tracks, artists, albums: written when new or when something better is known, and not at all otherwise.

They belong to nobody, so no listener's lock covers them: every recorder writes them in the same order of tables and
keys, and PostgreSQL itself keeps the better value.
"""

from collections.abc import Sequence

from sqlalchemy import ARRAY, Table, and_, bindparam, column, func, or_, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic import catalogue as rows
from spindle.recorder.store.bulk import slices
from spindle.recorder.store.schema import albums, artists, songs, track_artists, tracks
from spindle.shared.messages.plays import Track


async def learn(connection: AsyncConnection, said: Sequence[Track]) -> None:
    await _write(connection, artists, rows.artist_rows(said))
    await _write(connection, albums, rows.album_rows(said))
    await _write(connection, tracks, rows.track_rows(said))
    await _write(connection, track_artists, rows.track_artist_rows(said))
    await learn_songs(connection, said)


async def learn_songs(connection: AsyncConnection, said: Sequence[Track]) -> None:
    """No more than what they are recognized by."""
    await _write(connection, songs, rows.song_rows(said))


async def _write(connection: AsyncConnection, table: Table, found: Sequence[tuple[object, ...]]) -> None:
    names = [each.name for each in table.c]
    for part in slices(found):
        await connection.execute(
            _STATEMENTS[table.name], dict(zip(names, map(list, zip(*part, strict=True)), strict=True))
        )


def _statement(table: Table) -> Insert:
    """Insert what is better than what is there; "better" is greater, column by column, and anything beats nothing."""
    arrays = [bindparam(each.name, type_=ARRAY(each.type)) for each in table.c]
    named = [column(each.name, each.type) for each in table.c]
    found = func.unnest(*arrays).table_valued(*named, name="found").render_derived()
    known = table.alias("known")
    key = [each.name for each in table.primary_key]
    values = [each.name for each in table.c if each.name not in key]
    same = [known.c[name] == found.c[name] for name in key]
    better = [known.c[name].is_distinct_from(func.greatest(known.c[name], found.c[name])) for name in values]
    chosen = (
        select(found)
        .select_from(found.outerjoin(known, and_(*same)))
        .where(or_(known.c[key[0]].is_(None), *better))
        .order_by(*(found.c[name] for name in key))
    )
    written = insert(table).from_select([each.name for each in table.c], chosen)
    if not values:
        return written.on_conflict_do_nothing(index_elements=key)
    kept = {name: func.greatest(table.c[name], written.excluded[name]) for name in values}
    return written.on_conflict_do_update(index_elements=key, set_=kept)


_STATEMENTS = {table.name: _statement(table) for table in (artists, albums, tracks, track_artists, songs)}
