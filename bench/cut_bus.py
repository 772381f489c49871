"""nats-server under a power cut: all that Spindle asks of it, at once, and what of it is there afterwards."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from bus import Bus
from cutting import Disk
from nats.aio.client import Client
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue

from spindle.embedded import nats
from spindle.shared.bus.connection import connect
from spindle.shared.bus.errors import BusError
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.bus.uploads import Uploads
from spindle.shared.ids import Kind, new_job, new_user, now
from spindle.shared.messages.plays import SyncPlays

PUBLISHERS = 4
_UNDER_WAY = 0.2  # seconds in which what was confirmed before the cut has arrived
_PIECE = os.urandom(200_000)

USER_ID = new_user()
JOB = new_job(Kind.INITIAL, USER_ID)
_FIRST = SyncPlays(user=USER_ID, job=JOB, started_at=now())


@dataclass
class Confirmed:
    """What the server has said that it has."""

    facts: dict[int, bytes] = field(default_factory=dict)
    token: int = 0
    step: int = 0
    pieces: int = 0

    @property
    def count(self) -> int:
        return len(self.facts) + self.token + self.step + self.pieces

    async def missing(self, js: JetStreamContext) -> int:
        """How much of it the server no longer has. Of a token and of a step only the last one counts."""
        gone = sum([await _gone(js, number, body) for number, body in self.facts.items()])
        bucket, uploads = await js.key_value("tokens"), await Uploads.on(js)
        gone += max(self.token - await _token(bucket), 0)
        letter = await Mailboxes(js).read(Kind.INITIAL, USER_ID)
        gone += max(self.step - (letter.step.step if letter else 0), 0)
        return gone + sum([await uploads.piece(JOB, 0, number) != _PIECE for number in range(self.pieces)])


async def trial(on: Disk, seconds: float, always: bool = True) -> tuple[int, int]:
    """How much was confirmed, and how much of that is missing after a cut that comes so many seconds later, or as soon
    as something is."""
    server, confirmed = Bus(await nats.start(on.place / "nats"), always), Confirmed()
    try:
        await server.start()
        async with _joined(server) as client:
            await ensure_topology(client.jetstream())
            on.settle()
            await _cut(on, server, seconds, asking(client.jetstream(), confirmed), confirmed)
        server.kill()
        on.back()
        await server.start()
        async with _joined(server) as client:
            missing = await confirmed.missing(client.jetstream())
            await client.jetstream().publish("facts.plays.goes-on", b"")
            return confirmed.count, missing
    finally:
        server.kill()


def asking(js: JetStreamContext, confirmed: Confirmed) -> list[Coroutine[None, None, None]]:
    return [
        *(_facts(js, confirmed) for _ in range(PUBLISHERS)),
        _tokens(js, confirmed),
        _steps(js, confirmed),
        _pieces(js, confirmed),
    ]


async def _cut(
    on: Disk, server: Bus, seconds: float, work: list[Coroutine[None, None, None]], confirmed: Confirmed
) -> None:
    """The server does nothing more from then on, as in life: one that lives on would confirm what it fails to fsync."""
    tasks = [asyncio.create_task(each) for each in work]
    await asyncio.sleep(seconds)
    at_work = {*tasks}
    while at_work and not confirmed.count:
        _, at_work = await asyncio.wait(at_work, timeout=0.01)
    server.freeze()
    await asyncio.sleep(_UNDER_WAY)
    on.cut()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def _facts(js: JetStreamContext, confirmed: Confirmed) -> None:
    for number in itertools.count():
        body = f"{number}".encode() * 100
        confirmed.facts[(await js.publish("facts.plays.somebody", body)).seq] = body


async def _tokens(js: JetStreamContext, confirmed: Confirmed) -> None:
    bucket = await js.key_value("tokens")
    for number in itertools.count(1):
        await bucket.put("somebody", b"%d" % number)
        confirmed.token = number


async def _steps(js: JetStreamContext, confirmed: Confirmed) -> None:
    boxes = Mailboxes(js)
    await boxes.start(_FIRST)
    for number in itertools.count(2):
        letter = await boxes.read(Kind.INITIAL, USER_ID)
        assert letter
        if not await boxes.hand_over(_FIRST.model_copy(update={"step": number}), letter.sequence):
            return  # a try before has failed, and shows all the same until the server is restarted
        confirmed.step = number


async def _pieces(js: JetStreamContext, confirmed: Confirmed) -> None:
    uploads = await Uploads.on(js)
    for number in itertools.count():
        await uploads.put_piece(JOB, 0, number, _PIECE)
        confirmed.pieces = number + 1


async def _token(bucket: KeyValue) -> int:
    with suppress(KeyNotFoundError):
        return int((await bucket.get("somebody")).value or b"0")
    return 0


async def _gone(js: JetStreamContext, number: int, body: bytes) -> bool:
    with suppress(Error):
        return (await js.get_msg("facts", number)).data != body
    return True


@asynccontextmanager
async def _joined(server: Bus) -> AsyncIterator[Client]:
    """As soon as it has read what it has."""
    end = asyncio.get_running_loop().time() + 30
    while True:
        try:
            client = await connect(server.shipped.url, "power")
            await client.jetstream().account_info()
            break
        except (BusError, Error):
            if asyncio.get_running_loop().time() > end:
                raise
            await asyncio.sleep(0.1)
    try:
        yield client
    finally:
        with suppress(Error):
            await client.close()
