"""Bringing a database to the tables that this version needs, and knowing which ones it has."""

from dataclasses import dataclass

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from spindle.recorder.errors import RestoreUnfinished, SchemaTooNew
from spindle.recorder.store.engine import opened, transaction

RESTORING = "spindle_restoring"
"""A table that is there while a restore has begun and not ended."""

_ONE_AT_A_TIME = 0x5B1D1E  # an advisory lock of our own: several recorders may start together


@dataclass(frozen=True)
class Standing:
    """What a database has against what this version wants; None: no tables at all."""

    has: str | None
    wants: str

    @property
    def older(self) -> bool:
        return self.has is not None and self.has != self.wants


async def migrate(database_url: str) -> None:
    """Safe to run again, and by several at once. Raises one of `recorder.errors`."""
    async with opened(database_url) as database:
        await upgrade(database)


async def upgrade(database: AsyncEngine) -> None:
    async with transaction(database) as connection:
        await lock(connection)
        await connection.run_sync(require)
        await connection.run_sync(to)


async def standing(database_url: str) -> Standing:
    """Raises `SchemaTooNew`, and `RestoreUnfinished`."""
    async with opened(database_url) as database, transaction(database, reading=True) as connection:
        return await connection.run_sync(require)


def require(connection: Connection) -> Standing:
    """How the database stands, if there is anything to be done with it: else `SchemaTooNew` or `RestoreUnfinished`."""
    if unfinished(connection):
        raise RestoreUnfinished
    return readable(connection)


def readable(connection: Connection) -> Standing:
    """The same for who only reads: the tables from before an unfinished restore are there, and whole."""
    has, wants = revision(connection), head()
    if has is not None and not known(has):
        raise SchemaTooNew(f"The database (schema {has})", wants)
    return Standing(has, wants)


def unfinished(connection: Connection) -> bool:
    """Whether a restore has begun and not ended."""
    return connection.execute(text("SELECT to_regclass(:name)"), {"name": RESTORING}).scalar() is not None


async def lock(connection: AsyncConnection) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})


def to(connection: Connection, revision: str = "head") -> None:
    command.upgrade(configuration(connection), revision)


def nothing(connection: Connection) -> None:
    """Takes away every table that a migration has made, and none that it has not."""
    command.downgrade(configuration(connection), "base")


def known(revision: str) -> bool:
    """Whether this version has a way from there to its own tables."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def head() -> str:
    return str(_scripts().get_current_head())


def revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def configuration(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "spindle.recorder.store:migrations")
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration())
