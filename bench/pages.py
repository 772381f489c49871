"""How long each page takes with a million plays of one listener, and with a thousand listeners: to its first content,
to its last byte, and of some until a real Chromium has painted the first content and has all of it.

Run by hand: `python bench/pages.py [--plays N] [--listeners N] [--rounds N] [--keep SECONDS]`. PostgreSQL and NATS are
those that `up` starts, with their durability; each service is a process of its own, and nobody's poll is due. The pages
are all that the gateway has, and Listening in other periods too. What is counted beforehand is counted by the
recorder's own function before the recorder starts, which would rest as long as it works.
"""

import argparse
import asyncio
import http.client
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import asyncpg
import nats
from fastapi.routing import iter_route_contexts
from home import SPINDLE
from lives import YEARS, lead
from painting import painted, reader, told
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.embedded import nats as embedded_nats
from spindle.embedded import postgres
from spindle.embedded.ports import choose, is_free
from spindle.gateway.pages import pages
from spindle.recorder.store import listening
from spindle.recorder.store.engine import engine, transaction
from spindle.recorder.store.listening import Patience
from spindle.recorder.store.migrate import migrate
from spindle.shared.bus.publish import publish
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.ids import now
from spindle.shared.messages.ask import AskListening, AskPlays, AskRepeats, AskTops, Ranked
from spindle.shared.messages.dead import Dead

LIMIT = 200
"""Milliseconds to the first content."""
_TROUBLE = b'id="trouble"'
_HEADING = b"<h1"
_COUNTERS = 4
_YEARS_OF_MANY = 3
"""Each year of each is counted by itself."""
_EVERY_MARK = 10_000_000
TOKEN = "the-token-of-this-benchmark"
_PERIODS = ("6m", "2026", "2020", "2019", "all", "2015-03-03..2024-05-05")


@dataclass(frozen=True)
class Took:
    """Milliseconds."""

    first: float
    """Until the heading was there; of an answer without one, until its end."""
    whole: float
    trouble: str
    """Instead of the page; empty when there is none."""
    size: int


@dataclass(frozen=True)
class World:
    port: int
    database: str
    nats_url: str
    user: str


def fetched(world: World, path: str) -> Took:
    connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=60)
    connection.connect()
    began = time.perf_counter()
    connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}", "Accept": "text/html"})
    answer = connection.getresponse()
    body, first = b"", 0.0
    while piece := answer.read1(2**16):
        body += piece
        first = first or (_HEADING in body) * time.perf_counter()
    whole = time.perf_counter()
    connection.close()
    trouble = f"answered {answer.status}" if answer.status >= 400 else "has trouble" if _TROUBLE in body else ""
    return Took(1000 * ((first or whole) - began), 1000 * (whole - began), trouble, len(body))


def paths(world: World) -> Iterator[str]:
    """Of every page that there is."""
    named = {
        "user": [world.user],
        "day": [str((now() - timedelta(days=400)).date())],
        "what": list(Ranked),
        "letter": ["1"],
        "job": [f"{{kind}}.{world.user}.{'1'.rjust(32, '0')}"],
    }
    for route in iter_route_contexts(pages().routes):
        if "GET" not in (route.methods or ()):
            continue
        found = [str(route.path)]
        for name, values in named.items():
            found = [path.replace(f"{{{name}}}", value) for path in found for value in values]
        yield from (path.format(kind="archive" if path.startswith("/imports") else "poll") for path in found)
    for period in _PERIODS:
        yield f"/listening/{world.user}?period={period}"
    for what in ("search=nothing+like+it", "artist=" + "0" * 22, "source=poll", "skipped=yes", "short=yes"):
        yield f"/listening/{world.user}/plays?period=all&{what}"


def measure_pages(world: World, rounds: int) -> list[str]:
    """Returns those that took too long."""
    slow, took_of = [], {path: list[Took]() for path in paths(world)}
    for number in range(rounds + 1):  # one after the other, so that no answer is still good for the next
        for path, took in took_of.items():
            found = fetched(world, path)
            if number:  # who comes first of all waits for what all share
                took.append(found)
    print(f"{'page':<58} {'first content':>18} {'whole':>18}   (median and p95, ms; limit {LIMIT} to the first)")
    for path, took in took_of.items():
        first, whole = told([each.first for each in took]), told([each.whole for each in took])
        late = statistics.median(each.first for each in took) > LIMIT
        slow += [_shown(world, path)] if late else []
        mark = "TOO SLOW" if late else took[-1].trouble
        print(
            f"{_shown(world, path):<58} {first:>18} {whole:>18}   {took[-1].size / 1024:>6,.0f} KB {mark}", flush=True
        )
    return slow


def _shown(world: World, path: str) -> str:
    return path.replace(world.user, "NAME").replace("0" * 22, "ID").replace("0" * 31, "…")


def measure_paint(world: World, rounds: int) -> list[str]:
    """Returns those that were painted too late."""
    address, slow = f"http://127.0.0.1:{world.port}", list[str]()
    overview, coverage = f"/listening/{world.user}", f"/coverage/{world.user}"
    seen = ["/", coverage, f"{coverage}/{(now() - timedelta(days=400)).date()}", f"{overview}/plays?period=all"]
    seen += [overview, *(f"{overview}?period={period}" for period in _PERIODS)]
    with reader(address, TOKEN) as person:
        if person is None:
            print("no Chromium is here: nothing was painted")
            return slow
        print(f"{'in Chromium':<58} {'first paint':>18} {'loaded':>18}   (the same)")
        for place, took in painted(person, [address + path for path in seen], rounds).items():
            first, loaded = ([*times] for times in zip(*took, strict=True))
            shown, late = _shown(world, place.removeprefix(address)), statistics.median(first) > LIMIT
            slow += [f"{shown} painted"] if late else []
            print(f"{shown:<58} {told(first):>18} {told(loaded):>18}   {'TOO SLOW' if late else ''}", flush=True)
    return slow


async def measure_answers(world: World, rounds: int) -> None:
    bus = await nats.connect(world.nats_url)
    questions = {
        "listening, ever": AskListening(user=world.user),
        **{f"top {what}, ever": AskTops(user=world.user, what=what, limit=10) for what in Ranked},
        "repeats, ever": AskRepeats(user=world.user),
        "50 plays": AskPlays(user=world.user, latest=True, limit=50),
        "a search that finds nothing": AskPlays(user=world.user, latest=True, limit=50, search="nothing like it"),
    }
    for name, question in questions.items():
        took = []
        for _ in range(rounds):
            began = time.perf_counter()
            await bus.request(question.on, question.encoded(), timeout=30)
            took.append(1000 * (time.perf_counter() - began))
        print(f"{'  answer: ' + name:<58} {told(took):>18}")
    await bus.close()


@asynccontextmanager
async def world(place: Path, listeners: int, plays: int) -> AsyncIterator[World]:
    """Filled, counted, and with a recorder and a gateway."""
    server, bus = await postgres.start(place / "postgres"), await embedded_nats.start(place / "nats")
    try:
        await _fill(server.url, bus.url, listeners, plays)
        user = await _counted(server.url)
        port = choose()
        named = {"SPINDLE_NATS_URL": bus.url, "SPINDLE_DATABASE_URL": server.url, "SPINDLE_ACCESS_TOKEN": TOKEN}
        named |= {"SPINDLE_PORT": str(port), "SPINDLE_SECRET_KEY": "ab" * 32, "SPINDLE_SPOTIFY_CLIENT_ID": "0" * 32}
        with ExitStack() as services:
            for service in ("recorder", "scheduler", "poll_worker", "sync_worker", "gateway"):
                services.enter_context(running(service, **named))
            while is_free(port):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            yield World(port, server.url, bus.url, user)
    finally:
        bus.kill()
        await server.stop()


async def _fill(database_url: str, nats_url: str, listeners: int, plays: int) -> None:
    await migrate(database_url)
    took = await lead(database_url, listeners, plays, years=YEARS if listeners == 1 else _YEARS_OF_MANY)
    print(f"\n{listeners:,} listeners, {listeners * plays:,} plays: filled in {took:.0f} s", end="", flush=True)
    connection = await nats.connect(nats_url)
    await ensure_topology(connection.jetstream())
    letter = Dead(consumer="poll_worker", stream="sync", sequence=1, was_on="x", why="a test", body="{}", died_at=now())
    await publish(connection.jetstream(), letter)
    await connection.close()


@contextmanager
def running(service: str, **told: str) -> Iterator[None]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SPINDLE_")}
    process = subprocess.Popen([*SPINDLE, "run", service], env={**clean, **told}, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


async def _counted(database_url: str) -> str:
    """A listener, once nothing is left to count but the months that go on."""
    began, database = time.monotonic(), engine(f"{database_url}&synchronous_commit=off", connections=_COUNTERS)
    async with transaction(database, reading=True) as connection:
        users = await listening.waiting(connection, now(), Patience(timedelta(0)), _EVERY_MARK)
    left = iter(users)
    await asyncio.gather(*(_count(database, left) for _ in range(_COUNTERS)))
    await database.dispose()
    connection = await asyncpg.connect(database_url.replace("+asyncpg", "").split("?")[0], ssl=False)
    await connection.execute("ANALYZE")
    await connection.close()
    print(f", counted in {time.monotonic() - began:.0f} s", flush=True)
    return min(users)


async def _count(database: AsyncEngine, left: Iterator[str]) -> None:
    for user in left:
        counting = True
        while counting:
            async with transaction(database) as connection:
                counting = await listening.count(connection, user, now())


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--plays", type=int, default=1_000_000)
    parser.add_argument("--listeners", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--keep", type=int, default=0, metavar="SECONDS", help="let the services run on afterwards")
    asked = parser.parse_args()
    slow: list[str] = []
    for listeners, plays in ((1, asked.plays), (asked.listeners, 1000)):
        if not listeners or not plays:
            continue
        with tempfile.TemporaryDirectory(prefix="spindle-bench-") as place:
            async with world(Path(place), listeners, plays) as there:
                slow += await asyncio.to_thread(measure_pages, there, asked.rounds)
                slow += await asyncio.to_thread(measure_paint, there, asked.rounds)
                await measure_answers(there, asked.rounds)
                if asked.keep:
                    print(f"http://127.0.0.1:{there.port}/sign-in?token={quote(TOKEN)}  {there.database}", flush=True)
                    await asyncio.sleep(asked.keep)
    print("\nall within the limit" if not slow else f"\n{len(slow)} pages are too slow: {', '.join(slow)}")


if __name__ == "__main__":
    asyncio.run(main())
