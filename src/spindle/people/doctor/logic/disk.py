"""Room: on the disk of the home, in JetStream, and in the streams that refuse when they are full."""

from dataclasses import dataclass

from spindle.people.doctor.logic.findings import Finding, ok, problem, warning
from spindle.sizes import size

CHECK = "disk"

SPARE, EMPTY = 2**30, 2**28  # bytes; below the second one the servers are about to stop
NEARLY, FULL = 0.8, 0.98  # of a limit

_MAKE_ROOM = "Make room: on a full disk nothing is recorded."


@dataclass(frozen=True)
class Disk:
    where: str
    free: int
    size: int


@dataclass(frozen=True)
class Limit:
    """What may grow to a limit and refuses then, both in bytes."""

    what: str
    used: int
    limit: int


@dataclass(frozen=True)
class Store:
    """What nats-server may fill, where its disk can be seen."""

    used: int
    limit: int


def disk(seen: Disk, store: Store | None = None) -> list[Finding]:
    left = f"{size(seen.free)} of {size(seen.size)} are free at {seen.where}."
    found: list[Finding] = []
    if seen.free < EMPTY:
        found.append(problem(CHECK, f"Only {left}", _MAKE_ROOM))
    elif seen.free < SPARE:
        found.append(warning(CHECK, f"Only {left}", _MAKE_ROOM))
    if store and (full := _limit(Limit("JetStream", store.used, store.limit))):
        found += full
    elif store and store.limit - store.used > seen.free:
        what = f"JetStream may grow to {size(store.limit)}, and only {size(seen.free + store.used)} are there for it."
        found.append(warning(CHECK, what, "Make room, or restart `up`: it sets the limit anew."))
    return found or [ok(CHECK, left)]


def limits(seen: list[Limit]) -> list[Finding]:
    """Only of what refuses when it is full. No limit at all is 0 or less."""
    return [found for one in seen if one.limit > 0 for found in _limit(one)]


def _limit(one: Limit) -> list[Finding]:
    share = one.used / one.limit
    if share < NEARLY:
        return []
    what = f"{one.what} is {min(share, 1):.0%} full: {size(one.used)} of {size(one.limit)}"
    if share < FULL:
        return [warning(CHECK, f"{what}.", "Look at what should empty it: a service that does not run, or lags.")]
    todo = "Nothing is lost, but everything waits: start what should empty it, or raise the limit."
    return [problem(CHECK, f"{what}; it refuses what comes.", todo)]
