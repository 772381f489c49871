"""Before anything runs: are the servers there, and do they hold what Spindle needs?"""

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import nats.errors
from nats.aio.client import Client
from nats.js.errors import APIError, ServiceUnavailableError

from spindle.cli.errors import CommandError
from spindle.cli.finding import bus, database_url, reach
from spindle.cli.seeing import tables
from spindle.recorder.errors import DatabaseUnreachable
from spindle.recorder.store.engine import engine, probe
from spindle.recorder.store.migrate import migrate, standing
from spindle.shared.bus.patience import insist
from spindle.shared.bus.topology import ensure_topology

_DATABASE_WITHIN = 5.0  # seconds
_TOPOLOGY_WITHIN = 20.0


async def check_bus(url: str) -> None:
    """Somebody answers, lets us in, and has JetStream; otherwise `CommandError`."""
    connection = await reach(url, "cli-check")
    try:
        await connection.jetstream().account_info()
    except (ServiceUnavailableError, nats.errors.NoRespondersError, nats.errors.TimeoutError, APIError):
        raise CommandError("the NATS server runs without JetStream: start it with -js") from None
    finally:
        await connection.close()


async def check_database(url: str) -> None:
    """Raises `DatabaseUnreachable` or `DatabaseRefused`."""
    database = engine(url, connections=1)
    try:
        await asyncio.wait_for(probe(database), _DATABASE_WITHIN)
    except TimeoutError:
        raise DatabaseUnreachable("the database does not answer") from None
    finally:
        await database.dispose()


async def topology(connection: Client, replicas: int | None = None) -> None:
    """Tried again for a while: a server that has just started may still be recovering its streams."""
    js = connection.jetstream()

    async def ensure() -> None:
        await ensure_topology(js, replicas)

    await insist(ensure, _TOPOLOGY_WITHIN, final=lambda error: error.code == 400)


async def provision(home: Path, replicas: int | None) -> None:
    address = database_url(home)
    await check_database(address)
    await standing(address)
    async with bus(home) as connection:
        await _named("NATS", topology(connection, replicas))
    tables.say("The streams, consumers and buckets are in place.")
    await migrate(address)
    tables.say("The tables are in place.")


async def _named(server: str, work: Awaitable[None]) -> None:
    try:
        await work
    except APIError as refused:
        raise CommandError(f"{server} refuses what Spindle needs: {refused.description}") from refused
