"""An import while workers, recorders and servers are killed -9: the rows are those of an undisturbed one.

In the suite it is a few kills. For more of them: `KILLS=30 ROWS=100000 python -m pytest -s tests/faults/imports`.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg
import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from spindle.embedded import nats as embedded_nats
from spindle.embedded import postgres as embedded_postgres
from spindle.recorder.store.migrate import migrate
from spindle.shared.bus.patience import insist
from spindle.shared.bus.publish import publish
from spindle.shared.bus.topology import CONSUMERS, ensure_topology
from spindle.shared.bus.uploading import upload
from spindle.shared.bus.uploads import STORE, Uploads
from spindle.shared.ids import JobId, Kind, UserId, new_job, new_user, now
from spindle.shared.messages.ask import AskImports, AskUsers, ImportRow, Imports, Users
from spindle.shared.messages.control import Import
from spindle.shared.messages.jobs import Status
from spindle.shared.messages.users import AccountLinked

from .export import export

PER_IMPORT = 5
KILLS = int(os.environ.get("KILLS", "5"))
ROWS = int(os.environ.get("ROWS", "20000"))
SEED = int(os.environ.get("SEED", "1"))
SERVICES = ("recorder", "sync_worker", "scheduler")
PATIENCE = 300.0  # seconds; the other tests share the two cores


@dataclass
class Processes:
    """The services, each in a process of its own; one that is killed is begun again."""

    environment: dict[str, str]
    journal: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def begin(self, service: str) -> None:
        with self.journal.open("ab") as journal:
            self.running[service] = subprocess.Popen(
                [sys.executable, "-m", f"spindle.{service}"],
                env=os.environ | self.environment,
                stdout=journal,
                stderr=journal,
            )

    def kill(self, service: str) -> None:
        process = self.running.pop(service)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()


@dataclass
class Place:
    bus: embedded_nats.Nats
    database: embedded_postgres.Postgres
    processes: Processes
    client: Client
    kills: Counter[str] = field(default_factory=Counter)

    async def listener(self, name: str) -> UserId:
        user = new_user()
        fact = AccountLinked(user=user, name=name, account=f"account of {name}", linked_at=now())
        await publish(self.client.jetstream(), fact)
        while not await self._known(user):
            await asyncio.sleep(0.1)
        return user

    async def begin(self, user: UserId, file: Path) -> JobId:
        js = self.client.jetstream()
        job = new_job(Kind.ARCHIVE, user)
        await upload(await Uploads.on(js), job, [(file.name, file)], lambda _: None)
        await publish(js, Import(user=user, upload=job.rpartition(".")[2]))
        return job

    async def receipt(self, job: JobId) -> ImportRow:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = await self.started(job)
            if found and found.finished_at:
                return found
            await asyncio.sleep(0.2)
        pytest.fail(f"the import has not ended: {found}")

    async def rows(self, query: str, user: UserId) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self.database.url.replace("+asyncpg", "").split("?")[0], ssl=False)
        try:
            return [tuple(row) for row in await connection.fetch(query, user)]
        finally:
            await connection.close()

    async def kill(self, dice: random.Random) -> None:
        """One of five, which is there again at once, or after a while."""
        what = dice.choice((*SERVICES[:2], "sync_worker", "recorder", "nats", "postgres"))
        self.kills[what] += 1
        if what in SERVICES:
            self.processes.kill(what)
            await asyncio.sleep(dice.choice((0, 0.5)))
            self.processes.begin(what)
            return
        server = self.bus if what == "nats" else self.database
        server.kill()
        await asyncio.sleep(dice.choice((0, 0.5)))
        await server.start()

    async def left_over(self) -> list[str]:
        """Steps, facts and pieces of imports that are still there. Of a piece that was being put when its worker died
        nobody knows; the store forgets it after a week."""
        js = self.client.jetstream()
        found = [*await _subjects(js, "commands", "sync.archive.>"), *await _subjects(js, "facts", "facts.archive.>")]
        with suppress(NotFoundError):
            stored = await (await js.object_store(STORE)).list(ignore_deletes=True)
            found += [str(each.name) for each in stored]
        return found

    async def nothing_left_over(self) -> None:
        """As soon as all of it is acknowledged."""
        end = time.monotonic() + PATIENCE
        while left := await self.left_over():
            assert time.monotonic() < end, left
            await asyncio.sleep(0.2)

    async def _known(self, user: UserId) -> bool:
        try:
            reply = await self.client.request("ask.users", AskUsers(user=user).encoded(), timeout=2)
        except (nats.errors.Error, TimeoutError):
            return False
        return bool(Users.model_validate_json(reply.data).users)

    async def started(self, job: JobId) -> ImportRow | None:
        try:
            reply = await self.client.request("ask.imports", AskImports(ending=job, files=True).encoded(), timeout=2)
            found = Imports.model_validate_json(reply.data).imports
        except (nats.errors.Error, TimeoutError, ValueError):
            return None
        return found[0] if found else None


async def _subjects(js: JetStreamContext, stream: str, subjects: str) -> list[str]:
    return [*((await js.stream_info(stream, subjects_filter=subjects)).state.subjects or {})]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    bus = await embedded_nats.start(tmp_path / "nats")
    database = await embedded_postgres.start(tmp_path / "postgres")
    await migrate(database.url)
    client = await nats.connect(bus.url, max_reconnect_attempts=-1, reconnect_time_wait=0.2)
    await insist(lambda: ensure_topology(client.jetstream()))
    for stream, consumers in CONSUMERS.items():  # what a dead hand held comes again soon
        for consumer in consumers:
            await client.jetstream().add_consumer(stream, replace(consumer, ack_wait=15))
    environment = {
        "SPINDLE_NATS_URL": bus.url,
        "SPINDLE_DATABASE_URL": database.url,
        "SPINDLE_SECRET_KEY": "A" * 43 + "=",
        "SPINDLE_SPOTIFY_CLIENT_ID": "nobody",
        "SPINDLE_INITIAL_SYNC_ENABLED": "false",
    }
    processes = Processes(environment, tmp_path / "journal")
    for service in SERVICES:
        processes.begin(service)
    yield Place(bus, database, processes, client)
    processes.end()
    await client.close()
    await database.stop()
    await bus.stop()


PLAYS = "SELECT play_id, played_at, track_id, ms_played, seen_by FROM plays WHERE user_id = $1 ORDER BY 2, 3"
STAGED = """
    SELECT ended_at, place, file, ms_played, track_id, play_id, started_at, platform, reason_end, skipped
    FROM import_rows WHERE user_id = $1 ORDER BY place
"""
JOBS = "SELECT status, new, duplicates, steps FROM jobs WHERE user_id = $1 AND kind = 'archive'"
COVERAGE = "SELECT proven FROM coverage WHERE user_id = $1"
CHECKPOINTS = "SELECT plays, last_played_at FROM checkpoints WHERE user_id = $1"


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_an_import_that_is_killed_again_and_again_ends_as_one_that_is_not(place: Place, tmp_path: Path) -> None:
    dice = random.Random(SEED)
    file = tmp_path / "my_spotify_data.zip"
    file.write_bytes(export(ROWS))
    undisturbed = await place.listener("undisturbed")
    expected = await place.receipt(await place.begin(undisturbed, file))
    assert expected.status is Status.SUCCESS
    assert expected.buckets.invalid
    assert expected.buckets.rows == expected.rows == ROWS

    while place.kills.total() < KILLS:
        user = await place.listener(f"killed {place.kills.total()}")
        before, started = place.kills.total(), time.monotonic()
        job = await place.begin(user, file)
        limit = min(KILLS, before + PER_IMPORT)
        while place.kills.total() < limit and not ((found := await place.started(job)) and found.finished_at):
            await asyncio.sleep(dice.uniform(0.1, 2))
            await place.kill(dice)
        receipt = await place.receipt(job)
        print(f"{place.kills.total() - before} kills, {time.monotonic() - started:.0f} s: {dict(place.kills)}")

        assert (receipt.status, receipt.buckets, receipt.files) == (expected.status, expected.buckets, expected.files)
        for query in (PLAYS, STAGED, JOBS, COVERAGE, CHECKPOINTS):
            assert await place.rows(query, user) == await place.rows(query, undisturbed)
        await place.nothing_left_over()
    assert (await place.client.jetstream().stream_info("dead")).state.messages == 0
    print(f"{ROWS:,} rows, {place.kills.total()} kills: {dict(place.kills)}")
