"""What it costs that nats-server waits for the disk before it confirms: `sync_interval: always` against its default.

    .venv/bin/python bench/durability.py [--seconds 5] [--nodes 1 3] [--directory DIR]

Beside the disk's own rate, in the same minute: no server that waits for each message alone can be faster than that.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from bus import Bus
from nats.js import JetStreamContext

from spindle.embedded import nats
from spindle.shared.bus.connection import connect
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.patience import insist
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.ids import Kind, UserId, new_job, new_user, now
from spindle.shared.messages.plays import PollPlays

BODY = os.urandom(2500).hex().encode()  # as long as a page of plays
WAITING = 50  # publishes under way at once, pipelined; and polls side by side
ROUNDS = 2  # of both kinds in turn: a disk is not equally fast all the time

Work = Callable[[int], Awaitable[None]]


async def main(seconds: float, nodes: list[int], directory: Path | None) -> None:
    print(f"{'':<34} {'disk: fsyncs/s':>15} {'awaited/s':>10} {f'{WAITING} at once/s':>13} {'poll steps/s':>13}")
    for count in nodes:
        for turn in range(2 * ROUNDS):
            await _row(seconds, count, directory, always=turn % 2 == 0)


async def _row(seconds: float, nodes: int, directory: Path | None, always: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="spindle-durability-", dir=directory) as place:
        disk = await asyncio.to_thread(fsyncs, Path(place), seconds)
        async with served(Path(place), nodes, always) as js:
            awaited = await rate(seconds, 1, partial(_publish, js))
            await js.purge_stream("facts")
            pipelined = await rate(seconds, WAITING, partial(_publish, js))
            await js.purge_stream("facts")
            polls = await rate(seconds, WAITING, _Polls(js))
    name = f"{nodes} node{'s' * (nodes > 1)}, {'always (shipped)' if always else 'every 2 min (default)'}"
    print(f"{name:<34} {disk:>15,.0f} {awaited:>10,.0f} {pipelined:>13,.0f} {polls:>13,.0f}", flush=True)


def fsyncs(place: Path, seconds: float) -> float:
    """How often in a second a message can be appended to a file and brought to the disk, one after the other."""
    done, end = 0, time.monotonic() + seconds
    with (place / "file").open("wb", buffering=0) as file:
        while time.monotonic() < end:
            file.write(BODY)
            os.fsync(file.fileno())
            done += 1
    return done / seconds


async def rate(seconds: float, side_by_side: int, work: Work) -> float:
    done, end = 0, time.monotonic() + seconds

    async def go_on(number: int) -> None:
        nonlocal done
        while time.monotonic() < end:
            await work(number)
            done += 1

    await asyncio.gather(*(go_on(number) for number in range(side_by_side)))
    return done / seconds


async def _publish(js: JetStreamContext, number: int) -> None:
    await js.publish(f"facts.plays.{number}", BODY, timeout=30)


class _Polls:
    """What a poll asks of the bus: its fact is stored, and its successor takes its place."""

    def __init__(self, js: JetStreamContext) -> None:
        self._js = js
        self._boxes = Mailboxes(js)
        self._users: dict[int, UserId] = {}

    async def __call__(self, number: int) -> None:
        user = self._users.setdefault(number, new_user())
        letter = await self._boxes.read(Kind.POLL, user)
        step = PollPlays(user=user, job=new_job(Kind.POLL, user), started_at=now())
        await _publish(self._js, number)
        await self._boxes.hand_over(step, after=letter.sequence if letter else 0)


@asynccontextmanager
async def served(place: Path, nodes: int, always: bool) -> AsyncIterator[JetStreamContext]:
    shipped = await nats.start_cluster(place, nodes) if nodes > 1 else [await nats.start(place / "nats")]
    servers = [Bus(server, always) for server in shipped]
    try:
        await asyncio.gather(*(server.start() for server in servers))
        await asyncio.gather(*(server.shipped.joined() for server in servers if always))
        client = await connect(shipped[0].url, "durability", timeout=30)
        js = client.jetstream(timeout=30)
        await insist(lambda: ensure_topology(js, nodes), patience=60)
        facts = (await js.stream_info("facts")).config
        await js.update_stream(facts.evolve(max_bytes=-1))  # nobody records them, and a fast disk would fill its room
        yield js
        await client.close()
    finally:
        for server in servers:
            server.kill()


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=4)
    asked.add_argument("--nodes", type=int, nargs="*", default=[1, 3])
    asked.add_argument("--directory", type=Path)
    told = asked.parse_args()
    asyncio.run(main(told.seconds, told.nodes, told.directory))
