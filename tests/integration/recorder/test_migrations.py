"""The migrations lead from nothing to the tables that the code knows."""

import asyncio
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from spindle.recorder.store.engine import engine
from spindle.recorder.store.migrate import migrate
from spindle.recorder.store.schema import metadata


def differences(connection: Connection) -> list[Any]:
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)


async def test_an_empty_database_is_brought_to_the_tables_of_the_code(empty_database_url: str) -> None:
    await asyncio.gather(*(migrate(empty_database_url) for _ in range(3)))

    await migrate(empty_database_url)

    database = engine(empty_database_url)
    async with database.connect() as connection:
        assert await connection.run_sync(differences) == []
        collations = await connection.exec_driver_sql(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE collation_name = 'C' AND table_schema = 'public' AND table_name <> 'alembic_version'"
        )
        known = {(row[0], row[1]) for row in collations}
    await database.dispose()
    assert known == {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        if getattr(column.type, "collation", None) == "C"
    }


async def test_a_table_that_the_migrations_forgot_is_noticed(database: Any) -> None:
    async with database.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE plays DROP COLUMN ms_played")
        await connection.exec_driver_sql("DROP INDEX jobs_ending")

        found = await connection.run_sync(differences)

    assert len(found) == 2
