"""Dead letters of messages that are made to be none, and numbers that no letter has."""

from collections.abc import AsyncIterator
from time import monotonic

import pytest
from nats.js import JetStreamContext

from spindle.shared.bus.connection import connect
from spindle.shared.bus.dead import bury, letter, letters
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.ids import Kind, new_job, new_user
from spindle.shared.messages.dead import Dead

LONE = b'{"user": "\\ud800", "job": "\\udfff", "step": 2}'
LONG = b'{"user": "%s", "step": true}' % (b"a" * 7_000_000)


@pytest.fixture
async def js(nats_url: str) -> AsyncIterator[JetStreamContext]:
    client = await connect(nats_url, "test")
    await ensure_topology(client.jetstream())
    yield client.jetstream()
    await client.close()


async def test_whatever_a_message_says_of_whom_it_is_about_it_is_buried(js: JetStreamContext) -> None:
    user = new_user()
    job = new_job(Kind.POLL, user)
    ours = b'{"user": "%s", "job": "%s", "step": 3}' % (user.encode(), job.encode())

    for body in (LONE, LONG, ours):
        await js.publish(f"facts.jobs.{user}", body)
        subscription = await js.pull_subscribe_bind("recorder-facts", "facts")
        (message,) = await subscription.fetch(1, timeout=20)
        await bury(js, message, "a test")
        await message.ack_sync(timeout=20)
        await subscription.unsubscribe()

    found = [Dead.decoded(each.data or b"") async for each in letters(js)]
    assert [(each.user, each.job, each.step) for each in found] == [(None, None, 2), (None, None, None), (user, job, 3)]
    assert [each.body.encode() == body for each, body in zip(found, (LONE, LONG, ours), strict=True)] == [True] * 3


async def test_a_number_that_is_none_of_nats_has_no_letter_and_is_not_asked_for_again_and_again(
    js: JetStreamContext,
) -> None:
    began = monotonic()

    found = [await letter(js, number) for number in (-1, 0, 1, 2**64 - 1, 2**64, 10**30)]

    assert found == [None] * 6
    assert monotonic() - began < 15  # one that is asked for again and again takes twenty
