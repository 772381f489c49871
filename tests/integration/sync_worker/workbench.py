"""A sync worker on a real NATS server, and somebody who takes the facts of imports as the recorder would."""

import asyncio
import io
import json
import os
import sys
import zipfile
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.uploads import PIECE, STORE, Manifest, UploadedFile, Uploads
from spindle.shared.ids import JobId, Kind, UserId, new_job, new_user, now
from spindle.shared.messages import Message
from spindle.shared.messages.imports import ArchiveCut, ArchiveRead, ImportArchive, ImportRevoked, RowsRead
from spindle.shared.messages.jobs import JobEnded
from spindle.shared.pauses import Pauses
from spindle.shared.spotify.keys import new_key
from spindle.sync_worker import service
from spindle.sync_worker.settings import Settings

FACTS: dict[str, type[Message]] = {
    each.__name__: each for each in (ArchiveCut, ArchiveRead, ImportRevoked, JobEnded, RowsRead)
}
START = datetime(2024, 1, 1, tzinfo=UTC)


def row(number: int) -> dict[str, Any]:
    return {
        "ts": (START + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ms_played": number % 300_000,
        "ip_addr": "203.0.113.77",
        "master_metadata_track_name": f"Title {number % 5000}",
        "master_metadata_album_artist_name": "Nadie",
        "spotify_track_uri": f"spotify:track:{number % 5000:022}",
    }


def export(rows: int, of: int = 20_000) -> bytes:
    """A ZIP of files of so many rows."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for at, first in enumerate(range(0, rows, of)):
            told = [row(number) for number in range(first, min(first + of, rows))]
            archive.writestr(f"MyData/endsong_{at}.json", json.dumps(told, indent=2))
    return out.getvalue()


@dataclass
class Bench:
    client: Client
    uploads: Uploads
    pauses: Pauses
    nats_url: str
    user: UserId = field(default_factory=new_user)
    facts: list[Message] = field(default_factory=list)

    @property
    def js(self) -> JetStreamContext:
        return self.client.jetstream()

    @property
    def settings(self) -> Settings:
        return Settings(nats_url=self.nats_url, secret_key=new_key())

    @asynccontextmanager
    async def worker(self, settings: Settings | None = None) -> AsyncIterator[None]:
        app = service.build(settings or self.settings)
        await app.start()
        try:
            yield
        finally:
            await app.stop()

    @asynccontextmanager
    async def process(self) -> AsyncIterator[None]:
        """A worker of its own, that is killed without a word."""
        told = {"SPINDLE_NATS_URL": self.nats_url, "SPINDLE_SECRET_KEY": new_key().get_secret_value()}
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "spindle.sync_worker", env=os.environ | told, stdout=DEVNULL, stderr=DEVNULL
        )
        try:
            yield
        finally:
            worker.kill()
            await worker.wait()

    async def redeliver_after(self, seconds: float) -> None:
        found = await self.js.consumer_info("commands", "sync_worker-archive")
        await self.js.add_consumer("commands", replace(found.config, ack_wait=seconds))

    async def upload(self, *files: tuple[str, bytes], dry_run: bool = False) -> ImportArchive:
        step = ImportArchive(user=self.user, job=new_job(Kind.ARCHIVE, self.user), started_at=now(), dry_run=dry_run)
        for number, (_, body) in enumerate(files):
            for piece, at in enumerate(range(0, len(body), PIECE)):
                await self.uploads.put_piece(step.job, number, piece, body[at : at + PIECE])
        told = tuple(UploadedFile(name=name, size=len(body)) for name, body in files)
        await self.uploads.put_manifest(step.job, Manifest(files=told))
        return step

    async def start(self, step: ImportArchive) -> JobId:
        await Mailboxes(self.js).start(step)
        return step.job

    async def unrecorded(self) -> int:
        found = await self.js.stream_info("facts", subjects_filter=f"facts.archive.{self.user}")
        return sum((found.state.subjects or {}).values())

    async def record(self, until: type[Message], within: float = 80) -> list[Message]:
        """Take facts out of the stream until one of this kind has come; all that have come so far."""
        found = [await self.js.pull_subscribe_bind(each, "facts") for each in ("recorder-archive", "recorder-facts")]
        async with asyncio.timeout(within):
            while not any(isinstance(fact, until) for fact in self.facts):
                for subscription in found:
                    try:
                        messages = await subscription.fetch(10, timeout=0.05)
                    except TimeoutError:
                        continue
                    for message in messages:
                        self.facts.append(FACTS[json.loads(message.data)["fact"]].decoded(message.data))
                        await message.ack_sync(timeout=20)
        return self.facts

    async def left_of(self, job: JobId) -> list[str]:
        """Names of what is in the store of this upload."""
        beginning = f"{self.user}/{job.rsplit('.', 1)[1]}/"
        try:
            stored = await (await self.js.object_store(STORE)).list(ignore_deletes=True)
        except NotFoundError:
            return []
        return [str(each.name) for each in stored if str(each.name).startswith(beginning)]

    async def left_of_slices(self, job: JobId) -> list[str]:
        return [name for name in await self.left_of(job) if "/slice/" in name]

    async def until_cleared_up(self, job: JobId) -> None:
        """While a worker is there to do it: neither anything of the upload is left, nor a step."""
        async with asyncio.timeout(60):
            while await self.left_of(job) or await Mailboxes(self.js).read(Kind.ARCHIVE, self.user):
                await asyncio.sleep(0.05)

    async def stop_within_slices(self, step: ImportArchive) -> None:
        """The upload is cut, and the recorder takes nothing: the chain waits at one of the first four slices."""
        async with self.worker():
            await self.start(step)
            async with asyncio.timeout(60):
                while await self.unrecorded() < 1:
                    await asyncio.sleep(0.01)


def ended_at(facts: Sequence[Message]) -> list[int]:
    """Of every play, in the order of the slices, each slice once."""
    slices = {fact.step: fact.rows for fact in facts if isinstance(fact, RowsRead)}
    return [ended for step in sorted(slices) for ended in slices[step].ended]
