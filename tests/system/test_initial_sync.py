"""Initial sync: its five reasons to stop, one job at a time, and what a kill between any two steps costs."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial

from stack import Stack, Stacked, milliseconds
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from spindle.shared.bus.topology import CONSUMERS
from spindle.shared.ids import Kind, now
from spindle.shared.messages.control import Cancel, Trigger
from spindle.shared.messages.jobs import Reason, Status
from spindle.simulator import Settings, build

DEEP = Settings(listeners=1, history_days=20, reach=None, late=False)


async def test_the_real_reach_of_fifty_plays_ends_with_an_empty_page(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start()
        (user,) = await stack.everybody()

        (job,) = await stack.finished(user, Kind.INITIAL)

        assert (job.status, job.reason, job.steps, job.fetched) == (Status.SUCCESS, Reason.EMPTY_PAGE, 2, 50)
        listener = await stack.listener(user)
        assert listener is not None
        assert listener.initial_sync.completed_at is not None
        assert listener.initial_sync.earliest_played_at == (await stack.plays(user))[0].played_at


async def test_it_stops_at_the_oldest_day_wanted(stacked: Stacked) -> None:
    async with stacked(build(DEEP)) as stack:
        await stack.start(initial_sync_max_days=4)
        (user,) = await stack.everybody()

        (job,) = await stack.finished(user, Kind.INITIAL)

        assert (job.status, job.reason) == (Status.SUCCESS, Reason.MAX_DAYS)
        plays = await stack.plays(user)
        assert plays[0].played_at < now() - timedelta(days=4)
        assert plays[50].played_at > now() - timedelta(days=4)


async def test_it_stops_after_so_many_requests(stacked: Stacked) -> None:
    async with stacked(build(DEEP)) as stack:
        await stack.start(initial_sync_max_requests=3)
        (user,) = await stack.everybody()

        (job,) = await stack.finished(user, Kind.INITIAL)

        assert (job.status, job.reason, job.requests, job.fetched) == (Status.SUCCESS, Reason.MAX_REQUESTS, 3, 150)


async def test_it_stops_when_a_page_goes_no_further_back(stacked: Stacked) -> None:
    item = {"played_at": "2026-11-20T10:00:00.123Z", "track": {"id": "1" * 22, "name": "Stuck", "artists": []}}

    async def same_page(_: Request) -> Response:
        return JSONResponse({"items": [item], "cursors": {"after": "1", "before": "1"}, "next": "again"})

    async def token(_: Request) -> Response:
        return JSONResponse({"access_token": "t", "token_type": "Bearer", "expires_in": 3600})

    stuck = Starlette(
        routes=[Route("/v1/me/player/recently-played", same_page), Route("/api/token", token, methods=["POST"])]
    )
    async with stacked(stuck) as stack:
        await stack.start("recorder", "scheduler", "sync_worker")  # a poll would find the play, too
        user = await stack.link("Someone", "a refresh token")

        (job,) = await stack.finished(user, Kind.INITIAL)

        assert (job.status, job.reason, job.steps, job.new) == (Status.SUCCESS, Reason.NO_PROGRESS, 2, 1)


async def test_too_many_refusals_leave_it_incomplete_and_it_goes_on_by_itself(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.simulator("faults", kind="rate", retry_after="1", path="/v1/me/player", times=3)
        await stack.start("recorder", "scheduler", "sync_worker", initial_sync_max_rate_limits=2)
        (user,) = await stack.everybody()

        rows = await stack.finished(user, Kind.INITIAL, count=2)

        assert (rows[0].status, rows[0].reason) == (Status.PARTIAL, Reason.RATE_LIMITED)
        assert rows[0].waiting_until is not None
        assert rows[1].status is Status.SUCCESS
        assert rows[1].started_at >= rows[0].waiting_until
        assert len(await stack.plays(user)) == 50


async def test_nobody_is_called_before_a_closed_door_opens(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=3))) as stack:
        await stack.simulator("faults", kind="rate", retry_after="3", path="/v1/me/player", times=1)
        await stack.start()

        users = await stack.everybody()
        for user in users:
            await stack.finished(user, Kind.POLL)

        log = await stack.calls()
        refused = next(call["real_at"] for call in log if call["status"] == 429)
        early = [call for call in log if refused < call["real_at"] < refused + 3000]
        assert len(early) <= 2 * len(users) - 1  # what was under way when the refusal came: a poll and a sync each
        assert any(call["real_at"] >= refused + 3000 for call in log)


async def test_a_completed_sync_is_skipped_and_says_so(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start()
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.INITIAL)

        answer = await stack.control(Trigger(user=user, what="initial"))

        assert not answer.done
        assert "completed" in answer.why
        again = await stack.control(Trigger(user=user, what="initial", again=True))
        assert again.done
        _, second = await stack.finished(user, Kind.INITIAL, count=2)
        assert (second.job, second.new) == (again.job, 0)


async def test_two_triggers_at_once_are_one_job(stacked: Stacked) -> None:
    async with stacked(build(DEEP)) as stack:
        await stack.start(initial_sync_enabled=False)
        await stack.start("scheduler", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        await stack.simulator("faults", kind="slow", seconds=0.5, path="/v1/me/player", times=None)

        for _ in range(2):
            await stack.js.publish("control.trigger", Trigger(user=user, what="initial").encoded())
        await stack.finished(user, Kind.INITIAL)

        assert len(await stack.jobs(user, Kind.INITIAL)) == 1


async def test_a_cancelled_sync_ends_and_stays_ended(stacked: Stacked) -> None:
    async with stacked(build(DEEP)) as stack:
        await stack.simulator("faults", kind="slow", seconds=1, path="/v1/me/player", times=None)
        await stack.start(reconcile_seconds=0.3)
        (user,) = await stack.everybody()
        job = await stack.until(lambda: _running(stack, user))

        answer = await stack.control(Cancel(job=job))

        assert answer.done
        (row,) = await stack.finished(user, Kind.INITIAL)
        assert (row.job, row.status, row.reason) == (job, Status.CANCELLED, Reason.CANCELLED)
        await asyncio.sleep(1.5)
        assert len(await stack.jobs(user, Kind.INITIAL)) == 1
        assert await stack.mailboxes.read(Kind.INITIAL, user) is None
        assert not (await stack.control(Cancel(job=job))).done


async def test_a_kill_between_any_two_steps_repeats_at_most_one_page(stacked: Stacked) -> None:
    dice = random.Random(3)
    async with stacked(build(replace(DEEP, history_days=9))) as stack:
        await stack.simulator("faults", kind="slow", seconds=0.1, path="/v1/me/player", times=None)
        await stack.start("recorder", "scheduler")
        await _impatient(stack)
        (user,) = await stack.everybody()
        kills = 0

        async def over() -> bool:
            return any(row.finished_at for row in await stack.jobs(user, Kind.INITIAL))

        async def called(times: int) -> bool:
            return len(await stack.calls()) >= times or await over()

        while not await over():
            before = len(await stack.calls())
            worker = subprocess.Popen(
                [sys.executable, "-m", "spindle.sync_worker"],
                env=os.environ | stack.environment,
                stderr=subprocess.DEVNULL,
            )
            await stack.until(partial(called, before + dice.choice((2, 3))))  # it gets on, but not to the end
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            kills += 1
            assert kills < 40

        (job,) = await stack.jobs(user, Kind.INITIAL)
        pages = [call["query"] for call in await stack.calls()]
        assert job.status is Status.SUCCESS
        assert kills >= 2
        assert len(pages) - len(set(pages)) <= kills
        (person,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        recorded = [(milliseconds(row.played_at), row.track_id) for row in await stack.plays(user)]
        shown = [(play["played_at"], play["track_id"]) for play in await stack.truth(person["id"]) if play["shown"]]
        assert sorted(recorded) == sorted(play for play in shown if recorded[0][0] <= play[0] <= recorded[-1][0])
        assert len(recorded) > 200


async def _running(stack: Stack, user: str) -> str | None:
    rows = await stack.jobs(user, Kind.INITIAL)
    return next((row.job for row in rows if row.steps >= 1 and not row.finished_at), None)


async def _impatient(stack: Stack) -> None:
    """What a killed worker held comes again after four seconds instead of sixty."""
    for consumer in CONSUMERS["commands"]:
        await stack.js.add_consumer("commands", replace(consumer, ack_wait=4))
