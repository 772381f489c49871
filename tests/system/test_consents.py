"""Consents that end soon are noticed and told of: each stage once, however often somebody looks."""

import asyncio
from datetime import timedelta

import pytest
from nats.js.errors import NotFoundError
from stack import Stack, Stacked

from spindle.scheduler.asking import Recorder
from spindle.scheduler.reconcile import Reconciler
from spindle.scheduler.service import steering_on
from spindle.shared.bus.publish import publish
from spindle.shared.ids import UserId, new_user, now
from spindle.shared.messages.ask import Listener
from spindle.shared.messages.users import AccountLinked, Left, UserExpiring
from spindle.simulator import Settings, build

DAY = timedelta(days=1)
SERVICES = ("recorder", "scheduler")
ROUNDS = {"reconcile_seconds": 0.1, "initial_sync_enabled": False}


async def test_a_consent_that_ends_soon_is_told_of_once_a_stage(stacked: Stacked) -> None:
    """Six months are 181 days at least."""
    async with stacked(build(Settings(listeners=0))) as stack:
        await stack.start(*SERVICES, **ROUNDS)
        urgent = await _linked(stack, "urgent", days_ago=178)
        soon = await _linked(stack, "soon", days_ago=155)
        fresh = await _linked(stack, "fresh", days_ago=100)

        await _warned(stack, urgent, Left.WEEK)
        await _warned(stack, soon, Left.MONTH)
        await _more_rounds(stack)
        await stack.stop()
        await stack.start(*SERVICES, **ROUNDS)
        await _more_rounds(stack)

        told = [await _told(stack, user) for user in (urgent, soon, fresh)]
        assert [[event.left for event in events] for events in told] == [[Left.WEEK], [Left.MONTH], []]
        assert timedelta() < told[0][0].ends_at - now() < 7 * DAY < told[1][0].ends_at - now() < 30 * DAY


async def test_a_new_consent_is_as_good_as_the_first(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        await stack.start(*SERVICES, **ROUNDS)
        user = await _linked(stack, "ada", days_ago=178)
        await _warned(stack, user, Left.WEEK)

        await _link(stack, user, "ada", days_ago=0)

        await _warned(stack, user, None)
        await _more_rounds(stack)
        await _warned(stack, user, None)
        await _link(stack, user, "ada", days_ago=170)
        await _warned(stack, user, Left.MONTH)
        await stack.drained()
        assert [event.left for event in await _told(stack, user)] == [Left.WEEK, Left.MONTH]


async def test_nobody_is_warned_while_the_recorder_is_behind(stacked: Stacked) -> None:
    """The warning, or a new consent, may be among what it has not read."""
    async with stacked(build(Settings(listeners=0))) as stack:
        await stack.start("recorder")
        user = await _linked(stack, "ada", days_ago=178)
        reconciler = Reconciler(
            stack.js, await steering_on(stack.js), Recorder(stack.client), initial_sync_enabled=False
        )
        await stack.js.pause_consumer("facts", "recorder-facts", "2100-01-01T00:00:00Z")
        await asyncio.gather(*(stack.js.publish(f"facts.plays.{user}", b"waits", timeout=60) for _ in range(1001)))

        await reconciler.round()

        with pytest.raises(NotFoundError):
            await stack.js.get_last_msg("facts", f"facts.users.{user}")


async def _linked(stack: Stack, name: str, days_ago: int) -> UserId:
    user = new_user()
    await _link(stack, user, name, days_ago)
    await stack.until(lambda: stack.listener(user))
    return user


async def _link(stack: Stack, user: UserId, name: str, days_ago: int) -> None:
    at = now()
    link = AccountLinked(
        user=user, name=name, account=f"account of {name}", linked_at=at, authorized_at=at - days_ago * DAY
    )
    await publish(stack.js, link)


async def _warned(stack: Stack, user: UserId, of: Left | None) -> None:
    async def so() -> Listener | None:
        found = await stack.listener(user)
        return found if found and found.warned is of else None

    await stack.until(so)


async def _more_rounds(stack: Stack) -> None:
    """In which nothing is noticed: no fact comes. Another warning would be one that the bus would not know again."""
    before = (await stack.js.stream_info("facts")).state.last_seq
    await asyncio.sleep(1)
    assert (await stack.js.stream_info("facts")).state.last_seq == before


async def _told(stack: Stack, user: UserId) -> list[UserExpiring]:
    last = (await stack.js.stream_info("events")).state.last_seq
    found = [await stack.js.get_msg("events", number) for number in range(1, last + 1)]
    return [UserExpiring.decoded(each.data or b"") for each in found if each.subject == f"users.expiring.{user}"]
