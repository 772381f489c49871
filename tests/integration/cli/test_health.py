"""Health, asked over HTTP as an orchestrator asks, of real services on real servers that come and go."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from faststream import FastStream

from spindle.cli.health import asking
from spindle.cli.health.asking import health
from spindle.cli.health.serving import Settings, served
from spindle.cli.running import services
from spindle.embedded import nats, ports, postgres
from spindle.people.errors import Problem
from spindle.shared.bus.connection import connect
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.spotify.keys import new_key


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[nats.Nats]:
    """Prepared for Spindle, and not running."""
    server = await nats.start(tmp_path / "nats")
    await provision(server)
    server.kill()
    yield server
    server.kill()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[postgres.Postgres]:
    """Not running."""
    server = await postgres.start(tmp_path / "postgres", fsync=False)
    await server.stop()
    yield server
    await server.stop()


async def provision(server: nats.Nats) -> None:
    client = await connect(server.url, "test")
    await ensure_topology(client.jetstream())
    await client.close()


@dataclass
class Health:
    """What a process says of its one service."""

    port: int
    name: str

    def address(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}/health{path}"

    async def now(self, path: str = "") -> tuple[int, dict[str, Any]]:
        """Within a second: who waited for a server would wait for five, each time. A machine that stands still for a
        moment does so once."""
        for _ in range(3):
            began = time.monotonic()
            answer = await asyncio.to_thread(get, self.address(path))
            if time.monotonic() - began < 4:
                return answer
        pytest.fail("it takes too long")

    async def until(self, ready: bool, why: str = "") -> dict[str, Any]:
        """Alive all the time."""
        end = time.monotonic() + 60
        while True:
            _, told = await self.now()
            vitals = told["services"][self.name]
            assert vitals["live"], vitals
            if vitals["ready"] is ready and re.fullmatch(why, vitals["why"] or ""):
                return told
            assert time.monotonic() < end, vitals
            await asyncio.sleep(0.1)

    async def answers(self, code: int, path: str = "") -> dict[str, Any]:
        """What it says with this code. A process that stood still for a moment said first that it was too busy."""
        end = time.monotonic() + 60
        while (answer := await self.now(path))[0] != code:
            assert time.monotonic() < end, answer
            await asyncio.sleep(0.1)
        return answer[1]


@asynccontextmanager
async def running(name: str, **known: object) -> AsyncIterator[tuple[Health, FastStream]]:
    """A service that may still wait for its servers, with its health served."""
    service = services.build(name, {"secret_key": new_key(), **known})
    async with served({name: service}, Settings(health_port=0)) as port:
        assert port is not None
        starting = asyncio.create_task(service.start())
        try:
            yield Health(port, name), service
        finally:
            starting.cancel()
            await asyncio.wait({starting, asyncio.create_task(service.stop())}, timeout=5)


def get(address: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


@contextmanager
def frozen(server: nats.Nats | postgres.Postgres) -> Iterator[None]:
    """The whole server hangs: its connections stay open, and nothing answers."""
    assert server.pid is not None
    os.kill(server.pid, signal.SIGSTOP)
    hung = [server.pid, *children(server.pid)]
    for pid in hung:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(hung):
            os.kill(pid, signal.SIGCONT)


def children(parent: int) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile
            if int((process / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(process.name))
    return found


async def test_a_recorder_lives_all_the_time_and_is_ready_while_its_servers_answer(
    bus: nats.Nats, database: postgres.Postgres
) -> None:
    async with running("recorder", nats_url=bus.url, database_url=database.url) as (health, _):
        alone = await health.until(ready=False, why="NATS does not answer; the database does not answer.*")
        await database.start()
        await health.until(ready=False, why="NATS does not answer")
        await bus.start()
        well = await health.until(ready=True)
        with frozen(database):
            hung = await health.until(ready=False, why="the database does not answer")
            again, _ = await health.now("/ready")
            living, _ = await health.now("/live")
        await health.until(ready=True)
        await database.stop()
        await health.until(ready=False, why="the database does not answer.*")
        await database.start()
        await health.until(ready=True)
        bus.kill()
        gone = await health.until(ready=False, why="NATS does not answer")
        await bus.start()
        await health.until(ready=True)

    assert alone["live"]
    assert not alone["ready"]
    assert well == {
        "live": True,
        "ready": True,
        "services": {"recorder": {"live": True, "ready": True, "why": None}},
    }
    assert hung["services"]["recorder"]["why"] == "the database does not answer"
    assert (again, living) == (503, 200)
    assert gone["services"]["recorder"]["why"] == "NATS does not answer"


@pytest.mark.parametrize("name", ["scheduler", "poll_worker", "sync_worker"])
async def test_every_other_service_needs_only_nats(bus: nats.Nats, name: str) -> None:
    async with running(name, nats_url=bus.url) as (health, _):
        await health.until(ready=False, why="NATS does not answer")
        await bus.start()
        await health.until(ready=True)

        told = await health.answers(200, "/ready")
        with frozen(bus):
            await health.until(ready=False, why="NATS does not answer")
        await health.until(ready=True)

    assert told["ready"] is True


async def test_a_consumer_that_is_missing_is_named(bus: nats.Nats) -> None:
    await bus.start()
    async with running("poll_worker", nats_url=bus.url) as (health, _):
        await health.until(ready=True)
        client = await connect(bus.url, "test")
        await client.jetstream().delete_consumer("commands", "poll_worker-poll")

        told = await health.until(ready=False, why=".*provision.*")

        assert "poll_worker-poll" in told["services"]["poll_worker"]["why"]
        await client.close()


async def test_a_subscriber_that_has_died_inside_ends_its_life(bus: nats.Nats) -> None:
    await bus.start()
    async with running("poll_worker", nats_url=bus.url) as (health, service):
        await health.until(ready=True)
        assert service.broker is not None
        for subscriber in service.broker.subscribers:
            getattr(subscriber, "tasks")[-1].cancel()  # noqa: B009 -- pull subscribers have them

        told = await health.answers(503, "/live")
        await health.answers(503)

    assert told["services"]["poll_worker"] == {
        "live": False,
        "ready": False,
        "why": "nobody takes messages any more from poll_worker-poll",
    }


async def test_a_service_that_was_brought_back_is_looked_at_and_not_the_one_before_it(bus: nats.Nats) -> None:
    await bus.start()
    known = {"nats_url": bus.url, "secret_key": new_key()}
    staff = services.Running(known, {"poll_worker": services.build("poll_worker", known)})
    async with served(staff.by_name, Settings(health_port=0)) as port:
        assert port is not None
        health = Health(port, "poll_worker")
        await staff.by_name["poll_worker"].start()
        await health.until(ready=True)

        await staff.bring_back("poll_worker")

        await health.until(ready=True)
        await staff.by_name["poll_worker"].stop()


async def test_a_loop_that_is_busy_for_a_moment_lives(bus: nats.Nats) -> None:
    await bus.start()
    async with running("scheduler", nats_url=bus.url) as (health, _):
        await health.until(ready=True)

        _, told = get(health.address())  # nothing in this loop turns until it is told

    assert told["services"]["scheduler"] == {
        "live": True,
        "ready": False,
        "why": "the process is too busy to answer",
    }


async def test_it_is_not_served_unless_wanted_and_says_which_address_is_taken() -> None:
    async with served({}, Settings(health_port=None)) as port:
        assert port is None
    async with served({}, Settings(health_port=0)) as port:
        assert port is not None
        code, told = await asyncio.to_thread(get, f"http://127.0.0.1:{port}/health")
        with pytest.raises(Problem, match=f"127.0.0.1:{port} .*in use"):
            async with served({}, Settings(health_port=port)):
                pass

    assert code == 503
    assert told == {"live": True, "ready": False, "services": {}}


async def test_a_process_tells_its_health_from_its_first_moment_and_the_command_reads_it(bus: nats.Nats) -> None:
    port = ports.choose()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SPINDLE_")}
    told = {"SPINDLE_NATS_URL": bus.url, "SPINDLE_HEALTH_PORT": str(port), "SPINDLE_HOME": "/nowhere"}
    command = [sys.executable, "-m", "spindle.cli"]

    def health(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*command, "health", *words], env=clean | told, capture_output=True, text=True, timeout=60, check=False
        )

    async def until(code: int, said: str, *words: str) -> str:
        async with asyncio.timeout(60):
            while True:
                done = await asyncio.to_thread(health, *words)
                if done.returncode == code and re.fullmatch(said, done.stdout):
                    return done.stdout
                await asyncio.sleep(0.2)

    nobody = health()
    with subprocess.Popen([*command, "run", "scheduler"], env=clean | told) as process:
        try:
            waiting = "scheduler: not ready: NATS does not answer\n"
            await until(0, waiting, "--live")
            await until(1, waiting)
            await bus.start()
            await until(0, "scheduler: ready\n")
            as_json = json.loads(await until(0, ".+\n", "--json"))
        finally:
            process.terminate()

    assert nobody.returncode == 1
    assert nobody.stderr == f"spindle: no process of Spindle answers on 127.0.0.1:{port}\n"
    assert as_json["services"] == {"scheduler": {"live": True, "ready": True, "why": None}}
    assert process.returncode == 0


@pytest.mark.parametrize("answer", [b"<html>hello</html>", b"[]", b'{"status": "ok"}'])
async def test_a_stranger_on_the_port_is_told_from_a_process_of_ours(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_PATIENCE", 20.0)

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + answer)
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as stranger:
        port = stranger.sockets[0].getsockname()[1]
        with pytest.raises(Problem, match="is no process of Spindle"):
            await asyncio.to_thread(health, port, live=False, as_json=False)
