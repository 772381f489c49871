"""How the database stands: its version, its clock, and which tables it holds against those that this version needs."""

from dataclasses import dataclass
from datetime import datetime

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.store.engine import transaction
from spindle.recorder.store.migrate import configuration


@dataclass(frozen=True)
class Standing:
    version: tuple[int, int]
    at: datetime
    """By its own clock."""
    tables: str | None
    """The revision of its tables; none when it has none."""
    current: str
    """The revision that this version needs."""
    known: bool
    """False: only a later version has such tables."""


async def standing(database: AsyncEngine) -> Standing:
    """Raises one of `recorder.errors`."""
    async with transaction(database, reading=True) as connection:
        asked = "SELECT current_setting('server_version_num')::int AS version, clock_timestamp() AS at"
        row = (await connection.execute(text(asked))).one()
        tables, current, known = await connection.run_sync(_tables)
    return Standing((row.version // 10000, row.version % 10000), row.at, tables, current, known)


def _tables(connection: Connection) -> tuple[str | None, str, bool]:
    scripts = ScriptDirectory.from_config(configuration(connection))
    revision = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    return revision, str(scripts.get_current_head()), revision is None or revision in known
