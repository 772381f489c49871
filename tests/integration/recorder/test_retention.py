"""Polls of long ago are forgotten in portions; what was played is not, and nothing else."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.retention import Retention
from spindle.recorder.store import answers
from spindle.shared.ids import Kind, now
from spindle.shared.messages.ask import AskJobs, AskPlays, AskUsers
from spindle.shared.messages.jobs import Status

from .conftest import World


def ages_ago() -> World:
    return World(now() - timedelta(days=100))


async def forget(database: AsyncEngine, days: int = 90, at_once: int = 2) -> None:
    assert await Retention(database, timedelta(days=days), at_once).all()


async def jobs(database: AsyncEngine, **asked: Any) -> Any:
    async with database.connect() as connection:
        return await answers.jobs(connection, AskJobs(**asked))


async def test_polls_of_long_ago_are_forgotten_with_their_books_and_nothing_else(
    database: AsyncEngine, tables: Any, book: Any
) -> None:
    then, lately = ages_ago(), World(now() - timedelta(days=2))
    await book(then.linked(), *(then.poll(run, run - 5) for run in (10, 20, 30, 40, 50)))
    await book(then.page(1, 2, last=True), then.page(1, 3, run=7), lately.poll(60, 5))
    kept = {table: await tables.rows(table) for table in ("plays", "sightings", "coverage", "checkpoints")}

    await forget(database)

    page = await jobs(database)
    assert [(each.kind, each.started_at) for each in page.jobs] == [
        (Kind.POLL, lately.at(60)),
        (Kind.INITIAL, then.at(7)),
        (Kind.INITIAL, then.at(1)),
    ]
    assert {row["job"] for row in await tables.rows("job_steps")} == {each.job for each in page.jobs}
    assert {table: await tables.rows(table) for table in kept} == kept


async def test_a_fact_of_a_forgotten_poll_that_comes_again_adds_no_play_and_begins_no_job(
    database: AsyncEngine, tables: Any, book: Any
) -> None:
    then = ages_ago()
    first, last = then.poll(10, 2, 3, verdict=None, next_poll_at=None), then.poll(10, 1, step=2)
    await book(then.linked(), first, last)
    await forget(database)
    seen = {table: await tables.rows(table) for table in ("plays", "sightings", "coverage")}

    await book(first)
    await book(first, last)

    assert {table: await tables.rows(table) for table in seen} == seen
    async with database.connect() as connection:
        [listener] = (await answers.users(connection, AskUsers())).users
        assert len((await answers.plays(connection, AskPlays(user=then.user()))).plays) == listener.plays == 3
    assert (await jobs(database)).jobs == ()
    assert await tables.rows("job_steps") == []


async def test_a_poll_that_was_under_way_when_others_were_forgotten_comes_to_its_end(
    database: AsyncEngine, book: Any
) -> None:
    then = ages_ago()
    await book(then.linked(), then.poll(5), then.poll(10, 2, 3, verdict=None, next_poll_at=None))
    await forget(database)
    [goes_on] = (await jobs(database)).jobs

    await book(then.poll(10, 1, step=2))

    [ended] = (await jobs(database)).jobs
    assert (goes_on.status, ended.status, ended.fetched) == (Status.RUNNING, Status.SUCCESS, 3)


async def test_a_page_that_comes_only_when_its_time_is_forgotten_brings_its_plays(
    database: AsyncEngine, book: Any
) -> None:
    then = ages_ago()
    await book(then.linked(), then.poll(5))
    await forget(database)

    await book(then.poll(10, 1, 2))

    async with database.connect() as connection:
        [listener] = (await answers.users(connection, AskUsers())).users
        assert len((await answers.plays(connection, AskPlays(user=then.user()))).plays) == listener.plays == 2
    assert (await jobs(database)).jobs == ()


async def test_whoever_asks_for_what_was_forgotten_is_told_so(database: AsyncEngine, book: Any) -> None:
    then, lately = ages_ago(), World(now() - timedelta(days=2))
    await book(then.linked(), then.poll(10), then.page(1, 2, last=True), lately.poll(60, 5))
    assert (await jobs(database)).forgotten_before is None

    await forget(database)

    before = (await jobs(database)).forgotten_before
    assert before is not None
    assert then.at(10) < before < lately.at(60)
    assert (await jobs(database, kind=Kind.POLL, until=then.at(99))).forgotten_before == before
    for asked in ({"kind": Kind.INITIAL}, {"since": lately.at(0)}, {"limit": 1}, {"status": Status.RUNNING}):
        assert (await jobs(database, **asked)).forgotten_before is None


async def test_a_poll_that_somebody_holds_is_left_for_the_next_round(database: AsyncEngine, book: Any) -> None:
    then = ages_ago()
    await book(then.linked(), *(then.poll(run) for run in (10, 20, 30)))

    async with database.connect() as holding:
        await holding.execute(text("SELECT FROM jobs WHERE job = :job FOR UPDATE"), {"job": then.job(Kind.POLL, 20)})
        await forget(database)
        left = (await jobs(database)).jobs
    await forget(database)

    assert [each.job for each in left] == [then.job(Kind.POLL, 20)]
    assert (await jobs(database)).jobs == ()
