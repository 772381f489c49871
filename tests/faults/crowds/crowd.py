"""A whole Spindle of real processes, as many of each service as one likes, against a simulator whose clock stands."""

import asyncio
import os
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from nats.aio.client import Client
from nats.js import JetStreamContext
from pydantic import SecretStr

from spindle.embedded import nats
from spindle.embedded.ports import choose
from spindle.recorder.store.migrate import migrate
from spindle.shared.bus.connection import connect
from spindle.shared.bus.controls import answered
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.desk import DeskSettings, desk
from spindle.shared.ids import UserId
from spindle.shared.messages.control import Control, ControlAnswered
from spindle.shared.spotify.vault import TokenVault

KEY = "A" * 43 + "="
LISTENERS = int(os.environ.get("LISTENERS", "14"))
PATIENCE = 300.0  # seconds; the other tests share the two cores
BUSY = "the recorder does not answer just now"
Person = dict[str, Any]


@dataclass
class Crowd:
    bus: nats.Nats
    database: str
    spotify: str
    client: Client
    http: httpx.AsyncClient
    vault: TokenVault
    journal: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    answers: list[ControlAnswered] = field(default_factory=list)

    @property
    def js(self) -> JetStreamContext:
        return self.client.jetstream()

    def begin(self, service: str) -> None:
        environment = {
            "SPINDLE_NATS_URL": self.bus.url,
            "SPINDLE_DATABASE_URL": self.database,
            "SPINDLE_SPOTIFY_API_URL": f"{self.spotify}/v1",
            "SPINDLE_SPOTIFY_ACCOUNTS_URL": self.spotify,
            "SPINDLE_SPOTIFY_CLIENT_ID": "test",
            "SPINDLE_SPOTIFY_BUDGET": "100000",
            "SPINDLE_SECRET_KEY": KEY,
            "SPINDLE_POLL_INTERVAL_SECONDS": "36000",
            "SPINDLE_RECONCILE_SECONDS": "1",
            "SPINDLE_INITIAL_SYNC_MAX_DAYS": "36500",
        }
        with self.journal.open("ab") as journal:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", f"spindle.{service}"],
                    env=os.environ | environment,
                    stdout=journal,
                    stderr=journal,
                )
            )

    def of(self, service: str) -> list[subprocess.Popen[bytes]]:
        return [process for process in self.processes if process.args[-1] == f"spindle.{service}"]

    async def people(self) -> list[Person]:
        found: list[Person] = (await self.http.get(f"{self.spotify}/control/listeners")).json()
        return found

    async def export(self, person: Person) -> bytes:
        return (await self.http.get(f"{self.spotify}/control/listeners/{person['id']}/export")).content

    async def truth(self, person: Person) -> list[dict[str, Any]]:
        answer = await self.http.get(f"{self.spotify}/control/truth/{person['id']}")
        plays: list[dict[str, Any]] = answer.json()["plays"]
        return plays

    async def simulator(self, control: str, **body: Any) -> None:
        (await self.http.post(f"{self.spotify}/control/{control}", json=body)).raise_for_status()

    async def link(self, user: UserId, person: Person) -> None:
        await self.vault.store(user, SecretStr(person["refresh_token"]))

    async def ask(self, command: Control) -> ControlAnswered:
        """Again, when the recorder was too busy to say who is meant."""
        while True:
            command = command.model_copy(update={"request": uuid.uuid4().hex})
            answer = await answered(self.client, command, PATIENCE)
            assert answer is not None, f"{command} was not answered; see {self.journal}"
            if BUSY not in answer.why:
                self.answers.append(answer)
                return answer

    async def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self.database.replace("+asyncpg", "").split("?")[0], ssl=False)
        try:
            return [tuple(row) for row in await connection.fetch(query, *values)]
        finally:
            await connection.close()

    async def until(self, what: str, look: Callable[[], Awaitable[bool]]) -> None:
        end = time.monotonic() + PATIENCE
        while not await look():
            assert time.monotonic() < end, f"{what}: not within {PATIENCE:.0f} s; see {self.journal}"
            await asyncio.sleep(0.1)


@asynccontextmanager
async def crowd(folder: Path, database: str, start: datetime, services: Mapping[str, int]) -> AsyncIterator[Crowd]:
    bus = await nats.start(folder / "nats")
    spotify, address = await _simulator(start)
    client = await connect(bus.url, "test")
    await ensure_topology(client.jetstream())
    await migrate(database)
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        settings = DeskSettings(
            spotify_accounts_url=address, spotify_client_id="test", secret_key=SecretStr(KEY), spotify_budget=100_000
        )
        at = await desk(settings, client.jetstream(), http)
        here = Crowd(bus, database, address, client, http, at.vault, folder / "journal")
        try:
            for service, count in services.items():
                for _ in range(count):
                    here.begin(service)
            yield here
        finally:
            for process in here.processes:
                process.kill()
                process.wait()
            spotify.terminate()
            spotify.wait()
            await client.close()
            await bus.stop()


async def _simulator(start: datetime) -> tuple[subprocess.Popen[bytes], str]:
    port = choose()
    told = (
        "--port",
        str(port),
        "--listeners",
        str(LISTENERS),
        "--days",
        "4",
        "--reach",
        "deep",
        "--speed",
        "0",
        "--start",
        start.isoformat(),
    )
    process = subprocess.Popen([sys.executable, "-m", "spindle.simulator", *told], stdout=subprocess.PIPE)
    assert process.stdout
    await asyncio.to_thread(process.stdout.readline)
    return process, f"http://127.0.0.1:{port}"


def begun_at() -> datetime:
    """Whole seconds, so that both worlds begin alike."""
    return datetime.now(UTC).replace(microsecond=0)
