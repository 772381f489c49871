"""A whole home under a power cut: `up`, people who listen, an import under way; and what is recorded in the end."""

import asyncio
import os
import signal
import subprocess
import time
from contextlib import suppress

import asyncpg
import httpx
from cutting import Disk
from exported import export
from home import SPINDLE, Home, descendants
from polls import linked, simulator, told

ROWS = 5_000
LISTENERS = 4
ALL_WITHIN = 120.0  # seconds from the second start until everything is recorded


def trial(on: Disk, seconds: float) -> tuple[int, int]:
    """How many plays were shown to Spindle or handed over in a file, and how many of these are not recorded once."""
    with simulator("--listeners", str(LISTENERS), "--listening-now") as spotify:
        home = Home(on.place / "home", told(spotify) | {"SPINDLE_POLL_INTERVAL_SECONDS": "1"})
        up = _started(home)
        first = asyncio.run(linked(home, spotify))[0]
        files = export(on.place.parent, ROWS)
        home.json("import", first, *map(str, files))
        time.sleep(seconds)
        _cut(on, up)
        again = _started(home)
        try:
            return _recorded(home, spotify)
        finally:
            again.send_signal(signal.SIGINT)
            again.wait(60)


def _started(home: Home) -> "subprocess.Popen[bytes]":
    said = home.place.parent.with_suffix(".said")
    with said.open("wb") as out:
        up = subprocess.Popen([*SPINDLE, "up"], env=home.environment, stdout=out, stderr=out)
    end = time.monotonic() + 90
    while "Ctrl-C stops it" not in said.read_text():
        assert up.poll() is None, said.read_text()
        assert time.monotonic() < end, said.read_text()
        time.sleep(0.1)
    return up


def _cut(on: Disk, up: "subprocess.Popen[bytes]") -> None:
    """Everything on this machine stands still, forgets, and is gone."""
    os.kill(up.pid, signal.SIGSTOP)
    everybody = {up.pid} | descendants({up.pid})
    _signal(everybody, signal.SIGSTOP)
    on.cut()
    _signal(everybody, signal.SIGKILL)
    up.wait()
    on.back()


def _signal(processes: set[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def _recorded(home: Home, spotify: str) -> tuple[int, int]:
    """Everybody is polled all the time, so the world goes on while we look: what it had shown before, counts."""
    shown, end = asyncio.run(_shown(spotify)), time.monotonic() + ALL_WITHIN
    while (missing := len(shown - asyncio.run(_kept(home))) + _rows_missing(home)) and time.monotonic() < end:
        time.sleep(1)
    return len(shown) + ROWS, missing


async def _shown(spotify: str) -> set[tuple[str, int]]:
    """Whose, and when, of all that ever stood in an answer."""
    async with httpx.AsyncClient(base_url=spotify) as http:
        return {
            (person["display_name"], play["played_at"])
            for person in (await http.get("/control/listeners")).json()
            for play in (await http.get(f"/control/truth/{person['id']}")).json()["plays"]
            if play["answered"]
        }


async def _kept(home: Home) -> set[tuple[str, int]]:
    connection = await asyncpg.connect(home.database, ssl=False)
    found = await connection.fetch(
        "SELECT u.name, split_part(s.natural_key, '@', 2)::bigint AS at FROM sightings s JOIN users u USING (user_id)"
    )
    await connection.close()
    return {(row["name"], row["at"]) for row in found}


def _rows_missing(home: Home) -> int:
    return ROWS - sum(one["rows"] for one in home.json("imports") if one["status"] == "success")
