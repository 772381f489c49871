"""Whether a poll costs the same, however many listeners there are and however much they have heard.

Run by hand: `python bench/growth.py [--listeners N …] [--plays N …] [--looks N] [--full]`. A fresh nats-server and a
fresh PostgreSQL, as `up` starts them, are filled: a schedule, a token and a pause of each listener, their rows, ten
polls in the books, and what they heard. Then each part of a poll is done for listeners all over the crowd, one after
the other; told is what a quarter of the times stayed below, in milliseconds. Others may use the machine: so an empty
question to the same server is asked each time, and what is compared is how many of these a part took. What looks at
everybody is told apart: it may grow.
"""

import argparse
import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import asyncpg
import nats
from crowded import JOBS, into_streams, into_tables
from nats.js import JetStreamContext
from recorder import TRACKS
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from spindle.embedded import nats as bus
from spindle.embedded import postgres
from spindle.recorder.commits import Commits
from spindle.recorder.store import answers, forgetting, listening
from spindle.recorder.store.answers.listeners import standing
from spindle.recorder.store.engine import engine, probe, transaction
from spindle.recorder.store.listening import Patience
from spindle.recorder.store.migrate import migrate
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.publish import publish
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.ids import Kind, new_job, now
from spindle.shared.messages.ask import AskJobs, AskPlays, AskUsers
from spindle.shared.messages.jobs import Status, Verdict
from spindle.shared.messages.plays import Play, PlaysFetched, PollPlays, Source, Window

_FLAT = 1.5
"""More between the largest and the smallest is told: two cores are as noisy as that."""

BUS, RECORDER, QUESTIONS, EVERYBODY = "the bus", "the recorder", "questions", "what looks at everybody"
WEIGHT = "what it weighs"
MAY_GROW = (EVERYBODY, WEIGHT)
EMPTY = "an empty question"
YARDSTICK = {BUS: BUS, RECORDER: QUESTIONS, QUESTIONS: QUESTIONS, EVERYBODY: QUESTIONS}
Size = tuple[int, int]
"""Listeners, and plays."""


@dataclass
class Times:
    of: dict[tuple[str, str], dict[Size, list[float]]] = field(default_factory=lambda: defaultdict(dict))
    size: Size = (0, 0)

    async def take(self, group: str, part: str, deed: Awaitable[object]) -> None:
        began = time.perf_counter()
        await deed
        self.of[group, part].setdefault(self.size, []).append(1000 * (time.perf_counter() - began))

    def growth(self, group: str, part: str, sizes: Sequence[Size]) -> float:
        """The most at any size, by the least of all listeners and plays."""
        found = self.of[group, part]
        empty = self.of.get((YARDSTICK[group], EMPTY), {}) if group in YARDSTICK else {}
        known = [_quarter(found[size]) / _quarter(empty.get(size, [1.0])) for size in sizes if size in found]
        return max(known) / known[0]

    def note(self, group: str, part: str, value: float) -> None:
        self.of[group, part][self.size] = [value]


def poll(user: str, new: int, at: int) -> PlaysFetched:
    """The page of a poll, of which so many plays were not there at the poll before."""
    ended = now().replace(microsecond=0) - timedelta(hours=20) + timedelta(minutes=4 * at)
    plays = tuple(Play(played_at=ended - timedelta(minutes=4 * n), track=TRACKS[(at - n) % 5000]) for n in range(50))
    plays = tuple(each.model_copy(update={"played_at": each.played_at.replace(second=0)}) for each in plays)
    said = {"source": Source.POLL, "step": 1, "requests": 1, "verdict": Verdict(status=Status.SUCCESS)}
    window = Window(after=plays[-1].played_at, before=now())
    return PlaysFetched(
        **{**said, "user": user, "job": new_job(Kind.POLL, user), "plays": plays, "window": window},
        started_at=now(),
        fetched_at=now() + timedelta(milliseconds=new),
        next_poll_at=now() + timedelta(minutes=45),
        due_at=now(),
    )


async def on_the_bus(js: JetStreamContext, users: Sequence[str], times: Times) -> None:
    boxes, tokens, pauses = Mailboxes(js), await js.key_value("tokens"), await js.key_value("pauses")
    due = await js.pull_subscribe("", durable="poll_worker-poll", stream="commands")
    for user in users:
        await times.take(BUS, EMPTY, js.account_info())
        await times.take(BUS, "read a mailbox", boxes.read(Kind.POLL, user))
        letter = await boxes.read(Kind.POLL, user)
        assert letter
        began = time.perf_counter()
        await times.take(BUS, "move a schedule to now", boxes.move(letter, now()))
        [message] = await due.fetch(1, timeout=30)
        times.of[BUS, "until a worker has the step"].setdefault(times.size, []).append(
            1000 * (time.perf_counter() - began)
        )
        await times.take(BUS, "read the token", tokens.get(user))
        await times.take(BUS, "read the pauses", pauses.get(user))
        await times.take(BUS, "publish a fact of 50 plays", publish(js, poll(user, 0, 0)))
        step = PollPlays(user=user, job=new_job(Kind.POLL, user), started_at=now())
        over = boxes.hand_over(step, message.metadata.sequence.stream, now() + timedelta(days=300))
        await times.take(BUS, "hand over to the next poll", over)
        await message.ack_sync(timeout=20)
    await js.purge_stream("facts")


async def in_the_recorder(database: AsyncEngine, users: Sequence[str], times: Times) -> None:
    commits = Commits(database)
    for number, user in enumerate(users):
        await commits.commit([poll(user, 0, number)])
        await times.take(QUESTIONS, EMPTY, probe(database))
        await times.take(RECORDER, "commit a page with nothing new", commits.commit([poll(user, 0, number)]))
        await times.take(RECORDER, "commit a page with 3 new plays", commits.commit([poll(user, 3, number + 3)]))
    for start in range(0, len(users), 100):
        some = [poll(user, 0, number + 3) for number, user in enumerate(users[start : start + 100], start)]
        await times.take(RECORDER, "commit 100 pages with nothing new", commits.commit(some))


async def asked(database: AsyncEngine, users: Sequence[str], times: Times) -> None:
    unwell, before = AskUsers(unwell_since=now() - timedelta(minutes=5), limit=500), now() - timedelta(days=90)
    running = AskJobs(status=Status.RUNNING, kind=Kind.ARCHIVE)
    for number, user in enumerate(users):
        questions: list[tuple[str, Callable[[AsyncConnection], Awaitable[object]]]] = [
            ("a listener by id", lambda it: answers.users(it, AskUsers(user=user, limit=1))),  # noqa: B023
            ("a listener's latest 50 plays", lambda it: answers.plays(it, AskPlays(user=user, latest=True, limit=50))),  # noqa: B023
            ("a listener's latest 50 jobs", lambda it: answers.jobs(it, AskJobs(user=user, limit=50))),  # noqa: B023
            ("a page of 500 listeners", lambda it: answers.users(it, AskUsers(after=user, limit=500))),  # noqa: B023
            ("everybody's latest 50 jobs", lambda it: answers.jobs(it, AskJobs(limit=50))),
            ("imports that are under way", lambda it: answers.jobs(it, running)),
            ("what is to be counted, every second", lambda it: listening.waiting(it, now(), Patience(), 100)),
        ]
        if number % 10 == 0:
            await times.take(QUESTIONS, EMPTY, probe(database))
            for part, question in questions:
                await times.take(QUESTIONS, part, _read(database, question))
    for _ in range(5):
        await times.take(EVERYBODY, "count listeners by state (metrics)", _read(database, standing))
        await times.take(
            EVERYBODY,
            "the first 500 who are unwell (health, doctor)",
            _read(database, lambda it: answers.users(it, unwell)),
        )
        await times.take(
            EVERYBODY,
            "polls to be forgotten, when there are none",
            _read(database, lambda it: forgetting.polls(it, before, forgetting.BEGINNING, 1000), writes=True),
        )


async def _read(
    database: AsyncEngine, question: Callable[[AsyncConnection], Awaitable[object]], writes: bool = False
) -> None:
    async with transaction(database, reading=not writes) as connection:
        await question(connection)


async def weighed(address: str, server: bus.Nats, size: Size, times: Times) -> None:
    connection = await asyncpg.connect(address, ssl=False)
    for table, per in (
        ("plays", size[1]),
        ("sightings", size[1]),
        ("jobs", JOBS * size[0]),
        ("job_steps", JOBS * size[0]),
    ):
        if per:
            found = await connection.fetchval("SELECT pg_total_relation_size($1::regclass)", table)
            times.note(WEIGHT, f"bytes of {table} a row, with indexes", found / per)
    await connection.close()
    status = await asyncio.to_thread(Path(f"/proc/{server.pid}/status").read_text)
    times.note(WEIGHT, "nats-server's memory, MB", int(status.split("VmRSS:")[1].split()[0]) / 1024)
    await server.stop()
    began = time.monotonic()
    await server.start()
    times.note(WEIGHT, "nats-server's start, s", time.monotonic() - began)


async def measured(place: Path, size: Size, looks: int, times: Times) -> None:
    times.size = size
    began = time.monotonic()
    server, tables = await bus.start(place / "nats"), await postgres.start(place / "postgres")
    try:
        client = await nats.connect(server.url)
        js = client.jetstream()
        await ensure_topology(js)
        await migrate(tables.url)
        address = tables.url.replace("+asyncpg", "").split("?")[0]
        users = await into_tables(address, *size)
        rate = await into_streams(js, users)
        print(f"{_said(size)}: filled in {time.monotonic() - began:.0f} s ({rate:,.0f} messages/s)", flush=True)
        few = users[:: max(1, len(users) // looks)][:looks]
        await on_the_bus(js, few, times)
        database = engine(tables.url)
        await in_the_recorder(database, few, times)
        await asked(database, few, times)
        await database.dispose()
        await client.close()
        await weighed(address, server, size, times)
    finally:
        await asyncio.gather(server.stop(), tables.stop())


def _said(size: Size) -> str:
    return f"{size[0]:,} listeners, {size[1]:,} plays"


def table(times: Times, sizes: Sequence[Size]) -> None:
    named = [f"{listeners // 1000}k/{plays / 1e6:g}M" for listeners, plays in sizes]
    told = "milliseconds, by thousands of listeners/millions of plays"
    print(f"\n{told:<58}" + "".join(f"{name:>11}" for name in named))
    group = ""
    for (of, part), found in times.of.items():
        if of != group:
            group = of
            print(f"\n{group}")
        values = [_quarter(found[size]) if size in found else None for size in sizes]
        ratio = times.growth(of, part, sizes)
        cells = "".join(f"{'' if value is None else f'{value:,.2f}':>11}" for value in values)
        print(f"  {part:<56}{cells}  x {ratio:.1f}{'  NOT FLAT' if ratio > _FLAT and of not in MAY_GROW else ''}")


def _quarter(times: Sequence[float]) -> float:
    return sorted(times)[len(times) // 4]


async def main() -> None:
    asks = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asks.add_argument("--listeners", type=int, nargs="+", default=[1_000, 10_000])
    asks.add_argument("--plays", type=int, nargs="+", default=[0, 2_000_000], help="stored, with the fewest listeners")
    asks.add_argument("--looks", type=int, default=200, help="listeners of whom each part is measured")
    asks.add_argument("--full", action="store_true", help="1,000 to 100,000 listeners, 0 to 50 million plays (35 GB)")
    asks.add_argument("--place", type=Path, help="a directory on the disk that is to be filled, and emptied again")
    chosen = asks.parse_args()
    listeners = [1_000, 10_000, 100_000] if chosen.full else sorted(chosen.listeners)
    plays = [0, 10_000_000, 50_000_000] if chosen.full else sorted(chosen.plays)
    sizes = [(each, plays[0]) for each in listeners] + [(listeners[0], each) for each in plays[1:]]
    times = Times()
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=chosen.place) as place:
            await measured(Path(place), size, chosen.looks, times)
    table(times, sizes)


if __name__ == "__main__":
    asyncio.run(main())
