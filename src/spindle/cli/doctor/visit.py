"""All checks, side by side: one that cannot be made says why, and the others go on."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import nats.errors
from nats.js.errors import BucketNotFoundError, NotFoundError, ServiceUnavailableError

from spindle.cli.doctor.logic import clocks, credentials, disk, gaps, limits, listeners, polls, servers, topology, work
from spindle.cli.doctor.logic.findings import Finding, gravest_first, unseen
from spindle.cli.doctor.looks.clocks import all_clocks
from spindle.cli.doctor.looks.credentials import client, key_and_tokens
from spindle.cli.doctor.looks.limits import budget, doors
from spindle.cli.doctor.looks.people import all_listeners, their_gaps, their_polls
from spindle.cli.doctor.looks.room import disk_of_home, limits_of_streams
from spindle.cli.doctor.looks.servers import database, nats_server, put_aside
from spindle.cli.doctor.looks.work import dead, lag, services, topology_drift
from spindle.cli.doctor.sources import Sources
from spindle.cli.errors import NotRunning
from spindle.cli.mistakes import explained

WITHIN = 8.0  # seconds for a check

Look = Callable[[Sources], Awaitable[list[Finding]]]

CHECKS: tuple[tuple[str, Look], ...] = (
    (servers.NATS, nats_server),
    (servers.DATABASE, database),
    (servers.DATABASE, put_aside),
    (disk.CHECK, disk_of_home),
    (disk.CHECK, limits_of_streams),
    (clocks.CHECK, all_clocks),
    (topology.CHECK, topology_drift),
    (credentials.CLIENT, client),
    (credentials.KEY, key_and_tokens),
    (work.SERVICES, services),
    (work.LAG, lag),
    (listeners.CHECK, all_listeners),
    (polls.CHECK, their_polls),
    (gaps.CHECK, their_gaps),
    (work.DEAD, dead),
    (limits.DOORS, doors),
    (limits.BUDGET, budget),
)


async def visit(home: Path) -> list[Finding]:
    """The gravest first."""
    at = Sources(home)
    try:
        found = await asyncio.gather(*(_made(check, look, at) for check, look in CHECKS))
    finally:
        await at.close()
    return gravest_first(one for findings in found for one in findings)


async def _made(check: str, look: Look, at: Sources) -> list[Finding]:
    try:
        async with asyncio.timeout(WITHIN):
            return await look(at)
    except Exception as error:
        return [unseen(check, _why(error))]


def _why(error: Exception) -> str:
    match error:
        case NotRunning():
            return "Spindle is not running"
        case NotFoundError() | BucketNotFoundError():
            return "the NATS server lacks what the topology check names"
        case ServiceUnavailableError() | nats.errors.NoRespondersError():
            return "NATS does not offer it"
        case TimeoutError() | nats.errors.TimeoutError():
            return f"there was no answer within {WITHIN:.0f} s"
    return explained(error)[0] or f"it failed with {type(error).__name__}"
