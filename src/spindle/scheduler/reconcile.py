"""Looking at everybody now and then: putting back what got lost from mailboxes, noticing consents that end soon.

What looks lost may only not have arrived: a job's last fact can still be on its way to the database. So nothing is done
at first sight, and nothing while the recorder is behind.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field

import structlog
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from spindle.scheduler.asking import NoAnswer, Recorder
from spindle.scheduler.logic.consents import aged
from spindle.scheduler.logic.jobs import due, move_to
from spindle.scheduler.steering import Steering
from spindle.shared.bus.letters import Letter
from spindle.shared.bus.publish import publish
from spindle.shared.ids import JobId, Kind, UserId, new_job, now
from spindle.shared.messages.ask import JobRow, Listener

log = structlog.get_logger()

_BEHIND = 1000
"""Facts, several batches of them, that nobody has fetched yet; the recorder's picture is too old to act on then."""

Missing = set[tuple[UserId, Kind] | JobId]
"""What should be in a mailbox and is not: jobs that a listener should have, and imports that should go on."""


@dataclass
class Reconciler:
    js: JetStreamContext
    steering: Steering
    recorder: Recorder
    initial_sync_enabled: bool
    _missed: Missing = field(default_factory=set)

    async def keep(self, every: float) -> None:
        """Round after round, `every` so many seconds, until cancelled."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.round()
            except NoAnswer:
                log.info("the recorder does not answer; reconciling is put off")
            except Exception as error:
                # Whatever it was, the next round must come: nobody else puts lost steps back.
                log.warning("reconciling failed", error=repr(error))

    async def round(self) -> int:
        """One look at everybody's mailboxes. Returns how many steps were put back or put in again."""
        if await self._behind():
            return 0
        missing: Missing = set()
        mended = 0
        async for listener in self.recorder.listeners():
            await _apart(self._consent(listener), listener.user, "consent")
            for kind in due(listener, self.initial_sync_enabled):
                mended += await _apart(self._mailbox(listener, kind, missing), listener.user, kind)
        for row in await self.recorder.running_imports():
            mended += await _apart(self._import(row, missing), row.user, Kind.ARCHIVE)
        self._missed = missing
        return mended

    async def _consent(self, listener: Listener) -> bool:
        """Tried once: the next round notices it again."""
        fact = aged(listener, now())
        if fact is not None:
            await publish(self.js, fact, patience=0)
        return fact is not None

    async def _mailbox(self, listener: Listener, kind: Kind, missing: Missing) -> bool:
        letter = await self.steering.mailboxes.read(kind, listener.user)
        if letter is None:
            return await self._empty(listener, kind, missing)
        return await self._moved(letter, kind, listener.user)

    async def _import(self, row: JobRow, missing: Missing) -> bool:
        """Its last fact lies in the stream until the recorder is done with all of it, so the mailbox is read first."""
        letter = await self.steering.mailboxes.read(Kind.ARCHIVE, row.user)
        if letter is not None and letter.step.job == row.job:
            return await self._moved(letter, Kind.ARCHIVE, row.user)
        if await self._unrecorded(row.user):
            return False
        if row.job not in self._missed:
            missing.add(row.job)
            return False
        await self.steering.give_up(row.job, row.started_at, cancelled=False)
        log.warning("an import was lost", user=row.user, job=row.job)
        return True

    async def _moved(self, letter: Letter, kind: Kind, user: UserId) -> bool:
        held = (await self.steering.pauses.read(user)).holds(kind)
        at = move_to(letter, held, now())
        return at is not None and await self.steering.mailboxes.move(letter, at)

    async def _unrecorded(self, user: UserId) -> bool:
        """Whether something of the listener's imports waits for the recorder."""
        try:
            await self.js.get_last_msg("facts", f"facts.archive.{user}")
        except NotFoundError:
            return False
        return True

    async def _empty(self, listener: Listener, kind: Kind, missing: Missing) -> bool:
        """A job that should be there is begun anew. One that is thought to run, with nothing left of it, is lost."""
        if (listener.user, kind) not in self._missed:
            missing.add((listener.user, kind))
            return False
        sync = listener.initial_sync
        if kind is Kind.INITIAL and sync.running:
            await self.steering.give_up(sync.running, sync.started_at or now(), cancelled=False)
        await self.steering.start(new_job(kind, listener.user), listener.last_played_at)
        log.warning("a lost job was begun again", user=listener.user, kind=kind)
        return True

    async def _behind(self) -> bool:
        found = await self.js.consumer_info("facts", "recorder-facts")
        return (found.num_pending or 0) > _BEHIND


async def _apart(look: Awaitable[bool], user: UserId, what: str) -> bool:
    """One listener's trouble must not keep the others' lost steps from being put back."""
    try:
        return await look
    except Exception as error:
        log.warning("a listener could not be looked after", user=user, what=what, error=repr(error))
        return False
