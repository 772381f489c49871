"""Turns in a real bucket: shared by processes that know nothing of each other, and the most urgent first."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from statistics import median

import nats
import pytest
from nats.js.kv import KeyValue

from spindle.embedded import nats as embedded
from spindle.shared.spotify import pace as module
from spindle.shared.spotify.budget import spacing
from spindle.shared.spotify.errors import Held
from spindle.shared.spotify.pace import Pace, Urgency

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
POLL, SYNC, PERSON = Urgency.POLL, Urgency.SYNC, Urgency.PERSON


@pytest.fixture
async def pace(nats_url: str) -> AsyncIterator[Callable[[int], Pace]]:
    """Each one as in a process of its own, with so many calls in 30 seconds."""
    bus = await nats.connect(nats_url, reconnect_time_wait=0.1, max_reconnect_attempts=-1)
    kv: KeyValue = await bus.jetstream().create_key_value(bucket="pace", history=1)
    made: list[Pace] = []

    def new(calls: int) -> Pace:
        made.append(Pace(kv, "client", calls))
        return made[-1]

    yield new
    for each in made:
        await each.close()
    await bus.close()


def since(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


async def test_turns_of_eight_lie_apart_as_if_they_were_one(pace: Callable[[int], Pace]) -> None:
    eight = [pace(600) for _ in range(8)]

    turns = sorted(await asyncio.gather(*(eight[number % 8].turn(POLL, NOON) for number in range(80))))

    apart = [later - earlier for earlier, later in itertools.pairwise(turns)]
    assert min(apart) >= spacing(600) - 1e-6
    assert median(apart) < 1.5 * spacing(600)  # a busy machine lets some go by


async def test_while_polls_wait_no_sync_gets_a_turn_whoever_asks(pace: Callable[[int], Pace]) -> None:
    polls, syncs, order = pace(300), [pace(300) for _ in range(4)], list[str]()

    async def one(of: Pace, urgency: Urgency, what: str) -> None:
        await of.turn(urgency, NOON)
        order.append(what)

    async with asyncio.TaskGroup() as group:
        for each in syncs:
            for _ in range(10):
                group.create_task(one(each, SYNC, "sync"))
        while len(order) < 3:
            await asyncio.sleep(0.05)
        before = len(order)
        for _ in range(20):
            group.create_task(one(polls, POLL, "poll"))

    # A sync that had its turn already goes first, and one more whenever the machine stood still; of equals forty would.
    assert order[before : before + 28].count("poll") == 20
    assert order.count("sync") == 40


async def test_of_one_process_the_most_urgent_goes_first_and_then_who_was_due_first(
    pace: Callable[[int], Pace],
) -> None:
    one, order = pace(300), list[tuple[Urgency, int]]()

    async def ask(urgency: Urgency, minutes: int) -> None:
        await one.turn(urgency, since(minutes))
        order.append((urgency, minutes))

    first = asyncio.create_task(ask(POLL, 0))
    await asyncio.sleep(0)
    asked = [(SYNC, 1), (POLL, 9), (POLL, 3), (SYNC, 0), (PERSON, 20), (POLL, 5)]
    await asyncio.gather(first, *(ask(*each) for each in asked))

    assert sorted(order) == order or order[1:] == sorted(order[1:])


async def test_whoever_gets_no_turn_in_time_gives_way_and_is_told_when_to_come_again(
    pace: Callable[[int], Pace], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = pace(1)
    await one.turn(POLL, NOON)
    monkeypatch.setattr(module, "PATIENCE", timedelta(seconds=0.5))

    with pytest.raises(Held) as held:
        await one.turn(POLL, NOON)

    assert held.value.budget
    assert timedelta(seconds=20) < held.value.until - datetime.now(UTC) <= timedelta(seconds=30)


async def test_whoever_leaves_takes_no_turn_along(pace: Callable[[int], Pace]) -> None:
    one = pace(60)
    await one.turn(POLL, NOON)
    gone = [asyncio.create_task(one.turn(POLL, NOON)) for _ in range(50)]
    await asyncio.sleep(0.1)
    for each in gone:
        each.cancel()
    began = time.monotonic()

    await one.turn(POLL, NOON)

    assert time.monotonic() - began < 20 * spacing(60)  # those who have left would take fifty


async def test_turns_go_on_when_nats_was_away_for_a_while(
    pace: Callable[[int], Pace], nats_server: embedded.Nats
) -> None:
    one = pace(3000)
    await one.turn(POLL, NOON)
    nats_server.kill()
    waiting = [asyncio.create_task(one.turn(POLL, NOON)) for _ in range(5)]
    await asyncio.sleep(1)

    await nats_server.start()

    await asyncio.wait_for(asyncio.gather(*waiting), 60)
