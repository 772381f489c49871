"""Checks, side by side: one that cannot be made says why, and the others go on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import nats.errors
from nats.js.errors import BucketNotFoundError, NotFoundError, ServiceUnavailableError

from spindle.people.doctor.logic import (
    clocks,
    credentials,
    disk,
    gaps,
    limits,
    listeners,
    polls,
    servers,
    topology,
    work,
)
from spindle.people.doctor.logic.findings import Finding, gravest_first, unseen
from spindle.people.doctor.looks.clocks import all_clocks
from spindle.people.doctor.looks.credentials import client, key_and_tokens
from spindle.people.doctor.looks.limits import budget, doors
from spindle.people.doctor.looks.people import all_listeners, their_gaps, their_polls
from spindle.people.doctor.looks.room import limits_of_streams
from spindle.people.doctor.looks.servers import nats_server
from spindle.people.doctor.looks.work import dead, lag, services, topology_drift
from spindle.people.doctor.sources import Sources
from spindle.people.errors import Problem
from spindle.shared.bus.errors import BusError
from spindle.shared.spotify.errors import SpotifyError

WITHIN = 8.0  # seconds for a check

SourcesT = TypeVar("SourcesT", bound=Sources)
Check = tuple[str, Callable[[SourcesT], Awaitable[list[Finding]]]]

CHECKS: tuple[Check[Sources], ...] = (
    (servers.NATS, nats_server),
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


OF_SPOTIFY = (clocks.CHECK, credentials.CLIENT)
"""Checks that ask Spotify: whoever looks again and again leaves them out at most times."""


def explained(error: Exception) -> str | None:
    """One line for an error that can be foreseen."""
    return str(error) if isinstance(error, Problem | BusError | SpotifyError) else None


async def visit(
    at: SourcesT, checks: Sequence[Check[SourcesT]], why: Callable[[Exception], str | None] = explained
) -> list[Finding]:
    """The gravest first. `why` is what else is known of errors; the sources are closed."""
    try:
        found = await asyncio.gather(*(_made(check, look, at, why) for check, look in checks))
    finally:
        await at.close()
    return gravest_first(one for findings in found for one in findings)


async def _made(
    check: str,
    look: Callable[[SourcesT], Awaitable[list[Finding]]],
    at: SourcesT,
    why: Callable[[Exception], str | None],
) -> list[Finding]:
    try:
        async with asyncio.timeout(WITHIN):
            return await look(at)
    except Exception as error:
        return [unseen(check, _told(error) or why(error) or f"it failed with {type(error).__name__}")]


def _told(error: Exception) -> str | None:
    match error:
        case NotFoundError() | BucketNotFoundError():
            return "the NATS server lacks what the topology check names"
        case ServiceUnavailableError() | nats.errors.NoRespondersError():
            return "NATS does not offer it"
        case TimeoutError() | nats.errors.TimeoutError():
            return f"there was no answer within {WITHIN:.0f} s"
        case _:
            return None
