"""Looking at everybody now and then: putting back what got lost from mailboxes, noticing consents that end soon.

What looks lost may only not have arrived: a job's last fact can still be on its way to the database. So nothing is done
at first sight, nothing while a fact of it lies in the stream, and nothing while the recorder is behind. Two schedulers
may miss the same job; what they begin is the same one.
"""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from nats.js import JetStreamContext

from spindle.scheduler.asking import NoAnswer, Recorder
from spindle.scheduler.logic.consents import aged
from spindle.scheduler.logic.jobs import OVERDUE, due, move_to, owed, waits
from spindle.scheduler.steering import Steering
from spindle.shared.bus.letters import Letter
from spindle.shared.bus.publish import publish
from spindle.shared.ids import JobId, Kind, UserId, now, parts
from spindle.shared.messages.ask import JobRow, Listener
from spindle.shared.metrics.declared import LOOKED_AT, PUT_BACK
from spindle.shared.metrics.readings import Reading

log = structlog.get_logger()

_BEHIND = 1000
"""Facts, several batches of them, that nobody has fetched yet; the recorder's picture is too old to act on then."""

_SHARE = 10
"""At most a tenth of the time is spent on everybody. Whoever is late or in trouble is looked at every time."""

Missing = set[JobId]
"""What should be in a mailbox and is not: jobs that a listener should have, and imports that should go on."""


@dataclass
class Reconciler:
    js: JetStreamContext
    steering: Steering
    recorder: Recorder
    initial_sync_enabled: bool
    _missed: Missing = field(default_factory=set)
    _looked_at: float = 0.0
    _everybody_at: float = 0.0

    async def keep(self, every: float) -> None:
        """Round after round, `every` so many seconds, until cancelled."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.look()
            except NoAnswer:
                log.info("the recorder does not answer; reconciling is put off")
            except Exception as error:
                # Whatever it was, the next round must come: nobody else puts lost steps back.
                log.warning("reconciling failed", error=repr(error))

    async def look(self) -> int:
        """At everybody when it is time for that again, otherwise at those who are not simply polled."""
        began = time.monotonic()
        if began < self._everybody_at:
            return await self.round(now() - OVERDUE)
        mended = await self.round()
        ended = time.monotonic()
        self._everybody_at = ended + (_SHARE - 1) * (ended - began)
        return mended

    async def round(self, unwell_since: datetime | None = None) -> int:
        """One look at everybody's mailboxes, or at theirs whose poll was due before then, or who are in trouble.
        Returns how many steps were put back or put in again."""
        if await self._behind():
            return 0
        missing: Missing = set()
        mended = 0
        async for listener in self.recorder.listeners(unwell_since):
            await _apart(self._consent(listener), listener.user, "consent")
            for kind in due(listener, self.initial_sync_enabled):
                mended += await _counted(self._mailbox(listener, kind, missing), listener.user, kind)
        for row in await self.recorder.running_imports():
            mended += await _counted(self._import(row, missing), row.user, Kind.ARCHIVE)
        self._missed = missing if unwell_since is None else missing | self._unseen()
        self._looked_at = time.time()
        return mended

    def _unseen(self) -> Missing:
        """What was missing when everybody was looked at. Imports are looked at every time: they are given up only when
        they are missing twice in a row."""
        return {job for job in self._missed if parts(job)[0] is not Kind.ARCHIVE}

    async def measured(self) -> Sequence[Reading]:
        return [Reading(LOOKED_AT, self._looked_at)]

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
        if await self.steering.unrecorded(row.user, "archive"):
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

    async def _empty(self, listener: Listener, kind: Kind, missing: Missing) -> bool:
        """A job that should be there is begun anew. One that is thought to run, with nothing left of it, is lost."""
        if waits(listener, kind, now()):
            return False
        user, job = listener.user, owed(listener, kind)
        if await self.steering.unrecorded(user, "plays") or await self.steering.unrecorded(user, "jobs"):
            return False
        if job not in self._missed:
            missing.add(job)
            return False
        sync = listener.initial_sync
        if kind is Kind.INITIAL and sync.running:
            await self.steering.give_up(sync.running, sync.started_at or now(), cancelled=False)
        if isinstance(await self.steering.start(job, listener.last_played_at), Letter):
            return False
        log.warning("a lost job was begun again", user=user, kind=kind)
        return True

    async def _behind(self) -> bool:
        found = await self.js.consumer_info("facts", "recorder-facts")
        return (found.num_pending or 0) > _BEHIND


async def _counted(look: Awaitable[bool], user: UserId, kind: Kind) -> bool:
    mended = await _apart(look, user, kind)
    if mended:
        PUT_BACK.labels(kind).inc()
    return mended


async def _apart(look: Awaitable[bool], user: UserId, what: str) -> bool:
    """One listener's trouble must not keep the others' lost steps from being put back."""
    try:
        return await look
    except Exception as error:
        log.warning("a listener could not be looked after", user=user, what=what, error=repr(error))
        return False
