"""Polls that fail for long, and how late polls are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spindle.recorder.store.answers import users
from spindle.recorder.store.engine import transaction
from spindle.shared.ids import Kind, now
from spindle.shared.messages.ask import AskUsers
from spindle.shared.messages.jobs import JobFailed, Reason, Status, Verdict
from spindle.shared.messages.users import UserFailing, UserRecovered

DAY = 24 * 60


def failed(world: Any, run: float, since: float | datetime, alarm: bool = False) -> Any:
    since = since if isinstance(since, datetime) else world.at(since)
    verdict = Verdict(status=Status.ERROR, error=f"poll {run} failed", failing_since=since, alarm=alarm)
    return world.ended(1, Status.ERROR, Kind.POLL, run=run, verdict=verdict)


def recovered(world: Any, run: int, since: float | datetime, alarm: bool = False) -> Any:
    since = since if isinstance(since, datetime) else world.at(since)
    return world.poll(run, verdict=Verdict(status=Status.SUCCESS, failing_since=since, alarm=alarm))


async def checkpoint(tables: Any, *names: str) -> list[Any]:
    [row] = await tables.rows("checkpoints")
    return [row[name] for name in names]


async def test_polls_that_fail_for_a_day_are_told_once_and_so_is_their_recovery(
    world: Any, book: Any, tables: Any
) -> None:
    await book(world.linked())
    facts = [failed(world, 10, 10), failed(world, DAY + 11, 10, alarm=True), failed(world, DAY + 20, 10)]

    told = [await book(fact) for fact in facts]

    alarm = UserFailing(
        user=world.user(),
        name="listener 1",
        since=world.at(10),
        error=f"poll {DAY + 11} failed",
        caused_by=facts[1].identity,
    )
    assert [[event for event in events if not isinstance(event, JobFailed)] for events in told] == [[], [alarm], []]
    assert await checkpoint(tables, "poll_failing_since") == [world.at(10)]
    assert alarm in await book(facts[1])
    [healed] = await book(good := recovered(world, DAY + 30, 10, alarm=True))
    assert healed == UserRecovered(user=world.user(), name="listener 1", since=world.at(10), caused_by=good.identity)
    assert await book(good) == [healed]
    assert await checkpoint(tables, "poll_failing_since", "poll_error") == [None, None]


@pytest.mark.parametrize("minutes", [DAY - 1, DAY, 99 * DAY])
async def test_a_failure_of_which_nobody_was_told_recovers_silently(world: Any, book: Any, minutes: int) -> None:
    await book(world.linked(), failed(world, 1, 1))

    assert await book(recovered(world, 1 + minutes, 1)) == []


async def test_the_newest_poll_that_ended_says_since_when_they_fail(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked(), failed(world, 30, 20))

    await book(recovered(world, 10, 5), failed(world, 15, 14))
    assert await checkpoint(tables, "poll_failing_since") == [world.at(20)]
    await book(world.ended(1, Status.CANCELLED, Kind.POLL, run=40))

    assert await checkpoint(tables, "poll_failing_since") == [None]


async def test_an_alarm_of_anything_but_a_poll_is_none(world: Any, book: Any, tables: Any) -> None:
    verdict = Verdict(status=Status.ERROR, reason=Reason.LOST, failing_since=world.at(1), alarm=True)
    await book(world.linked())

    told = await book(world.ended(1, Status.ERROR, verdict=verdict))

    assert UserFailing not in map(type, told)
    assert await checkpoint(tables, "poll_failing_since") == [None]


async def test_failing_since_a_time_to_come_is_failing_since_now(world: Any, book: Any, tables: Any) -> None:
    far = datetime.max.replace(tzinfo=UTC)
    await book(world.linked())

    told = await book(failed(world, 10, far, alarm=True))

    assert [event.since for event in told if isinstance(event, UserFailing)] == [world.at(10) + timedelta(seconds=1)]
    assert await checkpoint(tables, "poll_failing_since") == [world.at(10) + timedelta(seconds=1)]
    [healed] = await book(recovered(world, 20, far, alarm=True))
    assert healed.since == world.poll(20).fetched_at


async def test_failing_since_ever_is_told_and_can_be_asked_for(world: Any, book: Any, database: Any) -> None:
    await book(world.linked(), failed(world, 10, datetime.min.replace(tzinfo=UTC)))

    async with transaction(database, reading=True) as connection:
        [told] = (await users(connection, AskUsers())).users

    assert told.failing_since is not None
    assert told.failing_since.year == 1


async def test_a_poll_counts_how_late_it_is_committed_once_however_often_it_is_told(
    world: Any, book: Any, tables: Any
) -> None:
    await book(world.linked())
    due = now() - timedelta(seconds=5)
    page, unplanned = world.poll(10, 1, due_at=due), world.poll(20, 2)

    await book(page, page, unplanned)
    between = now()
    await book(page, world.poll(30, 3, due_at=due))

    [[first, second]] = await checkpoint(tables, "poll_lags")
    assert 5000 <= first <= (between - due) / timedelta(milliseconds=1) <= second + 1
    assert second <= (now() - due) / timedelta(milliseconds=1)


async def test_only_first_pages_of_polls_have_a_lag_and_clocks_that_are_wrong_do_no_harm(
    world: Any, book: Any, tables: Any
) -> None:
    await book(world.linked())

    await book(world.page(1, due_at=world.at(1)))
    await book(*(world.poll(n, due_at=datetime(year, 1, 1, tzinfo=UTC)) for n, year in ((1, 2200), (2, 1), (3, 9999))))

    assert await checkpoint(tables, "poll_lags") == [[0, 2**31 - 1, 0]]


async def test_the_newest_hundred_lags_are_kept(world: Any, book: Any, tables: Any) -> None:
    long_ago, lately = now() - timedelta(hours=1), now()
    await book(world.linked(), *(world.poll(n, due_at=long_ago) for n in range(1, 100)))

    await book(*(world.poll(n, due_at=lately) for n in range(100, 160)))

    [lags] = await checkpoint(tables, "poll_lags")
    assert [lag >= 3_600_000 for lag in lags] == [True] * 40 + [False] * 60
