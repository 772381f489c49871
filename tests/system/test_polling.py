"""Polling: new plays are recorded once, and failures stay with the listener who has them."""

import asyncio
from datetime import timedelta

from nats.aio.subscription import Subscription
from stack import Stack, Stacked

from spindle.shared.ids import Kind, new_user, now
from spindle.shared.messages.ask import AskUsers, Users
from spindle.shared.messages.control import Trigger
from spindle.shared.messages.jobs import Reason, Status
from spindle.shared.messages.plays import PlaysFetched
from spindle.simulator import Clock, Settings, build


async def test_a_new_play_is_recorded_once_and_told(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1, late=False), Clock(speed=0))) as stack:
        await stack.start()
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.INITIAL)
        await stack.finished(user, Kind.POLL)
        before = await stack.plays(user)
        told = await stack.client.subscribe(f"plays.recorded.{user}")
        (person,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        await stack.simulator("plays", listener=person["id"])

        for _ in range(2):
            rows = len(await stack.jobs(user, Kind.POLL))
            await stack.waiting(user)
            assert (await stack.control(Trigger(user=user, what="poll"))).done
            await stack.finished(user, Kind.POLL, count=rows + 1)

        assert len(await stack.plays(user)) == len(before) + 1
        await stack.until(lambda: _tells(told, b'"new":1,'))  # what was told of the polls before may come first
        assert (await stack.jobs(user, Kind.POLL))[-1].new == 0
        assert not (await stack.gaps(user)).gaps


async def test_a_poll_is_due_at_its_time_however_late_a_worker_comes_or_when_somebody_asks_for_it(
    stacked: Stacked,
) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", initial_sync_enabled=False)
        told = await stack.client.subscribe("facts.plays.>")
        (user,) = await stack.everybody()
        await stack.start("poll_worker", poll_interval_seconds=8)
        first = PlaysFetched.decoded((await told.next_msg(timeout=30)).data)
        await stack.running.pop().stop()
        assert first.next_poll_at is not None
        await asyncio.sleep((first.next_poll_at - now()).total_seconds() + 3)

        await stack.start("poll_worker")
        late = PlaysFetched.decoded((await told.next_msg(timeout=30)).data)
        asked_at = now()
        await stack.waiting(user)
        assert (await stack.control(Trigger(user=user, what="poll"))).done
        triggered = PlaysFetched.decoded((await told.next_msg(timeout=30)).data)

        assert late.due_at == first.next_poll_at
        assert late.fetched_at - late.due_at > timedelta(seconds=2)
        assert triggered.due_at is not None
        assert asked_at <= triggered.due_at <= triggered.fetched_at


async def test_one_failing_listener_leaves_nine_healthy_ones_alone(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=10))) as stack:
        people = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        await stack.simulator("faults", kind="server", status=503, listener=people[0]["id"], path="/v1/me", times=None)
        await stack.start("recorder", "scheduler", "poll_worker", initial_sync_enabled=False)

        users = await stack.everybody()
        rows = [(await stack.finished(user, Kind.POLL))[0] for user in users]

        assert rows[0].status is Status.ERROR
        assert "503" in (rows[0].error or "")
        failing = await stack.listener(users[0])
        assert failing is not None
        assert "503" in (failing.poll_error or "")
        assert [(row.status, row.new) for row in rows[1:]] == [(Status.SUCCESS, 50)] * 9
        await stack.waiting(users[0])


async def test_a_revoked_listener_is_disconnected_without_further_calls_and_healed_by_a_new_link(
    stacked: Stacked,
) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        (person,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        await stack.simulator("tokens", listener=person["id"], revoke=True)
        await stack.start(initial_sync_enabled=False)

        user = await stack.link("Someone", person["refresh_token"])
        (row,) = await stack.finished(user, Kind.POLL)

        assert (row.status, row.reason) == (Status.ERROR, Reason.DISCONNECTED)
        listener = await stack.until(lambda: _disconnected(stack, user))
        assert listener.disconnected_why
        await stack.until(lambda: _emptied(stack, user))
        assert not (await stack.control(Trigger(user=user, what="poll"))).done
        assert await stack.calls() == []


async def test_what_nobody_can_read_goes_to_dead_and_disturbs_nobody(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start(initial_sync_enabled=False)
        stranger = new_user()

        await stack.js.publish(f"sync.poll.{stranger}.step", b"not JSON")
        await stack.js.publish(f"sync.initial.{stranger}.step", b'{"user": "no id"}')
        await stack.js.publish(f"facts.plays.{stranger}", b"\x00\xff")
        await stack.js.publish(f"facts.jobs.{stranger}", b'{"fact": "Nonsense"}')

        (user,) = await stack.everybody()
        (row,) = await stack.finished(user, Kind.POLL)
        assert row.status is Status.SUCCESS
        assert await stack.until(lambda: _letters(stack, 4))
        dead = await stack.js.pull_subscribe("dead.>", durable="test", stream="dead")
        whys = [message.data for message in await dead.fetch(4, timeout=30)]
        assert any(b"not JSON" in why for why in whys)
        await stack.until(lambda: _left(stack, commands=1, facts=0))


async def _tells(told: Subscription, words: bytes) -> bool:
    return words in (await told.next_msg(timeout=30)).data


async def _emptied(stack: Stack, user: str) -> bool:
    return await stack.mailboxes.read(Kind.POLL, user) is None


async def _left(stack: Stack, **messages: int) -> bool:
    return messages == {stream: (await stack.js.stream_info(stream)).state.messages for stream in messages}


async def _disconnected(stack: Stack, user: str) -> object:
    found = (await stack.ask(AskUsers(user=user), Users)).users[0]
    return found if found.disconnected_at else None


async def _letters(stack: Stack, count: int) -> bool:
    return (await stack.js.stream_info("dead")).state.messages >= count
