"""The live events on a real nats-server: everybody gets each once and in order, from one consumer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from time import monotonic

import nats
import pytest
from nats.aio.client import Client

from spindle.embedded import nats as embedded
from spindle.gateway.live.feed import Feed
from spindle.gateway.live.news import News
from spindle.people.events import Event
from spindle.shared.bus.connection import connect
from spindle.shared.bus.topology import CONSUMERS, ensure_topology
from spindle.shared.ids import new_user
from spindle.shared.messages.users import UserPaused, UserRemoved

ALICE, BOB = new_user(), new_user()

Wanted = Callable[[Event], bool]


@pytest.fixture
async def bus(nats_server: embedded.Nats) -> AsyncIterator[Client]:
    """That comes back for ever, as a gateway's does."""
    client = await nats.connect(nats_server.url, reconnect_time_wait=0.1, max_reconnect_attempts=-1)
    await ensure_topology(client.jetstream())
    yield client
    await client.close()


@pytest.fixture
async def feed(bus: Client, nats_server: embedded.Nats) -> AsyncIterator[Feed]:
    async with Feed(bus, nats_server.url, kept=100) as feed:
        yield feed


async def tell(bus: Client, first: int, last: int, user: str = ALICE) -> None:
    """Events whose numbers in the stream are their own, when nothing else is told."""
    js = bus.jetstream(timeout=60)
    told = (UserPaused(user=user, paused=("all",), sequence=number) for number in range(first, last + 1))
    await asyncio.gather(*(js.publish(one.on, one.encoded()) for one in told))


async def heard(feed: Feed, after: int | None, until: int, wanted: Wanted = lambda _: True) -> list[int]:
    told: list[int] = []
    async with asyncio.timeout(60), aclosing(feed.follow(after, wanted, quiet=0.1)) as stream:
        async for news in stream:
            assert news.missed is None
            told += [event.sequence for event in news.events]
            if news.at >= until:
                break
    return told


async def next_news(stream: AsyncIterator[News]) -> News:
    return await asyncio.wait_for(anext(stream), 60)


async def test_followers_behind_the_ring_and_at_its_end_are_told_each_event_once_by_one_consumer(
    feed: Feed, bus: Client
) -> None:
    await tell(bus, 1, 1500)
    places = [0, 1, 700, 1399, 1400, 1499, 1500]
    following = [asyncio.create_task(heard(feed, place, 1800)) for place in places * 10]
    await asyncio.sleep(0.1)
    await tell(bus, 1501, 1800)

    told = await asyncio.gather(*following)

    assert told == [list(range(place + 1, 1801)) for place in places * 10]
    assert [reading.value for reading in await feed.measured()] == [0]
    async with asyncio.timeout(60):  # the server removes what nobody listens to, soon
        while (await bus.jetstream().stream_info("events")).state.consumer_count != len(CONSUMERS["events"]) + 1:
            await asyncio.sleep(0.1)


async def test_a_restart_of_nats_loses_and_doubles_nothing_for_anybody(
    feed: Feed, bus: Client, nats_server: embedded.Nats
) -> None:
    await tell(bus, 1, 600)
    following = [asyncio.create_task(heard(feed, place, 700)) for place in (0, 350, 600)]

    nats_server.kill()
    await nats_server.start()
    client = await connect(nats_server.url, "test")
    await tell(client, 601, 700)
    await client.close()

    assert await asyncio.gather(*following) == [list(range(place + 1, 701)) for place in (0, 350, 600)]


async def test_from_now_on_means_now_although_the_ring_holds_what_was_before(
    bus: Client, nats_server: embedded.Nats
) -> None:
    await tell(bus, 1, 50)

    async with Feed(bus, nats_server.url) as feed, aclosing(feed.follow(None)) as stream:
        assert (await next_news(stream)).at == 50
        await tell(bus, 51, 51)
        news = await next_news(stream)

    assert [event.sequence for event in news.events] == [51]


async def test_what_is_not_wanted_is_passed_over_and_the_place_goes_on(feed: Feed, bus: Client) -> None:
    await tell(bus, 1, 300, BOB)
    await tell(bus, 301, 302, ALICE)
    await tell(bus, 303, 400, BOB)

    async with aclosing(feed.follow(0, lambda event: event.body["user"] == ALICE, quiet=0.2)) as stream:
        told = [await next_news(stream)]
        while told[-1].at < 400:
            told.append(await next_news(stream))

    assert [event.sequence for news in told for event in news.events] == [301, 302]


async def test_what_the_stream_does_not_keep_any_more_is_told_as_missed(feed: Feed, bus: Client) -> None:
    await tell(bus, 1, 500)
    await heard(feed, 499, 500)
    await bus.jetstream().purge_stream("events", seq=301)

    async with aclosing(feed.follow(100)) as stream:
        told = [await next_news(stream) for _ in range(2)]

    missed = told[1].missed
    assert missed
    assert (missed.first, missed.last) == (101, 300)
    assert told[1].events[0].sequence == 301


async def test_a_place_in_a_stream_that_is_no_more_begins_anew(feed: Feed, bus: Client) -> None:
    await tell(bus, 1, 3)
    await heard(feed, 0, 3)

    async with aclosing(feed.follow(9000)) as stream:
        told = [await next_news(stream) for _ in range(2)]

    assert told[0].missed
    assert told[0].missed.first is None
    assert [event.sequence for event in told[1].events] == [1, 2, 3]


async def test_of_a_removed_listener_the_ring_tells_nothing_else(feed: Feed, bus: Client) -> None:
    await tell(bus, 1, 10, ALICE)
    await tell(bus, 11, 20, BOB)
    removed = UserRemoved(user=ALICE, name="alice", caused_by="x")
    await bus.jetstream().publish(removed.on, removed.encoded())
    await heard(feed, 20, 21)

    assert await heard(feed, 0, 21) == list(range(11, 22))


async def test_the_end_of_a_feed_ends_its_followers_even_when_nats_is_away(
    bus: Client, nats_server: embedded.Nats
) -> None:
    await tell(bus, 1, 500)
    async with Feed(bus, nats_server.url, kept=100) as feed:
        await heard(feed, 499, 500)
        nats_server.kill()
        following = [asyncio.create_task(heard(feed, place, 501)) for place in (0, 500)]
        await asyncio.sleep(0.1)
        ended = monotonic()

    assert await asyncio.wait_for(asyncio.gather(*following), 20) == [[], []]
    assert monotonic() - ended < 20  # who waited for NATS would wait for sixty
