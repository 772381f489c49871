"""Doors that Spotify closes, with real processes, and with everything killed while they are closed."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import nats.errors
import pytest

from spindle.shared.ids import now
from spindle.shared.messages.doors import DoorClosed, DoorOpened
from spindle.shared.spotify.door import Family, shut
from spindle.shared.spotify.doors import standing

from .place import HERE, HISTORY, LIBRARY, Place, place

POLL, SYNC = ("-m", "spindle.poll_worker"), ("-m", "spindle.sync_worker")
UNDER_WAY = 6.0  # seconds; a worker or Spotify may stand still in the middle of a call
MARGIN = 0.3  # seconds: NATS fires a schedule some tenths after its time


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Place]:
    async with place(tmp_path, ("--listeners", "30"), spotify_budget="3000", poll_interval_seconds="2") as found:
        for user in await found.listeners():
            await found.poll(user)
        for service in (POLL, POLL, SYNC, SYNC):
            found.begin(*service)
        await found.until(lambda: more_than(found, 30), within=180)
        yield found


async def more_than(here: Place, calls: int) -> bool:
    return len(await here.arrivals()) > calls


async def at_work(here: Place) -> bool:
    """Somebody asks for polls."""
    try:
        return bool((await here.js.consumer_info("commands", "poll_worker-poll")).num_waiting)
    except (nats.errors.Error, TimeoutError):
        return False


async def refrained(here: Place) -> bool:
    """Whether somebody has kept away from a closed door."""
    return b"held until" in here.journal.read_bytes()


async def closed(here: Place, family: Family) -> bool:
    return shut(await standing(here.js), family, now()) is not None


async def told(here: Place, subject: str) -> list[bytes]:
    """Everything, which is at least one event."""

    async def there() -> bool:
        return bool(await numbered(here, subject))

    await here.until(there, within=180)
    subscription = await here.js.subscribe(subject, ordered_consumer=True)
    return [(await subscription.next_msg(timeout=60)).data for _ in range(await numbered(here, subject))]


async def numbered(here: Place, subject: str) -> int:
    return ((await here.js.stream_info("events", subjects_filter=subject)).state.subjects or {}).get(subject, 0)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_limit_of_the_library_stops_the_library_and_not_the_history_through_a_restart_of_everything(
    here: Place,
) -> None:
    await here.fault(kind="rate", path=LIBRARY, retry_after="19056", body="text", times=None)
    here.begin(str(HERE / "library.py"))
    await here.until(lambda: closed(here, Family.LIBRARY), within=180)
    polled = len(await here.arrivals())
    await here.until(lambda: more_than(here, polled + 30), within=180)

    await here.everything_dies()

    polled = len(await here.arrivals())
    await here.until(lambda: more_than(here, polled + 30), within=180)
    door = shut(await standing(here.js), Family.LIBRARY, now())
    assert door is not None
    assert 19_056 - 600 < (door.until - now()).total_seconds() <= 19_056
    await here.until(lambda: refrained(here), within=180)
    assert len(await here.arrivals(LIBRARY)) == 1
    assert not await closed(here, Family.HISTORY)
    [event] = [DoorClosed.decoded(body) for body in await told(here, "doors.closed.library")]
    assert (event.until, event.quota) == (door.until, False)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("kind", "seconds"), [("rate", 25), ("quota", 20)])
async def test_a_limit_of_the_history_stops_all_polls_until_its_deadline_and_hardly_longer(
    here: Place, kind: str, seconds: int
) -> None:
    await here.fault(kind=kind, path=HISTORY, retry_after=str(seconds))
    await here.until(lambda: closed(here, Family.HISTORY), within=180)
    door = shut(await standing(here.js), Family.HISTORY, now())
    assert door is not None

    await asyncio.sleep(UNDER_WAY)  # what was when it closed
    await here.fault(kind="slow", path=HISTORY, seconds=1.0, times=1)
    await here.everything_dies()

    await here.until(lambda: at_work(here), within=180)
    back_at = time.time()
    await asyncio.sleep(max(0.0, door.until.timestamp() - time.time()))
    closed_at = len(await here.arrivals())
    await here.until(lambda: more_than(here, closed_at + 15), within=180)
    arrived = await here.arrivals()
    log = await answered(here)
    refused_at = next(at for at, status in log if status == httpx.codes.TOO_MANY_REQUESTS)
    late = [at for at in arrived if at > refused_at + UNDER_WAY - 1]
    assert len([at for at in arrived if at > refused_at]) - len(late) <= 40  # who pays no heed calls 15 times a second
    assert late[0] >= door.until.timestamp()
    assert late[0] < max(door.until.timestamp(), back_at) + 20  # some tenths, when nobody else wants the machine
    assert late[1] >= late[0] + 1.0 - MARGIN  # the probe took a second, and all others waited for it
    assert [DoorOpened.decoded(body).until for body in await told(here, "doors.opened.history")] == [door.until]
    assert [DoorClosed.decoded(body).until for body in await told(here, "doors.closed.history")] == [door.until]


async def answered(here: Place) -> list[tuple[float, int | None]]:
    log = (await here.http.get(f"{here.spotify}/control/calls", params={"limit": 5000})).json()["log"]
    return [(call["real_at"] / 1000, call["status"]) for call in log if call["path"] == HISTORY]
