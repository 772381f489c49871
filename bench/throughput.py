"""How many polls a second our services make, from the command in a mailbox to the commit, beside a bare HTTP client.

Run by hand: `python bench/throughput.py`. Real processes: nats-server and PostgreSQL as `up` starts them, with every
fsync; poll workers; recorders; and a stub of Spotify that answers 50 plays at once (`stub.py`). Steps are put into the
mailboxes directly, so that no schedule bounds the rate; the budget of calls is out of the way. Everybody shares the
cores: what a poll costs each of them in CPU says how many polls the machine could make at most.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nats
import recorder
import stub
from home import SPINDLE
from nats.js import JetStreamContext
from rig import CLIENT, Found, Scene, fsync, link, polled, process, with_commit_times

from spindle.embedded import postgres
from spindle.embedded.nats import Nats
from spindle.embedded.nats import start as start_nats
from spindle.embedded.postgres import Postgres
from spindle.shared import loop
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.ids import new_user, now
from spindle.shared.spotify.keys import new_key

BESIDE = Path(__file__).parent
CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Bare:
    """Requests a second of one process, and its milliseconds of CPU for each."""

    rate: float
    busy: float


def bare(api: str, requests: int, at_once: int) -> Bare:
    words = [sys.executable, str(BESIDE / "bare.py"), api, str(requests), str(at_once)]
    took, busy = map(float, subprocess.run(words, check=True, capture_output=True).stdout.split())
    return Bare(requests / took, busy * 1000 / requests)


async def measure(place: Path, options: argparse.Namespace) -> None:
    bus, database = await start_nats(place / "nats"), await postgres.start(place / "postgres")
    try:
        await with_commit_times(database)
        client = await nats.connect(bus.url)
        js = client.jetstream()
        await ensure_topology(js)
        with ExitStack() as stack:
            await compare(stack, place, options, bus, database, js)
        await client.close()
        if not options.polls_only:
            print("\nThe recorder alone, `bench/recorder.py`:")
            await recorder.measure(database.url, 20_000, rounds=3)
    finally:
        await database.stop()
        await bus.stop()


async def compare(
    stack: ExitStack, place: Path, options: argparse.Namespace, bus: Nats, database: Postgres, js: JetStreamContext
) -> None:
    newest = now() - timedelta(minutes=1)
    answers = stack.enter_context(
        process([sys.executable, str(BESIDE / "stub.py"), str(round(newest.timestamp() * 1000))], place)
    )
    assert answers.stdout
    api, key = f"http://127.0.0.1:{int(answers.stdout.readline())}", new_key()
    told = {
        "SPINDLE_HOME": str(place),
        "SPINDLE_NATS_URL": bus.url,
        "SPINDLE_DATABASE_URL": database.url,
        "SPINDLE_SPOTIFY_API_URL": api,
        "SPINDLE_SPOTIFY_ACCOUNTS_URL": api,
        "SPINDLE_SPOTIFY_CLIENT_ID": CLIENT,
        "SPINDLE_SPOTIFY_BUDGET": "1000000",
        "SPINDLE_SECRET_KEY": key.get_secret_value(),
        "SPINDLE_POLL_CONCURRENCY": str(options.at_once),
        "SPINDLE_POLL_INTERVAL_SECONDS": "86400",
    }

    def service(name: str, number: int) -> int:
        profile = ["-m", "cProfile", "-o", f"{options.profile}/{name}-{number}.prof"] if options.profile else []
        words = [SPINDLE[0], *profile, *SPINDLE[1:], "run", name]
        return stack.enter_context(process(words, place, **told)).pid

    pids = {
        "worker": [service("poll_worker", number) for number in range(options.workers)],
        "recorder": [service("recorder", number) for number in range(options.recorders)],
        "nats": [bus.pid or 0],
        "postgres": [database.pid or 0],
        "stub": [answers.pid],
    }
    users = [new_user() for _ in range(options.listeners)]
    await link(js, users, key, api)
    scene = Scene(bus, database, api, pids, users, newest)
    alone = bare(api, max(options.listeners, 1000), options.at_once)
    found = [(f"all {stub.PLAYS} plays new", await polled(scene, js, known=False))]
    found += [("nothing new", await polled(scene, js, known=True)) for _ in range(options.rounds)]
    tell(place, options, alone, found)


def tell(place: Path, options: argparse.Namespace, bare: Bare, found: Sequence[tuple[str, Found]]) -> None:
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {CORES} cores, an fsync takes {fsync(place):.2f} ms;"
        f" listeners: {options.listeners}, poll workers: {options.workers},"
        f" with {options.at_once} polls at once, recorders: {options.recorders}"
    )
    print(f"bare HTTP client, one process: {bare.rate:,.0f} requests/s, {bare.busy:.2f} ms of CPU for each\n")
    print(f"{'':<44}" + "".join(f"{what:>18}" for what, _ in found))
    for name, of in _rows(options.workers, bare, list(found[0][1].busy)):
        print(f"{name:<44}" + "".join(f"{of(each):>18}" for _, each in found))


def _rows(workers: int, bare: Bare, services: Sequence[str]) -> "Iterator[tuple[str, Callable[[Found], str]]]":
    yield "polls/s from command to commit", lambda found: f"{found.rate:,.0f}"
    yield "  of one worker process", lambda found: f"{found.rate / workers:,.0f}"
    yield "  beside the bare client's requests/s", lambda found: f"{found.rate / workers / bare.rate:.0%}"
    yield "plays/s", lambda found: f"{found.rate * stub.PLAYS:,.0f}"
    yield "from response to commit, median", lambda found: f"{found.p50:,.0f} ms"
    yield "                         99 of 100 within", lambda found: f"{found.p99:,.0f} ms"
    yield "messages to NATS of one poll", lambda found: f"{found.messages:.1f}"
    for name in services:
        yield f"CPU of one poll, {name}", lambda found, name=name: f"{found.busy[name]:.2f} ms"
    yield "                 all of them", lambda found: f"{found.total:.2f} ms"
    yield "polls/s if the cores did nothing else", lambda found: f"{1000 * CORES / found.total:,.0f}"
    yield "a worker's CPU beside the bare client's", lambda found: f"{bare.busy / found.busy['worker']:.0%}"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--listeners", type=int, default=2000, help="each is polled once a line of the table")
    words.add_argument("--workers", type=int, default=1, help="processes")
    words.add_argument("--recorders", type=int, default=1, help="processes")
    words.add_argument(
        "--at-once", type=int, default=16, help="polls in hand of one worker, and requests of the bare client"
    )
    words.add_argument("--rounds", type=int, default=2, help="polls that find nothing new")
    words.add_argument("--polls-only", action="store_true", help="without the recorder beside COPY")
    words.add_argument("--profile", metavar="FOLDER", help="put a profile of each worker and recorder there (slower)")
    with tempfile.TemporaryDirectory(prefix="spindle-bench-") as place:
        loop.run(measure(Path(place), words.parse_args()))


if __name__ == "__main__":
    main()
