"""What people import while everything fails, in every form that downloads have had, and what they undo."""

import asyncio
import io
import json
import uuid
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

from spindle.cli.chaos.asking import Asking, tried
from spindle.cli.chaos.stage import Stage
from spindle.people import asking as questions
from spindle.shared.bus.uploading import upload
from spindle.shared.bus.uploads import Uploads
from spindle.shared.ids import JobId, Kind, UserId, new_job, upload_of
from spindle.shared.messages.ask import AskImports, AskJobs
from spindle.shared.messages.control import Import, Undo
from spindle.shared.messages.jobs import Status

FORMS = ("extended-2022", "extended-2023", "extended-2024", "extended-2025", "account-2023", "account-2024")

_EPISODES_AMONG_SONGS = "account-2023"


@dataclass(frozen=True)
class Download:
    """It tells of the plays that had ended by then, in simulated milliseconds."""

    job: JobId
    user: UserId
    form: str
    until: int
    rows: tuple[tuple[int, str], ...] = ()
    """As `Told` has them."""


@dataclass
class Downloads:
    stage: Stage
    http: httpx.AsyncClient
    asking: Asking
    all: list[Download] = field(default_factory=list)
    begun: set[JobId] = field(default_factory=set)
    """Those of which the scheduler said that they are being imported."""

    async def begin(self, listener: str, user: UserId, form: str, dry_run: bool) -> None:
        """`listener` is the simulator's."""
        until = self.stage.simulation.clock.ms
        asked = {"format": form, "until": str(until)}
        answer = await self.http.get(f"{self.stage.spotify}/control/listeners/{listener}/export", params=asked)
        job = new_job(Kind.ARCHIVE, user)
        rows = await asyncio.to_thread(_rows, answer.content) if form == _EPISODES_AMONG_SONGS else ()
        self.all.append(Download(job, user, form, until, rows))
        if not await self._put(job, answer.content):
            return
        said = await self.asking.ask_once(Import(user=user, upload=upload_of(job), dry_run=dry_run))
        if said is not None and said.done:
            self.begun.add(job)
        elif said is not None:
            await tried(lambda: self._take_back(job))

    async def undo(self, user: UserId) -> None:
        """The newest that stands."""
        found = await questions.imports(self.stage.client, AskImports(user=user, limit=20))
        for each in [one for one in found if one.status is Status.SUCCESS and not one.revoked_at][:1]:
            await self.asking.ask(Undo(job=each.job))

    async def tidy(self) -> None:
        """Uploads of which nobody said whether they would be imported, and that are not: as somebody does who looks."""
        known = {row.job for row in await questions.jobs(self.stage.client, AskJobs(kind=Kind.ARCHIVE, limit=2000))}
        for each in self.all:
            if each.job not in self.begun | known:
                await tried(lambda job=each.job: self._take_back(job))  # type: ignore[misc]

    async def _put(self, job: JobId, content: bytes) -> bool:
        file = Path(self.stage.home, f"{uuid.uuid4().hex}.zip")
        await asyncio.to_thread(file.write_bytes, content)

        async def put() -> bool:
            uploads = await Uploads.on(self.stage.js)
            await upload(uploads, job, [("my_spotify_data.zip", file)], lambda _: None)
            return True

        try:
            return await tried(put) or False
        finally:
            await asyncio.to_thread(file.unlink)

    async def _take_back(self, job: JobId) -> None:
        """What was uploaded in vain, as the command line does it."""
        await (await Uploads.on(self.stage.js)).remove(job)


def _rows(content: bytes) -> tuple[tuple[int, str], ...]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if Path(name).name.startswith("StreamingHistory")]
        rows = [row for name in names for row in json.loads(archive.read(name))]
    return tuple((_milliseconds(row["endTime"]), row["trackName"]) for row in rows)


def _milliseconds(minute: str) -> int:
    return round(datetime.strptime(minute, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp() * 1000)
