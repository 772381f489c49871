"""Looks at NATS and PostgreSQL: whether they are there, their versions, and what they say about themselves."""

import asyncio
import os

import nats.errors
from nats.aio.client import Client
from nats.js.errors import ServiceUnavailableError

from spindle.cli import finding
from spindle.cli.doctor.logic import servers
from spindle.cli.doctor.logic.findings import Finding, unseen
from spindle.cli.doctor.logic.servers import Database, Gone, Nats
from spindle.cli.doctor.looks.monitor import complaint
from spindle.cli.doctor.sources import Sources
from spindle.cli.errors import CommandError, NotRunning
from spindle.cli.wording import at_home
from spindle.embedded import EmbeddedError
from spindle.recorder.errors import DatabaseRefused, RecorderError
from spindle.recorder.store.condition import Condition, condition
from spindle.recorder.store.engine import engine
from spindle.recorder.store.migrate import head
from spindle.shared.bus.errors import BusRefused

_DATABASE_WITHIN = 5.0  # seconds


async def nats_server(at: Sources) -> list[Finding]:
    try:
        bus = await at.bus()
    except (CommandError, EmbeddedError) as error:
        return servers.nats(_gone(at, error, "SPINDLE_NATS_URL", isinstance(error.__cause__, BusRefused)))
    version = bus.connected_server_version
    seen = Nats(
        where=_where(bus),
        version=(version.major, version.minor, version.patch),
        jetstream=await _jetstream(bus),
        complaint=await complaint(at),
    )
    return servers.nats(seen)


async def database(at: Sources) -> list[Finding]:
    if at.instance is None and "SPINDLE_NATS_URL" in os.environ and not os.environ.get("SPINDLE_DATABASE_URL"):
        return [unseen(servers.DATABASE, "SPINDLE_DATABASE_URL is not set here, and only the recorder knows it")]
    try:
        url = finding.database_url(at.home)
        found = await database_condition(url)
    except TimeoutError:
        return servers.database(_gone(at, "The database does not answer", "SPINDLE_DATABASE_URL"))
    except (CommandError, EmbeddedError, RecorderError) as error:
        refused = isinstance(error, DatabaseRefused)
        return servers.database(_gone(at, error, "SPINDLE_DATABASE_URL", refused))
    return servers.database(Database(_place(url), found.version, found.schema, head(), found.known, found.unfinished))


async def put_aside(at: Sources) -> list[Finding]:
    there = sorted((at.home / "postgres").glob("data.broken-*"))
    return servers.put_aside([at_home(one) for one in there])


async def database_condition(url: str) -> Condition:
    found = engine(url, connections=1)
    try:
        async with asyncio.timeout(_DATABASE_WITHIN):
            return await condition(found)
    finally:
        await found.dispose()


def _gone(at: Sources, error: object, variable: str, refused: bool = False) -> Gone:
    why = f"Spindle is not running on {at_home(at.home)}" if isinstance(error, NotRunning) else str(error)
    return Gone(why, refused, given=bool(os.environ.get(variable)), running=at.instance is not None)


async def _jetstream(bus: Client) -> bool:
    try:
        await bus.jetstream().account_info()
    except (ServiceUnavailableError, nats.errors.NoRespondersError):
        return False
    return True


def _where(bus: Client) -> str:
    url = bus.connected_url
    return f"{url.hostname}:{url.port}" if url else "an unknown place"


def _place(url: str) -> str:
    """Host, port and database; never who, or by which password."""
    return url.partition("://")[2].rpartition("@")[2].partition("?")[0]
