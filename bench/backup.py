"""How long a backup and a restore of a million plays take, beside PostgreSQL's own COPY of the same tables.

python bench/backup.py [PLAYS]
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

from spindle import embedded
from spindle.recorder.store.migrate import migrate

SPINDLE = [sys.executable, "-m", "spindle.cli"]
FILL = """
    INSERT INTO users VALUES ('019e0000-0000-7000-8000-000000000001', 'a', 'a', now());
    INSERT INTO plays SELECT '019e0000-0000-7000-8000-000000000001', gen_random_uuid(),
        '2016-01-01'::timestamptz + n * interval '217.311 seconds',
        substr(md5((n % 20000)::text), 1, 22), 180000 + n % 7919
        FROM generate_series(1, {plays}) n;
    INSERT INTO sightings SELECT user_id, 'poll', to_char(played_at, 'YYYYMMDDHH24MISSMS') || track_id, play_id,
        'poll.' || user_id || '.' || md5((ms_played % 977)::text), 1, played_at, NULL FROM plays;
"""


async def fill(home: Path, plays: int) -> float:
    """Returns how long raw COPY of the two large tables takes."""
    servers = await embedded.start(home)
    await migrate(servers.database_url)
    connection = await asyncpg.connect(servers.database_url.replace("+asyncpg", "").split("?")[0], ssl=False)
    await connection.execute(FILL.format(plays=plays))
    began = time.monotonic()
    for table in ("plays", "sightings"):
        await connection.copy_from_table(table, output=os.devnull)
    took = time.monotonic() - began
    await connection.close()
    await servers.stop()
    return took


def timed(what: str, home: Path, *words: str) -> None:
    began = time.monotonic()
    environment = {**os.environ, "SPINDLE_HOME": str(home)}
    with subprocess.Popen([*SPINDLE, *words], env=environment, stdout=subprocess.DEVNULL) as running:
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    assert running.returncode == 0, what
    print(f"{what:<9} {seconds:6.1f} s   {used.ru_maxrss / 1024:.0f} MB at most   {used.ru_utime:.1f} s of CPU")


def main() -> None:
    plays = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="spindle-bench-") as place:
        Path(place).chmod(0o755)
        raw = asyncio.run(fill(Path(place) / "from", plays))
        file = Path(place) / "backup"
        print(f"{plays:,} plays, each with a sighting; raw COPY of both tables: {raw:.1f} s")
        timed("backup", Path(place) / "from", "backup", str(file))
        print(f"the file  {file.stat().st_size / 2**20:6.1f} MB")
        timed("restore", Path(place) / "to", "restore", str(file))


if __name__ == "__main__":
    main()
