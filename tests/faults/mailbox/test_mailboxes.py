"""Hundreds of chains while workers and servers are killed -9: nothing goes backwards, is missing, or is left over."""

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import nats
import pytest
from nats.js import JetStreamContext

from spindle.embedded.nats import Nats, start, start_cluster
from spindle.shared.bus import topology
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.patience import insist
from spindle.shared.ids import JobId, Kind, UserId, new_job, new_user, now
from spindle.shared.messages.plays import PlaysFetched, SyncPlays

WORKERS = 3
PATIENCE = 60.0  # seconds; three servers, their workers and the other tests share two cores
WORKER = Path(__file__).with_name("worker.py")


@dataclass
class Workers:
    """Worker processes; one that is killed is replaced. Every life has a journal of its own."""

    url: str
    journals: Path
    dice: random.Random
    killed: list[tuple[Path, int]] = field(default_factory=list)
    running: dict[Path, subprocess.Popen[bytes]] = field(default_factory=dict)
    lives: int = 0

    def begin(self) -> None:
        self.lives += 1
        journal = self.journals / f"{self.lives}.log"
        with (self.journals / f"{self.lives}.err").open("wb") as errors:
            self.running[journal] = subprocess.Popen(
                [sys.executable, WORKER, self.url, journal, str(self.dice.random())], stderr=errors, stdout=errors
            )

    def kill_one(self) -> None:
        """Of those that have begun something, if any: on a busy machine a life takes seconds to begin."""
        at_work = [journal for journal in self.running if journal.exists() and journal.stat().st_size]
        journal = self.dice.choice(sorted(at_work or self.running))
        process = self.running.pop(journal)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.killed.append((journal, time.monotonic_ns()))
        self.begin()

    def mend(self) -> None:
        """Begin another life for one that ended by itself, as whatever runs services does."""
        for journal in [journal for journal, process in self.running.items() if process.poll() is not None]:
            del self.running[journal]
            self.begin()

    def end(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()


@dataclass
class Story:
    """What was asked of the chains, and what was answered."""

    length: dict[JobId, int] = field(default_factory=dict)
    jobs: dict[UserId, list[JobId]] = field(default_factory=lambda: defaultdict(list))
    refused: set[JobId] = field(default_factory=set)
    cancelled: dict[JobId, int] = field(default_factory=dict)
    outages: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Call:
    at: int
    job: JobId
    step: int


async def start_chain(mailboxes: Mailboxes, story: Story, user: UserId, length: int) -> None:
    job = new_job(Kind.INITIAL, user)
    found = await mailboxes.start(SyncPlays(user=user, job=job, started_at=now(), requests=length))
    if found is None:
        story.length[job] = length
        story.jobs[user].append(job)
    else:
        story.refused.add(job)


async def tell(mailboxes: Mailboxes, story: Story, user: UserId, dice: random.Random) -> None:
    """One listener's life: a start, two more starts at once a little later, moves, and sometimes a cancel."""
    await asyncio.sleep(dice.uniform(0, 10))
    await start_chain(mailboxes, story, user, dice.randint(3, 12))
    await asyncio.sleep(dice.uniform(0, 1))
    await asyncio.gather(*(start_chain(mailboxes, story, user, dice.randint(3, 12)) for _ in range(2)))
    letter = await mailboxes.read(Kind.INITIAL, user)
    if letter and letter.due_at and dice.random() < 0.5:
        await mailboxes.move(letter, now())
    if dice.random() < 0.2:
        job = dice.choice(story.jobs[user])
        ended = await mailboxes.purge(Kind.INITIAL, user, job)
        if ended is not None:
            story.cancelled[job] = ended.step.step


async def kill_workers(workers: Workers, dice: random.Random) -> None:
    for _ in range(10):
        await asyncio.sleep(dice.uniform(0.5, 1.5))
        workers.kill_one()


async def kill_servers(servers: list[Nats], story: Story, dice: random.Random) -> None:
    for _ in range(7):
        await asyncio.sleep(dice.uniform(0.5, 2.0))
        server = dice.choice(servers)
        server.kill()
        down = time.monotonic_ns()
        await asyncio.sleep(dice.uniform(0, 0.4))
        await server.start()
        while not await server.healthy():
            await asyncio.sleep(0.05)
        story.outages.append((down, time.monotonic_ns()))


async def all_quiet(js: JetStreamContext, workers: Workers, within: float) -> None:
    """Until no mailbox holds anything; what is left when time is up is told."""
    end = time.monotonic() + within
    while (state := (await insist(lambda: js.stream_info("commands", subjects_filter=">"), PATIENCE)).state).messages:
        if time.monotonic() > end:
            consumer = await insist(lambda: js.consumer_info("commands", "sync_worker-initial"), PATIENCE)
            pytest.fail(f"left over after {within} s: {state.subjects}; {consumer}")
        workers.mend()
        await asyncio.sleep(0.1)


async def expected(_: Exception) -> None:
    """Servers are killed on purpose."""


@asynccontextmanager
async def servers_in(place: Path, nodes: int) -> AsyncIterator[list[Nats]]:
    servers = [await start(place)] if nodes == 1 else await start_cluster(place, nodes)
    try:
        yield servers
    finally:
        for server in servers:
            server.kill()


async def impatient_topology(js: JetStreamContext, replicas: int) -> None:
    """The real one, but what a dead worker held comes again after ten seconds: a living one does not stand so long."""
    await topology.ensure_topology(js, replicas)
    for consumer in topology.CONSUMERS["commands"]:
        await js.add_consumer("commands", replace(consumer, ack_wait=10))


def calls_in(journals: Path) -> list[Call]:
    rows = (line.split() for path in journals.glob("*.log") for line in path.read_text().splitlines())
    return sorted((Call(int(at), row[1], int(row[2])) for at, what, *row in rows if what == "call"), key=lambda c: c.at)


def spans(journal: Path) -> list[tuple[int, int | None]]:
    """When each delivery of one worker's life began, and when it was over; none when it never was."""
    begun: dict[str, list[int]] = defaultdict(list)
    over: list[tuple[int, int | None]] = []
    for line in journal.read_text().splitlines():
        at, what, sequence, *_ = line.split()
        if what == "begin":
            begun[sequence].append(int(at))
        elif what == "over":
            over.append((begun[sequence].pop(0), int(at)))
    return over + [(at, None) for left in begun.values() for at in left]


def in_flight_at_kills(workers: Workers, story: Story) -> int:
    """Steps that a killed worker had in hand, and steps in anybody's hand while a server was down."""
    at_workers = sum(1 for journal, _ in workers.killed if journal.exists() for _, end in spans(journal) if end is None)
    everybody = [span for journal in workers.journals.glob("*.log") for span in spans(journal)]
    at_servers = sum(
        1 for down, up in story.outages for begin, end in everybody if begin <= up and (end is None or end >= down)
    )
    return at_workers + at_servers


async def facts_of(js: JetStreamContext) -> set[tuple[JobId, int]]:
    """Read one by one from the stream itself: a cluster that was just killed may not answer at once."""
    state = (await insist(lambda: js.stream_info("facts"), PATIENCE)).state
    found: set[tuple[JobId, int]] = set()
    for number in range(state.first_seq, state.last_seq + 1):
        message = await insist(lambda number=number: js.get_msg("facts", number))  # type: ignore[misc]
        fact = PlaysFetched.decoded(message.data or b"")
        found.add((fact.job, fact.step))
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("nodes", "listeners"), [(1, 240), (3, 120)], ids=["one server", "three replicas"])
async def test_no_chain_goes_backwards_or_is_missing_or_left_over(tmp_path: Path, nodes: int, listeners: int) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    dice = random.Random(seed)
    story = Story()
    journals = tmp_path / "journals"
    journals.mkdir()

    async with servers_in(tmp_path / "nats", nodes) as servers:
        connection = await nats.connect(
            [server.url for server in servers], error_cb=expected, max_reconnect_attempts=-1, reconnect_time_wait=0.1
        )
        js = connection.jetstream()
        await impatient_topology(js, replicas=nodes)
        workers = Workers(",".join(server.url for server in servers), journals, dice)
        for _ in range(WORKERS):
            workers.begin()
        faults = asyncio.gather(kill_workers(workers, dice), kill_servers(servers, story, dice))
        users = [new_user() for _ in range(listeners)]
        try:
            await asyncio.gather(
                *(tell(Mailboxes(js, PATIENCE), story, user, random.Random(dice.random())) for user in users)
            )
            await faults
            await all_quiet(js, workers, within=300)
        finally:
            faults.cancel()
            workers.end()
        for server in servers:
            await server.start()
        facts = await facts_of(js)
        await connection.close()

    calls = calls_in(journals)
    by_job: dict[JobId, list[int]] = defaultdict(list)
    for call in calls:
        by_job[call.job].append(call.step)
    extra = len(calls) - len({(call.job, call.step) for call in calls})
    allowed = in_flight_at_kills(workers, story)
    print(
        f"{len(story.length)} chains, {len(story.refused)} starts refused, {len(story.cancelled)} cancelled; "
        f"{len(workers.killed)} workers and {len(story.outages)} servers killed; "
        f"{len(calls)} calls, {extra} extra of at most {allowed}"
    )

    assert set(by_job) <= set(story.length), "a refused start ran"
    for job, length in story.length.items():
        steps = by_job[job]
        assert steps == sorted(steps), f"{job} went backwards: {steps}"
        last = story.cancelled.get(job, length)
        assert set(steps) <= set(range(1, last + 1)), f"{job} ran after its end at {last}: {steps}"
        if job not in story.cancelled:
            assert set(steps) == set(range(1, length + 1)), f"{job} misses a step: {steps} of {length}"
            assert {(job, step) for step in steps} <= facts, f"{job} misses a fact"
    for user, jobs in story.jobs.items():
        runs = [(call.at, jobs.index(call.job)) for call in calls if call.job in jobs]
        assert [run for _, run in runs] == sorted(run for _, run in runs), f"two jobs of {user} at once"
    assert extra <= allowed
