"""Where a backup comes from and a restore goes to: a running Spindle, servers of yours, or a home at rest."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from spindle import embedded
from spindle.cli import finding
from spindle.cli.running.stopping import heed
from spindle.people.alive import services
from spindle.people.errors import Problem
from spindle.people.wording import at_home
from spindle.shared.spotify.keys import Keys

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    home: Path
    nats_url: str
    database_url: str
    at_home: bool = True
    """Whether anything of it stands in the home; else that may not even be there, as in a container."""


@asynccontextmanager
async def source(home: Path, tell: Tell) -> AsyncIterator[Place]:
    """Nothing that runs is stopped or disturbed; what does not run is started for the while."""
    given_bus, given_database = _given()
    instance = embedded.find(home)
    if instance or (given_bus and given_database):
        bus, database = (instance.nats_url, instance.database_url) if instance else ("", "")
        yield Place(home, given_bus or bus, given_database or database)
        return
    if not (home / "postgres" / "data").exists() and not given_database:
        raise Problem(f"there is nothing to back up in {at_home(home)}")
    async with _started(home, tell) as place:
        yield place


@asynccontextmanager
async def target(home: Path, tell: Tell) -> AsyncIterator[Place]:
    """Servers on which no Spindle runs."""
    if instance := embedded.find(home):
        raise Problem(
            f"Spindle is running on {at_home(home)} (process {instance.pid}): stop it first (Ctrl-C in its terminal)"
        )
    async with _started(home, tell) as place:
        if _given()[0]:
            await _must_rest(place.nats_url)
        yield place


def keys_of(home: Path) -> Keys | None:
    """The keys that open the tokens here, if there are any."""
    return Keys(finding.keys(home)) if finding.has_key(home) else None


@asynccontextmanager
async def _started(home: Path, tell: Tell) -> AsyncIterator[Place]:
    bus, database = _given()
    if bus and database:
        yield Place(home, bus, database, at_home=False)
        return
    tell("Starting the servers …")
    servers = await embedded.start(home, tell, bus, database)
    try:
        heed()
        yield Place(home, servers.nats_url, servers.database_url)
    finally:
        tell("Stopping the servers …")
        await servers.stop()


async def _must_rest(nats_url: str) -> None:
    bus = await finding.reach(nats_url, "cli-restore")
    try:
        at_work = [name for name, service in (await services(bus.jetstream())).items() if service.up]
    finally:
        await bus.close()
    if at_work:
        raise Problem(f"services are at work on these servers ({', '.join(at_work)}): stop them first")


def _given() -> tuple[str | None, str | None]:
    return os.environ.get("SPINDLE_NATS_URL") or None, os.environ.get("SPINDLE_DATABASE_URL") or None
