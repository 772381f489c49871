"""What is done with a step that its mailbox does not show: nothing, and it is not acknowledged."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import nats
import pytest
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from spindle.shared.bus.errors import Unsettled
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.steps import Chains
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.ids import Kind, new_job, new_user, now
from spindle.shared.messages.jobs import ChainStarted
from spindle.shared.messages.plays import SyncPlays
from spindle.shared.outcomes import Outcome

DURABLE = "sync_worker-initial"


@pytest.fixture
async def js(nats_url: str) -> AsyncIterator[JetStreamContext]:
    client = await nats.connect(nats_url)
    await ensure_topology(client.jetstream())
    yield client.jetstream()
    await client.close()


def first_step() -> SyncPlays:
    user = new_user()
    return SyncPlays(user=user, job=new_job(Kind.INITIAL, user), started_at=now())


def following(step: SyncPlays) -> Outcome:
    return Outcome(successor=step.model_copy(update={"step": step.step + 1}))


async def delivered(js: JetStreamContext) -> Msg:
    subscription = await js.pull_subscribe_bind(DURABLE, "commands")
    return (await subscription.fetch(1, timeout=20))[0]


async def test_a_step_whose_successor_is_there_is_stale(js: JetStreamContext) -> None:
    chains, step = Chains(js), first_step()
    await Mailboxes(js).start(step)
    hand = await delivered(js)
    assert await chains.current(hand)

    assert await chains.carry_out(following(step), hand)

    assert not await chains.current(hand)
    assert not await chains.carry_out(following(step), hand)


async def test_an_empty_mailbox_is_no_reason_to_acknowledge(js: JetStreamContext) -> None:
    """It may be a new leader's that has not caught up: the chain would be lost."""
    chains, step = Chains(js), first_step()
    await Mailboxes(js).start(step)
    hand = await delivered(js)
    await Mailboxes(js).purge(Kind.INITIAL, step.user, step.job)

    with pytest.raises(Unsettled):
        await chains.current(hand)
    with pytest.raises(Unsettled):
        await chains.carry_out(following(step), hand)


async def test_a_purged_step_is_not_delivered_again_when_it_is_asked_for(js: JetStreamContext) -> None:
    step = first_step()
    await Mailboxes(js).start(step)
    hand = await delivered(js)
    await Mailboxes(js).purge(Kind.INITIAL, step.user, step.job)

    await hand.nak(delay=0.1)

    with pytest.raises(nats.errors.TimeoutError):
        await (await js.pull_subscribe_bind(DURABLE, "commands")).fetch(1, timeout=0.7)
    while (await js.consumer_info("commands", DURABLE)).num_ack_pending:
        await asyncio.sleep(0.05)


async def test_what_was_found_for_a_step_that_was_taken_away_is_not_told(js: JetStreamContext) -> None:
    mailboxes, chains, step = Mailboxes(js), Chains(js), first_step()
    await mailboxes.start(step)
    hand = await delivered(js)
    letter = await mailboxes.read(Kind.INITIAL, step.user)
    assert letter is not None
    await mailboxes.move(letter, now())
    found = ChainStarted(user=step.user, job=step.job, started_at=now())

    assert not await chains.carry_out(Outcome(facts=(found,)), hand)

    await mailboxes.purge(Kind.INITIAL, step.user, step.job)
    with pytest.raises(Unsettled):
        await chains.carry_out(Outcome(facts=(found,)), hand)
    about = (await js.stream_info("facts", subjects_filter=">")).state.subjects or {}
    assert found.on not in about


async def test_a_chain_that_was_ended_in_the_moment_in_which_its_time_came_does_not_come_back(
    js: JetStreamContext,
) -> None:
    mailboxes, steps, due = Mailboxes(js), [first_step() for _ in range(200)], now() + timedelta(seconds=0.6)

    async def ended(step: SyncPlays, wait: float) -> None:
        await mailboxes.hand_over(step, after=0, at=due)
        await asyncio.sleep((due - now()).total_seconds() + wait)
        await mailboxes.purge(Kind.INITIAL, step.user, step.job)

    await asyncio.gather(*(ended(step, number / 10_000) for number, step in enumerate(steps)))
    await asyncio.sleep(0.5)

    assert (await js.stream_info("commands", subjects_filter=">")).state.subjects is None
