"""How many events a second a gateway tells 500 clients, and how late, beside a bare relay in the same run.

Run by hand: `python bench/live_events.py [clients]`. Both read the stream `events` of the same nats-server with one
consumer, and write to the same number of sockets, each in a process of its own. The relay does nothing else: it checks
nothing, filters nothing and asks for no token, and whoever comes too late or reads too slowly has lost. The server's
fsync is left to its default, so that it is not what is measured.
"""

import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import nats
from bus import Bus
from home import SPINDLE
from nats.aio.client import Client

from spindle.embedded import nats as embedded
from spindle.embedded.ports import choose, is_free
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.ids import Kind, new_job, new_user, now
from spindle.shared.messages.plays import LatestPlay, PlaysRecorded, Source

ALONE, BURST, PACE = 200, 2000, 0.05
"""Events one by one, so many seconds apart, and events all at once."""
AWAY = 20_000
EXACT = 25
"""Clients that note when each event came; the others only count."""
TOKEN = "the-token-of-this-benchmark"
_TOTAL = re.compile(rb'"total": ?(\d+)')
_RELAY = Path(__file__).with_name("relay.py")


@dataclass
class Reader(asyncio.Protocol):
    port: int
    since: int | None = None
    exact: bool = False
    heard: int = 0
    at: dict[int, float] = field(default_factory=dict)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        since = f"?since={self.since}" if self.since is not None else ""
        self.transport.write(
            f"GET /api/events{since} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.heard += data.count(b"\nevent: ")
        if self.exact:
            arrived = time.time()
            self.at.update((int(number), arrived) for number in _TOTAL.findall(data))


async def connected(port: int, number: int, since: int | None = None) -> list[Reader]:
    loop = asyncio.get_running_loop()
    readers = [Reader(port, since, exact=n < EXACT) for n in range(number)]
    for reader in readers:
        await loop.create_connection(lambda reader=reader: reader, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.sleep(2)
    return readers


async def heard(readers: Sequence[Reader], events: int) -> None:
    while min(reader.heard for reader in readers) < events:  # noqa: ASYNC110
        await asyncio.sleep(0.005)


USER = new_user()


async def tell(bus: Client, number: int) -> None:
    told = PlaysRecorded(
        user=USER,
        name="Nadia",
        job=new_job(Kind.POLL, USER),
        step=1,
        source=Source.POLL,
        new=1,
        duplicates=49,
        total=number,
        latest=LatestPlay(played_at=now(), track="Postcards for Beginners", artists=("Northbound Ferry Club",)),
        next_poll_at=now(),
        caused_by="x" * 80,
    )
    await bus.publish(told.on, told.encoded())


async def measure(name: str, bus: Client, port: int, pid: int, clients: int) -> None:
    readers = await connected(port, clients)
    published, before = [], busy(pid)
    for number in range(ALONE):
        published.append(time.time())
        await tell(bus, number)
        await asyncio.sleep(PACE)
    await heard(readers, ALONE)
    late = sorted(reader.at[n] - published[n] for reader in readers[:EXACT] for n in range(ALONE))
    paced = (busy(pid) - before) / ALONE / clients * 1e6
    began, before = time.monotonic(), busy(pid)
    for number in range(BURST):
        await tell(bus, ALONE + number)
    await heard(readers, ALONE + BURST)
    took = time.monotonic() - began
    burst = (busy(pid) - before) / BURST / clients * 1e6
    print(
        f"{name:<8} {clients} clients   {1 / PACE:.0f} events/s: p50 {1000 * statistics.median(late):5.1f} ms"
        f"   p99 {1000 * late[int(0.99 * len(late))]:5.1f} ms   {paced:4.1f} µs of CPU for each told   "
        f"at once: {BURST * clients / took:>9,.0f} told/s ({BURST / took:,.0f} events/s), {burst:.1f} µs"
    )
    for reader in readers:
        reader.transport.close()


def busy(pid: int) -> float:
    """Seconds of CPU so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def process(*command: str, port: int, **told: str) -> Iterator[int]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SPINDLE_")}
    running = subprocess.Popen(command, env={**clean, **told})
    try:
        while is_free(port):
            time.sleep(0.1)
        yield running.pid
    finally:
        running.terminate()
        running.wait(10)


async def catch_up(bus: Client, port: int) -> None:
    last = (await bus.jetstream().stream_info("events")).state.last_seq
    for number in range(AWAY):
        await tell(bus, number)
    while (await bus.jetstream().stream_info("events")).state.last_seq < last + AWAY:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    await asyncio.sleep(2)  # the gateway has read them, too
    for many in (1, 50):
        began = time.monotonic()
        loop = asyncio.get_running_loop()
        readers = [Reader(port, last) for _ in range(many)]
        for reader in readers:
            await loop.create_connection(lambda reader=reader: reader, "127.0.0.1", port)  # type: ignore[misc]
        await heard(readers, AWAY)
        took = time.monotonic() - began
        print(f"{many:>3} who come back {AWAY:,} events later: {took:.1f} s, {many * AWAY / took:,.0f} told/s")
        for reader in readers:
            reader.transport.close()


async def main(clients: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        shipped = await embedded.start(Path(place) / "nats")
        await shipped.stop()
        server = Bus(shipped, always=False)
        await server.start()
        await asyncio.sleep(1)
        bus = await nats.connect(shipped.url)
        await ensure_topology(bus.jetstream())
        for _ in range(2):
            port = choose()
            with process(sys.executable, str(_RELAY), shipped.url, str(port), port=port) as pid:
                await measure("relay", bus, port, pid, clients)
            port = choose()
            told = {"SPINDLE_NATS_URL": shipped.url, "SPINDLE_PORT": str(port), "SPINDLE_ACCESS_TOKEN": TOKEN}
            with process(*SPINDLE, "run", "gateway", port=port, **told) as pid:
                await measure("gateway", bus, port, pid, clients)
        with process(*SPINDLE, "run", "gateway", port=port, **told):
            await catch_up(bus, port)
        await bus.close()
        server.kill()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
