"""`up`: everything in one process, from the first progress line to the last process gone."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from faststream import FastStream
from nats.aio.client import Client
from pydantic import SecretStr

from spindle import embedded
from spindle.cli import finding
from spindle.cli.backups.automatic import before_migration
from spindle.cli.health.serving import served
from spindle.cli.running import attending, demo, door, logs, preparing, services
from spindle.cli.running.stopping import Stop, heed_the_background
from spindle.cli.running.telling import Calm, progress, say
from spindle.cli.running.tracing import traced
from spindle.cli.seeing.tables import console
from spindle.cli.seeing.timeline import Timeline
from spindle.people import asking
from spindle.people.errors import Problem
from spindle.people.events import events
from spindle.people.wording import LINK, at_home, command
from spindle.recorder.store.migrate import migrate, standing
from spindle.shared.ids import now
from spindle.shared.settings import SpotifySettings
from spindle.shared.spotify import keys

Say = Callable[[str], None]


@dataclass
class Running:
    """What an `up` has started so far."""

    home: Path
    servers: embedded.Servers
    since: datetime
    spotify: SpotifySettings
    staff: services.Running = field(default_factory=lambda: services.Running({}))
    shown: demo.Demo | None = None
    page: str = ""
    token: SecretStr | None = None
    """When it was made at this start."""
    names: dict[str, str] = field(default_factory=dict)


async def up(home: Path, verbose: bool) -> None:
    """Until it is asked to stop. Raises when something that must run does not."""
    started: list[embedded.Servers] = []
    stop = Stop(started)
    stop.listen()
    heed_the_background()
    try:
        async with AsyncExitStack() as stack:
            with progress() as tell:
                running = await _start(home, verbose, stack, started, tell)
            stop.heed()
            _welcome(running)
            await _keep(running)
    except asyncio.CancelledError:
        if not stop.asked:
            raise
    say("Stopped.")


async def _start(
    home: Path, verbose: bool, stack: AsyncExitStack, started: list[embedded.Servers], tell: Say
) -> Running:
    await _check(tell)
    built: dict[str, FastStream] = {}
    await stack.enter_async_context(served(built))
    given_bus, given_database = os.environ.get("SPINDLE_NATS_URL"), os.environ.get("SPINDLE_DATABASE_URL")
    tell("Starting the servers …")
    servers = await embedded.start(home, tell, given_bus or None, given_database or None)
    started.append(servers)
    stack.push_async_callback(servers.stop)
    logs.into_file(home / "spindle.log", verbose)
    running = Running(home, servers, now(), SpotifySettings())
    new_key = not finding.has_key(home)
    known = await _spotify(running, stack)
    tell("Preparing the bus and the tables …")
    stands = await standing(servers.database_url)
    if stands.older:
        tell(await before_migration(home, servers.database_url, stands))
    bus = await finding.reach(servers.nats_url, "cli-up")
    stack.push_async_callback(bus.close)
    await preparing.topology(bus)
    if new_key and (await bus.jetstream().stream_info("KV_tokens")).state.messages:
        say(f"The key that opens the tokens in {at_home(home)} is gone, and a new one was made: put the old one back,")
        say(f"  as secret.key, or link every listener again: `{command(LINK)}`.")
    await migrate(servers.database_url)
    tell("Starting the services …")
    stack.enter_context(traced())
    running.staff = await stack.enter_async_context(services.running(known, built))
    if running.shown:
        tell("Linking the demo's listeners …")
        await _link(running.shown, bus, running.spotify)
    running.names = await asking.names(bus)
    return running


async def _check(tell: Say) -> None:
    """What can be known to be wrong before anything is started."""
    demo.speed()
    for name in services.SERVICES:
        services.settings(name, {})
    if given := finding.given_keys():
        keys.read(given)
    if bus := os.environ.get("SPINDLE_NATS_URL"):
        tell("Looking for NATS …")
        await preparing.check_bus(bus)
    if database := os.environ.get("SPINDLE_DATABASE_URL"):
        tell("Looking for the database …")
        await preparing.check_database(database)


async def _spotify(running: Running, stack: AsyncExitStack) -> dict[str, object]:
    """Which Spotify, settled and written down for other terminals; all that the services are told."""
    known: dict[str, object] = {
        "nats_url": running.servers.nats_url,
        "database_url": SecretStr(running.servers.database_url),
        **finding.known_keys(running.home, make=True),
    }
    is_new = not door.has_token(running.home)
    known |= (opened := door.known(running.home))
    running.page = door.address(opened)
    running.token = door.access_token(running.home) if is_new else None
    if demo.wanted():
        running.shown = await stack.enter_async_context(demo.served(running.home))
        known |= running.shown.settings
        if not os.environ.get("SPINDLE_POLL_INTERVAL_SECONDS"):
            known["poll_interval_seconds"] = demo.POLL_INTERVAL
    chosen = {name: value for name, value in known.items() if name in SpotifySettings.model_fields}
    running.spotify = SpotifySettings().model_copy(update=chosen)
    finding.remember(running.home, running.spotify, running.page)
    return known


async def _link(shown: demo.Demo, bus: Client, settings: SpotifySettings) -> None:
    try:
        await demo.link(shown, bus, settings)
    except Problem as error:
        say(f"The demo's listeners could not all be linked: {error}")


def _welcome(running: Running) -> None:
    say(f"Spindle is running; what it records stays in {at_home(running.home)}.")
    say(f"  The page: {running.page}")
    if running.token:
        say(f"  It opens with the access token {running.token.get_secret_value()}")
        say(f"  (shown this once; `{command('token')}` prints it again)")
    if running.shown:
        say("  demo: three made-up listeners, listening right now. Your own account: set SPINDLE_SPOTIFY_CLIENT_ID.")
    elif demo.was_here(running.home):
        say("  This home also has the demo's listeners: `users remove` them, or set SPINDLE_HOME to another directory.")
    say(f"  In another terminal: `{command('status')}`, `{command('watch')}`, `{command('plays USER')}`.")
    say("  Ctrl-C stops it. What happens:")


async def _keep(running: Running) -> None:
    """For ever, unless a keeper or the telling of events fails."""
    async with asyncio.TaskGroup() as together:
        together.create_task(running.servers.watch(say))
        together.create_task(attending.attend(running.staff, running.servers.nats_url, say))
        together.create_task(_tell(running))


async def _tell(running: Running) -> None:
    calm, timeline = Calm(), Timeline(console(sys.stderr), running.names, today=running.since.astimezone().date())
    async for event in events(lambda: running.servers.nats_url, running.since):
        if calm.matters(event.message):
            timeline.show(event)
