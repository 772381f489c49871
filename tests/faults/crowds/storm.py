"""Deliveries that come again after a second, to processes that hold their breath for longer than that."""

import asyncio
import json
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from subprocess import Popen

from nats.aio.msg import Msg

from spindle.shared.bus.topology import CONSUMERS

from .crowd import Crowd

SEED = int(os.environ.get("SEED", "1"))
ACK_WAIT = 1.0  # seconds
HELD = (("recorder", "facts"), ("poll_worker", "commands"), ("sync_worker", "commands"))
DURABLES = {"recorder": "recorder-facts", "poll_worker": "poll_worker-poll", "sync_worker": "sync_worker-initial"}


@asynccontextmanager
async def stormy(at: Crowd) -> AsyncIterator[Counter[str]]:
    """How often each durable's deliveries came again, of those that were acknowledged: at least once of each that
    matters, before chance goes on."""
    again = await _counted(at)
    await _hurry(at)
    await asyncio.gather(*(_begun(at, service, stream) for service, stream in HELD))
    storm = asyncio.create_task(_storm(at, again))
    try:
        yield again
        assert not storm.done(), storm.exception()
    finally:
        storm.cancel()
        with suppress(asyncio.CancelledError):
            await storm


async def _storm(at: Crowd, again: Counter[str]) -> None:
    await asyncio.gather(*(_taken_over(at, service, stream, again) for service, stream in HELD))
    await asyncio.gather(*(_gusts(at, random.Random(SEED + number)) for number in range(2)))


async def _taken_over(at: Crowd, service: str, stream: str, again: Counter[str]) -> None:
    """All of a kind hold their breath with deliveries in hand, until another one has done what was theirs."""
    durable = DURABLES[service]
    theirs = at.of(service)
    while not again[durable]:
        with _holding(theirs):
            if await _in_hand(at, stream, durable):
                at.begin(service)
                await at.until(f"{durable} comes again", lambda: _seen(again, durable))
        await _begun(at, service, stream)


async def _begun(at: Crowd, service: str, stream: str) -> None:
    """All of a kind ask for work: before they have started they would take for ever, held as often as this."""

    async def asking() -> bool:
        found = await at.js.consumer_info(stream, DURABLES[service])
        return (found.num_waiting or 0) >= len(at.of(service))

    await at.until(f"all of {service} ask for work", asking)


async def _in_hand(at: Crowd, stream: str, durable: str) -> bool:
    """Whether there is something that nobody can acknowledge now. What is published meanwhile goes to those who have
    asked for it, which holds for a second."""
    for _ in range(30):
        await asyncio.sleep(0.02)
        if (await at.js.consumer_info(stream, durable)).num_ack_pending:
            return True
    return False


async def _seen(again: Counter[str], durable: str) -> bool:
    return again[durable] > 0


async def _gusts(at: Crowd, dice: random.Random) -> None:
    """One process after the other."""
    while True:
        with _holding([dice.choice(at.processes)]):
            await asyncio.sleep(dice.uniform(1.1 * ACK_WAIT, 2 * ACK_WAIT))


@contextmanager
def _holding(processes: Sequence[Popen[bytes]]) -> Iterator[None]:
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


async def _counted(at: Crowd) -> Counter[str]:
    again: Counter[str] = Counter()

    async def count(message: Msg) -> None:
        told = json.loads(message.data)
        again[told["consumer"]] += told["deliveries"] > 1

    await at.client.subscribe("$JS.EVENT.METRIC.CONSUMER.ACK.>", cb=count)
    return again


async def _hurry(at: Crowd) -> None:
    """What is not acknowledged in time is delivered again, to anybody; and every acknowledgement is told of."""
    for stream, consumers in CONSUMERS.items():
        for consumer in consumers:
            await at.js.add_consumer(stream, replace(consumer, ack_wait=ACK_WAIT, sample_freq="100"))
