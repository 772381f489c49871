"""Cancelling: a job that waits, is parked or is being done ends once, as cancelled, and nothing comes of it later."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from exported import package, row
from imported import lying, uploaded
from nats.aio.msg import Msg
from stack import Stack, Stacked

from spindle.shared.bus.letters import Letter
from spindle.shared.ids import JobId, Kind, UserId, now
from spindle.shared.messages.ask import JobRow
from spindle.shared.messages.control import Cancel, Import, Pause, Resume, Trigger
from spindle.shared.messages.jobs import JobFinished, Status
from spindle.simulator import Settings, build

DEEP = Settings(listeners=1, history_days=20, reach=None, late=False)
HISTORY = "/v1/me/player"
HANGS = 8
"""Seconds, of a call during which it is cancelled."""
ROWS = 20_000


@dataclass
class Life:
    stack: Stack
    user: UserId
    kind: Kind
    events: list[Msg] = field(default_factory=list)

    async def letter(self) -> Letter | None:
        return await self.stack.mailboxes.read(self.kind, self.user)

    async def begin(self) -> None:
        assert (await self.stack.control(Trigger(user=self.user, what=self.kind, hurry=True))).done

    async def waits(self) -> JobId:
        """The job that waits for a reason, or is parked."""

        async def look() -> JobId | None:
            letter = await self.letter()
            return letter.step.job if letter and letter.step.why and letter.due_at and letter.due_at > now() else None

        return await self.stack.until(look)

    async def backs_off(self) -> JobId:
        await self.stack.simulator("faults", kind="server", path=HISTORY)
        await self.begin()
        return await self.waits()

    async def stands_before_a_door(self) -> JobId:
        await self.stack.simulator("faults", kind="rate", retry_after="3600", path=HISTORY)
        await self.begin()
        return await self.waits()

    async def is_parked(self) -> JobId:
        await self.stack.simulator("faults", kind="slow", seconds=0.5, path=HISTORY, times=None)
        await self.begin()
        await self.stack.struck()
        await self.stack.control(Pause(user=self.user, what=self.kind))
        if self.kind is Kind.POLL:
            await self.stack.finished(self.user, Kind.POLL, count=2)
            await self.stack.mailboxes.move(await self.stack.waiting(self.user), now())
        job = await self.waits()
        letter = await self.letter()
        assert letter is not None
        assert letter.parked
        return job

    async def runs(self) -> JobId:
        await self.stack.simulator("faults", kind="slow", seconds=HANGS, path=HISTORY)
        await self.begin()
        await self.stack.struck()
        letter = await self.letter()
        assert letter is not None
        return letter.step.job

    async def row(self, job: JobId) -> JobRow | None:
        return next((each for each in await self.stack.jobs(self.user) if each.job == job), None)

    async def cancelled(self, job: JobId) -> None:
        async def look() -> bool:
            row = await self.row(job)
            return row is not None and row.status is Status.CANCELLED

        await self.stack.until(look)

    def told(self, job: JobId) -> list[str]:
        """The kinds of the events about the job, in order."""
        return [event.subject.split(".")[1] for event in self.events if f'"{job}"'.encode() in event.data]


@asynccontextmanager
async def life(stacked: Stacked, kind: Kind) -> AsyncIterator[Life]:
    async with stacked(build(DEEP)) as stack:
        await stack.start(initial_sync_enabled=False)
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.POLL)
        found = Life(stack, user, kind)

        async def note(event: Msg) -> None:
            found.events.append(event)

        await stack.client.subscribe("jobs.>", cb=note)
        yield found


@pytest.mark.parametrize("state", ["backs_off", "stands_before_a_door", "is_parked", "runs"])
@pytest.mark.parametrize("kind", [Kind.POLL, Kind.INITIAL])
async def test_a_job_ends_once_wherever_it_stands(stacked: Stacked, kind: Kind, state: str) -> None:
    async with life(stacked, kind) as here:
        job: JobId = await getattr(here, state)()

        first = await here.stack.control(Cancel(job=job))
        await here.cancelled(job)
        again = await here.stack.control(Cancel(job=job))
        calls = len(await here.stack.calls())
        await asyncio.sleep(HANGS + 0.5 if state == "runs" else 1)  # the call that hangs ends in between

        assert (first.done, first.why, first.job) == (True, "cancelled", job)
        assert (again.done, again.why) == (False, "it has ended already: cancelled")
        row = await here.row(job)
        assert row is not None
        assert row.status is Status.CANCELLED
        assert [what for what in here.told(job) if what in ("finished", "failed")] == ["finished"]
        assert here.told(job)[-1] == "finished"
        ended = next(event for event in here.events if ".finished." in event.subject and job.encode() in event.data)
        assert JobFinished.decoded(ended.data).verdict.status is Status.CANCELLED
        assert len(await here.stack.calls()) == calls
        letter = await here.letter()
        if kind is Kind.INITIAL:
            assert letter is None
        else:  # after a poll comes the next poll
            assert letter is not None
            assert letter.step.job != job
            assert letter.due_at is not None
            assert letter.due_at > now()


@pytest.mark.parametrize("parked", [False, True])
async def test_an_import_ends_once_wherever_it_stands(stacked: Stacked, tmp_path: Path, parked: bool) -> None:
    async with life(stacked, Kind.ARCHIVE) as here:
        stack, user = here.stack, here.user
        plays = len(await stack.plays(user))
        file = package(tmp_path / "export.zip", [row(number) for number in range(ROWS)])
        job = await uploaded(stack, user, {"export.zip": file.read_bytes()})
        assert (await stack.control(Import(user=user, upload=job.rpartition(".")[2]))).done
        if parked:
            await stack.control(Pause(user=user, what="archive"))
        else:
            await stack.recorded(user, 1)

        first = await stack.control(Cancel(job=job))
        await here.cancelled(job)
        again = await stack.control(Cancel(job=job))
        await stack.control(Resume(user=user))

        async def taken_back() -> bool:
            return len(await stack.plays(user)) == plays

        await stack.until(taken_back)
        await asyncio.sleep(1)
        assert first.done
        assert (again.done, again.why) == (False, "it has ended already: cancelled")
        assert [what for what in here.told(job) if what in ("finished", "failed")] == ["finished"]
        assert here.told(job)[-1] == "finished"
        found = await here.row(job)
        assert found is not None
        assert found.status is Status.CANCELLED
        assert len(await stack.plays(user)) == plays
        assert await stack.mailboxes.read(Kind.ARCHIVE, user) is None
        assert await lying(stack) == []


async def test_an_import_that_is_being_cut_leaves_nothing_of_its_upload(stacked: Stacked, tmp_path: Path) -> None:
    async with life(stacked, Kind.ARCHIVE) as here:
        stack, user = here.stack, here.user
        file = package(tmp_path / "export.zip", [row(number) for number in range(100_000)])
        job = await uploaded(stack, user, {"export.zip": file.read_bytes()})
        assert (await stack.control(Import(user=user, upload=job.rpartition(".")[2]))).done

        async def sliced() -> bool:
            return any("/slice/" in name for name in await lying(stack))

        await stack.until(sliced)
        letter = await here.letter()
        assert letter is not None
        assert letter.step.step == 1

        assert (await stack.control(Cancel(job=job))).done

        async def cleared() -> bool:
            return not await lying(stack)

        await asyncio.sleep(2)  # slices that were on their way
        await stack.until(cleared)
        await asyncio.sleep(1)
        await stack.until(cleared)
