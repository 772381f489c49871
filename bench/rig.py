"""A stage for benchmarks of the whole: servers and services as real processes, listeners whose polls are put into their
mailboxes directly, and what each process costs."""

import asyncio
import json
import os
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
from home import descendants
from nats.js import JetStreamContext
from pydantic import SecretStr

from spindle.embedded.nats import Nats
from spindle.embedded.postgres import Postgres
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.publish import publish
from spindle.shared.ids import Kind, UserId, new_job, now
from spindle.shared.messages.plays import PollPlays
from spindle.shared.messages.users import AccountLinked
from spindle.shared.spotify.accounts import Accounts, Grant
from spindle.shared.spotify.seal import Sealer
from spindle.shared.spotify.transport import http_client
from spindle.shared.spotify.vault import TokenVault

TOGETHER = 100
"""Of what is prepared, so many at a time."""
CLIENT = "bench"
POLLS, FACTS = ("commands", "poll_worker-poll"), ("facts", "recorder-facts")
_TICK = os.sysconf("SC_CLK_TCK")
_MEASURED = """
    SELECT count(*), extract(epoch FROM max(done))::float8,
           percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM done - at))::float8[]
    FROM (SELECT at, pg_xact_commit_timestamp(xmin) AS done FROM job_steps
          WHERE job LIKE 'poll.%' AND at >= $1) AS polls
"""


@dataclass
class Scene:
    """What runs, and who is who."""

    bus: Nats
    database: Postgres
    api: str
    pids: dict[str, list[int]]
    users: Sequence[UserId]
    newest: datetime
    """Of the plays that the stub answers."""

    def busy(self) -> dict[str, float]:
        """Milliseconds of CPU so far."""
        return {name: sum(map(cpu, pids)) for name, pids in self.pids.items()}

    def messages(self) -> int:
        with urllib.request.urlopen(f"{self.bus.monitor_url}/varz") as answer:
            told = json.load(answer)
        return int(told["in_msgs"])


@dataclass(frozen=True)
class Found:
    polls: int
    rate: float
    p50: float
    p99: float
    messages: float
    busy: dict[str, float]

    @property
    def total(self) -> float:
        return sum(self.busy.values())


def cpu(pid: int) -> float:
    """Of a process and all that it started."""
    spent = 0.0
    for each in (pid, *descendants({pid})):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        spent += sum(map(int, fields[11:13])) * 1000 / _TICK
    return spent


def fsync(place: Path, times: int = 300) -> float:
    """Milliseconds that the disk takes for one, median."""
    took = []
    with (place / "fsync").open("wb") as file:
        for _ in range(times):
            file.write(bytes(1024))
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


async def all_of(items: Sequence[UserId], do: Callable[[UserId], Awaitable[object]]) -> None:
    for at in range(0, len(items), TOGETHER):
        await asyncio.gather(*(do(item) for item in items[at : at + TOGETHER]))


async def link(js: JetStreamContext, users: Sequence[UserId], key: SecretStr, api: str) -> None:
    """With access tokens that are good for a day."""
    async with http_client() as http:
        vault = TokenVault(await js.key_value("tokens"), Sealer(key), Accounts(http, api, CLIENT, None))

        async def one(user: UserId) -> None:
            grant = Grant(SecretStr(f"token-{user}"), now() + timedelta(days=1))
            await vault.store(user, SecretStr("refresh"), grant=grant)
            await publish(js, AccountLinked(user=user, name=user, account=user, linked_at=now()))

        await all_of(users, one)
    await done(js, FACTS)


async def done(js: JetStreamContext, *durables: tuple[str, str]) -> None:
    """When nothing waits for these any more."""
    for stream, durable in durables:
        while not await _idle(js, stream, durable):  # noqa: ASYNC110 -- nobody tells when
            await asyncio.sleep(0.1)


async def _idle(js: JetStreamContext, stream: str, durable: str) -> bool:
    found = await js.consumer_info(stream, durable)
    return not found.num_pending and not found.num_ack_pending


async def polled(scene: Scene, js: JetStreamContext, known: bool) -> Found:
    """All listeners once; their plays are `known`, or all new."""
    await js.pause_consumer(*POLLS, (now() + timedelta(hours=1)).isoformat().replace("+00:00", "Z"))
    await js.purge_stream("commands")
    mailboxes, began_at = Mailboxes(js), now()
    newest = scene.newest if known else None
    await all_of(
        scene.users,
        lambda user: mailboxes.start(
            PollPlays(user=user, job=new_job(Kind.POLL, user), started_at=now(), newest=newest)
        ),
    )
    messages, busy = scene.messages(), scene.busy()
    began = time.time()
    await js.resume_consumer(*POLLS)
    await done(js, POLLS, FACTS)
    spent = {name: ms - busy[name] for name, ms in scene.busy().items()}
    messages = scene.messages() - messages
    connection = await asyncpg.connect(scene.database.url.replace("+asyncpg", "").split("?")[0], ssl=False)
    count, last, (p50, p99) = await connection.fetchrow(_MEASURED, began_at)
    await connection.close()
    assert count == len(scene.users), f"{count} polls are committed, of {len(scene.users)}"
    each = {name: ms / count for name, ms in spent.items()}
    return Found(count, count / (last - began), p50 * 1000, p99 * 1000, messages / count, each)


@contextmanager
def process(words: Sequence[str], place: Path, **told: str) -> "Iterator[subprocess.Popen[bytes]]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SPINDLE_")}
    with (place / "said").open("ab") as said:
        running = subprocess.Popen(words, env={**clean, **told}, stdout=subprocess.PIPE, stderr=said)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(30)


async def with_commit_times(database: Postgres) -> None:
    """PostgreSQL notes when each transaction was committed: the one thing that is not as shipped."""
    connection = await asyncpg.connect(database.url.replace("+asyncpg", "").split("?")[0], ssl=False)
    await connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    await connection.close()
    await database.stop()
    await database.start()
