"""One fact about an import, one transaction: what it writes, and what became of the fact.

Rows are staged as they come. Only when all of an import are there, they are applied: about 5,000 in a transaction, so
that nobody waits for a million rows; the fact that asks for it comes again until nothing is left to do.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder import portions, undoing
from spindle.recorder.facts import ImportFact
from spindle.recorder.logic import events
from spindle.recorder.logic import imports as word
from spindle.recorder.logic.checkpoints import Checkpoint
from spindle.recorder.logic.imports import Import
from spindle.recorder.logic.jobs import Run
from spindle.recorder.logic.ledger import Booked
from spindle.recorder.outcomes import Outcome, Recorded, Unfinished, Waiting
from spindle.recorder.store import catalogue, imports, jobs, plays, staging
from spindle.recorder.store.applying import AT_ONCE, BEFORE_ALL, Portion
from spindle.shared.ids import Kind
from spindle.shared.messages.imports import ArchiveCut, ArchiveRead, ImportRevoked, RowsRead
from spindle.shared.messages.jobs import Reason
from spindle.shared.pauses import ALL

_NOT_YET = Waiting(timedelta(milliseconds=200), for_facts=True)
_PAUSED = Waiting(timedelta(seconds=2))


@dataclass
class Importing:
    """Of one listener, whose row is locked."""

    connection: AsyncConnection
    name: str
    checkpoint: Checkpoint
    """Brought up to date."""
    now: datetime

    async def record(self, fact: ImportFact) -> Outcome:
        stands = await imports.find(self.connection, fact.user, fact.job)
        began = stands is None
        if stands is None:
            stands = await imports.begin(
                self.connection, Import(user_id=fact.user, number=0, job=fact.job, started_at=fact.started_at)
            )
        if isinstance(fact, ImportRevoked):
            stands, gone, outcome = await undoing.undo(self.connection, self.name, stands, fact, self.now)
            self.checkpoint = replace(self.checkpoint, plays=self.checkpoint.plays - gone)
            await imports.save(self.connection, stands)
            if isinstance(outcome, Recorded):
                await self._look_for_the_latest(stands)
            return outcome
        if stands.revoked_at is not None or await self._is_over(stands):
            return Recorded()
        match fact:
            case ArchiveCut():
                return await self._cut(stands, fact, began=began)
            case RowsRead():
                return await self._stage(stands, fact, began=began)
            case ArchiveRead():
                return await self._apply(stands, fact)

    async def _is_over(self, stands: Import) -> bool:
        """Cancelled or failed, as others said: what was on its way then must not bring the job back to life. One that
        has a dead letter may go on: what it has brought counts then."""
        if stands.finished_at is not None:
            return False
        ended = await jobs.ended(self.connection, stands.user_id, stands.job)
        return ended is not None and ended.reason is not Reason.DIED

    async def _cut(self, stands: Import, fact: ArchiveCut, *, began: bool) -> Outcome:
        if stands.slices is not None:
            return await self._again(stands, fact)
        files = fact.files
        stands = replace(
            stands,
            dry_run=fact.dry_run,
            slices=fact.slices,
            rows=sum(file.rows for file in files),
            heard=sum(file.rows - file.left.rows for file in files),
            earliest=min((file.first for file in files if file.first), default=None),
            latest=max((file.last for file in files if file.last), default=None),
        )
        await imports.add_files(self.connection, stands, fact)
        return await self._booked(stands, fact, began=began)

    async def _stage(self, stands: Import, fact: RowsRead, *, began: bool) -> Outcome:
        if line := await jobs.find(self.connection, fact, fact.step, fact.fact):
            return self._told(stands, fact, line)
        await staging.stage(self.connection, stands, fact.rows)
        await imports.add_rejects(self.connection, stands, fact.rows.rejects)
        if fact.dry_run:
            await catalogue.learn_songs(self.connection, fact.rows.said)
        else:
            await catalogue.learn(self.connection, fact.rows.said)
        staged = replace(stands, staged=stands.staged + len(fact.rows.ended), staged_slices=stands.staged_slices + 1)
        return await self._booked(staged, fact, began=began)

    async def _apply(self, stands: Import, fact: ArchiveRead) -> Outcome:
        if stands.finished_at is not None:
            return await self._again(stands, fact)
        if not stands.complete:
            return _NOT_YET
        if {ALL, Kind.ARCHIVE} & set(self.checkpoint.paused):
            return _PAUSED
        after = stands.applied_until or BEFORE_ALL
        rows = await staging.following(self.connection, stands, after, AT_ONCE)
        if rows:
            stands = await self._portion(Portion(stands, after, rows.until), rows.first)
        if rows and rows.more:
            await imports.save(self.connection, stands)
            run = word.run(stands, await imports.sums(self.connection, stands))
            await self._going_on(run)
            return Unfinished((events.of_progress(self.name, fact, stands, run.totals),))
        return await self._finish(stands, fact)

    async def _portion(self, portion: Portion, first: datetime) -> Import:
        """The import with these rows applied; a dry run's are gone afterwards, and what they changed too."""
        stands = portion.stands
        if stands.dry_run:
            trial = await self.connection.begin_nested()
            found, _ = await portions.judged(self.connection, portion, first)
            await trial.rollback()
            await staging.drop(self.connection, stands, portion.after, portion.until)
        else:
            found, more = await portions.judged(self.connection, portion, first)
            self.checkpoint = replace(self.checkpoint, plays=self.checkpoint.plays + more)
        await imports.count(self.connection, stands, found)
        applied = stands.applied + sum(sums.rows for sums in found.values())
        return replace(stands, applied=applied, applied_until=portion.until)

    async def _finish(self, stands: Import, fact: ArchiveRead) -> Outcome:
        done = replace(stands, status=fact.verdict.status, error=fact.verdict.error, finished_at=self.now)
        if not done.dry_run:
            await imports.prove(self.connection, done)
            await self._look_for_the_latest(done)
        return await self._booked(done, fact, began=False)

    async def _look_for_the_latest(self, stands: Import) -> None:
        latest = await plays.latest(self.connection, stands.user_id)
        self.checkpoint = replace(self.checkpoint, last_played_at=latest)

    async def _booked(self, stands: Import, fact: ImportFact, *, began: bool) -> Outcome:
        await imports.save(self.connection, stands)
        sums = await imports.sums(self.connection, stands)
        began = began and not await jobs.is_known(self.connection, fact.user, fact.job)
        line = word.booked(fact, stands, sums, began=began, plays=self.checkpoint.plays)
        await jobs.book(self.connection, [line])
        await self._going_on(word.run(stands, sums, line.outcome))
        return replace(self._told(stands, fact, line), booked=line)

    async def _going_on(self, run: Run) -> None:
        """A job that has died goes on when that is said, not when something comes that was on its way."""
        if run.outcome is not None or await jobs.ended(self.connection, run.user, run.job) is None:
            await jobs.save(self.connection, [run])

    async def _again(self, stands: Import, fact: ArchiveCut | ArchiveRead) -> Outcome:
        """Delivered once more: the same events."""
        line = await jobs.find(self.connection, fact, fact.step, fact.fact)
        return self._told(stands, fact, line) if line else Recorded()

    def _told(self, stands: Import, fact: ImportFact, line: Booked) -> Recorded:
        return Recorded(tuple(events.of_import(self.name, fact, line, stands)))
