"""In which condition a database is: its version, its clock, and the revision of its tables."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.store import migrate
from spindle.recorder.store.engine import transaction


@dataclass(frozen=True)
class Condition:
    version: tuple[int, int]
    at: datetime
    """By its own clock."""
    schema: str | None
    """The revision of its tables; none when it has none."""
    unfinished: bool
    """A restore into it has begun and not ended."""

    @property
    def known(self) -> bool:
        """False: only a later version has such tables."""
        return self.schema is None or migrate.known(self.schema)


async def condition(database: AsyncEngine) -> Condition:
    """Raises one of `recorder.errors`."""
    async with transaction(database, reading=True) as connection:
        asked = "SELECT current_setting('server_version_num')::int AS version, clock_timestamp() AS at"
        row = (await connection.execute(text(asked))).one()
        schema = await connection.run_sync(migrate.revision)
        unfinished = await connection.run_sync(migrate.unfinished)
    return Condition((row.version // 10000, row.version % 10000), row.at, schema, unfinished)
