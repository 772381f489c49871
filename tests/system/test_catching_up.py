"""After days in which Spotify showed nothing new: all that it then shows is recorded, and a gap is what it lost."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from stack import Stack, Stacked, milliseconds
from starlette.types import ASGIApp

from spindle.recorder.store.engine import engine, transaction
from spindle.shared.ids import Kind, UserId
from spindle.shared.messages.control import Pause, Resume
from spindle.shared.messages.jobs import Reason, Status
from spindle.shared.messages.plays import PlaysFetched, PollPlays
from spindle.simulator import Settings, build
from spindle.simulator.clock import Clock

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = 86_400


def simulated(reach: int | None) -> ASGIApp:
    """Somebody who plays 34 songs in the two days after noon."""
    clock = Clock(NOON, speed=0)
    return build(Settings(listeners=1, late=False, history_days=3, seed=3, reach=reach), clock)


async def test_two_frozen_days_with_a_page_of_plays_are_caught_up_by_one_call(stacked: Stacked) -> None:
    async with stacked(simulated(reach=50)) as stack:
        user, person = await begun(stack)
        await frozen_for_two_days(stack, user, person)

        job = await stack.poll(user)

        assert (job.steps, job.requests, job.new, job.reason) == (1, 1, 34, None)
        assert await recorded(stack, user) == await shown(stack, person)
        assert not (await stack.gaps(user)).gaps


async def test_two_frozen_days_with_hundreds_of_plays_are_caught_up_page_by_page(stacked: Stacked) -> None:
    async with stacked(simulated(reach=None)) as stack:
        user, person = await begun(stack)
        await frozen_for_two_days(stack, user, person, more=400)
        facts = await heard(stack, user)

        job = await stack.poll(user)

        assert (job.steps, job.requests, job.new, job.reason) == (9, 9, 434, None)
        assert await recorded(stack, user) == await shown(stack, person)
        assert not (await stack.gaps(user)).gaps
        pages = await facts()
        assert [page.due_at is not None for page in pages] == [True] + [False] * 8
        assert [page.verdict is not None for page in pages] == [False] * 8 + [True]
        listener = await stack.listener(user)
        assert listener is not None
        assert listener.next_poll_at == pages[-1].next_poll_at
        assert listener.last_played_at == pages[0].plays[0].played_at


async def test_of_hundreds_of_plays_that_spotify_has_forgotten_the_gap_is_exactly_what_is_missing(
    stacked: Stacked,
) -> None:
    async with stacked(simulated(reach=50)) as stack:
        user, person = await begun(stack)
        newest = (await recorded(stack, user))[-1]
        await frozen_for_two_days(stack, user, person, more=400)

        job = await stack.poll(user)

        assert (job.steps, job.requests, job.new, job.reason) == (2, 2, 50, Reason.EMPTY_PAGE)
        missing = sorted(set(await shown(stack, person)) - set(await recorded(stack, user)))
        (gap,) = (await stack.gaps(user)).gaps
        assert len(missing) == 384
        assert milliseconds(gap.after) == newest
        assert missing[-1] < milliseconds(gap.before) == (await recorded(stack, user))[-50]
        again = await stack.poll(user)
        assert (again.steps, again.new) == (1, 0)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "server", "status": 503}, {"kind": "rate", "retry_after": "10"}, {"kind": "malformed"}],
    ids=["an error", "a closed door", "nonsense"],
)
async def test_trouble_on_the_way_back_keeps_the_cursor(stacked: Stacked, fault: dict[str, Any]) -> None:
    async with stacked(simulated(reach=None)) as stack:
        user, person = await begun(stack)
        await frozen_for_two_days(stack, user, person, more=400)
        await stack.simulator("faults", **fault, path="/v1/me", skip=4)
        polls = len(await stack.jobs(user, Kind.POLL))
        await stack.begin_poll(user)

        step = await stack.until(lambda: waiting(stack, user))
        assert (step.step, step.why is not None) == (5, True)
        if fault["kind"] != "rate":
            await stack.begin_poll(user, hurry=True)
        job = (await stack.finished(user, Kind.POLL, count=polls + 1))[-1]

        assert (job.status, job.steps, job.requests, job.new) == (Status.SUCCESS, 9, 10, 434)
        assert await recorded(stack, user) == await shown(stack, person)
        assert not (await stack.gaps(user)).gaps
        asked = [call["query"] for call in await stack.calls()][-10:]
        assert len(set(asked)) == 9
        assert asked[4] == asked[5]


async def test_a_pause_on_the_way_back_parks_it_at_its_cursor(stacked: Stacked) -> None:
    async with stacked(simulated(reach=None)) as stack:
        user, person = await begun(stack)
        await frozen_for_two_days(stack, user, person, more=400)
        await stack.simulator("faults", kind="slow", seconds=1.0, path="/v1/me", skip=2, times=None)
        polls = len(await stack.jobs(user, Kind.POLL))
        await stack.begin_poll(user)
        await stack.until(lambda: reached(stack, user, 3))

        assert (await stack.control(Pause(user=user, what="poll"))).done
        parked = await stack.until(lambda: waiting(stack, user))
        await stack.http.delete(f"{stack.spotify}/control/faults")
        assert (await stack.control(Resume(user=user, what="poll"))).done
        job = (await stack.finished(user, Kind.POLL, count=polls + 1))[-1]

        assert 3 <= parked.step < 9, "it was parked on its way"
        assert (job.steps, job.requests, job.new) == (9, 9, 434)
        assert not (await stack.gaps(user)).gaps


async def test_who_logs_in_again_after_days_is_caught_up_from_where_the_polls_had_ended(stacked: Stacked) -> None:
    async with stacked(simulated(reach=None)) as stack:
        user, person = await begun(stack)
        await stack.simulator("tokens", listener=person, revoke=True, expire_access=True)
        assert (await stack.poll(user)).reason is Reason.DISCONNECTED
        await stack.simulator("clock", advance_seconds=2 * DAY)
        for number in range(1, 301):
            await stack.simulator("plays", listener=person, played_at=milliseconds(NOON) + number * 400_007)

        (found,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        await stack.link("again", found["refresh_token"], user)

        job = (await stack.finished(user, Kind.POLL, count=3))[-1]
        assert (job.steps, job.new) == (7, 334)
        assert await recorded(stack, user) == await shown(stack, person)
        assert not (await stack.gaps(user)).gaps


async def test_what_the_database_has_lost_comes_back_with_the_poll_that_somebody_asks_for(stacked: Stacked) -> None:
    async with stacked(simulated(reach=50)) as stack:
        user, person = await begun(stack)
        await stack.simulator("clock", advance_seconds=DAY)
        assert (await stack.poll(user)).new > 0
        lost = await loses_all_since_noon(stack)

        assert (await stack.poll(user)).new == lost > 0

        assert await recorded(stack, user) == await shown(stack, person)
        assert not (await stack.gaps(user)).gaps


async def loses_all_since_noon(stack: Stack) -> int:
    """As after a standby took over that lacked the last commits. Returns how many plays are gone."""
    database = engine(stack.database_url)
    since = f"TIMESTAMPTZ '{NOON.isoformat()}'"
    async with transaction(database) as connection:
        await connection.exec_driver_sql(
            f"DELETE FROM sightings USING plays WHERE sightings.play_id = plays.play_id AND played_at > {since}"
        )
        gone = await connection.exec_driver_sql(f"DELETE FROM plays WHERE played_at > {since}")
        await connection.exec_driver_sql(
            f"UPDATE coverage SET proven = proven - tstzmultirange(tstzrange({since}, NULL))"
        )
    await database.dispose()
    return gone.rowcount


async def begun(stack: Stack) -> tuple[UserId, str]:
    """A listener who was polled once, and who that is in the simulator."""
    await stack.start(initial_sync_enabled=False)
    (user,) = await stack.everybody()
    await stack.finished(user, Kind.POLL)
    (person,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
    return user, person["id"]


async def frozen_for_two_days(stack: Stack, user: UserId, person: str, more: int = 0) -> None:
    """Polled meanwhile, in vain; `more` plays come to those of a made-up life."""
    await stack.simulator(f"listeners/{person}/freeze")
    await stack.simulator("clock", advance_seconds=DAY)
    assert (await stack.poll(user)).new == 0
    await stack.simulator("clock", advance_seconds=DAY)
    for number in range(1, more + 1):
        await stack.simulator("plays", listener=person, played_at=milliseconds(NOON) + number * 400_007)
    assert (await stack.poll(user)).new == 0
    await stack.simulator(f"listeners/{person}/unfreeze")


async def heard(stack: Stack, user: UserId) -> Callable[[], Awaitable[list[PlaysFetched]]]:
    """Gives the pages that were told from now on."""
    subscription = await stack.client.subscribe(f"facts.plays.{user}")

    async def pages() -> list[PlaysFetched]:
        await stack.client.flush()
        return [
            PlaysFetched.decoded((await subscription.next_msg(timeout=20)).data)
            for _ in range(subscription.pending_msgs)
        ]

    return pages


async def recorded(stack: Stack, user: UserId) -> list[int]:
    return [milliseconds(play.played_at) for play in await stack.plays(user)]


async def shown(stack: Stack, person: str) -> list[int]:
    """What happened since the oldest of the first page, and is no secret."""
    truth = sorted(play["played_at"] for play in await stack.truth(person) if not play["hidden"])
    new = [at for at in truth if at > milliseconds(NOON)]
    return truth[-len(new) - 50 :]


async def waiting(stack: Stack, user: UserId) -> PollPlays | None:
    """A poll that has begun and waits."""
    letter = await stack.mailboxes.read(Kind.POLL, user)
    step = PollPlays.decoded(letter.body) if letter and letter.due_at else None
    return step if step and step.step > 1 else None


async def reached(stack: Stack, user: UserId, number: int) -> bool:
    letter = await stack.mailboxes.read(Kind.POLL, user)
    return letter is not None and letter.step.step >= number
