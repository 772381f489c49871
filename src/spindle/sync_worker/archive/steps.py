"""The steps of an import: cut what was uploaded, read it slice by slice, clear up."""

import asyncio
import concurrent.futures
import traceback
from collections.abc import Iterator
from functools import partial
from time import monotonic
from typing import IO

import nats.errors
import structlog
from faststream.message import StreamMessage
from nats.aio.msg import Msg

from spindle.shared.bus.errors import BusError, BusSilent, StoreFull
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.uploads import PIECE, Manifest, Uploads
from spindle.shared.desk import Desk
from spindle.shared.ids import JobId, now
from spindle.shared.messages.imports import ImportArchive, Rows
from spindle.shared.outcomes import Outcome, put_off
from spindle.sync_worker.archive.cutting import Cut, Limits
from spindle.sync_worker.archive.errors import ArchiveError, Gone, NoRoom
from spindle.sync_worker.archive.pieces import opened
from spindle.sync_worker.archive.room import room
from spindle.sync_worker.logic import imports

log = structlog.get_logger()

_CUTS = 2
"""At a time in one process: they compute, and each holds some megabytes."""
_LOOK_EVERY = 1.0  # seconds of a cut, after which a pause or a cancel counts
_PIECE_WITHIN = 60.0  # seconds; longer than the store is asked for


class Steps:
    def __init__(self, desk: Desk, uploads: Uploads, limits: Limits) -> None:
        self._desk = desk
        self._uploads = uploads
        self._limits = limits
        self._mailboxes = Mailboxes(desk.js)
        self._cuts = asyncio.Semaphore(_CUTS)

    async def done(self, step: ImportArchive, hand: Msg) -> Outcome | None:
        """What follows. None: the step was taken away meanwhile. Raises `ArchiveError` for an upload that cannot be
        imported."""
        if step.slices is None:
            if self._cuts.locked():
                return put_off(step, now() + imports.WAIT, imports.OTHERS_ARE_CUT)
            async with self._cuts:
                return await self._cut(step, hand)
        if not await room(self._desk.js, step.user):
            return put_off(step, now() + imports.WAIT, imports.RECORDER_IS_BEHIND)
        number = imports.next_slice(step)
        if number is not None:
            return imports.read(step, await self._slice(step.job, number))
        await self._uploads.remove(step.job)
        return imports.all_read(step, now())

    async def rescue(self, message: StreamMessage[Msg], error: Exception) -> bool:
        """An upload that cannot be imported ends its job, with the reason for the listener. The bus's own errors are
        not the upload's: the step stays where it is."""
        if isinstance(error, StoreFull):
            error = NoRoom()
        if isinstance(error, BusError | nats.errors.Error | OSError):
            return False
        hand = message.raw_message
        step = ImportArchive.decoded(hand.data)
        if await self._taken_away(step, hand):
            return True
        if isinstance(error, ArchiveError):
            outcome = imports.refused(step, str(error), now())
        else:
            log.warning("an import's step failed", job=step.job, step=step.step, error=_where(error))
            outcome = imports.failed(step, error, now())
        if await self._desk.chains.carry_out(outcome, hand) and outcome.successor is None:
            await self._uploads.remove(step.job)
        return True

    async def _cut(self, step: ImportArchive, hand: Msg) -> Outcome | None:
        manifest = await self._uploads.manifest(step.job)
        if manifest is None:
            raise Gone
        cut = Cut(self._files(step.job, manifest, asyncio.get_running_loop()), self._limits, step.started_at)
        slices, number, looked = iter(cut), 0, monotonic()
        body = await asyncio.to_thread(_written, step, number, slices)
        while body is not None:
            stored = asyncio.ensure_future(self._uploads.put_slice(step.job, number, body))
            number += 1
            try:
                body = await asyncio.to_thread(_written, step, number, slices)
            finally:
                await stored
            if body is not None and monotonic() - looked < _LOOK_EVERY:
                continue
            if await self._taken_away(step, hand):
                return None
            if held := await self._desk.gate.paused(step):
                return held
            looked = monotonic()
        return imports.cut(step, number, cut.files, now())

    async def _taken_away(self, step: ImportArchive, hand: Msg) -> bool:
        """Whether somebody has ended the job or gone on with it. Raises `Unsettled`.

        Who ended it has removed its upload before the last slices came: those go, too. Should the job be there after
        all, it is cut anew.
        """
        letter = await self._mailboxes.last(hand.subject)
        if letter is None or letter.step.job != step.job:
            await self._uploads.remove_slices(step.job)
        return not await self._desk.chains.current(hand)

    def _files(
        self, job: JobId, manifest: Manifest, loop: asyncio.AbstractEventLoop
    ) -> Iterator[tuple[str, IO[bytes]]]:
        for number, file in enumerate(manifest.files):
            yield file.name, opened(file.size, PIECE, partial(self._piece, loop, job, number))

    def _piece(self, loop: asyncio.AbstractEventLoop, job: JobId, file: int, number: int) -> bytes | None:
        """In the thread that cuts."""
        asked = asyncio.run_coroutine_threadsafe(self._uploads.piece(job, file, number), loop)
        try:
            return asked.result(_PIECE_WITHIN)
        except concurrent.futures.TimeoutError as error:
            asked.cancel()
            raise BusSilent("a piece of the upload did not come in time") from error

    async def _slice(self, job: JobId, number: int) -> bytes:
        body = await self._uploads.slice(job, number)
        if body is None:
            raise Gone
        return body


def _where(error: Exception) -> str:
    """Its type and place. Its text may repeat what was uploaded."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {frames[-1].name}, line {frames[-1].lineno}" if frames else type(error).__name__


def _written(step: ImportArchive, number: int, slices: Iterator[Rows]) -> bytes | None:
    """The next slice as it is stored: as the fact that it will be."""
    rows = next(slices, None)
    return None if rows is None else imports.slice_of(step, number, rows, now()).encoded()
