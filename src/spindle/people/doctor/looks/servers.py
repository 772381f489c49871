"""Looks at the NATS server that is connected."""

from enum import Enum, auto

import nats.errors
from nats.aio.client import Client
from nats.js.errors import ServiceUnavailableError

from spindle.people.doctor.logic import servers
from spindle.people.doctor.logic.findings import Finding
from spindle.people.doctor.logic.servers import Nats
from spindle.people.doctor.sources import Sources

_LEADERLESS = 10008
"""What NATS calls it when a node sees too few of the others to agree on anything."""


class Store(Enum):
    """JetStream, of the server that we are connected to."""

    THERE = auto()
    NONE = auto()
    LEADERLESS = auto()


async def nats_server(at: Sources) -> list[Finding]:
    return await connected(at)


async def connected(at: Sources, complaint: str | None = None) -> list[Finding]:
    """`complaint`: what the server says is wrong with itself."""
    bus = await at.bus()
    version, jetstream = bus.connected_server_version, await _jetstream(bus)
    seen = Nats(
        where=_where(bus),
        version=(version.major, version.minor, version.patch),
        jetstream=jetstream is not Store.NONE,
        alone=jetstream is Store.LEADERLESS,
        complaint=complaint,
    )
    return servers.nats(seen)


async def _jetstream(bus: Client) -> Store:
    try:
        await bus.jetstream().account_info()
    except nats.errors.NoRespondersError:
        return Store.NONE
    except ServiceUnavailableError as refused:
        return Store.LEADERLESS if refused.err_code == _LEADERLESS else Store.NONE
    return Store.THERE


def _where(bus: Client) -> str:
    url = bus.connected_url
    return f"{url.hostname}:{url.port}" if url else "an unknown place"
