"""One listener's trouble is nobody else's: their polls are as punctual beside it as without it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from deep import Steady
from exported import package, row
from imported import imported
from lags import Lags, lags, noted
from stack import Stack, Stacked

from spindle.shared.bus.publish import publish
from spindle.shared.desk import DeskSettings
from spindle.shared.ids import Kind, UserId
from spindle.shared.messages.ask import JobRow, PollLag
from spindle.shared.messages.control import Trigger
from spindle.shared.spotify.door import Family
from spindle.shared.spotify.errors import RateLimited
from spindle.shared.spotify.line import at_once, line_of
from spindle.simulator import Clock, Settings, build

pytestmark = pytest.mark.slow

TROUBLED = ("deep", "hanging", "failing", "revoked", "importing")
OTHERS, EVERY = 12, 3.0
ALONE, BESIDE = 9.0, 12.0
"""Seconds."""
BUDGET = 300
"""More than all polls need: the backfill gets what they leave."""
STALL = 8.0
"""Seconds, with what a busy machine adds: a hanging call lasts for fifteen, and the backfill never pauses."""

AGREE = 0.15
"""Seconds, beside half of the figure: the product takes its own before the commit, and the other one is taken in it.
Where only some of the polls met a busy machine, one poll more or less moves the one in the middle far."""


async def test_the_trouble_of_some_leaves_the_polls_of_the_others_punctual(stacked: Stacked, tmp_path: Path) -> None:
    clock, file = Clock(), package(tmp_path / "export.zip", [row(number) for number in range(5_000)])
    spotify = Settings(listeners=len(TROUBLED) - 1 + OTHERS, reach=None, history_days=1, late=False)
    async with stacked(build(spotify, clock, [Steady.until(clock.ms, plays=500_000)])) as stack:
        stack.budget = BUDGET
        limits = {"initial_sync_max_days": 100_000, "initial_sync_max_requests": 100_000}
        await stack.start(poll_interval_seconds=EVERY, **limits)
        people = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        named = dict(zip(TROUBLED, people, strict=False))
        await noted(_database(stack))
        linked = {one["id"]: await stack.link(one["display_name"], one["refresh_token"]) for one in people[1:]}
        troubled = [linked[one["id"]] for one in list(named.values())[1:]]
        for user in linked.values():
            await stack.finished(user, Kind.INITIAL)

        alone = await _lags(stack, ALONE, troubled)
        deep = await stack.link("deep", named["deep"]["refresh_token"])
        for trouble in ({"kind": "hang"}, {"kind": "server", "status": 500}):
            listener = named["hanging" if trouble["kind"] == "hang" else "failing"]["id"]
            await stack.simulator("faults", **trouble, listener=listener, times=None)
        await stack.simulator("tokens", listener=named["revoked"]["id"], revoke=True)
        await _limited(stack)
        async with _pressed(stack, troubled[:3]), asyncio.TaskGroup() as beside:
            beside.create_task(_import(stack, troubled[3], file))
            measured = beside.create_task(_lags(stack, BESIDE, [*troubled, deep]))
        punctual = [user for user in linked.values() if user not in troubled]
        everybody = [*linked.values(), deep]
        figures = [(await _told(stack, user), await _seen(stack, user, everybody)) for user in punctual]
        far = await stack.until(lambda: _went_on(stack, deep), within=300)  # it has only what the polls leave
        struck = (await stack.http.get(f"{stack.spotify}/control/faults")).json()

    together = measured.result()
    assert together.p95 < 2 * alone.p95 + STALL, (alone, together)
    assert together.polls > 0.4 * alone.polls * BESIDE / ALONE  # the next one counts from the one before, however late
    assert all(one["struck"] for one in struck)
    assert far.finished_at is None  # it was there all the time
    for told, seen in figures:
        assert abs(told.polls - seen.polls) <= 3, (told, seen)  # one more is due before the first that is seen
        assert seen.p25 / 2 - AGREE < told.p50.total_seconds() < seen.p95 * 1.5 + AGREE, (told, seen)


async def _told(stack: Stack, user: UserId) -> PollLag:
    listener = await stack.listener(user)
    assert listener
    assert listener.poll_lag
    return listener.poll_lag


async def _seen(stack: Stack, user: UserId, everybody: list[UserId]) -> Lags:
    return await lags(_database(stack), 0, time.time(), [one for one in everybody if one != user])


async def _lags(stack: Stack, seconds: float, besides: list[UserId]) -> Lags:
    since = time.time()
    await asyncio.sleep(seconds + 2 * EVERY)  # what is due at the end is committed a little later
    return await lags(_database(stack), since, since + seconds, besides)


async def _went_on(stack: Stack, user: UserId) -> JobRow | None:
    (row,) = await stack.jobs(user, Kind.INITIAL)
    return row if row.steps > 1 else None


async def _limited(stack: Stack) -> None:
    """As if Spotify had refused the library for a day."""

    async def refused() -> None:
        raise RateLimited(timedelta(days=1))

    line = await line_of(DeskSettings(**stack.common), stack.js)
    with pytest.raises(RateLimited):
        await line.call(Family.LIBRARY, at_once(), refused)
    await line.close()


async def _import(stack: Stack, user: UserId, file: Path) -> None:
    await imported(stack, user, {file.name: file.read_bytes()}, within=120)


@asynccontextmanager
async def _pressed(stack: Stack, users: list[UserId]) -> AsyncIterator[None]:
    """Polls of theirs again and again, though Spindle itself would leave them alone for longer and longer."""

    async def press() -> None:
        while True:
            for user in users:
                await publish(stack.js, Trigger(user=user, what="poll", hurry=True))
            await asyncio.sleep(0.5)

    pressing = asyncio.create_task(press())
    yield
    pressing.cancel()


def _database(stack: Stack) -> str:
    return stack.database_url.partition("?")[0]
