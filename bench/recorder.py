"""How many plays a second the recorder makes true, from decoded facts to the commit, beside raw COPY of the same rows.

Run by hand: `python bench/recorder.py [plays]`. Both write the same number of plays in the same run, in turns, to the
same PostgreSQL with its default durability. COPY fills a table that is like `plays`, indexes too; the recorder also
writes who saw each play, the catalogue, the job's book, the checkpoint and the coverage, and refuses duplicates.
"""

import gc
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import uuid_utils

from spindle.embedded import postgres
from spindle.recorder.commits import Commits
from spindle.recorder.facts import decoded
from spindle.recorder.logic.twins import Side
from spindle.recorder.outcomes import Recorded
from spindle.recorder.store.engine import engine
from spindle.recorder.store.migrate import migrate
from spindle.shared import loop
from spindle.shared.ids import Kind, new_job, new_user
from spindle.shared.messages.plays import Album, Artist, Play, PlaysFetched, Source, Track, Window
from spindle.shared.messages.users import AccountLinked

PAGE = 50
BATCH = 200
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def track(n: int) -> Track:
    return Track(
        id=f"{n:022d}",
        name=f"Track number {n}",
        artists=(Artist(id=f"{n % 2000:022d}", name=f"Artist {n % 2000}"),),
        album=Album(id=f"{n % 4000:022d}", name=f"Album {n % 4000}", release_date="2020-01-01"),
        duration=timedelta(minutes=3),
        isrc=f"XX{n:010d}",
        explicit=False,
    )


TRACKS = [track(n) for n in range(20_000)]


def pages(users: Sequence[str], plays: int) -> list[PlaysFetched]:
    """Pages of initial syncs, full, of listeners in turn, each reaching further back than the one before."""
    chance, found = random.Random(1), []
    jobs = {user: new_job(Kind.INITIAL, user) for user in users}
    for n in range(plays // PAGE):
        user, step = users[n % len(users)], n // len(users) + 1
        newest = NOON - timedelta(minutes=200 * step)
        played = tuple(
            Play(
                played_at=newest - timedelta(minutes=4 * k, milliseconds=chance.randrange(999)),
                track=chance.choice(TRACKS),
            )
            for k in range(PAGE)
        )
        found.append(
            PlaysFetched(
                user=user,
                job=jobs[user],
                step=step,
                source=Source.INITIAL,
                started_at=NOON,
                fetched_at=NOON + timedelta(seconds=step),
                requests=1,
                plays=played,
                window=Window(after=played[-1].played_at, before=newest),
            )
        )
    return found


async def recorded(commits: Commits, bodies: Sequence[bytes]) -> float:
    """Batch by batch, as they come from the bus; decoding is not counted."""
    spent = 0.0
    for at in range(0, len(bodies), BATCH):
        facts = [decoded(body) for body in bodies[at : at + BATCH]]
        started = time.perf_counter()
        outcomes = await commits.commit(facts)
        spent += time.perf_counter() - started
        assert all(isinstance(outcome, Recorded) for outcome in outcomes)
    return spent


Row = tuple[str, str, datetime, str, None, str | None, int]


def played(page: PlaysFetched) -> list[Row]:
    """A page as rows of the table `plays`."""
    return [
        (page.user, str(uuid_utils.uuid7()), play.played_at, play.track.id, None, play.context, Side.API)
        for play in page.plays
    ]


async def copied(connection: asyncpg.Connection, pages: Sequence[Sequence[Row]]) -> float:
    spent = 0.0
    for at in range(0, len(pages), BATCH):
        rows = [row for page in pages[at : at + BATCH] for row in page]
        started = time.perf_counter()
        await connection.copy_records_to_table("copied", records=rows)
        spent += time.perf_counter() - started
    return spent


async def measure(url: str, plays: int, rounds: int = 5) -> None:
    await migrate(url)
    database = engine(url)
    commits = Commits(database)
    raw = await asyncpg.connect(url.replace("+asyncpg", "").split("?")[0], ssl=False)
    await raw.execute("CREATE TABLE copied (LIKE plays INCLUDING ALL)")
    ours, theirs, again = [], [], []
    for n in range(rounds + 1):
        users = [new_user() for _ in range(BATCH)]
        links = [AccountLinked(user=user, name=user, account=user, linked_at=NOON) for user in users]
        await commits.commit(links)
        found = pages(users, plays)
        polls = [page.model_copy(update={"fetched_at": NOON + timedelta(hours=1)}) for page in found]
        bodies, later = [page.encoded() for page in found], [page.encoded() for page in polls]
        rows = [played(page) for page in found]
        del found, polls
        gc.collect()
        took = (await copied(raw, rows), await recorded(commits, bodies), await recorded(commits, later))
        if n:  # the first round fills the catalogue and warms up
            theirs.append(plays / took[0])
            ours.append(plays / took[1])
            again.append(plays / took[2])
    copy, new, known = map(statistics.median, (theirs, ours, again))
    print(f"COPY of the plays alone      {copy:>9,.0f} plays/s")
    print(f"recorder, all plays new      {new:>9,.0f} plays/s   {new / copy:.0%} of COPY")
    print(f"recorder, all plays known    {known:>9,.0f} plays/s   {known / copy:.0%} of COPY")
    await raw.close()
    await database.dispose()


async def main(plays: int) -> None:
    with tempfile.TemporaryDirectory(prefix="spindle-bench-") as place:
        server = await postgres.start(Path(place) / "pg")
        try:
            await measure(server.url, plays)
        finally:
            await server.stop()


if __name__ == "__main__":
    loop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000))
