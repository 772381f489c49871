"""Workers, a NATS server and a Spotify as processes of their own, without recorder and scheduler: facts pile up."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import nats as nats_py
from nats.aio.client import Client
from nats.js import JetStreamContext
from pydantic import SecretStr

from spindle.embedded import nats
from spindle.embedded.ports import choose
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.patience import insist
from spindle.shared.bus.topology import CONSUMERS, ensure_topology
from spindle.shared.desk import DeskSettings, desk
from spindle.shared.ids import Kind, UserId, new_job, new_user, now
from spindle.shared.messages.plays import PlaysFetched, PollPlays, SyncPlays

HERE = Path(__file__).parent
KEY = "A" * 43 + "="
HISTORY, LIBRARY = "/v1/me/player/recently-played", "/v1/me/tracks"


@dataclass
class Place:
    bus: nats.Nats
    spotify: str
    client: Client
    http: httpx.AsyncClient
    told: dict[str, str]
    journal: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def js(self) -> JetStreamContext:
        return self.client.jetstream()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SPINDLE_NATS_URL": self.bus.url,
            "SPINDLE_SPOTIFY_API_URL": f"{self.spotify}/v1",
            "SPINDLE_SPOTIFY_ACCOUNTS_URL": self.spotify,
            "SPINDLE_SPOTIFY_CLIENT_ID": "test",
            "SPINDLE_SECRET_KEY": KEY,
            **self.told,
        }

    def begin(self, *service: str) -> subprocess.Popen[bytes]:
        """`-m spindle.poll_worker`, or a program of the tests."""
        with self.journal.open("ab") as journal:
            process = subprocess.Popen(
                [sys.executable, *service], env=os.environ | self.environment, stdout=journal, stderr=journal
            )
        self.workers.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> Sequence[str]:
        """What it was."""
        self.workers.remove(process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return [str(word) for word in process.args[1:]]  # type: ignore[index]

    async def everything_dies(self) -> None:
        """And comes back."""
        died = [self.kill(process) for process in list(self.workers)]
        self.bus.kill()
        await asyncio.sleep(0.5)
        await self.bus.start()
        for service in died:
            self.begin(*service)

    async def listeners(self) -> list[UserId]:
        """All of the simulator's, with tokens."""
        told = {name.removeprefix("SPINDLE_").lower(): value for name, value in self.environment.items()}
        fields = {name: value for name, value in told.items() if name in DeskSettings.model_fields}
        at = await desk(DeskSettings.model_validate(fields), self.js, self.http)
        people = (await self.http.get(f"{self.spotify}/control/listeners")).json()
        users = [new_user() for _ in people]
        for user, person in zip(users, people, strict=True):
            await at.vault.store(user, SecretStr(person["refresh_token"]))
        return users

    async def poll(self, user: UserId, full_at: datetime | None = None) -> None:
        """`full_at`: by when it must be made."""
        job = new_job(Kind.POLL, user)
        await Mailboxes(self.js).start(PollPlays(user=user, job=job, started_at=now(), full_at=full_at))

    async def sync(self, user: UserId) -> None:
        await Mailboxes(self.js).start(SyncPlays(user=user, job=new_job(Kind.INITIAL, user), started_at=now()))

    async def fault(self, **told: Any) -> None:
        (await self.http.post(f"{self.spotify}/control/faults", json=told)).raise_for_status()

    async def arrivals(self, path: str = HISTORY) -> list[float]:
        """In Unix seconds."""
        return [at / 1000 for at in (await self._arrivals(path))["arrivals"]]

    async def most(self) -> int:
        """Calls in the busiest 30 seconds."""
        return int((await self._arrivals("/v1"))["most"])

    async def pages(self) -> list[PlaysFetched]:
        """All whose facts lie in the stream. The workers end with it."""
        for worker in list(self.workers):
            self.kill(worker)
        subscription = await self.js.pull_subscribe_bind("recorder-facts", "facts")
        found: list[PlaysFetched] = []
        while left := (await subscription.consumer_info()).num_pending:
            for message in await subscription.fetch(min(left, 500), timeout=20):
                await message.ack()
                if b'"PlaysFetched"' in message.data:
                    found.append(PlaysFetched.decoded(message.data))
        return found

    async def until(self, look: Callable[[], Awaitable[bool]], within: float) -> None:
        end = time.monotonic() + within
        while not await look():
            assert time.monotonic() < end, f"not within {within} s; see {self.journal}"
            await asyncio.sleep(0.1)

    async def _arrivals(self, path: str) -> dict[str, Any]:
        found = await self.http.get(f"{self.spotify}/control/arrivals", params={"path": path})
        answer: dict[str, Any] = found.json()
        return answer


def due(page: PlaysFetched) -> datetime:
    """A poll's id begins with the time for which it was made."""
    number = page.job.rpartition(".")[2]
    return datetime.fromtimestamp(0, tz=page.fetched_at.tzinfo) + timedelta(milliseconds=int(number[:12], 16))


@asynccontextmanager
async def place(folder: Path, simulator: Sequence[str], **told: str) -> AsyncIterator[Place]:
    """`simulator`: its options; `told`: settings of the workers."""
    bus = await nats.start(folder / "nats")
    port = choose()
    spotify = subprocess.Popen(
        [sys.executable, "-m", "spindle.simulator", "--port", str(port), *simulator], stdout=subprocess.PIPE
    )
    assert spotify.stdout
    await asyncio.to_thread(spotify.stdout.readline)
    client = await nats_py.connect(bus.url, max_reconnect_attempts=-1, reconnect_time_wait=0.2)
    await insist(lambda: ensure_topology(client.jetstream()))
    for consumer in CONSUMERS["commands"]:  # what a dead hand held comes again soon
        await client.jetstream().add_consumer("commands", replace(consumer, ack_wait=15))
    async with httpx.AsyncClient(timeout=60) as http:
        settings = {f"SPINDLE_{name.upper()}": value for name, value in told.items()}
        here = Place(bus, f"http://127.0.0.1:{port}", client, http, settings, folder / "journal")
        try:
            yield here
        finally:
            for process in here.workers:
                process.kill()
                process.wait()
            spotify.terminate()
            spotify.wait()
            await client.close()
            await bus.stop()
