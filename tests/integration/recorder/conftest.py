"""A real PostgreSQL with one database a test, a real NATS, and a small world of facts to tell."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import nats
import pytest
from nats.js import JetStreamContext
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.commits import Commits
from spindle.recorder.outcomes import Recorded
from spindle.recorder.settings import Settings
from spindle.recorder.store.engine import engine
from spindle.recorder.store.migrate import migrate
from spindle.recorder.store.schema import metadata
from spindle.shared.bus.publish import publish
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.ids import JobId, Kind, UserId
from spindle.shared.messages import Message
from spindle.shared.messages.dead import Dead
from spindle.shared.messages.jobs import ChainStarted, JobEnded, Reason, Status, Verdict
from spindle.shared.messages.plays import Album, Artist, Play, PlaysFetched, Source, Track, Window
from spindle.shared.messages.users import AccountLinked

_numbers = itertools.count(1)


# --- servers -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> str:
    """The address of a server whose database `spindle` has all tables and no rows."""
    asyncio.run(migrate(postgres_url))
    return postgres_url


async def make_database(postgres: str, template: str) -> str:
    name = f"test_{next(_numbers)}"
    address = postgres.replace("postgresql+asyncpg", "postgresql").split("?")[0].rsplit("/", 1)[0]
    server = await asyncpg.connect(f"{address}/postgres", ssl=False)
    await server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    await server.close()
    return f"{address}/{name}?ssl=disable"


@pytest.fixture
async def database_url(postgres: str) -> str:
    return await make_database(postgres, "spindle")


@pytest.fixture
async def empty_database_url(postgres: str) -> str:
    return await make_database(postgres, "template0")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[AsyncEngine]:
    found = engine(database_url)
    yield found
    await found.dispose()


@dataclass
class Bus:
    """What a test does with NATS."""

    js: JetStreamContext

    async def tell(self, *facts: Message) -> None:
        for fact in facts:
            await publish(self.js, fact)

    async def pending(self) -> int:
        return (await self.js.stream_info("facts")).state.messages

    async def settled(self, pending: int = 0, within: float = 100) -> None:
        """Until so many facts are left."""
        async with asyncio.timeout(within):
            while await self.pending() != pending:
                await asyncio.sleep(0.02)

    async def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in await self._all("events")]

    async def dead(self) -> list[Dead]:
        return [Dead.decoded(body) for body in await self._all("dead")]

    async def _all(self, stream: str) -> list[bytes]:
        state = (await self.js.stream_info(stream)).state
        found = [await self.js.get_msg(stream, n) for n in range(max(1, state.first_seq), state.last_seq + 1)]
        return [message.data or b"" for message in found]


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    client = await nats.connect(nats_url)
    js = client.jetstream()
    await ensure_topology(js)
    yield Bus(js)
    await client.close()


@pytest.fixture
def settings(nats_url: str, database_url: str) -> Settings:
    return Settings(nats_url=nats_url, database_url=SecretStr(database_url), keep_polls_days=36500)


# --- what is in the tables ---------------------------------------------------------------------------------------


@dataclass
class Tables:
    """Rows as they are, for comparing."""

    database: AsyncEngine

    async def rows(self, table: str, *without: str) -> list[dict[str, Any]]:
        async with self.database.connect() as connection:
            found = await connection.execute(metadata.tables[table].select())
            rows = [{name: value for name, value in row._asdict().items() if name not in without} for row in found]
        return sorted(rows, key=repr)

    async def clear(self) -> None:
        async with self.database.begin() as connection:
            for table in (*metadata.sorted_tables, metadata.tables["listening_stale"]):  # which the plays have marked
                await connection.execute(table.delete())

    async def writes(self, table: str) -> int:
        """Rows that were ever inserted, updated or deleted, as PostgreSQL counts them."""
        async with self.database.begin() as connection:
            await connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
        async with self.database.begin() as connection:
            found = await connection.exec_driver_sql(
                f"SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE relname = '{table}'"
            )
            return int(found.scalar_one())


@pytest.fixture
def tables(database: AsyncEngine) -> Tables:
    return Tables(database)


# --- a world -----------------------------------------------------------------------------------------------------

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class World:
    """Facts of listeners who are told apart by numbers, at times that are told in minutes after noon."""

    noon: datetime = field(default=NOON)

    def at(self, minutes: float) -> datetime:
        return self.noon + timedelta(minutes=minutes)

    def user(self, n: int = 1) -> UserId:
        return f"0195{n:04x}-0000-7000-8000-000000000000"

    def job(self, kind: Kind = Kind.POLL, run: int = 1, user: int = 1) -> JobId:
        return f"{kind}.{self.user(user)}.{run:032x}"

    def linked(
        self, n: int = 1, name: str = "", account: str = "", at: float = -60, authorized: float | None = None
    ) -> AccountLinked:
        return AccountLinked(
            user=self.user(n),
            name=name or f"listener {n}",
            account=account or f"account-{n}",
            linked_at=self.at(at),
            authorized_at=None if authorized is None else self.at(authorized),
        )

    def track(self, n: int = 1, **known: Any) -> Track:
        said = {
            "artists": (Artist(id=f"artist{n % 3}", name=f"Artist {n % 3}"),),
            "album": Album(id=f"album{n % 2}", name=f"Album {n % 2}", release_date="2020-01-01"),
            "duration": timedelta(minutes=3),
        }
        return Track(**({"id": f"track{n}", "name": f"Track {n}"} | said | known))

    def play(self, minute: float, track: int | Track = 1, context: str | None = None) -> Play:
        return Play(
            played_at=self.at(minute), track=track if isinstance(track, Track) else self.track(track), context=context
        )

    def plays(self, *minutes: float) -> tuple[Play, ...]:
        """Newest first, each of the track of its minute."""
        return tuple(self.play(minute, int(minute)) for minute in sorted(minutes, reverse=True))

    def poll(self, run: int, *minutes: float, user: int = 1, **more: Any) -> PlaysFetched:
        """A poll that succeeded, `run` minutes after noon."""
        said = {
            "step": 1,
            "source": Source.POLL,
            "started_at": self.at(run),
            "fetched_at": self.at(run) + timedelta(seconds=1),
            "requests": 1,
            "plays": self.plays(*minutes),
            "verdict": Verdict(status=Status.SUCCESS),
            "next_poll_at": self.at(run + 10),
        }
        return PlaysFetched(user=self.user(user), job=self.job(Kind.POLL, run, user), **(said | more))

    def page(
        self, step: int, *minutes: float, run: int = 1, user: int = 1, last: bool = False, **more: Any
    ) -> PlaysFetched:
        """A page of an initial sync, which started `run` minutes after noon."""
        said = {
            "source": Source.INITIAL,
            "started_at": self.at(run),
            "fetched_at": self.at(run) + timedelta(seconds=step),
            "requests": 1,
            "plays": self.plays(*minutes),
            "verdict": Verdict(status=Status.SUCCESS, reason=Reason.EMPTY_PAGE) if last else None,
        }
        return PlaysFetched(user=self.user(user), job=self.job(Kind.INITIAL, run, user), step=step, **(said | more))

    def started(self, run: int = 1, user: int = 1) -> ChainStarted:
        return ChainStarted(user=self.user(user), job=self.job(Kind.INITIAL, run, user), started_at=self.at(run))

    def ended(
        self, step: int, status: Status, kind: Kind = Kind.INITIAL, run: int = 1, user: int = 1, **more: Any
    ) -> JobEnded:
        said = {
            "ended_at": self.at(run) + timedelta(seconds=step),
            "verdict": Verdict(status=status, error=f"{status}!"),
        }
        return JobEnded(
            user=self.user(user), job=self.job(kind, run, user), step=step, started_at=self.at(run), **(said | more)
        )

    def window(self, after: float, before: float) -> Window:
        return Window(after=self.at(after), before=self.at(before))


@pytest.fixture
def world() -> World:
    return World()


# --- without the bus ---------------------------------------------------------------------------------------------


@dataclass
class Book:
    """Facts made true directly, one batch a call."""

    commits: Commits

    async def __call__(self, *facts: Any) -> list[Message]:
        """The events that follow. All facts must be recorded."""
        outcomes: Sequence[Any] = await self.commits.commit(facts)
        assert [type(outcome) for outcome in outcomes] == [Recorded] * len(facts), outcomes
        return [event for outcome in outcomes for event in outcome.events]


@pytest.fixture
def book(database: AsyncEngine) -> Book:
    return Book(Commits(database))
