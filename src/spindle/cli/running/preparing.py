"""Before anything runs: are the servers there, and do they hold what Spindle needs?"""

import asyncio
from collections.abc import Awaitable, Mapping
from pathlib import Path
from time import monotonic

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import APIError, ServiceUnavailableError

from spindle.cli.finding import bus, database_url, reach
from spindle.cli.seeing import tables
from spindle.people.errors import Problem
from spindle.people.wording import count
from spindle.recorder.errors import DatabaseUnreachable
from spindle.recorder.store.engine import engine, probe
from spindle.recorder.store.migrate import migrate, standing
from spindle.shared.bus.drift import behind
from spindle.shared.bus.patience import insist
from spindle.shared.bus.topology import AS_THEY_ARE, EventsKept, copies, ensure_topology

_DATABASE_WITHIN = 5.0  # seconds
_TOPOLOGY_WITHIN = 20.0
_COPIES_WITHIN = 60.0
_ONE_NODE = 10074
"""What NATS calls it when a single server is asked for several copies."""
_LOOK_AGAIN_AFTER = 0.2


async def check_bus(url: str) -> None:
    """Somebody answers, lets us in, and has JetStream; otherwise `Problem`."""
    connection = await reach(url, "cli-check")
    try:
        await connection.jetstream().account_info()
    except (ServiceUnavailableError, nats.errors.NoRespondersError, nats.errors.TimeoutError, APIError):
        raise Problem("the NATS server runs without JetStream: start it with -js") from None
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


async def topology(connection: Client, replicas: int | None = None, events: EventsKept = AS_THEY_ARE) -> None:
    """Tried again for a while: a server that has just started may still be recovering its streams."""
    js = connection.jetstream()

    async def ensure() -> None:
        await ensure_topology(js, replicas or await copies(connection), events)

    await insist(ensure, _TOPOLOGY_WITHIN, final=lambda error: error.code == 400 or error.err_code == _ONE_NODE)


async def provision(home: Path, replicas: int | None, events: EventsKept, with_tables: bool) -> None:
    """Nothing is changed on the bus when the tables could not follow."""
    address = database_url(home) if with_tables else None
    if address:
        await check_database(address)
        await standing(address)
    async with bus(home) as connection:
        await _named("NATS", topology(connection, replicas, events))
        late = await _copied(connection.jetstream())
    tables.say("The streams, consumers and buckets are in place.")
    for node, streams in late.items():
        tables.say(f"Node {node} is away or has not caught up yet: {count(streams, 'stream')} without its copy.")
    if address:
        await migrate(address)
        tables.say("The tables are in place.")


async def _copied(js: JetStreamContext) -> Mapping[str, int]:
    """Whoever has no copies yet after a while: until then, one node that dies may have the only one."""
    give_up = monotonic() + _COPIES_WITHIN
    while late := await insist(lambda: behind(js)):
        if monotonic() > give_up:
            break
        await asyncio.sleep(_LOOK_AGAIN_AFTER)
    return late


async def _named(server: str, work: Awaitable[None]) -> None:
    try:
        await work
    except APIError as refused:
        raise Problem(f"{server} refuses what Spindle needs: {refused.description}") from refused
