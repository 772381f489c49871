"""History on a real nats-server: newest first, page by page, complete, however rare and however far back."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client

from spindle.people.history import Page, Topic, page
from spindle.shared.bus.connection import connect
from spindle.shared.bus.topology import CONSUMERS, ensure_topology
from spindle.shared.ids import Kind, UserId, new_job, new_user, now
from spindle.shared.messages import Message
from spindle.shared.messages.control import ControlAnswered
from spindle.shared.messages.doors import DoorClosed
from spindle.shared.messages.jobs import JobFailed, JobProgressed, JobStarted, Progress, Status, Totals, Verdict
from spindle.shared.messages.plays import PlaysRecorded, Source
from spindle.shared.messages.users import UserPaused

ALICE, BOB = new_user(), new_user()
OTHERS = 3000


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Client]:
    client = await connect(nats_url, "test")
    await ensure_topology(client.jetstream())
    yield client
    await client.close()


async def tell(bus: Client, *messages: Message) -> None:
    js = bus.jetstream()
    before = (await js.stream_info("events")).state.last_seq
    for message in messages:
        await bus.publish(message.on, message.encoded())
    while (await js.stream_info("events")).state.last_seq < before + len(messages):
        await asyncio.sleep(0.02)


def paused(user: UserId, number: int) -> UserPaused:
    return UserPaused(user=user, paused=("all",), sequence=number)


def numbers(*pages: Page) -> list[int]:
    return [event.sequence for page in pages for event in page.events]


async def all_pages(bus: Client, user: UserId | None, limit: int, only: Topic | None = None) -> list[Page]:
    pages = [await page(bus, user, None, limit, only)]
    while pages[-1].next is not None:
        pages.append(await page(bus, user, pages[-1].next, limit, only))
    return pages


async def test_pages_come_newest_first_and_hold_everything_once(bus: Client) -> None:
    for number in range(0, 30, 2):
        await tell(bus, paused(ALICE, number), paused(BOB, number + 1))

    of_alice = await all_pages(bus, ALICE, 4)
    of_all = await all_pages(bus, None, 7)

    assert [len(each.events) for each in of_alice] == [4, 4, 4, 3]
    assert numbers(*of_alice) == list(range(29, 0, -2))
    assert numbers(*of_all) == list(range(30, 0, -1))


async def test_what_is_rare_is_found_behind_thousands_of_events_of_others_and_no_consumer_stays(bus: Client) -> None:
    others = [new_user() for _ in range(50)]
    await tell(bus, *(paused(ALICE, number) for number in range(500)))
    await tell(bus, *(paused(others[number % 50], number) for number in range(OTHERS)))
    await tell(bus, paused(ALICE, 500))

    first = await page(bus, ALICE, None, 60)
    rest = await page(bus, ALICE, first.next, 600)

    assert numbers(first) == [OTHERS + 501, *range(500, 441, -1)]
    assert numbers(rest) == list(range(441, 0, -1))
    async with asyncio.timeout(60):  # the server removes what nobody listens to, soon
        while (await bus.jetstream().stream_info("events")).state.consumer_count != len(CONSUMERS["events"]):
            await asyncio.sleep(0.1)


async def test_nothing_at_all_is_a_page_too(bus: Client) -> None:
    assert await page(bus, None, None, 10) == Page([], None)
    await tell(bus, paused(BOB, 1))

    assert await page(bus, ALICE, None, 10) == Page([], None)
    assert await page(bus, BOB, 1, 10) == Page([], None)
    assert numbers(await page(bus, BOB, 9000, 10)) == [1]


async def test_a_listener_who_was_removed_leaves_no_hole_for_others(bus: Client) -> None:
    await tell(bus, *(paused((ALICE, BOB)[number % 2], number) for number in range(2000)))
    await bus.jetstream().purge_stream("events", subject=f"*.*.{BOB}")

    pages = await all_pages(bus, None, 300)

    assert numbers(*pages) == list(range(1999, 0, -2))


async def test_every_topic_shows_its_own_and_a_long_import_only_its_ends(bus: Client) -> None:
    job, poll = new_job(Kind.ARCHIVE, ALICE), new_job(Kind.POLL, ALICE)
    at = now()
    steps = [
        JobProgressed(
            user=ALICE,
            name="a",
            job=job,
            step=1,
            totals=Totals(),
            progress=Progress(doing="recording", done=done, total=700),
            caused_by="x",
        )
        for done in range(700)
    ]
    failed = JobFailed(
        user=ALICE,
        name="a",
        job=job,
        verdict=Verdict(status=Status.ERROR, error="x"),
        totals=Totals(),
        finished_at=at,
        caused_by="x",
    )
    closed = DoorClosed(family="history", of="us", quota=False, closed_at=at, until=at, why="429")
    played = PlaysRecorded(
        user=ALICE, name="a", job=poll, step=1, source=Source.POLL, new=1, duplicates=0, total=1, caused_by="x"
    )
    refused = ControlAnswered(user=ALICE, request=None, action="trigger", done=False, why="paused", sequence=1)
    started = JobStarted(user=ALICE, name="a", job=job, started_at=at, caused_by="x")
    await tell(bus, closed, played, refused, started, *steps, failed, paused(BOB, 1))

    async def seen(only: Topic | None) -> list[str]:
        found = [event for each in await all_pages(bus, ALICE, 5, only) for event in each.events]
        return [type(event.message).__name__ for event in found]

    assert await seen(None) == ["JobFailed", "JobStarted", "ControlAnswered", "PlaysRecorded", "DoorClosed"]
    assert await seen(Topic.PLAYS) == ["PlaysRecorded"]
    assert await seen(Topic.JOBS) == ["JobFailed", "JobStarted"]
    assert await seen(Topic.PEOPLE) == ["ControlAnswered"]
    assert await seen(Topic.LIMITS) == ["DoorClosed"]
    assert await seen(Topic.PROBLEMS) == ["JobFailed", "DoorClosed"]
