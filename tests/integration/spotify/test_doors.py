"""Doors in a real bucket: whom a refusal concerns, who may try again, and what is told of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import nats
import pytest
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import KeyWrongLastSequenceError, NotFoundError
from nats.js.kv import KeyValue

from spindle.embedded import nats as embedded
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.messages.doors import DoorClosed, DoorOpened
from spindle.shared.spotify import doors as module
from spindle.shared.spotify.door import PROBE, Door, Family, Owner, Scope, shut
from spindle.shared.spotify.doors import BUCKET, Doors, standing
from spindle.shared.spotify.errors import Forbidden, Held, RateLimited, Refusal, SpotifyError, Unavailable
from spindle.shared.spotify.refusals import refused

HISTORY, LIBRARY = Family.HISTORY, Family.LIBRARY


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def js(nats_url: str) -> AsyncIterator[JetStreamContext]:
    bus = await nats.connect(nats_url)
    await ensure_topology(bus.jetstream())
    yield bus.jetstream()
    await bus.close()


@pytest.fixture
async def kv(js: JetStreamContext) -> KeyValue:
    return await js.key_value(BUCKET)


@pytest.fixture
def doors(js: JetStreamContext, kv: KeyValue, clock: Clock) -> Doors:
    return Doors(js, kv, Owner("one", "ann"), clock=clock)


async def call(doors: Doors, family: Family = HISTORY, error: BaseException | None = None) -> None:
    async with doors.passing(family):
        if error:
            raise error


async def meets(doors: Doors, family: Family = HISTORY) -> str:
    """`open`, or why it is not."""
    try:
        await call(doors, family)
    except Held as held:
        return str(held)
    return "open"


def limited(seconds: float, *, quota: bool = False) -> RateLimited:
    return RateLimited(timedelta(seconds=seconds), quota=quota)


async def ajar(doors: Doors, clock: Clock) -> None:
    """Closed by a refusal whose deadline has passed."""
    with pytest.raises(RateLimited):
        await call(doors, error=limited(60))
    clock.passes(60)


async def events(js: JetStreamContext, subject: str) -> list[bytes]:
    found: list[RawStreamMsg] = []
    with contextlib.suppress(NotFoundError):
        while True:
            after = int(found[-1].seq or 0) if found else 0
            found.append(await js.get_msg("events", seq=after + 1, subject=subject, next=True))
    return [each.data or b"" for each in found]


@pytest.mark.parametrize("body", [{"error": {"status": 429, "message": "API rate limit exceeded"}}, None])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 30),
        ("0", 1),
        ("-5", 30),
        ("soon", 30),
        (format_datetime(datetime(2026, 11, 20, 12, 1, 30, tzinfo=UTC), usegmt=True), 90),
        ("3", 3),
        ("85771", 85_771),
    ],
)
async def test_every_kind_of_429_closes_its_family_for_a_sane_while(
    js: JetStreamContext, doors: Doors, clock: Clock, header: str | None, seconds: int, body: object
) -> None:
    said = {"json": body} if body else {"text": "Too many requests"}
    answer = httpx.Response(429, headers={"retry-after": header} if header else {}, **said)

    with pytest.raises(RateLimited) as refusal:
        await call(doors, error=refused(answer, clock()))

    assert refusal.value.until == clock() + timedelta(seconds=seconds)
    clock.passes(seconds - 0.001)
    assert await meets(doors) != "open"
    clock.passes(0.001)
    assert await meets(doors) == "open"


async def test_other_families_stay_open(doors: Doors) -> None:
    with pytest.raises(RateLimited):
        await call(doors, LIBRARY, limited(19_056))

    assert await meets(doors, LIBRARY) == "Spotify asks us to wait: 19056 s."
    assert await meets(doors, HISTORY) == "open"


async def test_a_rate_is_the_clients_and_a_quota_that_of_all_clients_of_the_account(
    js: JetStreamContext, kv: KeyValue, doors: Doors, clock: Clock
) -> None:
    same, other = (Doors(js, kv, owner, clock=clock) for owner in (Owner("two", "ann"), Owner("three", "bob")))
    with pytest.raises(RateLimited):
        await call(doors, HISTORY, limited(60))
    with pytest.raises(RateLimited):
        await call(doors, LIBRARY, limited(60, quota=True))

    assert [await meets(each, HISTORY) == "open" for each in (doors, same, other)] == [False, True, True]
    assert [await meets(each, LIBRARY) == "open" for each in (doors, same, other)] == [False, False, True]


async def test_what_was_closed_is_closed_after_a_restart(
    js: JetStreamContext, kv: KeyValue, doors: Doors, clock: Clock
) -> None:
    with pytest.raises(RateLimited):
        await call(doors, error=limited(85_771))

    again = Doors(js, kv, Owner("one", "ann"), clock=clock)

    clock.passes(85_770)
    assert await meets(again) != "open"


async def test_whoever_was_refused_calls_no_more_although_nats_was_away_and_nobody_could_be_told(
    doors: Doors, nats_server: embedded.Nats
) -> None:
    async def refused() -> None:
        async with asyncio.timeout(None) as patience, doors.passing(HISTORY):
            nats_server.kill()
            patience.reschedule(asyncio.get_running_loop().time() + 1)
            raise limited(60)

    with pytest.raises(TimeoutError):
        await refused()

    await nats_server.start()

    assert await meets(doors) == "Spotify asks us to wait: 60 s."


async def test_a_probe_opens_the_door_although_others_write_something_down_about_it(
    js: JetStreamContext, kv: KeyValue, doors: Doors, clock: Clock
) -> None:
    await ajar(doors, clock)
    key = Scope("one", quota=False).key(HISTORY)

    async def write() -> None:
        while True:
            entry = await kv.get(key)
            door = Door.model_validate_json(entry.value or b"")
            if door.opened_at is not None:
                return
            written = door.model_copy(update={"announced": not door.announced})
            with contextlib.suppress(KeyWrongLastSequenceError):
                await kv.update(key, written.model_dump_json().encode(), last=entry.revision)

    async with doors.passing(HISTORY):
        writing = asyncio.create_task(write())
        await asyncio.sleep(0.1)

    await asyncio.wait_for(writing, 60)


async def test_of_twenty_who_come_at_the_deadline_one_probes_and_the_others_wait_for_what_becomes_of_it(
    js: JetStreamContext, kv: KeyValue, doors: Doors, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PROBED_WITHIN", 60.0)
    await ajar(doors, clock)
    calling, most, made = 0, 0, 0
    probed = asyncio.Event()

    async def one(each: Doors) -> None:
        nonlocal calling, most, made
        async with each.passing(HISTORY):
            calling, made = calling + 1, made + 1
            if not probed.is_set():
                most = max(most, calling)
            await asyncio.sleep(0.4)
            probed.set()
            calling -= 1

    await asyncio.gather(*(one(Doors(js, kv, Owner("one", "ann"), clock=clock)) for _ in range(20)))

    assert (most, made) == (1, 20)
    [opened] = [DoorOpened.decoded(body) for body in await events(js, "doors.opened.history")]
    assert (opened.of, opened.opened_at) == ("one", clock())


async def test_a_probe_that_is_refused_closes_the_door_for_all_who_wait(
    js: JetStreamContext, kv: KeyValue, doors: Doors, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PROBED_WITHIN", 60.0)
    await ajar(doors, clock)
    made = 0

    async def one(each: Doors) -> None:
        nonlocal made
        async with each.passing(HISTORY):
            made += 1
            await asyncio.sleep(0.3)
            raise limited(100)

    found = await asyncio.gather(
        *(one(Doors(js, kv, Owner("one", "ann"), clock=clock)) for _ in range(20)), return_exceptions=True
    )

    assert made == 1
    assert sum(isinstance(each, RateLimited) for each in found) == 1
    assert sum(isinstance(each, Held) and each.until == clock() + timedelta(seconds=100) for each in found) == 19


async def test_a_probe_whose_process_died_is_followed_by_another_one(
    js: JetStreamContext, kv: KeyValue, doors: Doors, clock: Clock
) -> None:
    await ajar(doors, clock)
    key = Scope("one", quota=False).key(HISTORY)
    (door,) = await standing(js)
    await kv.put(key, door.probed_by("dead", clock()).model_dump_json().encode())

    assert await meets(doors) == "one call is trying whether Spotify may be asked again"
    clock.passes(PROBE.total_seconds())
    assert await meets(doors) == "open"


@pytest.mark.parametrize(
    ("error", "opens"),
    [(Forbidden(Refusal.SCOPE), True), (Unavailable(503), False), (asyncio.CancelledError(), False)],
)
async def test_any_answer_opens_the_door_and_none_leaves_it_to_the_next_one(
    js: JetStreamContext, doors: Doors, clock: Clock, error: BaseException, opens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LAST_WORD", 60.0)
    await ajar(doors, clock)

    with pytest.raises((SpotifyError, asyncio.CancelledError)):
        await call(doors, error=error)

    (door,) = await standing(js)
    assert (door.opened_at is not None) is opens
    assert door.probe is None
    assert await meets(doors) == "open"


async def test_a_volley_of_refusals_is_told_once_for_each_deadline(
    js: JetStreamContext, doors: Doors, clock: Clock
) -> None:
    async def one(seconds: float) -> None:
        async with doors.passing(HISTORY):
            await asyncio.sleep(0.2)
            raise limited(seconds)

    await asyncio.gather(*(one(seconds) for seconds in (60, 60, 30, 60)), return_exceptions=True)

    told = [DoorClosed.decoded(body) for body in await events(js, "doors.closed.history")]
    assert max(each.until for each in told) == clock() + timedelta(seconds=60)
    assert len({each.until for each in told}) == len(told) <= 2
    found = shut(await standing(js), HISTORY, clock())
    assert found is not None
    assert (found.until, found.refusals, found.announced) == (clock() + timedelta(seconds=60), 1, True)


async def test_a_volley_that_says_the_same_moment_after_moment_is_told_once(
    js: JetStreamContext, doors: Doors, clock: Clock
) -> None:
    async def one(number: int) -> None:
        async with doors.passing(HISTORY):
            await asyncio.sleep(0.2 + 0.01 * number)
            clock.passes(0.01)
            raise limited(60)

    await asyncio.gather(*(one(number) for number in range(16)), return_exceptions=True)

    [told] = [DoorClosed.decoded(body) for body in await events(js, "doors.closed.history")]
    found = shut(await standing(js), HISTORY, clock())
    assert found is not None
    assert found.until == clock() + timedelta(seconds=60)
    assert timedelta(0) <= found.until - told.until < timedelta(seconds=0.16)


async def test_whoever_meets_a_closed_door_of_which_nobody_was_told_tells_of_it(
    js: JetStreamContext, kv: KeyValue, doors: Doors, clock: Clock
) -> None:
    with pytest.raises(RateLimited):
        await call(doors, error=limited(60))
    (door,) = await standing(js)
    await js.purge_stream("events")
    later = {"closed_at": door.closed_at + timedelta(seconds=1), "until": door.until + timedelta(seconds=1)}
    untold = door.model_copy(update={"announced": False, **later})
    await kv.put(Scope("one", quota=False).key(HISTORY), untold.model_dump_json().encode())

    for _ in range(3):
        await meets(Doors(js, kv, Owner("one", "ann"), clock=clock))

    assert [DoorClosed.decoded(body).until for body in await events(js, "doors.closed.>")] == [untold.until]


async def test_what_nobody_can_read_counts_as_open(kv: KeyValue, doors: Doors, js: JetStreamContext) -> None:
    await kv.put(Scope("one", quota=False).key(HISTORY), b"\xff{")

    assert await meets(doors) == "open"
    with pytest.raises(RateLimited):
        await call(doors, error=limited(60))
    assert await meets(doors) != "open"
