"""Who is suspected of killing its worker: not what the worker itself gives back."""

from collections.abc import AsyncIterator

import pytest
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from spindle.shared.bus.connection import connect
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.bus.trials import Trials
from spindle.shared.ids import Kind, new_job, new_user, now
from spindle.shared.messages.plays import SyncPlays


class Trouble(Exception):
    """Why a step is given back."""


@pytest.fixture
async def js(nats_url: str) -> AsyncIterator[JetStreamContext]:
    client = await connect(nats_url, "test")
    await ensure_topology(client.jetstream())
    yield client.jetstream()
    await client.close()


async def raising() -> None:
    raise Trouble


async def wanted(_: Msg) -> bool:
    return True


async def never(_: Msg) -> None:
    pytest.fail("given up")


async def given_back(js: JetStreamContext, times: int, trials: Trials | None) -> bool:
    """Whether a step was marked that was delivered so often, each time to the same trials or to others."""
    user = new_user()
    await Mailboxes(js).start(SyncPlays(user=user, job=new_job(Kind.INITIAL, user), started_at=now()))
    subscription = await js.pull_subscribe_bind("sync_worker-initial", "commands")
    for _ in range(times):
        (message,) = await subscription.fetch(1, timeout=20)
        with pytest.raises(Trouble):
            await (trials or Trials(js)).run(message, raising, wanted, never)
        await message.nak()
    return (await js.stream_info("KV_trials")).state.messages > 0


async def test_a_step_that_its_worker_gives_back_again_and_again_is_no_suspect(js: JetStreamContext) -> None:
    assert not await given_back(js, 8, Trials(js))


async def test_a_step_that_other_workers_were_given_before_is_one(js: JetStreamContext) -> None:
    assert await given_back(js, 4, None)
