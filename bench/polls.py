"""How long polls take from due to committed, while somebody imports and while nobody does.

A poll is due at the time that the poll before it said (`job_steps.next_at`); it is committed when a deferred trigger
on `job_steps` runs, which PostgreSQL does at the commit and not before. A schedule of NATS fires some tenths of
a second after its time: both figures contain that.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx
from home import Home, running
from pydantic import SecretStr

from spindle.cli import finding
from spindle.cli.listeners.linking import linking

_LISTENERS = 50
_EVERY = 5  # seconds from one poll of a listener to the next
_ALONE = 45.0  # seconds
_CLIENT = "bench"
_NOTE = """
    CREATE TABLE bench_commits (user_id uuid, job text, step integer, at timestamptz);
    CREATE FUNCTION bench_note() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO bench_commits VALUES (NEW.user_id, NEW.job, NEW.step, clock_timestamp());
            RETURN NULL;
        END $$;
    CREATE CONSTRAINT TRIGGER bench_commit AFTER INSERT ON job_steps DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.what = 'page' AND NEW.job LIKE 'poll.%') EXECUTE FUNCTION bench_note();
"""
_LAGS = """
    SELECT extract(epoch FROM at - due)::float8
    FROM (SELECT c.at, s.user_id, lag(s.next_at) OVER (PARTITION BY s.user_id ORDER BY s.at) AS due
          FROM bench_commits AS c JOIN job_steps AS s USING (user_id, job, step)) AS polls
    WHERE due >= $1 AND due < $2 AND user_id <> $3
    ORDER BY 1
"""


def attended(place: Path, files: Sequence[Path], rows: int) -> None:
    with _simulator() as spotify, running(place, **_told(spotify)) as home:
        user = asyncio.run(_linked(home, spotify))
        asyncio.run(_execute(home, _NOTE))
        time.sleep(3 * _EVERY)
        quiet = (time.time(), time.time() + _ALONE)
        time.sleep(_ALONE)
        began = time.time()
        took, receipt = home.timed("import", user, *map(str, files), "--wait")
        busy = (began, time.time())
        time.sleep(2 * _EVERY)
        print(f"{receipt['rows']:,} rows imported in {took:.1f} s, {rows / took:,.0f} rows/s, beside the polls")
        for name, (since, until) in (("alone", quiet), ("during the import", busy)):
            _print(name, asyncio.run(_lags(home, since, until, user)))


def _print(name: str, lags: Sequence[float]) -> None:
    def at(share: float) -> float:
        return lags[min(int(share * len(lags)), len(lags) - 1)]

    print(
        f"polls of {_LISTENERS - 1} others, {name:<18} {len(lags):>5} polls   from due to committed:"
        f" p50 {at(0.50):.2f} s   p95 {at(0.95):.2f} s   longest {lags[-1]:.2f} s"
    )


async def _lags(home: Home, since: float, until: float, user: str) -> list[float]:
    connection = await asyncpg.connect(home.database, ssl=False)
    try:
        bounds = await connection.fetchrow("SELECT to_timestamp($1), to_timestamp($2)", since, until)
        return [row[0] for row in await connection.fetch(_LAGS, *bounds, user)]
    finally:
        await connection.close()


async def _execute(home: Home, statement: str) -> None:
    connection = await asyncpg.connect(home.database, ssl=False)
    await connection.execute(statement)
    await connection.close()


def _told(spotify: str) -> dict[str, str]:
    return {
        "SPINDLE_SPOTIFY_API_URL": f"{spotify}/v1",
        "SPINDLE_SPOTIFY_ACCOUNTS_URL": spotify,
        "SPINDLE_SPOTIFY_CLIENT_ID": _CLIENT,
        "SPINDLE_POLL_INTERVAL_SECONDS": str(_EVERY),
    }


async def _linked(home: Home, spotify: str) -> str:
    """Everybody of the simulator; returns the one who will import."""
    settings = finding.spotify(home.place).model_copy(
        update={"spotify_api_url": f"{spotify}/v1", "spotify_accounts_url": spotify, "spotify_client_id": _CLIENT}
    )
    async with httpx.AsyncClient(base_url=spotify) as http:
        people = (await http.get("/control/listeners")).json()
    async with finding.bus(home.place) as bus, linking(bus, settings) as links:
        linked = [await links.add(one["display_name"], SecretStr(one["refresh_token"])) for one in people]
    return linked[0].user


@contextmanager
def _simulator() -> Iterator[str]:
    """In a process of its own, so that its work is not `up`'s."""
    words = ("--port", "0", "--listeners", str(_LISTENERS), "--listening-now")
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "spindle.simulator", *words],
            stdout=subprocess.PIPE,
            stderr=errors,
            env={name: value for name, value in os.environ.items() if not name.startswith("SPINDLE_")},
        )
        assert process.stdout
        said = re.search(rb"http://[\d.:]+", process.stdout.readline())
        assert said, "the simulator did not start"
        try:
            yield said[0].decode()
        finally:
            process.terminate()
            process.wait(10)
