"""From files on a disk to an import that has started: uploaded, asked for, and waited for its turn."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client
from nats.js.errors import BucketNotFoundError

from spindle.cli.finding import bus
from spindle.cli.importing import following
from spindle.cli.importing.choosing import Chosen
from spindle.cli.importing.showing import Display
from spindle.cli.seeing.tables import short
from spindle.people import asking
from spindle.people.errors import Problem, Refused
from spindle.people.importing import NO_ROOM
from spindle.people.steering import asked, request
from spindle.shared.bus.errors import BusError, StoreFull
from spindle.shared.bus.uploading import upload
from spindle.shared.bus.uploads import Uploads
from spindle.shared.ids import JobId, Kind, new_job, upload_of
from spindle.shared.messages.ask import AskJobs, Listener
from spindle.shared.messages.control import Import
from spindle.shared.messages.jobs import Status

_REMOVED_WITHIN = 10.0  # seconds


@dataclass(frozen=True)
class Started:
    job: JobId
    after: int
    """Its events come after this one."""


@dataclass(frozen=True)
class Sending:
    """Connects anew for each of its steps: a server may restart while another import is waited for."""

    home: Path
    listener: Listener
    shown: Display

    async def start(self, files: Sequence[Chosen], dry_run: bool) -> Started:
        """Until it is under way. Whoever gives up before leaves nothing behind."""
        try:
            await self._wait_for_the_others()
            return await self._send(files, dry_run)
        except asyncio.CancelledError:
            self.shown.say("Nothing was imported.")
            raise

    async def _wait_for_the_others(self) -> None:
        running = AskJobs(user=self.listener.user, kind=Kind.ARCHIVE, status=Status.RUNNING)
        async with bus(self.home) as connection:
            after = await following.place(connection)
            found = await asking.jobs(connection, running)
        for other in found:
            await self._wait_for(other.job, after)

    async def _send(self, files: Sequence[Chosen], dry_run: bool) -> Started:
        job = new_job(Kind.ARCHIVE, self.listener.user)
        async with bus(self.home) as connection:
            uploads = await _uploads(connection)
            with self.shown.sending(sum(each.size for each in files)) as told:
                await _put(uploads, job, files, told)
        try:
            return await self._ask(job, dry_run)
        except (Refused, asyncio.CancelledError):
            await self._remove(job)
            raise

    async def _ask(self, job: JobId, dry_run: bool) -> Started:
        """Again, when somebody else was quicker: then theirs is waited for."""
        question = Import(user=self.listener.user, upload=upload_of(job), dry_run=dry_run)
        while True:
            async with bus(self.home) as connection:
                after = await following.place(connection)
                answer = await asked(connection, question.model_copy(update={"request": request()}))
            if answer.done:
                return Started(job, after)
            if answer.job is None:
                raise Refused(answer.why)
            await self._wait_for(answer.job, after)

    async def _wait_for(self, other: JobId, after: int) -> None:
        self.shown.say(f"Another import for {self.listener.name} is running ({short(other)}): waiting for its end …")
        with self.shown.going("waiting") as told:
            await following.end(self.home, other, after, told)

    async def _remove(self, job: JobId) -> None:
        with suppress(BusError, Problem, TimeoutError):
            async with asyncio.timeout(_REMOVED_WITHIN), bus(self.home) as connection:
                await (await _uploads(connection)).remove(job)


async def _put(uploads: Uploads, job: JobId, files: Sequence[Chosen], told: Callable[[int], None]) -> None:
    try:
        await upload(uploads, job, [(each.name, each.path) for each in files], told)
    except StoreFull as error:
        raise Problem(NO_ROOM) from error


async def _uploads(connection: Client) -> Uploads:
    try:
        return await Uploads.on(connection.jetstream())
    except BucketNotFoundError:
        raise Problem("this NATS server has not been prepared for Spindle: run `spindle provision`") from None
