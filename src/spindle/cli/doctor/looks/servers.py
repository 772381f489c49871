"""Looks at NATS and PostgreSQL: whether they are there, their versions, and what they say about themselves."""

import asyncio
import os

from spindle.cli import finding
from spindle.cli.doctor.home import Home
from spindle.cli.doctor.looks.monitor import complaint
from spindle.cli.errors import NotRunning
from spindle.embedded import EmbeddedError
from spindle.people.doctor.logic import servers
from spindle.people.doctor.logic.findings import Finding, unseen
from spindle.people.doctor.logic.servers import Database, Gone
from spindle.people.doctor.looks.servers import connected
from spindle.people.errors import Problem
from spindle.people.wording import at_home
from spindle.recorder.errors import DatabaseRefused, RecorderError
from spindle.recorder.store.condition import Condition, condition
from spindle.recorder.store.engine import engine
from spindle.recorder.store.migrate import head
from spindle.shared.bus.errors import BusRefused

_DATABASE_WITHIN = 5.0  # seconds


async def nats_server(at: Home) -> list[Finding]:
    try:
        await at.bus()
    except (Problem, EmbeddedError) as error:
        return servers.nats(_gone(at, error, "SPINDLE_NATS_URL", isinstance(error.__cause__, BusRefused)))
    return await connected(at, await complaint(at))


async def database(at: Home) -> list[Finding]:
    if at.instance is None and "SPINDLE_NATS_URL" in os.environ and not os.environ.get("SPINDLE_DATABASE_URL"):
        return [unseen(servers.DATABASE, "SPINDLE_DATABASE_URL is not set here, and only the recorder knows it")]
    try:
        url = finding.database_url(at.home)
        found = await database_condition(url)
    except TimeoutError:
        return servers.database(_gone(at, "The database does not answer", "SPINDLE_DATABASE_URL"))
    except (Problem, EmbeddedError, RecorderError) as error:
        refused = isinstance(error, DatabaseRefused)
        return servers.database(_gone(at, error, "SPINDLE_DATABASE_URL", refused))
    return servers.database(Database(_place(url), found.version, found.schema, head(), found.known, found.unfinished))


async def put_aside(at: Home) -> list[Finding]:
    there = sorted((at.home / "postgres").glob("data.broken-*"))
    return servers.put_aside([at_home(one) for one in there])


async def database_condition(url: str) -> Condition:
    found = engine(url, connections=1)
    try:
        async with asyncio.timeout(_DATABASE_WITHIN):
            return await condition(found)
    finally:
        await found.dispose()


def _gone(at: Home, error: object, variable: str, refused: bool = False) -> Gone:
    why = f"Spindle is not running on {at_home(at.home)}" if isinstance(error, NotRunning) else str(error)
    return Gone(why, refused, given=bool(os.environ.get(variable)), running=at.instance is not None)


def _place(url: str) -> str:
    """Host, port and database; never who, or by which password."""
    return url.partition("://")[2].rpartition("@")[2].partition("?")[0]
