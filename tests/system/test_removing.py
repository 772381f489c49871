"""Removing a listener: in the middle of a busy life, and of all they had only the tombstone stays."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest
from exported import package, row
from imported import lying, uploaded
from nats.js.errors import KeyNotFoundError, NotFoundError
from pydantic import SecretStr
from stack import Stack, Stacked

from spindle.people.linking import Linking, linking
from spindle.scheduler.asking import Recorder
from spindle.scheduler.reconcile import Reconciler
from spindle.scheduler.service import steering_on
from spindle.shared.bus.publish import publish
from spindle.shared.desk import DeskSettings, desk
from spindle.shared.ids import Kind, UserId, new_job, now
from spindle.shared.messages.ask import Listener
from spindle.shared.messages.control import Cancel, Import, Pause, Resume, Trigger
from spindle.shared.messages.jobs import Status
from spindle.shared.messages.users import AccountLinked, AccountRemoved, PausesChanged, UserLinked
from spindle.simulator import Settings, build

DEEP = Settings(listeners=2, history_days=40, reach=None, late=False, access_seconds=4)
BUSY = {"poll_interval_seconds": 0.2, "reconcile_seconds": 0.5}
STREAMS = ("commands", "control", "facts", "events")


@asynccontextmanager
async def links_of(stack: Stack) -> AsyncIterator[Linking]:
    async with linking(stack.client, DeskSettings(**stack.common)) as links:
        yield links


async def remove(stack: Stack, user: UserId) -> None:
    """As the command does it."""
    found = await stack.until(lambda: stack.listener(user))
    async with links_of(stack) as links:
        await links.remove(found)


async def left(stack: Stack, user: UserId) -> dict[str, object]:
    """Whatever is left of a listener anywhere, but for the tombstone and the event that says that they are gone."""
    found: dict[str, object] = {}
    for stream in STREAMS:
        about = (await stack.js.stream_info(stream, subjects_filter=">")).state.subjects or {}
        found[stream] = [subject for subject in about if user in subject and not subject.startswith("users.removed.")]
    for bucket in ("tokens", "pauses"):
        kv = await stack.js.key_value(bucket)
        try:
            found[bucket] = (await kv.get(user)).value
        except KeyNotFoundError:
            found[bucket] = None
    found["dead"] = await letters(stack, user)
    found["uploads"] = [name for name in await lying(stack) if name.startswith(user)]
    found["rows"] = await rows(stack, user)
    return {where: what for where, what in found.items() if what}


async def letters(stack: Stack, user: UserId) -> int:
    """Dead ones that hold something of theirs."""
    kept = (await stack.js.stream_info("dead")).state
    found = 0
    for number in range(max(1, kept.first_seq), kept.last_seq + 1):
        with suppress(NotFoundError):
            found += user.encode() in ((await stack.js.get_msg("dead", seq=number)).data or b"")
    return found


async def rows(stack: Stack, user: UserId) -> dict[str, int]:
    """By table; in the tombstone, how many columns more than an id and a time say something."""
    connection = await asyncpg.connect(stack.database_url.replace("?ssl=disable", ""), ssl=False)
    try:
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'user_id'"
        )
        found = {}
        for (table,) in tables:
            counted = await connection.fetch(f'SELECT * FROM "{table}" WHERE user_id = $1', user)
            if table != "users":
                found[table] = len(counted)
                continue
            (tombstone,) = counted
            assert tombstone["removed_at"]
            found[table] = len([value for value in tombstone.values() if value is not None]) - 2
        return {table: count for table, count in found.items() if count}
    finally:
        await connection.close()


async def quiet(stack: Stack, user: UserId, calls: float = 1.0) -> None:
    """Until nothing is left, and for as many seconds as a call may take; then still nothing, but for what came on its
    way and goes."""

    async def look() -> bool:
        found = await left(stack, user)
        assert not found, found
        return True

    await stack.until(look, within=90)
    await asyncio.sleep(calls)
    await stack.until(look)


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_comes_back_of_a_busy_life(stacked: Stacked, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    async with stacked(build(DEEP)) as stack:
        await stack.start(initial_sync_max_days=36500, **BUSY)
        await stack.start("recorder")
        gone, stays = await stack.everybody()
        file = package(tmp_path / "export.zip", [row(number) for number in range(20_000)])
        job = await uploaded(stack, gone, {"export.zip": file.read_bytes()})
        assert (await stack.control(Import(user=gone, upload=job.rpartition(".")[2]))).done
        for _ in range(6):
            path = dice.choice(("/v1/me/player", "/v1/me/player", "/api/token"))
            skip = dice.randrange(8)
            await stack.simulator("faults", kind="slow", seconds=dice.uniform(1, 3), path=path, skip=skip)
        if dice.random() < 0.5:
            await stack.control(Pause(user=gone, what=dice.choice(("poll", "initial", "archive"))))
        await stack.js.publish(f"facts.plays.{gone}", b"\xff is no fact")
        await asyncio.sleep(dice.uniform(0, 5))

        await remove(stack, gone)
        for command in (Pause(user=gone), Trigger(user=gone, what="poll"), Cancel(job=job), Resume(user=gone)):
            assert not (await stack.control(command)).done

        await quiet(stack, gone, calls=4)
        before = now()

        async def polled() -> bool:
            """Also when polls have failed under way, and the next one would be late."""
            await stack.control(Trigger(user=stays, what="poll", hurry=True))
            polls = await stack.jobs(stays, Kind.POLL)
            return any(each.started_at > before and each.status is Status.SUCCESS for each in polls)

        await stack.until(polled)


async def test_what_is_said_of_somebody_who_is_gone_brings_nothing_back(stacked: Stacked) -> None:
    """Delivered late, or again, or read long ago."""
    async with stacked(build(DEEP)) as stack:
        await stack.start(initial_sync_enabled=False)
        gone, _ = await stack.everybody()
        await stack.finished(gone, Kind.POLL)
        old = await stack.listener(gone)
        assert old is not None
        await remove(stack, gone)
        await quiet(stack, gone)
        steering = await steering_on(stack.js)

        for kind in (Kind.POLL, Kind.INITIAL):
            assert await steering.start(new_job(kind, gone)) is None
        await publish(stack.js, UserLinked(user=gone, name=old.name, caused_by="long ago"))
        await publish(stack.js, PausesChanged(user=gone, paused=("all",), sequence=10**6, changed_at=now()))
        await publish(stack.js, AccountLinked(user=gone, name=old.name, account=old.account, linked_at=now()))
        reconciler = Reconciler(stack.js, steering, _Yesterday(stack, old), initial_sync_enabled=True)
        for _ in range(3):
            await reconciler.round()

        await quiet(stack, gone)


async def test_without_a_database_a_pause_of_somebody_who_is_gone_is_refused_too(stacked: Stacked) -> None:
    async with stacked(build(DEEP)) as stack:
        await stack.start(initial_sync_enabled=False)
        gone, stays = await stack.everybody()
        await remove(stack, gone)
        await quiet(stack, gone)
        await stack.stop()
        await stack.start("scheduler", initial_sync_enabled=False)

        refused, honoured = await stack.control(Pause(user=gone)), await stack.control(Pause(user=stays))

        assert (refused.done, honoured.done) == (False, True)
        assert "no listener" in refused.why
        assert (await left(stack, gone)) == {}


async def test_an_account_that_is_linked_again_is_another_listener(stacked: Stacked) -> None:
    """What is told again of the first one does not touch the second one."""
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start(initial_sync_enabled=False)
        (gone,) = await stack.everybody()
        known = await stack.listener(gone)
        assert known is not None
        await stack.finished(gone, Kind.POLL)
        await remove(stack, gone)
        (person,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()

        again = await stack.link(known.name, person["refresh_token"])
        await publish(stack.js, AccountRemoved(user=gone, removed_at=now(), name=known.name))
        await stack.finished(again, Kind.POLL)

        await quiet(stack, gone)
        second = await stack.listener(again)
        assert second is not None
        assert (second.account, second.name) == (known.account, known.name)
        assert second.plays == 50
        assert (await stack.control(Trigger(user=again, what="poll"))).done
        await stack.finished(again, Kind.POLL, count=2)


async def test_a_token_that_is_handed_over_in_that_moment_goes_too(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start(initial_sync_enabled=False)
        (gone,) = await stack.everybody()
        (person,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        await stack.finished(gone, Kind.POLL)
        # given somebody who stores it after the command has removed the tokens, and before the scheduler heard of it
        await stack.stop()
        await stack.start("recorder")
        await remove(stack, gone)
        await _store(stack, gone, person["refresh_token"])

        await stack.start("scheduler", "poll_worker", "sync_worker", initial_sync_enabled=False)

        await quiet(stack, gone)


class _Yesterday(Recorder):
    """What was answered before somebody was removed."""

    def __init__(self, stack: Stack, *known: Listener) -> None:
        super().__init__(stack.client)
        self._known = known

    async def listeners(self, unwell_since: datetime | None = None) -> AsyncIterator[Listener]:
        for one in self._known:
            yield one


async def _store(stack: Stack, user: UserId, token: str) -> None:
    at = await desk(DeskSettings(**stack.common), stack.js, stack.http)
    await at.vault.store(user, SecretStr(token))
