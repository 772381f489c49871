"""PostgreSQL under a power cut: rows that are committed one by one, and which of them are there afterwards."""

import asyncio
import itertools
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

import asyncpg
from cutting import Disk

from spindle.embedded import postgres

WRITERS = 4
_UNDER_WAY = 0.2  # seconds in which what was confirmed before the cut has arrived
_FAILS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


async def trial(on: Disk, seconds: float, waits: bool = True) -> tuple[int, int]:
    """How many commits were confirmed, and how many of these are missing after a cut that comes so many seconds later,
    or as soon as there is one.

    Without `waits` the sessions ask for `synchronous_commit=off`, so that the server confirms before it has written.
    """
    server = await postgres.start(on.place / "postgres")
    try:
        await _execute(server, "CREATE TABLE told (number int PRIMARY KEY)")
        on.settle()
        told: set[int] = set()
        writers = [asyncio.create_task(_write(server, waits, number, told)) for number in range(WRITERS)]
        await asyncio.sleep(seconds)
        at_work = {*writers}
        while at_work and not told:
            _, at_work = await asyncio.wait(at_work, timeout=0.01)
        frozen = _frozen(server)
        await asyncio.sleep(_UNDER_WAY)
        on.cut()
        _signal(frozen, signal.SIGKILL)
        await asyncio.wait(writers)
        on.back()
        await server.start()
        return len(told), len(told - await _there(server))
    finally:
        await server.stop()


def _frozen(server: postgres.Postgres) -> list[int]:
    """Its processes, each of which has a session of its own. They do nothing more from then on."""
    assert server.pid
    os.kill(server.pid, signal.SIGSTOP)  # first, or it makes others
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    _signal(map(int, children), signal.SIGSTOP)
    return [server.pid, *map(int, children)]


def _signal(processes: Iterable[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


async def _write(server: postgres.Postgres, waits: bool, first: int, told: set[int]) -> None:
    with suppress(*_FAILS):
        connection = await _connected(server)
        await connection.execute(f"SET synchronous_commit = {'on' if waits else 'off'}")
        for number in itertools.count(first, WRITERS):
            await connection.execute("INSERT INTO told VALUES ($1)", number)
            told.add(number)


async def _there(server: postgres.Postgres) -> set[int]:
    connection = await _connected(server)
    found = {row["number"] for row in await connection.fetch("SELECT number FROM told")}
    await connection.execute("INSERT INTO told VALUES (-1)")  # it goes on
    await connection.close()
    return found


async def _execute(server: postgres.Postgres, what: str) -> None:
    connection = await _connected(server)
    await connection.execute(what)
    await connection.close()


async def _connected(server: postgres.Postgres) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(server.url.replace("+asyncpg", "").split("?")[0], ssl=False)
