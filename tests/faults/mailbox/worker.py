"""A worker for the fault test: real broker, delivery and chains; its "API call" is a line in a log that survives it."""

import asyncio
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from faststream import AckPolicy, BaseMiddleware, FastStream
from faststream.nats import JStream, PullSub
from faststream.nats.annotations import NatsMessage

from spindle.shared.bus.broker import broker
from spindle.shared.bus.delivery import Delivery
from spindle.shared.bus.presence import provisioned
from spindle.shared.bus.steps import Chains
from spindle.shared.ids import now
from spindle.shared.messages.plays import PlaysFetched, Source, SyncPlays
from spindle.shared.outcomes import Outcome


class Journal:
    """One line per happening, written at once: `<nanoseconds> <what> <sequence> <job> <step>`."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, *words: object) -> None:
        os.write(self._file, (" ".join(map(str, (time.monotonic_ns(), *words))) + "\n").encode())


class Watched(BaseMiddleware):
    """Notes when a delivery begins and when everything about it is over, its acknowledgement too."""

    journal: Journal

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> Any:
        sequence = msg.raw_message.metadata.sequence.stream
        self.journal.write("begin", sequence)
        result = await call_next(msg)
        self.journal.write("over", sequence)
        return result


def followed(step: SyncPlays, dice: random.Random) -> Outcome:
    """`step.requests` is the length of the chain; one hand-over in six waits."""
    fact = PlaysFetched(
        user=step.user,
        job=step.job,
        step=step.step,
        source=Source.INITIAL,
        started_at=step.started_at,
        fetched_at=now(),
        requests=1,
    )
    if step.step >= step.requests:
        return Outcome(facts=(fact,))
    following = step.model_copy(update={"step": step.step + 1})
    wait = timedelta(seconds=dice.uniform(0.2, 1.5)) if dice.random() < 1 / 6 else None
    return Outcome(facts=(fact,), successor=following, at=now() + wait if wait else None)


async def run(url: str, journal: Journal, dice: random.Random) -> None:
    bus = broker(url, "fault-test-worker")
    js = (await bus.connect()).jetstream()
    await provisioned(js, "sync_worker")
    Watched.journal = journal
    bus.add_middleware(Watched)
    chains = Chains(js)
    bus.add_middleware(Delivery(js, lambda message: SyncPlays.decoded(message.data), wanted=chains.current))

    @bus.subscriber(
        "sync.initial.*.step",
        stream=JStream("commands", declare=False),
        durable="sync_worker-initial",
        pull_sub=PullSub(batch_size=4, timeout=0.5),
        max_workers=8,
        ack_policy=AckPolicy.MANUAL,
    )
    async def sync_plays(step: SyncPlays, message: NatsMessage) -> None:
        sequence = message.raw_message.metadata.sequence.stream
        journal.write("call", sequence, step.job, step.step)
        await asyncio.sleep(dice.uniform(0, 0.03))
        await chains.carry_out(followed(step, dice), message.raw_message)

    await FastStream(bus).run()


if __name__ == "__main__":
    address, log, seed = sys.argv[1:]
    asyncio.run(run(address, Journal(Path(log)), random.Random(seed)))
