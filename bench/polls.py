"""How long polls take from due to committed: alone, and beside an import. `isolation.py` has other troubles."""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from home import Home, running
from lags import lags, noted
from pydantic import SecretStr

from spindle.cli import finding
from spindle.people.linking import linking

LISTENERS = 50
EVERY = 5  # seconds from one poll of a listener to the next
ALONE = 45.0  # seconds
_CLIENT = "bench"


def attended(place: Path, files: Sequence[Path], rows: int) -> None:
    with (
        simulator("--listeners", str(LISTENERS), "--listening-now") as spotify,
        running(place, **told(spotify)) as home,
    ):
        user = asyncio.run(linked(home, spotify))[0]
        asyncio.run(noted(home.database))
        time.sleep(3 * EVERY)
        quiet = (time.time(), time.time() + ALONE)
        time.sleep(ALONE)
        began = time.time()
        took, receipt = home.timed("import", user, *map(str, files), "--wait")
        busy = (began, time.time())
        time.sleep(2 * EVERY)
        print(f"{receipt['rows']:,} rows imported in {took:.1f} s, {rows / took:,.0f} rows/s, beside the polls")
        for name, (since, until) in (("alone", quiet), ("during the import", busy)):
            found = asyncio.run(lags(home.database, since, until, [user]))
            print(
                f"polls of {LISTENERS - 1} others, {name:<18} {found.polls:>5} polls   from due to committed:"
                f" p50 {found.p50:.2f} s   p95 {found.p95:.2f} s   longest {found.longest:.2f} s"
            )


def told(spotify: str) -> dict[str, str]:
    return {
        "SPINDLE_SPOTIFY_API_URL": f"{spotify}/v1",
        "SPINDLE_SPOTIFY_ACCOUNTS_URL": spotify,
        "SPINDLE_SPOTIFY_CLIENT_ID": _CLIENT,
        "SPINDLE_POLL_INTERVAL_SECONDS": str(EVERY),
        "SPINDLE_SPOTIFY_BUDGET": "1000000",
    }


async def linked(home: Home, spotify: str, names: Collection[str] | None = None) -> list[str]:
    """Everybody of the simulator, or those with these names. Returns who they are here."""
    settings = finding.spotify(home.place).model_copy(
        update={"spotify_api_url": f"{spotify}/v1", "spotify_accounts_url": spotify, "spotify_client_id": _CLIENT}
    )
    async with httpx.AsyncClient(base_url=spotify) as http:
        people = (await http.get("/control/listeners")).json()
    async with finding.bus(home.place) as bus, linking(bus, settings) as links:
        return [
            (await links.add(one["display_name"], SecretStr(one["refresh_token"]))).user
            for one in people
            if names is None or one["display_name"] in names
        ]


@contextmanager
def simulator(*words: str, program: Sequence[str] = ("-m", "spindle.simulator", "--port", "0")) -> Iterator[str]:
    """In a process of its own, so that its work is not `up`'s."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, *program, *words],
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
