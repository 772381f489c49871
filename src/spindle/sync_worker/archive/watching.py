"""The watched folder: what is put into a listener's folder there is imported, one import after the other.

Nothing is remembered that matters: what is being imported lies in `importing`, under the number of its import, and how
that stands the recorder knows. So it goes on after every crash, wherever that was.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import structlog

from spindle.shared.bus.uploading import upload
from spindle.shared.bus.uploads import Uploads
from spindle.shared.ids import JobId, Kind, now, upload_of
from spindle.shared.messages.ask import Listener
from spindle.shared.messages.jobs import Status
from spindle.shared.pauses import ALL
from spindle.sync_worker.archive.folder import Folder, alone, folders
from spindle.sync_worker.asking import Others
from spindle.sync_worker.logic.drops import IMPORTED, REFUSED, Drop, import_of, patience, ready

log = structlog.get_logger()

LOOK_EVERY = 3.0  # seconds; whoever copies a file into the folder does not pause for so long
_SHELVES = {Status.SUCCESS: IMPORTED, Status.PARTIAL: IMPORTED}


@dataclass
class Watching:
    root: Path
    others: Others
    uploads: Uploads
    _seen: dict[str, tuple[Drop, ...]] = field(default_factory=dict)
    _said: dict[str, str] = field(default_factory=dict)
    _refusals: dict[JobId, tuple[int, float]] = field(default_factory=dict)
    """How often in a row an import could not be started, and until when it is left alone now."""

    async def keep(self) -> None:
        """Look after look, until cancelled."""
        while True:
            try:
                await self.look()
            except Exception as error:
                # Whatever it was, the next look must come: nobody else imports what people put there.
                self._say(str(self.root), _words(error))
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """One look at everybody's folder. Of several workers on one disk one looks."""
        with alone(self.root) as mine:
            for folder in await asyncio.to_thread(folders, self.root) if mine else ():
                try:
                    await self._folder(folder)
                except Exception as error:
                    # One listener's trouble must not keep the others from being looked at.
                    self._say(folder.name, _words(error))

    async def _folder(self, folder: Folder) -> None:
        """Go on with the import that was begun, else begin one."""
        number = await asyncio.to_thread(folder.claimed)
        drops = () if number else await self._ready(folder)
        if not number and not drops:
            return
        listener = await self.others.listener(folder.name)
        if listener is None:
            self._say(folder.name, "there is no listener of this name")
            return
        job = f"{Kind.ARCHIVE}.{listener.user}.{number}" if number else import_of(listener.user, drops, now())
        if drops:
            await asyncio.to_thread(folder.claim, upload_of(job), drops)
        await self._go_on(folder, listener, job)

    async def _ready(self, folder: Folder) -> tuple[Drop, ...]:
        before, seen = self._seen.get(folder.name, ()), await asyncio.to_thread(folder.look)
        self._seen[folder.name] = seen
        for drop in seen:
            if drop.why_not and drop in before:
                self._say(f"{folder.name}/{drop.name}", drop.why_not)
        return ready(before, seen)

    async def _go_on(self, folder: Folder, listener: Listener, job: JobId) -> None:
        known = await self.others.job(job)
        if known is None:
            await self._start(folder, listener, job)
        elif known.finished_at and (receipt := await self.others.receipt(job)) and receipt.finished_at:
            shelf = _SHELVES.get(receipt.status, REFUSED)
            await asyncio.to_thread(folder.shelve, upload_of(job), shelf, receipt.model_dump_json(indent=2) + "\n")
            self._said.pop(folder.name, None)
            self._refusals.pop(job, None)
            log.info("an import has ended", folder=folder.name, job=job, status=receipt.status, error=receipt.error)

    async def _start(self, folder: Folder, listener: Listener, job: JobId) -> None:
        files = await asyncio.to_thread(folder.files, upload_of(job))
        if not files:
            await asyncio.to_thread(folder.leave, upload_of(job))
        elif {ALL, Kind.ARCHIVE} & set(listener.paused):
            self._say(folder.name, "imports are paused")
        elif monotonic() >= (tried := self._refusals.get(job, (0, 0.0)))[1]:
            try:
                await self._send(folder, job, files)
            finally:
                self._refusals[job] = tried[0] + 1, monotonic() + patience(tried[0]).total_seconds()

    async def _send(self, folder: Folder, job: JobId, files: Sequence[tuple[str, Path]]) -> None:
        if await self.uploads.manifest(job) is None:
            await upload(self.uploads, job, files, lambda _: None)
        answer = await self.others.start(job)
        if answer.done:
            self._said.pop(folder.name, None)
        else:
            self._say(folder.name, answer.why)

    def _say(self, about: str, what: str) -> None:
        """Once, until there is something else to say."""
        if self._said.get(about) != what:
            self._said[about] = what
            log.warning("the watched folder waits", folder=about, why=what)


def _words(error: Exception) -> str:
    return str(error) or repr(error)
