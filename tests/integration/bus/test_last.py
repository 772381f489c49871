"""The last message of a subject, beside what nats-py says of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from functools import partial

import pytest
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from spindle.embedded.nats import Nats
from spindle.shared.bus.broker import broker
from spindle.shared.bus.connection import connect
from spindle.shared.bus.last import last_message
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.patience import insist
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.ids import Kind, new_job, new_user, now
from spindle.shared.messages.plays import PollPlays

HEADERS: list[dict[str, str] | None] = [
    None,
    {"tracelink": "00-1-2-03"},
    {"Nats-Msg-Id": "a:b: c", "empty": "", "later": "@at 2026-11-22T06:00:00.000Z"},
]


@pytest.fixture
async def js(nats_url: str) -> AsyncIterator[JetStreamContext]:
    client = await connect(nats_url, "test")
    await ensure_topology(client.jetstream())
    yield client.jetstream()
    await client.close()


def said(found: RawStreamMsg) -> tuple[object, ...]:
    return found.subject, found.seq, found.data, found.headers or {}


async def code(asked: Awaitable[RawStreamMsg]) -> tuple[type[Exception], int | None]:
    with pytest.raises(NotFoundError) as refusal:
        await asked
    return refusal.type, refusal.value.err_code


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("body", [b"", b"{}", bytes(range(256)) * 8])
async def test_it_is_what_nats_py_reads(js: JetStreamContext, headers: dict[str, str] | None, body: bytes) -> None:
    await js.publish("sync.poll.a.step", b"before")
    await js.publish("sync.poll.a.later", body, headers=headers)

    found, theirs = (
        await last_message(js, "commands", "sync.poll.a.*"),
        await js.get_msg("commands", subject="sync.poll.a.*"),
    )

    assert said(found) == (theirs.subject, theirs.seq, theirs.data or b"", theirs.headers or {})
    assert found.time
    assert theirs.time
    assert abs((found.time - theirs.time).total_seconds()) < 0.001


async def test_what_is_not_there_is_refused_as_nats_py_is(js: JetStreamContext) -> None:
    await js.publish("sync.poll.gone.step", b"{}")
    await js.purge_stream("commands", subject="sync.poll.gone.*")

    for stream, subject in (("commands", "sync.poll.never.*"), ("commands", "sync.poll.gone.*"), ("no", "a")):
        assert await code(last_message(js, stream, subject)) == await code(js.get_msg(stream, subject=subject))


async def test_many_at_once_are_each_told_their_own(js: JetStreamContext) -> None:
    for number in range(300):
        await js.publish(f"sync.poll.{number}.step", str(number).encode())

    asked = (partial(last_message, js, "commands", f"sync.poll.{number}.*") for number in range(300))
    found = await asyncio.gather(*map(insist, asked))

    assert [each.data for each in found] == [str(number).encode() for number in range(300)]


async def test_a_mailbox_is_read_through_a_restart_of_the_server(nats_server: Nats) -> None:
    """With a connection that comes back, as services have it."""
    bus = broker(nats_server.url, "test")
    js = (await bus.connect()).jetstream()
    await ensure_topology(js)
    step = PollPlays(user=(user := new_user()), job=new_job(Kind.POLL, user), started_at=now())
    await Mailboxes(js).start(step)

    nats_server.kill()
    asked = asyncio.create_task(Mailboxes(js).read(Kind.POLL, user))
    await asyncio.sleep(0.5)
    assert not asked.done()
    await nats_server.start()

    found = await asked
    assert found
    assert found.step.job == step.job
    await bus.stop()
