"""How many bytes a play, a poll and the counts of listening take on the disk, with their indexes.

python bench/sizes.py [--listeners N] [--plays N]
"""

import argparse
import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from lives import lead

from spindle.embedded import postgres
from spindle.recorder.recounting import Recounting
from spindle.recorder.store.engine import engine
from spindle.recorder.store.migrate import migrate

_SIZES = """
    SELECT relname AS name, reltuples::bigint AS rows, pg_table_size(oid) AS heap, pg_indexes_size(oid) AS indexes
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 0
    ORDER BY pg_total_relation_size(oid) DESC
"""


@dataclass(frozen=True)
class Table:
    name: str
    rows: int
    heap: int
    indexes: int

    @property
    def each(self) -> float:
        return (self.heap + self.indexes) / self.rows


async def measured(listeners: int, plays: int, place: Path) -> dict[str, Table]:
    server = await postgres.start(place / "postgres", parent=place)
    try:
        await migrate(server.url)
        await lead(server.url, listeners, plays)
        database = engine(server.url)
        while not await Recounting(database).all() or await _stale(server.url):
            pass
        await database.dispose()
        return await _tables(server.url)
    finally:
        await server.stop()


async def _stale(url: str) -> bool:
    connection = await asyncpg.connect(url.replace("+asyncpg", "").split("?")[0], ssl=False)
    try:
        over = "month < date_trunc('month', now() - interval '1 day')"
        return bool(await connection.fetchval(f"SELECT EXISTS (SELECT FROM listening_stale WHERE {over})"))
    finally:
        await connection.close()


async def _tables(url: str) -> dict[str, Table]:
    connection = await asyncpg.connect(url.replace("+asyncpg", "").split("?")[0], ssl=False)
    try:
        await connection.execute("VACUUM (ANALYZE)", timeout=3600)
        return {row["name"]: Table(**row) for row in await connection.fetch(_SIZES)}
    finally:
        await connection.close()


def show(tables: dict[str, Table], listeners: int) -> None:
    print(f"{'table':<26}{'rows':>12}{'bytes a row':>14}{'of it indexes':>15}{'MB':>9}")
    for one in tables.values():
        mb = (one.heap + one.indexes) / 2**20
        print(f"{one.name:<26}{one.rows:>12,}{one.each:>14.0f}{one.indexes / one.rows:>15.0f}{mb:>9.1f}")
    plays, sightings, rows = tables["plays"], tables["sightings"], tables["import_rows"]
    counted = sum(one.heap + one.indexes for name, one in tables.items() if name.startswith("listening"))
    poll = tables["jobs"].each + tables["job_steps"].each
    print(f"\na play that a poll saw      {plays.each + sightings.each:>6.0f} bytes")
    print(f"a play that a file told of  {plays.each + rows.each:>6.0f} bytes")
    print(f"a poll, with its book        {poll:>6,.0f} bytes")
    print(
        f"counts made beforehand      {counted / plays.rows:>6.0f} bytes a play, {counted / listeners:,.0f} a listener"
    )


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--listeners", type=int, default=20)
    parser.add_argument("--plays", type=int, default=50_000, help="of each, over twelve years")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spindle-bench-") as place:
        show(await measured(asked.listeners, asked.plays, Path(place)), asked.listeners)


if __name__ == "__main__":
    asyncio.run(main())
