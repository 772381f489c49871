"""The tables of one moment as CSV, in a stream: whatever the PostgreSQL, and however many rows."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.store.engine import opened, transaction
from spindle.recorder.store.migrate import RESTORING, Standing, readable, to, unfinished

Columns = Mapping[str, Sequence[str]]
"""By table."""

# What there is, not what this version knows: the tables may be older than it. But for what is counted from the others.
_TABLES = text("""
    SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND a.attgenerated = '' AND c.relname NOT IN ('alembic_version', :restoring) AND NOT c.relname ^@ 'listening_'
    GROUP BY c.relname ORDER BY c.relname
""")
_PORTABLE = ("SET LOCAL datestyle = 'ISO, YMD'", "SET LOCAL timezone = 'UTC'")


@dataclass(frozen=True)
class Holdings:
    """What would be missed."""

    listeners: int = 0
    plays: int = 0


@dataclass(frozen=True)
class Snapshot:
    """A database as it is at one moment, however long the reading takes."""

    standing: Standing
    holdings: Holdings
    columns: Columns
    unfinished: bool
    """A restore has begun since and not ended."""
    _connection: AsyncConnection

    async def read(self, table: str, write: Callable[[bytes], Awaitable[None]]) -> int:
        """Hands the table's CSV to `write`, piece by piece. Returns how many rows there are."""
        quoted = self._connection.dialect.identifier_preparer.quote
        columns = ", ".join(map(quoted, self.columns[table]))
        query = f"SELECT {columns} FROM {quoted(table)}"  # noqa: S608
        done = await (await _driver(self._connection)).copy_from_query(query, output=write, format="csv")
        return int(done.split()[-1])


@dataclass(frozen=True)
class Loading:
    """Tables that are being filled, in a transaction."""

    columns: Columns
    _connection: AsyncConnection

    async def write(self, table: str, columns: Sequence[str], pieces: AsyncIterator[bytes]) -> int:
        """Returns how many rows there were."""
        driver = await _driver(self._connection)
        done = await driver.copy_to_table(table, source=pieces, columns=list(columns), format="csv")
        return int(done.split()[-1])

    async def migrate(self) -> None:
        """To the tables of this version: earlier than at the end, whoever has more to do before the commit."""
        await self._connection.run_sync(to)


@asynccontextmanager
async def snapshot(database_url: str) -> AsyncIterator[Snapshot]:
    """One transaction for all tables. Raises one of `recorder.errors`."""
    async with opened(database_url) as database, transaction(database, reading=True) as connection:
        standing, restoring = await connection.run_sync(readable), await connection.run_sync(unfinished)
        await portable(connection)
        yield Snapshot(standing, await holdings(connection), await columns(connection), restoring, connection)


async def columns(connection: AsyncConnection) -> Columns:
    found = await connection.execute(_TABLES, {"restoring": RESTORING})
    return {str(row[0]): list(row[1]) for row in found}


async def holdings(connection: AsyncConnection) -> Holdings:
    if await connection.scalar(text("SELECT to_regclass('users') IS NULL")):
        return Holdings()
    listeners = await connection.scalar(text("SELECT count(*) FROM users WHERE removed_at IS NULL"))
    return Holdings(listeners or 0, await connection.scalar(text("SELECT count(*) FROM plays")) or 0)


async def portable(connection: AsyncConnection) -> None:
    """Times written and read in one way, whatever the server is set to."""
    for setting in _PORTABLE:
        await connection.exec_driver_sql(setting)


class _Driver(Protocol):
    """What SQLAlchemy has no words for. Within its transaction only after a first statement of SQLAlchemy's own."""

    async def copy_from_query(self, query: str, *, output: Callable[[bytes], Awaitable[None]], format: str) -> str: ...  # noqa: A002
    async def copy_to_table(
        self,
        table: str,
        *,
        source: AsyncIterator[bytes],
        columns: Sequence[str],
        format: str,  # noqa: A002
    ) -> str: ...


async def _driver(connection: AsyncConnection) -> _Driver:
    return cast("_Driver", (await connection.get_raw_connection()).driver_connection)
