"""Pausing: at once whatever goes on, in the order sent, and without a call that was not under way."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from exported import package, row
from imported import uploaded
from stack import Stack, Stacked

from spindle.scheduler import asking
from spindle.scheduler.service import steering_on
from spindle.shared.bus.letters import Letter
from spindle.shared.bus.publish import publish
from spindle.shared.ids import Kind, UserId, now
from spindle.shared.messages.control import Control, Import, Pause, Resume, Trigger
from spindle.shared.messages.jobs import Status
from spindle.shared.pauses import ALL, Paused
from spindle.simulator import Settings, build

DEEP = Settings(listeners=1, history_days=20, reach=None, late=False)
HISTORY, TOKENS = "/v1/me/player", "/api/token"
DAY = 85_771
AT_ONCE, LONG = 8.0, 10
"""Seconds: with what a busy machine adds, and of a call that nobody may have waited for."""
WHAT = (ALL, *Kind)
ROWS = 80_000


@asynccontextmanager
async def polled(stacked: Stacked, settings: Settings = DEEP) -> AsyncIterator[tuple[Stack, UserId]]:
    """A listener whose first poll is done; the next one is an hour away, and the initial sync waits to be triggered."""
    async with stacked(build(settings)) as stack:
        await stack.start(initial_sync_enabled=False)
        user, *_ = await stack.everybody()
        await stack.finished(user, Kind.POLL)
        yield stack, user


async def at_once(stack: Stack, command: Control) -> None:
    began = time.monotonic()
    answer = await stack.control(command)
    took = time.monotonic() - began
    print(f"{command!r} after {took * 1000:.0f} ms")
    assert answer.done, answer
    assert took < AT_ONCE


async def due_now(stack: Stack, user: UserId) -> None:
    """The next poll, when the one before has handed over."""

    async def moved() -> bool:
        letter = await stack.mailboxes.read(Kind.POLL, user)
        return letter is not None and letter.due_at is not None and await stack.mailboxes.move(letter, now())

    await stack.until(moved)


async def held(stack: Stack, user: UserId, kind: Kind) -> Letter:
    letter = await stack.mailboxes.read(kind, user)
    assert letter is not None
    return letter


async def parked(stack: Stack, user: UserId, kind: Kind, within: float = 60) -> Letter:
    async def look() -> Letter | None:
        letter = await stack.mailboxes.read(kind, user)
        return letter if letter and letter.parked else None

    return await stack.until(look, within)


async def shut_out(stack: Stack, user: UserId, kind: Kind) -> Letter:
    """Waiting for a day, for a reason that it tells."""

    async def look() -> Letter | None:
        letter = await stack.mailboxes.read(kind, user)
        long = letter is not None and letter.due_at is not None and letter.due_at > now() + timedelta(seconds=DAY - 60)
        return letter if letter and long and letter.step.why and not letter.parked else None

    return await stack.until(look)


async def test_the_page_of_a_call_that_hangs_is_recorded_and_the_chain_parks_at_its_cursor(stacked: Stacked) -> None:
    async with polled(stacked) as (stack, user):
        await stack.simulator("faults", kind="slow", seconds=LONG, path=HISTORY, skip=1)
        await stack.control(Trigger(user=user, what="initial"))
        await stack.struck()

        await at_once(stack, Pause(user=user, what="initial"))
        calls = len(await stack.calls())
        letter = await parked(stack, user, Kind.INITIAL)
        await asyncio.sleep(0.5)

        assert letter.step.step == 3
        assert len(await stack.calls()) == calls

        async def recorded() -> bool:
            (job,) = await stack.jobs(user, Kind.INITIAL)
            return (job.status, job.steps, job.fetched) == (Status.RUNNING, 2, 100)

        await stack.until(recorded)

        await at_once(stack, Resume(user=user, what="initial"))
        (job,) = await stack.finished(user, Kind.INITIAL)
        asked = [call["query"] for call in await stack.calls() if "before=" in call["query"]]
        assert job.status is Status.SUCCESS
        assert len(asked) == len(set(asked)) == job.requests - 1


async def test_a_poll_that_hangs_until_it_fails_is_the_last_one(stacked: Stacked) -> None:
    async with polled(stacked, replace(DEEP, listeners=2)) as (stack, _):
        users = [one.user for one in await stack.listeners()]
        for user in users:
            await stack.finished(user, Kind.POLL)
        await stack.simulator("faults", kind="hang", path=HISTORY, times=2)
        for user in users:
            await stack.control(Trigger(user=user, what="poll"))
        await stack.struck(2)

        for user, what in zip(users, ("all", "poll"), strict=True):
            await at_once(stack, Pause(user=user, what=what))
        calls = len(await stack.calls())
        for user in users:
            await stack.finished(user, Kind.POLL, count=2)
            await due_now(stack, user)
            await parked(stack, user, Kind.POLL)

        assert len(await stack.calls()) == calls


async def test_a_pause_while_the_token_is_renewed_comes_before_the_call(stacked: Stacked) -> None:
    async with polled(stacked) as (stack, user):
        await stack.simulator("tokens", expire_access=True)
        await stack.simulator("faults", kind="unauthorized", path=HISTORY)
        await stack.simulator("faults", kind="slow", seconds=LONG, path=TOKENS)
        await stack.control(Trigger(user=user, what="poll"))
        await stack.struck(2)

        await at_once(stack, Pause(user=user))
        calls = len(await stack.calls())
        await parked(stack, user, Kind.POLL)

        assert len(await stack.calls()) == calls


async def test_a_step_that_waits_for_a_day_keeps_its_time_through_a_pause(stacked: Stacked) -> None:
    async with polled(stacked) as (stack, user):
        await stack.simulator("faults", kind="rate", retry_after=str(DAY), path=HISTORY)
        await stack.control(Trigger(user=user, what="poll"))
        before = await shut_out(stack, user, Kind.POLL)
        calls = len(await stack.calls())

        await at_once(stack, Pause(user=user, what="poll"))
        await at_once(stack, Resume(user=user, what="poll"))
        await asyncio.sleep(0.5)

        assert await held(stack, user, Kind.POLL) == before
        assert len(await stack.calls()) == calls


async def test_what_is_resumed_behind_a_closed_door_waits_for_its_deadline(stacked: Stacked) -> None:
    async with polled(stacked, replace(DEEP, listeners=2)) as (stack, user):
        other = next(one.user for one in await stack.listeners() if one.user != user)
        await stack.finished(other, Kind.POLL)
        await stack.control(Pause(user=user))
        await due_now(stack, user)
        await parked(stack, user, Kind.POLL)
        await stack.simulator("faults", kind="rate", retry_after=str(DAY), path=HISTORY)
        await stack.control(Trigger(user=other, what="poll"))
        await shut_out(stack, other, Kind.POLL)
        calls = len(await stack.calls())

        await at_once(stack, Resume(user=user))
        await shut_out(stack, user, Kind.POLL)

        assert len(await stack.calls()) == calls
        for hurry in (False, True):
            answer = await stack.control(Trigger(user=user, what="poll", hurry=hurry))
            assert not answer.done
            assert answer.why.startswith("Spotify is not called before ")
            assert answer.why.endswith("; it goes on by itself then")
        assert len(await stack.calls()) == calls


async def test_pauses_outlast_a_restart_of_everything(stacked: Stacked) -> None:
    async with polled(stacked) as (stack, user):
        await at_once(stack, Pause(user=user, what="poll"))
        await due_now(stack, user)
        await parked(stack, user, Kind.POLL)
        calls = len(await stack.calls())

        await stack.stop()
        await stack.start(initial_sync_enabled=False, reconcile_seconds=0.2)
        await asyncio.sleep(1)

        assert (await held(stack, user, Kind.POLL)).parked
        assert len(await stack.calls()) == calls

        async def shown() -> bool:
            listener = await stack.listener(user)
            return listener is not None and listener.paused == ("poll",)

        await stack.until(shown)
        await at_once(stack, Resume(user=user, what="poll"))
        await stack.finished(user, Kind.POLL, count=2)


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_sent_while_the_scheduler_is_down_counts_in_the_order_sent(stacked: Stacked, seed: int) -> None:
    """Also with two of them, and when earlier ones come again."""
    dice = random.Random(seed)
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        for _ in range(3):
            await stack.control(dice.choice((Pause, Resume))(user=user, what=dice.choice(WHAT)))
        steering = await steering_on(stack.js)
        stands = await steering.pauses.read(user)
        await stack.stop()
        sent: list[Pause | Resume] = [
            dice.choice((Pause, Resume))(user=user, what=dice.choice(WHAT)) for _ in range(20)
        ]
        sent += [Pause(user=user, what="poll"), Resume(user=user, what="poll"), Pause(user=user, what="poll")]
        for command in sent:
            await publish(stack.js, command)

        await stack.start("recorder", "scheduler", "scheduler", initial_sync_enabled=False)

        async def all_heard() -> bool:
            return (await stack.js.stream_info("control")).state.messages == 0

        await stack.until(all_heard)
        expected = stands
        for number, command in enumerate(sent, start=stands.sequence + 1):
            expected = _applied(expected, command, number)
        paused = await steering.pauses.read(user)
        assert (paused.what, "poll" in paused.what) == (expected.what, True)
        for number in range(1, stands.sequence + 1):
            await steering.pause(user, ALL, number)
            await steering.resume(user, ALL, number)
        assert await steering.pauses.read(user) == paused

        async def shown() -> bool:
            listener = await stack.listener(user)
            return listener is not None and listener.paused == tuple(sorted(paused.what))

        await stack.until(shown)


async def test_pauses_need_no_database_and_wait_for_none(stacked: Stacked) -> None:
    async with polled(stacked) as (stack, user):
        await stack.stop()
        await stack.start("scheduler", initial_sync_enabled=False)

        for what in WHAT:
            await at_once(stack, Pause(user=user, what=what))
            await at_once(stack, Resume(user=user, what=what))


async def test_an_import_that_runs_delays_no_pause_and_stops_at_its_own(stacked: Stacked, tmp_path: Path) -> None:
    async with polled(stacked) as (stack, user):
        file = package(tmp_path / "export.zip", [row(number) for number in range(ROWS)])
        job = await uploaded(stack, user, {"export.zip": file.read_bytes()})
        assert (await stack.control(Import(user=user, upload=job.rpartition(".")[2]))).done
        await stack.recorded(user, 1)

        for what in (Kind.POLL, Kind.INITIAL, Kind.ARCHIVE):
            await at_once(stack, Pause(user=user, what=what))

        async def shown() -> bool:
            listener = await stack.listener(user)
            return listener is not None and Kind.ARCHIVE in listener.paused

        async def stands() -> bool:
            """When the rows that were being applied are."""
            before = await stack.recorded(user, 1)
            await asyncio.sleep(1)
            return await stack.recorded(user, 1) == before

        await stack.until(shown)
        await stack.until(stands)
        assert await stack.recorded(user, 1) < ROWS

        await at_once(stack, Resume(user=user))
        (done,) = await stack.finished(user, Kind.ARCHIVE, within=300)
        assert (done.status, done.new) == (Status.SUCCESS, ROWS)


async def test_a_pause_of_nobody_is_refused_and_leaves_nothing_behind(
    stacked: Stacked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_LITTLE_PATIENCE", 10)  # who is known is asked of a recorder that may be slow
    async with polled(stacked) as (stack, user):
        nobody = user[:-1] + ("0" if user[-1] != "0" else "1")

        refused = [await stack.control(each(user=nobody)) for each in (Pause, Resume)]

        assert [each.done for each in refused] == [False, False]
        assert all("no listener" in each.why for each in refused)
        assert await (await steering_on(stack.js)).pauses.read(nobody) == Paused()


async def test_what_changes_nothing_says_so(stacked: Stacked) -> None:
    async with polled(stacked) as (stack, user):
        said = [
            (await stack.control(command)).why
            for command in (
                Resume(user=user),
                Resume(user=user, what="poll"),
                Pause(user=user, what="poll"),
                Pause(user=user, what="poll"),
                Pause(user=user, what="initial"),
                Resume(user=user, what="poll"),
                Resume(user=user),
            )
        ]

        assert said == [
            "nothing was paused",
            "polling was not paused",
            "polling is paused: nothing of it is begun any more",
            "polling is paused already",
            "the initial sync is paused: nothing of it is begun any more",
            "polling is resumed; still paused: initial",
            "everything is resumed",
        ]


def _applied(stands: Paused, command: Pause | Resume, number: int) -> Paused:
    """By the book: one kind is not resumed while everything is paused."""
    if isinstance(command, Pause):
        return stands.plus(command.what, number)
    if command.what != ALL and ALL in stands.what:
        return stands
    return stands.minus(command.what, number)
