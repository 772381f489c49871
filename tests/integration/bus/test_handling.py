"""What a log line bears that is written while a message is handled, and what the next one does not."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
import structlog
from faststream import AckPolicy, FastStream
from faststream.nats import JStream, NatsMessage, NatsRouter, PullSub
from nats.js import JetStreamContext

from spindle.shared.bus.broker import broker
from spindle.shared.bus.connection import connect
from spindle.shared.bus.delivery import Delivery
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.ids import JobId, Kind, new_job, new_user, now, parts
from spindle.shared.messages.plays import PollPlays

JOBS = 20
AGAIN, DEAD = "message will be delivered again", "message is dead"

log = structlog.get_logger()


@pytest.fixture
async def js(nats_url: str) -> AsyncIterator[JetStreamContext]:
    client = await connect(nats_url, "test")
    await ensure_topology(client.jetstream())
    yield client.jetstream()
    await client.close()


def worker(nats_url: str, js: JetStreamContext) -> FastStream:
    """It writes a line of its own and one in a task, and fails the first time."""
    router = NatsRouter(middlewares=[Delivery(js, lambda message: PollPlays.decoded(message.data))])

    @router.subscriber(
        "sync.poll.*.step",
        stream=JStream("commands", declare=False),
        durable="poll_worker-poll",
        pull_sub=PullSub(batch_size=4, timeout=0.5),
        max_workers=4,
        ack_policy=AckPolicy.MANUAL,
    )
    async def poll_plays(step: PollPlays, message: NatsMessage) -> None:
        log.warning("begun", expected=step.job)
        await asyncio.sleep(0.01)
        await asyncio.create_task(aside(step.job))
        raise OSError("it failed")

    bus = broker(nats_url, "test")
    bus.include_router(router)
    return FastStream(bus, logger=None)


def whole(lines: Sequence[Mapping[str, object]]) -> bool:
    """What came first may have come again before what came last."""
    told = Counter(line["event"] for line in lines)
    return told[DEAD] > 0 and min(told["begun"], told["aside"], told[AGAIN]) >= JOBS


async def aside(job: JobId) -> None:
    log.warning("aside", expected=job)


async def test_a_line_bears_job_and_listener_of_its_own_message_and_of_no_other(
    nats_url: str, js: JetStreamContext
) -> None:
    jobs = [new_job(Kind.POLL, new_user()) for _ in range(JOBS)]
    for job in jobs:
        user = parts(job)[1]
        await js.publish(f"sync.poll.{user}.step", PollPlays(user=user, job=job, step=3, started_at=now()).encoded())
    stranger = f"sync.poll.{new_user()}.step"
    await js.publish(stranger, b'{"user": "Ada", "job": "ada\'s", "step": "3"}')
    app = worker(nats_url, js)

    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        with structlog.contextvars.bound_contextvars(service="test"):
            await app.start()
        while not whole(lines):
            await asyncio.sleep(0.05)
        await app.stop()

    for line in lines:
        if "expected" in line:
            assert (line["job"], line["user"]) == (line["expected"], parts(line["expected"])[1])
    about = [line for line in lines if line["event"] in ("begun", "aside", AGAIN)]
    assert len(about) >= 3 * len(jobs)
    for line in about:
        assert (line["service"], line["step"]) == ("test", 3)
        assert line["subject"] == f"sync.poll.{line['user']}.step"
    (dead,) = [line for line in lines if line["event"] == DEAD]
    assert dead["subject"] == stranger
    assert not {"user", "job", "step"} & dead.keys()
    assert "job" not in structlog.contextvars.get_contextvars()
