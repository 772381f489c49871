"""Full disks and full streams under the whole of Spindle: everybody waits, and goes on when there is room."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from small import filled, mounted, unmounted
from stack import Stack, Stacked
from structlog.testing import capture_logs

from spindle.embedded import keeping, nats, postgres, probing
from spindle.shared.ids import Kind, UserId
from spindle.shared.messages.jobs import Status
from spindle.shared.needs import Need, needs_of, troubles
from spindle.simulator import Clock, Settings, build
from spindle.simulator.settings import Refresh

MEANWHILE = 8  # plays, while there is no room
FULL = 2**13  # bytes; some seconds of polls that find nothing
RECORDER, POLL_WORKER = 0, 2  # as they are started
PATIENCE = 150.0  # seconds; what was tried again and again is tried a minute later
NO_ROOM = "NATS has no room: the stream is full"


@pytest.fixture
def places(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A small disk for the bus, and one for the database."""
    found = tmp_path / "bus", tmp_path / "database"
    yield mounted(found[0], "64m"), mounted(found[1], "160m")
    for place in found:
        unmounted(place)


@pytest.fixture
async def nats_server(places: tuple[Path, Path]) -> AsyncIterator[nats.Nats]:
    server = await nats.start(places[0])
    yield server
    server.kill()


@pytest.fixture
async def database(places: tuple[Path, Path]) -> AsyncIterator[postgres.Postgres]:
    server = await postgres.start(places[1])
    yield server
    await server.stop()


@pytest.fixture
def database_url(database: postgres.Postgres) -> str:
    return database.url


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """With servers that do not get well, but not with those that are slow."""
    monkeypatch.setattr(keeping, "LOOK", 0.1)
    monkeypatch.setattr(keeping, "PAUSES", (0.0, 0.5))
    monkeypatch.setattr(probing, "ANSWERS_WITHIN", 20.0)


@dataclass
class Listening:
    """Somebody who is polled twice a second and whose tokens change all the time, and what of theirs is recorded."""

    stack: Stack
    clock: Clock
    user: UserId
    person: str
    before: int

    async def play(self) -> None:
        for _ in range(MEANWHILE):
            self.clock.advance(timedelta(milliseconds=1))
            await self.stack.simulator("plays", listener=self.person)
            await asyncio.sleep(0.2)

    async def all_recorded_once(self) -> None:
        async def look() -> bool:
            return len(await self.stack.plays(self.user)) == self.before + MEANWHILE

        await self.stack.until(look, PATIENCE)
        keys = [(row.played_at, row.track_id) for row in await self.stack.plays(self.user)]
        assert len(set(keys)) == len(keys)
        assert {row.status for row in await self.stack.jobs(self.user) if row.finished_at} == {Status.SUCCESS}
        assert (await self.stack.js.stream_info("dead")).state.messages == 0


@asynccontextmanager
async def listening(stacked: Stacked) -> AsyncIterator[Listening]:
    settings, clock = Settings(listeners=1, late=False, refresh=Refresh.ROTATE, access_seconds=2), Clock(speed=0)
    async with stacked(build(settings, clock)) as stack:
        await stack.start(poll_interval_seconds=0.5)
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.POLL)
        await stack.finished(user, Kind.INITIAL)
        (person,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        yield Listening(stack, clock, user, person["id"], len(await stack.plays(user)))


@asynccontextmanager
async def kept(server: keeping.Server) -> AsyncIterator[list[str]]:
    """The server watched as by `up`, and what a person reads of it."""
    said: list[str] = []
    keeper = asyncio.create_task(keeping.keep(server, said.append))
    yield said
    keeper.cancel()
    await asyncio.wait({keeper})


async def well(needs: tuple[Need, ...]) -> bool:
    return not await troubles(needs)


async def full(needs: tuple[Need, ...]) -> bool:
    return await troubles(needs) == [NO_ROOM]


async def both_told(said: list[str]) -> bool:
    """What is wrong, and why it cannot be mended."""
    return len(said) >= 2


async def test_a_full_stream_is_told_once_and_emptied_again(stacked: Stacked) -> None:
    async with listening(stacked) as there:
        stack = there.stack
        await stack.running[RECORDER].stop()
        facts = (await stack.js.stream_info("facts")).config
        with capture_logs() as logs:
            await stack.js.update_stream(replace(facts, max_bytes=FULL))
            await there.play()
            await stack.until(lambda: full(needs_of(stack.running[POLL_WORKER])), PATIENCE)

            assert (await stack.js.stream_info("facts")).state.bytes <= FULL
            await stack.start("recorder")
            await there.all_recorded_once()
            await stack.until(lambda: well(needs_of(stack.running[POLL_WORKER])))

        assert [one["event"] for one in logs if one["log_level"] != "info"] == [
            "NATS has no room; steps wait",
            "NATS has room again",
        ]


async def test_a_full_disk_under_the_bus_is_told_once_and_outlived(
    stacked: Stacked, nats_server: nats.Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "UNWELL", 1.0)
    async with listening(stacked) as there, kept(nats_server) as said:
        stranger = filled(nats_server.directory)
        await there.play()
        await there.stack.until(lambda: both_told(said))
        await asyncio.sleep(3)  # several looks of the keeper
        stranger.unlink()
        await there.all_recorded_once()

    assert said[0] == "nats-server is not well: starting it again …"
    assert said[1].startswith(f"The disk of {nats_server.directory} has ")
    assert said[2:] == ["nats-server is back."]


async def test_a_full_disk_under_the_database_is_told_once_and_outlived(
    stacked: Stacked, database: postgres.Postgres
) -> None:
    async with listening(stacked) as there, kept(database) as said:
        with capture_logs() as logs:
            stranger = filled(database.directory)
            await there.play()
            await there.stack.until(lambda: waiting(there.stack))
            stranger.unlink()
            await there.all_recorded_once()

    (told,) = [one for one in logs if one["log_level"] == "error"]
    assert told["event"] == "the database is away; facts wait"
    assert told["error"].startswith("the disk of the database is full: could not extend file")
    assert said == []


async def test_a_database_whose_journal_has_no_room_is_brought_back(
    stacked: Stacked, database: postgres.Postgres
) -> None:
    async with listening(stacked) as there, kept(database) as said:
        stranger = filled(database.directory)
        await exhaust_the_journal(database)
        await there.play()
        await there.stack.until(lambda: both_told(said))
        await asyncio.sleep(3)  # several attempts of the keeper
        stranger.unlink()
        await there.all_recorded_once()

    assert said[0] == "PostgreSQL is gone: starting it again …"
    assert said[1].startswith(f"The disk of {database.directory} has ")
    assert said[2:] == ["PostgreSQL is back."]


async def waiting(stack: Stack) -> bool:
    """Whether a recorder that fails has left facts."""
    return (await stack.js.stream_info("facts")).state.messages >= MEANWHILE // 2


async def exhaust_the_journal(database: postgres.Postgres) -> None:
    """PostgreSQL ends itself when it cannot write to its journal, and cannot begin again without room for it."""
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection = await asyncpg.connect(database.url.replace("+asyncpg", "").split("?")[0], ssl=False)
        for _ in range(3):
            await connection.execute("SELECT pg_logical_emit_message(true, 'full', repeat('x', 20000000), true)")
