"""How many rows of an export a second an import makes true, from the command to its last row's commit, beside raw COPY.

Run by hand: `python bench/import.py [ROWS …]`, of 100,000 and 1,000,000 rows unless told otherwise. Each export is
imported by `spindle import --wait` into a fresh home on which `spindle up` runs, with servers of default durability,
and then a second time. COPY writes the plays that came of it, and nothing else, into a table that is like `plays`,
indexes too, on the same server: the median of three. The import also reads the ZIP, cuts it, carries it over the bus,
keeps every row beside its play (what COPY takes for those is said too), the catalogue and a receipt, and leaves no play
twice.

`--loose`        the JSON files instead of their ZIP
`--into ROWS`    the same again into tables that hold this many rows (of others, and of the same listener's decades
                 before), and the ratio
`--polls`        how long the polls of 50 others take, from due to committed, alone and during the import
"""

import argparse
import asyncio
import statistics
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import asyncpg
from exported import export
from filling import fill
from home import Home, running
from polls import attended

WANTED = 0.30
"""Of raw COPY."""
KEPT = 0.70
"""Of the rate into empty tables."""
_AT_ONCE = 100_000
_PLAYS = "played_at BETWEEN '2000-01-01' AND '2026-03-02' ORDER BY played_at"
"""Neither of the decades before nor of what was polled since."""
_ROWS = '"import" = (SELECT max(number) - 1 FROM imports WHERE user_id = $1) ORDER BY ended_at'
"""Of the first of the two times."""


async def copied(database: str, user: str, table: str, wanted: str) -> tuple[int, float]:
    """How many rows came of the export, and the median of the seconds that COPY takes for them."""
    connection = await asyncpg.connect(database, ssl=False)
    await connection.execute(f"CREATE TABLE copied (LIKE {table} INCLUDING ALL)")
    parts = await _rows(connection, user, table, wanted)
    took = []
    for _ in range(3):
        began = perf_counter()
        for part in parts:
            await connection.copy_records_to_table("copied", records=part)
        took.append(perf_counter() - began)
        await connection.execute("TRUNCATE copied")
    await connection.execute("DROP TABLE copied")
    await connection.close()
    return sum(map(len, parts)), statistics.median(took)


async def _rows(connection: asyncpg.Connection, user: str, table: str, wanted: str) -> list[list[asyncpg.Record]]:
    found = await connection.fetch(f"SELECT * FROM {table} WHERE user_id = $1 AND {wanted}", user)
    return [found[at : at + _AT_ONCE] for at in range(0, len(found), _AT_ONCE)]


@dataclass(frozen=True)
class Imported:
    seconds: float
    busy: Counter[str]
    buckets: dict[str, int]

    def told(self, rows: int) -> str:
        busy = ", ".join(f"{name} {spent / 1000:.1f} s" for name, spent in self.busy.most_common(4))
        return f"{self.seconds:>7.1f} s   {rows / self.seconds:>9,.0f} rows/s   CPU: {busy}"


def imported(home: Home, user: str, files: Sequence[Path], rows: int) -> Imported:
    before = home.busy()
    took, receipt = home.timed("import", user, *map(str, files), "--wait")
    assert receipt["status"] == "success", receipt
    assert receipt["rows"] == rows == sum(receipt["buckets"].values()), receipt
    return Imported(took, home.busy() - before, receipt["buckets"])


def measure(place: Path, files: Sequence[Path], rows: int, filled: int = 0) -> float:
    """Prints everything, and returns the rows a second of the first time."""
    with running(place) as home:
        user = home.json("status")["users"][0]["user"]
        if filled:
            print(f"filling the tables with {filled:,} rows: {asyncio.run(fill(home.database, user, filled)):.0f} s")
        cold = imported(home, user, files, rows)
        again = imported(home, user, files, rows)
        memory = list(home.memory())
        plays, copy = asyncio.run(copied(home.database, user, "plays", _PLAYS))
        kept, kept_copy = asyncio.run(copied(home.database, user, "import_rows", _ROWS))
    assert not again.buckets["new"] + again.buckets["short"] + again.buckets["merged"], again
    assert plays == kept == cold.buckets["new"] + cold.buckets["short"], (plays, kept, cold)
    share = rows / cold.seconds / (plays / copy)
    print(f"raw COPY of {plays:,} plays".ljust(30) + f"{copy:>7.1f} s   {plays / copy:>9,.0f} rows/s")
    print("and of their rows".ljust(30) + f"{kept_copy:>7.1f} s")
    print("import, cold".ljust(30) + cold.told(rows))
    print("import, the same again".ljust(30) + again.told(rows))
    print(f"cold, that is {share:.0%} of raw COPY (limit {WANTED:.0%})")
    print("at most in memory:", *memory, sep="\n  ")
    return rows / cold.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--loose", action="store_true")
    parser.add_argument("--into", type=int, default=0, metavar="ROWS")
    parser.add_argument("--polls", action="store_true")
    asked = parser.parse_args()
    for rows in asked.rows:
        with ExitStack() as stack:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spindle-bench-")))
            place.chmod(0o755)
            files = export(place, rows, loose=asked.loose)
            size = sum(file.stat().st_size for file in files) / 2**20
            print(f"\n{rows:,} rows in {'JSON files' if asked.loose else 'a ZIP'} of {size:,.0f} MB")
            if asked.polls:
                attended(place / "home", files, rows)
                continue
            empty = measure(place / "home", files, rows)
            if asked.into:
                full = measure(place / "full", files, rows, asked.into)
                print(f"into {asked.into:,} rows: {full / empty:.0%} of the rate into empty tables (limit {KEPT:.0%})")


if __name__ == "__main__":
    main()
