"""nats-server: its start and its end; one node, or several that form a cluster."""

import signal
from dataclasses import dataclass, field
from pathlib import Path

from spindle.embedded import ports
from spindle.embedded.binaries import nats_server
from spindle.embedded.errors import NoFreePort, PortTaken, ServerDied, ServerTooSlow
from spindle.embedded.home import private_directory, secret, write_private
from spindle.embedded.nats_configuration import USER, Cluster, configuration
from spindle.embedded.probing import answer
from spindle.embedded.processes import Process

STARTED_WITHIN = 60.0  # seconds; it takes 0.01, and longer only when there are many streams to recover
FORMED_WITHIN = 60.0
ADOPTED_WITHIN = 5.0  # or it is started anew
ATTEMPTS = 5  # at a port that was free when we looked and taken when the server did


@dataclass
class Nats:
    """One nats-server; `start` after `kill` or `stop` brings it back on the same ports with the same data."""

    directory: Path
    port: int
    monitor_port: int
    cluster: Cluster | None = None
    name: str = field(default="nats-server", init=False)

    def __post_init__(self) -> None:
        self.directory = private_directory(self.directory)
        self._process = _process(self.directory)
        self._password = secret(self.directory / "password")

    @property
    def url(self) -> str:
        return f"nats://{USER}:{self._password}@127.0.0.1:{self.port}"

    @property
    def monitor_url(self) -> str:
        return f"http://127.0.0.1:{self.monitor_port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.alive()

    async def healthy(self) -> bool:
        """Whether it and every stream and consumer is well. After a failed write it says no until it is restarted."""
        return await self._answers("/healthz")

    async def start(self) -> None:
        """Does nothing when it runs already as it should, also as the child of an `up` that was killed."""
        configured = configuration(self.directory, self.port, self.monitor_port, self._password, self.cluster)
        file = self.directory / "nats.conf"
        as_configured = file.exists() and file.read_text() == configured
        if self._process.adopt(_pid(self.directory)) and as_configured and await self._usable():
            return
        await self.stop()
        if not as_configured:
            write_private(file, configured)
        self._process.spawn([nats_server(), "-c", file])
        try:
            in_time = await self._process.ready(self._jetstream, STARTED_WITHIN)
        except ServerDied as died:
            if taken := next((port for port in (self.port, self.monitor_port) if not ports.is_free(port)), None):
                raise PortTaken(self.name, taken) from died
            raise
        if not in_time:
            raise ServerTooSlow(self.name, STARTED_WITHIN, self._process.log)

    async def stop(self) -> None:
        """One that does not even answer is not waited for: what it has confirmed is on the disk."""
        patience = 10 if await self._answers("/healthz", any_status=True) else 1
        await self._process.end((signal.SIGTERM, patience), (signal.SIGKILL, 5))

    def kill(self) -> None:
        self._process.kill()

    async def joined(self) -> None:
        """Returns when the cluster has a leader, and this node has what the leader has."""
        if not await self._process.ready(self.healthy, FORMED_WITHIN):
            raise ServerTooSlow(f"the cluster of {self.name}", FORMED_WITHIN, self._process.log)

    async def _usable(self) -> bool:
        try:
            return await self._process.ready(self._jetstream, ADOPTED_WITHIN)
        except ServerDied:  # it was on its way out
            return False

    async def _jetstream(self) -> bool:
        return await self._answers("/healthz?js-enabled-only=true")

    async def _answers(self, path: str, *, any_status: bool = False) -> bool:
        if not self.alive():
            return False
        status = await answer(self.monitor_port, f"GET {path} HTTP/1.0\r\n\r\n".encode(), len(b"HTTP/1.0 200"))
        return status is None or status.endswith(b" 200") or (any_status and status != b"")


async def start(directory: Path, port: int | None = None, cluster: Cluster | None = None) -> Nats:
    """A running server that keeps everything in this directory, by default on the port it last had there."""
    directory = private_directory(directory)
    for _ in range(ATTEMPTS):
        client, monitor = _ports(directory, port, cluster.routes if cluster else ())
        server = Nats(directory, client, monitor, cluster)
        try:
            await server.start()
            return server
        except PortTaken:
            if port and not ports.is_free(port):
                raise
        except BaseException:
            await server.stop()
            raise
    raise NoFreePort


async def start_cluster(directory: Path, nodes: int = 3) -> list[Nats]:
    """Nodes n1, n2, … under this directory, with one password, formed and with a leader."""
    password = secret(private_directory(directory) / "password")
    routes: list[int] = []
    for _ in range(nodes):
        routes.append(ports.choose(avoid=tuple(routes)))
    servers: list[Nats] = []
    try:
        for node, port in zip((f"n{number}" for number in range(1, nodes + 1)), routes, strict=True):
            write_private(private_directory(directory / node) / "password", password + "\n")
            servers.append(await start(directory / node, cluster=Cluster(node, port, tuple(routes))))
        for server in servers:
            await server.joined()
    except BaseException:
        for server in servers:
            server.kill()
        raise
    return servers


def _ports(directory: Path, wanted: int | None, avoid: tuple[int, ...]) -> tuple[int, int]:
    """For clients and for monitoring: those of our server if it runs; else the wanted, the last used or free ones."""
    last = ports.recall(directory / "ports.json")
    if {"client", "monitor"} <= last.keys() and _process(directory).adopt(_pid(directory)):
        return last["client"], last["monitor"]
    client = wanted or ports.choose(last.get("client"), avoid)
    monitor = ports.choose(last.get("monitor"), (client, *avoid))
    ports.remember(directory / "ports.json", client=client, monitor=monitor)
    return client, monitor


def _process(directory: Path) -> Process:
    return Process("nats-server", directory / "nats.log", str(directory / "nats.conf"))


def _pid(directory: Path) -> int | None:
    try:
        return int((directory / "nats.pid").read_text())
    except (FileNotFoundError, ValueError):
        return None
