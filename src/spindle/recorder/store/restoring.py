"""Putting other tables in the place of those that are there: all at once, or not at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.errors import RestoreRunning, SchemaTooNew
from spindle.recorder.store.dump import Holdings, Loading, columns, holdings, portable
from spindle.recorder.store.engine import opened, transaction
from spindle.recorder.store.migrate import RESTORING, head, known, lock, nothing, revision, to, unfinished

_ONE_RESTORE = 0x5B1D1F  # an advisory lock of its own


async def at_stake(database_url: str) -> Holdings:
    """What a restore into this database would take away. Raises `SchemaTooNew` when this version cannot tell."""
    async with opened(database_url) as database, transaction(database, reading=True) as connection:
        await _must_be_known(connection)
        return await holdings(connection)


@asynccontextmanager
async def alone(database_url: str) -> AsyncIterator[None]:
    """One restore at a time, however it ends. Raises `RestoreRunning`."""
    async with opened(database_url) as database, transaction(database) as connection:
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        if not await connection.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _ONE_RESTORE}):
            raise RestoreRunning
        yield


async def begin(database_url: str) -> bool:
    """From now on nothing runs on this database until `replaced` has ended well. False: that was so already."""
    async with opened(database_url) as database, transaction(database) as connection:
        if await connection.run_sync(unfinished):
            return False
        await connection.execute(text(f"CREATE TABLE {RESTORING} (began timestamptz DEFAULT now())"))
        return True


async def forget(database_url: str) -> None:
    """That one began: nothing was changed."""
    async with opened(database_url) as database, transaction(database) as connection:
        await connection.execute(text(f"DROP TABLE IF EXISTS {RESTORING}"))


@asynccontextmanager
async def replaced(database_url: str, schema: str) -> AsyncIterator[Loading]:
    """Empty tables of that schema, to be filled and migrated; they are those of this version when this ends."""
    async with opened(database_url) as database, transaction(database) as connection:
        await lock(connection)
        await _must_be_known(connection)
        if await connection.run_sync(revision):
            await connection.run_sync(nothing)
        await connection.run_sync(to, schema)
        await portable(connection)
        yield Loading(await columns(connection), connection)
        await connection.run_sync(to)
        await connection.execute(text(f"DROP TABLE IF EXISTS {RESTORING}"))


async def _must_be_known(connection: AsyncConnection) -> None:
    has = await connection.run_sync(revision)
    if has is not None and not known(has):
        raise SchemaTooNew(f"The database (schema {has})", head())
