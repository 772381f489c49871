"""What is proven and what is missing, as a person is told it: after a long stop, a late play, an overlapping page."""

from datetime import UTC, datetime, timedelta

from stack import Stack, Stacked, milliseconds

from spindle.shared.ids import Kind, UserId
from spindle.shared.messages.ask import Coverage
from spindle.simulator import Clock, Settings, build

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = 3600


async def test_a_stop_longer_than_what_spotify_keeps_leaves_a_gap_of_exactly_what_is_missing(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1, late=False), Clock(NOON, speed=0))) as stack:
        user, person = await recorded(stack)
        newest = (await stack.plays(user))[-1].played_at

        await stack.simulator("clock", advance_seconds=6 * HOUR)
        for minutes in range(3, 63 * 3, 3):
            at = newest + timedelta(minutes=minutes)
            await stack.simulator("plays", listener=person, played_at=milliseconds(at))
        await stack.poll(user)

        plays = [milliseconds(play.played_at) for play in await stack.plays(user)]
        truth = sorted(play["played_at"] for play in await stack.truth(person) if not play["hidden"])
        (gap,) = (await stack.gaps(user)).gaps
        missing = [at for at in truth if at > milliseconds(newest) and at not in plays]
        assert len(missing) >= 12
        assert milliseconds(gap.after) == milliseconds(newest)
        assert milliseconds(gap.before) == truth[-50]
        assert all(milliseconds(gap.after) < at <= milliseconds(gap.before) for at in missing)
        coverage = await covered(stack, user)
        assert (coverage.gaps, coverage.missing) == (1, gap.before - gap.after)


async def test_a_late_play_and_pages_that_overlap_leave_no_gap_and_no_double(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1, late=False), Clock(NOON, speed=0))) as stack:
        user, person = await recorded(stack)
        before = await stack.plays(user)
        between = before[-2].played_at + (before[-1].played_at - before[-2].played_at) / 2

        await stack.simulator("plays", listener=person, played_at=milliseconds(between))
        await stack.poll(user)
        await stack.simulator("plays", listener=person)
        await stack.poll(user)

        plays = [milliseconds(play.played_at) for play in await stack.plays(user)]
        assert len(plays) == len(before) + 2
        assert len(set(plays)) == len(plays)
        assert milliseconds(between) in plays
        assert not (await stack.gaps(user)).gaps
        coverage = await covered(stack, user)
        assert (coverage.gaps, milliseconds(coverage.before)) == (0, plays[-1])


async def recorded(stack: Stack) -> tuple[UserId, str]:
    """A listener of whom the first page and all before it is recorded, and who that is in the simulator."""
    await stack.start()
    (user,) = await stack.everybody()
    await stack.finished(user, Kind.INITIAL)
    await stack.finished(user, Kind.POLL)
    (person,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
    assert (await covered(stack, user)).gaps == 0
    return user, person["id"]


async def covered(stack: Stack, user: UserId) -> Coverage:
    listener = await stack.listener(user)
    assert listener is not None
    assert listener.coverage is not None
    return listener.coverage
