"""Bringing a database to the tables that this version needs."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.store.engine import engine, transaction

_ONE_AT_A_TIME = 0x5B1D1E  # an advisory lock of our own: several recorders may start together


async def migrate(database_url: str) -> None:
    """Safe to run again, and by several at once. Raises one of `recorder.errors`."""
    database = engine(database_url, connections=1)
    try:
        await upgrade(database)
    finally:
        await database.dispose()


async def upgrade(database: AsyncEngine) -> None:
    async with transaction(database) as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})
        await connection.run_sync(_upgrade)


def configuration(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "spindle.recorder.store:migrations")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    command.upgrade(configuration(connection), "head")
