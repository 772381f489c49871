"""A step that kills its worker goes to `dead` after three deaths of its own, its neighbours do not, and a retry with a
worker that was mended goes on where its job stood."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from exported import AUDIO, row
from imported import lying, uploaded
from stack import Stack, Stacked

from spindle.scheduler.asking import Recorder
from spindle.scheduler.reconcile import Reconciler
from spindle.scheduler.service import steering_on
from spindle.shared.bus import dead
from spindle.shared.bus.topology import CONSUMERS
from spindle.shared.ids import Kind, UserId, upload_of
from spindle.shared.messages.control import Import, Retry, Trigger
from spindle.shared.messages.dead import Dead
from spindle.shared.messages.jobs import Reason, Status
from spindle.simulator import Settings, build

ROWS = 20
WORKER = Path(__file__).parents[1] / "faults" / "dead" / "deadly.py"


@asynccontextmanager
async def kept(stack: Stack, journal: Path, *deadly: UserId) -> AsyncIterator[None]:
    """Workers of which a new one begins when one has died; the journal has a line for each poll worker that did."""
    told = os.environ | stack.environment | {"DEADLY": ",".join(deadly)}
    with journal.open("wb") as deaths:
        workers = [
            subprocess.Popen([sys.executable, WORKER, "poll_worker"], env=told, stdout=deaths),
            subprocess.Popen([sys.executable, WORKER, "sync_worker"], env=told, stdout=subprocess.DEVNULL),
        ]
    try:
        yield
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            await asyncio.to_thread(worker.wait, 60)


@pytest.mark.slow
async def test_a_step_that_kills_its_worker_is_dead_alone_and_succeeds_when_it_is_retried(
    stacked: Stacked, tmp_path: Path
) -> None:
    async with stacked(build(Settings(listeners=5, late=False))) as stack:
        deadly, others = await begun(stack)

        async with kept(stack, tmp_path / "deaths", *deadly.values()):
            failed = [(await stack.finished(user, kind, within=240))[0] for kind, user in deadly.items()]
            done = [(await stack.finished(other, kind))[0] for other in others for kind in (Kind.POLL, Kind.INITIAL)]

        assert {(row.status, row.reason) for row in failed} == {(Status.ERROR, Reason.DIED)}
        assert all("spindle dead" in (row.error or "") for row in failed)
        assert {row.status for row in done} == {Status.SUCCESS}
        deaths = [line for line in (tmp_path / "deaths").read_text().splitlines() if line == "dead"]
        assert len(deaths) == 6, "three beside others, three alone"
        found = await letters(stack)
        assert {kind: letter.user for kind, (_, letter) in found.items()} == deadly
        await stack.until(lambda: forgotten(stack))
        assert await left(stack, deadly) == await reconciled(stack, deadly) == [None, None, None]

        await stack.start("poll_worker", "sync_worker")
        for number, letter in found.values():
            answer = await stack.control(Retry(letter=number))
            assert (answer.done, answer.job) == (True, letter.job), answer
            assert not (await stack.control(Retry(letter=number))).done
            await stack.until(partial(succeeded, stack, letter))
        assert await letters(stack) == {}
        assert await lying(stack) == []
        assert len(await stack.plays(deadly[Kind.ARCHIVE])) >= ROWS


async def begun(stack: Stack) -> tuple[dict[str, UserId], list[UserId]]:
    """Whose step of a kind will be deadly, and all others. Initial syncs were delivered three times already, as if
    workers had died; what a worker held comes again after five seconds."""
    await stack.start("recorder", "scheduler", initial_sync_enabled=False)
    for consumer in CONSUMERS["commands"]:
        await stack.js.add_consumer("commands", replace(consumer, ack_wait=5))
    poller, syncer, importer, *others = await stack.everybody()
    for user in (syncer, *others):
        assert (await stack.control(Trigger(user=user, what="initial"))).done
    rows = json.dumps([row(number) for number in range(ROWS)]).encode()
    upload = upload_of(await uploaded(stack, importer, {AUDIO: rows}))
    assert (await stack.control(Import(user=importer, upload=upload))).done
    for user in (syncer, importer):
        await stack.until(partial(stack.mailboxes.read, Kind.POLL, user))
        await stack.mailboxes.clear(Kind.POLL, user)
    await delivered(stack, "sync_worker-initial", 1 + len(others), times=3)
    return {Kind.POLL: poller, Kind.INITIAL: syncer, Kind.ARCHIVE: importer}, others


async def delivered(stack: Stack, consumer: str, steps: int, times: int) -> None:
    subscription = await stack.js.pull_subscribe_bind(consumer, "commands")
    for _ in range(times * steps):
        (message,) = await subscription.fetch(1, timeout=30)
        await message.nak()
    await subscription.unsubscribe()


async def letters(stack: Stack) -> dict[str, tuple[int, Dead]]:
    """By kind of their jobs."""
    found = [(int(each.seq or 0), Dead.decoded(each.data or b"")) async for each in dead.letters(stack.js)]
    return {str(letter.job).partition(".")[0]: (number, letter) for number, letter in found}


async def left(stack: Stack, deadly: dict[str, UserId]) -> list[object]:
    return [await stack.mailboxes.read(Kind(kind), user) for kind, user in deadly.items()]


async def reconciled(stack: Stack, deadly: dict[str, UserId]) -> list[object]:
    """What is there after two looks of the scheduler."""
    reconciler = Reconciler(stack.js, await steering_on(stack.js), Recorder(stack.client), initial_sync_enabled=True)
    for _ in range(2):
        await reconciler.round()
    return await left(stack, deadly)


async def forgotten(stack: Stack) -> bool:
    return (await stack.js.stream_info("KV_trials")).state.messages == 0


async def succeeded(stack: Stack, letter: Dead) -> bool:
    """The job whose step the letter was."""
    return letter.job in [row.job for row in await stack.jobs(str(letter.user)) if row.status is Status.SUCCESS]
