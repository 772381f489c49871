"""PostgreSQL: the first preparation of its data, its start and its end."""

import asyncio
import re
import signal
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from spindle.embedded import binaries, disk, ports
from spindle.embedded.binaries import PostgresPrograms
from spindle.embedded.errors import DatabaseDied, NoFreePort, PortTaken, ServerDied, ServerTooSlow
from spindle.embedded.home import private_directory
from spindle.embedded.identity import Identity, identity, let_in
from spindle.embedded.postgres_data import DATABASE, USER, password_of, prepare
from spindle.embedded.probing import answer
from spindle.embedded.processes import Process, command

STARTED_WITHIN = 600.0  # seconds; it takes 0.03, and minutes only to recover much after a hard stop
PATIENCE = 3.0  # seconds of silence before we say what takes so long
ORPHANS_WITHIN = 20.0  # seconds for what a killed server was doing to notice that it is gone
ATTEMPTS = 5  # at a port that was free when we looked and taken when the server did

ADOPTED_WITHIN = 5.0  # or it is started anew
SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # answered with one byte by whoever takes connections, also in recovery

SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "jit=off",
    f"max_wal_size={disk.JOURNAL // disk.MIB}MB",
)
THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass
class Postgres:
    """One PostgreSQL; `start` after `kill` or `stop` brings it back on the same port with the same data."""

    directory: Path
    port: int
    fsync: bool = True
    progress: Callable[[str], None] = field(default=lambda _: None, repr=False)
    parent: Path | None = None
    name: str = field(default="PostgreSQL", init=False)

    def __post_init__(self) -> None:
        self.directory = private_directory(self.directory)
        self._process = _process(self.directory)

    @property
    def url(self) -> str:
        """As SQLAlchemy takes it. Without `ssl=disable` asyncpg looks for keys in ~/.postgresql, readable or not."""
        password = password_of(self.directory)
        return f"postgresql+asyncpg://{USER}:{password}@127.0.0.1:{self.port}/{DATABASE}?ssl=disable"

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.alive()

    async def healthy(self) -> bool:
        """Whether it takes connections. One that recovers from a crash does, and only needs time."""
        return self.alive() and await self._answers()

    async def start(self) -> None:
        """Does nothing when it runs already as it should, also as the child of an `up` that was killed."""
        if self._process.adopt(_pid(self.directory)):
            if await self._usable():
                return
            await self.stop()
        programs, user = await asyncio.to_thread(self._prepare)
        deadline = time.monotonic() + ORPHANS_WITHIN
        while True:
            if await self._started(programs, user, deadline):
                return
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Fast: sessions are cut off, what is committed is written. Then immediate, then by force.

        One that does not even answer is not waited for: it recovers at its next start.
        """
        fast, immediate = (15, 5) if await self.healthy() else (1, 1)
        await self._process.end((signal.SIGINT, fast), (signal.SIGQUIT, immediate), (signal.SIGKILL, 5))

    def kill(self) -> None:
        self._process.kill()

    def _prepare(self) -> tuple[PostgresPrograms, Identity]:
        data = self.directory / "data"
        user = identity(data)
        let_in(user, *([self.parent] if self.parent else []), self.directory)
        programs = binaries.within_reach(binaries.postgres(data), user, self.directory / "programs")
        prepare(self.directory, programs, user, self.progress)
        _forget_stale_pid(self.directory)
        return programs, user

    async def _started(self, programs: PostgresPrograms, user: Identity, deadline: float) -> bool:
        """False while processes of a killed server still hold its memory: to be tried again."""
        argv: list[str | Path] = [programs.directory / "postgres", "-D", self.directory / "data", *self._options()]
        self._process.spawn(argv, user)
        try:
            await self._wait()
        except ServerDied as died:
            if "shared memory block" in str(died) and time.monotonic() < deadline:
                return False
            if not ports.is_free(self.port):
                raise PortTaken(self.name, self.port) from died
            disk.must_not_be_full(self.directory)
            raise DatabaseDied(self._process.last_words(), self._process.log) from died
        return True

    def _options(self) -> list[str]:
        settings = [*SETTINGS, f"port={self.port}", *(() if self.fsync else THROWAWAY)]
        return [word for setting in settings for word in ("-c", setting)]

    async def _usable(self) -> bool:
        """Whether the one that runs answers, and was told what it would be told now."""
        if (
            not command(self.pid or 0)
            .rstrip()
            .endswith(" ".join(["", "-D", str(self.directory / "data"), *self._options()]))
        ):
            return False
        try:
            if not await self._process.ready(self._answers, ADOPTED_WITHIN):
                return False
            await self._wait()
        except ServerDied:  # it was on its way out
            return False
        return True

    async def _wait(self) -> None:
        if await self._process.ready(self._is_ready, PATIENCE):
            return
        self.progress("Waiting for the database, which puts itself in order after a hard stop …")
        if not await self._process.ready(self._is_ready, STARTED_WITHIN):
            raise ServerTooSlow(self.name, STARTED_WITHIN, self._process.log)

    async def _is_ready(self) -> bool:
        """postmaster.pid: its first line is the pid, its eighth the state."""
        lines = _pid_file(self.directory)
        return len(lines) > 7 and lines[0] == str(self.pid) and lines[7].strip() == "ready" and await self._answers()

    async def _answers(self) -> bool:
        return await answer(self.port, SSL_REQUEST, 1) in (b"S", b"N", None)


async def start(
    directory: Path,
    port: int | None = None,
    fsync: bool = True,
    progress: Callable[[str], None] = lambda _: None,
    parent: Path | None = None,
) -> Postgres:
    """A running server with a database `spindle`, all in this directory. Without `fsync` fast, and for tests only.

    `parent` is a directory of ours above it, which may be opened for the user that it runs as when we are root.
    """
    directory = private_directory(directory)
    for _ in range(ATTEMPTS):
        chosen = _port(directory, port)
        server = Postgres(directory, chosen, fsync, progress, parent)
        try:
            await server.start()
            return server
        except PortTaken:
            if port:
                raise
        except BaseException:
            await server.stop()
            raise
    raise NoFreePort


def _port(directory: Path, wanted: int | None) -> int:
    """The one our server listens on if it runs; else the wanted one, the last one used here, or any free one."""
    lines = _pid_file(directory)
    if _process(directory).adopt(_pid(directory)) and len(lines) > 3:
        return int(lines[3])
    port = wanted or ports.choose(ports.recall(directory / "ports.json").get("client"))
    ports.remember(directory / "ports.json", client=port)
    return port


def _process(directory: Path) -> Process:
    return Process("PostgreSQL", directory / "postgres.log", str(directory / "data"))


def _pid_file(directory: Path) -> list[str]:
    try:
        return (directory / "data" / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _pid(directory: Path) -> int | None:
    lines = _pid_file(directory)
    return int(lines[0]) if lines and re.fullmatch(r"\d+", lines[0]) else None


def _forget_stale_pid(directory: Path) -> None:
    """After a power cut the pid in the file may be a stranger's by now, and PostgreSQL would refuse to start."""
    pid = _pid(directory)
    if pid is not None and not _process(directory).adopt(pid):
        (directory / "data" / "postmaster.pid").unlink()
