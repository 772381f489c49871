"""The migrations lead from nothing to the tables that the code knows."""

import asyncio
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from spindle.recorder.errors import SchemaTooNew
from spindle.recorder.store.engine import engine
from spindle.recorder.store.migrate import Standing, migrate, standing
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


async def test_tables_of_a_newer_spindle_are_refused_and_left_alone(database: Any, database_url: str) -> None:
    async with database.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    for look in (migrate, standing):
        with pytest.raises(SchemaTooNew, match=r"The database \(schema 9999\) is of a newer Spindle"):
            await look(database_url)

    async with database.connect() as connection:
        assert (await connection.exec_driver_sql("SELECT version_num FROM alembic_version")).scalar() == "9999"


async def test_how_a_database_stands_is_known_before_anything_is_done(empty_database_url: str) -> None:
    empty = await standing(empty_database_url)
    await migrate(empty_database_url)
    full = await standing(empty_database_url)

    assert (empty.has, empty.older) == (None, False)
    assert (full.has, full.older) == (full.wants, False)
    assert Standing("0001", "0002").older
