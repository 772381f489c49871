"""Everything that a chaos run runs on: real servers, real processes, proxies between them, and a Spotify of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import nats as nats_py
from nats.aio.client import Client
from nats.js import JetStreamContext
from starlette.applications import Starlette

from spindle.cli.chaos.faults import NATS, POSTGRES, SPOTIFY
from spindle.cli.chaos.plan import Cast
from spindle.cli.chaos.processes import Service
from spindle.cli.chaos.proxy import Proxy
from spindle.cli.chaos.world import world
from spindle.embedded import nats, postgres
from spindle.embedded.home import private_directory
from spindle.recorder.store.migrate import migrate
from spindle.shared.bus.patience import insist
from spindle.shared.bus.topology import CONSUMERS, ensure_topology
from spindle.shared.settings import SpotifySettings
from spindle.shared.spotify.keys import new_key
from spindle.simulator import serve
from spindle.simulator.simulation import Simulation

STAFF = {"recorder": 2, "scheduler": 1, "poll_worker": 2, "sync_worker": 2}
"""How many processes of each service."""

_ACK_WAIT = 12.0
"""Seconds, instead of a minute: what a killed worker had in hand comes again sooner. More than a heartbeat's ten."""

_TOLD = {
    "SPINDLE_POLL_INTERVAL_SECONDS": "2",
    "SPINDLE_RECONCILE_SECONDS": "20",
    "SPINDLE_SPOTIFY_BUDGET": "3000",
    "SPINDLE_SPOTIFY_CLIENT_ID": "chaos",
}


class Node(Protocol):
    """A nats-server that can be killed; `start` does nothing when it runs."""

    @property
    def port(self) -> int: ...
    @property
    def pid(self) -> int | None: ...
    @property
    def url(self) -> str: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def kill(self) -> None: ...


async def embedded_nodes(home: Path, number: int) -> Sequence[Node]:
    return [await nats.start(home)] if number == 1 else await nats.start_cluster(home, number)


@dataclass(frozen=True)
class Setting:
    """What is on a stage."""

    staff: Mapping[str, int] = field(default_factory=lambda: STAFF)
    nodes: Callable[[Path, int], Awaitable[Sequence[Node]]] = embedded_nodes
    """Starts so many in a folder."""
    own_users: bool = False
    """Whether each service is a user of NATS of its own, with the password that all have."""
    told: Callable[[str], Mapping[str, str]] = lambda _: {}
    """Variables of one process more than it is told anyway."""


SHIPPED = Setting()
"""That of `spindle chaos`."""


@dataclass
class Stage:
    home: Path
    nodes: dict[str, Node]
    """By the name that a plan calls them."""
    database: postgres.Postgres
    simulation: Simulation
    spotify: str
    """Address of the simulator, past all proxies."""
    client: Client
    """A connection past all proxies, for those who watch."""
    services: dict[str, Service]
    proxies: dict[tuple[str, str], list[Proxy]]
    environment: Mapping[str, str] = field(repr=False)

    @property
    def js(self) -> JetStreamContext:
        return self.client.jetstream()

    @property
    def cast(self) -> Cast:
        return Cast(list(self.services), list(self.nodes), len(self.simulation.listeners))

    @property
    def settings(self) -> SpotifySettings:
        """As services have them, but past all proxies."""
        told = {name.removeprefix("SPINDLE_").lower(): value for name, value in self.environment.items()}
        known = {name: value for name, value in told.items() if name in SpotifySettings.model_fields}
        return SpotifySettings.model_validate(
            known | {"spotify_api_url": f"{self.spotify}/v1", "spotify_accounts_url": self.spotify}
        )

    def server(self, name: str) -> Node | postgres.Postgres:
        return self.database if name == POSTGRES else self.nodes[name]


@asynccontextmanager
async def stage(
    home: Path, seed: int, listeners: int, replicas: int, tell: Callable[[str], None], setting: Setting = SHIPPED
) -> AsyncIterator[Stage]:
    """All of it running; whatever became of it, nothing runs afterwards."""
    async with AsyncExitStack() as stack:
        tell("Starting the servers …")
        nodes = await _nodes(home / "nats", replicas, setting, stack)
        database = await postgres.start(home / "postgres", parent=home)
        stack.push_async_callback(database.stop)
        app: Starlette = world(seed, listeners)
        spotify = await stack.enter_async_context(serve(app))
        client = await nats_py.connect(
            [node.url for node in nodes.values()],
            name="chaos",
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
            error_cb=_expected,
        )
        stack.push_async_callback(client.close)
        tell("Preparing the bus and the tables …")
        await _prepared(client, replicas)
        await migrate(database.url)
        tell("Starting the services …")
        common = {**_TOLD, "SPINDLE_SECRET_KEY": new_key().get_secret_value(), "SPINDLE_HOME": str(home)}
        made = Stage(home, nodes, database, app.state.simulation, spotify, client, {}, {}, common)
        logs = private_directory(home / "logs")
        for name in (f"{service}-{number + 1}" for service, count in setting.staff.items() for number in range(count)):
            environment = common | await _addresses(made, name, setting, stack) | dict(setting.told(name))
            made.services[name] = Service(name, environment, logs / f"{name}.log")
            stack.callback(made.services[name].kill)
            made.services[name].start()
        yield made


async def _expected(_: Exception) -> None:
    """That a connection is lost is what we are here for."""


async def _nodes(home: Path, replicas: int, setting: Setting, stack: AsyncExitStack) -> dict[str, Node]:
    found = await setting.nodes(home, replicas)
    for node in found:
        stack.push_async_callback(node.stop)
    return {NATS if replicas == 1 else f"{NATS}-{at + 1}": node for at, node in enumerate(found)}


async def _prepared(client: Client, replicas: int) -> None:
    js = client.jetstream()
    await insist(lambda: ensure_topology(js, replicas))
    for stream, durables in CONSUMERS.items():
        for durable in durables:
            await js.add_consumer(stream, replace(durable, ack_wait=_ACK_WAIT))


async def _addresses(made: Stage, name: str, setting: Setting, stack: AsyncExitStack) -> dict[str, str]:
    """Where a service finds the servers: behind proxies of its own."""

    async def behind(server: str, ports: Sequence[int]) -> list[int]:
        proxies = await asyncio.gather(*(Proxy(port).start() for port in ports))
        for proxy in proxies:
            stack.callback(proxy.stop)
        made.proxies[name, server] = list(proxies)
        return [proxy.port for proxy in proxies]

    service, nodes = name.rpartition("-")[0], list(made.nodes.values())
    buses = await behind(NATS, [node.port for node in nodes])
    told = {
        "SPINDLE_NATS_URL": ",".join(
            node.url.replace(f":{node.port}", f":{port}") for node, port in zip(nodes, buses, strict=True)
        )
    }
    if setting.own_users:
        told["SPINDLE_NATS_URL"] = told["SPINDLE_NATS_URL"].replace("//spindle:", f"//{service}:")
    if service == "recorder":
        (port,) = await behind(POSTGRES, [made.database.port])
        told["SPINDLE_DATABASE_URL"] = made.database.url.replace(f":{made.database.port}/", f":{port}/")
    if service.endswith("worker"):
        (port,) = await behind(SPOTIFY, [int(made.spotify.rpartition(":")[2])])
        told["SPINDLE_SPOTIFY_API_URL"] = f"http://127.0.0.1:{port}/v1"
        told["SPINDLE_SPOTIFY_ACCOUNTS_URL"] = f"http://127.0.0.1:{port}"
    return told
