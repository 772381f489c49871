"""Putting other tables in the place of those that are there: all at once, or not at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.errors import SchemaTooNew
from spindle.recorder.store.dump import Holdings, Loading, columns, holdings, portable
from spindle.recorder.store.engine import opened, transaction
from spindle.recorder.store.migrate import RESTORING, head, known, lock, nothing, revision, to


async def at_stake(database_url: str) -> Holdings:
    """What a restore into this database would take away. Raises `SchemaTooNew` when this version cannot tell."""
    async with opened(database_url) as database, transaction(database, reading=True) as connection:
        await _must_be_known(connection)
        return await holdings(connection)


async def begin(database_url: str) -> None:
    """From now on nothing runs on this database until `replaced` has ended well."""
    async with opened(database_url) as database, transaction(database) as connection:
        await connection.execute(text(f"CREATE TABLE IF NOT EXISTS {RESTORING} (began timestamptz DEFAULT now())"))


@asynccontextmanager
async def replaced(database_url: str, schema: str) -> AsyncIterator[Loading]:
    """Empty tables of that schema, to be filled; afterwards they are migrated to those of this version."""
    async with opened(database_url) as database, transaction(database) as connection:
        await lock(connection)
        await _must_be_known(connection)
        if await connection.run_sync(revision):
            await connection.run_sync(nothing)
        await connection.run_sync(to, schema)
        await portable(connection)
        yield Loading(await columns(connection), connection)
        await connection.run_sync(to)
        await connection.execute(text(f"DROP TABLE {RESTORING}"))


async def _must_be_known(connection: AsyncConnection) -> None:
    has = await connection.run_sync(revision)
    if has is not None and not known(has):
        raise SchemaTooNew(f"The database (schema {has})", head())
